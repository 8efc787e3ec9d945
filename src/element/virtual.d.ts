declare module 'virtual:machine-code' {
  /** The machine's modules as one function that needs nothing around it (scripts/build-embed.mjs). */
  export function machineCode(): {
    makeHost(): import('../api/protocol.ts').MachineHost;
    serve(): void;
  };
}

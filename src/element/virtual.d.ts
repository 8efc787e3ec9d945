declare module 'virtual:machine-code' {
  /** The machine's modules as one function that needs nothing around it (scripts/build-embed.mjs); it gives what workers/core.ts exports. */
  export function machineCode(): unknown;
}

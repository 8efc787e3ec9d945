import type { Stateful } from '../time/stateful.ts';

/** Byte streams between the machine and whoever watches it: the first serial line, the debug console of port E9H, and virtio consoles. */
export type Channel = 'com1' | 'debug' | 'virtio';

/** What a device may ask of the machine that it is built into. It never sees the CPU. */
export interface DeviceHost {
  /** Ticks since reset, exact also in the middle of an instruction. */
  now(): number;
  /** Nominal frequency: ticks that make a second. */
  readonly ticksPerSecond: number;
  /** Drives an interrupt line, 0 to 15. Repeating a level is no change. */
  setIrq(line: number, level: boolean): void;
  /** What `nextWake` answers may have changed. */
  rewake(): void;
  output(channel: Channel, byte: number): void;
  /** The guest ends the run with this status. */
  debugExit(status: number): void;
  /** The guest pulls the reset line; `reason` says how, for people. */
  reset(reason: string): void;
}

/** A run of I/O ports. An access that is wider than `width` bytes, or that leaves the range, is split into bytes, lowest port first, as the ISA bus does. */
export interface PortRange {
  readonly first: number;
  readonly count: number;
  /** Widest access that the device takes whole; 1 where left out. */
  readonly width?: 1 | 2 | 4;
}

/** A register as a panel lists it. */
export interface DeviceRegister {
  readonly port: number;
  readonly name: string;
  readonly access: 'read' | 'write' | 'read/write';
  readonly meaning: string;
}

/** A device: ports, bytes, and instants at which it does something by itself. Deterministic: all it knows is its bytes and the host's ticks. */
export interface Device extends Stateful {
  /** For people. */
  readonly title: string;
  readonly ports: readonly PortRange[];
  readonly registers: readonly DeviceRegister[];
  /** The interrupt line it drives, if any. */
  readonly irq?: number;
  /** It never does anything by itself: `nextWake` always is Infinity, and nobody asks. */
  readonly isPassive?: true;
  /** `size` is 1 unless the range is wider; the result is unsigned and fits the size. */
  readPort(port: number, size: number): number;
  writePort(port: number, size: number, value: number): void;
  /** Tick at which it next changes its interrupt line by itself, later than now; Infinity for none. */
  nextWake(): number;
  /** Called when `now` has reached `nextWake`, and after power-on: drives the interrupt line as the state says. */
  wake(now: number): void;
  /** Back to the state after power-on. The machine calls `wake` next. */
  reset(): void;
}

/** A device that takes bytes from outside. */
export interface InputDevice extends Device {
  /** Bytes that it could take now. */
  inputRoom(): number;
  /** Takes at most `inputRoom()` bytes. */
  input(bytes: Uint8Array): void;
}

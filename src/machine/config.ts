import { GlassError } from '../base/errors.ts';
import { type DeviceSpec, readDeviceSpecs } from './device-spec.ts';

export type { DeviceSpec } from './device-spec.ts';

/** What a machine is made with. Plain data: it goes into a saved moment. */
export interface MachineConfig {
  /** 1 to 512. */
  readonly ramMiB: number;
  /** Nominal frequency: how many instructions the devices take for a second. */
  readonly ticksPerSecond: number;
  /** `teaching` is a tiny TLB whose evictions can be watched. */
  readonly tlb: 'default' | 'teaching';
  /** What the real-time clock shows at tick 0, in seconds since 1970. */
  readonly startSeconds: number;
  /** What is plugged in beside the chips that every machine has. */
  readonly devices: readonly DeviceSpec[];
}

export const LEAST_RAM_MIB = 1;
export const MOST_RAM_MIB = 512;
/** The interval timer's clock must tick less often than the machine's, and products with it stay below 2^53. */
const LEAST_FREQUENCY = 2_000_000;
const MOST_FREQUENCY = 4_000_000_000;
/** The end of 9999: the clock chip has two digits for the century. */
const MOST_SECONDS = 253_402_300_799;

/** 16 MiB, 100 MHz, 1 January 2026 on the clock, and nothing plugged in. */
export const DEFAULT_CONFIG: MachineConfig = {
  ...{ ramMiB: 16, ticksPerSecond: 100_000_000, tlb: 'default', startSeconds: 1_767_225_600 },
  devices: [],
};

/** Checks a configuration from outside (any JSON value) and completes it with the defaults. Throws GlassError `bad-config`. */
export function readMachineConfig(value: unknown): MachineConfig {
  if (typeof value !== 'object' || value === null) throw new GlassError('bad-config', 'The configuration is not an object.');
  const given = value as Readonly<Record<string, unknown>>;
  const strange = Object.keys(given).find((key) => !Object.hasOwn(DEFAULT_CONFIG, key));
  if (strange !== undefined) {
    throw new GlassError('bad-config', `The configuration has "${strange}".`, `Known are ${Object.keys(DEFAULT_CONFIG).join(', ')}.`);
  }
  const config = { ...DEFAULT_CONFIG, ...given };
  checkRange('ramMiB', config.ramMiB, LEAST_RAM_MIB, MOST_RAM_MIB);
  checkRange('ticksPerSecond', config.ticksPerSecond, LEAST_FREQUENCY, MOST_FREQUENCY);
  checkRange('startSeconds', config.startSeconds, 0, MOST_SECONDS);
  if (config.tlb !== 'default' && config.tlb !== 'teaching') {
    throw new GlassError('bad-config', `The configuration's tlb is ${JSON.stringify(config.tlb)}.`, 'It is "default" or "teaching".');
  }
  readDeviceSpecs(config.devices);
  return config;
}

function checkRange(name: string, value: unknown, least: number, most: number): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return;
  throw new GlassError(
    'bad-config',
    `The configuration's ${name} is ${JSON.stringify(value)}.`,
    `It is a whole number from ${least} to ${most}.`,
  );
}

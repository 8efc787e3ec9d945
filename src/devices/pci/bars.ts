/** Base address registers. PCI Local Bus Specification 3.0, "Base Addresses". Sizing needs no code: the bits below the size cannot be written, so that ones
 *  written read back as the size's complement. */
import { assert } from '../../base/assert.ts';
import type { ConfigSpace, ConfigTemplate } from './config-space.ts';
import type { Decode, DecodeTarget } from './function.ts';

export interface BarSpec {
  /** 0 to 5; a 64-bit BAR takes the next one too. */
  readonly index: number;
  readonly kind: 'io' | 'memory32' | 'memory64';
  /** A power of two, at least 4 for I/O (256 at most) and 16 for memory. */
  readonly size: number;
  readonly isPrefetchable?: boolean;
}

const IO_TYPE = 1;
const MEMORY_64 = 2 << 1;
const PREFETCHABLE = 1 << 3;
/** Largest memory BAR: half of what 32 bits reach. */
const MOST = 2 ** 31;

/** Puts `bars` into a header (or a capability, as SR-IOV's VF BARs are) whose BAR 0 is at `first`. */
export function addBars(template: ConfigTemplate, first: number, bars: readonly BarSpec[]): void {
  for (const { index, kind, size, isPrefetchable = false } of bars) {
    const isPower = size > 0 && 2 ** Math.round(Math.log2(size)) === size;
    assert(isPower && (kind === 'io' ? size >= 4 && size <= 256 : size >= 16 && size <= MOST), 'a BAR covers a power of two');
    const at = first + 4 * index;
    const type = kind === 'io' ? IO_TYPE : (kind === 'memory64' ? MEMORY_64 : 0) | (isPrefetchable ? PREFETCHABLE : 0);
    template.set(at, 4, type);
    template.setWritable(at, -size);
    if (kind === 'memory64') template.setWritable(at + 4, -1);
  }
}

/** The base that the BAR at `at` of `config` holds, aligned to its size even if the bytes came from a file. */
export function baseOf(config: ConfigSpace, at: number, { kind, size }: BarSpec): number {
  const low = config.get32(at);
  return low - (low % size) + (kind === 'memory64' ? config.get32(at + 4) * 2 ** 32 : 0);
}

/** A range at which BAR `bar` answers, by the header or capability whose BAR 0 is at `first`. */
export function decodeOf(config: ConfigSpace, first: number, bar: BarSpec, target: DecodeTarget): Decode {
  const base = baseOf(config, first + 4 * bar.index, bar);
  return { space: bar.kind === 'io' ? 'io' : 'memory', base, size: bar.size, bar: bar.index, target };
}

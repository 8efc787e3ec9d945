import { VMCS_POINTER } from '../arch/cpu-state.ts';
import { ABORT_OFFSET, fieldOffset, LAUNCH_STATE_OFFSET } from '../arch/vmcs-fields.ts';
import type { Bus } from '../memory/bus.ts';

/** The current VMCS: fields in a region of physical memory, so that VMREAD, a store and the page see the same bytes. Software that stores into the region
 *  gets what it deserves, but always an architectural result: every value read here is checked before it is used, or is harmless. */
export class Vmcs {
  /** Told of each field (or half of one) before it is set; null: nobody watches. */
  beforeSet: ((encoding: number) => void) | null = null;
  private readonly bus: Bus;
  /** Words of the CPU: the current-VMCS pointer is one. */
  private readonly words: Int32Array;

  constructor(bus: Bus, words: Int32Array) {
    this.bus = bus;
    this.words = words;
  }

  get isCurrent(): boolean {
    return this.words[VMCS_POINTER] !== -1;
  }

  /** A field, or with `encoding + 1` the upper half of a 64-bit one, as int32; 16-bit fields zero-extended. */
  get(encoding: number): number {
    const at = this.words[VMCS_POINTER] + fieldOffset(encoding);
    return isWord(encoding) ? this.bus.read16(at) : this.bus.read32(at);
  }

  /** Sets a field, or one half of a 64-bit one; the other half stays. */
  set(encoding: number, value: number): void {
    if (this.beforeSet !== null) this.beforeSet(encoding);
    const at = this.words[VMCS_POINTER] + fieldOffset(encoding);
    if (isWord(encoding)) this.bus.write16(at, value);
    else this.bus.write32(at, value);
  }

  get launchState(): number {
    return this.bus.read32(this.words[VMCS_POINTER] + LAUNCH_STATE_OFFSET);
  }

  set launchState(state: number) {
    this.bus.write32(this.words[VMCS_POINTER] + LAUNCH_STATE_OFFSET, state);
  }

  set abortIndicator(reason: number) {
    this.bus.write32(this.words[VMCS_POINTER] + ABORT_OFFSET, reason);
  }
}

/** A 16-bit field, by its encoding. */
function isWord(encoding: number): boolean {
  return (encoding & 0x6000) === 0;
}

/** The word at a physical address of two words. Beyond 4 GiB there is open bus: all ones. */
export function readPhysical(bus: Bus, low: number, high: number): number {
  return high === 0 ? bus.read32(low) : -1;
}

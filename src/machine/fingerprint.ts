import { StateHash } from '../base/hash.ts';
import { PAGE_SHIFT, PAGE_SIZE, type Physical } from '../memory/physical.ts';
import type { Stateful } from '../time/stateful.ts';

/** Of a whole state: parts in order, and the pages of RAM and of disks that are not all zeros. */
export function fingerprint(parts: readonly Stateful[], { ram8, ram32, used, stored }: Physical): string {
  const hash = new StateHash();
  for (const part of parts) hash.add(part.bytes);
  const number = new Uint8Array(4);
  for (let at = 0; at < stored; at += PAGE_SIZE) {
    if (used[at >>> PAGE_SHIFT] === 0 || isZero(ram32, at >> 2)) continue;
    new DataView(number.buffer).setUint32(0, at);
    hash.add(number).add(ram8.subarray(at, at + PAGE_SIZE));
  }
  return hash.digest();
}

function isZero(ram32: Int32Array, from: number): boolean {
  const end = from + (PAGE_SIZE >> 2);
  // speed only: four words at a time
  for (let i = from; i < end; i += 4) if ((ram32[i] | ram32[i + 1] | ram32[i + 2] | ram32[i + 3]) !== 0) return false;
  return true;
}

import { VMCS_POINTER } from '../arch/cpu-state.ts';
import { REGION_SIZE } from '../arch/vmcs-fields.ts';
import type { Machine } from '../machine/machine.ts';

/** A copy of the current VMCS region, null where there is none. */
export function vmcsRegion({ cpu: { words }, bus }: Pick<Machine, 'cpu' | 'bus'>): Uint8Array | null {
  const pointer = words[VMCS_POINTER];
  if (pointer === -1) return null;
  const region = new Int32Array(REGION_SIZE >> 2);
  for (let i = 0; i < region.length; i++) region[i] = bus.peek32(((pointer + 4 * i) | 0) >>> 0);
  return new Uint8Array(region.buffer);
}

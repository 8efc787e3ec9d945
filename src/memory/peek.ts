/** Memory as a panel reads it: through a translation, without side effects. */
import type { Bus } from './bus.ts';
import { OK, PROBE, TableMemory } from './tables.ts';
import { type PagingContext, walkerIn } from './walk.ts';

/** The `length` bytes from `linear` on in `context`, by the tables as they are now (the TLB is not asked). Null where nothing is mapped, nothing answers,
 *  or a device would have to be asked. */
export function peekBytes(bus: Bus, context: PagingContext, linear: number, length: number): readonly (number | null)[] {
  const walker = walkerIn(new TableMemory(bus, 'forget'), context);
  const bytes: (number | null)[] = [];
  while (bytes.length < length) {
    const at = (linear + bytes.length) | 0;
    const count = Math.min(length - bytes.length, 0x1000 - (at & 0xfff));
    const isMapped = walker.walk(at, PROBE, false) === OK && walker.page <= 0xfffff;
    const offset = isMapped ? bus.readablePage(walker.page << 12) : -1;
    for (let i = 0; i < count; i++) bytes.push(offset < 0 ? null : bus.physical.ram8[offset + (at & 0xfff) + i]);
  }
  return bytes;
}

/** What each architectural invalidation takes out of the TLB. SDM vol. 3, "Operations that Invalidate Cached Mappings"; each returns how many entries
 *  went. Only what the manual demands goes: a processor may drop more at any time, but a stale entry is more instructive.
 *
 *  Operations independent of VMX act on linear and combined mappings of the present VPID, the combined ones of every EP4TA, whether or not EPT is in use. */
import { COMBINED, EP4TA, GLOBAL, type Tlb, VPID } from './tlb.ts';

/** MOV to CR3 (`includeGlobal` false), and the changes of CR0 and CR4 that flush everything (true). */
export function invalidateVpid(tlb: Tlb, vpid: number, includeGlobal: boolean): number {
  const w = tlb.words;
  return tlb.drop((at) => w[at + VPID] === vpid && (includeGlobal || (w[at] & GLOBAL) === 0));
}

/** INVLPG, and the #PF's own: global entries go too, whatever the page size. */
export function invalidateAddress(tlb: Tlb, vpid: number, linear: number): number {
  return tlb.dropAddress(linear, vpid, false);
}

/** INVVPID types: 0 individual-address, 1 single-context, 2 all-context, 3 single-context-retaining-globals. */
const ADDRESS = 0;
const SINGLE_CONTEXT = 1;
const ALL_CONTEXT = 2;

/** INVVPID with a valid `type` (0 to 3). `linear` counts for type 0 only, `vpid` for all but type 2. */
export function invalidateByVpid(tlb: Tlb, type: number, vpid: number, linear: number): number {
  const w = tlb.words;
  if (type === ADDRESS) return tlb.dropAddress(linear, vpid, false);
  if (type === ALL_CONTEXT) return tlb.drop((at) => w[at + VPID] !== 0);
  return invalidateVpid(tlb, vpid, type === SINGLE_CONTEXT);
}

/** INVEPT with a valid `type` (1 single-context, 2 all-context): combined mappings of one EP4TA, or of all; of every VPID. */
export function invalidateByEpt(tlb: Tlb, type: number, ep4ta: number): number {
  const w = tlb.words;
  return tlb.drop((at) => (w[at] & COMBINED) !== 0 && (type === ALL_CONTEXT || w[at + EP4TA] === ep4ta));
}

/** EP4TA (bits 35:12, as a number) of an EPTP. */
export function ep4taOf(eptpLow: number, eptpHigh: number): number {
  return (eptpLow >>> 12) | ((eptpHigh & 0xf) << 20);
}

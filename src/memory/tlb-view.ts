/** TLB entries as plain data, for panels and explanations. Reads words, so it works on a live TLB and on a copy of its bytes alike. */
import {
  COMBINED,
  ENTRY_WORDS,
  EP4TA,
  EPT_D,
  EPT_R,
  EPT_W,
  EPT_X,
  GLOBAL,
  GUEST_D,
  GUEST_U,
  GUEST_W,
  HOST,
  PAGE_SIZE_SHIFTS,
  SIZE_SHIFT,
  VALID,
  VPID,
} from './tlb.ts';

export interface TlbEntryView {
  readonly half: 'instruction' | 'data';
  readonly set: number;
  readonly way: number;
  /** `combined` was made under EPT and belongs to `ep4ta`. */
  readonly kind: 'linear' | 'combined';
  readonly vpid: number;
  /** Host-physical address of the PML4 table, 0 in a linear mapping. */
  readonly ep4ta: number;
  readonly linear: number;
  /** Bytes. */
  readonly size: number;
  /** Host-physical address of the page, below 2^36. */
  readonly host: number;
  readonly isGlobal: boolean;
  readonly isWritable: boolean;
  readonly isUser: boolean;
  readonly isDirty: boolean;
  /** EPT rights and D flag, null in a linear mapping. */
  readonly ept: { readonly R: boolean; readonly W: boolean; readonly X: boolean; readonly D: boolean } | null;
}

/** All valid entries, instruction half first, in set and way order. `words` is `Tlb.words` or a copy. */
export function tlbEntries(words: Int32Array, sets: number, ways: number): readonly TlbEntryView[] {
  const views: TlbEntryView[] = [];
  for (let at = 0; at < 2 * sets * ways * ENTRY_WORDS; at += ENTRY_WORDS) {
    if ((words[at] & VALID) !== 0) views.push(viewEntry(words, { sets, ways }, at));
  }
  return views;
}

/** The entry whose first word is `at`. */
export function viewEntry(words: Int32Array, shape: { readonly sets: number; readonly ways: number }, at: number): TlbEntryView {
  const slot = at / ENTRY_WORDS;
  const set = Math.floor(slot / shape.ways);
  const flags = words[at];
  const has = (bit: number): boolean => (flags & bit) !== 0;
  const shift = PAGE_SIZE_SHIFTS[(flags >> SIZE_SHIFT) & 3];
  return {
    half: set < shape.sets ? 'instruction' : 'data',
    set: set % shape.sets,
    way: slot % shape.ways,
    kind: has(COMBINED) ? 'combined' : 'linear',
    vpid: words[at + VPID],
    ep4ta: words[at + EP4TA] * 4096,
    linear: (flags & (-1 << 12)) >>> 0,
    size: 2 ** shift,
    host: words[at + HOST] * 4096,
    isGlobal: has(GLOBAL),
    isWritable: has(GUEST_W),
    isUser: has(GUEST_U),
    isDirty: has(GUEST_D),
    ept: has(COMBINED) ? { R: has(EPT_R), W: has(EPT_W), X: has(EPT_X), D: has(EPT_D) } : null,
  };
}

/** What has been changed by hand in the history that the page shows, so that it can be told from what the machine did. */
import type { Edit } from '../../api/protocol.ts';

/** An edit, and the instant at which it was made. */
export interface Mark {
  readonly tick: number;
  readonly edit: Edit;
}

/** Those that are left when `edit` is made at `tick`: another future begins there. */
export function marked(marks: readonly Mark[], edit: Edit, tick: number): readonly Mark[] {
  return [...marks.filter((mark) => mark.tick <= tick), { tick, edit }];
}

/** A register has just been changed; it is the machine's again with the next instruction. */
export function isRegisterByHand(marks: readonly Mark[], name: string, tick: number): boolean {
  return marks.some(({ tick: at, edit }) => at === tick && edit.kind === 'register' && edit.name === name);
}

/** A field of the VMCS has been changed by hand up to now. */
export function isFieldByHand(marks: readonly Mark[], field: string, tick: number): boolean {
  return marks.some(({ tick: at, edit }) => at <= tick && edit.kind === 'vmcs' && edit.field === field);
}

/** Bytes from `address` on have been. */
export function isMemoryByHand(
  marks: readonly Mark[],
  place: { space: 'v' | 'g' | 'h'; address: number; length: number },
  tick: number,
): boolean {
  return marks.some(({ tick: at, edit }) => {
    if (at > tick || edit.kind !== 'memory' || edit.space !== place.space) return false;
    return edit.address < place.address + place.length && edit.address + edit.bytes.length > place.address;
  });
}

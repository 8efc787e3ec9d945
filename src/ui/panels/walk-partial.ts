/** A walk as far as one of its references: what comes later has not been read yet. */
import type { WalkExplanation } from '../../api/protocol.ts';

/** `walk` up to its reference `n`; itself where that is the last. */
export function upTo(walk: WalkExplanation, n: number): WalkExplanation {
  if (n >= walk.references.length) return walk;
  const isRead = (reference: number | null): boolean => reference !== null && reference <= n;
  const rows = walk.rows.map((row, i) => {
    const isBegun = i === 0 || isRead(walk.rows[i - 1].read);
    return {
      ...row,
      guestPhysical: isBegun ? row.guestPhysical : null,
      host: isBegun && row.ept.every(isRead) ? row.host : null,
      ept: row.ept.filter(isRead),
      read: isRead(row.read) ? row.read : null,
    };
  });
  return {
    ...walk,
    rows,
    references: walk.references.slice(0, n),
    missing: isRead(walk.missing?.reference ?? null) ? walk.missing : null,
    // Nothing is decided: whoever draws it knows that it goes on.
    outcome: { kind: 'ok', host: 0, target: 'ram' },
    tlb: { ...walk.tlb, use: 'miss', isStale: false },
  };
}

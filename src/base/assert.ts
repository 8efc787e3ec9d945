/** Throws when an invariant of our own is broken. `claim` is the invariant, stated positively. Never caught, never used on outside data. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${claim}`);
}

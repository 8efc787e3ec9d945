/** Why an address leads nowhere: keys of the catalogue. */
export class BadLink extends Error {
  readonly reason: 'share.badLink' | 'share.newerLink';

  constructor(reason: BadLink['reason']) {
    super(reason);
    this.name = 'BadLink';
    this.reason = reason;
  }
}

export type Given = Readonly<Record<string, unknown>>;

/** `value` as an object. Throws BadLink. */
export function record(value: unknown): Given {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadLink('share.badLink');
  return value as Given;
}

/** Reads a list of at most `most` with `read`. Throws BadLink. */
export function list<T>(value: unknown, most: number, read: (value: unknown) => T): readonly T[] {
  if (!Array.isArray(value) || value.length > most) throw new BadLink('share.badLink');
  return value.map(read);
}

/** `value`, if `test` says so. Throws BadLink. */
export function good<T>(value: unknown, test: (value: unknown) => value is T): T {
  if (!test(value)) throw new BadLink('share.badLink');
  return value;
}

/** Misuse from outside (a bad image, flag, source text, snapshot): what was wrong and where, and what to do about it. */
export class GlassError extends Error {
  readonly code: string;
  /** What the reader can do, as a sentence; empty when the message says it all. */
  readonly hint: string;

  /** `code` is stable and kebab-case (`bad-image`); `message` and `hint` are sentences for people. */
  constructor(code: string, message: string, hint = '') {
    super(message);
    this.name = 'GlassError';
    this.code = code;
    this.hint = hint;
  }
}

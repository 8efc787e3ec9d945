/** The reader's choice. */
export interface Keymap {
  /** Letters, digits and signs do something. WCAG 2.1.4 "Character Key Shortcuts" wants a switch. */
  readonly hasCharacters: boolean;
  /** F9, F10, F11 and Shift+F11 as in VS Code. */
  readonly hasVsCode: boolean;
  /** Keys in place of the usual ones, by the id of the command. */
  readonly own: Readonly<Record<string, string>>;
}

export const USUAL_KEYS: Keymap = { hasCharacters: true, hasVsCode: false, own: {} };

/** Which key does what: the usual keys, those that the reader has put in their place, those of VS Code beside them, or none that is a single character. */
import { COMMANDS, type Command } from './commands.ts';
import { type Keymap, USUAL_KEYS } from './usual-keys.ts';

/** Step over, into, out of, and a breakpoint; what comes nearest here. F5 stays the browser's. */
const VS_CODE: Readonly<Record<string, string>> = { F9: 'breakpoint', F10: 'step', F11: 'nextReference', 'Shift+F11': 'nextExit' };

const STORE = 'glassvisor-keys';
const LONGEST = 24;

/** Keys of a command that need not be the usual ones: of some, the key itself says what is wanted. */
export function isFree({ id }: Command): boolean {
  return id !== 'scene' && id !== 'zoom';
}

/** All keys of a command, as in `Command.keys`. */
export function keysOf(command: Command, { hasCharacters, hasVsCode, own }: Keymap): readonly string[] {
  const mine = own[command.id];
  const taken = Object.values(own);
  const usual = mine === undefined ? command.keys.filter((key) => !taken.includes(key)) : [mine];
  const beside = hasVsCode ? Object.keys(VS_CODE).filter((key) => VS_CODE[key] === command.id) : [];
  return [...usual.filter((key) => hasCharacters || !isCharacter(key)), ...beside];
}

/** The first key of the command with this id, as `Command.keys` writes it; '' where it has none. */
export function firstKey(id: string, keymap: Keymap): string {
  const command = COMMANDS.find((other) => other.id === id);
  return (command && keysOf(command, keymap)[0]) ?? '';
}

/** The command behind `key` for this reader. */
export function commandAt(key: string, keymap: Keymap): Command | undefined {
  return COMMANDS.find((command) => keysOf(command, keymap).includes(key));
}

/** Controls that press themselves with these keys. */
const PRESSABLE = 'button, a, summary, input, label, [role=radio], [role=tab], [role=option]';

/** The command for a key press, or null. A text field keeps all its keys, any other control those that it needs. */
export function commandFor(event: KeyboardEvent, keymap: Keymap = USUAL_KEYS): { command: Command; key: string } | null {
  const key = pressed(event);
  if (key === null || event.defaultPrevented) return null;
  const target = event.composedPath()[0];
  if (target instanceof HTMLElement && keepsKey(target, event.key)) return null;
  const command = commandAt(key, keymap);
  return command ? { command, key } : null;
}

function keepsKey(target: HTMLElement, key: string): boolean {
  if (target.matches('input[type=range]')) return key.startsWith('Arrow') || key === 'Home' || key === 'End';
  if (target.matches('input:not([type=checkbox]), textarea, select, [contenteditable]')) return true;
  return (key === ' ' || key === 'Enter') && target.matches(PRESSABLE);
}

/** `key` does from now on what `id` is, and nothing else; the usual key again gives up the reader's own. */
export function withKey({ own, ...rest }: Keymap, id: string, key: string): Keymap {
  const others = Object.fromEntries(Object.entries(own).filter(([other, at]) => other !== id && at !== key));
  const isUsual = COMMANDS.find((command) => command.id === id)?.keys[0] === key;
  return { ...rest, own: isUsual ? others : { ...others, [id]: key } };
}

/** A letter, a digit or a sign, with Shift or without: what software that hears a reader speak may type. */
export function isCharacter(key: string): boolean {
  const plain = key.startsWith('Shift+') ? key.slice(6) : key;
  return [...plain].length === 1;
}

/** What was pressed, as `Command.keys` writes it; null for what is never a command. */
export function pressed(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'shiftKey' | 'metaKey' | 'altKey'>): string | null {
  const { key } = event;
  const isHeld = event.ctrlKey && key.startsWith('Arrow') && !event.shiftKey;
  if ((event.ctrlKey && !isHeld) || event.metaKey || event.altKey) return null;
  const isNamed = key.length > 1 || /^[A-Z]$/.test(key);
  return isHeld ? `Ctrl+${key}` : event.shiftKey && isNamed ? `Shift+${key}` : key;
}

/** Whether a command can have it: not what a page needs to be gone through, nor a modifier alone. */
export function mayBeKey(key: string): boolean {
  return !/^(Shift\+)?(Tab|Enter|Escape|F5|F6|F12|Shift|Control|Alt|Meta|CapsLock|Dead|Unidentified|Process)$/.test(key);
}

/** What was kept; the usual keys where there is nothing, or nothing that can be understood. */
export function restoreKeymap(): Keymap {
  try {
    return readKeymap(JSON.parse(localStorage.getItem(STORE) ?? 'null'));
  } catch {
    return USUAL_KEYS;
  }
}

/** Keeps it for the next time, where storage is not refused. */
export function keepKeymap(keymap: Keymap): void {
  try {
    localStorage.setItem(STORE, JSON.stringify(keymap));
  } catch {
    // Third-party frames and strict settings refuse storage; the page works without.
  }
}

/** Any JSON value, read as a keymap. */
export function readKeymap(value: unknown): Keymap {
  if (typeof value !== 'object' || value === null) return USUAL_KEYS;
  const { hasCharacters, hasVsCode, own } = value as Readonly<Record<string, unknown>>;
  const pairs = typeof own === 'object' && own !== null ? Object.entries(own) : [];
  const known = pairs.filter(
    (pair): pair is [string, string] =>
      COMMANDS.some((command) => command.id === pair[0] && isFree(command)) &&
      typeof pair[1] === 'string' &&
      pair[1] !== '' &&
      pair[1].length <= LONGEST &&
      mayBeKey(pair[1]),
  );
  return { hasCharacters: hasCharacters !== false, hasVsCode: hasVsCode === true, own: Object.fromEntries(known) };
}

const NAMES: Readonly<Record<string, string>> = { ArrowRight: '→', ArrowLeft: '←', ArrowUp: '↑', ArrowDown: '↓', ' ': '␣', '-': '−' };

/** As it is engraved. */
export function keyName(key: string): string {
  const [, held, plain = key] = /^(Shift\+|Ctrl\+)?(.+)$/s.exec(key) ?? [];
  const prefix = held === 'Shift+' ? '⇧ ' : held === 'Ctrl+' ? 'Ctrl ' : '';
  return `${prefix}${NAMES[plain] ?? (plain.length === 1 ? plain.toUpperCase() : plain)}`;
}

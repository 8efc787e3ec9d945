/** What a reader has typed, read: addresses with or without their space, numbers, bytes. Null where it is none. */
import { EIP, GENERAL_REGISTERS } from '../../arch/cpu-state.ts';

/** An address; `space` null where none was named. */
export interface Place {
  readonly space: 'v' | 'g' | 'h' | null;
  readonly address: number;
}

/** `g:0x5000`, `5000h`, a label. */
export function readPlace(text: string, symbols: Readonly<Record<string, number>>): Place | null {
  const [, prefix, rest] = /^(?:([vgh]):)?(.*)$/.exec(text.trim()) ?? [];
  if (rest === undefined) return null;
  const space = (prefix as Place['space'] | undefined) ?? null;
  if (Object.hasOwn(symbols, rest)) return { space, address: symbols[rest] >>> 0 };
  const address = readHex(rest);
  return address === null ? null : { space, address };
}

/** The same, or the name of a general register or EIP, whose value `state` holds: a linear address. */
export function readPlaceOrRegister(text: string, symbols: Readonly<Record<string, number>>, state: Uint32Array | null): Place | null {
  const typed = text.trim().replace(/^v:/, '');
  const name = typed.toUpperCase();
  const number = GENERAL_REGISTERS.indexOf(name as (typeof GENERAL_REGISTERS)[number]);
  const register = number >= 0 ? number : name === 'EIP' ? EIP : -1;
  return state && register >= 0 && !Object.hasOwn(symbols, typed) ? { space: 'v', address: state[register] } : readPlace(text, symbols);
}

/** A hexadecimal number of at most 32 bits. */
export function readHex(text: string): number | null {
  const digits = text.trim().replace(/[\s_]/g, '');
  return /^(0x)?[0-9a-f]{1,8}h?$/i.test(digits) ? Number.parseInt(digits.replace(/h$/i, ''), 16) >>> 0 : null;
}

/** Bytes in the order of their addresses, `2A 00 1f`; or with 0x a dword, which lies there with its lowest byte first. */
export function readBytes(text: string): number[] | null {
  const words = text.trim().split(/\s+/);
  if (words.length === 1 && /^0x[0-9a-f]{1,8}$/i.test(words[0])) return bytesOf(Number.parseInt(words[0], 16));
  return words.every((word) => /^[0-9a-f]{1,2}$/i.test(word)) ? words.map((word) => Number.parseInt(word, 16)) : null;
}

/** The four bytes of a dword as they lie in memory. */
export function bytesOf(value: number): number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
}

/** A hexadecimal number of at most 64 bits, in two words. */
export function readWide(text: string): { readonly low: number; readonly high: number } | null {
  const digits = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(text.trim().replace(/[\s_·]/g, ''))?.[1];
  if (digits === undefined) return null;
  const whole = digits.padStart(16, '0');
  return { low: Number.parseInt(whole.slice(8), 16), high: Number.parseInt(whole.slice(0, 8), 16) };
}

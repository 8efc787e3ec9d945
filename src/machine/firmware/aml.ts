/** The little ACPI machine language that this machine's DSDT is written in. ACPI Specification 6.4, "AML Specification". */
import { assert } from '../../base/assert.ts';
import { joinBytes, pack } from './bytes.ts';

/** What can stand in a package or behind a name. */
export type AmlValue = number | Uint8Array;

const SEGMENT_SIZE = 4;

/** A name of one segment, filled up with `_`; `\` before it makes it start at the root. */
export function nameString(name: string): Uint8Array {
  const segment = name.replace('\\', '');
  assert(segment.length > 0 && segment.length <= SEGMENT_SIZE, 'a name segment has up to four characters');
  return pack((name.startsWith('\\') ? '\\' : '') + segment.padEnd(SEGMENT_SIZE, '_'));
}

/** Integer constant, unsigned, below 2^32. */
export function integer(value: number): Uint8Array {
  if (value <= 1) return pack([1, value]);
  if (value < 0x100) return pack([1, 0x0a], [1, value]);
  return value < 0x1_0000 ? pack([1, 0x0b], [2, value]) : pack([1, 0x0c], [4, value]);
}

function term(value: AmlValue): Uint8Array {
  return typeof value === 'number' ? integer(value) : value;
}

/** Name(name, value). */
export function name(called: string, value: AmlValue): Uint8Array {
  return joinBytes([pack([1, 0x08]), nameString(called), term(value)]);
}

/** Package () { ... } */
export function packageOf(values: readonly AmlValue[]): Uint8Array {
  return sized([0x12], joinBytes([pack([1, values.length]), ...values.map(term)]));
}

/** Buffer () { ... } */
export function buffer(bytes: Uint8Array): Uint8Array {
  return sized([0x11], joinBytes([integer(bytes.length), bytes]));
}

/** Scope (name) { ... } */
export function scope(called: string, terms: readonly Uint8Array[]): Uint8Array {
  return sized([0x10], joinBytes([nameString(called), ...terms]));
}

/** Device (name) { ... } */
export function device(called: string, terms: readonly Uint8Array[]): Uint8Array {
  return sized([0x5b, 0x82], joinBytes([nameString(called), ...terms]));
}

/** String constant, ASCII. */
export function stringOf(text: string): Uint8Array {
  return pack([1, 0x0d], text, [1, 0]);
}

/** EISAID ("PNP0A03"): three letters of five bits and four digits, in the byte order of EISA. */
export function eisaId(id: string): Uint8Array {
  const letters = [...id.slice(0, 3)].reduce((bits, letter) => (bits << 5) | (letter.charCodeAt(0) - 0x40), 0);
  const digits = Number.parseInt(id.slice(3), 16);
  return pack([1, 0x0c], [1, letters >> 8], [1, letters & 0xff], [1, digits >> 8], [1, digits & 0xff]);
}

/** Opcode, length of the rest in one to three bytes (its own included), and the rest. "Package Length Encoding". */
function sized(opcode: readonly number[], body: Uint8Array): Uint8Array {
  let extra = 0;
  while (body.length + 1 + extra >= (extra === 0 ? 0x40 : 2 ** (4 + 8 * extra))) extra++;
  const length = body.length + 1 + extra;
  const first = extra === 0 ? length : (extra << 6) | (length & 0xf);
  const rest = Array.from({ length: extra }, (_, i) => (length >>> (4 + 8 * i)) & 0xff);
  return joinBytes([Uint8Array.of(...opcode, first, ...rest), body]);
}

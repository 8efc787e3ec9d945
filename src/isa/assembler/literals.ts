/** Numbers and strings as NASM writes them. NASM manual, "Numeric Constants", "Character Strings", "String Constants". */

const RADIX: Readonly<Record<string, number>> = { h: 16, x: 16, d: 10, t: 10, o: 8, q: 8, b: 2, y: 2 };
const DIGITS: Readonly<Record<number, RegExp>> = { 2: /^[01]+$/, 8: /^[0-7]+$/, 10: /^\d+$/, 16: /^[\da-f]+$/ };

/** The integer that a number token means, kept to 64 bits; null if it is none (a digit too large for its base, or a fraction). */
export function integerOf(text: string): bigint | null {
  let digits = text.toLowerCase();
  const isDollar = digits.startsWith('$');
  if (isDollar) digits = digits.slice(1);
  const prefix = isDollar ? 16 : digits.length > 2 && digits[0] === '0' ? (RADIX[digits[1]] ?? 0) : 0;
  const suffix = digits.length > 1 ? (RADIX[digits[digits.length - 1]] ?? 0) : 0;
  // Where both ends could name a base (0b1h, 0x1b) the larger one does.
  let radix = 10;
  if (prefix > suffix) {
    radix = prefix;
    digits = isDollar ? digits : digits.slice(2);
  } else if (suffix > prefix) {
    radix = suffix;
    digits = digits.slice(0, -1);
  }
  digits = digits.replaceAll('_', '');
  if (!DIGITS[radix].test(digits)) return null;
  return BigInt.asIntN(64, parse(digits, radix));
}

/** The number that a token with a fraction or an exponent means; null if it is none. */
export function floatOf(text: string): number | null {
  const digits = text.replaceAll('_', '');
  return /^\d+(\.\d*)?(e[+-]?\d+)?$/i.test(digits) ? Number(digits) : null;
}

/** The bytes of a string token: UTF-8, and the escapes of C between backquotes. */
export function stringBytes(text: string): number[] {
  const inside = text.slice(1, -1);
  if (text[0] !== '`' || !inside.includes('\\')) return utf8(inside);
  const bytes: number[] = [];
  let from = 0;
  for (const escape of inside.matchAll(/\\(u[\da-fA-F]{4}|U[\da-fA-F]{8}|x[\da-fA-F]{1,2}|[0-7]{1,3}|[^])/g)) {
    bytes.push(...utf8(inside.slice(from, escape.index)), ...escaped(escape[1]));
    from = escape.index + escape[0].length;
  }
  bytes.push(...utf8(inside.slice(from)));
  return bytes;
}

/** A string as a number: its first character is the lowest byte. Bytes beyond the eighth are lost. */
export function characterConstant(bytes: readonly number[]): bigint {
  let value = 0n;
  for (let i = Math.min(bytes.length, 8) - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return BigInt.asIntN(64, value);
}

/** Writes `bytes` as a string token. */
export function quoted(bytes: readonly number[]): string {
  const text = String.fromCharCode(...bytes);
  if (/^[ -~]*$/.test(text)) {
    if (!text.includes('"')) return `"${text}"`;
    if (!text.includes("'")) return `'${text}'`;
  }
  const escape = (byte: number) => (byte < 32 || byte > 126 || byte === 96 || byte === 92 ? hexEscape(byte) : String.fromCharCode(byte));
  return `\`${bytes.map(escape).join('')}\``;
}

function hexEscape(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

function parse(digits: string, radix: number): bigint {
  const prefix = { 2: '0b', 8: '0o', 10: '', 16: '0x' }[radix];
  return BigInt(prefix + digits);
}

const LETTER_ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, e: 27 };

function escaped(escape: string): number[] {
  if (/^[uUx]./.test(escape)) {
    const code = Number.parseInt(escape.slice(1), 16);
    return escape[0] === 'x' ? [code] : utf8(code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD');
  }
  if (/^[0-7]/.test(escape)) return [Number.parseInt(escape, 8) & 0xff];
  return escape in LETTER_ESCAPES ? [LETTER_ESCAPES[escape]] : utf8(escape);
}

/** Text as UTF-8. */
export function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), tail(code, 0));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), tail(code, 6), tail(code, 0));
    else bytes.push(0xf0 | (code >> 18), tail(code, 12), tail(code, 6), tail(code, 0));
  }
  return bytes;
}

function tail(code: number, shift: number): number {
  return 0x80 | ((code >> shift) & 0x3f);
}

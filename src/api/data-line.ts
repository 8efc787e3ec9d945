/** Data as a line of assembly. */
import { numberText } from '../isa/format-number.ts';
import type { CodePart } from './protocol.ts';

/** Letters in a row from which on they are text, and equal bytes from which on they are counted. */
const SHORTEST_TEXT = 3;
const SHORTEST_RUN = 8;

/** `db "text", 10, 0`, in pieces; `times 9 db 0` where all bytes are the same. */
export function dataParts(bytes: Uint8Array): CodePart[] {
  const isRun = bytes.length >= SHORTEST_RUN && bytes.every((byte) => byte === bytes[0]);
  const items = isRun ? [part('number', numberText(bytes[0], 8))] : itemsOf(bytes);
  const parts = isRun
    ? [part('mnemonic', 'times'), part('punctuation', ' '), part('number', `${bytes.length}`), part('punctuation', ' ')]
    : [];
  parts.push(part('mnemonic', 'db'));
  for (const [i, item] of items.entries()) parts.push(part('punctuation', i === 0 ? ' ' : ', '), item);
  return parts;
}

function itemsOf(bytes: Uint8Array): CodePart[] {
  const items: CodePart[] = [];
  for (let at = 0; at < bytes.length; ) {
    let end = at;
    while (end < bytes.length && isLetter(bytes[end])) end++;
    if (end - at >= SHORTEST_TEXT) {
      items.push(part('number', `"${String.fromCharCode(...bytes.subarray(at, end))}"`));
      at = end;
    } else items.push(part('number', numberText(bytes[at++], 8)));
  }
  return items;
}

/** Printable, and nothing that a quoted text would have to escape. */
function isLetter(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== 0x22;
}

function part(kind: CodePart['kind'], text: string): CodePart {
  return { kind, text, linear: null };
}

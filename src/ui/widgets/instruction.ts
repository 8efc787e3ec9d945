/** Instructions as the page writes them: one rule for numbers. What the machine holds is hexadecimal, as in the registers; only counts of the page's own (ticks,
 *  exit reasons, places in a table) are decimal. The digits 0 to 9 are the same in both. */
import type { CodeLine, CodePart } from '../../api/protocol.ts';

/** The pieces of a line, its numbers by the rule; the bytes of `db` as bytes. */
export function pageParts({ parts }: Pick<CodeLine, 'parts'>): readonly CodePart[] {
  const data = parts.findIndex((part) => part.kind === 'mnemonic' && part.text === 'db');
  return parts.map((part, i) =>
    part.kind === 'number' ? { ...part, text: data >= 0 && i > data ? byteText(part.text) : text(part.text) } : part,
  );
}

/** The whole line. */
export function pageText(line: Pick<CodeLine, 'parts' | 'text'>): string {
  return line.parts.length === 0
    ? line.text
    : pageParts(line)
        .map((part) => part.text)
        .join('');
}

function text(number: string): string {
  const value = Number(number);
  if (!/^-?\d{2,}$/.test(number)) return number;
  return `${value < 0 ? '-' : ''}0x${Math.abs(value).toString(16).toUpperCase()}`;
}

/** Quoted text stays. */
function byteText(number: string): string {
  return number.startsWith('"') ? number : `0x${(Number(number) & 0xff).toString(16).toUpperCase().padStart(2, '0')}`;
}

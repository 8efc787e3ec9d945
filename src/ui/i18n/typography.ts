/** The spaces of French, and apostrophes: catalogues are written with plain ones, readers get what a printer would set. */
import type { Language } from '../../api/protocol.ts';

const BREAKLESS = '\u00a0';
const THIN = '\u202f';

/** `text` with a no-break space before a colon and inside guillemets, a thin one before `;`, `!` and `?`, and between a number and what it counts. */
export function frenchSpaces(text: string): string {
  return text
    .replace(/ (?=[;!?](?: |$|\)))/g, THIN)
    .replace(/ (?=:(?: |$))/g, BREAKLESS)
    .replace(/« /g, `«${BREAKLESS}`)
    .replace(/ »/g, `${BREAKLESS}»`)
    .replace(/(?<=[\d}]) (?=(?:\{\w+\|)?(?:bits?|octets?|Mio|Kio|Gio|pas|tics?)\b)/g, BREAKLESS);
}

/** A text that came with a program, set as the page's own are. */
export function prose(language: Language, text: string): string {
  const set = text.replace(/(?<=\p{L})'(?=\p{L})/gu, '’');
  return language === 'fr' ? frenchSpaces(set) : set;
}

/** Between a name and what it stands for. */
export function colon(language: Language): string {
  return language === 'fr' ? `${BREAKLESS}: ` : ': ';
}

/** A bit and its value stay on one line: `IF = 1`. */
export function keepTogether(text: string): string {
  return text.replace(/(?<=\w) = (?=[\d{])/g, `${BREAKLESS}=${BREAKLESS}`);
}

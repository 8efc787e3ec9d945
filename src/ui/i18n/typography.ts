/** The spaces of French: catalogues are written with plain ones, readers get those that do not break. */

const BREAKLESS = '\u00a0';
const THIN = '\u202f';

/** `text` with a no-break space before a colon and inside guillemets, a thin one before `;`, `!` and `?`, and between a number and what it counts. */
export function frenchSpaces(text: string): string {
  return text
    .replace(/ (?=[;!?](?: |$|\)))/g, THIN)
    .replace(/ (?=:(?: |$))/g, BREAKLESS)
    .replace(/« /g, `«${BREAKLESS}`)
    .replace(/ »/g, `${BREAKLESS}»`)
    .replace(/(?<=[\d}]) (?=(?:bits|octets|Mio|Kio|Gio|pas|tics)\b)/g, BREAKLESS);
}

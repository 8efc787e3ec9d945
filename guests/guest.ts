/** A guest of the catalogue: assembly that reads like a page of a textbook, and what is to be seen in it. */
export interface Guest {
  /** The folder's name; stable, it stands in links. */
  readonly id: string;
  readonly title: { readonly en: string; readonly fr: string };
  /** Two to four sentences: what happens and what to watch. */
  readonly prose: { readonly en: string; readonly fr: string };
  readonly level: 'cpu' | 'paging' | 'vmx' | 'ept';
  /** The one assembly file (NASM syntax), as text. */
  readonly source: string;
  /** `boot`: 512 bytes at 0x7C00 in real mode. `flat`: at `load`, entered at `entry` (default: load) in `mode`. */
  readonly format: 'boot' | 'flat';
  readonly load: number;
  readonly entry?: number;
  readonly mode: 'real' | 'protected';
  readonly ramMiB: number;
  readonly tlb?: 'default' | 'teaching';
  /** What the console shows when it has run to its end, how it ends, and how often it has left a guest for which reason. */
  readonly expected: { readonly console: string; readonly stop: 'halt' | 'debug-exit'; readonly exits: Readonly<Record<number, number>> };
  /** A linear address worth looking at first in the walk panel. */
  readonly look?: number;
}

/** A text of whole lines. */
export function lines(...texts: string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

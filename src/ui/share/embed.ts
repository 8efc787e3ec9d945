/** What an author pastes into a page: one element, or a frame for places that take no scripts. */
import type { Language } from '../../api/protocol.ts';

/** What is embedded: words where words say everything, else a link to the whole page. */
export interface Embedded {
  readonly words: { readonly guest: string; readonly tick: number } | null;
  readonly link: string;
  /** Of the moment's file, for what words cannot say. */
  readonly file: string;
  readonly title: string;
  readonly language: Language;
  readonly scene: string;
}

/** The element, with its script. */
export function elementSnippet({ words, file, title, language, scene }: Embedded): string {
  const what = words ? `guest="${escaped(words.guest)}" tick="${words.tick}"` : `src="${escaped(file)}"`;
  return `<script src="glassvisor.js"></script>\n<glass-visor ${what} scene="${escaped(scene)}" lang="${language}" label="${escaped(title)}"></glass-visor>`;
}

/** The frame: with a title, which screen readers say first; nothing is fetched before it is near, and what it may do is said. */
export function frameSnippet({ words, link, title, language, scene }: Embedded): string {
  const hash = words && new URLSearchParams({ guest: words.guest, tick: String(words.tick), scene, lang: language });
  const address = hash ? new URL(`embed.html#${hash}`, link).href : link;
  return `<iframe src="${escaped(address)}" title="Glassvisor: ${escaped(title)}" width="640" height="420" loading="lazy" allow="fullscreen; clipboard-write"></iframe>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

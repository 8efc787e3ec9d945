/** The element's own words that stand before anything heavy has been loaded. */
export type Tongue = 'en' | 'fr';

/** What is said in both languages. */
export const WORDS = {
  start: { en: 'Start the machine', fr: 'Démarrer la machine' },
  starting: { en: 'The machine starts', fr: 'La machine démarre' },
  failed: { en: 'The machine did not start.', fr: 'La machine n’a pas démarré.' },
  again: { en: 'Try again', fr: 'Réessayer' },
  about: {
    en: 'An IA-32 computer with VT-x, every step visible and reversible',
    fr: 'Un ordinateur IA-32 avec VT-x : chaque pas se voit et se défait',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Tongue, string>>>>;

/** The language of `element`: its own `lang`, or that of what it stands in; English where it is neither English nor French. */
export function tongueOf(element: Element): Tongue {
  return element.closest('[lang]')?.getAttribute('lang')?.toLowerCase().startsWith('fr') ? 'fr' : 'en';
}

/** The viewer's own words: what the page says otherwise, or in a word too many. */
import { WORDS as FIRST, type Tongue } from './words.ts';

export { tongueOf } from './words.ts';

/** What is said in both languages. */
export const WORDS = {
  again: FIRST.again,
  openIn: { en: 'Open in', fr: 'Ouvrir dans' },
  source: { en: 'Source', fr: 'Source' },
  reference: { en: 'ref', fr: 'réf' },
  walk: { en: 'walk', fr: 'parcours' },
  instruction: { en: 'instr', fr: 'instr' },
  next: { en: 'next', fr: 'à suivre' },
  exit: { en: 'exit', fr: 'sortie' },
  checkpoint: { en: 'check', fr: 'étape' },
  toCheckpoint: { en: 'checkpoint', fr: 'étape' },
  label: { en: 'Glassvisor, a machine that can be stepped', fr: 'Glassvisor, une machine pas à pas' },
  kept: { en: 'Last time you were at tick', fr: 'La dernière fois, vous étiez au tic' },
  takeUp: { en: 'Take up again', fr: 'Reprendre' },
  forget: { en: 'Forget it', fr: 'Oublier' },
} as const satisfies Readonly<Record<string, Readonly<Record<Tongue, string>>>>;

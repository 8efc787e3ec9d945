/** The sixteen conditions and the instructions that come in sixteen kinds: Jcc, SETcc, CMOVcc. SDM vol. 2, "Encoding of Conditional Test (tttn) Field". */
import type { Row } from '../define.ts';
import { CONDITIONS } from '../flags.ts';

/** Other suffixes of a condition: JZ and JE are one instruction. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  B: ['C', 'NAE'],
  AE: ['NC', 'NB'],
  E: ['Z'],
  NE: ['NZ'],
  BE: ['NA'],
  A: ['NBE'],
  P: ['PE'],
  NP: ['PO'],
  L: ['NGE'],
  GE: ['NL'],
  LE: ['NG'],
  G: ['NLE'],
};

/** One row per condition. `make` gets the condition's suffix, every mnemonic (first the canonical one) and its tttn. */
export function conditional(stem: string, make: (cc: string, names: readonly string[], tttn: number) => Row): Row[] {
  return CONDITIONS.map((cc, tttn) =>
    make(
      cc,
      [cc, ...(SYNONYMS[cc] ?? [])].map((suffix) => stem + suffix),
      tttn,
    ),
  );
}

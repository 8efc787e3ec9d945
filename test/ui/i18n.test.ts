import { describe, expect, test } from 'vitest';
import { EFLAGS_BITS } from '../../src/arch/eflags.ts';
import { ENTRY_CHECKS } from '../../src/arch/entry-checks.ts';
import { EPT_PAGE_BITS, EPT_TABLE_BITS } from '../../src/arch/ept.ts';
import { SEGMENT_TYPES, SYSTEM_TYPES } from '../../src/arch/descriptors.ts';
import { EXCEPTIONS } from '../../src/arch/exceptions.ts';
import { QUALIFICATIONS, type ReportField } from '../../src/arch/exit-qualifications.ts';
import { CR0_BITS, CR4_BITS, PDE4M_BITS, PDE_BITS, PTE_BITS } from '../../src/arch/paging.ts';
import { VM_ERRORS } from '../../src/arch/vm-errors.ts';
import { EN, type MessageKey } from '../../src/ui/i18n/en.ts';
import '../../src/ui/i18n/french.ts';
import { checkRule, exceptionName, generalRule } from '../../src/ui/i18n/facts.ts';
import { FR } from '../../src/ui/i18n/fr.ts';
import {
  FR_EXCEPTIONS,
  FR_MEANINGS,
  FR_QUALIFICATION_NAMES,
  FR_QUALIFICATION_VALUES,
  FR_RULES,
  FR_SEGMENT_TYPES,
  FR_SYSTEM_TYPES,
  FR_VM_ERRORS,
} from '../../src/ui/i18n/fr-facts.ts';
import { piecesOf, translate } from '../../src/ui/i18n/messages.ts';
import { frenchSpaces, prose } from '../../src/ui/i18n/typography.ts';
import { plain, say } from '../../src/ui/widgets/sentence.ts';

const KEYS = Object.keys(EN) as MessageKey[];
const namesIn = (language: 'en' | 'fr', key: MessageKey): string[] =>
  piecesOf(language, key)
    .flatMap((p) => ('name' in p ? [p.name] : []))
    .sort();

/** English words of a table that French has no entry for. */
function missing(words: Iterable<string>, french: Readonly<Record<string, string>>): string[] {
  return [...new Set(words)].filter((word) => !(word in french));
}

describe('the catalogues', () => {
  test('fill in the same names in both languages', () => {
    expect(KEYS.filter((key) => namesIn('en', key).join() !== namesIn('fr', key).join())).toEqual([]);
  });

  test('say something for every key', () => {
    expect(KEYS.filter((key) => EN[key].length === 0 || FR[key].length === 0)).toEqual([]);
  });

  test('ask for the form of a word only by a number that is given', () => {
    const numbers = (message: string): string[] => [...message.matchAll(/\{(\w+)\|/g)].map(([, name]) => name);
    for (const [language, catalogue] of [
      ['en', EN],
      ['fr', FR],
    ] as const)
      expect(KEYS.filter((key) => numbers(catalogue[key]).some((name) => !namesIn(language, key).includes(name)))).toEqual([]);
    // Each form is there: one, and several.
    expect(
      [...Object.values(EN), ...Object.values(FR)].filter((message) => /\{\w+\|(?:[^|}]*|[^}]*\|[^}]*\|[^}]*)\}/.test(message)),
    ).toEqual([]);
  });

  test('say one of one, and in French of none', () => {
    const ago = (n: number | string): string => translate('en', 'memory.ago', { n });
    expect(['0', 1, '1', 2, '1 200'].map(ago)).toEqual(['0 ticks ago', '1 tick ago', '1 tick ago', '2 ticks ago', '1 200 ticks ago']);
    const changed = (n: number | string): string => translate('fr', 'vmcs.changedHere', { n });
    expect(['0', 1, '1', 2, '1 200'].map(changed)).toEqual(['0 changé', '1 changé', '1 changé', '2 changés', '1 200 changés']);
    expect(plain('fr', say('why.balloon.deflated', { n: 1 }))).toContain('a retiré 1 page de son ballon\u00a0: elle retrouvera');
    // A number and what it counts stay on one line, whatever the form.
    expect([1, 2].map((n) => translate('fr', 'memory.ago', { n }))).toEqual(['il y a 1\u00a0tic', 'il y a 2\u00a0tics']);
  });

  test('leave a name that has no value standing', () => {
    expect(translate('en', 'app.file')).toBe('File {name}');
    expect(translate('fr', 'app.file', { name: 'a.asm' })).toBe('Fichier a.asm');
  });
});

describe('French', () => {
  test('has no space that could break before its punctuation', () => {
    const texts = KEYS.map((key) => translate('fr', key)).concat(ENTRY_CHECKS.map((c) => checkRule('fr', c.rule)));
    expect(texts.filter((text) => / [:;!?»]|« /.test(text))).toEqual([]);
  });

  test('has a thin space before a semicolon, a whole one before a colon and inside guillemets', () => {
    expect(frenchSpaces('a ; b : « c » ?')).toBe('a\u202f; b\u00a0: «\u00a0c\u00a0»\u202f?');
    expect(frenchSpaces('bits 31:20, 16 bits')).toBe('bits 31:20, 16\u00a0bits');
  });

  test('sets the text of a guest like its own', () => {
    expect(prose('fr', "L'invité : 'mov'")).toBe("L’invité\u00a0: 'mov'");
    expect(prose('en', "the guest's")).toBe('the guest’s');
  });

  test('knows every VM-entry check', () => {
    expect(
      missing(
        ENTRY_CHECKS.map((c) => generalRule(c.rule)[0]),
        FR_RULES,
      ),
    ).toEqual([]);
    expect(checkRule('fr', 'CS: bit 7 (P) must be 1.')).toBe('CS\u00a0: le bit 7 (P) doit valoir 1.');
    expect(checkRule('fr', 'In the selector of LDTR, TI must be 0.')).toBe('Dans le sélecteur de LDTR, TI doit être 0.');
  });

  test('has no rule that no check has', () => {
    expect(missing(Object.keys(FR_RULES), Object.fromEntries(ENTRY_CHECKS.map((c) => [generalRule(c.rule)[0], ''])))).toEqual([]);
  });

  test('knows every part of every exit qualification, and every value with words in it', () => {
    const fields: ReportField[] = Object.values(QUALIFICATIONS).flatMap((list): readonly ReportField[] => list);
    expect(
      missing(
        fields.map((f) => f.name),
        FR_QUALIFICATION_NAMES,
      ),
    ).toEqual([]);
    const values = fields.flatMap((f) => Object.values(f.values ?? {})).filter((v) => /[a-z]{3}/.test(v));
    expect(missing(values, FR_QUALIFICATION_VALUES)).toEqual([]);
  });

  test('knows every exception, error and kind of segment', () => {
    expect(
      missing(
        EXCEPTIONS.map((e) => e.name),
        FR_EXCEPTIONS,
      ),
    ).toEqual([]);
    expect(VM_ERRORS.filter((e) => !(e.number in FR_VM_ERRORS))).toEqual([]);
    expect(missing(SEGMENT_TYPES, FR_SEGMENT_TYPES)).toEqual([]);
    expect(missing(SYSTEM_TYPES, FR_SYSTEM_TYPES)).toEqual([]);
    expect(exceptionName('fr', 13)).toBe('protection générale');
  });

  test('knows what every bit of a register or table entry means', () => {
    const bits = [EFLAGS_BITS, CR0_BITS, CR4_BITS, PDE_BITS, PDE4M_BITS, PTE_BITS, EPT_TABLE_BITS, EPT_PAGE_BITS].flatMap((list) => [
      ...list,
    ]);
    expect(
      missing(
        bits.map((b) => b.meaning),
        FR_MEANINGS,
      ),
    ).toEqual([]);
  });
});

/** The architecture's own words in the reader's language. English is what the tables of `arch/` say; French stands beside, keyed by it. */
import { SEGMENT_TYPES, typeName } from '../../arch/descriptors.ts';
import type { EptMisconfiguration } from '../../arch/ept.ts';
import { EXCEPTIONS } from '../../arch/exceptions.ts';
import { type ExitReasonKey, exitReason, EXIT } from '../../arch/exit-reasons.ts';
import { vmErrorMeaning } from '../../arch/vm-errors.ts';
import type { Language } from '../../api/protocol.ts';
import { type French, french } from './second-language.ts';
import { frenchSpaces } from './typography.ts';

/** When an exit reason occurs, as a clause. */
export function whenOf(language: Language, key: ExitReasonKey): string {
  const words = inFrench(language)?.FR_WHEN[key];
  return words === undefined ? (exitReason(EXIT[key])?.when ?? '') : frenchSpaces(words);
}

/** The name of a part of an exit qualification. */
export function qualificationName(language: Language, name: string): string {
  return pick(language, 'FR_QUALIFICATION_NAMES', name);
}

/** What the value of such a part means. */
export function qualificationValue(language: Language, meaning: string): string {
  return pick(language, 'FR_QUALIFICATION_VALUES', meaning);
}

/** What an exception is called in words. */
export function exceptionName(language: Language, vector: number): string {
  const name = EXCEPTIONS.find((e) => e.vector === vector)?.name ?? '';
  return pick(language, 'FR_EXCEPTIONS', name);
}

/** What a VM-instruction error means. */
export function vmErrorName(language: Language, number: number): string {
  const words = inFrench(language)?.FR_VM_ERRORS[number];
  return words === undefined ? vmErrorMeaning(number) : frenchSpaces(words);
}

/** The rule of an EPT that an entry breaks. */
export function misconfigurationName(language: Language, rule: EptMisconfiguration): string {
  return inFrench(language)?.FR_MISCONFIGURATIONS[rule] ?? rule;
}

/** What a bit of a register or table entry means. */
export function meaningOf(language: Language, meaning: string): string {
  return pick(language, 'FR_MEANINGS', meaning);
}

/** The type of a segment, from its access rights. */
export function segmentTypeName(language: Language, rights: number): string {
  const name = typeName(rights);
  const isSegment = (SEGMENT_TYPES as readonly string[]).includes(name);
  return pick(language, isSegment ? 'FR_SEGMENT_TYPES' : 'FR_SYSTEM_TYPES', name);
}

/** Why a control must be 0 on this CPU. */
export function absentReason(language: Language, why: string): string {
  return pick(language, 'FR_ABSENT', why);
}

/** The rule of a VM-entry check. Rules that repeat for each segment register stand once, with `{s}` for its name. */
export function checkRule(language: Language, rule: string): string {
  const words = inFrench(language);
  if (!words) return rule;
  const [general, segment] = generalRule(rule);
  return frenchSpaces((words.FR_RULES[general] ?? rule).replaceAll('{s}', segment));
}

/** A rule with the segment register taken out, and the register. */
export function generalRule(rule: string): readonly [rule: string, segment: string] {
  const found = /^(?:(?:In the|The) selector of )?((?:[CSDEFG]S|TR|LDTR)\b)/.exec(rule);
  return found ? [rule.replace(found[1], '{s}'), found[1]] : [rule, ''];
}

/** Tables that are keyed by the English text. */
type Glossary =
  | 'FR_ABSENT'
  | 'FR_QUALIFICATION_NAMES'
  | 'FR_QUALIFICATION_VALUES'
  | 'FR_EXCEPTIONS'
  | 'FR_MEANINGS'
  | 'FR_SEGMENT_TYPES'
  | 'FR_SYSTEM_TYPES';

function pick(language: Language, glossary: Glossary, english: string): string {
  const words: Readonly<Record<string, string>> | undefined = inFrench(language)?.[glossary];
  return words ? frenchSpaces(words[english] ?? english) : english;
}

function inFrench(language: Language): French | null {
  return language === 'fr' ? french() : null;
}

/** The forms as the decoder looks them up: opcode byte, then prefixes, operand size and ModRM -> template. Built once, when the module loads. SDM vol. 2,
 *  appendix A "Opcode Map" is the same table on paper. */
import { assert } from '../base/assert.ts';
import { ignoresMod, type Template, templateOf } from './decode-template.ts';
import { type Form, FORMS, type MandatoryPrefix, OPERAND_FIELD } from './opcode.ts';

/** What one opcode byte may mean: three tables, the closer description before the more general one. */
export interface Entry {
  readonly hasModrm: boolean;
  /** 1. Forms that fix the whole ModRM byte, by `exactOf`; null where there are none. */
  exact: Map<number, Template> | null;
  /** 2. Forms that ask for a prefix, or for none: by prefix class, then `slotOf`; null where there are none. */
  byPrefix: Slots[] | null;
  /** 3. Forms that do not care, by `slotOf`. */
  readonly general: Slots;
}
type Slots = (Template | null)[];
export type OpcodeMap = (Entry | null)[];

/** The one-byte opcodes, those after 0F, and those after 0F 38. After 0F 3A there are none. */
export interface DecodeTables {
  readonly oneByte: OpcodeMap;
  readonly twoByte: OpcodeMap;
  readonly threeByte: OpcodeMap;
}

/** The prefixes that may select another instruction, as one number: F3 or F2, whichever came last, counts before 66. */
export const NO_PREFIX = 0;
export const PREFIX_66 = 1;
export const PREFIX_F3 = 2;
export const PREFIX_F2 = 3;

/** Position among the 2 operand sizes x mod is 3 or not x 8 values of reg. */
export function slotOf(is32: boolean, modrm: number): number {
  return (is32 ? 16 : 0) | (modrm >= 0xc0 ? 8 : 0) | ((modrm >> 3) & 7);
}
const SLOTS = 32;

/** Key in `Entry.exact`. */
export function exactOf(prefixClass: number, is32: boolean, modrm: number): number {
  return (prefixClass << 9) | (is32 ? 256 : 0) | modrm;
}

/** Builds the tables. Two forms that claim the same place break an invariant, unless one is the special case of the other: a fixed opcode of one with a
 *  register in it (NOP of XCHG), a mandatory prefix of none (PAUSE of NOP), an extension of none, a ModRM byte of a group (VMCALL of SGDT). */
export function buildTables(forms: readonly Form[]): DecodeTables {
  const emptyMap = (): OpcodeMap => new Array<Entry | null>(256).fill(null);
  const tables = { oneByte: emptyMap(), twoByte: emptyMap(), threeByte: emptyMap() };
  for (const form of [...forms].sort((x, y) => specificity(x) - specificity(y))) {
    const { bytes, plusRegister } = form.opcode;
    assert(bytes.length < 3 || bytes[1] === 0x38, `${nameOf(form)}: the opcode is in a map that the tables have`);
    const map = bytes.length === 1 ? tables.oneByte : bytes.length === 2 ? tables.twoByte : tables.threeByte;
    const first = bytes[bytes.length - 1];
    const templates = [templateOf(form, false), templateOf(form, true)];
    for (let byte = first; byte < first + (plusRegister ? 8 : 1); byte++) place(map, byte, templates);
  }
  return tables;
}

/** Forms are placed general first, so that the special case overwrites. */
function specificity(form: Form): number {
  return Number(!form.opcode.plusRegister) + Number(form.opcode.extension >= 0);
}

const PREFIX_CLASS: Record<Exclude<MandatoryPrefix, 'none-required'>, number> = {
  NP: NO_PREFIX,
  0x66: PREFIX_66,
  0xf3: PREFIX_F3,
  0xf2: PREFIX_F2,
};
const PREFIX_CLASSES = [NO_PREFIX, PREFIX_66, PREFIX_F3, PREFIX_F2];

/** Places a form, given as its templates at 16 and 32 bits. */
function place(map: OpcodeMap, byte: number, templates: readonly Template[]): void {
  const { form } = templates[0];
  const emptySlots = (): Slots => new Array<Template | null>(SLOTS).fill(null);
  map[byte] ??= { hasModrm: form.hasModrm, exact: null, byPrefix: null, general: emptySlots() };
  const entry = map[byte];
  assert(entry.hasModrm === form.hasModrm, `all forms with the opcode of ${nameOf(form)} have ModRM, or none`);
  const { mandatoryPrefix, modrmByte } = form.opcode;
  let slots = entry.general;
  if (mandatoryPrefix !== 'none-required' && modrmByte < 0) {
    entry.byPrefix ??= PREFIX_CLASSES.map(emptySlots);
    slots = entry.byPrefix[PREFIX_CLASS[mandatoryPrefix]];
  }
  const modrms = modrmBytes(form);
  for (const is32 of [false, true]) {
    const template = templates[Number(is32)];
    if (modrmByte >= 0) placeExact(entry, template, is32);
    else for (const modrm of modrms) placeIn(slots, slotOf(is32, modrm), template);
  }
}

function placeIn(slots: Slots, slot: number, template: Template): void {
  const there = slots[slot];
  if (there !== null && specificity(there.form) >= specificity(template.form)) clash(there.form, template.form);
  slots[slot] = template;
}

function placeExact(entry: Entry, template: Template, is32: boolean): void {
  const { mandatoryPrefix, modrmByte } = template.form.opcode;
  entry.exact ??= new Map();
  for (const prefixClass of mandatoryPrefix === 'none-required' ? PREFIX_CLASSES : [PREFIX_CLASS[mandatoryPrefix]]) {
    const key = exactOf(prefixClass, is32, modrmByte);
    const there = entry.exact.get(key);
    if (there !== undefined) clash(there.form, template.form);
    entry.exact.set(key, template);
  }
}

function clash(one: Form, other: Form): never {
  assert(false, `${nameOf(one)} and ${nameOf(other)} do not claim the same encoding`);
}

function nameOf(form: Form): string {
  return `${form.row.mnemonic} ${form.text}`;
}

/** One ModRM byte for each slot that the form fills. */
function modrmBytes(form: Form): number[] {
  if (!form.hasModrm) return [0];
  return modsOf(form).flatMap((mod) => registersOf(form).map((reg) => mod | (reg << 3)));
}

function modsOf(form: Form): number[] {
  const rm = form.operands.find((code) => OPERAND_FIELD[code] === 'rm');
  if (rm === undefined || rm === 'Rv/Mw' || rm.startsWith('E') || ignoresMod(form)) return [0x00, 0xc0];
  return [0x00];
}

/** Values of ModRM.reg that make an instruction. There are six segment registers, and CS cannot be loaded; CR0, CR2, CR3 and CR4. Whether DR4 and DR5 exist
 *  is CR4.DE's question, not the decoder's. */
function registersOf(form: Form): readonly number[] {
  if (form.opcode.extension >= 0) return [form.opcode.extension];
  if (form.operands.includes('Cd')) return [0, 2, 3, 4];
  if (form.operands[0] === 'Sw') return [0, 2, 3, 4, 5];
  return form.operands.includes('Sw') ? [0, 1, 2, 3, 4, 5] : [0, 1, 2, 3, 4, 5, 6, 7];
}

/** The instruction set's tables. */
export const TABLES: DecodeTables = buildTables(FORMS);

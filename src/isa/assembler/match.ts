/** Which encoding of a mnemonic fits the operands, and which of those NASM takes: the shortest, then its taste. */
import type { OperandCode } from '../operands.ts';
import { OPERAND_FIELD } from '../opcode.ts';
import type { EncodedAddress } from './address.ts';
import type { Candidate } from './forms.ts';
import type { Register } from './registers.ts';
import type { Token } from './source.ts';
import type { Prefixes } from './syntax.ts';
import { isPlain, type Unit, unitOf, type Value } from './value.ts';

/** An operand whose expressions have values. `size` in bits, 0 where the text names none. */
export type Operand = { readonly at: Token; readonly size: number; readonly distance: '' | 'short' | 'near' | 'far' } & (
  | { readonly kind: 'register'; readonly register: Register }
  | { readonly kind: 'value'; readonly value: Value; readonly isStrict: boolean }
  | { readonly kind: 'far'; readonly selector: Value; readonly offset: Value }
  | { readonly kind: 'memory'; readonly address: EncodedAddress; readonly segment: Register | null }
);

/** Where the instruction stands. */
export interface Place {
  readonly bits: number;
  readonly section: Unit | null;
  /** Bytes from the start of the section. */
  readonly offset: bigint;
  readonly prefixes: Prefixes;
}

/** An encoding that fits, with its operands in the order of its codes. */
export interface Match {
  readonly candidate: Candidate;
  readonly operands: readonly Operand[];
  readonly operandSize: number;
  readonly needsOperandPrefix: boolean;
  readonly needsAddressPrefix: boolean;
  /** Bytes, prefixes included. */
  readonly length: number;
}

/** Width of a code in bits: `v` stands for the operand size, 0 for none. */
type Width = number | 'v';
/** Codes of general registers and memory -> their widths; `any` accepts every size keyword. Absent: not possible. */
const WIDTHS: Partial<Record<OperandCode, { register?: Width; memory?: Width | 'any' | 'far' }>> = {
  Eb: { register: 8, memory: 8 },
  Ev: { register: 'v', memory: 'v' },
  Ew: { register: 16, memory: 16 },
  Ed: { register: 32, memory: 32 },
  Gb: { register: 8 },
  Gv: { register: 'v' },
  Gw: { register: 16 },
  Gd: { register: 32 },
  Zb: { register: 8 },
  Zv: { register: 'v' },
  Rd: { register: 32 },
  Rv: { register: 'v' },
  'Rv/Mw': { register: 'v', memory: 16 },
  M: { memory: 'any' },
  Mb: { memory: 8 },
  Mw: { memory: 16 },
  Md: { memory: 32 },
  Mv: { memory: 'v' },
  Mq: { memory: 64 },
  Mp: { memory: 'far' },
  Ma: { memory: 0 },
  Ms: { memory: 0 },
  Ob: { memory: 8 },
  Ov: { memory: 'v' },
};
const FIXED: Partial<Record<OperandCode, string>> = { AL: 'al', CL: 'cl', DX: 'dx', AX: 'ax' };
const SEGMENTS: readonly OperandCode[] = ['ES', 'CS', 'SS', 'DS', 'FS', 'GS'];
const CLASSES: Partial<Record<OperandCode, string>> = { Sw: 'segment', Cd: 'control', Dd: 'debug' };
/** LAR and LSL take their selector from a 32-bit register too. */
const WIDE_SELECTOR = new Set(['LAR', 'LSL']);
/** Into 16 bits these widen a byte, so memory without a size keyword is one; from 16 to 16 bits they must be asked. */
const WIDENING = new Set(['MOVZX', 'MOVSX']);

/** The encoding with these operands at this operand size, null if they do not fit. */
export function match(candidate: Candidate, operands: readonly Operand[], operandSize: number, place: Place): Match | null {
  const { operands: codes, form } = candidate;
  if (codes.length !== operands.length) return null;
  for (let i = 0; i < codes.length; i++) if (!fits(candidate, codes[i], operands[i], operandSize)) return null;
  // A segment register is 16 bits wide whatever it is loaded from.
  const isLoadOfSegment = codes[0] === 'Sw';
  const isSized =
    candidate.isSized && !isLoadOfSegment && !(codes.includes('Rv/Mw') && operands.some((operand) => operand.kind === 'memory'));
  const explicit = place.prefixes.operandSize;
  const needsOperandPrefix = explicit !== 0 ? explicit !== place.bits : isSized && operandSize !== place.bits;
  const address = addressSize(candidate, operands, place);
  const needsAddressPrefix = address !== place.bits;
  const length =
    lengthOf(candidate, operands, operandSize, address) +
    Number(needsOperandPrefix && form.opcode.mandatoryPrefix !== 0x66) +
    Number(needsAddressPrefix);
  return { candidate, operands, operandSize, needsOperandPrefix, needsAddressPrefix, length };
}

/** Whether a branch to `target` with a one-byte displacement reaches, as far as this pass can tell. */
export function isInReach(target: Value, place: Place, length: number): boolean {
  // A label further down is hoped to be near; the next pass knows.
  if (target.isUnknown) return true;
  if (unitOf(target) !== place.section || place.section === null) return false;
  const distance = target.number - place.offset - BigInt(length);
  return distance >= -128n && distance <= 127n;
}

/** Bytes of an operand that follow the opcode. */
export function immediateBytes(code: OperandCode, operandSize: number): number {
  if (code === 'Ib' || code === 'sIb' || code === 'Jb') return 1;
  if (code === 'Iw') return 2;
  if (code === 'Iz' || code === 'Jz') return operandSize / 8;
  return code === 'Ap' ? operandSize / 8 + 2 : 0;
}

function addressSize(candidate: Candidate, operands: readonly Operand[], place: Place): number {
  for (const operand of operands) if (operand.kind === 'memory') return operand.address.addressSize;
  return candidate.addressSize || place.prefixes.addressSize || place.bits;
}

function lengthOf(candidate: Candidate, operands: readonly Operand[], operandSize: number, address: number): number {
  const { opcode, hasModrm } = candidate.form;
  let length = opcode.bytes.length + Number(hasModrm) + Number(typeof opcode.mandatoryPrefix === 'number');
  candidate.operands.forEach((code, i) => {
    const operand = operands[i];
    length += immediateBytes(code, operandSize);
    if (OPERAND_FIELD[code] === 'offset') length += address / 8;
    else if (operand.kind === 'memory') length += operand.address.displacementBytes + Number(operand.address.sib >= 0);
  });
  return length;
}

function fits(candidate: Candidate, code: OperandCode, operand: Operand, operandSize: number): boolean {
  switch (operand.kind) {
    case 'register':
      return operand.distance !== 'far' && fitsRegister(candidate, code, operand.register, operandSize);
    case 'memory':
      return fitsMemory(candidate, code, operand, operandSize);
    case 'far':
      return code === 'Ap' && (operand.size === 0 || operand.size === operandSize) && operand.distance === '';
    case 'value':
      return OPERAND_FIELD[code] === 'relative'
        ? fitsBranch(candidate, code, operand, operandSize)
        : fitsImmediate(code, operand, operandSize);
  }
}

function fitsRegister(candidate: Candidate, code: OperandCode, register: Register, operandSize: number): boolean {
  if (register.class !== 'general') {
    return CLASSES[code] === register.class || (register.class === 'segment' && SEGMENTS[register.number] === code);
  }
  if (FIXED[code]) return FIXED[code] === register.name;
  if (code === 'eAX') return register.number === 0 && register.size === operandSize;
  const width = WIDTHS[code]?.register;
  if (width === undefined) return false;
  if (code === 'Rv/Mw' && candidate.operands[0] === 'Sw') return register.size >= 16;
  if (code === 'Ew' && WIDE_SELECTOR.has(candidate.form.row.mnemonic)) return register.size >= 16;
  return register.size === (width === 'v' ? operandSize : width);
}

function fitsMemory(candidate: Candidate, code: OperandCode, operand: Operand & { kind: 'memory' }, operandSize: number): boolean {
  const width = WIDTHS[code]?.memory;
  if (width === undefined) return false;
  if (OPERAND_FIELD[code] === 'offset' && !operand.address.isAbsolute) return false;
  if (width === 'any') return true;
  if (width === 'far') {
    // LES and its kind can only mean a far pointer; CALL and JMP must say so.
    const isClear = candidate.operands.length > 1 ? operand.distance === '' : operand.distance === 'far';
    return isClear && (operand.size === 0 || operand.size === operandSize);
  }
  if (operand.distance === 'far') return false;
  if (operand.size === 0 && width === operandSize && WIDENING.has(candidate.form.row.mnemonic)) return false;
  return operand.size === 0 || operand.size === (width === 'v' ? operandSize : width);
}

function fitsBranch(candidate: Candidate, code: OperandCode, operand: Operand & { kind: 'value' }, operandSize: number): boolean {
  const { distance, size } = operand;
  if (distance === 'far') return false;
  if (code === 'Jz') return distance !== 'short' && (size === 0 || size === operandSize);
  if (!candidate.hasNear) return distance !== 'near' && size === 0;
  return distance === 'short' || (distance === '' && size === 0 && !operand.isStrict);
}

function fitsImmediate(code: OperandCode, operand: Operand & { kind: 'value' }, operandSize: number): boolean {
  const { size, value, isStrict } = operand;
  if (operand.distance !== '') return false;
  switch (code) {
    case 'Ib':
      return size === 0 || size === 8;
    case 'Iw':
      return size === 0 || size === 16;
    case 'Iz':
      return size === 0 || size === operandSize;
    case 'sIb':
      return size === 8 || (!isStrict && (size === 0 || size === operandSize) && isSignedByte(value, operandSize));
    case '1':
      return size === 0 && !isStrict && (value.isUnknown || (isPlain(value) && value.number === 1n));
    default:
      return false;
  }
}

/** -128 to 127, or the same bits without sign. A name not known yet is hoped to be small; the next pass knows. */
function isSignedByte(value: Value, operandSize: number): boolean {
  if (value.isUnknown) return true;
  if (!isPlain(value)) return false;
  const number = BigInt.asIntN(operandSize, value.number);
  return number >= -128n && number <= 127n;
}

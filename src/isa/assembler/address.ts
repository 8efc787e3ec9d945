/** Sums of registers and numbers -> ModRM, SIB and displacement, in NASM's taste. SDM vol. 2, "Addressing-Mode Encoding of ModR/M and SIB Bytes". */
import { SourceError } from './errors.ts';
import type { Expression } from './expression.ts';
import { REGISTERS, type Register } from './registers.ts';
import type { Token } from './source.ts';
import type { MemoryOperand } from './syntax.ts';
import { isSimple, type Term, type Value } from './value.ts';

/** An address as the instruction will hold it. */
export interface EncodedAddress {
  readonly at: Token;
  /** 16 or 32. */
  readonly addressSize: number;
  readonly mod: number;
  readonly rm: number;
  /** -1 without one. */
  readonly sib: number;
  readonly displacement: Value;
  /** Bytes: 0, 1, 2 or 4. */
  readonly displacementBytes: number;
  /** No registers: the forms that move AL or EAX to a fixed place can hold it. */
  readonly isAbsolute: boolean;
}

/** Code size and address-size prefix (0 without one) around an address. */
export interface AddressContext {
  readonly bits: number;
  readonly addressSize: number;
}

interface Parts {
  base: Register | null;
  index: Register | null;
  scale: number;
}

const ESP = REGISTERS.get('esp');
const EBP = REGISTERS.get('ebp');
/** rm -> registers of 16-bit addressing. */
const PAIRS16 = ['bx si', 'bx di', 'bp si', 'bp di', 'si', 'di', 'bp', 'bx'];

/** Encodes the address of `operand`, whose expression has come to `value`. */
export function encodeAddress(operand: MemoryOperand, value: Value, context: AddressContext): EncodedAddress {
  const { at } = operand;
  const terms = value.terms.filter((term) => isRegister(term.unit));
  const displacement = { ...value, terms: value.terms.filter((term) => !isRegister(term.unit)) };
  if (!isSimple(displacement)) {
    throw new SourceError(
      at,
      'This address depends on labels in a way that no instruction can hold.',
      'Labels can be subtracted in pairs, or one be added.',
    );
  }
  const addressSize = addressSizeOf(operand, terms, context);
  const shape = { displacement, forced: operand.displacementSize, isPinned: displacement.terms.length > 0 || displacement.isUnknown };
  const common = { at, addressSize, displacement, isAbsolute: terms.length === 0 && operand.displacementSize !== 8 };
  if (terms.length === 0) return { ...common, mod: 0, rm: addressSize === 16 ? 6 : 5, sib: -1, displacementBytes: addressSize / 8 };
  const encoded = addressSize === 16 ? encode16(at, terms, shape) : encode32(chooseParts(operand, terms), shape);
  return { ...common, ...encoded };
}

/** What the displacement may be: `forced` by a size keyword; `isPinned` to full size because its number is not settled yet. */
interface Shape {
  readonly displacement: Value;
  readonly forced: number;
  readonly isPinned: boolean;
}
type Encoded = Pick<EncodedAddress, 'mod' | 'rm' | 'sib' | 'displacementBytes'>;

function isRegister(unit: object): unit is Register {
  return 'class' in unit;
}

/** Registers decide, then `[dword 8]`, then prefix and code size. */
function addressSizeOf(operand: MemoryOperand, terms: readonly Term[], context: AddressContext): number {
  const registers = terms.map((term) => term.unit as Register);
  const sizes = new Set(registers.map((register) => register.size));
  const strange = registers.find((register) => register.class !== 'general' || register.size < 16);
  if (strange) throw new SourceError(operand.at, `\`${strange.name}\` cannot be part of an address.`);
  if (sizes.size > 1) throw new SourceError(operand.at, 'An address cannot mix 16-bit and 32-bit registers.');
  const [register] = registers;
  const asked = register ? register.size : operand.displacementSize > 8 ? operand.displacementSize : 0;
  const conflict = register && operand.displacementSize > 8 && operand.displacementSize !== register.size;
  if (conflict || (asked !== 0 && context.addressSize !== 0 && context.addressSize !== asked) || asked > 32) {
    throw new SourceError(operand.at, 'The sizes named for this address contradict each other.');
  }
  return asked || context.addressSize || context.bits;
}

function encode16(at: Token, terms: readonly Term[], shape: Shape): Encoded {
  const names = terms.map((term) => term.unit.name).sort();
  const rm = PAIRS16.indexOf(names.join(' '));
  if (rm < 0 || terms.some((term) => term.factor !== 1n)) {
    throw new SourceError(at, 'There is no such 16-bit address.', 'It is at most one of BX and BP plus one of SI and DI plus a number.');
  }
  return { sib: -1, rm, ...modOf(shape, rm === 6, 16) };
}

/** Base and index out of the sum, by NASM's rules: the register named first is the base unless it is multiplied. */
function chooseParts(operand: MemoryOperand, terms: readonly Term[]): Parts {
  const { at } = operand;
  const hint = firstRegister(operand.address);
  const known = terms.map((term) => ({ register: term.unit as Register, factor: Number(term.factor) }));
  if (known.length > 2) throw new SourceError(at, 'An address holds at most two registers.');
  if (known.length === 1) return single(known[0], operand, hint);
  const [a, b] = known;
  const isSwapped = b.factor === 1 && (a.factor !== 1 || prefersSecond(a.register, b.register, hint));
  const [base, index] = isSwapped ? [b, a] : [a, b];
  if (base.factor !== 1) throw badScale(at);
  return checked(at, { base: base.register, index: index.register, scale: index.factor });
}

function single(term: { register: Register; factor: number }, operand: MemoryOperand, hint: Hint | null): Parts {
  const { register, factor } = term;
  const isKept = operand.isNoSplit && hint?.isMultiplied === true;
  if (factor === 1)
    return isKept && register !== ESP ? { base: null, index: register, scale: 1 } : { base: register, index: null, scale: 1 };
  const isSplit = factor === 3 || factor === 5 || factor === 9 || (factor === 2 && !isKept);
  return checked(
    operand.at,
    isSplit ? { base: register, index: register, scale: factor - 1 } : { base: null, index: register, scale: factor },
  );
}

function prefersSecond(a: Register, b: Register, hint: Hint | null): boolean {
  return hint !== null && (hint.isMultiplied ? hint.register === a : hint.register === b);
}

/** ESP is no index; where it is the unscaled one, the two change places. */
function checked(at: Token, parts: Parts): Parts {
  const { base, index, scale } = parts;
  if (index === ESP && scale === 1 && base !== ESP) return { base: index, index: base, scale: 1 };
  if (index === ESP) throw new SourceError(at, 'ESP cannot be multiplied in an address.');
  if (![1, 2, 4, 8].includes(scale)) throw badScale(at);
  return parts;
}

function badScale(at: Token): SourceError {
  return new SourceError(
    at,
    'There is no such 32-bit address.',
    'It is at most a base register plus an index register times 1, 2, 4 or 8 plus a number.',
  );
}

function encode32({ base, index, scale }: Parts, shape: Shape): Encoded {
  const { mod, displacementBytes } = base ? modOf(shape, base === EBP, 32) : { mod: 0, displacementBytes: 4 };
  const baseBits = base ? base.number : 5;
  if (!index && base !== ESP) return { mod, rm: baseBits, sib: -1, displacementBytes };
  const sib = (Math.log2(scale) << 6) | ((index ? index.number : 4) << 3) | baseBits;
  return { mod, rm: 4, sib, displacementBytes };
}

/** The shortest displacement, which (E)BP alone as a base cannot do without. */
function modOf(shape: Shape, needsDisplacement: boolean, size: number): { mod: number; displacementBytes: number } {
  const number = BigInt.asIntN(size, shape.displacement.number);
  const isShort = number >= -128n && number <= 127n && !shape.isPinned && shape.forced === 0;
  if (isShort && number === 0n && !needsDisplacement) return { mod: 0, displacementBytes: 0 };
  if (isShort || shape.forced === 8) return { mod: 1, displacementBytes: 1 };
  return { mod: 2, displacementBytes: size / 8 };
}

interface Hint {
  readonly register: Register;
  readonly isMultiplied: boolean;
}

/** The register that stands first in the text of an address. */
function firstRegister(expression: Expression, isMultiplied = false): Hint | null {
  switch (expression.kind) {
    case 'register':
      return { register: expression.register, isMultiplied };
    case 'unary':
      return firstRegister(expression.operand, isMultiplied);
    case 'binary': {
      const isInside = isMultiplied || expression.at.text === '*';
      return firstRegister(expression.left, isInside) ?? firstRegister(expression.right, isInside);
    }
    default:
      return null;
  }
}

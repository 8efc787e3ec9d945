/** Operands -> the encoding that NASM would take, or the reason why there is none. */
import { OPERAND_FIELD } from '../opcode.ts';
import type { OperandCode } from '../operands.ts';
import { SourceError } from './errors.ts';
import { type Candidate, candidatesOf } from './forms.ts';
import { isInReach, type Match, match, type Operand, type Place } from './match.ts';
import type { Token } from './source.ts';
import { scalar } from './value.ts';

/** Without a size keyword these go through memory at the size of the code. */
const DEFAULT_SIZED = new Set(['call', 'jmp']);

/** The encoding of `mnemonic` for these operands. Throws a SourceError that says what does not fit. */
export function choose(at: Token, mnemonic: string, operands: readonly Operand[], place: Place): Match {
  const candidates = candidatesOf(mnemonic);
  const orders = arrangements(mnemonic, shareSize(operands));
  const usual = place.prefixes.operandSize || place.bits;
  const asUsual: Match[] = [];
  const other: Match[] = [];
  for (const candidate of candidates) {
    for (const order of orders) {
      const sizes = candidate.operandSize !== 0 ? [candidate.operandSize] : candidate.isSized ? [usual, 48 - usual] : [usual];
      sizes.forEach((size, i) => {
        const found = match(candidate, order, size, place);
        if (found && isOpen(found, order, place)) (i === 0 ? asUsual : other).push(found);
      });
    }
  }
  if (!DEFAULT_SIZED.has(mnemonic)) refuseUnsized(at, [...asUsual, ...other], operands);
  const best = shortest(asUsual, orders) ?? shortest(other, orders);
  if (!best) throw nothingFits(at, candidates, operands);
  if (place.prefixes.operandSize !== 0 && best.candidate.isSized && best.operandSize !== place.prefixes.operandSize) {
    throw new SourceError(
      at,
      `The operands of \`${at.text}\` contradict the prefix o${place.prefixes.operandSize}.`,
      'Leave the prefix out: the operands tell the size.',
    );
  }
  return best;
}

/** `mov [x], dword 5`: the size of an immediate is that of the memory beside it. */
function shareSize(operands: readonly Operand[]): readonly Operand[] {
  const sized = operands.find((operand) => operand.kind === 'value' && operand.size !== 0);
  if (!sized || !operands.some((operand) => operand.kind === 'memory' && operand.size === 0)) return operands;
  if (operands.some((operand) => operand.kind === 'register')) return operands;
  return operands.map((operand) => (operand.kind === 'memory' && operand.size === 0 ? { ...operand, size: sized.size } : operand));
}

/** Orders and completions of the operands that mean the same instruction, the preferred one first. */
function arrangements(mnemonic: string, operands: readonly Operand[]): (readonly Operand[])[] {
  const [a, b] = operands;
  if (mnemonic === 'xchg' && operands.length === 2) return [[b, a], operands];
  if (mnemonic === 'test' && operands.length === 2) return [operands, [b, a]];
  if (mnemonic === 'imul' && operands.length === 2 && b.kind === 'value') return [[a, a, b]];
  if ((mnemonic === 'aam' || mnemonic === 'aad') && operands.length === 0) return [[TEN]];
  if (mnemonic === 'monitor' && namesAre(operands, 'eax ecx edx')) return [[]];
  if (mnemonic === 'mwait' && namesAre(operands, 'eax ecx')) return [[]];
  return [operands];
}

const TEN = { kind: 'value', value: scalar(10n), size: 0, distance: '', isStrict: false } as unknown as Operand;

function namesAre(operands: readonly Operand[], names: string): boolean {
  return operands.map((operand) => (operand.kind === 'register' ? operand.register.name : '')).join(' ') === names;
}

/** A short branch that could be a long one is open only as far as it reaches. */
function isOpen(found: Match, order: readonly Operand[], place: Place): boolean {
  const [code] = found.candidate.operands;
  const [target] = order;
  if (code !== 'Jb' || !found.candidate.hasNear || target.kind !== 'value' || target.distance === 'short') return true;
  return isInReach(target.value, place, found.length + prefixLength(place));
}

function prefixLength(place: Place): number {
  return place.prefixes.bytes.length + Number(place.prefixes.segment !== 0);
}

/** Candidates come in order of taste, so the first of the shortest is it; the arrangement decides before the candidate. */
function shortest(matches: readonly Match[], orders: readonly (readonly Operand[])[]): Match | null {
  let best: Match | null = null;
  for (const order of orders) {
    for (const found of matches) if (found.operands === order && (best === null || found.length < best.length)) best = found;
  }
  return best;
}

function refuseUnsized(at: Token, matches: readonly Match[], operands: readonly Operand[]): void {
  const memory = operands.find((operand) => operand.kind === 'memory');
  if (memory?.size !== 0) return;
  const widths = new Set<number>();
  for (const found of matches) {
    const code = found.candidate.operands[found.operands.findIndex((operand) => operand.kind === 'memory')];
    const width = code === undefined ? '' : code.slice(-1);
    if (width === 'b') widths.add(8);
    else if (width === 'w') widths.add(16);
    else if (width === 'd') widths.add(32);
    else if (width === 'v') widths.add(found.operandSize);
  }
  if (widths.size <= 1) return;
  throw new SourceError(
    memory.at,
    `\`${at.text}\` does not say how large the memory operand is.`,
    'Write `byte`, `word` or `dword` before the bracket.',
  );
}

function nothingFits(at: Token, candidates: readonly Candidate[], operands: readonly Operand[]): SourceError {
  const counts = [...new Set(candidates.map((candidate) => candidate.operands.length))].sort((a, b) => a - b);
  const shown = candidates.filter((candidate) => !candidate.operands.some((code) => OPERAND_FIELD[code] === 'offset'));
  const takes = `It takes: ${[...new Set(shown.map(manualNotation))].slice(0, 8).join('; ')}.`;
  if (!counts.includes(operands.length)) {
    const wanted = counts.join(' or ');
    return new SourceError(
      at,
      `\`${at.text}\` takes ${wanted} operand${wanted === '1' ? '' : 's'}, not ${operands.length || 'none'}.`,
      takes,
    );
  }
  const sizes = operands.map((operand) =>
    operand.kind === 'register' && operand.register.class === 'general' ? operand.register.size : operand.size,
  );
  const told = new Set(sizes.filter((size) => size !== 0));
  if (operands.filter((operand) => operand.kind === 'memory').length > 1) {
    return new SourceError(at, `\`${at.text}\` cannot have two operands in memory.`, 'Go through a register.');
  }
  if (told.size > 1)
    return new SourceError(at, `The operands of \`${at.text}\` do not go together in size: ${operands.map(described).join(', ')}.`, takes);
  return new SourceError(at, `\`${at.text}\` does not take these operands: ${operands.map(described).join(', ')}.`, takes);
}

function described(operand: Operand): string {
  const size = operand.size === 0 ? '' : `${operand.size}-bit `;
  switch (operand.kind) {
    case 'register':
      return operand.register.name;
    case 'memory':
      return `${size}${operand.distance === 'far' ? 'far ' : ''}memory`;
    case 'far':
      return `${size}far address`;
    case 'value':
      return `${operand.distance === '' ? '' : `${operand.distance} `}${size}number`;
  }
}

/** Operand codes as the manual's instruction pages write them: `r/m32, imm8`. */
const NOTATION: Partial<Record<string, string>> = {
  E: 'r/m',
  G: 'r',
  Z: 'r',
  R: 'r',
  M: 'm',
  O: 'm',
  I: 'imm',
  J: 'rel',
  S: 'sreg',
  C: 'cr',
  D: 'dr',
};
const WIDTH_NOTATION: Partial<Record<string, string>> = {
  b: '8',
  w: '16',
  d: '32',
  q: '64',
  v: '16/32',
  z: '16/32',
  s: '48',
  a: '',
  p: ' far',
};

function manualNotation(candidate: Candidate): string {
  return candidate.operands.map(codeNotation).join(', ') || 'nothing at all';
}

function codeNotation(code: OperandCode): string {
  if (code === 'sIb') return 'imm8';
  if (code === 'Ap') return 'selector:offset';
  if (code === 'Rv/Mw') return 'r/m16';
  const letter = NOTATION[code[0]];
  const width = code.length === 1 ? '' : WIDTH_NOTATION[code.slice(1)];
  return letter !== undefined && width !== undefined ? letter + width : code.toLowerCase();
}

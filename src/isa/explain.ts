/** Instruction -> micro-operations: its row's recording with its operands' names put in. `add [esi], ecx` is
 *
 *    t0 <- [esi] · t1 <- ecx · t2 <- t0 add t1 · [esi] <- t2 · OSZAPC <- add(t0, t1) = t2
 *
 *  Every access to memory is a step of its own; what is used once and touches no memory stands where it is used. The size of the stack is not known from
 *  the instruction: it is taken to be that of the code. */
import { EBP, ESP, GENERAL_REGISTERS, SEGMENT_REGISTERS } from '../arch/cpu-state.ts';
import { type Plan, planOf, touchesMemory } from './explain-plan.ts';
import { operandTexts } from './format.ts';
import { numberText } from './format-number.ts';
import { type FormatOptions, offsetPart } from './format-operand.ts';
import { ADDRESS16, type Insn, REPEATS, REPNE } from './insn.ts';
import { MEM16, MEM8, R16, R8, TARGET } from './operands.ts';
import { flagsOf, type Node, type Recording, recordingOf } from './record.ts';
import type { Size } from './semantics.ts';
import { type Word, WORDS } from './words.ts';

/** `check` changes nothing but may fault; `system` is done by a plain function of the CPU; `repeat` belongs to a REP prefix. */
export type MicroOperationKind = 'read' | 'compute' | 'check' | 'write' | 'flags' | 'jump' | 'system' | 'repeat';

/** One step of an instruction. */
export interface MicroOperation {
  readonly kind: MicroOperationKind;
  /** What it changes: t0, a register, [memory], flags as letters, eip. '' for checks and functions. */
  readonly target: string;
  readonly source: string;
}

/** The micro-operations of `insn` in their order; none for a NOP. */
export function explain(insn: Insn, options: FormatOptions): MicroOperation[] {
  const recording = recordingOf(insn.row, insn.size as Size);
  const context: Context = {
    insn,
    options,
    recording,
    plan: planOf(insn, recording),
    operands: operandTexts(insn, options),
    names: new Map(),
  };
  const steps = recording.nodes.flatMap((node, index) => (context.plan.hasStep(index) ? [stepOf(context, node, index)] : []));
  if ((insn.flags & REPEATS) === 0) return steps;
  return [...stepsBefore(insn), ...steps, ...stepsAfter(insn)];
}

/** One step as text: `t0 <- [esi]`. */
export function stepText({ target, source }: MicroOperation): string {
  return target === '' ? source : `${target} <- ${source}`;
}

/** All steps of `insn` on one line. */
export function explainText(insn: Insn, options: FormatOptions): string {
  return explain(insn, options).map(stepText).join(' · ') || 'nothing';
}

interface Context {
  readonly insn: Insn;
  readonly options: FormatOptions;
  readonly recording: Recording;
  readonly plan: Plan;
  readonly operands: readonly string[];
  /** Node -> the temporary that holds its value. */
  readonly names: Map<number, string>;
}

/** Expressions: $0, $1 ... are the word's arguments. Inside another expression they take parentheses. */
const EXPRESSIONS: Readonly<Partial<Record<Word, string>>> = {
  ...{ add: '$0 add $1', sub: '$0 sub $1', mul: '$0 mul $1', add32: '$0 add $1', addA: '$0 add $1' },
  ...{ and: '$0 and $1', or: '$0 or $1', xor: '$0 xor $1', not: 'not $0', shl: '$0 shl $1', shr: '$0 shr $1', sar: '$0 sar $1' },
  ...{ equal: '$0 = $1', below: '$0 below $1', select: '$0 ? $1 : $2' },
};

/** The other words' sources, whose arguments stand apart already. */
const SOURCES: Readonly<Partial<Record<Word, string>>> = {
  ...{ mulHigh: 'high($0 mul $1)', mulHighUnsigned: 'high($0 mul $1, unsigned)', zeroExtend: 'zeroExtend$1($0)' },
  ...{ lowestBit: 'lowestBit($0)', highestBit: 'highestBit($0)' },
  ...{ read: '$0', readUnsigned: 'zeroExtend($0)', readForUpdate: '$0', flag: '$0', statusFlags: 'SF:ZF:0:AF:0:PF:1:CF' },
  ...{ write: '$1', store: '$2', stackStore: '$1', setRegister: '$1', setRegister8: '$1', setRegister16: '$1', setRegisterA: '$1' },
  ...{ setFlag: '$1', setStatusFlags: '$0', jump: '$0', jumpIf: '$1' },
  ...{ checkWrite: 'check that $0 may be written', checkTarget: 'check that $0 is within the limit of cs' },
  ...{ flags: '$0($1, $2) = $3', flagsAdc: 'adc($0, $1, $3) = $2', flagsSbb: 'sbb($0, $1, $3) = $2', flagsKeepCarry: '$0($1) = $2' },
  flagsKnown: 'SF ZF PF of $0, CF = $1, OF = $2, AF = $3',
  flagsShift: 'SF ZF PF of $1, CF = sign($2), OF = sign($3), AF = 0',
  flagsRotate: 'CF = sign($1), OF = sign($2)',
};

/** Words that do what they do only where their first argument is not 0. */
const CONDITIONAL: readonly Word[] = ['jumpIf', 'flagsShift', 'flagsRotate'];

/** Conditions by tttn. SDM vol. 1, "EFLAGS Condition Codes". */
// biome-ignore format: a table
const CONDITION_TEXTS = [
  'OF', 'not OF', 'CF', 'not CF', 'ZF', 'not ZF', 'CF or ZF', 'not (CF or ZF)',
  'SF', 'not SF', 'PF', 'not PF', 'SF <> OF', 'SF = OF', 'ZF or (SF <> OF)', 'not ZF and (SF = OF)',
];

function stepOf(context: Context, node: Node, index: number): MicroOperation {
  const word = node.word as Word;
  const { gives, changes } = WORDS[word];
  const source = sourceOf(context, node) + (CONDITIONAL.includes(word) ? conditionSuffix(context, node) : '');
  if (gives === 'v') {
    const target = `t${context.names.size}`;
    context.names.set(index, target);
    const isComputed =
      word in EXPRESSIONS || (!word.startsWith('read') && /v/.test(WORDS[word].takes) && !touchesMemory(context.insn, node));
    return { kind: isComputed ? 'compute' : 'read', target, source };
  }
  if (changes === undefined) return { kind: 'check', target: '', source };
  if (changes === 'system') return { kind: 'system', target: '', source };
  const kind = changes === 'flags' ? 'flags' : changes === 'control' ? 'jump' : 'write';
  return { kind, target: targetOf(context, node), source };
}

/** ` if ZF`, `, if t0 <> 0`, or nothing where the condition is known to hold. */
function conditionSuffix(context: Context, node: Node): string {
  const index = context.plan.resolve(Number(node.args[0]));
  if (context.plan.known.has(index)) return '';
  const text = argumentOf(context, node, 0);
  const isTruth = ['condition', 'equal', 'below'].includes(context.recording.nodes[index].word) && !context.names.has(index);
  const condition = isTruth ? text : `${isAtom(text) ? text : `(${text})`} <> 0`;
  return node.word === 'jumpIf' ? ` if ${condition}` : `, if ${condition}`;
}

/** Text of argument `arg` of a word: a number, a temporary, an expression, an operand, or the plain parameter. */
function argumentOf(context: Context, node: Node, arg: number): string {
  const word = node.word as Word;
  const letter = WORDS[word].takes.replaceAll('?', '')[arg];
  if (letter === 'k') return String(node.args[arg]);
  if (letter === 'o') return operandText(context, Number(node.args[arg]));
  const index = context.plan.resolve(Number(node.args[arg]));
  const known = context.plan.known.get(index);
  if (known !== undefined) return numberText(known, 32);
  const name = context.names.get(index);
  if (name !== undefined) return name;
  const text = sourceOf(context, context.recording.nodes[index]);
  return word in EXPRESSIONS && !isAtom(text) ? `(${text})` : text;
}

/** A name, a number, a call or a place: nothing that could be torn apart. */
function isAtom(text: string): boolean {
  return /^[\w:]*(?:\([^()]*\)|\[.*\])?$/.test(text);
}

function sourceOf(context: Context, node: Node): string {
  const word = node.word as Word;
  if (word === 'flags' && node.args[0] === 'logic') return `logic(${argumentOf(context, node, 3)})`;
  const template = EXPRESSIONS[word] ?? SOURCES[word];
  if (template === undefined) return sizedSource(context, node);
  const text = template.replace(/\$(\d)/g, (_, digit: string) => argumentOf(context, node, Number(digit)));
  if (isWidened(context, node)) return `signExtend(${text})`;
  return word === 'addA' ? text.replace(/ add -(\d+)$/, ' sub $1') : text;
}

/** A value that goes as it is to where there is more room: MOVSX, CBW. Values are sign-extended always; here it shows. */
function isWidened({ insn, recording }: Context, node: Node): boolean {
  const [first] = node.args;
  const width =
    node.word === 'register8'
      ? 8
      : node.word === 'register16'
        ? 16
        : node.word === 'read'
          ? widthOf([insn.a, insn.b, insn.c][Number(first)])
          : 32;
  if (width >= insn.size) return false;
  const index = recording.nodes.indexOf(node);
  return recording.nodes.some(({ word, args }) => (word === 'write' || word === 'setRegister') && args[1] === index);
}

/** Bits of a register or memory operand. */
function widthOf(handle: number): number {
  if (handle === MEM8 || (handle >= R8 && handle < MEM8)) return 8;
  return handle === MEM16 || (handle >= R16 && handle < R8) ? 16 : 32;
}

/** Sources that depend on the instruction's sizes and segment. */
function sizedSource(context: Context, node: Node): string {
  const { insn, options, operands } = context;
  const [first] = node.args;
  switch (node.word) {
    case 'condition':
      return CONDITION_TEXTS[Number(first)];
    case 'address':
      return operandText(context, Number(first)).replace(/^\[(.*)\]$/, '$1');
    case 'stackMove':
      return sumText(stackRegister(options), Number(first));
    case 'stackMoveBy':
      return `${stackRegister(options)} add ${argumentOf(context, node, 0)}`;
    case 'stackMoveToFrame':
      return sumText(registerText(EBP, options.bits), Number(first));
    case 'register8':
    case 'register16':
      return isWidened(context, node) ? `signExtend(${placeOf(context, node)})` : placeOf(context, node);
    case 'nextEip':
      return offsetPart(options.address + insn.length, insn.size === 16 ? 16 : options.bits, options).text;
    case 'system':
      return `${String(first)}(${operands.map(plainText).join(', ')}): ${insn.row.operation}`;
    default:
      return placeOf(context, node);
  }
}

function targetOf(context: Context, node: Node): string {
  const { options } = context;
  if (node.word === 'setFlag') return String(node.args[0]);
  if (node.word === 'jump' || node.word === 'jumpIf') return options.bits === 16 ? 'ip' : 'eip';
  if (node.word === 'write') return operandText(context, Number(node.args[0]));
  return flagsOf(node) || placeOf(context, node);
}

/** The register or memory that a word other than an operand's names. */
function placeOf(context: Context, node: Node): string {
  const { insn, options } = context;
  const number = Number(node.args[0]);
  switch (node.word) {
    case 'register':
    case 'setRegister':
      return registerText(number, insn.size);
    case 'register8':
    case 'setRegister8':
      return registerText(number, 8);
    case 'register16':
    case 'setRegister16':
      return registerText(number, 16);
    case 'registerA':
    case 'setRegisterA':
      return registerText(number, insn.flags & ADDRESS16 ? 16 : 32);
    case 'load':
    case 'store':
      return `${node.args[0] === 'ES' ? 'es' : segmentText(insn)}:[${argumentOf(context, node, 1)}]`;
    case 'stackLoad':
    case 'stackStore':
      return `ss:[${sumText(stackRegister(options), number)}]`;
    case 'frameLoad':
      return `ss:[${registerText(EBP, options.bits)}]`;
    default: // stackMove, stackMoveBy, stackMoveToFrame
      return stackRegister(options);
  }
}

const BYTE_REGISTERS = ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'];

function registerText(n: number, size: number): string {
  if (size === 8) return BYTE_REGISTERS[n];
  const name = GENERAL_REGISTERS[n].toLowerCase();
  return size === 16 ? name.slice(1) : name;
}

function stackRegister({ bits }: FormatOptions): string {
  return registerText(ESP, bits);
}

function segmentText(insn: Insn): string {
  return SEGMENT_REGISTERS[insn.segment].toLowerCase();
}

function sumText(term: string, n: number): string {
  return n === 0 ? term : n < 0 ? `${term} sub ${-n}` : `${term} add ${n}`;
}

/** The instruction's operand as the assembler writes it, without size keywords; a derived one where it is in memory. */
function operandText(context: Context, index: number): string {
  const { insn, options, operands, recording } = context;
  const node = recording.nodes[index];
  const [first] = node.args;
  if (node.word === 'operand') {
    const isTarget = [insn.a, insn.b, insn.c][Number(first)] === TARGET;
    return isTarget ? operands[Number(first)].replace(/^\w+ /, '') : plainText(operands[Number(first)] ?? '');
  }
  const base = operandText(context, Number(first));
  if (!base.endsWith(']')) return base;
  const bytes = insn.size / 8;
  if (node.word === 'bitOperand') return `${base.slice(0, -1)}+${bytes}*(${argumentOf(context, node, 1)} sar ${insn.size === 32 ? 5 : 4})]`;
  if (insn.base !== ESP) return base;
  return plainText(operandTexts({ ...insn, displacement: insn.displacement + bytes }, options)[Number(first)]);
}

/** Without keywords: `strict dword 5`, `word [esi]`, `short loop`. */
function plainText(operand: string): string {
  return operand.replace(/^(?:(?:strict|short|near|far|byte|word|dword) )+/, '');
}

function countText(insn: Insn): string {
  return insn.flags & ADDRESS16 ? 'cx' : 'ecx';
}

function stepsBefore(insn: Insn): MicroOperation[] {
  return [{ kind: 'repeat', target: '', source: `done if ${countText(insn)} = 0` }];
}

function stepsAfter(insn: Insn): MicroOperation[] {
  const count = countText(insn);
  const zero = insn.row.repeat === 'repz' ? ` and ZF = ${insn.flags & REPNE ? 0 : 1}` : '';
  return [
    { kind: 'repeat', target: count, source: `${count} sub 1` },
    { kind: 'repeat', target: '', source: `again if ${count} <> 0${zero}` },
  ];
}

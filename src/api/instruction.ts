/** One instruction as a page shows it: its text in pieces, and the memory that its operand or its string names. */
import { BASE, EDI, ES, ESI } from '../arch/cpu-state.ts';
import { formatParts } from '../isa/format.ts';
import type { FormatOptions } from '../isa/format-operand.ts';
import { ADDRESS16, type Insn, INVALID, MEMORY, TOO_LONG } from '../isa/insn.ts';
import { MEM, MEM16, MEM8 } from '../isa/operands.ts';
import { type Node, type Recording, recordingOf } from '../isa/record.ts';
import type { Size, SystemName } from '../isa/semantics.ts';
import type { CodePart, DataAccess } from './protocol.ts';

/** The text in pieces; offsets of targets and operands as linear addresses (`base` is that of the code segment). */
export function partsOf(insn: Insn, options: FormatOptions, base: number): CodePart[] {
  return formatParts(insn, options).map(({ kind, text, value }) => ({
    kind,
    text,
    linear: kind === 'address' && value !== null ? (base + value) >>> 0 : null,
  }));
}

const ES_NUMBER = 0;
/** System functions that write their memory operand. */
const WRITERS: readonly SystemName[] = [
  'sgdt',
  'sidt',
  'sldt',
  'str',
  'smsw',
  'storeSegment',
  'vmptrst',
  'vmread',
  'cmpxchg8b',
  'arpl',
  'popSegment',
];

/** What `insn` would touch as the registers in `words` stand: the memory operand, else the string. Null where there is none; the stack does not count. */
export function accessOf(insn: Insn, words: Int32Array): DataAccess | null {
  if (insn.flags & (INVALID | TOO_LONG)) return null;
  const recording = recordingOf(insn.row, insn.size as Size);
  return insn.flags & MEMORY ? operandAccess(insn, recording, words) : stringAccess(insn, recording, words);
}

function operandAccess(insn: Insn, recording: Recording, words: Int32Array): DataAccess | null {
  const handles = [insn.a, insn.b, insn.c];
  const operand = handles.findIndex((handle) => handle >= MEM8 && handle <= MEM);
  const uses = recording.nodes.filter((node) => isOn(recording, node, operand));
  const isWritten = uses.some((n) => n.word === 'write' || n.word === 'checkWrite' || n.word === 'readForUpdate' || isWriter(n));
  const isRead = uses.some((n) => n.word === 'read' || n.word === 'readUnsigned' || n.word === 'system');
  // LEA takes the address and no more.
  if (operand < 0 || (!isWritten && !isRead)) return null;
  const handle = handles[operand];
  const size = handle === MEM8 ? 1 : handle === MEM16 ? 2 : handle < MEM ? 4 : 0;
  const offset = words[insn.base] + (words[insn.index] << insn.scale) + insn.displacement;
  return { linear: linearOf(insn, words, { segment: insn.segment, offset }), size, access: isWritten ? 'write' : 'read' };
}

/** True if `node` uses operand `operand` of the instruction, be it through a bit string or behind a POP. */
function isOn(recording: Recording, node: Node, operand: number): boolean {
  if (node.word === 'operand' || node.word === 'bitOperand' || node.word === 'afterPop' || node.word === 'address') return false;
  const takes = node.word === 'system' ? node.args.slice(1) : node.args.slice(0, 1);
  return takes.some((arg) => typeof arg === 'number' && operandOf(recording, arg) === operand);
}

function operandOf(recording: Recording, index: number): number {
  const node = recording.nodes[index];
  if (node?.word === 'operand') return Number(node.args[0]);
  return node?.word === 'bitOperand' || node?.word === 'afterPop' ? operandOf(recording, Number(node.args[0])) : -1;
}

function isWriter(node: Node): boolean {
  return node.word === 'system' && (WRITERS as readonly unknown[]).includes(node.args[0]);
}

/** MOVS, STOS, LODS ... by their recording; INS and OUTS, which are functions, by name. A store goes before a load. */
function stringAccess(insn: Insn, { nodes }: Recording, words: Int32Array): DataAccess | null {
  const at = (segment: number, register: number, access: 'read' | 'write'): DataAccess => ({
    linear: linearOf(insn, words, { segment, offset: words[register] }),
    size: insn.size / 8,
    access,
  });
  if (nodes.some((n) => n.word === 'system' && n.args[0] === 'outs')) return at(insn.segment, ESI, 'read');
  if (nodes.some((n) => n.word === 'system' && n.args[0] === 'ins')) return at(ES_NUMBER, EDI, 'write');
  const node = nodes.find((n) => n.word === 'store') ?? nodes.find((n) => n.word === 'load');
  const from = node ? nodes[Number(node.args[1])] : undefined;
  if (!node || from?.word !== 'registerA') return null;
  return at(node.args[0] === 'ES' ? ES_NUMBER : insn.segment, Number(from.args[0]), node.word === 'store' ? 'write' : 'read');
}

function linearOf(insn: Insn, words: Int32Array, { segment, offset }: { segment: number; offset: number }): number {
  return (words[ES + 4 * segment + BASE] + (insn.flags & ADDRESS16 ? offset & 0xffff : offset)) >>> 0;
}

/** What an explanation need not say: values known from the instruction alone are numbers, values used once stand where they are used. */
import type { Insn } from './insn.ts';
import { IMM, IMM2, MEM, MEM8, ONE, TARGET } from './operands.ts';
import { type Node, OPERAND_NODES, type Recording, sourcesOf } from './record.ts';
import { type Word, WORDS } from './words.ts';

/** How the nodes of a recording appear in the explanation of one instruction. */
export interface Plan {
  /** Node -> its value, where that follows from immediates and constants. */
  readonly known: ReadonlyMap<number, number>;
  /** Node -> the node it is the same as: a choice whose condition is known. */
  resolve(node: number): number;
  /** The node has a step of its own. */
  hasStep(node: number): boolean;
}

/** Plans the explanation of `insn`, whose row's recording it is. */
export function planOf(insn: Insn, recording: Recording): Plan {
  const { nodes } = recording;
  const known = new Map<number, number>();
  const same = new Map<number, number>();
  const resolve = (node: number) => same.get(node) ?? node;
  nodes.forEach((node, index) => {
    const values = sourcesOf(node).map((source) => known.get(resolve(source)));
    const value = knownValue(insn, node, values);
    if (value !== undefined) known.set(index, value);
    else if (node.word === 'select' && values[0] !== undefined) same.set(index, resolve(Number(node.args[values[0] === 0 ? 2 : 1])));
  });
  const uses = usesOf(insn, nodes, { known, resolve });
  const inlined = inlinedNodes(insn, nodes, { known, uses });
  const hasStep = (index: number) =>
    uses[index] !== null && !same.has(index) && !known.has(index) && !inlined.has(index) && givesNoOperand(nodes[index]);
  return { known, resolve, hasStep };
}

/** The argument that is an operation's result: it has a name, so that the flags can be said to be its flags. */
const RESULT_ARGUMENT: Readonly<Partial<Record<Word, number>>> = {
  ...{ flags: 3, flagsAdc: 2, flagsSbb: 2, flagsKeepCarry: 2, flagsKnown: 0, flagsShift: 1 },
};

/** True if `node` reads or writes memory in this instruction. */
export function touchesMemory(insn: Insn, { word, args }: Node): boolean {
  if (word === 'operand' || WORDS[word].faults !== true || WORDS[word].changes === 'control') return false;
  if (!WORDS[word].takes.startsWith('o')) return word !== 'checkTarget';
  // A derived operand (BT, POP) is made from the first, and in memory if that is.
  const operand = Number(args[0]) < OPERAND_NODES ? Number(args[0]) : 0;
  return isMemory(handleOf(insn, operand));
}

function handleOf(insn: Insn, operand: number): number {
  return [insn.a, insn.b, insn.c][operand];
}

function isMemory(handle: number): boolean {
  return handle >= MEM8 && handle <= MEM;
}

function givesNoOperand({ word }: Node): boolean {
  return word !== 'operand' && WORDS[word].gives !== 'o';
}

const FOLDED: Readonly<Partial<Record<Word, (a: number, b: number) => number>>> = {
  add32: (a, b) => (a + b) | 0,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  and: (a, b) => a & b,
  shl: (a, b) => a << b,
  below: (a, b) => (a >>> 0 < b >>> 0 ? 1 : 0),
};

function knownValue(insn: Insn, node: Node, values: readonly (number | undefined)[]): number | undefined {
  const [first, second] = values;
  switch (node.word) {
    case 'constant':
      return Number(node.args[0]);
    case 'read':
    case 'readUnsigned':
      return immediateOf(insn, handleOf(insn, Number(node.args[0])));
    default: {
      const fold = node.word === 'operand' ? undefined : FOLDED[node.word];
      if (fold === undefined || first === undefined || second === undefined) return undefined;
      const r = fold(first, second);
      return node.word === 'add32' ? r : (r << insn.shift) >> insn.shift;
    }
  }
}

function immediateOf(insn: Insn, handle: number): number | undefined {
  if (handle === IMM) return insn.immediate;
  if (handle === IMM2) return insn.immediate2;
  return handle === ONE ? 1 : undefined;
}

/** Who uses each value, null for a node that nobody needs: it changes nothing and its value ends nowhere. */
function usesOf(insn: Insn, nodes: readonly Node[], { known, resolve }: Pick<Plan, 'known' | 'resolve'>): (number[] | null)[] {
  const uses: (number[] | null)[] = nodes.map(() => null);
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    if (node.word === 'operand' || known.has(index) || resolve(index) !== index) continue;
    const { gives } = WORDS[node.word];
    if (gives === '' ? isVoid(node, known) : uses[index] === null && !touchesMemory(insn, node)) continue;
    uses[index] ??= [];
    for (const source of sourcesOf(node).map(resolve)) (uses[source] ??= []).push(index);
  }
  return uses;
}

/** Flags under a condition that is known not to hold. */
function isVoid(node: Node, known: ReadonlyMap<number, number>): boolean {
  return (node.word === 'flagsShift' || node.word === 'flagsRotate') && known.get(Number(node.args[0])) === 0;
}

interface Usage {
  readonly known: ReadonlyMap<number, number>;
  readonly uses: readonly (readonly number[] | null)[];
}

/** Values used once, in no memory, with nothing changed between their place and where they would stand. */
function inlinedNodes(insn: Insn, nodes: readonly Node[], { known, uses }: Usage): Set<number> {
  const inlined = new Set<number>();
  const places = nodes.map((_, index) => index);
  for (let index = nodes.length - 1; index >= OPERAND_NODES; index--) {
    const node = nodes[index];
    const users = uses[index] ?? [];
    if (users.length > 0 && isTarget(insn, node)) inlined.add(index);
    if (users.length !== 1 || known.has(index) || touchesMemory(insn, node) || isResult(nodes[users[0]], index)) continue;
    const place = places[users[0]];
    const isChanged = nodes.slice(index, place).some(({ word }) => word !== 'operand' && WORDS[word].changes !== undefined);
    if (isChanged) continue;
    inlined.add(index);
    places[index] = place;
  }
  return inlined;
}

/** A branch target is a number, wherever it stands. */
function isTarget(insn: Insn, { word, args }: Node): boolean {
  return word === 'read' && handleOf(insn, Number(args[0])) === TARGET;
}

function isResult(user: Node, value: number): boolean {
  return user.word !== 'operand' && user.args[RESULT_ARGUMENT[user.word] ?? -1] === value;
}

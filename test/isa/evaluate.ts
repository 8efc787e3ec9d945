/** Runs a recording: a second, plain reading of the vocabulary, over flat memory without faults. Tests compare rows, and other readers, with it. */
import { CPU_WORDS, EBP, EFLAGS, EIP, ESP } from '../../src/arch/cpu-state.ts';
import { AF, CF, CONDITIONS, OF, PF, SF, ZF } from '../../src/isa/flags.ts';
import { ADDRESS16, type Insn } from '../../src/isa/insn.ts';
import { IMM, IMM2, MEM8, MEM32, ONE, R8, R16, TARGET } from '../../src/isa/operands.ts';
import type { Node, Recording } from '../../src/isa/record.ts';

const DF = 0x400;
const BITS: Record<string, number> = { CF, PF, AF, ZF, SF, OF, DF };

/** Registers (with status flags in place in EFLAGS) and memory from address 0. */
export interface TestMachine {
  readonly words: Int32Array;
  readonly memory: Uint8Array;
}

/** A machine whose registers, memory and flags are 0. */
export function testMachine(bytes: number): TestMachine {
  const words = new Int32Array(CPU_WORDS);
  words[EFLAGS] = 2;
  return { words, memory: new Uint8Array(bytes) };
}

/** Does what `recording` says for `insn`, which ends at EIP already. Throws for `system` words. */
export function evaluate(recording: Recording, insn: Insn, machine: TestMachine): void {
  const run: Run = { insn, machine, size: recording.size, ea: effectiveAddress(insn, machine.words), values: [] };
  for (const node of recording.nodes) run.values.push(step(run, node));
}

interface Run {
  readonly insn: Insn;
  readonly machine: TestMachine;
  readonly size: number;
  ea: number;
  readonly values: number[];
}

function effectiveAddress(insn: Insn, words: Int32Array): number {
  const sum = words[insn.base] + (words[insn.index] << insn.scale) + insn.displacement;
  return insn.flags & ADDRESS16 ? sum & 0xffff : sum >>> 0;
}

/** The low `size` bits as a signed or unsigned big integer: the definitions below are those of mathematics, not of JavaScript's words. */
function signed(v: number, size: number): bigint {
  return BigInt.asIntN(size, BigInt(v));
}
function unsigned(v: number, size: number): bigint {
  return BigInt.asUintN(size, BigInt(v));
}
function narrow(v: bigint, size: number): number {
  return Number(BigInt.asIntN(size, v));
}

const ARITHMETIC: Record<string, (a: bigint, b: bigint, size: number) => bigint> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  mulHigh: (a, b, size) => (a * b) >> BigInt(size),
  mulHighUnsigned: (a, b, size) => (BigInt.asUintN(size, a) * BigInt.asUintN(size, b)) >> BigInt(size),
  shl: (a, b) => a << (b & 31n),
  shr: (a, b, size) => BigInt.asUintN(size, a) >> (b & 31n),
  sar: (a, b) => a >> (b & 31n),
};

function step(run: Run, { word, args }: Node): number {
  const { size, values } = run;
  const { words } = run.machine;
  const [v, w, x, y] = args.map((arg) => values[Number(arg)]);
  const k = Number(args[0]);
  if (word in ARITHMETIC) return narrow(ARITHMETIC[word](signed(v, 32), signed(w, 32), size), size);
  switch (word) {
    case 'operand':
      return [run.insn.a, run.insn.b, run.insn.c][k];
    case 'constant':
      return k | 0;
    case 'and':
      return v & w;
    case 'or':
      return v | w;
    case 'xor':
      return v ^ w;
    case 'not':
      return ~v;
    case 'add32':
      return (v + w) | 0;
    case 'equal':
      return v === w ? 1 : 0;
    case 'below':
      return unsigned(v, 32) < unsigned(w, 32) ? 1 : 0;
    case 'select':
      return v !== 0 ? w : x;
    case 'zeroExtend':
      return Number(unsigned(v, Number(args[1]))) | 0;
    case 'lowestBit':
      return v === 0 ? 0 : unsigned(v, size).toString(2).length - 1 - unsigned(v, size).toString(2).lastIndexOf('1');
    case 'highestBit':
      return v === 0 ? 0 : unsigned(v, size).toString(2).length - 1;
    case 'addA':
      return run.insn.flags & ADDRESS16 ? (v + w) & 0xffff : (v + w) | 0;
    case 'nextEip':
      return words[EIP];
    case 'flag':
      return words[EFLAGS] & BITS[args[0]] ? 1 : 0;
    case 'condition':
      return conditionOf(words[EFLAGS], k);
    case 'statusFlags':
      return (words[EFLAGS] & (SF | ZF | AF | PF | CF)) | 2;
    default:
      return transfer(run, word, args, [v, w, x, y]);
  }
}

function conditionOf(eflags: number, tttn: number): number {
  const has = (bits: number) => (eflags & bits) !== 0;
  const isLess = has(SF) !== has(OF);
  const even = [has(OF), has(CF), has(ZF), has(CF | ZF), has(SF), has(PF), isLess, isLess || has(ZF)][tttn >> 1];
  return even === (CONDITIONS[tttn & 14] === CONDITIONS[tttn]) ? 1 : 0;
}

/** Words that read or write registers, memory and EIP. */
function transfer(run: Run, word: Node['word'], args: Node['args'], [v, w, x, y]: number[]): number {
  const { machine, size } = run;
  const { words } = machine;
  const k = Number(args[0]);
  switch (word) {
    case 'read':
    case 'readForUpdate':
      return readOperand(run, v);
    case 'readUnsigned':
      return Number(unsigned(readOperand(run, v), widthOf(v, size))) | 0;
    case 'checkWrite':
    case 'checkTarget':
      return 0;
    case 'write':
      return writeOperand(run, v, w);
    case 'address':
      return run.ea;
    case 'bitOperand':
      if (v >= MEM8) run.ea += Math.floor(w / size) * (size / 8);
      return v;
    case 'afterPop':
      if (v >= MEM8 && run.insn.base === ESP) run.ea += size / 8;
      return v;
    case 'register':
      return register(words, k, size);
    case 'register8':
      return register(words, k, 8);
    case 'register16':
      return register(words, k, 16);
    case 'registerA':
      return run.insn.flags & ADDRESS16 ? words[k] & 0xffff : words[k];
    case 'setRegister':
      return setRegister(words, k, { value: w, size });
    case 'setRegister8':
      return setRegister(words, k, { value: w, size: 8 });
    case 'setRegister16':
      return setRegister(words, k, { value: w, size: 16 });
    case 'setRegisterA':
      return setRegister(words, k, { value: w, size: run.insn.flags & ADDRESS16 ? 16 : 32 });
    case 'load':
      return load(machine, w, size);
    case 'store':
      return store(machine, w, { value: x, size });
    case 'stackLoad':
      return load(machine, words[ESP] + k, size);
    case 'stackStore':
      return store(machine, words[ESP] + k, { value: w, size });
    case 'frameLoad':
      return load(machine, words[EBP], size);
    case 'stackMove':
      return (words[ESP] += k);
    case 'stackMoveBy':
      return (words[ESP] += v);
    case 'stackMoveToFrame':
      return (words[ESP] = words[EBP] + k);
    case 'jump':
      return jump(run, 1, v);
    case 'jumpIf':
      return jump(run, v, w);
    default:
      return setFlags(run, word, args, [v, w, x, y]);
  }
}

function jump({ machine, size }: Run, condition: number, target: number): number {
  if (condition !== 0) machine.words[EIP] = size === 16 ? target & 0xffff : target;
  return 0;
}

/** EFLAGS from sums by the book: `exact` is the signed result, `total` the unsigned one, before they are narrowed. */
function setFlags(run: Run, word: Node['word'], args: Node['args'], [v, w, x, y]: number[]): number {
  switch (word) {
    case 'flags':
      if (args[0] === 'logic') return put(run, CF | OF | AF | SF | ZF | PF, resultFlags(y));
      return put(run, CF | OF | AF | SF | ZF | PF, sumFlags(run.size, [w, x, 0], args[0] === 'sub') | resultFlags(y));
    case 'flagsAdc':
    case 'flagsSbb':
      return put(run, CF | OF | AF | SF | ZF | PF, sumFlags(run.size, [v, w, y], word === 'flagsSbb') | resultFlags(x));
    case 'flagsKeepCarry':
      return put(run, OF | AF | SF | ZF | PF, sumFlags(run.size, [w, 1, 0], args[0] === 'dec') | resultFlags(x));
    case 'flagsKnown':
      return put(run, CF | OF | AF | SF | ZF | PF, (w ? CF : 0) | (x ? OF : 0) | (y ? AF : 0) | resultFlags(v));
    case 'flagsShift':
      return v === 0 ? 0 : put(run, CF | OF | AF | SF | ZF | PF, (x < 0 ? CF : 0) | (y < 0 ? OF : 0) | resultFlags(w));
    case 'flagsRotate':
      return v === 0 ? 0 : put(run, CF | OF, (w < 0 ? CF : 0) | (x < 0 ? OF : 0));
    case 'setFlag':
      return put(run, BITS[args[0]], w ? BITS[args[0]] : 0);
    case 'setStatusFlags':
      return put(run, SF | ZF | AF | PF | CF, v);
    default:
      throw new Error(`${word} has no meaning here`);
  }
}

function put({ machine }: Run, mask: number, bits: number): number {
  return (machine.words[EFLAGS] = (machine.words[EFLAGS] & ~mask) | (bits & mask));
}

function resultFlags(r: number): number {
  const ones = (r & 255).toString(2).replaceAll('0', '').length;
  return (r === 0 ? ZF : 0) | (r < 0 ? SF : 0) | (ones % 2 === 0 ? PF : 0);
}

function sumFlags(size: number, [a, b, carry]: readonly number[], isDifference: boolean): number {
  const sign = isDifference ? -1n : 1n;
  const total = unsigned(a, size) + sign * (unsigned(b, size) + BigInt(carry));
  const exact = signed(a, size) + sign * (signed(b, size) + BigInt(carry));
  const digit = (a & 15) + Number(sign) * ((b & 15) + carry);
  return (
    (total !== BigInt.asUintN(size, total) ? CF : 0) | (exact !== BigInt.asIntN(size, exact) ? OF : 0) | (digit !== (digit & 15) ? AF : 0)
  );
}

function widthOf(handle: number, size: number): number {
  if (handle === IMM || handle === TARGET || handle === ONE) return size;
  if (handle === IMM2) return 8;
  if (handle >= MEM8) return 8 << (handle - MEM8);
  return handle < R16 ? 32 : handle < R8 ? 16 : 8;
}

function readOperand({ insn, machine, size, ea }: Run, handle: number): number {
  if (handle === IMM) return insn.immediate;
  if (handle === IMM2) return insn.immediate2;
  if (handle === ONE) return 1;
  if (handle === TARGET) return (machine.words[EIP] + insn.immediate) | 0;
  return handle >= MEM8 ? load(machine, ea, widthOf(handle, size)) : register(machine.words, handle & 7, widthOf(handle, size));
}

function writeOperand({ machine, size, ea }: Run, handle: number, value: number): number {
  const width = widthOf(handle, size);
  if (handle >= MEM8 && handle <= MEM32) return store(machine, ea, { value, size: width });
  return setRegister(machine.words, handle & 7, { value, size: width });
}

function register(words: Int32Array, n: number, size: number): number {
  return size === 8 ? narrow(signed(words[n & 3], 32) >> (n & 4 ? 8n : 0n), 8) : narrow(signed(words[n], 32), size);
}

function setRegister(words: Int32Array, n: number, { value, size }: { value: number; size: number }): number {
  const bytes = new Uint8Array(words.buffer, size === 8 ? (n & 3) * 4 + (n >> 2) : n * 4, size / 8);
  bytes.forEach((_, i) => {
    bytes[i] = value >> (8 * i);
  });
  return 0;
}

function load({ memory }: TestMachine, address: number, size: number): number {
  let v = 0n;
  for (let i = size / 8 - 1; i >= 0; i--) v = (v << 8n) | BigInt(memory[(address >>> 0) + i] ?? 0);
  return narrow(v, size);
}

function store({ memory }: TestMachine, address: number, { value, size }: { value: number; size: number }): number {
  for (let i = 0; i < size / 8; i++) memory[(address >>> 0) + i] = value >> (8 * i);
  return 0;
}

/** Instructions that touched a device in memory, done by the hypervisor: fetched and decoded again, and their meaning read from the recording of the same row that
 *  the processor runs. So whatever the table has, is emulated. */
import * as w from '../arch/cpu-state.ts';
import { PF_VECTOR, UD } from '../arch/exceptions.ts';
import { EFLAGS_STATUS } from '../arch/eflags.ts';
import type { VmcsFieldKey } from '../arch/vmcs-fields.ts';
import { decode, MAX_INSN_LENGTH } from '../isa/decode.ts';
import { setStatusFlags, statusFlags, zeroFlag } from '../isa/flags.ts';
import { ADDRESS16, INVALID, type Insn, REPEATS, REPNE } from '../isa/insn.ts';
import { type Node, recordingOf } from '../isa/record.ts';
import { WORDS } from '../isa/words.ts';
import type { Size } from '../isa/semantics.ts';
import { codeBits, EmulationSem } from './emulation-sem.ts';
import { type GuestMemory, Unfinished } from './guest-memory.ts';
import type { Vm } from './vm.ts';

/** Iterations of a repeated instruction that are done in one VM exit. Between two exits an interrupt can come. */
const MOST_ITERATIONS = 64;

const SEGMENTS = ['Es', 'Cs', 'Ss', 'Ds', 'Fs', 'Gs'] as const;
const GENERAL = [w.EAX, w.ECX, w.EDX, w.EBX, w.EBP, w.ESI, w.EDI];

/** What came of it: the guest goes on (behind the instruction, or with an exception to take), must wait for memory, or cannot be helped. */
export type Emulated = 'done' | 'memory' | 'refuse';

/** Emulates the instruction at the guest's RIP. The VMCS of `vm` is the current one. */
export function emulate(vm: Vm, memory: GuestMemory): Emulated {
  const words = guestWords(vm);
  memory.begin(vm);
  try {
    const insn = fetchInsn(words, memory);
    const sem = new EmulationSem(words, memory, insn);
    const isComplete = run(sem, insn);
    writeBack(vm, words);
    vm.write('guestRip', isComplete ? sem.next : words[w.EIP]);
    vm.endInstruction();
    return 'done';
  } catch (thrown) {
    if (!(thrown instanceof Unfinished)) throw thrown;
    return giveUp(vm, thrown);
  }
}

/** Turns an unfinished emulation into the guest's exception; or says why there is none. */
export function giveUp(vm: Vm, { kind, vector, errorCode, linear }: Unfinished): Emulated {
  if (kind !== 'fault') return kind;
  if (vector === PF_VECTOR) vm.injectPageFault(linear, errorCode);
  else vm.injectException(vector, errorCode);
  return 'done';
}

/** Decodes the instruction at EIP. */
export function fetchInsn(words: Int32Array, memory: GuestMemory): Insn {
  const bytes = memory.fetch((words[w.CS + w.BASE] + words[w.EIP]) | 0, MAX_INSN_LENGTH);
  const insn = decode(bytes, 0, codeBits(words), bytes.length);
  if (insn === null || insn.flags & INVALID) throw new Unfinished('fault', UD);
  return insn;
}

/** The guest's state in the words of the CPU's layout, as far as an instruction of the table needs it. */
export function guestWords(vm: Vm): Int32Array {
  const words = new Int32Array(w.CPU_WORDS);
  for (const word of GENERAL) words[word] = vm.register(word);
  words[w.ESP] = vm.read('guestRsp');
  words[w.EIP] = vm.read('guestRip');
  const eflags = vm.read('guestRflags');
  words[w.EFLAGS] = eflags & ~EFLAGS_STATUS;
  setStatusFlags(words, eflags & EFLAGS_STATUS);
  SEGMENTS.forEach((name, n) => {
    const at = w.ES + 4 * n;
    words[at + w.BASE] = vm.read(`guest${name}Base` as VmcsFieldKey);
    words[at + w.LIMIT] = vm.read(`guest${name}Limit` as VmcsFieldKey);
    words[at + w.RIGHTS] = vm.read(`guest${name}Rights` as VmcsFieldKey);
  });
  return words;
}

/** Puts back what an instruction may have changed, EIP apart. */
export function writeBack(vm: Vm, words: Int32Array): void {
  for (const word of GENERAL) vm.setRegister(word, words[word]);
  vm.write('guestRsp', words[w.ESP]);
  vm.write('guestRflags', words[w.EFLAGS] | statusFlags(words));
}

/** Runs `insn` whole, or as many iterations as one exit may take; false: there are some left, and EIP stays. A fault in a later iteration keeps the earlier ones: it
 *  comes at the next exit. */
function run(sem: EmulationSem, insn: Insn): boolean {
  sem.begin(insn);
  if ((insn.flags & REPEATS) === 0) {
    follow(sem, insn);
    return true;
  }
  const { words } = sem;
  const mask = insn.flags & ADDRESS16 ? 0xffff : -1;
  for (let i = 0; i < MOST_ITERATIONS; i++) {
    if ((words[w.ECX] & mask) === 0) return true;
    try {
      follow(sem, insn);
    } catch (thrown) {
      if (i === 0) throw thrown;
      return false;
    }
    const count = (words[w.ECX] - 1) & mask;
    words[w.ECX] = (words[w.ECX] & ~mask) | count;
    if (count === 0 || isFound(sem, insn)) return true;
  }
  return false;
}

/** Whether a comparing string instruction ends here. */
function isFound(sem: EmulationSem, insn: Insn): boolean {
  return insn.row.repeat === 'repz' && zeroFlag(sem.words) === ((insn.flags & REPNE) === 0 ? 0 : 1);
}

type Method = (...args: (number | string)[]) => number | undefined;

/** Follows the recording of the instruction's row. */
function follow(sem: EmulationSem, insn: Insn): void {
  const { nodes } = recordingOf(insn.row, insn.size as Size);
  const operands = [insn.a, insn.b, insn.c];
  const values: number[] = [];
  for (const node of nodes) values.push(node.word === 'operand' ? operands[Number(node.args[0])] : step(sem, node, values));
}

function step(sem: EmulationSem, node: Node, values: readonly number[]): number {
  const word = node.word as Exclude<Node['word'], 'operand'>;
  const method = sem[word] as Method;
  return method.apply(sem, argumentsOf(node, values)) ?? 0;
}

/** A word's arguments: numbers and names as they are, the others as the value of the node that gave them. */
function argumentsOf(node: Node, values: readonly number[]): (number | string)[] {
  const letters = node.word === 'operand' ? '' : WORDS[node.word].takes.replaceAll('?', '');
  return node.args.map((arg, i) => (letters[i] === 'k' ? arg : values[Number(arg)]));
}

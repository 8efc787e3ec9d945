/** The guest's next instruction, and whether it would exit: which row of the list it is, and with its operands, where they are known, what becomes of it. */
import { BASE, CS, ECX, EDX, EIP, NON_ROOT } from '../../arch/cpu-state.ts';
import { BP, OF_VECTOR, UD } from '../../arch/exceptions.ts';
import { EXIT_REASONS, type ExitReason } from '../../arch/exit-reasons.ts';
import { decode, MAX_INSN_LENGTH } from '../../isa/decode.ts';
import { type Insn, INVALID, TOO_LONG } from '../../isa/insn.ts';
import { codeHere, codeThere } from '../frame.ts';
import { type ExitRow, type ExitVerdict, isInstruction } from './vmx-exits.ts';
import { bitmapOf, type ControlReading, msrBit, portBit, type VmxMachine } from './vmx-reading.ts';

/** What the guest runs next. */
export interface NextInstruction {
  /** Linear address. */
  readonly linear: number;
  /** Row of the list of exits; null: it is none of those. */
  readonly row: string | null;
  /** As its operands are: `some` where they are not known, because root has the registers. */
  readonly verdict: ExitVerdict;
}

/** Mnemonics of the reasons that the table gives in so many words: `LGDT, LIDT, SGDT or SIDT`. A task switch is an event: not every JMP is one. */
const ROW_OF: ReadonlyMap<string, string> = new Map(
  (EXIT_REASONS as readonly (ExitReason & { readonly key: string })[]).filter(isInstruction).flatMap(({ key, when }) =>
    when
      .split(':')[0]
      .split(/, | or /)
      .filter((word) => /^[A-Z]+$/.test(word))
      .map((word): [string, string] => [word, key]),
  ),
);
/** Instructions that raise an exception by design. */
const RAISES: Readonly<Record<string, number>> = { UD2: UD, INT3: BP, INTO: OF_VECTOR };
const NONE = { row: null, verdict: 'never' } as const;

/** The instruction at which the guest stands, or goes on; null where there is none to be read. */
export function nextOf(machine: VmxMachine, rows: readonly ExitRow[] | null, reading: ControlReading | null): NextInstruction | null {
  const isGuest = machine.cpu.words[NON_ROOT] !== 0;
  const view = isGuest ? codeHere(machine) : codeThere(machine);
  if (!view || rows === null || reading === null) return null;
  const linear = (view.base + view.eip) >>> 0;
  const insn = insnAt(view.peek(linear | 0, MAX_INSN_LENGTH), view.bits);
  if (!insn) return null;
  const id = rowOf(insn);
  const row = rows.find((r) => r.id === id);
  if (!row) return { linear, ...NONE };
  return { linear, row: row.id, verdict: isGuest ? exactly(machine, insn, row, reading) : row.verdict };
}

/** VMLAUNCH or VMRESUME, if root is about to execute it. */
export function entryAhead(machine: VmxMachine): 'launch' | 'resume' | null {
  const { words } = machine.cpu;
  if (words[NON_ROOT] !== 0) return null;
  const view = codeHere(machine);
  const insn = insnAt(view.peek((words[CS + BASE] + words[EIP]) | 0, MAX_INSN_LENGTH), view.bits);
  const name = insn?.row.mnemonic;
  return name === 'VMLAUNCH' ? 'launch' : name === 'VMRESUME' ? 'resume' : null;
}

function insnAt(seen: readonly (number | null)[], bits: 16 | 32): Insn | null {
  const end = seen.indexOf(null);
  const bytes = Uint8Array.from(seen.slice(0, end < 0 ? seen.length : end) as number[]);
  const insn = bytes.length > 0 ? decode(bytes, 0, bits) : null;
  return insn === null || insn.flags & (INVALID | TOO_LONG) ? null : insn;
}

function rowOf(insn: Insn): string | null {
  const { mnemonic } = insn.row;
  const register = (insn.modrm >>> 3) & 7;
  if (insn.opcode === 0x0f22) return register === 2 ? null : `movToCr${register}`;
  if (insn.opcode === 0x0f20) return register === 3 ? 'movFromCr3' : null;
  if (insn.opcode === 0x0f21 || insn.opcode === 0x0f23) return 'movDr';
  if (mnemonic === 'CLTS' || mnemonic === 'LMSW') return mnemonic.toLowerCase();
  if (Object.hasOwn(RAISES, mnemonic)) return `exception${RAISES[mnemonic]}`;
  return ROW_OF.get(mnemonic) ?? null;
}

/** With the operands that the guest's registers hold. */
function exactly(machine: VmxMachine, insn: Insn, row: ExitRow, reading: ControlReading): ExitVerdict {
  const { words } = machine.cpu;
  const { detail } = row;
  if (detail === null) return row.verdict;
  const verdict = (isExit: boolean): ExitVerdict => (isExit ? 'exits' : 'never');
  if (detail.kind === 'ports') return verdict(portsExit(machine, insn, reading));
  if (detail.kind === 'msrs') {
    const place = msrBit(words[ECX] >>> 0, row.id === 'wrmsr');
    return verdict(place === null || bitmapOf(machine, reading, place[0]).bit(place[1]));
  }
  const value = words[insn.modrm & 7];
  if (detail.kind === 'targets') return verdict(!detail.values.includes(value >>> 0));
  if (detail.kind === 'hostOwned' && row.id !== 'lmsw') return verdict(((value ^ detail.shadow) & detail.mask) !== 0);
  return row.verdict;
}

function portsExit(machine: VmxMachine, insn: Insn, reading: ControlReading): boolean {
  // E4 to E7: the port is an immediate.
  const port = (insn.opcode & 0xfc) === 0xe4 ? insn.immediate & 0xff : machine.cpu.words[EDX] & 0xffff;
  const size = insn.opcode & 1 ? insn.size / 8 : 1;
  if (port + size > 0x10000) return true;
  return Array.from({ length: size }, (_, i) => portBit(port + i)).some(([key, bit]) => bitmapOf(machine, reading, key).bit(bit));
}

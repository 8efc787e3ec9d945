/** Repeated string instructions. SDM vol. 2, "REP/REPE/REPZ/REPNE/REPNZ-Repeat String Operation Prefix".
 *
 *  One iteration is one `run` and one tick; while iterations are left EIP stays, so that events come between them. Over plain RAM many iterations of MOVS and
 *  STOS are done in one go: with the same registers, bytes and ticks as one by one. */
import { ECX, EDI, EFLAGS, EIP, ESI } from '../arch/cpu-state.ts';
import { EFLAGS_DF, EFLAGS_RF } from '../arch/eflags.ts';
import { ADDRESS16, type Insn, REPNE } from '../isa/insn.ts';
import type { Cpu } from './cpu.ts';
import { LEFT, NEXT, SEGMENT_GUARD, WINDOW_SIZE } from './derived.ts';
import type { Execute } from './execute.ts';
import { zeroFlag } from '../isa/flags.ts';

/** Runs iterations until none is left, the slice ends or the instruction's own page was written; NEXT is the instruction itself while some are left. */
export function repeat(cpu: Cpu, execute: Execute, insn: Insn): void {
  const w = cpu.words;
  const mask = insn.flags & ADDRESS16 ? 0xffff : -1;
  if ((w[ECX] & mask) === 0) return;
  for (;;) {
    if (w[LEFT] > 1) bulk(cpu, execute, insn);
    insn.run(execute, insn.a, insn.b, insn.c);
    const count = (w[ECX] - 1) & mask;
    w[ECX] = (w[ECX] & ~mask) | count;
    if (count === 0 || isFound(w, insn)) return;
    if (w[LEFT] <= 1) break;
    if (w[WINDOW_SIZE] === 0) {
      // The bytes of the instruction may have changed, or it is not in one page: it must be fetched again.
      cpu.recheckEvents();
      break;
    }
    w[LEFT]--;
  }
  w[NEXT] = w[EIP];
  // So that no breakpoint stops it again when it goes on. SDM vol. 3, "Instruction-Breakpoint Exception Condition".
  w[EFLAGS] |= EFLAGS_RF;
}

/** Whether a comparing instruction ends here. */
function isFound(w: Int32Array, insn: Insn): boolean {
  return insn.row.repeat === 'repz' && zeroFlag(w) === ((insn.flags & REPNE) === 0 ? 0 : 1);
}

/** Bytes below which one by one is as fast. */
const WORTHWHILE = 8;
const PAGE = 4096;

/** Does as many iterations as lie in one page upwards, fit the slice and leave one for the loop: only flat 32-bit segments and addresses, only pages that
 *  the mirrors know. */
function bulk(cpu: Cpu, execute: Execute, insn: Insn): void {
  const w = cpu.words;
  const bytes = insn.size >> 3;
  const isMove = (insn.opcode | 1) === 0xa5;
  if (!isMove && (insn.opcode | 1) !== 0xab) return;
  if (insn.flags & ADDRESS16 || w[EFLAGS] & EFLAGS_DF || w[SEGMENT_GUARD] !== 0 || (isMove && w[SEGMENT_GUARD + insn.segment] !== 0))
    return;
  const to = w[EDI] ^ execute.writeMirror[w[EDI] >>> 12];
  const from = isMove ? w[ESI] ^ execute.readMirror[w[ESI] >>> 12] : to;
  if (to < 0 || from < 0) return;
  const room = Math.min(PAGE - (to & (PAGE - 1)), PAGE - (from & (PAGE - 1)));
  const count = Math.min(Math.floor(room / bytes), (w[ECX] >>> 0) - 1, w[LEFT] - 1);
  if (count < WORTHWHILE) return;
  if (isMove) {
    moveUnits(cpu.bus.physical.ram8, from, to, { count, bytes });
    w[ESI] += count * bytes;
  } else fillUnits(cpu.bus.physical.ram8, to, w[0], { count, bytes });
  w[EDI] += count * bytes;
  w[ECX] -= count;
  w[LEFT] -= count;
}

interface Units {
  readonly count: number;
  readonly bytes: number;
}

/** Unit after unit upwards: where the target begins inside the source, what has been written is read again. */
function moveUnits(ram: Uint8Array, from: number, to: number, { count, bytes }: Units): void {
  const size = count * bytes;
  if (to <= from || to >= from + size) ram.copyWithin(to, from, from + size);
  else if (to - from >= bytes) for (let i = 0; i < size; i++) ram[to + i] = ram[from + i];
  else for (let i = 0; i < size; i += bytes) ram.copyWithin(to + i, from + i, from + i + bytes);
}

function fillUnits(ram: Uint8Array, to: number, value: number, { count, bytes }: Units): void {
  for (let i = 0; i < bytes; i++) ram[to + i] = value >> (8 * i);
  // Doubling: what is filled already is the pattern.
  const size = count * bytes;
  for (let done = bytes; done < size; done *= 2) ram.copyWithin(to + done, to, to + Math.min(done, size - done));
}

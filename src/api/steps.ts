/** The micro-operations of one instruction of a machine, as text. */
import { BASE, CS, NON_ROOT, RIGHTS } from '../arch/cpu-state.ts';
import { RIGHTS_DB } from '../arch/descriptors.ts';
import { decode, MAX_INSN_LENGTH } from '../isa/decode.ts';
import { explain, stepText } from '../isa/explain.ts';
import { INVALID, TOO_LONG } from '../isa/insn.ts';
import type { PagingContext } from '../memory/walk.ts';
import type { Machine } from '../machine/machine.ts';
import type { InstructionSteps } from './protocol.ts';

/** Of the instruction at `linear`, as the CPU would read it now; null where no whole one can be read. */
export function stepsAt(
  { cpu, mmu }: Pick<Machine, 'cpu' | 'mmu'>,
  linear: number,
  context: PagingContext,
  given?: 16 | 32,
): InstructionSteps | null {
  const seen = mmu.peek(linear | 0, MAX_INSN_LENGTH, context);
  const end = seen.indexOf(null);
  const bytes = Uint8Array.from(seen.slice(0, end < 0 ? seen.length : end) as number[]);
  if (bytes.length === 0) return null;
  const bits = given ?? (cpu.words[CS + RIGHTS] & RIGHTS_DB ? 32 : 16);
  const insn = decode(bytes, 0, bits);
  if (insn === null || insn.flags & (INVALID | TOO_LONG)) return null;
  const { row } = insn;
  return {
    name: row.mnemonic.toLowerCase(),
    title: row.title,
    operation: row.operation,
    writes: row.writes ?? '',
    undefines: row.undefines ?? '',
    steps: explain(insn, { address: (linear - cpu.words[CS + BASE]) >>> 0, bits }).map(stepText),
    mayExit: row.exits ?? null,
    isGuest: cpu.words[NON_ROOT] !== 0,
  };
}

/** What an instruction changed, as clauses: registers, memory, where it goes on. */
import * as cpu from '../../arch/cpu-state.ts';
import type { Frame, LastInstruction } from '../../api/protocol.ts';
import { words } from '../reading.ts';
import { hexText } from '../widgets/number.ts';
import { at, say, type Value } from '../widgets/sentence.ts';

const NAMED: readonly (readonly [name: string, word: number])[] = [
  ...cpu.GENERAL_REGISTERS.map((name, i): [string, number] => [name, i]),
  ...[...cpu.SEGMENT_REGISTERS, 'LDTR', 'TR'].map((name, i): [string, number] => [name, cpu.ES + 4 * i]),
  ['GDTR', cpu.GDTR_BASE],
  ['IDTR', cpu.IDTR_BASE],
  ['CR0', cpu.CR0],
  ['CR2', cpu.CR2],
  ['CR3', cpu.CR3],
  ['CR4', cpu.CR4],
];
/** More would be a list, not a sentence. */
const MOST = 3;

/** Clauses on what `last` did, the most telling first; none if it changed nothing but EIP and flags. */
export function effectsOf(frame: Frame, last: LastInstruction): readonly Value[] {
  const before = words(frame.cpuBefore);
  const now = words(frame.cpu);
  const changed = NAMED.filter(([, word]) => before[word] !== now[word]);
  const isString = last.access !== null && last.parts.every((part) => part.kind === 'mnemonic' || part.kind === 'punctuation');
  const registers = changed.map(([name, word]) =>
    say('why.set', { register: { mono: name }, value: { mono: hexText(now[word], digits(name)) } }),
  );
  const effects: Value[] = isString ? [] : registers;
  if (last.access?.access === 'write') effects.unshift(say('why.wrote', { address: at('v', last.access.linear) }));
  else if (last.access) effects.push(say('why.read', { address: at('v', last.access.linear) }));
  if (isString) effects.push(...registers);
  const next = (now[cpu.CS + cpu.BASE] + now[cpu.EIP]) >>> 0;
  if (next !== (last.linear + last.bytes.length) >>> 0 && next !== last.linear)
    effects.unshift(say('why.jumped', { address: at('v', next) }));
  return effects.slice(0, MOST);
}

function digits(name: string): number {
  return cpu.SEGMENT_REGISTERS.some((s) => s === name) || name === 'LDTR' || name === 'TR' ? 4 : 1;
}

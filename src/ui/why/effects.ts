/** What an instruction changed, as clauses: where it goes on, registers, memory, ports, VMCS fields, flags. */
import * as cpu from '../../arch/cpu-state.ts';
import { EFLAGS_BITS } from '../../arch/eflags.ts';
import { msrRow } from '../../arch/msrs.ts';
import { VMCS_FIELDS, fieldWidth } from '../../arch/vmcs-fields.ts';
import type { Frame, LastInstruction } from '../../api/protocol.ts';
import { stackAccess } from '../follow.ts';
import type { History } from '../history.ts';
import { fieldValue, words } from '../reading.ts';
import { pageText } from '../widgets/instruction.ts';
import { hexText } from '../widgets/number.ts';
import { at, say, type Sentence, type Value } from '../widgets/sentence.ts';

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
/** Flags that are worth a word beside something else. */
const TELLING = ['CF', 'ZF', 'SF', 'OF', 'IF', 'DF'];

/** An instruction that has run, and the processor's words around it. */
interface Ran {
  readonly frame: Frame;
  readonly last: LastInstruction;
  readonly before: Uint32Array;
  readonly now: Uint32Array;
}

/** What `last`, which has run, did: a whole sentence. */
export function ranSentence(frame: Frame, last: LastInstruction, history: History): Sentence {
  const ran: Ran = { frame, last, before: words(frame.cpuBefore), now: words(frame.cpu) };
  const text = { mono: pageText(last) };
  if (ran.now[cpu.ACTIVITY] === 1) return say('why.halts', { text });
  const effects = effectsOf(ran, history);
  const flags = flagsOf(frame, effects.length > 0 ? TELLING : null);
  if (effects.length > 0) return say('why.ran', { text, effects: [...effects, ...(effects.length < MOST ? flags : [])] });
  if (isConditional(last)) return say('why.notTaken', { text });
  return flags.length > 0 ? say('why.onlyFlags', { text, flags }) : say('why.ranQuietly', { text });
}

/** Clauses, the most telling first; none if it changed nothing but EIP and flags. */
function effectsOf(ran: Ran, history: History): readonly Value[] {
  const { frame, last, before, now } = ran;
  const changed = NAMED.filter(([, word]) => before[word] !== now[word]);
  const isString = last.access !== null && last.parts.every((part) => part.kind === 'mnemonic' || part.kind === 'punctuation');
  const registers = changed.map(([name, word]) =>
    say('why.set', { register: { mono: name }, value: { mono: hexText(now[word], digits(name)) } }),
  );
  const access = last.access ?? stackAccess(frame, history);
  const touched = access ? [say(access.access === 'write' ? 'why.wrote' : 'why.read', { address: at('v', access.linear) })] : [];
  const beyond = beyondOf(ran);
  const next = (now[cpu.CS + cpu.BASE] + now[cpu.EIP]) >>> 0;
  const hasJumped = next !== (last.linear + last.bytes.length) >>> 0 && next !== last.linear;
  return [
    ...(hasJumped ? [say('why.jumped', { address: at('v', next) })] : []),
    ...(beyond ? [beyond] : []),
    ...(isString || access?.access === 'write' ? [...touched, ...registers] : [...registers, ...touched]),
  ].slice(0, MOST);
}

/** What is neither a register nor memory: a port, a field of the VMCS, an MSR. */
function beyondOf(ran: Ran): Value | null {
  for (const [pattern, tell] of BEYOND) {
    const found = pattern.exec(ran.last.text);
    if (found) return tell(ran, found);
  }
  return null;
}

const BEYOND: readonly (readonly [pattern: RegExp, tell: (ran: Ran, found: RegExpExecArray) => Value | null])[] = [
  [
    /^out (\w+), (\w+)$/,
    (r, [, port, from]) => say('why.portWritten', { port: portOf(r, port), value: { mono: registerText(r.before, from) } }),
  ],
  [/^in \w+, (\w+)$/, (r, [, port]) => say('why.portRead', { port: portOf(r, port) })],
  [/^(?:rep )?outs/, (r) => say('why.portFed', { port: portOf(r, 'dx') })],
  [/^(?:rep )?ins[bwd]/, (r) => say('why.portRead', { port: portOf(r, 'dx') })],
  [/^vmwrite (e\w\w),/, (r, [, register]) => fieldClause(r, register, 'why.fieldSet')],
  [/^vmread .*, (e\w\w)$/, (r, [, register]) => fieldClause(r, register, 'why.fieldRead')],
  [/^vmptrld/, ({ now }) => say('why.vmcsCurrent', { address: at('h', now[cpu.VMCS_POINTER]) })],
  [/^(wr|rd)msr$/, ({ before }, [, way]) => say(way === 'wr' ? 'why.msrSet' : 'why.msrRead', { msr: { mono: msrName(before[cpu.ECX]) } })],
  [/^vmxon/, () => say('why.vmxOn')],
  [/^vmxoff/, () => say('why.vmxOff')],
];

function portOf({ before }: Ran, text: string): Value {
  return { mono: text === 'dx' ? hexText(before[cpu.EDX] & 0xffff, 3) : hexText(Number(text), 3) };
}

/** The value of AL, AX or EAX. */
function registerText(before: Uint32Array, name: string): string {
  if (name === 'eax') return hexText(before[cpu.EAX]);
  return name === 'ax' ? hexText(before[cpu.EAX] & 0xffff, 4) : hexText(before[cpu.EAX] & 0xff, 2);
}

function fieldClause({ frame, before }: Ran, register: string, key: 'why.fieldSet' | 'why.fieldRead'): Value | null {
  const encoding = before[cpu.GENERAL_REGISTERS.findIndex((name) => name.toLowerCase() === register)];
  const field = VMCS_FIELDS.find((f) => f.encoding === encoding);
  if (!field || !frame.vmcs) return null;
  const value = hexText(fieldValue(frame.vmcs, field.encoding), fieldWidth(field.encoding) === 16 ? 4 : 8);
  return say(key, { field: field.name, value: { mono: value } });
}

function msrName(index: number): string {
  return msrRow(index)?.name ?? hexText(index, 3);
}

/** Flags that are others than before, of `some` or all. */
function flagsOf({ eflags, eflagsBefore }: Frame, some: readonly string[] | null): Value[] {
  const changed = EFLAGS_BITS.filter(({ name, bit }) => ((eflags ^ eflagsBefore) >>> bit) & 1 && (some?.includes(name) ?? true));
  return changed.map(({ name, bit }) => ({ mono: `${name}\u00a0=\u00a0${(eflags >>> bit) & 1}` }));
}

/** Jcc, which can go on with the next instruction too. */
function isConditional({ text }: LastInstruction): boolean {
  return /^j(?!mp)/.test(text);
}

function digits(name: string): number {
  return cpu.SEGMENT_REGISTERS.some((s) => s === name) || name === 'LDTR' || name === 'TR' ? 4 : 1;
}

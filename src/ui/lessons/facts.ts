/** What checkpoints can ask of a machine that stands still: each fact once, with what may stand behind its name. */
import { type BitField, extractField } from '../../arch/bit-field.ts';
import * as cpu from '../../arch/cpu-state.ts';
import { EFLAGS_BITS } from '../../arch/eflags.ts';
import { CR0_BITS, CR0_PE, CR4_BITS } from '../../arch/paging.ts';
import { FIELD } from '../../arch/vmcs-fields.ts';
import type { Frame, Loaded, Localised, MachineHost, WalkContext, WalkExplanation } from '../../api/protocol.ts';
import type { History } from '../history.ts';
import { fieldValue, openExit, words, worldOf } from '../reading.ts';
import type { FactExpression } from './condition.ts';
import { ADVICE } from './problems.ts';

/** Null: there is no such thing at this moment; it equals nothing. */
export type Value = number | string | boolean | null;

/** A machine that stands still, and whom to ask about it. */
export interface Moment {
  readonly frame: Frame;
  readonly history: History;
  readonly console: string;
  readonly loaded: Loaded;
  readonly ask: <T>(work: (host: MachineHost) => Promise<T>) => Promise<T | undefined>;
}

export interface Fact {
  /** What is wrong with the path or argument, as advice; null: nothing. */
  refuse(expression: FactExpression): Localised | null;
  read(moment: Moment, expression: FactExpression, argument: number): Value | Promise<Value>;
}

type Plain = (moment: Moment) => Value;

/** A fact that is its name alone. */
function plain(read: Plain): Fact {
  return {
    refuse: ({ path, argument }) => (path.length > 0 || argument ? ADVICE.nothing : null),
    read: (moment) => read(moment),
  };
}

function word(index: number): Plain {
  return ({ frame }) => words(frame.cpu)[index];
}

/** A register that can be asked for one of its bits: `cr0.PG`. */
function register(read: (moment: Moment) => number, bits: readonly BitField[]): Fact {
  const find = (name: string): BitField | undefined => bits.find((bit) => bit.name === name);
  return {
    refuse: ({ path, argument }) =>
      argument || path.length > 1 || (path.length === 1 && !find(path[0])) ? ADVICE.bits(bits.map((b) => b.name)) : null,
    read: (moment, { path }) => {
      const bit = path.length > 0 ? find(path[0]) : undefined;
      return bit ? extractField(bit, read(moment)) : read(moment);
    },
  };
}

/** How many so far, of all or of one number: `exits`, `exits.48`. */
function count(list: (moment: Moment) => readonly { readonly at: number; readonly number: number }[]): Fact {
  return {
    refuse: ({ path, argument }) => (argument || path.length > 1 || (path.length === 1 && !/^\d+$/.test(path[0])) ? ADVICE.number : null),
    read: (moment, { path }) =>
      list(moment).filter((item) => item.at <= moment.frame.tick && (path.length === 0 || item.number === Number(path[0]))).length,
  };
}

/** One of several things about an address: `walk(write 0x400000).outcome`. */
function about<T>(
  members: Readonly<Record<string, (found: T) => Value>>,
  find: (m: Moment, e: FactExpression, at: number) => Promise<T | undefined>,
): Fact {
  return {
    refuse: ({ path, argument }) =>
      argument && path.length === 1 && Object.hasOwn(members, path[0]) ? null : ADVICE.address(Object.keys(members)),
    read: async (moment, expression, at) => {
      const found = await find(moment, expression, at);
      return found === undefined ? null : members[expression.path[0]](found);
    },
  };
}

function memory(bytes: 1 | 2 | 4, context: WalkContext): Fact {
  return {
    refuse: ({ path, argument }) => (argument && path.length === 0 ? null : ADVICE.brackets),
    read: async ({ ask }, _, at) => {
      const found = await ask((host) => host.memory(at >>> 0, bytes, context));
      if (!found || found.some((byte) => byte === null)) return null;
      return found.reduceRight<number>((all, byte) => all * 256 + (byte ?? 0), 0);
    },
  };
}

const WALK: Readonly<Record<string, (walk: WalkExplanation) => Value>> = {
  references: ({ references }) => references.length,
  total: ({ total }) => total,
  outcome: ({ outcome }) => outcome.kind,
  stopped: ({ missing, references }) => {
    const last = missing && references[missing.reference - 1];
    return last ? `${last.dimension} ${last.entry}` : null;
  },
  bit: ({ missing }) => missing?.bit ?? null,
  host: ({ outcome }) => (outcome.kind === 'ok' ? outcome.host : null),
  tlb: ({ tlb }) => tlb.use,
  stale: ({ tlb }) => tlb.isStale,
  reached: ({ tlb, outcome }) => (tlb.use === 'hit' ? tlb.host : outcome.kind === 'ok' ? outcome.host : null),
};

function walk(context: WalkContext): Fact {
  return about(WALK, ({ ask }, { access }, at) => ask((host) => host.walk(at >>> 0, access, context)));
}

const TLB: Fact = {
  refuse: ({ path, argument }) =>
    (!argument && path.length === 0) || (argument && path.length === 1 && Object.hasOwn(TLB_MEMBERS, path[0]))
      ? null
      : ADVICE.tlb(Object.keys(TLB_MEMBERS)),
  read: async ({ ask }, { argument, path }, at) => {
    const all = (await ask((host) => host.tlb())) ?? [];
    if (!argument) return all.length;
    return TLB_MEMBERS[path[0]](all.filter((e) => e.half === 'data' && at >= e.linear && at < e.linear + e.size));
  },
};

const TLB_MEMBERS: Readonly<Record<string, (entries: readonly { host: number; vpid: number; isDirty: boolean }[]) => Value>> = {
  count: (entries) => entries.length,
  host: (entries) => entries[0]?.host ?? null,
  vpid: (entries) => entries[0]?.vpid ?? null,
  dirty: (entries) => entries[0]?.isDirty ?? null,
};

/** What the panels of devices show (api/views), by its names: `device.balloons.vms.0.actual`. */
const DEVICE: Fact = {
  refuse: ({ path, argument }) => (argument || path.length === 0 ? ADVICE.device : null),
  read: async ({ ask }, { path }) => {
    let here: unknown = await ask((host) => host.devices());
    for (const step of path) {
      const isThere = typeof here === 'object' && here !== null && Object.hasOwn(here, step);
      if (Array.isArray(here) && step === 'count') here = here.length;
      else here = isThere ? (here as Record<string, unknown>)[step] : null;
    }
    return typeof here === 'number' || typeof here === 'string' || typeof here === 'boolean' ? here : null;
  },
};

const VMCS: Fact = {
  refuse: ({ path, argument }) => (!argument && path.length === 1 && Object.hasOwn(FIELD, path[0]) ? null : ADVICE.field),
  read: ({ frame }, { path }) => (frame.vmcs ? fieldValue(frame.vmcs, FIELD[path[0] as keyof typeof FIELD]) : null),
};

/** Any word of the processor's state by its name in arch/cpu-state.ts: `cpu.CS_LIMIT`. */
const CPU: Fact = {
  refuse: ({ path, argument }) => (!argument && path.length === 1 && cpu.CPU_WORD_NAMES.includes(path[0]) ? null : ADVICE.word),
  read: ({ frame }, { path }) => words(frame.cpu)[cpu.CPU_WORD_NAMES.indexOf(path[0])],
};

const REGISTERS: Readonly<Record<string, Fact>> = Object.fromEntries([
  ...cpu.GENERAL_REGISTERS.map((name, i) => [name.toLowerCase(), plain(word(i))] as const),
  ...cpu.SEGMENT_REGISTERS.map((name, i) => [name.toLowerCase(), plain(word(cpu.ES + 4 * i))] as const),
  ...Object.entries({ eip: cpu.EIP, cr2: cpu.CR2, cr3: cpu.CR3, cpl: cpu.CPL }).map(([name, place]) => [name, plain(word(place))] as const),
]);

/** The facts by name. */
export const FACTS: Readonly<Record<string, Fact>> = {
  tick: plain(({ frame }) => frame.tick),
  at: plain(({ frame }) => frame.code?.current ?? null),
  ...REGISTERS,
  cpu: CPU,
  cr0: register(({ frame }) => words(frame.cpu)[cpu.CR0], CR0_BITS),
  cr4: register(({ frame }) => words(frame.cpu)[cpu.CR4], CR4_BITS),
  eflags: register(({ frame }) => frame.eflags >>> 0, EFLAGS_BITS),
  al: plain(({ frame }) => words(frame.cpu)[cpu.EAX] & 0xff),
  ax: plain(({ frame }) => words(frame.cpu)[cpu.EAX] & 0xffff),
  si: plain(({ frame }) => words(frame.cpu)[cpu.ESI] & 0xffff),
  bits: plain(({ frame }) => frame.code?.bits ?? null),
  mode: plain(({ frame }) => (words(frame.cpu)[cpu.CR0] & CR0_PE ? 'protected' : 'real')),
  halted: plain(({ frame }) => words(frame.cpu)[cpu.ACTIVITY] === 1),
  world: plain(({ frame }) => worldOf(words(frame.cpu))),
  vmcspointer: plain(word(cpu.VMCS_POINTER)),
  vmcs: VMCS,
  reason: plain(({ frame, history }) => openExit(frame, history)?.reason ?? null),
  exits: count(({ history }) => history.exits.map(({ at, reason }) => ({ at, number: reason }))),
  exceptions: count(({ history }) => history.events.map(({ at, vector }) => ({ at, number: vector }))),
  entries: count(({ history }) => history.transitions.filter((t) => t.world === 'guest').map(({ at }) => ({ at, number: 0 }))),
  failedcheck: plain(({ frame }) => frame.entryFailure?.check ?? null),
  failedfield: plain(({ frame }) => frame.entryFailure?.field ?? null),
  console: plain((moment) => moment.console),
  stop: plain(({ frame }) => frame.stop.reason),
  memory8: memory(1, 'current'),
  memory16: memory(2, 'current'),
  memory32: memory(4, 'current'),
  guest8: memory(1, 'guest'),
  guest32: memory(4, 'guest'),
  walk: walk('current'),
  guestwalk: walk('guest'),
  tlb: TLB,
  device: DEVICE,
};

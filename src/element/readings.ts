/** What a page around may read of a machine: plain data, made from the latest frame and the history. */
import * as cpu from '../arch/cpu-state.ts';
import { VMCS_FIELDS } from '../arch/vmcs-fields.ts';
import type { ExitRecord } from '../ui/history.ts';
import { fieldWords, reasonName, words, worldOf } from '../ui/reading.ts';
import type { State } from '../ui/store.ts';
import type { DmaDetail, ExitDetail, MachineState, Position, TlbDetail, Trace, WalkDetail } from './types.ts';

type History = State['history'];
/** Of a list of the history: those that are wanted. */
type Choose = <T extends { readonly at: number; readonly record: number }>(list: readonly T[]) => readonly T[];

/** Words of the `cpu` part by their registers' names. */
const REGISTERS: readonly (readonly [name: string, word: number])[] = [
  ...cpu.GENERAL_REGISTERS.map((name, i) => [name, i] as const),
  ...([
    ['EIP', cpu.EIP],
    ['CR0', cpu.CR0],
    ['CR2', cpu.CR2],
    ['CR3', cpu.CR3],
    ['CR4', cpu.CR4],
  ] as const),
  ...cpu.SEGMENT_REGISTERS.map((name, i) => [name, cpu.ES + 4 * i + cpu.SELECTOR] as const),
];
const OUTCOMES = ['ok', 'page fault', 'EPT violation', 'EPT misconfiguration'] as const;
/** As the trace numbers them: bits. */
const ACCESSES: Readonly<Record<number, WalkDetail['access']>> = { 1: 'read', 2: 'write', 4: 'fetch' };

export function positionOf({ frame }: State): Position {
  const { tick = 0, endTick = 0, running = false, stop } = frame ?? {};
  return { tick, endTick, running, reason: stop?.reason ?? 'loaded', exitCode: stop?.exitCode ?? null };
}

/** Registers, VMCS and console; null without a frame. */
export function machineState(state: State): MachineState | null {
  const { frame, console } = state;
  if (!frame) return null;
  const now = words(frame.cpu);
  return {
    ...positionOf(state),
    world: worldOf(now),
    registers: Object.fromEntries([...REGISTERS.map(([name, word]) => [name, now[word]]), ['EFLAGS', frame.eflags >>> 0]]),
    vmcs: frame.vmcs && vmcsOf(frame.vmcs),
    console,
  };
}

function vmcsOf(region: Uint8Array): Readonly<Record<string, number | bigint>> {
  return Object.fromEntries(
    VMCS_FIELDS.map(({ key, encoding }) => {
      const [first, low] = fieldWords(region, encoding);
      return [key, low === undefined ? first : (BigInt(first) << 32n) | BigInt(low)];
    }),
  );
}

export function exitDetail({ at, reason, qualification }: ExitRecord): ExitDetail {
  return { tick: at, reason, name: reasonName(reason), qualification: qualification >>> 0 };
}

/** Walks, in order. */
export function walksOf({ walks }: History, choose: Choose): readonly WalkDetail[] {
  return choose(walks).map(({ at, linear, access, references, result, physical }) => ({
    tick: at,
    linear,
    access: ACCESSES[access] ?? 'read',
    references,
    outcome: OUTCOMES[result] ?? 'ok',
    physical,
  }));
}

/** Fills, evictions and flushes, in the order in which they were recorded. */
export function tlbOf({ fills, evictions, flushes }: History, choose: Choose): readonly TlbDetail[] {
  const gained = (kind: 'fill' | 'eviction') => (r: (typeof fills)[number]) => ({ ...r, kind, count: 1, scope: null });
  const all = [
    ...choose(fills).map(gained('fill')),
    ...choose(evictions).map(gained('eviction')),
    ...choose(flushes).map((r) => ({ ...r, kind: 'flush' as const, host: null, linear: r.scope === 'address' ? r.linear : null })),
  ];
  return all
    .sort((a, b) => a.record - b.record)
    .map(({ at, kind, linear, host, vpid, count, scope }) => ({ tick: at, kind, linear, host, vpid, count, scope }));
}

/** What devices read and wrote by themselves, and what the IOMMU refused. */
export function dmaOf({ dma, refusals }: History, choose: Choose): readonly DmaDetail[] {
  const done = choose(dma).map(
    ({ at, requester, isWrite, address, size }): DmaDetail => ({
      tick: at,
      requester,
      operation: isWrite ? 'write' : 'read',
      address,
      size,
    }),
  );
  const refused = choose(refusals).map(
    ({ at, requester, isWrite, address }): DmaDetail => ({
      tick: at,
      requester,
      operation: isWrite ? 'refused write' : 'refused read',
      address,
      size: 0,
    }),
  );
  return [...done, ...refused].sort((a, b) => a.tick - b.tick);
}

/** All that is kept. */
export function traceOf({ history }: State): Trace {
  const all: Choose = (list) => list;
  return { exits: history.exits.map(exitDetail), walks: walksOf(history, all), tlb: tlbOf(history, all), dma: dmaOf(history, all) };
}

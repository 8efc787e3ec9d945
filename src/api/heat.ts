/** Which bytes of host memory were read, written and executed in the last ticks: found by living through them once more, with every access observed. */
import * as w from '../arch/cpu-state.ts';
import { decode, MAX_INSN_LENGTH } from '../isa/decode.ts';
import type { Machine } from '../machine/machine.ts';
import type { Observer } from '../memory/observer.ts';
import type { WatchedAccess } from '../memory/watchpoints.ts';
import type { Timeline } from '../time/timeline.ts';
import { codeHere } from './frame.ts';

const PAGE = 4096;
/** Pages that are remembered, at most; what happens in others is not seen. */
const MOST_PAGES = 1024;
/** Ticks between two looks at who waits. */
const STRIDE = 200;
/** Ticks that can be asked for. */
export const MOST_TICKS = 10_000;

/** What was done to a byte, and its place in what is kept of a page. */
const READ = 0;
const WRITTEN = 1;
const EXECUTED = 2;
const KINDS = 3;

/** Of a byte: ticks since it was last read, written, executed; -1 if it was not. */
export type Ages = readonly [read: number, written: number, executed: number];

/** A machine with its history. */
interface Alive {
  readonly machine: Machine;
  readonly timeline: Timeline;
}

/** Lives through the last `ticks` once more; the present is as it was. Sent back `true`, it gives up: to be gone to the end all the same. */
export function* recall({ machine, timeline }: Alive, ticks: number): Generator<unknown, Heat, boolean | undefined> {
  const present = machine.now();
  const heat = new Heat(machine, Math.max(timeline.recordedFrom, present - ticks));
  let last = heat.from;
  // What happens again is in the traces already.
  for (const trace of [machine.trace, machine.fine]) trace.remember(present);
  yield* timeline.relive(heat.from, (until) => {
    const goesOn = heat.run(until);
    last = machine.now();
    return goesOn;
  });
  heat.isWhole = last === present;
  return heat;
}

const COLD: Ages = [-1, -1, -1];
const NOWHERE = [0, 0] as const;

/** The ticks from `from` up to the present of `machine`. Reads are those of instructions; writes are everybody's, but what is no instruction's own is seen only by the
 *  bytes that changed. */
export class Heat implements Observer {
  readonly from: number;
  /** All of them were lived through. */
  isWhole = false;
  private readonly machine: Machine;
  /** By page: for each kind and byte the tick, counted from 1 at `from`; 0 for never. */
  private readonly pages = new Map<number, Uint16Array>();
  /** Pages into which somebody else than the instruction is storing, as they were, and the tick of the last such store. */
  private readonly before = new Map<number, { readonly bytes: Uint8Array; tick: number }>();
  /** Where the instruction writes, as `access` was told: host addresses from the first on, up to the second. */
  private own: readonly [first: number, end: number] = NOWHERE;

  constructor(machine: Machine, from: number) {
    this.machine = machine;
    this.from = from;
  }

  /** For `Timeline.relive`. */
  run(untilTick: number): boolean {
    const { machine } = this;
    const until = Math.min(untilTick, machine.now() + STRIDE);
    machine.mmu.observe(this);
    try {
      return machine.runWatched(until, () => {
        this.settle();
        this.noteCode();
        return null;
      });
    } finally {
      this.settle();
      machine.mmu.observe(null);
    }
  }

  access({ host, size, isWrite }: WatchedAccess): void {
    if (isWrite) this.own = [host, host + size];
    for (let i = 0; i < size; i++) this.note(isWrite ? WRITTEN : READ, host + i);
  }

  store(page: number, at: number): void {
    const { physical } = this.machine;
    const [first, end] = this.own;
    const start = page * PAGE;
    const isOwn = at >= 0 && start + at >= first && start + at < end;
    // Behind RAM there are disks, which have no host address.
    if (isOwn || start >= physical.size) return;
    const tick = this.machine.now();
    const known = this.before.get(page);
    if (known) known.tick = tick;
    else this.before.set(page, { bytes: physical.ram8.slice(start, start + PAGE), tick });
  }

  /** What the byte at a host address has seen, in ticks before `now`. */
  agesAt(host: number, now: number): Ages {
    const page = this.pages.get(Math.floor(host / PAGE));
    if (!page) return COLD;
    const age = (kind: number): number => {
      const tick = page[kind * PAGE + (host % PAGE)];
      return tick === 0 ? -1 : now - (this.from + tick - 1);
    };
    return [age(READ), age(WRITTEN), age(EXECUTED)];
  }

  /** Kinds of access that a page has seen, as bits. */
  kindsIn(page: number): number {
    const ticks = this.pages.get(page);
    let kinds = 0;
    for (let kind = 0; ticks && kind < KINDS; kind++) {
      if (ticks.subarray(kind * PAGE, (kind + 1) * PAGE).some((tick) => tick !== 0)) kinds |= 1 << kind;
    }
    return kinds;
  }

  /** Whose stores were announced has made them. */
  private settle(): void {
    const { ram8 } = this.machine.physical;
    this.own = NOWHERE;
    for (const [page, { bytes, tick }] of this.before) {
      for (let i = 0; i < PAGE; i++) if (bytes[i] !== ram8[page * PAGE + i]) this.note(WRITTEN, page * PAGE + i, tick);
    }
    this.before.clear();
  }

  /** The instruction that is about to run. */
  private noteCode(): void {
    const { cpu, mmu, physical } = this.machine;
    const linear = (cpu.words[w.CS + w.BASE] + cpu.words[w.EIP]) >>> 0;
    const first = this.hostOf(linear);
    if (first < 0) return;
    const { bits } = codeHere(this.machine);
    const room = PAGE - (linear % PAGE);
    const whole = first < physical.size ? decode(physical.ram8, first, bits, first + Math.min(room, MAX_INSN_LENGTH)) : null;
    const peeked = (): Uint8Array => Uint8Array.from(mmu.peek(linear, MAX_INSN_LENGTH), (byte) => byte ?? 0);
    const length = (whole ?? decode(peeked(), 0, bits))?.length ?? 1;
    const second = length > room ? this.hostOf((linear + room) >>> 0) : -1;
    for (let i = 0; i < length; i++) {
      if (i < room) this.note(EXECUTED, first + i);
      else if (second >= 0) this.note(EXECUTED, second + i - room);
    }
  }

  /** What the CPU fetches by, if it has done so; else what the tables say. -1: nothing. */
  private hostOf(linear: number): number {
    const { cpu, mmu, physical } = this.machine;
    const fetched = linear ^ mmu.fetchMirror[linear >>> 12];
    if (fetched >= 0 && fetched < physical.size) return fetched;
    const { outcome } = mmu.explain(linear, 'fetch', cpu.words[w.CPL] === 3);
    return outcome.kind === 'ok' ? outcome.host : -1;
  }

  private note(kind: number, host: number, tick = this.machine.now()): void {
    const number = Math.floor(host / PAGE);
    let page = this.pages.get(number);
    if (!page) {
      if (this.pages.size >= MOST_PAGES) return;
      page = new Uint16Array(KINDS * PAGE);
      this.pages.set(number, page);
    }
    page[kind * PAGE + (host % PAGE)] = tick - this.from + 1;
  }
}

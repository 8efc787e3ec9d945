import { StateHash } from '../../src/base/hash.ts';
import { layout } from '../../src/base/layout.ts';
import type { Input } from '../../src/time/journal.ts';
import { PAGE_SIZE } from '../../src/time/pages.ts';
import type { Stateful } from '../../src/time/stateful.ts';
import type { Replayable } from '../../src/time/timeline.ts';

const LAYOUT = layout({ tick: 'f64', sleepUntil: 'f64', a: 'u32', pulses: ['u32', 4] });

/** A machine in one screen, with all that makes time hard: it sleeps through ticks, halts for good until an input comes, writes through a shortcut that does
 *  not mark pages, and computes with values derived from pages that it must forget when these change. */
export class ToyMachine implements Replayable {
  readonly ram8: Uint8Array;
  readonly dirty: Uint8Array;
  readonly parts: readonly Stateful[];
  readonly bytes = new Uint8Array(LAYOUT.size);
  /** Pages copied by restores, for tests of cost. */
  restoredPages = 0;
  captures = 0;
  rebuilds = 0;
  private executed = 0;
  private readonly halts: boolean;
  private readonly state = LAYOUT.view(this.bytes);
  private readonly ram32: Int32Array;
  private readonly sums: Int32Array;
  private readonly isShortcut: Uint8Array;

  /** `halts`: now and then it halts for good. */
  constructor({ pages = 64, halts = false } = {}) {
    this.halts = halts;
    const memory = new ArrayBuffer(pages * PAGE_SIZE);
    this.ram8 = new Uint8Array(memory);
    this.ram32 = new Int32Array(memory);
    this.dirty = new Uint8Array(pages);
    this.sums = new Int32Array(pages).fill(-1);
    this.isShortcut = new Uint8Array(pages);
    this.parts = [{ id: 'toy', layout: LAYOUT, bytes: this.bytes, rebuild: () => void this.rebuilds++ }];
    this.state.a = 12345;
  }

  now(): number {
    return this.state.tick;
  }

  work(): number {
    return this.executed;
  }

  run(untilTick: number, _isReplay = false, report: (tick: number) => void = () => {}): boolean {
    const { state } = this;
    while (state.tick < untilTick) {
      if (state.sleepUntil === Number.POSITIVE_INFINITY) return false;
      if (state.tick < state.sleepUntil) {
        state.tick = Math.min(untilTick, state.sleepUntil);
        continue;
      }
      if (isInteresting(state.a)) report(state.tick);
      this.step();
    }
    return true;
  }

  applyInput({ payload }: Input): void {
    for (const byte of payload) this.state.a = Math.imul(this.state.a ^ byte, 0x01000193) >>> 0;
    this.state.pulses.set(0, this.state.pulses.at(0) + 1);
    if (this.state.sleepUntil === Number.POSITIVE_INFINITY) this.state.sleepUntil = 0;
  }

  afterCapture(): void {
    this.captures++;
    this.isShortcut.fill(0);
  }

  afterRestore(pages: Uint32Array): void {
    this.restoredPages += pages.length;
    this.isShortcut.fill(0);
    for (const page of pages) this.sums[page] = -1;
  }

  /** Everything that counts, as one number. */
  hash(): string {
    return new StateHash().add(this.bytes).add(this.ram8).digest();
  }

  private step(): void {
    const { state } = this;
    const a = (Math.imul(state.a, 1664525) + 1013904223) >>> 0;
    const page = (a >>> 12) % this.dirty.length;
    state.a = (a ^ (this.sumOf(page) & 0xff)) >>> 0;
    // One write in eight, half of them zeros: some pages become all zero again.
    if ((a >>> 5) % 8 === 0) this.write(page, (a >>> 3) % 4, a & 0x100 ? a : 0);
    if (a >>> 22 === 5) state.sleepUntil = state.tick + 1 + (a & 0xff);
    if (this.halts && a >>> 21 === 0x2bc) state.sleepUntil = Number.POSITIVE_INFINITY;
    state.tick++;
    this.executed++;
  }

  private write(page: number, word: number, value: number): void {
    this.ram32[page * (PAGE_SIZE / 4) + word] = value;
    this.sums[page] = -1;
    if (this.isShortcut[page]) return;
    this.dirty[page] = 1;
    this.isShortcut[page] = 1;
  }

  private sumOf(page: number): number {
    if (this.sums[page] === -1) {
      const from = page * (PAGE_SIZE / 4);
      this.sums[page] = this.ram32.subarray(from, from + 4).reduce((sum, word) => (sum + word) | 0, 0) & 0x7fff_ffff;
    }
    return this.sums[page];
  }
}

/** The condition that tests look for: about one instruction in 500. */
export function isInteresting(a: number): boolean {
  return a % 499 === 0;
}

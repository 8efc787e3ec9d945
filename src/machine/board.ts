import { layout } from '../base/layout.ts';
import type { Stateful } from '../time/stateful.ts';

/** Power states of the board; 0 is on. */
export const EXITED = 1;
export const RESET = 2;
export const OFF = 3;

/** Why the machine stands still, by power state. */
const ENDS: Readonly<Record<number, 'debug-exit' | 'reset' | 'halt'>> = { [EXITED]: 'debug-exit', [RESET]: 'reset', [OFF]: 'halt' };

/** Basic exit reasons are below this number. */
const EXIT_REASONS = 72;

const BOARD_LAYOUT = layout({
  /** On; EXITED by the debug exit; RESET was asked for and there is no firmware to start again; OFF by the guest's own power switch. */
  power: 'u8',
  /** 1 from the instruction that pulled the reset line until it has retired. */
  isResetting: 'u8',
  exitStatus: 'u32',
  /** Bytes written to the console so far. */
  consoleLength: 'f64',
  /** Ticks that a halted CPU has waited. */
  idleTicks: 'f64',
  /** VM exits by basic reason. */
  exitCounts: ['u32', EXIT_REASONS],
});

/** What belongs to the machine as a whole. */
export class Board implements Stateful {
  readonly id = 'board';
  readonly layout = BOARD_LAYOUT;
  readonly bytes = new Uint8Array(BOARD_LAYOUT.size);
  readonly state = BOARD_LAYOUT.view(this.bytes);

  rebuild(): void {}

  /** Why the machine stands still for good; null while it is on. */
  get end(): 'debug-exit' | 'reset' | 'halt' | null {
    return ENDS[this.state.power] ?? null;
  }

  /** Status of the debug exit, null without one. */
  get exitStatus(): number | null {
    return this.state.power === EXITED ? this.state.exitStatus : null;
  }

  /** VM exits by basic reason, of those that there were. */
  get exitCounts(): Readonly<Record<number, number>> {
    const { exitCounts } = this.state;
    return Object.fromEntries(
      Array.from({ length: exitCounts.length }, (_, reason) => [reason, exitCounts.at(reason)]).filter(([, n]) => n > 0),
    );
  }

  countExit(reason: number): void {
    const { exitCounts } = this.state;
    if (reason < exitCounts.length) exitCounts.set(reason, exitCounts.at(reason) + 1);
  }
}

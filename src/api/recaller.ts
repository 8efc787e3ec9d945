/** Recalls what memory was touched lately, and keeps it as long as the machine stands where it stood. */
import type { Computer } from './computer.ts';
import type { Heat } from './heat.ts';
import { breathe, type Pace } from './pace.ts';

/** The memory of one host for what its machine touched last. */
export class Recaller {
  private recalled: { readonly computer: Computer; readonly tick: number; readonly heat: Heat } | null = null;

  /** Lives through the last `ticks` of `computer` once more, in slices. How many those were; null where it was unwanted before its end. Behind it the machine is as it was. */
  async recall(
    computer: Computer,
    ticks: number,
    { pace, isUnwanted }: { readonly pace: Pace; readonly isUnwanted: () => boolean },
  ): Promise<number | null> {
    const { MOST_TICKS, recall } = await import('./heat.ts');
    const journey = recall(computer, Math.min(ticks, MOST_TICKS));
    pace.startSlice();
    let next = journey.next();
    while (next.done !== true) {
      if (pace.isSliceOver) {
        await breathe(0);
        pace.startSlice();
      }
      next = journey.next(isUnwanted());
    }
    const heat = next.value;
    if (!heat.isWhole) return null;
    this.recalled = { computer, tick: computer.tick, heat };
    return computer.tick - heat.from;
  }

  /** What was recalled at this instant of this history; null: nothing. */
  of(computer: Computer): Heat | null {
    const { recalled } = this;
    return recalled !== null && recalled.computer === computer && recalled.tick === computer.tick ? recalled.heat : null;
  }

  /** Another history begins. */
  forget(): void {
    this.recalled = null;
  }
}

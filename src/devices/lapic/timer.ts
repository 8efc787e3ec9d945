import { LVT_MASK, LVT_PERIODIC, TIMER_DIVISORS } from '../../arch/apic.ts';

/** The timer's part of the local APIC's state. */
export interface TimerState {
  timerInitial: number;
  /** The divide register as written. */
  timerDivide: number;
  /** Tick at which the count is next 0; Infinity while the timer stands still. It runs masked too. */
  timerExpires: number;
}

/** The APIC timer: counts down the bus clock, which is one tick of the machine. SDM vol. 3, "APIC Timer". There is no TSC-deadline mode. */
export class ApicTimer {
  private readonly state: TimerState;
  /** The LVT timer register now. */
  private readonly lvt: () => number;

  constructor(state: TimerState, lvt: () => number) {
    this.state = state;
    this.lvt = lvt;
  }

  /** The current-count register. The caller has caught up. */
  count(now: number): number {
    const { timerExpires } = this.state;
    return timerExpires === Number.POSITIVE_INFINITY ? 0 : Math.ceil((timerExpires - now) / this.divisor());
  }

  /** A write of the initial-count register starts the timer, or with 0 stops it. */
  start(initial: number, now: number): void {
    this.state.timerInitial = initial;
    this.state.timerExpires = initial === 0 ? Number.POSITIVE_INFINITY : now + initial * this.divisor();
  }

  /** The count stays what it is and goes on at the new speed. */
  setDivide(divide: number, now: number): void {
    const count = this.count(now);
    this.state.timerDivide = divide;
    if (count > 0) this.state.timerExpires = now + count * this.divisor();
  }

  /** Brings the count up to `now`; true if it reached 0 on the way and that interrupts. */
  catchUp(now: number): boolean {
    const s = this.state;
    if (now < s.timerExpires) return false;
    const period = s.timerInitial * this.divisor();
    if ((this.lvt() & LVT_PERIODIC) !== 0 && period > 0) s.timerExpires += period * (Math.floor((now - s.timerExpires) / period) + 1);
    else s.timerExpires = Number.POSITIVE_INFINITY;
    return (this.lvt() & LVT_MASK) === 0;
  }

  /** Tick at which it next interrupts. While masked, what happens is made up for later. */
  nextWake(): number {
    return this.lvt() & LVT_MASK ? Number.POSITIVE_INFINITY : this.state.timerExpires;
  }

  private divisor(): number {
    const { timerDivide } = this.state;
    return TIMER_DIVISORS[((timerDivide >> 1) & 4) | (timerDivide & 3)];
  }
}

/** Breakpoints of whoever watches the machine from outside: no state of it, and nothing that its guest could see. The code cache marks the instructions that may
 *  have one, by their place in the page; all others run as fast as ever. */

/** Thrown before an instruction with a breakpoint, caught by the interpreter: as if the budget had ended there. */
export const breakpointMet = { name: 'breakpointMet' };

/** Where a run stops. Derived from nothing and saved nowhere: whoever watches sets them again. */
export class Breakpoints {
  /** Linear addresses, unsigned. */
  private addresses: ReadonlySet<number> = new Set();
  /** Their offsets in a page. */
  offsets: ReadonlySet<number> = new Set();
  /** Whether a run stops at them; not in a replay. */
  isArmed = false;
  /** Tick whose instruction none of them stops: that with which a run begins. */
  passedAt = -1;

  set(addresses: ReadonlySet<number>): void {
    this.addresses = addresses;
    this.offsets = new Set([...addresses].map((linear) => linear & 0xfff));
  }

  /** Whether the instruction at `linear` may not run at `tick`. */
  stops(linear: number, tick: number): boolean {
    return this.isArmed && tick !== this.passedAt && this.addresses.has(linear >>> 0);
  }
}

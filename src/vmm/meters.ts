/** What a virtual machine has used, measured where it happens: none of it is an estimate. */
import { EXIT_REASONS } from '../arch/exit-reasons.ts';
import type { VmState } from './vm-layout.ts';
import type { Vm } from './vm.ts';

/** The bill of one virtual machine, as plain data. Ticks are those of the host's clock. */
export interface Meter {
  readonly instructions: number;
  readonly entries: number;
  /** By name of the exit reason, those that occurred. */
  readonly exits: Readonly<Record<string, number>>;
  readonly rootTicks: number;
  /** Ticks in HLT; ticks for which it waited for host memory. */
  readonly haltedTicks: number;
  readonly waitTicks: number;
  readonly portBytesIn: number;
  readonly portBytesOut: number;
  readonly mmioBytes: number;
  /** Bytes that its devices have read from its memory, and written to it. */
  readonly dmaBytesRead: number;
  readonly dmaBytesWritten: number;
  readonly ownPages: number;
  readonly sharedPages: number;
  readonly ballooned: number;
  /** Pages that it is believed to need at present. */
  readonly workingSet: number;
  /** Own frames times ticks, up to now. */
  readonly pageTicks: number;
  readonly demandFaults: number;
  readonly copies: number;
  readonly injections: number;
}

/** Its number of own frames changes by `change` now. */
export function notePages(vm: Vm, now: number, change: number): void {
  const { state } = vm;
  state.pageTicks = pageTicksAt(state, now);
  state.pagesAt = now;
  state.ownPages += change;
}

function pageTicksAt(state: VmState, now: number): number {
  return state.pageTicks + state.ownPages * (now - state.pagesAt);
}

/** Ticks that the guest ran between a VM entry at `enteredAt` and the exit that has brought the processor to rest at `now`. Entry, exit and HLT are a tick each; an
 *  entry that itself ended in an exit took one for both. */
export function ranTicks(enteredAt: number, now: number): number {
  return Math.max(0, now - enteredAt - 3);
}

export function meterOf(vm: Vm, now: number): Meter {
  const { state } = vm;
  const exits = EXIT_REASONS.map(({ key, number }): [string, number] => [key, state.exits.at(number)]).filter(([, count]) => count > 0);
  return {
    instructions: state.instructions,
    entries: state.entries,
    exits: Object.fromEntries(exits),
    rootTicks: state.rootTicks,
    haltedTicks: state.haltedTicks,
    waitTicks: state.waitTicks,
    portBytesIn: state.portBytesIn,
    portBytesOut: state.portBytesOut,
    mmioBytes: state.mmioBytes,
    dmaBytesRead: state.dmaBytesRead,
    dmaBytesWritten: state.dmaBytesWritten,
    ownPages: state.ownPages,
    sharedPages: state.sharedPages,
    ballooned: state.ballooned,
    workingSet: state.workingSet,
    pageTicks: pageTicksAt(state, now),
    demandFaults: state.demandFaults,
    copies: state.copies,
    injections: state.injections,
  };
}

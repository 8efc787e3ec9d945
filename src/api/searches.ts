/** Looks at the past: what a timeline is to find there (time/timeline.ts, `WatchedRun`). Instants are reported at which a run would stand still; that from which
 *  the search goes out does not count. */
import type { Machine } from '../machine/machine.ts';
import type { MachineStop } from '../machine/stop.ts';
import type { WatchedRun } from '../time/timeline.ts';

/** Stops in one slice of a search: some milliseconds. */
const MOST_STOPS = 2000;
const OURS: ReadonlySet<MachineStop> = new Set(['breakpoint', 'watchpoint', 'field', 'event', 'exit']);

/** The instants behind VM exits, before tick `present`. */
export function exitsBefore(machine: Machine, present: number): WatchedRun {
  return (until, report) => {
    const listener = machine.vmx.onExit;
    machine.vmx.onExit = (reason) => {
      listener(reason);
      // The exit takes one tick. The one that led to the present does not lead back.
      if (machine.now() + 1 < present) report(machine.now() + 1);
    };
    try {
      return machine.run(until, true);
    } finally {
      machine.vmx.onExit = listener;
    }
  };
}

/** The instants behind instructions for which tables were walked, before tick `present`. */
export function walksBefore(machine: Machine, present: number): WatchedRun {
  return (until, report) => {
    machine.stops.onWalk = () => {
      if (machine.now() + 1 < present) report(machine.now() + 1);
      return false;
    };
    try {
      return machine.run(until, true);
    } finally {
      machine.stops.onWalk = () => false;
    }
  };
}

/** The instants before tick `present` at which a breakpoint stops a run; `note` is told which kind it was, after each report. */
export function stopsBefore(machine: Machine, present: number, note: (tick: number, stop: MachineStop) => void): WatchedRun {
  return (until, report) => {
    // After many it goes on in another slice, so that a pause is heard.
    for (let stops = 0; stops < MOST_STOPS; stops++) {
      if (machine.run(until)) return true;
      const tick = machine.now();
      if (!isOurs(machine.stop)) return false;
      if (tick < present) {
        report(tick);
        note(tick, machine.stop);
      }
      if (tick >= until) return true;
      machine.passBreakpoint(tick);
    }
    return true;
  };
}

/** Whether somebody who looks at the machine has stopped it, and not the machine itself. */
function isOurs(stop: MachineStop): boolean {
  return OURS.has(stop);
}

/** The ticks whose instruction finds the CPU awake. */
export function awake(machine: Machine): WatchedRun {
  return (until, report) =>
    machine.runWatched(until, () => {
      report(machine.now());
      return null;
    });
}

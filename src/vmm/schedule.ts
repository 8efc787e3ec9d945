/** Who runs next, and how long. Each virtual machine has a weight, and pays for its ticks in virtual time: ticks over weight. Who has paid least is next. A cap holds
 *  one back even where nobody else wants to run. */
import type { VmState } from './vm-layout.ts';
import type { Vm } from './vm.ts';

/** Ticks of one turn, and of the period over which caps are counted. */
export const QUANTUM = 20_000;
export const PERIOD = 200_000;
export const DEFAULT_WEIGHT = 256;
/** Virtual time by which one that wakes is before the others: it has what woke it to deal with. */
export const WAKE_CREDIT = QUANTUM / 2;

/** What the schedule keeps, in the bytes of the hypervisor. */
export interface ScheduleState {
  sliceEnd: number;
  periodEnd: number;
}

/** Begins a new period of caps where the last one has ended; false: it has not. */
export function turnPeriod(state: ScheduleState, vms: readonly Vm[], now: number): boolean {
  if (now < state.periodEnd) return false;
  state.periodEnd = (Math.floor(now / PERIOD) + 1) * PERIOD;
  for (const vm of vms) vm.state.usedInPeriod = 0;
  return true;
}

/** Ticks that `vm` may still run in this period. */
export function allowance({ cap, usedInPeriod }: VmState): number {
  return cap === 0 ? Number.POSITIVE_INFINITY : Math.max(0, (cap * PERIOD) / 100 - usedInPeriod);
}

/** It is held back by its cap alone. */
export function isThrottled(vm: Vm): boolean {
  return isWilling(vm) && allowance(vm.state) <= 0;
}

function isWilling(vm: Vm): boolean {
  return vm.status === 'ready' && vm.state.isPaused === 0;
}

/** The virtual machine to run now: the one whose turn it is, while its turn lasts; else the one with least virtual time. Null: nobody can. */
export function pick(state: ScheduleState, vms: readonly Vm[], current: Vm | null, now: number): Vm | null {
  const eligible = vms.filter((vm) => isWilling(vm) && allowance(vm.state) > 0);
  if (current !== null && now < state.sliceEnd && eligible.includes(current)) return current;
  const [first, ...others] = eligible;
  if (first === undefined) return null;
  const next = others.reduce((best, vm) => (vm.state.virtualTime < best.state.virtualTime ? vm : best), first);
  state.sliceEnd = now + Math.min(QUANTUM, Math.ceil(allowance(next.state)));
  return next;
}

/** `vm` has cost `ticks`. */
export function charge(vm: Vm, ticks: number): void {
  vm.state.virtualTime += (ticks * DEFAULT_WEIGHT) / vm.state.weight;
  vm.state.usedInPeriod += ticks;
}

/** `vm` is new, or wakes: it begins where the others are, or `credit` before, and does not get back the time that it slept. */
export function join(vm: Vm, vms: readonly Vm[], credit = 0): void {
  const others = vms.filter((other) => other !== vm && isWilling(other)).map((other) => other.state.virtualTime);
  if (others.length > 0) vm.state.virtualTime = Math.max(vm.state.virtualTime, Math.min(...others) - credit);
}

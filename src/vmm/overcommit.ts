/** More memory promised than there is. While it suffices nothing happens; when a virtual machine touches a page and no frame is free, others are asked to give some
 *  back: first those that do not use what they have. They give through a balloon: a driver in the guest takes pages from its own system, and tells which. What it
 *  takes them from is the guest's secret; how much of its memory it touches is not, for the accessed flags of its EPT tell. */
import { PERIOD } from './schedule.ts';
import { RESERVE } from './supply.ts';
import type { Vm } from './vm.ts';
import type { Vmm } from './vmm.ts';

/** Pages that are asked for, or given back, at one time. */
export const RECLAIM_STEP = 64;
/** Free frames from which on balloons shrink again, by so much that the next touch of a page does not make them grow. */
const PLENTY = RESERVE + 2 * RECLAIM_STEP;
/** Ticks in which whoever was asked should have given something; after them others are asked first. */
const PATIENCE = PERIOD;
/** Ticks after which whoever waits for a frame waits in vain. */
const MOST_WAIT = 100 * PERIOD;

/** A virtual machine's balloon, as the hypervisor sees it. */
export interface Balloon {
  /** The guest has a driver for it that runs. */
  readonly isReady: boolean;
  /** Pages that the guest should give. */
  setTarget(pages: number): void;
  /** Asks for newer statistics. */
  requestStats(): void;
  /** Asks which pages are free. */
  startHinting(): void;
}

/** Asks for pages on behalf of `vm`, which needs one; false: nobody has a balloon. */
export function reclaim(vmm: Vmm, vm: Vm): boolean {
  const now = vmm.root.now();
  const givers = vmm.vms.filter((other) => other.isAlive && other.devices.balloon?.isReady === true && other.state.ownPages > RECLAIM_STEP);
  if (givers.length === 0) return false;
  const giver = givers.reduce((best, other) => (isBetter(other, best, { vm, now }) ? other : best));
  // One step at a time: what was asked for may still come.
  if (giver.state.balloonDue > 0 && !isDeaf(giver, now)) return true;
  giver.state.balloonAskedAt = now;
  aim(giver, giver.state.ballooned + RECLAIM_STEP);
  return true;
}

interface Asker {
  readonly vm: Vm;
  readonly now: number;
}

/** Whoever has most that it does not use; else whoever has most for its weight. Those who did not give take turns. */
function isBetter(a: Vm, b: Vm, asker: Asker): boolean {
  const [first, second] = [rank(a, asker), rank(b, asker)];
  if (first !== second) return first < second;
  if (first === 0) return spare(a.state) > spare(b.state);
  if (first === 2 && a.state.balloonAskedAt !== b.state.balloonAskedAt) return a.state.balloonAskedAt < b.state.balloonAskedAt;
  return a.state.ownPages * b.state.weight > b.state.ownPages * a.state.weight;
}

/** Idle memory, memory in use, those who do not or cannot give at present, and the one that asks. */
function rank(vm: Vm, { vm: asker, now }: Asker): number {
  if (vm === asker) return 3;
  if (isDeaf(vm, now) || vm.status === 'waiting' || vm.state.isPaused !== 0) return 2;
  return spare(vm.state) >= RECLAIM_STEP ? 0 : 1;
}

/** Pages that it has and is believed not to need. */
export function spare({ ownPages, workingSet }: { readonly ownPages: number; readonly workingSet: number }): number {
  return ownPages - workingSet;
}

/** It was asked long ago: its driver has nothing to give, or sleeps. */
function isDeaf(vm: Vm, now: number): boolean {
  return now >= deafAt(vm);
}

/** Tick from which on `vm` is passed over; Infinity: it owes nothing. */
function deafAt({ state }: Vm): number {
  return state.balloonDue > 0 ? state.balloonAskedAt + PATIENCE : Number.POSITIVE_INFINITY;
}

/** Tick at which somebody else is to be asked, or `vm` to be told that it waits in vain. */
export function patienceEnds(vmm: Vmm, vm: Vm): number {
  const now = vmm.root.now();
  const ends = vmm.vms.map((other) => (other.isAlive ? deafAt(other) : Number.POSITIVE_INFINITY)).filter((end) => end > now);
  return Math.min(vm.state.restsSince + MOST_WAIT, ...ends);
}

/** `vm` has waited so long that nobody will give. */
export function waitsInVain({ state }: Vm, now: number): boolean {
  return now - state.restsSince >= MOST_WAIT;
}

/** The driver of `vm` has given `count` pages. */
export function noteGiven({ state }: Vm, now: number, count: number): void {
  state.isAsked = 0;
  state.balloonAskedAt = now;
  state.balloonDue = Math.max(0, state.balloonDue - count);
}

/** The driver of `vm` has told how large its balloon is. If it was asked and has given nothing, it has nothing: others are asked first at once. */
export function noteAnswer({ state }: Vm, now: number): void {
  if (state.isAsked !== 0) state.balloonAskedAt = now - PATIENCE;
  state.isAsked = 0;
}

/** A period has ended: what everybody touched in it is counted, and where there is plenty of memory somebody gets some back. */
export function review(vmm: Vmm): void {
  for (const vm of vmm.vms) if (vm.isAlive && vm.status !== 'waiting' && vm.state.isPaused === 0) sample(vmm, vm);
  if (vmm.frames.free < PLENTY || vmm.vms.some((vm) => vm.status === 'waiting')) return;
  const needy = vmm.vms.filter(({ isAlive, state }) => isAlive && state.balloonTarget > state.balloonAsked);
  const [first, ...others] = needy;
  if (first === undefined) return;
  const next = others.reduce((best, vm) => (spare(vm.state) < spare(best.state) ? vm : best), first);
  aim(next, next.state.balloonTarget - RECLAIM_STEP);
}

/** The estimate follows a growing working set at once, and a shrinking one by half of the difference. */
function sample({ supply }: Vmm, vm: Vm): void {
  const { state } = vm;
  state.touchedPages = vm.ept.takeAccessed();
  state.workingSet = Math.max(state.touchedPages, (state.workingSet + state.touchedPages) >>> 1);
  if (state.touchedPages > 0) supply.invalidate(vm);
}

/** What the balloon of `vm` should hold at least, whatever the policy makes of it. */
export function setTarget(vm: Vm, pages: number): void {
  vm.state.balloonAsked = Math.min(pages, vm.state.ramPages);
  vm.state.balloonTarget = 0;
  aim(vm, pages);
}

function aim(vm: Vm, pages: number): void {
  const target = Math.min(Math.max(pages, vm.state.balloonAsked), vm.state.ramPages);
  vm.state.balloonTarget = target;
  vm.state.balloonDue = Math.max(0, target - vm.state.ballooned);
  vm.state.isAsked = vm.state.balloonDue > 0 ? 1 : 0;
  vm.devices.balloon?.setTarget(target);
}

/** More memory promised than there is. While it suffices nothing happens; when a virtual machine touches a page and no frame is free, others are asked to give some
 *  back: first those that do nothing. They give through a balloon: a driver in the guest takes pages from its own system, and tells which. */
import type { Vm } from './vm.ts';
import type { Vmm } from './vmm.ts';

/** Pages that are asked for at one time. */
export const RECLAIM_STEP = 64;

/** A virtual machine's balloon, as the hypervisor sees it. */
export interface Balloon {
  /** The guest has a driver for it that runs. */
  readonly isReady: boolean;
  /** Pages that the guest should give. */
  setTarget(pages: number): void;
}

/** Asks for pages on behalf of `vm`, which needs one; false: nobody has a balloon, and nothing is on its way. */
export function reclaim(vmm: Vmm, vm: Vm): boolean {
  const givers = vmm.vms.filter((other) => other.isAlive && other.devices.balloon?.isReady === true && other.state.ownPages > RECLAIM_STEP);
  if (givers.length === 0) return false;
  const giver = givers.reduce((best, other) => (isBetter(other, best, vm) ? other : best));
  const outstanding = giver.state.balloonTarget - giver.state.ballooned;
  // One step at a time: what was asked for may still come.
  if (outstanding <= 0) setTarget(giver, giver.state.ballooned + RECLAIM_STEP);
  return true;
}

/** Others before the one that asks, idle ones before busy ones, then whoever has most. */
function isBetter(a: Vm, b: Vm, asker: Vm): boolean {
  const rank = (vm: Vm): number => (vm === asker ? 2 : vm.status === 'halted' ? 0 : 1);
  return rank(a) < rank(b) || (rank(a) === rank(b) && a.state.ownPages > b.state.ownPages);
}

/** What the balloon of `vm` should hold from now on. */
export function setTarget(vm: Vm, pages: number): void {
  const target = Math.max(0, Math.min(pages, vm.state.ramPages));
  vm.state.balloonTarget = target;
  vm.devices.balloon?.setTarget(target);
}

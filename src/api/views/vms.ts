/** The virtual machines of the hosted hypervisor, and what they share: the processor's time and the host's frames. */
import type { HostedMachine } from '../../machine/hosted.ts';
import { FRAME_KINDS, FRAME_SIZE, type FrameKind } from '../../vmm/frames.ts';
import { type Meter, meterOf } from '../../vmm/meters.ts';
import { PERIOD, QUANTUM } from '../../vmm/schedule.ts';
import type { FaceName, VmStatus, VmStop } from '../../vmm/vm-layout.ts';
import type { Vm } from '../../vmm/vm.ts';
import { turnsOf, type TurnView } from './turns.ts';

export type { TurnView } from './turns.ts';

export interface VmView {
  /** Its place, from 0: `vm0`. */
  readonly number: number;
  readonly image: number;
  readonly status: VmStatus;
  readonly isPaused: boolean;
  /** It runs, or ran last. */
  readonly isCurrent: boolean;
  /** Why it is stopped for good, and the number that belongs to that. */
  readonly stop: VmStop;
  readonly detail: number;
  readonly face: FaceName;
  readonly isMergeable: boolean;
  readonly bornAt: number;
  readonly weight: number;
  /** Per cent; 0: none. */
  readonly cap: number;
  readonly virtualTime: number;
  readonly usedInPeriod: number;
  readonly ramPages: number;
  readonly balloonTarget: number;
  /** Its guest drives a balloon. */
  readonly hasBalloon: boolean;
  readonly diskSectors: number;
  readonly meter: Meter;
}

/** Frames of host memory that somebody has, by what they are used for. */
export interface OwnedFrames {
  /** A virtual machine's number; null: the hypervisor, or nobody alone. */
  readonly vm: number | null;
  readonly kinds: Readonly<Partial<Record<FrameKind, number>>>;
}

export interface VmsView {
  readonly tick: number;
  readonly ticksPerSecond: number;
  /** Virtual machines that there can be. */
  readonly places: number;
  /** Images that one can be created from, by name. */
  readonly images: readonly string[];
  /** Bytes of what its disk can begin with, by number. */
  readonly disks: readonly number[];
  readonly vms: readonly VmView[];
  readonly quantum: number;
  readonly period: number;
  /** Ticks: in which nobody could run, and that virtual machines spent which are gone. */
  readonly idleTicks: number;
  readonly goneTicks: number;
  /** Who had the processor lately, in order. */
  readonly turns: readonly TurnView[];
  readonly frames: { readonly total: number; readonly free: number; readonly owners: readonly OwnedFrames[] };
  /** Commands that wait for the hypervisor. */
  readonly commands: number;
  readonly counters: { readonly created: number; readonly merged: number; readonly invalidations: number; readonly hostInterrupts: number };
}

/** Looks at the hypervisor of `hosted`. */
export function vmsView({ machine, vmm, imageNames }: HostedMachine): VmsView {
  const { state: s, frames, config } = vmm;
  const tick = machine.now();
  return {
    ...{
      tick,
      ticksPerSecond: config.ticksPerSecond,
      places: vmm.vms.length,
      images: imageNames,
      disks: config.disks.map(({ length }) => length),
    },
    vms: vmm.present.map((vm) => vmView(vm, tick, s.current === vm.owner)),
    ...{ quantum: QUANTUM, period: PERIOD, idleTicks: s.idleTicks, goneTicks: s.goneTicks },
    turns: turnsOf(machine.trace, tick),
    frames: { total: frames.count, free: frames.free, owners: ownersOf(vmm) },
    commands: s.commandCount,
    counters: { created: s.created, merged: s.merged, invalidations: s.invalidations, hostInterrupts: s.hostInterrupts },
  };
}

function vmView(vm: Vm, tick: number, isCurrent: boolean): VmView {
  const { state: s } = vm;
  return {
    ...{ number: vm.number, image: s.image, status: vm.status, isPaused: s.isPaused !== 0, isCurrent, stop: vm.stopReason },
    ...{ detail: s.detail, face: vm.face, isMergeable: s.isMergeable !== 0, bornAt: s.bornAt },
    ...{ weight: s.weight, cap: s.cap, virtualTime: s.virtualTime, usedInPeriod: s.usedInPeriod },
    ...{ ramPages: s.ramPages, balloonTarget: s.balloonTarget, hasBalloon: vm.devices.balloon?.isReady ?? false },
    ...{ diskSectors: s.diskSectors, meter: meterOf(vm, tick) },
  };
}

/** One pass over all frames. */
function ownersOf({ frames, vms }: HostedMachine['vmm']): readonly OwnedFrames[] {
  const counts = Array.from({ length: vms.length + 1 }, () => new Map<FrameKind, number>());
  for (let frame = 0; frame < frames.count; frame++) {
    const kind = frames.kindOf(frame * FRAME_SIZE);
    if (kind === 'free') continue;
    const own = counts[frames.ownerOf(frame * FRAME_SIZE)];
    own?.set(kind, (own.get(kind) ?? 0) + 1);
  }
  return counts
    .map((kinds, owner) => ({
      vm: owner === 0 ? null : owner - 1,
      kinds: Object.fromEntries(FRAME_KINDS.filter((k) => kinds.has(k)).map((k) => [k, kinds.get(k) ?? 0])),
    }))
    .filter(({ kinds }) => Object.keys(kinds).length > 0);
}

/** Memory that virtual machines give back, for a panel: what the host has left, and of each virtual machine with a balloon who has which page. Made by looking alone. */
import {
  BALLOON_F_DEFLATE_ON_OOM,
  BALLOON_F_MUST_TELL_HOST,
  BALLOON_F_PAGE_REPORTING,
  BALLOON_F_STATS_VQ,
  BALLOON_STATS,
  BALLOON_STATSQ,
} from '../../arch/virtio-devices.ts';
import { VirtioBalloon } from '../../devices/virtio/balloon.ts';
import type { VirtioDevice } from '../../devices/virtio/device.ts';
import { FRAME_KINDS, FRAME_SIZE, type FrameKind, HYPERVISOR } from '../../vmm/frames.ts';
import { RESERVE } from '../../vmm/supply.ts';
import type { VmStatus } from '../../vmm/vm-layout.ts';
import type { Vm } from '../../vmm/vm.ts';
import type { Vmm } from '../../vmm/vmm.ts';

/** What a guest's page is. `empty`: no host memory behind it, for it was never touched, or was told to be free. `resident`: a frame of its own. `shared`: a frame
 *  that other pages have too. `ballooned`: given to the host. `touched`: in the balloon, and touched all the same, so that it has a frame again. */
export const PAGE_KINDS = ['empty', 'resident', 'shared', 'ballooned', 'touched'] as const;
export type PageKind = (typeof PAGE_KINDS)[number];

/** Cells of one kind in a row. */
export interface PageRun {
  readonly kind: PageKind;
  readonly count: number;
}

/** A statistic that the guest gave. */
export interface BalloonStatistic {
  readonly name: string;
  readonly unit: 'bytes' | 'count';
  readonly meaning: string;
  readonly value: number;
}

export interface BalloonView {
  /** Of the virtual machine. */
  readonly number: number;
  readonly name: string;
  readonly status: VmStatus;
  /** A driver of the guest runs it. */
  readonly isReady: boolean;
  /** Pages of its memory. */
  readonly pages: number;
  /** Pages of each kind. */
  readonly counts: Readonly<Record<PageKind, number>>;
  /** Pages that the hypervisor wants in the balloon; what the device tells the guest; and what the driver says is in it. */
  readonly target: number;
  readonly numPages: number;
  readonly actual: number;
  /** Pages that are in it. */
  readonly inflated: number;
  /** Page numbers that came through the queues since power-on. */
  readonly moved: Readonly<Record<'inflated' | 'deflated' | 'reported' | 'hinted' | 'refused', number>>;
  readonly features: Readonly<Record<'mustTellHost' | 'statistics' | 'deflateOnOom' | 'reporting', boolean>>;
  /** The last statistics, and how many there have been. */
  readonly statistics: readonly BalloonStatistic[];
  readonly readings: number;
  /** Ticks since they came; null where nobody remembers. */
  readonly age: number | null;
  /** Its pages in order, `pagesPerCell` in a cell, whose kind is that of most of them. */
  readonly pagesPerCell: number;
  readonly cells: readonly PageRun[];
  /** Ticks for which it has waited for host memory, and how often a page of it was made at its first touch. */
  readonly waitTicks: number;
  readonly demandFaults: number;
}

/** Host memory, in frames. */
export interface HostFrames {
  readonly total: number;
  readonly free: number;
  /** Not every one can have of the last ones. */
  readonly reserve: number;
  readonly kinds: Readonly<Record<FrameKind, number>>;
  /** Of the hypervisor itself; of each virtual machine, shared frames apart. */
  readonly hypervisor: number;
  readonly owners: readonly { readonly number: number; readonly frames: number }[];
}

export interface BalloonsView {
  readonly host: HostFrames;
  readonly vms: readonly BalloonView[];
}

/** When a queue's buffer was last looked at; null: not known. */
export type LastTake = (device: VirtioDevice, queue: number) => number | null;

/** Cells of a mosaic, at most. */
export const MOST_CELLS = 2048;

/** Looks at the virtual machines of `vmm` at tick `now`. */
export function balloonsView(vmm: Vmm, now: number, lastTake: LastTake): BalloonsView {
  return {
    host: hostFrames(vmm),
    vms: vmm.present.flatMap((vm) => {
      const device = vm.devices.virtio.transports.find((t) => t.device.model instanceof VirtioBalloon)?.device;
      const model = device?.model;
      return device && model instanceof VirtioBalloon ? [balloonView(vmm, vm, { device, model, age: ageOf(device, now, lastTake) })] : [];
    }),
  };
}

function ageOf(device: VirtioDevice, now: number, lastTake: LastTake): number | null {
  const taken = lastTake(device, BALLOON_STATSQ);
  return taken === null ? null : Math.max(0, now - taken);
}

function hostFrames({ frames, present }: Vmm): HostFrames {
  const kinds = Object.fromEntries(FRAME_KINDS.map((kind) => [kind, 0])) as Record<FrameKind, number>;
  const owned = new Map<number, number>();
  for (let frame = 0; frame < frames.count; frame++) {
    const kind = frames.kindOf(frame * FRAME_SIZE);
    const owner = frames.ownerOf(frame * FRAME_SIZE);
    kinds[kind]++;
    if (kind !== 'free' && kind !== 'shared') owned.set(owner, (owned.get(owner) ?? 0) + 1);
  }
  return {
    ...{ total: frames.count, free: frames.free, reserve: RESERVE, kinds, hypervisor: owned.get(HYPERVISOR) ?? 0 },
    owners: present.map((vm) => ({ number: vm.number, frames: owned.get(vm.owner) ?? 0 })),
  };
}

interface Balloon {
  readonly device: VirtioDevice;
  readonly model: VirtioBalloon;
  readonly age: number | null;
}

function balloonView(vmm: Vmm, vm: Vm, { device, model, age }: Balloon): BalloonView {
  const { state } = model;
  const kinds = kindsOf(vmm, vm, model);
  const counts = Object.fromEntries(PAGE_KINDS.map((kind) => [kind, 0])) as Record<PageKind, number>;
  for (const kind of kinds) counts[PAGE_KINDS[kind]]++;
  return {
    ...{ number: vm.number, name: vm.id, status: vm.status, isReady: vm.devices.balloon?.isReady ?? false, pages: kinds.length, counts },
    ...{ target: vm.state.balloonTarget, numPages: state.numPages, actual: state.actual, inflated: state.inflatedCount },
    moved: {
      ...{ inflated: state.pagesInflated, deflated: state.pagesDeflated, reported: state.pagesReported },
      ...{ hinted: state.pagesHinted, refused: state.pagesRefused },
    },
    features: {
      mustTellHost: device.has(BALLOON_F_MUST_TELL_HOST),
      statistics: device.has(BALLOON_F_STATS_VQ),
      deflateOnOom: device.has(BALLOON_F_DEFLATE_ON_OOM),
      reporting: device.has(BALLOON_F_PAGE_REPORTING),
    },
    statistics: BALLOON_STATS.flatMap(({ name, unit, meaning }, tag) =>
      state.statsGiven & (1 << tag) ? [{ name, unit, meaning, value: state.stats.at(tag) }] : [],
    ),
    readings: state.statsCount,
    age: state.statsCount > 0 ? age : null,
    ...cellsOf(kinds),
    ...{ waitTicks: vm.state.waitTicks, demandFaults: vm.state.demandFaults },
  };
}

/** The kind of each page, as its place in PAGE_KINDS. */
function kindsOf({ frames }: Vmm, vm: Vm, model: VirtioBalloon): Uint8Array {
  const kinds = new Uint8Array(vm.state.ramPages);
  const [resident, shared, ballooned, touched] = [1, 2, 3, 4];
  const { inflated, inflatedCount } = model.state;
  // More may be promised to the guest than the host has; the balloon holds no more than that.
  const most = inflatedCount > 0 ? Math.min(kinds.length, 8 * inflated.length) : 0;
  for (let page = 0; page < most; page++) if (model.isInflated(page)) kinds[page] = ballooned;
  // A virtual machine that could not be made has no tables.
  if (vm.state.eptRoot === 0) return kinds;
  for (const { physical, frame } of vm.ept.leaves()) {
    const page = physical / FRAME_SIZE;
    if (page >= kinds.length) continue;
    if (kinds[page] === ballooned) kinds[page] = touched;
    else kinds[page] = frames.kindOf(frame) === 'shared' ? shared : resident;
  }
  return kinds;
}

function cellsOf(kinds: Uint8Array): Pick<BalloonView, 'pagesPerCell' | 'cells'> {
  let pagesPerCell = 1;
  while (kinds.length / pagesPerCell > MOST_CELLS) pagesPerCell *= 2;
  const runs: { kind: PageKind; count: number }[] = [];
  for (let at = 0; at < kinds.length; at += pagesPerCell) {
    const kind = PAGE_KINDS[mostOf(kinds.subarray(at, at + pagesPerCell))];
    const last = runs.at(-1);
    if (last?.kind === kind) last.count++;
    else runs.push({ kind, count: 1 });
  }
  return { pagesPerCell, cells: runs };
}

/** The kind that most of `kinds` are; of two, the one that is later in the list. */
function mostOf(kinds: Uint8Array): number {
  if (kinds.length === 1) return kinds[0];
  const counts = PAGE_KINDS.map(() => 0);
  for (const kind of kinds) counts[kind]++;
  return counts.reduce((best, count, kind) => (count >= counts[best] ? kind : best), 0);
}

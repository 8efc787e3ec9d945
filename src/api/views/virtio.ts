/** Virtio devices as the page shows them: status, features, configuration and every queue, with the rings as they lie in memory now. */
import type { VirtioConfigField } from '../../arch/virtio-devices.ts';
import {
  type FeatureBit,
  STATUS_DEVICE_NEEDS_RESET,
  STATUS_DRIVER_OK,
  STATUS_FAILED,
  STATUS_FEATURES_OK,
  VIRTIO_COMMON_FEATURES,
  VIRTIO_STATUS_BITS,
} from '../../arch/virtio.ts';
import { hasFeature, type FeatureWords } from '../../devices/virtio/features.ts';
import type { HostedMachine } from '../../machine/hosted.ts';
import type { Machine } from '../../machine/machine.ts';
import { stationsOf, type VirtioStation } from './virtio-stations.ts';
import { type QueueView, queueView } from './virtqueue.ts';

/** How a driver reaches a device. */
export type VirtioPlaceView =
  /** A window of registers, and an interrupt line. */
  | { readonly transport: 'mmio'; readonly base: number; readonly irq: number; readonly interruptStatus: number }
  /** A PCI function, and how it interrupts. */
  | { readonly transport: 'pci'; readonly requester: number; readonly mode: 'intx' | 'msi' | 'msix'; readonly isr: number };

export interface NamedBit {
  readonly name: string;
  readonly meaning: string;
  readonly isSet: boolean;
}

export interface FeatureView {
  readonly bit: number;
  readonly name: string;
  readonly meaning: string;
  readonly isOffered: boolean;
  /** By the driver, so far; in force once FEATURES_OK is set. */
  readonly isAccepted: boolean;
}

/** Something that went wrong: a row of arch/virtio-reasons.ts by its number, and the numbers of its sentence. */
export interface VirtioFault {
  readonly reason: number;
  readonly value: number;
  readonly limit: number;
}

export interface VirtioView {
  /** `virtio1`, `vm0.virtio1`: stable for the life of the machine. */
  readonly id: string;
  /** The word `device` of its trace records. */
  readonly traceWord: number;
  /** The virtual machine whose device it is; null: the machine's own. */
  readonly vm: number | null;
  /** As arch/virtio-devices.ts calls it, and for people. */
  readonly type: string;
  readonly title: string;
  readonly place: VirtioPlaceView;
  /** Of addresses in its rings: guest-physical, behind an IOMMU, or the machine's own. */
  readonly space: 'g' | 'io' | 'h';
  readonly status: number;
  readonly statusBits: readonly NamedBit[];
  readonly features: readonly FeatureView[];
  readonly isLive: boolean;
  /** Why FEATURES_OK was refused last. */
  readonly refusal: VirtioFault | null;
  /** Why it needs a reset, or did before the last one. */
  readonly fault: (VirtioFault & { readonly queue: number; readonly tick: number; readonly isNow: boolean }) | null;
  readonly generation: number;
  readonly config: readonly (Pick<VirtioConfigField, 'name' | 'offset' | 'size'> & { readonly value: number })[];
  readonly counters: { readonly resets: number; readonly configInterrupts: number; readonly strayNotifications: number };
  /** Those that it has with the features that were negotiated. */
  readonly queues: readonly QueueView[];
}

/** Every virtio device of `machine`, then those of its virtual machines. */
export function virtioViews(machine: Machine, hosted: HostedMachine | null): readonly VirtioView[] {
  return stationsOf(machine, hosted).map(virtioView);
}

function virtioView(station: VirtioStation): VirtioView {
  const { device } = station;
  const { state: s, model } = device;
  const isNegotiated = (s.status & STATUS_FEATURES_OK) !== 0;
  const inForce: FeatureWords = isNegotiated ? [s.acceptedLow, s.acceptedHigh] : [s.offeredLow, s.offeredHigh];
  const fields: readonly VirtioConfigField[] = model.type.config;
  const needsReset = (s.status & STATUS_DEVICE_NEEDS_RESET) !== 0;
  return {
    ...{ id: device.id, traceWord: device.traceWord, vm: station.vm, type: model.type.name, title: model.type.title },
    ...{ place: station.place(), space: station.space(), status: s.status, generation: s.generation },
    statusBits: VIRTIO_STATUS_BITS.map(({ name, bit, meaning }) => ({ name, meaning, isSet: ((s.status >>> bit) & 1) !== 0 })),
    features: featuresOf(model.type.features, [s.offeredLow, s.offeredHigh], [s.acceptedLow, s.acceptedHigh]),
    isLive: (s.status & (STATUS_DRIVER_OK | STATUS_DEVICE_NEEDS_RESET | STATUS_FAILED)) === STATUS_DRIVER_OK,
    refusal: s.refusal === 0 ? null : { reason: s.refusal, value: s.refusalValue, limit: s.refusalLimit },
    fault:
      s.fault === 0
        ? null
        : { reason: s.fault, value: s.faultValue, limit: s.faultLimit, queue: s.faultQueue, tick: s.faultTick, isNow: needsReset },
    config: fields
      .filter(({ feature }) => feature === undefined || hasFeature(inForce, feature))
      .map(({ name, offset, size }) => ({ name, offset, size, value: device.readConfig(offset, size) })),
    counters: { resets: s.resets, configInterrupts: s.configInterrupts, strayNotifications: s.strayNotifications },
    queues: device.queues.flatMap((_, index) => {
      const queue = device.queueAt(index);
      return queue ? [queueView(queue, model.type.queues[index].name, station.peek, model.wants(index))] : [];
    }),
  };
}

/** What is offered or accepted, by name, in the order of bits. */
function featuresOf(own: readonly FeatureBit[], offered: FeatureWords, accepted: FeatureWords): readonly FeatureView[] {
  const named: readonly FeatureBit[] = [...own, ...VIRTIO_COMMON_FEATURES];
  return Array.from({ length: 64 }, (_, bit) => bit)
    .filter((bit) => hasFeature(offered, bit) || hasFeature(accepted, bit))
    .map((bit) => {
      const known = named.find((f) => f.bit === bit);
      const { name, meaning } = known ?? { name: `bit ${bit}`, meaning: '' };
      return { bit, name, meaning, isOffered: hasFeature(offered, bit), isAccepted: hasFeature(accepted, bit) };
    });
}

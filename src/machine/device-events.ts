/** What devices do, as somebody can want a run to stop behind it; and where each of them is found. */
import { IOAPIC_BASE, IOAPIC_SIZE, LAPIC_BASE, LAPIC_SIZE } from '../arch/apic.ts';
import type { VirtqueueOperation } from '../trace/schema.ts';
import { VTD_BASE, VTD_SIZE } from '../arch/vtd.ts';
import { VIRTIO_PLACES } from '../devices/virtio/places.ts';
import type { Device } from '../devices/device.ts';
import { PLATFORM } from './firmware/platform.ts';

interface Range {
  readonly first: number;
  readonly count: number;
}

const VIRTIO_WINDOWS = Object.fromEntries(
  VIRTIO_PLACES.map(({ name, base }) => [`virtio-${name}`, { first: base, count: 0x1000 }]),
) as Readonly<Record<`virtio-${(typeof VIRTIO_PLACES)[number]['name']}`, Range>>;

/** Devices with registers in memory, host-physical. `pci`: whatever functions have behind their BARs; `pciHost`: configuration space. */
const MEMORY = {
  lapic: { first: LAPIC_BASE, count: LAPIC_SIZE },
  ioapic: { first: IOAPIC_BASE, count: IOAPIC_SIZE },
  iommu: { first: VTD_BASE, count: VTD_SIZE },
  pciHost: { first: PLATFORM.pci.ecam.base, count: PLATFORM.pci.ecam.buses << 20 },
  pci: { first: PLATFORM.pci.memory.base, count: PLATFORM.pci.memory.end - PLATFORM.pci.memory.base },
  ...VIRTIO_WINDOWS,
} as const satisfies Readonly<Record<string, Range>>;

const CHIPS = ['pic', 'pit', 'rtc', 'port61', 'systemControl', 'uart', 'cgaText', 'debugConsole', 'debugExit', 'acpi'] as const;

/** Devices that answer at ports or in memory, by name. Not every machine has each of them. */
export const NAMED_DEVICES = [...CHIPS, ...(Object.keys(MEMORY) as (keyof typeof MEMORY)[])] as const;
/** Name of a device of that list. */
export type NamedDevice = (typeof NAMED_DEVICES)[number];

/** One kind of thing that devices do. */
export type DeviceEvent =
  /** An instruction reads or writes a register of this device. */
  | { readonly on: 'access'; readonly device: NamedDevice; readonly access: 'read' | 'write' | 'any' }
  /** A device asks for an interrupt with this vector at PIC or local APIC, or the processor takes it. Exceptions are taken too, but nobody asks for them. */
  | { readonly on: 'interrupt'; readonly phase: 'request' | 'delivery'; readonly vector: number }
  /** Something happens to a queue of a virtio device. `device` is its number in trace records (`deviceNumber`); null: of any. */
  | { readonly on: 'queue'; readonly device: number | null; readonly operation: VirtqueueOperation }
  /** A bus master accesses memory, or is refused. */
  | { readonly on: 'dma'; readonly outcome: 'done' | 'refused' }
  /** A balloon takes pages, or gives some back. */
  | { readonly on: 'balloon' };

/** What met a device event; `event` is its place in the list. */
export type EventMet = { readonly event: number } & (
  | {
      readonly on: 'access';
      readonly device: NamedDevice;
      readonly isPort: boolean;
      readonly isWrite: boolean;
      /** A port, or a host-physical address. */
      readonly address: number;
      readonly value: number;
      readonly size: number;
    }
  | { readonly on: 'interrupt'; readonly phase: 'request' | 'delivery'; readonly vector: number }
  /** `device` is a `deviceWord`; `length` counts bytes of the buffer, or bytes written to it. */
  | {
      readonly on: 'queue';
      readonly device: number;
      readonly queue: number;
      readonly operation: VirtqueueOperation;
      readonly index: number;
      readonly length: number;
    }
  | {
      readonly on: 'dma';
      readonly outcome: 'done' | 'refused';
      readonly requester: number;
      readonly isWrite: boolean;
      readonly address: number;
      /** Null where the IOMMU was only asked. */
      readonly size: number | null;
      /** The IOMMU's fault reason, null without one. */
      readonly reason: number | null;
    }
  /** `device` is a `deviceWord`; `pages` are those of the buffer, of 4 KiB. */
  | { readonly on: 'balloon'; readonly device: number; readonly isInflating: boolean; readonly pages: number }
);

/** Whether an access is one to this device. `chips` are those with ports, by name. */
export function isAccessTo(
  device: NamedDevice,
  { isPort, address }: { readonly isPort: boolean; readonly address: number },
  chips: Readonly<Record<string, Device>>,
): boolean {
  const ranges: readonly Range[] = isPort ? (chips[device]?.ports ?? []) : device in MEMORY ? [MEMORY[device as keyof typeof MEMORY]] : [];
  return ranges.some(({ first, count }) => address >= first && address < first + count);
}

import { IOAPIC_BASE, IOAPIC_PINS, LAPIC_BASE } from '../../arch/apic.ts';
import { VTD_BASE } from '../../arch/vtd.ts';

/** How the parts of the machine are wired, as firmware tells an operating system. */
export interface Platform {
  readonly lapic: { readonly base: number; readonly id: number };
  readonly ioapic: { readonly base: number; readonly id: number; readonly pins: number };
  readonly pci: {
    /** Memory-mapped configuration space of buses 0 to `buses` - 1. */
    readonly ecam: { readonly base: number; readonly buses: number };
    /** Addresses and ports that the host bridge passes on, ends excluded. */
    readonly memory: { readonly base: number; readonly end: number };
    readonly io: { readonly base: number; readonly end: number };
    /** Interrupt line, at PIC and I/O APIC alike, of each of the root's four links. */
    readonly lines: readonly [number, number, number, number];
  };
  /** Windows of virtio-mmio devices, and their lines, which are level-triggered. */
  readonly virtio: readonly { readonly base: number; readonly irq: number }[];
  /** Register window of the IOMMU; null without one. */
  readonly iommu: number | null;
  /** Ports of the ACPI power-management event and control registers, and the line of its interrupt. */
  readonly acpi: { readonly event: number; readonly control: number; readonly line: number };
}

/** This machine. RAM ends far below the PCI aperture. */
export const PLATFORM: Platform = {
  lapic: { base: LAPIC_BASE, id: 0 },
  ioapic: { base: IOAPIC_BASE, id: 1, pins: IOAPIC_PINS },
  pci: {
    ecam: { base: 0xe000_0000, buses: 16 },
    memory: { base: 0xc000_0000, end: 0xe000_0000 },
    io: { base: 0xc000, end: 0x1_0000 },
    lines: [10, 10, 11, 11],
  },
  virtio: [],
  iommu: VTD_BASE,
  acpi: { event: 0x600, control: 0x604, line: 9 },
};

/** I/O APIC pin of an interrupt line: the timer is on pin 2, where the PIC has its cascade. */
export function pinOfLine(line: number): number {
  return line === 0 ? 2 : line;
}

/** Interrupt lines that are level-triggered, that of ACPI's events apart. */
export function levelLines({ pci, virtio }: Platform): readonly number[] {
  return [...pci.lines, ...virtio.map(({ irq }) => irq)];
}

/** The root's link that pin `pin` (0 to 3) of device `device` on bus 0 is wired to. */
export function linkOf(device: number, pin: number): number {
  return (device + pin) & 3;
}

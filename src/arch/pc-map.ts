/** Where a PC has its devices: I/O ports, and the windows whose places are fixed. What is plugged in lies where its configuration says. */
import { IOAPIC_BASE, LAPIC_BASE } from './apic.ts';
import { VTD_BASE } from './vtd.ts';

/** Addresses from `first` to `last`. */
export interface PcPlace {
  readonly first: number;
  readonly last: number;
  /** As the data sheet, or the PC's own tradition, calls it. */
  readonly name: string;
}

/** I/O ports, ascending and disjoint. */
export const PC_PORTS: readonly PcPlace[] = [
  { first: 0x20, last: 0x21, name: 'PIC' },
  { first: 0x40, last: 0x43, name: 'PIT' },
  { first: 0x60, last: 0x60, name: '8042' },
  { first: 0x61, last: 0x61, name: 'port B' },
  { first: 0x64, last: 0x64, name: '8042' },
  { first: 0x70, last: 0x71, name: 'RTC' },
  { first: 0x92, last: 0x92, name: 'A20' },
  { first: 0xa0, last: 0xa1, name: 'PIC' },
  { first: 0xe9, last: 0xe9, name: 'debug' },
  { first: 0xf4, last: 0xf7, name: 'exit' },
  { first: 0x3d4, last: 0x3da, name: 'CGA' },
  { first: 0x3f8, last: 0x3ff, name: 'COM1' },
  { first: 0x4d0, last: 0x4d1, name: 'ELCR' },
  { first: 0x600, last: 0x605, name: 'ACPI' },
  { first: 0xcf8, last: 0xcff, name: 'PCI' },
  { first: 0xc000, last: 0xffff, name: 'BAR' },
];

/** Windows in host-physical memory, ascending and disjoint. */
export const PC_WINDOWS: readonly PcPlace[] = [
  { first: 0xc000_0000, last: 0xdfff_ffff, name: 'BAR' },
  { first: 0xe000_0000, last: 0xe0ff_ffff, name: 'ECAM' },
  { first: 0xfeb0_0000, last: 0xfebf_ffff, name: 'virtio' },
  { first: IOAPIC_BASE, last: IOAPIC_BASE + 0xfff, name: 'I/O APIC' },
  { first: VTD_BASE, last: VTD_BASE + 0xfff, name: 'VT-d' },
  { first: LAPIC_BASE, last: LAPIC_BASE + 0xfff, name: 'APIC' },
];

/** Who answers at a port, or at a host-physical address; empty where nobody has a fixed place. */
export function pcName(address: number, isMemory: boolean): string {
  return (isMemory ? PC_WINDOWS : PC_PORTS).find(({ first, last }) => address >= first && address <= last)?.name ?? '';
}

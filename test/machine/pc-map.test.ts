import { expect, test } from 'vitest';
import { pcName, PC_PORTS, PC_WINDOWS } from '../../src/arch/pc-map.ts';
import { PLATFORM } from '../../src/machine/firmware/platform.ts';
import { VIRTIO_PLACES } from '../../src/devices/virtio/places.ts';
import { build } from './build.ts';

test('every port that a device of the machine has is named, and no other', () => {
  const machine = build('hlt');
  const devices = [...Object.values(machine.devices), machine.chipset.pciHost];
  const ports = new Set(
    devices.flatMap((device) => device.ports.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i))),
  );
  for (const port of ports) expect(pcName(port, false), port.toString(16)).not.toBe('');
  for (const { first, last, name } of PC_PORTS) {
    expect(
      [...ports].some((port) => port >= first && port <= last),
      name,
    ).toBe(true);
  }
});

test('the windows are where the machine has them', () => {
  const { lapic, ioapic, iommu, pci } = PLATFORM;
  expect([lapic.base, ioapic.base, iommu ?? 0, pci.ecam.base, pci.memory.base].map((base) => pcName(base, true))).toEqual([
    'APIC',
    'I/O APIC',
    'VT-d',
    'ECAM',
    'BAR',
  ]);
  for (const { base } of VIRTIO_PLACES) expect(pcName(base, true)).toBe('virtio');
  for (const [i, place] of PC_WINDOWS.entries()) if (i > 0) expect(place.first).toBeGreaterThan(PC_WINDOWS[i - 1].last);
});

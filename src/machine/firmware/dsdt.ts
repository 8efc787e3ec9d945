/** What the machine says about itself in AML: one PCI root with its address ranges and interrupt wiring, virtio-mmio devices, and its sleep states. ACPI Specification 6.4,
 *  "_PRT (PCI Routing Table)", "_CRS (Current Resource Settings)", "Address Space Resource Descriptors". */
import { MMIO_SIZE } from '../../arch/virtio.ts';
import { buffer, device, eisaId, name, packageOf, scope, stringOf } from './aml.ts';
import { joinBytes, pack } from './bytes.ts';
import { linkOf, pinOfLine, type Platform } from './platform.ts';

// Kinds of address space, and flags: consumed by what is below, decoded at fixed ends.
const MEMORY = 0;
const IO = 1;
const BUS_NUMBERS = 2;
const FIXED = 0x0c;
const READ_WRITE = 1;
const ENTIRE_RANGE = 3;
const ALL_FUNCTIONS = 0xffff;
/** Configuration space of a bus. */
const BUS_SIZE = 2 ** 20;
/** End of a list of resources, with a checksum that is not one. */
const END = pack([1, 0x79], [1, 0]);

/** The definition block behind the DSDT's header. `devices` are the device numbers on bus 0 whose pins are routed. */
export function buildDefinitionBlock(platform: Platform, devices: readonly number[]): Uint8Array {
  const { pci } = platform;
  const root = device('PCI0', [
    name('_HID', eisaId('PNP0A08')),
    name('_CID', eisaId('PNP0A03')),
    name('_BBN', 0),
    name('_SEG', 0),
    name('_CRS', buffer(rootResources(platform))),
    name('_PRT', packageOf(devices.flatMap((d) => [0, 1, 2, 3].map((pin) => route(d, pin, pinOfLine(pci.lines[linkOf(d, pin)])))))),
  ]);
  // Software uses memory-mapped configuration space only where it is reserved so.
  const board = device('MBRD', [
    name('_HID', eisaId('PNP0C02')),
    name('_CRS', buffer(joinBytes([fixedMemory(pci.ecam.base, pci.ecam.buses * BUS_SIZE), END]))),
  ]);
  const windows = platform.virtio.map((window, i) => virtioDevice(window, i));
  return joinBytes([scope('\\_SB_', [root, board, ...windows]), name('\\_S5', packageOf([0, 0, 0, 0]))]);
}

/** A virtio-mmio device, under the name by which Linux and others know one. */
function virtioDevice({ base, irq }: Platform['virtio'][number], number: number): Uint8Array {
  return device(`VIO${number}`, [
    name('_HID', stringOf('LNRO0005')),
    name('_UID', number),
    name('_CRS', buffer(joinBytes([fixedMemory(base, MMIO_SIZE), interrupt(pinOfLine(irq)), END]))),
  ]);
}

/** Device and pin, and the I/O APIC's pin without a link device between. */
function route(deviceNumber: number, pin: number, gsi: number): Uint8Array {
  return packageOf([deviceNumber * 0x1_0000 + ALL_FUNCTIONS, pin, 0, gsi]);
}

function rootResources({ pci }: Platform): Uint8Array {
  return joinBytes([
    word(BUS_NUMBERS, 0, 0, pci.ecam.buses - 1),
    // CF8H to CFFH, decoded in full: the bridge's own.
    pack([1, 0x47], [1, 1], [2, 0xcf8], [2, 0xcf8], [1, 1], [1, 8]),
    word(IO, ENTIRE_RANGE, pci.io.base, pci.io.end - 1),
    dword(MEMORY, READ_WRITE, pci.memory.base, pci.memory.end - 1),
    END,
  ]);
}

function fixedMemory(base: number, size: number): Uint8Array {
  return pack([1, 0x86], [2, 9], [1, READ_WRITE], [4, base], [4, size]);
}

/** Level-triggered, active high, its own. "Extended Interrupt Descriptor". */
function interrupt(gsi: number): Uint8Array {
  return pack([1, 0x89], [2, 6], [1, 1], [1, 1], [4, gsi]);
}

function word(kind: number, flags: number, first: number, last: number): Uint8Array {
  return pack([1, 0x88], [2, 13], [1, kind], [1, FIXED], [1, flags], [2, 0], [2, first], [2, last], [2, 0], [2, last - first + 1]);
}

function dword(kind: number, flags: number, first: number, last: number): Uint8Array {
  return pack([1, 0x87], [2, 23], [1, kind], [1, FIXED], [1, flags], [4, 0], [4, first], [4, last], [4, 0], [4, last - first + 1]);
}

/** The MP table, by which an operating system without ACPI finds processor, I/O APIC and wiring. MultiProcessor Specification 1.4, "MP Configuration Table". */
import { LAPIC_VERSION, IOAPIC_VERSION } from '../../arch/apic.ts';
import { FEATURES_EDX, SIGNATURE } from '../../arch/cpuid.ts';
import { joinBytes, pack, setChecksum } from './bytes.ts';
import { levelLines, linkOf, pinOfLine, type Platform } from './platform.ts';

const SPEC = 4;
const POINTER_SIZE = 16;
const PCI_BUS = 0;
const ISA_BUS = 1;
const ISA_LINES = 16;
const CASCADE = 2;
const EVERY_APIC = 0xff;
// Kinds of interrupt; and polarity (bits 1:0) and trigger (3:2): 0 as the bus has it, or level and active high.
const INT = 0;
const NMI = 1;
const EXT_INT = 3;
const AS_BUS = 0;
const LEVEL_HIGH = 0b1101;
// Processor flags.
const ENABLED = 1 << 0;
const BOOTSTRAP = 1 << 1;

/** Floating pointer (16-byte aligned `address`) and configuration table behind it. `devices` are the device numbers on bus 0 whose pins are listed. */
export function buildMpTable(platform: Platform, address: number, devices: readonly number[]): Uint8Array {
  const table = configurationTable(platform, devices);
  const pointer = pack('_MP_', [4, address + POINTER_SIZE], [1, 1], [1, SPEC], [1, 0], [1, 0], [4, 0]);
  return joinBytes([setChecksum(pointer, 10), table]);
}

function configurationTable(platform: Platform, devices: readonly number[]): Uint8Array {
  const { lapic, ioapic } = platform;
  const features = FEATURES_EDX.reduce((bits, f) => bits + 2 ** f.bit, 0);
  const entries = [
    pack([1, 0], [1, lapic.id], [1, LAPIC_VERSION & 0xff], [1, ENABLED | BOOTSTRAP], [4, SIGNATURE], [4, features], [8, 0]),
    pack([1, 1], [1, PCI_BUS], 'PCI   '),
    pack([1, 1], [1, ISA_BUS], 'ISA   '),
    pack([1, 2], [1, ioapic.id], [1, IOAPIC_VERSION & 0xff], [1, ENABLED], [4, ioapic.base]),
    ...isaInterrupts(platform),
    ...pciInterrupts(platform, devices),
    localInterrupt(EXT_INT, 0),
    localInterrupt(NMI, 1),
  ];
  const body = joinBytes(entries);
  const header = pack(
    ...(['PCMP', [2, 44 + body.length], [1, SPEC], [1, 0], 'GLASSV  ', 'GLASSVISOR  '] as const),
    ...([
      [4, 0],
      [2, 0],
      [2, entries.length],
      [4, lapic.base],
      [4, 0],
    ] as const),
  );
  return setChecksum(joinBytes([header, body]), 7);
}

/** ISA lines at their pins; those that carry PCI interrupts, and some others, are level-triggered. */
function isaInterrupts(platform: Platform): Uint8Array[] {
  const { ioapic } = platform;
  const levels = levelLines(platform);
  const lines = Array.from({ length: ISA_LINES }, (_, line) => line).filter((line) => line !== CASCADE);
  return lines.map((line) => {
    const flags = levels.includes(line) ? LEVEL_HIGH : AS_BUS;
    return pack([1, 3], [1, INT], [2, flags], [1, ISA_BUS], [1, line], [1, ioapic.id], [1, pinOfLine(line)]);
  });
}

function pciInterrupts({ ioapic, pci }: Platform, devices: readonly number[]): Uint8Array[] {
  return devices.flatMap((device) =>
    [0, 1, 2, 3].map((pin) => {
      const line = pci.lines[linkOf(device, pin)];
      return pack([1, 3], [1, INT], [2, LEVEL_HIGH], [1, PCI_BUS], [1, (device << 2) | pin], [1, ioapic.id], [1, pinOfLine(line)]);
    }),
  );
}

function localInterrupt(kind: number, lint: number): Uint8Array {
  return pack([1, 4], [1, kind], [2, AS_BUS], [1, ISA_BUS], [1, 0], [1, EVERY_APIC], [1, lint]);
}

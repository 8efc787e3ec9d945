/** ACPI tables. ACPI Specification 6.4, "ACPI Software Programming Model"; of DMAR, Intel VT-d Architecture Specification, "BIOS Considerations". */
import { HOST_WIDTH } from '../../arch/vtd.ts';
import { joinBytes, pack, setChecksum } from './bytes.ts';
import { buildDefinitionBlock } from './dsdt.ts';
import { levelLines, pinOfLine, type Platform } from './platform.ts';

const OEM = 'GLASSV';
const OEM_TABLE = 'GLASSVIS';
const CREATOR = 'GLSV';
const RSDP_SIZE = 20;
const HEADER_SIZE = 36;
/** Byte of a header that makes the table add up to 0. */
const CHECKSUM = 9;
// Interrupt flags of a MADT: level-triggered, active high.
const LEVEL_HIGH = 0b1101;
const ENABLED = 1;
/** There are 8259s too. */
const PCAT_COMPAT = 1;
const EVERY_PROCESSOR = 0xff;
/** In the DMAR: the unit covers all PCI devices that no other unit lists. */
const INCLUDE_PCI_ALL = 1;
/** Of the FADT: WBINVD works; power and sleep buttons are not fixed features, or not there. */
const FADT_FLAGS = (1 << 0) | (1 << 4) | (1 << 5);
const FADT_SIZE = 116;
const FACS_SIZE = 64;

/** A table with its header. `body` follows the header. */
export function buildTable(signature: string, revision: number, body: Uint8Array): Uint8Array {
  const length = HEADER_SIZE + body.length;
  const header = pack(signature, [4, length], [1, revision], [1, 0], OEM, OEM_TABLE, [4, 1], CREATOR, [4, 1]);
  return setChecksum(joinBytes([header, body]), CHECKSUM);
}

/** Root pointer, revision 0: to be placed 16-byte aligned where software searches. */
export function buildRsdp(rsdt: number): Uint8Array {
  return setChecksum(pack('RSD PTR ', [1, 0], OEM, [1, 0], [4, rsdt]), 8, RSDP_SIZE);
}

/** Root table: addresses of all others but FACS and DSDT. */
export function buildRsdt(tables: readonly number[]): Uint8Array {
  return buildTable('RSDT', 1, pack(...tables.map((address) => [4, address] as const)));
}

/** Multiple APIC description table: processor, I/O APIC, and the lines that are not as ISA has them. */
export function buildMadt(platform: Platform): Uint8Array {
  const { lapic, ioapic, acpi } = platform;
  const levels = [...new Set([...levelLines(platform), acpi.line])].toSorted((a, b) => a - b);
  return buildTable(
    'APIC',
    1,
    joinBytes([
      pack([4, lapic.base], [4, PCAT_COMPAT]),
      pack([1, 0], [1, 8], [1, 0], [1, lapic.id], [4, ENABLED]),
      pack([1, 1], [1, 12], [1, ioapic.id], [1, 0], [4, ioapic.base], [4, 0]),
      pack([1, 2], [1, 10], [1, 0], [1, 0], [4, pinOfLine(0)], [2, 0]),
      ...levels.map((line) => pack([1, 2], [1, 10], [1, 0], [1, line], [4, pinOfLine(line)], [2, LEVEL_HIGH])),
      pack([1, 4], [1, 6], [1, EVERY_PROCESSOR], [2, 0], [1, 1]),
    ]),
  );
}

/** Memory-mapped configuration space. */
export function buildMcfg({ pci }: Platform): Uint8Array {
  return buildTable('MCFG', 1, pack([8, 0], [8, pci.ecam.base], [2, 0], [1, 0], [1, pci.ecam.buses - 1], [4, 0]));
}

/** DMA remapping: one unit, at `base`, for all PCI devices. No interrupt remapping. */
export function buildDmar(base: number): Uint8Array {
  const unit = pack([2, 0], [2, 16], [1, INCLUDE_PCI_ALL], [1, 0], [2, 0], [8, base]);
  return buildTable('DMAR', 1, joinBytes([pack([1, HOST_WIDTH - 1], [1, 0], new Uint8Array(10)), unit]));
}

/** Fixed description table, as of ACPI 1.0: ACPI is on from the beginning, there is no PM timer, and no event but those of PM1. */
export function buildFadt({ acpi }: Platform, { facs, dsdt }: { readonly facs: number; readonly dsdt: number }): Uint8Array {
  const body = new Uint8Array(FADT_SIZE - HEADER_SIZE);
  const put = (offset: number, bytes: Uint8Array): void => body.set(bytes, offset - HEADER_SIZE);
  put(36, pack([4, facs], [4, dsdt]));
  put(46, pack([2, acpi.line]));
  put(56, pack([4, acpi.event]));
  put(64, pack([4, acpi.control]));
  put(88, pack([1, 4], [1, 2]));
  // Latencies that mean: no C2, no C3.
  put(96, pack([2, 0xffff], [2, 0xffff]));
  put(112, pack([4, FADT_FLAGS]));
  return buildTable('FACP', 1, body);
}

/** Firmware control structure: a lock nobody takes. It has no checksum. */
export function buildFacs(): Uint8Array {
  return joinBytes([pack('FACS', [4, FACS_SIZE]), new Uint8Array(FACS_SIZE - 8)]);
}

export function buildDsdt(platform: Platform, devices: readonly number[]): Uint8Array {
  return buildTable('DSDT', 1, buildDefinitionBlock(platform, devices));
}

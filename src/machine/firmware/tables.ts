import { assert } from '../../base/assert.ts';
import { buildDmar, buildDsdt, buildFacs, buildFadt, buildMadt, buildMcfg, buildRsdp, buildRsdt } from './acpi.ts';
import { buildMpTable } from './mp-table.ts';
import type { Platform } from './platform.ts';

/** Bytes at a physical address. */
export interface PlacedTable {
  readonly name: string;
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Where software searches for the two pointers. */
const SEARCH_BASE = 0xe_0000;
const SEARCH_END = 0x10_0000;
const ALIGNMENT = 64;

/** All tables of firmware, one behind the other from `base` on, which lies where software searches (E0000H to FFFFFH). `devices` are the device numbers on PCI
 *  bus 0. The two that are searched for come first. */
export function placeTables(platform: Platform, base: number, devices: readonly number[]): readonly PlacedTable[] {
  const placed: PlacedTable[] = [];
  let next = base;
  const place = (name: string, bytes: Uint8Array): number => {
    const address = next;
    placed.push({ name, address, bytes });
    next = Math.ceil((address + bytes.length) / ALIGNMENT) * ALIGNMENT;
    return address;
  };
  const pointer = place('RSDP', buildRsdp(0));
  place('MP', buildMpTable(platform, next, devices));
  const facs = place('FACS', buildFacs());
  const dsdt = place('DSDT', buildDsdt(platform, devices));
  const tables = [
    place('FACP', buildFadt(platform, { facs, dsdt })),
    place('APIC', buildMadt(platform)),
    place('MCFG', buildMcfg(platform)),
  ];
  if (platform.iommu !== null) tables.push(place('DMAR', buildDmar(platform.iommu)));
  const rsdt = place('RSDT', buildRsdt(tables));
  placed[0] = { name: 'RSDP', address: pointer, bytes: buildRsdp(rsdt) };
  assert(base % 16 === 0 && base >= SEARCH_BASE && next <= SEARCH_END, 'firmware tables lie where software searches');
  return placed;
}

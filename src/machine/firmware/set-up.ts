/** The board as firmware leaves it before it starts a program. */
import type { Chipset } from '../../devices/pci/chipset.ts';
import type { Ports } from '../../devices/ports.ts';
import { ELCR, elcrFor } from '../../devices/virtio/places.ts';
import { setUpPci } from './pci-setup.ts';
import { levelLines, type Platform } from './platform.ts';
import { type PlacedTable, placeTables } from './tables.ts';

/** Where the tables are, as in a BIOS: at the beginning of its segment. */
const TABLES = 0xf_0000;

/** Sets up PCI and the triggering of interrupt lines; returns the tables that tell of it, which are not in memory yet. */
export function setUpBoard(board: { readonly chipset: Chipset; readonly ports: Ports }, platform: Platform): readonly PlacedTable[] {
  const { chipset, ports } = board;
  const devices = setUpPci(chipset.fabric, platform);
  elcrFor(levelLines(platform)).forEach((lines, i) => ports.write(ELCR + i, 1, lines));
  return placeTables(platform, TABLES, devices);
}

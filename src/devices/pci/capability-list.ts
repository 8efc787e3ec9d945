import {
  CAPABILITIES_POINTER,
  CAPABILITY_NAMES,
  CONFIG_SIZE,
  EXTENDED_CAPABILITY_NAMES,
  EXTENDED_CONFIG_SIZE,
  STATUS,
  STATUS_CAPABILITIES,
} from '../../arch/pci.ts';
import type { PlacedCapability } from './config-space.ts';

/** Reads configuration space without side effects: `size` 1, 2 or 4, unsigned. */
export type ConfigReader = (offset: number, size: 1 | 2 | 4) => number;

/** The capabilities of a function, by walking its two lists as software does. A list that runs in a circle ends where it meets itself. */
export function listCapabilities(read: ConfigReader): readonly PlacedCapability[] {
  return [...walkList(read), ...walkExtendedList(read)];
}

function walkList(read: ConfigReader): PlacedCapability[] {
  const found: PlacedCapability[] = [];
  if ((read(STATUS, 2) & STATUS_CAPABILITIES) === 0) return found;
  const seen = new Set<number>();
  for (let offset = read(CAPABILITIES_POINTER, 1) & 0xfc; offset >= 0x40 && !seen.has(offset); offset = read(offset + 1, 1) & 0xfc) {
    if (offset >= CONFIG_SIZE) break;
    seen.add(offset);
    const id = read(offset, 1);
    found.push({ id, name: CAPABILITY_NAMES[id] ?? `capability ${id}`, offset, isExtended: false });
  }
  return found;
}

function walkExtendedList(read: ConfigReader): PlacedCapability[] {
  const found: PlacedCapability[] = [];
  const seen = new Set<number>();
  for (let offset = CONFIG_SIZE; offset >= CONFIG_SIZE && offset < EXTENDED_CONFIG_SIZE && !seen.has(offset); ) {
    seen.add(offset);
    const header = read(offset, 4);
    const id = header & 0xffff;
    // A first header of zeros, or of ones where nothing answers, is an empty list.
    if (id === 0 || id === 0xffff) break;
    found.push({ id, name: EXTENDED_CAPABILITY_NAMES[id] ?? `capability ${id}`, offset, isExtended: true });
    offset = (header >>> 20) & 0xffc;
  }
  return found;
}

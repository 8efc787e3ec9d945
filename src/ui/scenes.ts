/** The panels of the stage by id, in the order of their tabs. */
import type { Loaded } from '../api/protocol.ts';

/** Which key shows which: digits, and X for hexadecimal. */
export const SCENE_KEYS = {
  walk: '1',
  map: '2',
  vmcs: '3',
  tlb: '4',
  virtio: '5',
  iommu: '6',
  balloon: '7',
  pci: '8',
  vms: '9',
  tables: '0',
  memory: 'x',
} as const;

export type Scene = keyof typeof SCENE_KEYS;

export const SCENES = Object.keys(SCENE_KEYS) as readonly Scene[];

/** What every machine has. */
const ALWAYS: readonly Scene[] = ['walk', 'map', 'vmcs', 'tlb', 'tables', 'memory'];

/** The machine has what this scene shows. */
export function isThere(scene: Scene, loaded: Loaded | null): boolean {
  return ALWAYS.includes(scene) || (loaded?.has as readonly Scene[] | undefined)?.includes(scene) === true;
}

/** The scene behind a key. */
export function sceneOf(key: string): Scene | undefined {
  return SCENES.find((scene) => SCENE_KEYS[scene] === key);
}

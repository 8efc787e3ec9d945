/** The panels of the stage by id, in the order of their keys 1, 2, 3 ... */
import type { Loaded } from '../api/protocol.ts';

export const SCENES = ['walk', 'map', 'vmcs', 'tlb', 'virtio', 'iommu', 'balloon', 'pci', 'vms'] as const;

export type Scene = (typeof SCENES)[number];

/** What every machine has. */
const ALWAYS: readonly Scene[] = ['walk', 'map', 'vmcs', 'tlb'];

/** The machine has what this scene shows. */
export function isThere(scene: Scene, loaded: Loaded | null): boolean {
  return ALWAYS.includes(scene) || (loaded?.has as readonly Scene[] | undefined)?.includes(scene) === true;
}

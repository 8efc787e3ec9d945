/** The panels of the stage by id, in the order of their keys 1, 2, 3 ... */
export const SCENES = ['walk', 'map', 'vmcs', 'tlb'] as const;

export type Scene = (typeof SCENES)[number];

import type { EN_MEMORY } from './en-memory.ts';

/** Français du panneau de la mémoire. */
export const FR_MEMORY: Readonly<Record<keyof typeof EN_MEMORY, string>> = {
  'memory.title': 'Mémoire',
};

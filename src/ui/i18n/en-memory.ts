/** English of the memory panel. */
export const EN_MEMORY = {
  'memory.title': 'Memory',
} as const;

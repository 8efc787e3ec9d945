import { defineConfig } from 'vitest/config';

export default defineConfig({
  base: './',
  test: {
    projects: [{ extends: true as const, test: { name: 'node', environment: 'node', include: ['test/**/*.test.ts'], exclude: ['test/browser/**'] } }],
  },
});

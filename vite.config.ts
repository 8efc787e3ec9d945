import { availableParallelism } from 'node:os';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { INLINE } from './scripts/bundle.mjs';
import { offline } from './scripts/offline.mjs';
import { browserArguments, findBrowser } from './scripts/browser.mjs';

/** What the source editor is made of. */
const EDITOR = ['autocomplete', 'commands', 'language', 'lint', 'state', 'view']
  .map((part) => `@codemirror/${part}`)
  .concat('@lezer/highlight');

/** What the console's terminal is. */
const TERMINAL = '@xterm/xterm';

/** Of the tests in a browser, those that `npm test` runs; the others look at every panel in depth. */
const QUICK = ['hashes', 'page-guests', 'page-controls', 'page-trouble'].map((name) => `test/browser/${name}.test.ts`);

export default defineConfig(async () => {
  // Without one, Playwright says so itself, and only where browser tests were asked for.
  const browser = process.env['VITEST'] ? await findBrowser().catch(() => undefined) : undefined;
  const inBrowser = (name: string, include: string[], exclude: string[] = []) => ({
    extends: true as const,
    // Found while a test runs, they would be bundled then, and the page reloaded under it.
    optimizeDeps: { include: ['lit', 'comlink', 'axe-core', ...EDITOR, TERMINAL] },
    test: {
      ...{ name, include, exclude },
      setupFiles: ['test/browser/setup.ts'],
      testTimeout: 30_000,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        viewport: { width: 1280, height: 800 },
        api: { host: '127.0.0.1' },
        provider: playwright({ launchOptions: { args: browserArguments(), ...(browser ? { executablePath: browser } : {}) } }),
        instances: [{ browser: 'chromium' as const }],
      },
    },
  });
  return {
    base: './',
    plugins: [offline(import.meta.dirname)],
    // Not the examples: they name packages as their own readers have them.
    optimizeDeps: { entries: ['index.html', 'embed.html'] },
    server: { host: '127.0.0.1', port: 5173, strictPort: false },
    preview: { host: '127.0.0.1', port: 4173, strictPort: false },
    worker: { format: 'es' as const, rolldownOptions: { optimization: INLINE } },
    build: { outDir: 'dist/app', target: 'es2022', sourcemap: true, rolldownOptions: { optimization: INLINE } },
    test: {
      // One file at a time in each thread, modules not shared: machines in one realm spoil each other's type feedback.
      maxWorkers: availableParallelism(),
      projects: [
        {
          extends: true as const,
          test: {
            name: 'node',
            environment: 'node',
            pool: 'threads' as const,
            include: ['test/**/*.test.ts'],
            exclude: ['test/browser/**', 'test/package/**'],
            testTimeout: 30_000,
          },
        },
        {
          extends: true as const,
          // What is built, on pages of other people.
          test: {
            name: 'package',
            environment: 'node',
            include: ['test/package/**/*.test.ts'],
            testTimeout: 120_000,
            fileParallelism: false,
          },
        },
        inBrowser('browser', QUICK),
        inBrowser('panels', ['test/browser/**/*.test.ts'], QUICK),
      ],
    },
  };
});

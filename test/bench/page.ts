/** `npm run bench -- page`: the page as it is shipped, in Chromium: how long until it shows its machine, until a step is drawn, and how evenly it draws while the
 *  machine runs. Builds the page first. */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright';
import type { GlassvisorApp } from '../../src/ui/app/app.ts';

/** The bundle of this program lies two folders below. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OUT = resolve(ROOT, 'dist/bench/app');
const LOADS = 5;
const STEPS = 40;
const RUN_MS = 3000;
const VIEWPORT = { width: 1366, height: 768 };
const GUEST = 'ept-on-demand';
/** Runs for as long as it is let, and writes what the frames show. */
const SPIN = 'bits 32\norg 0x10000\nstart:\n  inc eax\n  mov [counter], eax\n  jmp start\ncounter: dd 0\n';

/** Returns the exit status. */
export async function benchPage(argv: readonly string[]): Promise<number> {
  const loads = Number(argv[0] ?? LOADS);
  if (!Number.isInteger(loads) || loads < 1) {
    process.stderr.write('bench page [LOADS]: a whole number from 1.\n');
    return 2;
  }
  const { browser, url, close } = await open();
  try {
    await firstFrames(browser, url, loads);
    const page = await visit(browser, url);
    await steps(page);
    await frameRate(page);
  } finally {
    await close();
  }
  return 0;
}

/** The page, built and served, and a browser. */
async function open(): Promise<{ browser: Browser; url: string; close: () => Promise<void> }> {
  const [{ build, preview }, { chromium }, { browserArguments, provideBrowser }] = await Promise.all([
    import('vite'),
    import('playwright'),
    import('../../scripts/browser.mjs'),
  ]);
  mkdirSync(OUT, { recursive: true });
  const common = { root: ROOT, logLevel: 'error' as const };
  await build({ ...common, build: { outDir: OUT, emptyOutDir: true, sourcemap: false } });
  const server = await preview({ ...common, build: { outDir: OUT }, preview: { port: 0 } });
  const browser = await chromium.launch({ executablePath: await provideBrowser(ROOT), args: browserArguments() });
  const close = async (): Promise<void> => {
    await browser.close();
    await server.close();
  };
  return { browser, url: `${server.resolvedUrls?.local[0]}?guest=${GUEST}&lang=en&theme=light`, close };
}

/** Each load with empty caches: from the beginning of the navigation until the frame is on the screen. */
async function firstFrames(browser: Browser, url: string, loads: number): Promise<void> {
  const times: number[] = [];
  const cpu: number[] = [];
  for (let i = 0; i < loads; i++) {
    const page = await visit(browser, url, (ms) => cpu.push(ms));
    times.push(await page.evaluate(() => (window as { firstFrameMs?: number }).firstFrameMs ?? Number.NaN));
    await page.context().close();
  }
  print(`First frame after navigation, ${loads} cold loads: ${summary(times)}`);
  print(`  of that, the page's own thread was at work: ${summary(cpu)}`);
}

/** A page of its own, with its machine shown; `window.firstFrameMs` says when that was. `worked` is told how long its thread has been at work: other programs
 *  do not count, as they do for the clock. */
async function visit(browser: Browser, url: string, worked: (ms: number) => void = () => {}): Promise<Page> {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.addInitScript(() => {
    const look = async (): Promise<void> => {
      const app = document.querySelector<GlassvisorApp>('glassvisor-app');
      const state = app?.session.store.state;
      if (!app || !state?.frame || !state.walk || !state.loaded) return void requestAnimationFrame(() => void look());
      await Promise.all([app, ...app.renderRoot.querySelectorAll<GlassvisorApp>('*')].map((panel) => panel.updateComplete));
      // The next frame has it, the one after that begins when it is on the screen.
      requestAnimationFrame(() => requestAnimationFrame(() => Object.assign(window, { firstFrameMs: performance.now() })));
    };
    void look();
  });
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForFunction(() => 'firstFrameMs' in window);
  const { metrics } = await devtools.send('Performance.getMetrics');
  worked((metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000);
  await devtools.detach();
  return page;
}

/** From a key press until the panels are drawn anew. */
async function steps(page: Page): Promise<void> {
  for (const key of ['ArrowRight', 'ArrowLeft']) {
    const times = await page.evaluate(
      async ({ key, count }) => {
        const app = document.querySelector('glassvisor-app') as GlassvisorApp;
        const { store } = app.session;
        const one = (): Promise<number> =>
          new Promise((resolve) => {
            const serial = store.state.frame?.serial;
            const began = performance.now();
            const stop = store.subscribe(() => {
              const { frame } = store.state;
              if (frame?.serial === serial || frame?.running) return;
              stop();
              requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - began)));
            });
            dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
          });
        const times: number[] = [];
        for (let i = 0; i < count; i++) times.push(await one());
        return times;
      },
      { key, count: STEPS },
    );
    print(`${key === 'ArrowRight' ? 'Step' : 'Step back'} to the screen, ${STEPS} of them: ${summary(times)}`);
  }
}

/** Display frames while the machine runs as fast as it goes, and how many of them showed a new state. */
async function frameRate(page: Page): Promise<void> {
  const { drawn, shown, longest, mips } = await page.evaluate(
    async ({ source, ms }) => {
      const app = document.querySelector('glassvisor-app') as GlassvisorApp;
      const { session } = app;
      await session.open('spin.asm', new TextEncoder().encode(source));
      void session.run();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const serials = new Set<number | undefined>();
      const stop = session.store.subscribe(() => serials.add(session.store.state.frame?.serial));
      const [began, tick] = [performance.now(), session.store.state.frame?.tick ?? 0];
      let [drawn, longest, last] = [0, 0, began];
      while (last - began < ms) {
        const now = await new Promise<number>((resolve) => requestAnimationFrame(() => resolve(performance.now())));
        drawn++;
        longest = Math.max(longest, now - last);
        last = now;
      }
      stop();
      const mips = ((session.store.state.frame?.tick ?? 0) - tick) / (last - began) / 1000;
      await session.pause();
      const perSecond = 1000 / (last - began);
      return { drawn: drawn * perSecond, shown: serials.size * perSecond, longest, mips };
    },
    { source: SPIN, ms: RUN_MS },
  );
  print(
    `While running: ${drawn.toFixed(0)} display frames a second, ${shown.toFixed(0)} of them with a new state, the longest ${longest.toFixed(0)} ms; ${mips.toFixed(0)} MIPS`,
  );
}

function summary(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  return `median ${ms(sorted[sorted.length >> 1])}, best ${ms(sorted[0])}, worst ${ms(sorted[sorted.length - 1])}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

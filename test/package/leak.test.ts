import { type Browser, type CDPSession, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browserArguments, findBrowser } from '../../scripts/browser.mjs';
import { built, ROOT } from './built.ts';
import { serve, type Site } from './server.ts';

const ELEMENTS = 100;
/** Machines at one time: each has a worker and 16 MiB. */
const AT_ONCE = 5;
/** Bytes that may be left: what the engine keeps of compiled code and shapes. */
const SLACK = 1_500_000;

let browser: Browser;
let site: Site;

beforeAll(async () => {
  await built();
  const path = await findBrowser();
  browser = await chromium.launch({ args: browserArguments(), ...(path ? { executablePath: path } : {}) });
  site = await serve(ROOT, '');
}, 240_000);

afterAll(async () => {
  await browser?.close();
  site?.close();
});

interface Left {
  readonly heap: number;
  readonly nodes: number;
  readonly listeners: number;
  readonly workers: number;
}

/** What is there once all that can be collected has been. */
async function left(page: Page, cdp: CDPSession): Promise<Left> {
  for (let round = 0; round < 3; round++) {
    await cdp.send('HeapProfiler.collectGarbage');
    await page.waitForTimeout(100);
  }
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = (name: string): number => metrics.find((m) => m.name === name)?.value ?? 0;
  return { heap: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners'), workers: page.workers().length };
}

/** Makes, uses and destroys `count` elements, half of them by taking them off the page. */
function cycle(page: Page, count: number): Promise<void> {
  return page.evaluate(
    async ([total, atOnce]) => {
      for (let done = 0; done < total; done += atOnce) {
        const batch = Array.from({ length: atOnce }, () => {
          const element = document.createElement('glass-visor');
          element.guest = 'ept-permissions';
          document.body.append(element);
          return element;
        });
        await Promise.all(batch.map(async (element) => element.step(2, 'exit')));
        for (const [i, element] of batch.entries()) {
          if (i % 2) element.destroy();
          element.remove();
        }
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    },
    [count, AT_ONCE],
  );
}

test(`${ELEMENTS} machines that came and went leave no worker, no node and no memory`, async () => {
  const page = await browser.newPage();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  await page.goto(`${site.origin}/test/package/empty.html`);
  await page.addScriptTag({ type: 'module', url: `${site.origin}/dist/lib/element.js` });
  await page.waitForFunction(() => customElements.get('glass-visor'));
  await cycle(page, 2 * AT_ONCE);
  const before = await left(page, cdp);
  await cycle(page, ELEMENTS);
  const after = await left(page, cdp);
  console.log(
    `workers ${before.workers} -> ${after.workers}, nodes ${before.nodes} -> ${after.nodes}, listeners ${before.listeners} -> ${after.listeners}, heap ${before.heap} -> ${after.heap}`,
  );
  expect(after.workers).toBe(0);
  expect(after.nodes - before.nodes).toBeLessThan(ELEMENTS);
  expect(after.listeners - before.listeners).toBeLessThan(ELEMENTS);
  expect(after.heap - before.heap).toBeLessThan(SLACK);
}, 300_000);

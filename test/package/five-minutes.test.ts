/** README.md, "In five minutes", followed to the letter: what is bold is clicked, what is a key is pressed, what is in quotation marks is to be seen. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer, type ViteDevServer } from 'vite';
import { browserArguments, findBrowser } from '../../scripts/browser.mjs';
import { ROOT } from './built.ts';

const README = readFileSync(resolve(ROOT, 'README.md'), 'utf8');
const SECTION = README.split('## In five minutes')[1]?.split('\n## ')[0] ?? '';
/** The numbered lines, each as what is to be done and seen in it, in order. */
const STEPS = SECTION.split('\n')
  .filter((line) => /^\d+\. /.test(line))
  .map((line) => [...line.matchAll(/<kbd>(?<key>[^<]+)<\/kbd>|\*\*(?<name>[^*]+)\*\*|“(?<seen>[^”]+)”/g)].map(({ groups = {} }) => groups));
const KEYS: Readonly<Record<string, string>> = { '→': 'ArrowRight', '←': 'ArrowLeft' };
const PATIENCE = { timeout: 15_000 };

let server: ViteDevServer;
let browser: Browser;

beforeAll(async () => {
  server = await createServer({ root: ROOT, logLevel: 'error', server: { port: 0, hmr: false } });
  await server.listen();
  const path = await findBrowser();
  browser = await chromium.launch({ args: browserArguments(), ...(path ? { executablePath: path } : {}) });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const tick = (page: Page): Promise<string> => page.locator('gv-transport .tick input').inputValue();
/** The number of the latest frame: a key is not pressed before the last one has done its work. */
const rest = async (page: Page): Promise<void> => {
  await page.waitForTimeout(150);
  await page.waitForFunction(() => {
    const app = document.querySelector('glassvisor-app') as unknown as {
      session: { store: { state: { frame: { running: boolean } | null } } };
    };
    return app.session.store.state.frame?.running === false;
  });
};

async function follow(page: Page, { key, name, seen }: Readonly<Record<string, string | undefined>>): Promise<void> {
  if (key !== undefined) {
    await page.keyboard.press(key.replace(/.$/u, (last) => KEYS[last] ?? last));
    await rest(page);
  } else if (name !== undefined) {
    await page.getByRole('button', { name }).filter({ visible: true }).first().click(PATIENCE);
    await rest(page);
  } else if (/^\d+$/.test(seen ?? '')) {
    await expect.poll(() => tick(page), PATIENCE).toBe(seen);
  } else {
    await page
      .getByText(seen ?? '')
      .filter({ visible: true })
      .first()
      .waitFor(PATIENCE);
  }
}

describe('a newcomer in five minutes', () => {
  test('comes to see what is written', async () => {
    const page = await browser.newPage({
      viewport: { width: 1366, height: 768 },
      locale: 'en',
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    await page.goto(server.resolvedUrls?.local[0] ?? '');
    await page.getByRole('tab', { name: 'Source' }).waitFor({ timeout: 30_000 });
    expect(STEPS.length).toBeGreaterThan(8);
    for (const [i, step] of STEPS.entries()) {
      for (const act of step) {
        await follow(page, act).catch((error: unknown) => {
          throw new Error(`Step ${i + 1}, ${JSON.stringify(act)}: ${String(error)}`);
        });
      }
    }
  }, 120_000);

  test('looks at pictures that a command makes', () => {
    const script = readFileSync(resolve(ROOT, 'scripts/picture.mjs'), 'utf8');
    const pictures = [...README.matchAll(/!\[[^\]]+\]\(docs\/([^)]+)\)/g)].map(([, file]) => file);
    expect(pictures.length).toBeGreaterThan(1);
    expect(pictures.filter((file) => !script.includes(`'${file}'`))).toEqual([]);
  });
});

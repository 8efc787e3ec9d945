import { type Browser, chromium } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browserArguments, findBrowser } from '../../scripts/browser.mjs';
import { built, ROOT } from './built.ts';
import { serve } from './server.ts';

let browser: Browser;

beforeAll(async () => {
  await built();
  const path = await findBrowser();
  browser = await chromium.launch({ args: browserArguments(), ...(path ? { executablePath: path } : {}) });
}, 240_000);

afterAll(() => browser?.close());

test('the built page works from any path, under a strict policy, and asks nobody else for anything', async () => {
  const site = await serve(ROOT, "default-src 'self'; base-uri 'none'; object-src 'none'");
  const page = await browser.newPage({ locale: 'en' });
  const complaints: string[] = [];
  const elsewhere: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => !request.url().startsWith(site.origin) && elsewhere.push(request.url()));
  await page.goto(`${site.origin}/dist/app/index.html?guest=first-exit`);
  await page.getByRole('button', { name: 'Run' }).first().waitFor({ timeout: 60_000 });
  await page.keyboard.press('Shift+ArrowRight');
  await page.locator('gv-world-band .exit').getByText('CPUID').waitFor();
  expect(page.workers().length).toBeGreaterThan(0);
  // The terminal comes when it is used, and its styles are no inline styles.
  expect(site.asked.filter((path) => path.includes('terminal'))).toEqual([]);
  await page.keyboard.press('i');
  const screen = page.locator('gv-terminal .xterm-rows');
  await screen.waitFor();
  expect(await screen.evaluate((rows) => getComputedStyle(rows).fontFamily)).toMatch(/^"JetBrains Mono GV"/);
  expect(site.asked.filter((path) => /terminal-[\w-]+\.js$/.test(path))).toHaveLength(1);
  await page.close();
  site.close();
  expect(complaints).toEqual([]);
  // Pictures that a page draws itself are no requests.
  expect(elsewhere.filter((url) => !/^(data|blob):/.test(url))).toEqual([]);
});

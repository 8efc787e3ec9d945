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
  // The page's own: what a service worker lays in for later is not among them.
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(request.url()));
  page.on('request', (request) => !request.url().startsWith(site.origin) && elsewhere.push(request.url()));
  await page.goto(`${site.origin}/dist/app/index.html?guest=first-exit`);
  await page.getByRole('button', { name: 'Run' }).first().waitFor({ timeout: 60_000 });
  await page.locator('gv-code li.now').first().waitFor();
  await page.keyboard.press('Shift+ArrowRight');
  await page.locator('gv-world-band .exit').getByText('CPUID').first().waitFor();
  expect(page.workers().length).toBeGreaterThan(0);
  // The terminal comes when it is used, and its styles are no inline styles.
  expect(asked.filter((url) => url.includes('terminal'))).toEqual([]);
  await page.keyboard.press('i');
  const screen = page.locator('gv-terminal .xterm-rows');
  await screen.waitFor();
  expect(await screen.evaluate((rows) => getComputedStyle(rows).fontFamily)).toMatch(/^"JetBrains Mono GV"/);
  expect(asked.filter((url) => /terminal-[\w-]+\.js$/.test(url))).toHaveLength(1);
  await page.keyboard.press('Escape');
  // A policy without images of the page's own refuses the PNG, in a sentence; the browser reports that too.
  await page.keyboard.press('s');
  await page.locator('gv-share [data-file=png]').click();
  await page.locator('.trouble').getByText('take the SVG').waitFor();
  await page.close();
  site.close();
  expect(complaints.filter((text) => !text.includes('data:image/svg+xml'))).toEqual([]);
  // Pictures that a page draws itself are no requests.
  expect(elsewhere.filter((url) => !/^(data|blob):/.test(url))).toEqual([]);
});

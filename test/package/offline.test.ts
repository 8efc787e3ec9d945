/** The built page, installed, with the network gone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from 'vite';
import { browserArguments, findBrowser } from '../../scripts/browser.mjs';
import { ROOT } from './built.ts';
import { serve, type Site } from './server.ts';

/** Any static host, any path. */
const PATH = '/of/any/path/';
const folder = mkdtempSync(join(tmpdir(), 'glassvisor-'));
let browser: Browser;
let site: Site;

beforeAll(async () => {
  await build({ root: ROOT, logLevel: 'error', build: { outDir: join(folder, PATH), emptyOutDir: true, sourcemap: false } });
  const path = await findBrowser();
  browser = await chromium.launch({ args: browserArguments(), ...(path ? { executablePath: path } : {}) });
  site = await serve(folder, '');
}, 120_000);

afterAll(async () => {
  await browser?.close();
  site?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Waits until the machine stands there. */
async function at(page: Page, tick: string): Promise<void> {
  await expect.poll(() => page.locator('gv-transport .tick input').inputValue(), { timeout: 15_000 }).toBe(tick);
}

async function ready(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Source' }).waitFor({ timeout: 20_000 });
}

test('works without a network from the second visit on, from any path, and takes up again what was left', async () => {
  const context = await browser.newContext({ locale: 'en' });
  const page = await context.newPage();
  await page.goto(`${site.origin}${PATH}index.html?guest=paging`);
  await ready(page);
  await page.keyboard.press('ArrowRight');
  await at(page, '1');
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  // The moment is kept when the machine has rested.
  await page.waitForTimeout(2500);
  site.close();
  const asked = site.asked.length;

  for (const address of [`${PATH}index.html?guest=paging`, PATH]) {
    await page.goto(site.origin + address);
    await ready(page);
  }
  await page.getByRole('button', { name: 'Take up again' }).click();
  await at(page, '1');
  await page.keyboard.press('ArrowRight');
  await at(page, '2');
  // Panels that come later come too, and so does French.
  await page.keyboard.press('s');
  await page.getByRole('img', { name: 'QR code' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^FR/ }).click();
  await page.getByRole('tab', { name: 'Parcours' }).waitFor();
  expect(site.asked.length).toBe(asked);
}, 60_000);

test('can be installed: the manifest’s icons are there, and it may lie anywhere', async () => {
  const other = await serve(folder, '');
  const page = await browser.newPage();
  await page.goto(`${other.origin}${PATH}index.html`);
  const manifest = await page.evaluate(async () => {
    const link = document.querySelector<HTMLLinkElement>('link[rel=manifest]')?.href ?? '';
    const read = (await (await fetch(link)).json()) as { start_url: string; icons: { src: string; sizes: string }[] };
    const icons = await Promise.all(
      read.icons.map(async ({ src, sizes }) => {
        const image = new Image();
        image.src = new URL(src, link).href;
        await image.decode();
        return `${image.naturalWidth}x${image.naturalHeight}` === sizes;
      }),
    );
    return { start: read.start_url, icons };
  });
  other.close();
  expect(manifest).toEqual({ start: './', icons: [true, true, true] });
}, 30_000);

/** `npm run picture`: every picture of README.md, taken from the live page. */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { browserArguments, provideBrowser } from './browser.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDER = resolve(ROOT, 'docs');
const SIZE = { width: 1366, height: 768 };

/** `act` brings the page, opened with `query`, to what is shown. */
const PICTURES = [
  {
    file: 'glassvisor.png',
    query: '?guest=ept-on-demand',
    // To the end, then back to the third of four violations: what is recorded on both sides of now shows on the timeline.
    act: async (page) => {
      await page.keyboard.press('c');
      await page.getByText('5 so far').waitFor();
      for (const number of [5, 4, 3]) {
        await page.keyboard.press('Shift+ArrowLeft');
        await page.getByText(`${number} so far`).waitFor();
      }
    },
  },
  {
    file: 'share.png',
    query: '?guest=ept-on-demand',
    act: async (page) => {
      await page.keyboard.press('Shift+ArrowRight');
      await page.getByText('1 so far').waitFor();
      await page.keyboard.press('s');
      await page.getByRole('img', { name: 'QR code of the link' }).waitFor();
    },
  },
  {
    file: 'present.png',
    query: '?guest=ept-on-demand&theme=dark',
    act: async (page) => {
      await page.keyboard.press('Shift+ArrowRight');
      await page.getByText('1 so far').waitFor();
      await page.keyboard.press('Shift+P');
      await page.getByRole('button', { name: 'End' }).waitFor();
    },
  },
];

const server = await createServer({ root: ROOT, logLevel: 'error', server: { port: 0, hmr: false } });
await server.listen();
const browser = await chromium.launch({ executablePath: await provideBrowser(ROOT), args: browserArguments() });
try {
  mkdirSync(FOLDER, { recursive: true });
  for (const { file, query, act } of PICTURES) {
    const page = await browser.newPage({
      viewport: SIZE,
      deviceScaleFactor: 1.5,
      colorScheme: 'light',
      locale: 'en',
      reducedMotion: 'reduce',
    });
    await page.goto(`${server.resolvedUrls.local[0]}${query}`);
    await page.getByRole('tab', { name: 'Source' }).waitFor();
    await act(page);
    await page.evaluate(() => document.fonts.ready);
    // The line through the glass is drawn when all else has come to rest.
    await page.waitForTimeout(800);
    await page.screenshot({ path: resolve(FOLDER, file) });
    await page.close();
    process.stdout.write(`docs/${file}\n`);
  }
} finally {
  await browser.close();
  await server.close();
}

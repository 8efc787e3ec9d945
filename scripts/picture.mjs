/** `node scripts/picture.mjs [FILE]`: the README's picture, taken from the live page: an EPT violation of a guest whose memory is mapped on demand. */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { browserArguments, provideBrowser } from './browser.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const FILE = resolve(process.argv[2] ?? resolve(ROOT, 'docs/glassvisor.png'));
const SIZE = { width: 1366, height: 768 };

const server = await createServer({ root: ROOT, logLevel: 'error', server: { port: 0 } });
await server.listen();
const browser = await chromium.launch({ executablePath: await provideBrowser(ROOT), args: browserArguments() });
try {
  const page = await browser.newPage({
    viewport: SIZE,
    deviceScaleFactor: 1.5,
    colorScheme: 'light',
    locale: 'en',
    reducedMotion: 'reduce',
  });
  await page.goto(`${server.resolvedUrls.local[0]}?guest=ept-on-demand&theme=light&lang=en`);
  await page.getByRole('tab', { name: 'Source' }).waitFor();
  // To the end, then back to the third of four violations: what is recorded on both sides of now shows on the timeline.
  await page.keyboard.press('c');
  await page.getByText('5 so far').waitFor();
  for (const number of [5, 4, 3]) {
    await page.keyboard.press('Shift+ArrowLeft');
    await page.getByText(`${number} so far`).waitFor();
  }
  await page.evaluate(() => document.fonts.ready);
  // The line through the glass is drawn when all else has come to rest.
  await page.waitForTimeout(500);
  mkdirSync(dirname(FILE), { recursive: true });
  await page.screenshot({ path: FILE });
  process.stdout.write(`${FILE}\n`);
} finally {
  await browser.close();
  await server.close();
}

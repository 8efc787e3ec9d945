/** `node scripts/icons.mjs`: the icons of the installed page, painted from favicon.svg: two sizes, and one whose edges a system may cut off. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium } from 'playwright';
import { browserArguments, provideBrowser } from './browser.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDER = resolve(ROOT, 'src/ui/theme/icons');
const PAPER = '#faf8f2';
/** `margin` is a part of the size: what is cut to a circle keeps its middle four fifths. */
const ICONS = [
  { name: 'icon-192.png', size: 192, margin: 0 },
  { name: 'icon-512.png', size: 512, margin: 0 },
  { name: 'icon-maskable-512.png', size: 512, margin: 0.12 },
];

const svg = readFileSync(resolve(ROOT, 'src/ui/theme/favicon.svg'), 'utf8');
const browser = await chromium.launch({ executablePath: await provideBrowser(ROOT), args: browserArguments() });
try {
  mkdirSync(FOLDER, { recursive: true });
  for (const { name, size, margin } of ICONS) {
    const page = await browser.newPage({ viewport: { width: size, height: size }, colorScheme: 'light' });
    const inner = Math.round(size * (1 - 2 * margin));
    const ground = margin > 0 ? PAPER : 'transparent';
    await page.setContent(
      `<style>html{background:${ground}}body{margin:0;height:100vh;display:grid;place-items:center}svg{width:${inner}px;height:${inner}px}</style>${svg}`,
    );
    writeFileSync(resolve(FOLDER, name), await page.screenshot({ omitBackground: true }));
    await page.close();
    process.stdout.write(`${name}\n`);
  }
} finally {
  await browser.close();
}

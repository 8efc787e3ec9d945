import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrowser } from '../../scripts/browser.mjs';
import { buildPage } from '../../scripts/build-page.mjs';
import { withLesson } from '../../src/ui/lessons/export.ts';
import { ROOT } from './built.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassvisor-'));
const file = join(folder, 'lesson.html');

beforeAll(async () => {
  await buildPage(ROOT);
  writeFileSync(file, withLesson(readFileSync(join(ROOT, 'dist/app/one-page.html'), 'utf8'), 'first-steps'));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

test('a lesson in one file runs from a disk, without a network, and asks for nothing else', async () => {
  const browser = await chromium.launch({ executablePath: await findBrowser(), args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ locale: 'fr-FR', viewport: { width: 1280, height: 800 }, offline: true });
    const asked: string[] = [];
    const errors: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(pathToFileURL(file).href);
    await page.locator('gv-lesson').getByText('Étape 1 sur 5').waitFor({ timeout: 30_000 });
    await page.keyboard.press('ArrowRight');
    await page.getByRole('button', { name: 'Étape suivante' }).waitFor();
    expect(errors).toEqual([]);
    expect(asked.filter((url) => !/^(file|blob|data):/.test(url))).toEqual([]);
    expect(asked.filter((url) => url.startsWith('file:'))).toEqual([pathToFileURL(file).href]);
  } finally {
    await browser.close();
  }
}, 120_000);

test('the name of a lesson cannot bring anything else into the file', () => {
  const html = '<meta name="glassvisor-lesson" content="" />';
  expect(withLesson(html, 'paging')).toBe('<meta name="glassvisor-lesson" content="paging" />');
  expect(withLesson(html, 'my', '<b>&"')).toBe(
    '<meta name="glassvisor-lesson" content="my" />\n<meta name="glassvisor-lesson-file" content="&lt;b>&amp;&quot;" />',
  );
  expect(withLesson(html, '"><script>')).toBe('<meta name="glassvisor-lesson" content="script" />');
});

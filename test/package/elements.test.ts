import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { built, ROOT } from './built.ts';
import { Reader, start, STRICT } from './reader.ts';

const reader = new Reader();
const LIB = '/dist/lib/element.js';
const PARTS = '/dist/lib/element/parts.js';
const SINGLE = '/dist/embed/glassvisor.js';

beforeAll(async () => {
  await built();
  await reader.begin();
}, 240_000);

afterEach(() => reader.rest());
afterAll(() => reader.end());

/** An empty page of the site with these scripts, in this order. */
async function pageWith(policy: string, ...scripts: readonly string[]): Promise<{ page: Page; complaints: string[] }> {
  const { origin } = await reader.site(ROOT, policy);
  const visit = await reader.visit(`${origin}/test/package/empty.html`);
  for (const script of scripts) await visit.page.addScriptTag({ url: origin + script, ...(script === SINGLE ? {} : { type: 'module' }) });
  await visit.page.waitForFunction(() => customElements.get('glass-visor'));
  return visit;
}

function add(page: Page, html: string): Promise<void> {
  return page.evaluate((text) => document.body.insertAdjacentHTML('beforeend', text), html);
}

describe('two versions on a page', () => {
  test.each([
    ['modules, then the single file', LIB, SINGLE],
    ['the single file, then modules', SINGLE, LIB],
    ['the single file twice', SINGLE, `${SINGLE}?again`],
  ])('do not disturb each other: %s', async (_, first, second) => {
    const { page, complaints } = await pageWith('', first, second, PARTS);
    await add(
      page,
      '<glass-visor id="one" guest="paging" scene="map"></glass-visor><glass-visor-registers for="one"></glass-visor-registers>',
    );
    expect(await start(page)).toBe('worker');
    await page.evaluate(() => document.querySelector('glass-visor')?.step(3));
    await page.locator('glass-visor-registers gv-registers').getByText('EAX').first().waitFor();
    await page.locator('glass-visor gv-map').waitFor();
    expect(complaints).toEqual([]);
  });
});

describe.each([
  ['modules', LIB],
  ['the single file', SINGLE],
])('under a strict policy, %s', (_, script) => {
  test('teach a lesson', async () => {
    const { page, complaints } = await pageWith(STRICT, script);
    await add(page, '<glass-visor lesson="first-exit" lang="fr" worker="/dist/embed/machine.worker.js"></glass-visor>');
    expect(await start(page)).toBe('worker');
    await page
      .locator('gv-lesson')
      .getByText(/Étape 1 sur/)
      .waitFor();
    const reached = page.evaluate(
      () => new Promise((resolve) => document.addEventListener('gv-checkpoint', (event) => resolve(event.detail.step), { once: true })),
    );
    await page.locator('gv-lesson button.show').click();
    expect(await reached).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('let a program be changed and run', async () => {
    const { page, complaints } = await pageWith(STRICT, script);
    await add(
      page,
      '<glass-visor editable density="full" worker="/dist/embed/machine.worker.js"><pre>bits 32\norg 0x10000\nmov eax, 6\nhlt</pre></glass-visor>',
    );
    await start(page);
    await page.locator('gv-viewer .transport .source').click();
    const editor = page.locator('gv-source .cm-content');
    await editor.getByText('mov eax, 6').click();
    await page.keyboard.press('End');
    await page.keyboard.press('Backspace');
    await page.keyboard.type('42');
    await page.keyboard.press('Control+Enter');
    await page.waitForFunction(() => document.querySelector('glass-visor')?.position?.reason === 'loaded');
    await expect
      .poll(() =>
        page.evaluate(async () => {
          await document.querySelector('glass-visor')?.run();
          return document.querySelector('glass-visor')?.state?.registers['EAX'];
        }),
      )
      .toBe(42);
    expect(complaints).toEqual([]);
  });

  test('give pictures, traces and answers away', async () => {
    const { page, complaints } = await pageWith(STRICT, script);
    await add(
      page,
      '<glass-visor guest="ept-permissions" tick="6425" app="/dist/app/" worker="/dist/embed/machine.worker.js"></glass-visor>',
    );
    await start(page);
    const given = await page.evaluate(async () => {
      const element = document.querySelector('glass-visor');
      if (!element) throw new Error('There is no element.');
      const svg = await (await element.exportImage()).text();
      return {
        svg: svg.slice(0, 4),
        trace: (await element.exportTrace()).split('\n').length,
        holds: await element.check('reason = 48'),
        missing: (await element.evaluate('v:0x202000')).outcome,
        link: await element.toUrl(),
      };
    });
    expect(given).toMatchObject({ svg: '<svg', holds: true, link: expect.stringMatching(/\/dist\/app\/#m\d/) });
    expect(given.trace).toBeGreaterThan(5);
    expect(complaints).toEqual([]);
  });
});

test('from a disk, the single file teaches, edits and has its parts', async () => {
  const { page, complaints } = await reader.visit(pathToFileURL(join(ROOT, 'examples/plain/index.html')).href);
  await add(page, '<glass-visor id="disk" lesson="first-exit" editable></glass-visor><glass-visor-code for="disk"></glass-visor-code>');
  await page.evaluate(() => (document.getElementById('disk') as HTMLElementTagNameMap['glass-visor']).boot());
  await page
    .locator('#disk gv-lesson')
    .getByText(/Step 1 of/)
    .waitFor();
  await page.locator('#disk .transport .source').click();
  await page.locator('#disk gv-source .cm-content').waitFor();
  await page.locator('glass-visor-code gv-code').getByText('mov').first().waitFor();
  expect(complaints).toEqual([]);
});

test('a scene whose code cannot be had is told of once, and the machine goes on', async () => {
  const { page } = await pageWith('', LIB);
  await page.route(/chunks\/tlb-/, (route) => route.abort());
  await add(page, '<glass-visor guest="paging" lang="en"></glass-visor>');
  await start(page);
  const told = await page.evaluate(async () => {
    const messages: string[] = [];
    const element = document.querySelector('glass-visor');
    document.addEventListener('gv-error', ({ detail }) => messages.push(detail.message));
    element?.setAttribute('scene', 'tlb');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const first = messages.length;
    element?.setAttribute('scene', 'walk');
    await element?.step(2);
    return { first, tick: element?.tick };
  });
  expect(told).toEqual({ first: 1, tick: 2 });
});

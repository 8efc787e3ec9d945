import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Frame } from 'playwright';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { built, ROOT } from './built.ts';
import { Reader, start, STRICT, type Visit } from './reader.ts';

const reader = new Reader();

beforeAll(async () => {
  await built();
  await reader.begin();
}, 240_000);

afterEach(() => reader.rest());
afterAll(() => reader.end());

describe('a plain page', () => {
  test('under a strict policy loads nothing heavy before the click, then runs in a worker of the site', async () => {
    const { origin, asked } = await reader.site(ROOT, STRICT);
    const { page, complaints } = await reader.visit(`${origin}/examples/plain/index.html`);
    expect(asked.filter((path) => path.includes('worker'))).toEqual([]);
    expect(await start(page)).toBe('worker');
    expect(await page.evaluate(() => document.querySelector('glass-visor')?.tick)).toBe(6425);
    expect(await page.locator('gv-viewer .why').first().textContent()).toMatch(/EPT leaf/);
    await page.locator('glass-visor-timeline gv-timeline').waitFor();
    expect(complaints).toEqual([]);
  });

  test('whose policy refuses workers from blobs, and names no file, runs the machine on the page', async () => {
    const { origin } = await reader.site(ROOT, STRICT);
    const { page, complaints } = await reader.visit(`${origin}/examples/plain/index.html`);
    await page.evaluate(() => document.querySelector('glass-visor')?.removeAttribute('worker'));
    expect(await start(page)).toBe('page');
    await page.evaluate(() => document.querySelector('glass-visor')?.step());
    expect(await page.locator('#where').textContent()).toMatch(/^tick 6426/);
    // The refusal of the blob is the browser's to report; nothing else is.
    expect(complaints.filter((text) => !text.includes('blob:'))).toEqual([]);
  });

  test('from a disk runs in a worker made from its own text', async () => {
    const { page, complaints } = await reader.visit(pathToFileURL(join(ROOT, 'examples/plain/index.html')).href);
    expect(await start(page)).toBe('worker');
    await page.locator('glass-visor').nth(1).locator('button[part~=poster]').click();
    await page.waitForFunction(() => document.querySelectorAll('glass-visor')[1].ready);
    await page.evaluate(() => document.querySelectorAll('glass-visor')[1].run());
    expect(await page.locator('#where').textContent()).toBe('tick 5 (halt)');
    expect(complaints.filter((text) => !/machine\.worker\.js|Not allowed to load/.test(text))).toEqual([]);
  });
});

describe('a page with the script of another server', () => {
  test('has its worker all the same', async () => {
    const cdn = await reader.site(ROOT, '');
    const { origin } = await reader.site(ROOT, '');
    const { page, complaints } = await reader.visit(`${origin}/test/package/empty.html`);
    await page.addScriptTag({ type: 'module', url: `${cdn.origin}/dist/lib/element.js` });
    await page.evaluate(() => document.body.append(Object.assign(document.createElement('glass-visor'), { guest: 'hello' })));
    expect(await start(page)).toBe('worker');
    expect(complaints).toEqual([]);
  });
});

describe('a React page', () => {
  const out = mkdtempSync(join(tmpdir(), 'glassvisor-react-'));
  beforeAll(async () => {
    await build({
      root: resolve(ROOT, 'examples/react'),
      configFile: false,
      logLevel: 'error',
      base: './',
      resolve: {
        alias: [
          { find: /^glassvisor$/, replacement: resolve(ROOT, 'dist/lib/element.js') },
          { find: /^glassvisor\/(parts\.js)$/, replacement: resolve(ROOT, 'dist/lib/element/$1') },
        ],
      },
      build: { outDir: out, emptyOutDir: true },
      worker: { format: 'es' },
    });
  }, 60_000);
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  test('under a strict policy sets attributes, hears events, and leaves nothing behind', async () => {
    expect(existsSync(join(out, 'index.html'))).toBe(true);
    const { origin } = await reader.site(out, STRICT);
    const { page, complaints } = await reader.visit(`${origin}/index.html`);
    expect(await start(page)).toBe('worker');
    await page.locator('#next').click();
    await expect.poll(() => page.locator('#where').textContent()).toMatch(/^Tick \d+: exit$/);
    await page.locator('glass-visor-registers gv-registers').getByText('EAX').first().waitFor();
    expect(page.workers()).toHaveLength(1);
    await page.locator('#toggle').click();
    await expect.poll(() => page.workers().length).toBe(0);
    await page.locator('#toggle').click();
    expect(await start(page)).toBe('worker');
    expect(complaints).toEqual([]);
  });
});

describe('a learning platform’s sandboxed frame', () => {
  async function lesson(policy: string): Promise<Visit & { frame: Frame }> {
    const { origin } = await reader.site(ROOT, policy);
    const seen = await reader.visit(`${origin}/examples/lms/index.html`);
    const frame = seen.page.frames().find((f) => f !== seen.page.mainFrame());
    if (!frame) throw new Error('The page has no frame.');
    await frame.waitForSelector('glass-visor');
    return { ...seen, frame };
  }

  test.each([
    ['without a policy, in a worker made from text', '', 'worker'],
    ['under a strict one, on the frame’s own thread', STRICT, 'page'],
  ])('runs %s, and obeys the page through a port', async (_, policy, place) => {
    const { page, frame, complaints } = await lesson(policy);
    expect(await frame.evaluate(() => self.origin)).toBe('null');
    expect(await start(frame)).toBe(place);
    await page.locator('#next').click();
    await expect.poll(() => page.locator('#where').textContent(), { timeout: 20_000 }).toMatch(/^sortie \d+ : [A-Z]/);
    expect(await page.locator('#where').getAttribute('data-place')).toBe(place);
    expect(await frame.locator('gv-viewer .run').textContent()).toBe('Lancer');
    // The course gives the frame the height that it asks for.
    expect(Number(await page.locator('iframe').getAttribute('height'))).not.toBe(420);
    expect(complaints.filter((text) => !text.includes('blob:'))).toEqual([]);
  });

  test('does not obey a page that it does not know', async () => {
    const { origin } = await reader.site(ROOT, '');
    const { page } = await reader.visit(`${origin}/examples/lms/index.html`);
    await page.evaluate(() => {
      const frame = document.querySelector('iframe') as HTMLIFrameElement;
      frame.src = frame.src.replace('origin=*', 'origin=https://elsewhere.example');
    });
    await page.reload();
    const answer = await page.evaluate(async () => {
      const frame = document.createElement('iframe');
      frame.src = '../../dist/app/embed.html?guest=hello&origin=https://elsewhere.example';
      document.body.append(frame);
      const port = await new Promise<MessagePort>((resolve) => {
        addEventListener('message', ({ data, ports }) => data?.id === 'mine' && resolve(ports[0]));
        setInterval(() => frame.contentWindow?.postMessage({ gv: 1, type: 'hello', id: 'mine' }, '*'), 100);
      });
      const ask = (id: number, method: string): Promise<{ id: number; result?: unknown; error?: { code: string } }> =>
        new Promise((resolve) => {
          port.addEventListener('message', ({ data }) => data.id === id && resolve(data));
          port.start();
          port.postMessage({ id, method });
        });
      return [await ask(1, 'run'), await ask(2, 'position'), await ask(3, 'eval')];
    });
    expect(answer.map(({ error }) => error?.code)).toEqual(['not-trusted', undefined, 'unknown-method']);
    expect(answer[1].result).toBeNull();
  });

  test('is found by the client that the package brings', async () => {
    const { origin } = await reader.site(ROOT, STRICT);
    const { page } = await reader.visit(`${origin}/test/package/empty.html`);
    // As text: what runs there is not this file's business to bundle.
    const told = await page.evaluate(`(async () => {
      const { connectFrame } = await import(location.origin + '/dist/lib/element/frame-client.js');
      const iframe = document.createElement('iframe');
      iframe.src = '../../dist/app/embed.html#guest=hello&reveal=manual';
      document.body.append(iframe);
      const machine = await connectFrame(iframe);
      const stops = [];
      machine.on('gv-stop', ({ tick }) => stops.push(tick));
      await machine.call('step', 3);
      const before = await machine.call('position');
      await machine.call('set', 'theme', 'dark');
      const refused = await machine.call('set', 'onclick', 'alert(1)').catch((error) => error.message);
      machine.close();
      return { trusted: machine.trusted, before, refused, stops };
    })()`);
    expect(told).toMatchObject({ trusted: true, before: { tick: 3, reason: 'step' }, refused: 'A page cannot set "onclick".', stops: [3] });
  });
});

/** The built page, moment by moment, beside the pictures that somebody has looked at and found good. GLASSVISOR_PICTURES=write takes them anew. */
import { resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserArguments, findBrowser } from '../../scripts/browser.mjs';
import { built, ROOT } from './built.ts';
import { difference, isSame, keep, kept, type Look, LOOKS, packed, type View } from './pictures.ts';
import { serve, type Site } from './server.ts';

const REFERENCES = resolve(import.meta.dirname, 'pictures');
/** Where pictures go that are not as they were. */
const NEW = resolve(ROOT, 'dist/pictures');
const IS_WRITING = process.env['GLASSVISOR_PICTURES'] === 'write';
const POLICY = "default-src 'self'; style-src 'self'; worker-src 'self'; img-src 'self' data:";

const EXIT = 'Shift+ArrowRight';
const VIEWS: readonly View[] = [
  { name: 'first-frame', query: '?', keys: [] },
  { name: 'walk', query: '?guest=ept-on-demand', keys: [EXIT] },
  { name: 'map', query: '?guest=ept-on-demand', keys: [EXIT], scene: 'map' },
  { name: 'tables', query: '?guest=ept-on-demand', keys: [EXIT], scene: 'tables' },
  { name: 'memory', query: '?guest=paging', keys: ['c'], scene: 'memory' },
  { name: 'vmcs', query: '?guest=first-exit', keys: [EXIT], scene: 'vmcs' },
  { name: 'checks', query: '?guest=entry-failures', keys: [EXIT], scene: 'vmcs', tab: 'Checks' },
  { name: 'tlb', query: '?guest=stale-tlb', keys: [EXIT, EXIT], scene: 'tlb' },
  { name: 'virtqueue', query: '?guest=virtio-ring', keys: ['c'], scene: 'virtio' },
  { name: 'iommu', query: '?guest=dma-isolation', keys: ['c'], scene: 'iommu' },
  { name: 'pci', query: '?guest=sriov', keys: ['c'], scene: 'pci' },
  { name: 'balloon', query: '?guest=overcommit', keys: [EXIT], scene: 'balloon' },
  { name: 'vms', query: '?guest=overcommit', keys: [EXIT], scene: 'vms' },
  { name: 'lesson', query: '?lesson=first-exit', keys: [], scene: 'vmcs' },
];

let browser: Browser;
let site: Site;

beforeAll(async () => {
  await built();
  site = await serve(resolve(ROOT, 'dist/app'), POLICY);
  const path = await findBrowser();
  browser = await chromium.launch({ args: browserArguments(), ...(path ? { executablePath: path } : {}) });
}, 240_000);

afterAll(async () => {
  await browser?.close();
  site?.close();
});

/** What of the page's element a picture needs. */
interface App {
  readonly session: {
    readonly store: {
      readonly state: { readonly frame: { readonly running: boolean; readonly serial: number } | null };
      look(view: object): void;
    };
  };
}

async function open({ query, keys, scene, tab }: View): Promise<Page> {
  const page = await browser.newPage({
    viewport: { width: 1366, height: 768 },
    locale: 'en',
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  await page.goto(`${site.origin}/index.html${query}`);
  await page.getByRole('tab', { name: 'Source' }).waitFor({ timeout: 30_000 });
  for (const key of keys) {
    const serial = await page.evaluate(
      () => (document.querySelector('glassvisor-app') as unknown as App).session.store.state.frame?.serial,
    );
    await page.keyboard.press(key);
    await page.waitForFunction((before) => {
      const { frame } = (document.querySelector('glassvisor-app') as unknown as App).session.store.state;
      return frame !== null && frame.serial !== before && !frame.running;
    }, serial);
  }
  if (tab) {
    await show(page, { scene });
    await page.getByRole('tab', { name: tab }).click();
  }
  return page;
}

async function show(page: Page, look: object): Promise<void> {
  await page.evaluate((change) => (document.querySelector('glassvisor-app') as unknown as App).session.store.look(change), look);
}

async function take(page: Page, { width, height, theme, language }: Look, scene: string): Promise<Buffer> {
  await page.setViewportSize({ width, height });
  await show(page, { theme, language, scene });
  await page.evaluate(() => document.fonts.ready);
  // Panels ask the machine, and what moves comes to rest.
  await page.waitForTimeout(500);
  return page.screenshot({ animations: 'disabled', caret: 'hide' });
}

// Other systems draw other glyphs: the pictures are of Linux.
describe.runIf(process.platform === 'linux')('the page looks as it did when somebody looked', () => {
  test.each(VIEWS)(
    'at $name',
    async (view) => {
      const page = await open(view);
      const different: string[] = [];
      for (const look of LOOKS) {
        const name = `${view.name}-${look.width}-${look.theme}-${look.language}.webp`;
        const now = await packed(await take(page, look, view.scene ?? 'walk'));
        const before = kept(resolve(REFERENCES, name));
        if (IS_WRITING) keep(resolve(REFERENCES, name), now);
        else if (!before || !(await isSame(before, now))) {
          keep(resolve(NEW, name), now);
          different.push(
            `${name} (${before ? `${(100 * (await difference(before, now))).toFixed(2)} % differ` : 'there is none yet'}, see dist/pictures)`,
          );
        }
      }
      await page.close();
      expect(different).toEqual([]);
    },
    120_000,
  );
});

test('two pictures of unlike moments are told apart', async () => {
  const [one, other] = ['walk', 'map'].map((name) => kept(resolve(REFERENCES, `${name}-1366-light-en.webp`)));
  if (!one || !other) throw new Error('The pictures are missing.');
  expect(await isSame(one, one)).toBe(true);
  expect(await isSame(one, other)).toBe(false);
});

import { page as browser } from 'vitest/browser';
import { afterEach, expect, test } from 'vitest';
import type { Scene } from '../../src/ui/scenes.ts';
import { faults } from './measure.ts';
import { Page } from './page.ts';

const SIZES = [
  [360, 740],
  [768, 1024],
  [1366, 768],
  [1920, 1080],
] as const;

/** A guest, what brings it to where its panels have most to show, and those panels. */
const VIEWS: readonly { readonly guest: string; readonly act: (page: Page) => Promise<unknown>; readonly scenes: readonly Scene[] }[] = [
  {
    guest: 'ept-on-demand',
    act: (page) => page.after(() => page.press('Shift+ArrowRight')),
    scenes: ['walk', 'map', 'vmcs', 'tlb', 'tables', 'memory'],
  },
  { guest: 'virtio-ring', act: (page) => page.after(() => page.press('c')), scenes: ['virtio'] },
  { guest: 'dma-isolation', act: (page) => page.after(() => page.press('c')), scenes: ['iommu', 'pci'] },
  { guest: 'overcommit', act: (page) => page.after(() => page.app.session.step('exit')), scenes: ['vms', 'balloon'] },
];

afterEach(() => browser.viewport(1280, 800));

/** Until what moves has come to rest, in every shadow: one thing that rests may set another going. */
async function rest(): Promise<void> {
  await document.fonts.ready;
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 30)));
    await Promise.allSettled(moving(document).map((animation) => animation.finished));
  }
}

/** A document tells of its own animations alone, not of those in the shadows below it. */
function moving(root: Document | ShadowRoot): readonly Animation[] {
  const shadows = [...root.querySelectorAll('*')].flatMap(({ shadowRoot }) => shadowRoot ?? []);
  return [...root.getAnimations(), ...shadows.flatMap(moving)];
}

test.each(VIEWS)(
  'of $guest nothing is cut off and nothing lies on something else, at any size, in both languages',
  async ({ guest, act, scenes }) => {
    const page = await Page.open({ guest });
    await act(page);
    const found: string[] = [];
    for (const [width, height] of SIZES) {
      await browser.viewport(width, height);
      for (const language of ['en', 'fr'] as const) {
        for (const scene of scenes) {
          page.app.session.store.look({ scene, language });
          await page.settle();
          await rest();
          found.push(...new Set(faults(page.app).map((fault) => `${scene} ${width} ${language} ${fault}`)));
        }
      }
    }
    expect(found).toEqual([]);
  },
  120_000,
);

test('the themes differ in colour alone', async () => {
  const page = await Page.open({ guest: 'ept-on-demand' });
  await page.after(() => page.press('Shift+ArrowRight'));
  const boxes = async (theme: 'light' | 'dark'): Promise<string[]> => {
    page.app.session.store.look({ theme });
    await page.settle();
    await rest();
    return page.all('gv-walk', '*').map((element) => JSON.stringify(element.getBoundingClientRect()));
  };
  expect(await boxes('dark')).toEqual(await boxes('light'));
  page.app.session.store.look({ theme: 'light' });
  await page.settle();
});

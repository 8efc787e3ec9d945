import axe from 'axe-core';
import { page as browser } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import type { Scene } from '../../src/ui/scenes.ts';
import { Page } from './page.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

afterEach(() => browser.viewport(1280, 800));

/** A page on a scene, its guest run to the end or to `tick`. */
async function open(
  guest: string,
  scene: Scene,
  { tick, view = {} }: { tick?: (page: Page) => number; view?: Partial<Page['state']['view']> } = {},
): Promise<Page> {
  const page = await Page.open({ guest, view: { ...view, scene } });
  await page.after(() => page.app.session.run());
  if (tick) await page.after(() => page.app.session.seek(tick(page)));
  await shown(page, `gv-${scene}`, '.foot');
  return page;
}

/** Waits until the panel has drawn what it asked for. */
async function shown(page: Page, panel: string, what: string): Promise<void> {
  const started = performance.now();
  while (page.all(panel, what).length === 0) {
    if (performance.now() - started > 10_000) throw new Error(`${what} does not come`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await page.settle();
}

const refusal = (page: Page): number => page.state.history.refusals[0].at;
const tab = (page: Page, panel: string, id: string): Promise<void> => {
  page.find(panel, `#tab-${id}`).click();
  return page.settle();
};

describe('the IOMMU', () => {
  test('follows the request that was refused, to the entry and the bit', async () => {
    const page = await open('dma-isolation', 'iommu', { tick: refusal });
    expect(page.all('gv-iommu', '.path .dot').map((dot) => dot.textContent)).toEqual(['1', '2', '3', '4']);
    expect(page.text('gv-iommu', '.fault')).toMatch(/^4\s?\[2\].*W=0 ✕/);
    expect(page.text('gv-iommu', '.compare')).toMatch(
      /As it goes\s*✕ blocked: no write permission fault 0x05, recorded.*Without the IOMMU\s*→ h:0x00410000 RAM/,
    );
    expect(page.text('gv-iommu', '.made')).toMatch(/^refused at tick/);
    expect(page.text('gv-iommu', '.log')).toContain('00:01.0 may not write io:0x00410000: no write permission');
  });

  test('explains any request that the reader asks about, and comes back to the last one', async () => {
    const page = await open('dma-isolation', 'iommu', { tick: refusal });
    page.find<HTMLInputElement>('gv-iommu', 'input[name=address]').value = '0x212345';
    page.find<HTMLFormElement>('gv-iommu', 'form').requestSubmit();
    await until(() => page.text('gv-iommu', '.path li:last-child').includes('212345'));
    expect(page.text('gv-iommu', '.made')).toBe('as if it were made now');
    expect(page.text('gv-iommu', '.compare')).toContain('h:0x00212345 RAM');
    page.find<HTMLInputElement>('gv-iommu', '.request input[type=checkbox]').click();
    await until(() => page.text('gv-iommu', '.made').startsWith('refused'));
    page.find<HTMLInputElement>('gv-iommu', 'input[name=address]').value = 'nonsense';
    page.find<HTMLFormElement>('gv-iommu', 'form').requestSubmit();
    await page.settle();
    expect(page.find('gv-iommu', 'input[name=address]').getAttribute('aria-invalid')).toBe('true');
  });

  test('has a table twin, and sections that the arrow keys go through', async () => {
    const page = await open('dma-isolation', 'iommu', { tick: refusal });
    page.press('t');
    await page.settle();
    expect(page.all('gv-iommu', '.table-scroll tbody tr')).toHaveLength(4);
    expect(page.text('gv-iommu', '.here-row')).toMatch(/^4\s*SL-PD\[2\]/);
    page.find('gv-iommu', '#tab-faults').focus();
    page.press('ArrowRight');
    await page.settle();
    expect(page.find('gv-iommu', '#tab-caches').getAttribute('aria-selected')).toBe('true');
    await tab(page, 'gv-iommu', 'domains');
    expect(page.text('gv-iommu', '.section')).toMatch(/1\s*00:01.0\s*3\s*h:0x00130000\s*io:0x00200000 → h:0x00200000 2.MiB RW/);
    await tab(page, 'gv-iommu', 'groups');
    expect(page.all('gv-iommu', '.group').length).toBeGreaterThan(0);
    await tab(page, 'gv-iommu', 'registers');
    expect(page.text('gv-iommu', '.words')).toMatch(/Translation\s*on\s*Root table\s*h:0x00120000/);
  });

  test('says before it is switched on that every address is a host address', async () => {
    const page = await Page.open({ guest: 'dma-isolation', view: { scene: 'iommu' } });
    await shown(page, 'gv-iommu', '.plain');
    expect(page.text('gv-iommu', '.plain')).toMatch(/^Translation is off/);
  });

  test('marks what the caches hold and the tables no longer say', async () => {
    const page = await open('stale-iotlb', 'iommu');
    const stale = async (tick: number): Promise<boolean> => {
      await page.after(() => page.app.session.seek(tick));
      await tab(page, 'gv-iommu', 'caches');
      await new Promise((resolve) => setTimeout(resolve, 30));
      await page.settle();
      return page.all('gv-iommu', '.stale-mark').length > 0;
    };
    const end = page.state.frame?.endTick ?? 0;
    const found: boolean[] = [];
    for (let i = 1; i <= 24; i++) found.push(await stale(Math.floor((end * i) / 24)));
    expect(found).toContain(true);
    expect(found).toContain(false);
  });
});

describe('PCI', () => {
  test('shows virtual functions as they appear, and how their routing IDs follow', async () => {
    const page = await Page.open({ guest: 'sriov', view: { scene: 'pci' } });
    await shown(page, 'gv-pci', '[role=treeitem]');
    expect(page.all('gv-pci', '[role=treeitem]').some((item) => item.textContent?.includes('VF 1'))).toBe(false);
    expect(page.text('gv-pci', '.sentence')).toMatch(/^VF enable is 0/);
    await page.after(() => page.app.session.run());
    await until(() => page.all('gv-pci', '[role=treeitem]').some((item) => item.textContent?.includes('VF 2')));
    expect(page.text('gv-pci', '.sentence')).toMatch(/^VF enable is 1: 2 of at most 2/);
    const sums = page.all('gv-pci', '.rids .sum').map((sum) => sum.textContent?.replace(/\s+/g, ' '));
    expect(sums[1]).toMatch(/^= [\d:.a-f]+ \+ \d+ \+ \(2 . 1\) × 1$/);
  });

  test('goes through the tree with the arrow keys, and shows a function’s bits, windows and bytes', async () => {
    const page = await open('sriov', 'pci');
    page.find('gv-pci', '[role=treeitem][aria-selected=true]').focus();
    page.press('ArrowDown');
    await page.settle();
    expect(page.text('gv-pci', '[aria-selected=true]')).toContain('VF 1');
    await tab(page, 'gv-pci', 'function');
    expect(page.text('gv-pci', '.identity')).toMatch(/^Virtual function 1 of/);
    expect(page.text('gv-pci', '.flags')).toContain('master 1');
    await tab(page, 'gv-pci', 'config');
    expect(
      page
        .all('gv-pci', '.dump .byte.known')
        .slice(0, 4)
        .map((b) => b.textContent),
    ).toEqual(['FF', 'FF', 'FF', 'FF']);
    page.press('t');
    await page.settle();
    expect(page.all('gv-pci', '.dump')).toHaveLength(0);
    expect(page.all('gv-pci', '.fields tbody tr').length).toBeGreaterThan(15);
  });

  test('shows each partition between what it is guaranteed and what it may have', async () => {
    const page = await open('npar', 'pci');
    expect(page.all('gv-pci', '.partitions li')).toHaveLength(3);
    expect(page.find('gv-pci', '.share').getAttribute('aria-label')).toMatch(/^Partition 0: [\d.]+ % of the wire, min 50 %, max 100 %$/);
    page.press('t');
    await page.settle();
    expect(page.all('gv-pci', '.section tbody tr')).toHaveLength(3);
  });
});

describe('balloons', () => {
  test('show the guest’s view, the host’s view and every page, drawn and as a table', async () => {
    const page = await open('balloon', 'balloon');
    const frame = page.state.frame?.endTick ?? 0;
    await page.after(() => page.app.session.seek(Math.floor(frame * 0.58)));
    await until(() => page.text('gv-balloon', '.asked').includes('inside'));
    const gauges = page.all('gv-balloon', '.gauge .bar').map((bar) => bar.getAttribute('aria-label') ?? '');
    expect(gauges[1]).toMatch(/^Guest’s view: .*in the balloon \d+/);
    expect(gauges[2]).toMatch(/^Host’s view: resident \d+.*ballooned \d+$/);
    const numbers = (text: string): number => [...text.matchAll(/ (\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
    expect([numbers(gauges[1]), numbers(gauges[2])]).toEqual([256, 256]);
    expect(page.all('gv-balloon', '.mosaic > rect').length).toBeGreaterThan(3);
    page.press('t');
    await page.settle();
    expect(page.all('gv-balloon', '.records').length).toBeGreaterThan(1);
    expect(page.text('gv-balloon', '.records tbody tr')).toMatch(/^vm0\s*256/);
  });
});

async function until(test: () => boolean): Promise<void> {
  const started = performance.now();
  while (!test()) {
    if (performance.now() - started > 10_000) throw new Error(`it never came: ${test}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe.each(['light', 'dark'] as const)('in the %s theme axe finds nothing wrong', (theme) => {
  const violations = async (page: Page): Promise<string[]> => {
    await page.settle();
    const runOnly = theme === 'light' ? RULES : ['color-contrast'];
    const { violations: found } = await axe.run(page.app, { runOnly, resultTypes: ['violations'] });
    return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(' > ')} ${node.failureSummary ?? ''}`));
  };

  test.each([
    ['dma-isolation', 'iommu', ['faults', 'caches', 'domains', 'groups', 'registers']],
    ['sriov', 'pci', ['function', 'config', 'sriov']],
    ['npar', 'pci', ['partitions']],
    ['balloon', 'balloon', []],
  ] as const)('with %s in the scene %s, drawn and as tables', async (guest, scene, tabs) => {
    const page = await open(guest, scene, { view: { theme } });
    expect(await violations(page), 'drawn').toEqual([]);
    for (const id of tabs) {
      await tab(page, `gv-${scene}`, id);
      expect(await violations(page), id).toEqual([]);
    }
    page.press('t');
    expect(await violations(page), 'tables').toEqual([]);
    await page.after(() => page.app.session.seek(1000));
    await browser.viewport(390, 844);
    expect(await violations(page), 'on a phone').toEqual([]);
  });
});

test.each(['iommu', 'pci', 'balloon'] as const)('the scene %s never makes the page scroll sideways, in either language', async (scene) => {
  const page = await open(scene === 'balloon' ? 'balloon' : scene === 'pci' ? 'sriov' : 'dma-isolation', scene);
  for (const [width, height] of [
    [360, 740],
    [768, 1024],
    [1366, 768],
    [1920, 1080],
  ] as const) {
    await browser.viewport(width, height);
    for (const language of ['fr', 'en'] as const) {
      page.app.session.store.look({ language });
      await page.settle();
      const { scrollWidth, clientWidth } = document.documentElement;
      expect(scrollWidth, `${width} ${language}`).toBeLessThanOrEqual(clientWidth);
    }
  }
});

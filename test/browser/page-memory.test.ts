/** The trees of tables and the bytes of memory in a browser: keyboard, edits, lens, and that everybody can read them at every size. */
import axe from 'axe-core';
import { page as browser } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { faults } from './measure.ts';
import { Page } from './page.ts';

const TREE = ['gv-tables', '[role=treegrid]'] as const;
const SIZES = [
  [1366, 768],
  [768, 1024],
  [360, 740],
] as const;

afterEach(() => browser.viewport(1280, 800));

/** Waits until the panel has what it asked for, the recollection of the last ticks with it. */
async function shown(page: Page): Promise<void> {
  for (let round = 0; round < 6; round++) {
    await page.settle();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Whatever a reader could not read or use, at every size in both languages and themes. */
async function expectReadable(page: Page, panel: string): Promise<void> {
  for (const [width, height] of SIZES) {
    await browser.viewport(width, height);
    for (const [language, theme] of [
      ['en', 'light'],
      ['fr', 'dark'],
    ] as const) {
      page.app.session.store.look({ language, theme });
      document.documentElement.dataset['theme'] = theme;
      await shown(page);
      expect(faults(page.find(panel)), `${width} ${language}`).toEqual([]);
      const { violations } = await axe.run(page.find(panel), {
        resultTypes: ['violations'],
        rules: { region: { enabled: false }, 'target-size': { enabled: true } },
      });
      expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
    }
  }
}

/** `ept-on-demand` behind its second EPT violation. */
async function violated(scene: 'tables' | 'memory'): Promise<Page> {
  const page = await Page.open({ guest: 'ept-on-demand', view: { scene } });
  for (let i = 0; i < 2; i++) await page.after(() => page.app.session.step('exit'));
  await shown(page);
  return page;
}

describe('the trees of tables', () => {
  const names = (page: Page): string[] => page.all(...TREE, '[role=row] .index').map((name) => name.textContent ?? '');
  const here = (page: Page): string => page.focused.querySelector('.name')?.textContent?.trim() ?? '';

  test('show the way of the lens with the numbers of the walk, and where it ends', async () => {
    const page = await violated('tables');
    expect(names(page)).toEqual(expect.arrayContaining(['PDE[0]', 'PTE[515]', 'PML4E[0]', 'PTE[3]']));
    expect(page.all(...TREE, '.fault .dot').map((dot) => dot.textContent)).toEqual([expect.stringContaining('14')]);
    expect(page.text('gv-tables')).toContain('R=0 ✕');
    // The end of the way is in sight.
    const [end, scroll] = [page.find('gv-tables', '.fault'), page.find('gv-tables', '.scroll')].map((e) => e.getBoundingClientRect());
    expect(end.bottom).toBeLessThanOrEqual(scroll.bottom + 1);
  });

  test('leave the page where the reader has it: on a phone nothing scrolls away with the end of the way', async () => {
    await browser.viewport(360, 420);
    const page = await violated('tables');
    expect(page.find('gv-tables', '.line.end').getBoundingClientRect().bottom).toBeGreaterThan(innerHeight);
    expect(scrollY).toBe(0);
    page.app.session.store.look({ scene: 'memory' });
    await shown(page);
    expect(scrollY).toBe(0);
  });

  test('are gone through, opened and closed by keyboard', async () => {
    const page = await violated('tables');
    page.find('gv-tables', '[role=row][tabindex="0"]').focus();
    const press = async (key: string): Promise<void> => {
      page.press(key);
      await shown(page);
    };
    await press('Home');
    expect(here(page)).toBe('CR3');
    await press('ArrowDown');
    expect(here(page)).toMatch(/^PDE\[0\]/);
    expect(page.focused.getAttribute('aria-expanded')).toBe('true');
    const before = names(page).length;
    await press('ArrowLeft');
    expect(page.focused.getAttribute('aria-expanded')).toBe('false');
    expect(names(page).length).toBeLessThan(before);
    // How full it is stands there instead.
    expect(page.focused.textContent).toMatch(/1024 of 1024 present/);
    await press('ArrowRight');
    await press('ArrowRight');
    expect(here(page)).toBe('[0 … 15]');
    await press('ArrowLeft');
    expect(here(page)).toMatch(/^PDE\[0\]/);
    await press('End');
    expect(page.focused.getAttribute('aria-level')).toBe('2');
    // The machine has not moved.
    expect(page.state.frame?.stop.reason).toBe('exit');
  });

  test('put the lens on what an entry speaks for, from either tree', async () => {
    const page = await violated('tables');
    const rows = page.all(...TREE, '[role=row]');
    rows.find((row) => row.textContent?.includes('PTE[16]'))?.click();
    await shown(page);
    expect(page.state.view.lens.linear).toBe(0x10000);
    const ept = page.all(...TREE, '[role=row]').find((row) => row.textContent?.includes('PTE[135]'));
    ept?.click();
    await shown(page);
    expect(page.state.view.lens.linear).toBe(0x87000);
  });

  test('change an entry by its bits, and tell what it was', async () => {
    const page = await violated('tables');
    page.find('gv-tables', '.fault').focus();
    page.press('F2');
    await page.settle();
    const form = page.find('gv-editor', 'form');
    const input = form.querySelector('input:not([type=checkbox])') as HTMLInputElement;
    input.value = '0x00900037';
    input.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
    await page.after(() => (form as HTMLFormElement).requestSubmit());
    await shown(page);
    expect(page.all('gv-tables', '.fault')).toHaveLength(0);
    expect(page.find('gv-tables', 'mark').textContent).toBe('0x900037');
  });

  test('can be read by everybody at every size', async () => expectReadable(await violated('tables'), 'gv-tables'), 120_000);

  test('say so where there are none', async () => {
    const page = await Page.open({ guest: 'hello', view: { scene: 'tables' } });
    await shown(page);
    expect(page.text('gv-tables')).toContain('Neither paging nor an EPT is in force');
  });
});

describe('memory', () => {
  const cursor = (page: Page): string => page.find('gv-memory', '.foot .chain').textContent ?? '';

  /** `paging` at its end. */
  async function paging(): Promise<Page> {
    const page = await Page.open({ guest: 'paging', view: { scene: 'memory' } });
    await page.after(() => page.press('c'));
    await shown(page);
    return page;
  }

  async function goTo(page: Page, place: string): Promise<void> {
    const input = page.find<HTMLInputElement>('gv-memory', 'input[name=place]');
    input.value = place;
    input.form?.requestSubmit();
    await shown(page);
  }

  test('goes with the lens, and elsewhere by address, name and register', async () => {
    const page = await paging();
    await page.app.session.pin({ linear: 0x401000 });
    await shown(page);
    expect(cursor(page)).toContain('v:0x00401000');
    await goTo(page, 'EIP');
    expect(page.find('gv-memory', '.cell[tabindex="0"]').dataset['at']).toBe(String(page.state.frame?.code?.current));
    expect(page.all('gv-memory', '.name.register').map((name) => name.textContent)).toContain('EIP');
    expect(page.all('gv-memory', '.fact .note').map((kind) => kind.textContent)).toContain('instruction');
    await goTo(page, 'h:0x22004');
    expect(cursor(page)).toContain('h:0x00022004');
    expect(page.text('gv-memory', '.foot')).toContain('PTE[1]');
    await goTo(page, 'nowhere at all');
    expect(page.find('gv-memory', 'input[name=place]').getAttribute('aria-invalid')).toBe('true');
  });

  test('is gone through by keyboard, and chosen, watched and changed', async () => {
    const page = await paging();
    await goTo(page, '0x101000');
    page.find('gv-memory', '.cell[tabindex="0"]').focus();
    const press = async (key: string): Promise<void> => {
      page.press(key);
      await shown(page);
    };
    await press('ArrowRight');
    await press('ArrowDown');
    expect((page.focused as HTMLElement).dataset['at']).toBe(String(0x101011));
    await press('Shift+ArrowRight');
    await press('Shift+ArrowRight');
    expect(page.all('gv-memory', '.cell[aria-selected=true]')).toHaveLength(3);
    page.all<HTMLButtonElement>('gv-memory', '.acts button').at(-1)?.click();
    await shown(page);
    expect(page.state.view.watchpoints).toMatchObject([{ space: 'v', address: 0x101011, length: 3, access: 'any' }]);
    expect(page.all('gv-memory', '.watched')).toHaveLength(3);
    await press('PageDown');
    expect((page.focused as HTMLElement).classList.contains('cell')).toBe(true);
    await press('PageUp');
    page.press('Enter');
    await page.settle();
    const form = page.find<HTMLFormElement>('gv-editor', 'form');
    const input = form.querySelector('input') as HTMLInputElement;
    input.value = '2A';
    input.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
    await page.after(() => form.requestSubmit());
    await shown(page);
    expect(page.all('gv-memory', '.by-hand.changed')).toHaveLength(1);
  });

  test('offers no change of what is not there', async () => {
    const page = await violated('memory');
    const change = (): HTMLButtonElement | undefined => page.all<HTMLButtonElement>('gv-memory', '.acts button')[0];
    expect([page.text('gv-memory', '.what'), change()?.disabled]).toEqual(['v:0x00203000 → ✕ not mapped', true]);
    await goTo(page, '0x10578');
    expect(change()?.disabled).toBe(false);
  });

  test('tells what was touched in the last ticks, while the present stays', async () => {
    const page = await violated('memory');
    const hash = await page.state.host?.hash();
    await page.after(() => page.app.session.back());
    await goTo(page, '0x200000');
    expect(page.all('gv-memory', '.w3')).toHaveLength(4);
    expect(page.text('gv-memory', '.acts')).toContain('written');
    page.all<HTMLButtonElement>('gv-memory', '.heat [role=radio]')[0].click();
    await page.after(() => page.app.session.step());
    expect(await page.state.host?.hash()).toBe(hash);
    await shown(page);
    expect(page.all('gv-memory', '.w3')).toHaveLength(0);
  });

  test('shows words and dwords with their lowest byte last', async () => {
    const page = await paging();
    await goTo(page, 'h:0x22000');
    page
      .all<HTMLButtonElement>('gv-memory', '[role=radio]')
      .find((button) => button.textContent?.trim() === '4')
      ?.click();
    await shown(page);
    expect(page.find('gv-memory', '.cell[tabindex="0"] .hex').textContent).toMatch(/^00100[0-9A-F]63$/);
  });

  test('shows a page at a glance, in which the cursor goes by keyboard', async () => {
    const page = await paging();
    await goTo(page, 'h:0x22000');
    page
      .all<HTMLButtonElement>('gv-memory', '.tools [role=radio]')
      .find((button) => button.textContent?.trim() === 'page')
      ?.click();
    await shown(page);
    expect(page.find('gv-memory', 'svg.page').getAttribute('aria-label')).toMatch(/^A page of 4096 bytes, \d+ of them not zero$/);
    page.find('gv-memory', '.whole').focus();
    page.press('ArrowDown');
    await shown(page);
    expect(cursor(page)).toContain('h:0x00022040');
    await expectReadable(page, 'gv-memory');
  }, 120_000);

  test('can be read by everybody at every size', async () => expectReadable(await violated('memory'), 'gv-memory'), 120_000);
});

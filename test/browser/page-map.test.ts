import axe from 'axe-core';
import { page as browser } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { Page } from './page.ts';

afterEach(() => browser.viewport(1280, 800));

async function openMap(guest: string): Promise<Page> {
  const page = await Page.open({ guest, view: { scene: 'map' } });
  await page.after(() => page.press('Shift+ArrowRight'));
  await drawn(page);
  return page;
}

/** Until the map of the present is there. */
async function drawn(page: Page): Promise<void> {
  const isDrawn = (): boolean =>
    Reflect.get(page.find('gv-map'), 'tick') === page.state.frame?.tick && page.all('gv-map', '.cell').length > 0;
  for (let i = 0; i < 200 && !isDrawn(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  await page.settle();
}

function names(page: Page, bar: string): (string | null)[] {
  return page.all('gv-map', `.cell[data-bar=${bar}]`).map((cell) => cell.getAttribute('aria-label'));
}

describe('the memory map', () => {
  test('shows each space as a bar, with what lies where and where a way ends', async () => {
    await browser.viewport(1920, 1080);
    const page = await openMap('ept-permissions');
    expect(page.all('gv-map', '.title').map((title) => title.textContent)).toEqual(['Linear', 'Guest-physical', 'Host']);
    expect(names(page, 'g').join('\n')).toMatch(/g:0x00080000.*page tables.*\n.*VMXON region.*\n.*VMCS/);
    expect(page.all('gv-map', '.end').map((end) => end.textContent?.replace(/\s+/g, ' '))).toContain('PT[5] ✕ R W X = 0');
    expect(page.text('gv-map', '.end.refused')).toBe('✕ PT[0] W=0');
    const { violations } = await axe.run(page.find('gv-map'), { resultTypes: ['violations'] });
    expect(
      violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .map((node) => node.html)
            .join(' ')
            .slice(0, 300)}`,
      ),
    ).toEqual([]);
  });

  test('is gone through with the arrow keys, and Enter puts the lens there', async () => {
    const page = await openMap('ept-permissions');
    page.find('gv-map', '[role=listbox]').focus();
    await page.settle();
    const list = page.find('gv-map', '[role=listbox]');
    const active = (): string => page.find('gv-map', `#${list.getAttribute('aria-activedescendant')}`).getAttribute('aria-label') ?? '';
    page.press('Home');
    await page.settle();
    expect(active()).toContain('v:0x00000000');
    page.press('ArrowDown');
    page.press('ArrowRight');
    await page.settle();
    expect(active()).toContain('g:0x00010000');
    expect(page.text('gv-map', '.foot .line')).toMatch(/g:0x00010000–g:0x00010FFF 4 KiB program → h:0x00010000 EPT RWX/);
    page.press('Enter');
    await page.until((state) => state.view.lens.linear === 0x10000);
    expect(page.state.view.isPinned).toBe(true);
  });

  test('has a scale that can be true, around the lens', async () => {
    const page = await openMap('ept-permissions');
    const scales = page.all('gv-map', '.ruler [role=radio]');
    expect(scales.map((radio) => radio.textContent)).toEqual(
      ['log', '4 GiB', '256 MiB', '16 MiB', '1 MiB', '64 KiB'].map((text) => text.replace(' ', '\u00a0')),
    );
    scales[5].click();
    await page.settle();
    const heights = page.all<SVGGElement>('gv-map', '.cell[data-bar=g] .box').map((box) => Number(box.getAttribute('height')));
    expect(heights.length).toBeGreaterThan(3);
    expect(page.text('gv-map', '.title .more')).toMatch(/↑\d+|↓\d+/);
  });

  test('shows the page that has just been mapped as new', async () => {
    const page = await openMap('ept-on-demand');
    await page.after(() => page.press('Shift+ArrowRight'));
    for (let i = 0; i < 200 && page.all('gv-map', '.fresh').length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(page.text('gv-map', '.foot .line')).toContain('4 KiB newly mapped');
  });

  test('has a table twin', async () => {
    const page = await openMap('ept-permissions');
    page.press('t');
    await page.settle();
    expect(page.all('gv-map', '.bar-name').map((name) => name.textContent)).toEqual(['Linear', 'Guest-physical', 'Host']);
    expect(page.all('gv-map', 'tbody tr').some((row) => /g:0x00205000.*✕ PT\[5\]/.test(row.textContent ?? ''))).toBe(true);
    page.press('t');
  });
});

describe('the lens', () => {
  test('says who has the byte at its end, and leads from a host address back to a linear one', async () => {
    const page = await openMap('ept-on-demand');
    await page.after(() => page.press('Shift+ArrowRight'));
    await page.app.session.pin({ linear: 0x200000, context: 'guest', access: 'read' });
    for (let i = 0; i < 200 && page.all('gv-lens', '.facts').length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(page.text('gv-lens', '.facts')).toMatch(/RAM · dirty.*Also reached as g:0x00800000/);
    page.app.session.store.look({ scene: 'walk' });
    await page.settle();
    const table = page.find('gv-walk', '.name .address.g');
    table.click();
    await page.until((state) => state.view.lens.linear === Number(table.dataset['physical']));
    expect(page.state.view.isPinned).toBe(true);
  });
});

describe('the ghost of the lens', () => {
  test('says where an address under the pointer leads, goes nowhere, and is cleared by Escape', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('Shift+ArrowRight'));
    const { lens } = page.state.view;
    const address = page.find('gv-walk', '.name .address.g');
    address.dispatchEvent(new PointerEvent('pointerover', { pointerType: 'mouse', bubbles: true, composed: true }));
    const ghost = page.find('gv-ghost');
    for (let i = 0; i < 200 && !ghost.hasAttribute('open'); i++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(page.text('gv-ghost')).toMatch(/^g:0x\w{8} → h:0x\w{8} ?page tables/);
    expect(page.state.view.lens).toBe(lens);
    page.press('Escape');
    await page.settle();
    expect(ghost.hasAttribute('open')).toBe(false);
  });
});

describe('an entry of the walk', () => {
  test('is spelled out under the keyboard, row by row and column by column', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('Shift+ArrowRight'));
    page.find('gv-walk', '.dot[tabindex="0"]').focus();
    page.press('ArrowUp');
    await page.settle();
    expect(page.focused.getAttribute('aria-label')).toMatch(/^9: row Guest PT, column EPT PT, PTE\[\d+\], read at h:0x/);
    expect(page.text('gv-walk', '.foot')).toMatch(/9 EPT PT\[\d+\] h:0x\w{8} = .* R 1 W 1 X 1 type 6/);
    page.press('ArrowLeft');
    await page.settle();
    expect(page.focused.textContent).toBe('8');
  });

  test('carries the letter of a pin that it translates', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('Shift+ArrowRight'));
    page.app.session.store.look({ pins: [0x200000, 0x10000, null] });
    for (let i = 0; i < 200 && page.all('gv-walk', '.pin').length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 25));
    const cells = page.all('gv-walk', '.cell').filter((cell) => cell.querySelector('.pin'));
    expect(cells.map((cell) => cell.querySelector('.index')?.textContent?.replace(/\s+/g, ' '))).toEqual([
      'PDE[0] A B',
      'PTE[512] A',
      '[0] A',
    ]);
  });
});

import axe from 'axe-core';
import { page as browser } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import type { VpidStudy } from '../../src/api/protocol.ts';
import { momentOf, openMoment } from '../../src/ui/share/moment.ts';
import type { View } from '../../src/ui/store.ts';
import { Page } from './page.ts';

afterEach(() => browser.viewport(1280, 800));

/** A page with `guest` behind its `exits`th VM exit, and the TLB on the stage. */
async function open(guest: string, exits: number, view: Partial<View> = {}): Promise<Page> {
  const page = await Page.open({ guest, view: { scene: 'tlb', ...view } });
  for (let i = 0; i < exits; i++) await page.after(() => page.press('Shift+ArrowRight'));
  await answered(page);
  return page;
}

/** Waits until the panel shows the present tick, and what the second machine found where there is one. */
async function answered(page: Page): Promise<void> {
  const panel = page.find<HTMLElement & { tick: number; study: VpidStudy | null; tlb: { isVpidOn: boolean | null } | null }>('gv-tlb');
  await page.until(
    ({ frame }) => panel.tick === frame?.tick && panel.tlb !== null && (panel.tlb.isVpidOn === null || panel.study?.tick === frame?.tick),
  );
  await page.settle();
}

async function section(page: Page, id: string): Promise<string> {
  page.find('gv-tlb', `#tab-${id}`).click();
  await page.settle();
  return page.text('gv-tlb', '.section');
}

const texts = (page: Page, selector: string): string[] =>
  page.all('gv-tlb', selector).map((e) => (e.textContent ?? '').replace(/\s+/g, ' ').trim());

/** The present program on a machine with the other TLB. */
async function reload(page: Page): Promise<void> {
  await page.after(() => page.find('gv-tlb', '.foot button').click());
  await answered(page);
}

describe('the TLB of a guest with VPID', () => {
  test('shows the entry that outlived its tables, and what would be without VPID', async () => {
    const page = await open('stale-tlb', 0);
    await page.after(() => page.press('c'));
    const second = page.state.history.exits[1];
    await page.after(() => page.app.session.seek(second.at));
    await page.app.session.pin({ linear: 0x400000, access: 'read', context: 'guest' });
    await answered(page);
    expect(page.state.walk?.tlb).toMatchObject({ use: 'hit', isStale: true });
    expect(page.text('gv-tlb', '.lens')).toContain('though the tables say h:0x00201000 now');
    await page.until(() =>
      page.text('gv-tlb', '.lens').includes(`it would miss: the VM exit at tick ${second.at.toLocaleString('en').replace(',', ' ')}`),
    );
    expect(texts(page, 'tbody tr').find((text) => text.includes('v:0x00400000'))).toMatch(
      /⚡ v:0x00400000 → h:0x00200000 ?stale tables: h:201000/,
    );
  });

  test('counts what VPID has saved, from a second machine', async () => {
    const page = await open('stale-tlb', 1);
    expect(page.text('gv-tlb', '.lens')).toContain('Would it hit without VPID?');
    const text = await section(page, 'vpid');
    expect(text).toMatch(/VPID has saved|no difference/);
    expect(text).toContain('The figures hold for ticks 0 to');
    await page.after(() => page.press('Shift+ArrowRight'));
    await answered(page);
    expect(page.text('gv-tlb', '.section')).toContain('VPID has saved');
    expect(page.text('gv-tlb', '.section')).toContain('two are not the same machine');
  });

  test('strikes through what INVVPID took, and says who took it', async () => {
    const page = await open('stale-tlb', 0);
    await page.after(() => page.press('c'));
    const flush = page.state.history.flushes.find(({ scope, count }) => scope === 'INVVPID' && count > 0);
    await page.after(() => page.app.session.seek(flush?.at ?? 0));
    await answered(page);
    expect(texts(page, '.gone tr')).toHaveLength(4);
    expect(texts(page, '.gone tr').at(-1)).toContain('✕ INVVPID');
    expect(await section(page, 'happened')).toContain('INVVPID: 3 entries go');
  });
});

describe('a TLB without VPID', () => {
  test('says why it is empty, with the way to the instant that emptied it', async () => {
    const page = await open('ept-on-demand', 1);
    expect(page.text('gv-tlb', '.serif')).toMatch(/^The TLB is empty. VM exit with VPID off: (one entry goes|\d+ entries go) at tick/);
    expect(page.text('gv-tlb', '.section')).toContain('filled in');
    await page.after(() => page.press('ArrowRight'));
    await page.after(() => page.press('ArrowRight'));
    const tick = page.state.history.flushes.at(-1)?.at;
    page.find('gv-tlb', '#tab-happened').click();
    await page.settle();
    const line = page.all<HTMLElement>('gv-tlb', '.event').find((e) => e.textContent?.includes('VM exit with VPID off'));
    await page.after(() => line?.click());
    expect(page.state.frame?.tick).toBe(tick);
  });

  test('tells what VPID would save, and the account of all fills', async () => {
    const page = await open('ept-on-demand', 3);
    expect(await section(page, 'vpid')).toMatch(/VPID would have saved \d+ walks and \d+ references\./);
    const cost = await section(page, 'cost');
    expect(cost).toContain('VM entries and exits');
    expect(cost).toContain('SDM vol. 3, “Paging-Structure Caches”');
    const sums = Object.fromEntries(
      page.all('gv-tlb', '.sums > div').map((row) => [row.querySelector('dt')?.textContent, Number(row.querySelector('dd')?.textContent)]),
    );
    expect(sums['Fills']).toBeGreaterThan(5);
    expect(sums['Fills']).toBe(sums['Still there'] + sums['Taken by flushes'] + sums['Thrown out for want of room']);
  });
});

describe('the teaching TLB', () => {
  test('is there with one press and gone with another, drawn cell by cell', async () => {
    const page = await open('stale-tlb', 1);
    expect(page.all('gv-tlb', '.strip')).toHaveLength(2);
    await reload(page);
    expect(page.state.frame?.tick).toBe(0);
    expect(page.state.guestId).toBe('stale-tlb');
    expect(page.all('gv-tlb', '.cell')).toHaveLength(32);
    expect(page.all('gv-tlb', '.cell.free')).toHaveLength(32);
    await page.after(() => page.press('c'));
    await answered(page);
    expect(page.all('gv-tlb', '.cell.free').length).toBeLessThan(32);
    expect(page.text('gv-tlb', '.section')).toContain('no room, round robin');
    await reload(page);
    expect(page.all('gv-tlb', '.strip')).toHaveLength(2);
  });

  test('belongs to a moment that is shared', async () => {
    const page = await open('stale-tlb', 1);
    await reload(page);
    await page.after(() => page.press('Shift+ArrowRight'));
    const moment = await momentOf(page.app.session);
    const there = await Page.open({ guest: 'hello' });
    expect(await openMoment(there.app.session, JSON.parse(JSON.stringify(moment)), '')).toBe(true);
    there.app.session.store.look({ scene: 'tlb' });
    await there.settle();
    await answered(there);
    expect(there.all('gv-tlb', '.cell')).toHaveLength(32);
    expect(there.state.trouble).toBeNull();
  });

  test('shows who threw an entry out, in the cell that took its place', async () => {
    const page = await open('stale-tlb', 1);
    await reload(page);
    await page.after(() => page.press('c'));
    const [eviction] = page.state.history.evictions;
    await page.after(() => page.app.session.seek(eviction.at));
    await answered(page);
    expect(texts(page, '.cell.new .went')[0]).toMatch(/^v:[0-9A-F]+→h:[0-9A-F]+✕ no room$/);
  });
});

describe('by keyboard', () => {
  test('arrow keys go through the entries, Enter puts the lens on one', async () => {
    const page = await open('stale-tlb', 2);
    await section(page, 'entries');
    page.all<HTMLElement>('gv-tlb', 'tr[tabindex="0"]')[0].focus();
    page.press('ArrowDown');
    page.press('End');
    const row = page.focused;
    expect(row.textContent).toContain('v:0x00400000');
    page.press('Enter');
    await page.until(({ view }) => view.isPinned);
    expect(page.state.view.lens.linear).toBe(0x400000);
  });

  test('and through what happened, where Enter goes to the instant', async () => {
    const page = await open('stale-tlb', 1);
    await section(page, 'happened');
    page.all<HTMLElement>('gv-tlb', '.event')[0].focus();
    page.press('ArrowDown');
    const at = Number(page.focused.querySelector('.at')?.textContent?.replace(/\D/g, ''));
    await page.after(() => (page.focused as HTMLElement).click());
    expect(page.state.frame?.tick).toBe(at);
  });
});

describe('for everyone', () => {
  test.each(['light', 'dark'] as const)('axe finds nothing wrong in any part, drawn and as tables, in %s', async (theme) => {
    const page = await open('stale-tlb', 2, { theme });
    for (const isTable of [false, true]) {
      page.app.session.store.look({ isTable });
      for (const id of ['entries', 'happened', 'cost', 'vpid']) {
        await section(page, id);
        const { violations } = await axe.run(page.find('gv-tlb'), { resultTypes: ['violations'] });
        expect(
          violations.flatMap(({ id: rule, nodes }) => nodes.map((node) => `${rule}: ${node.html}`)),
          id,
        ).toEqual([]);
      }
    }
  });

  test('nothing runs over the edge from 360 to 1920 px', async () => {
    const page = await open('stale-tlb', 2, { language: 'fr' });
    for (const [width, height] of [
      [360, 740],
      [768, 1024],
      [1366, 768],
      [1920, 1080],
    ] as const) {
      await browser.viewport(width, height);
      // The page is arranged anew, and the panel may be another one then.
      await new Promise((resolve) => setTimeout(resolve, 100));
      await answered(page);
      for (const id of width < 1900 ? ['entries', 'happened', 'cost', 'vpid'] : ['entries', 'cost', 'vpid']) {
        await section(page, id);
        expect(document.documentElement.scrollWidth, `${width} ${id}`).toBeLessThanOrEqual(width);
        const { scrollWidth, clientWidth } = page.find('gv-tlb', '.scroll');
        expect(scrollWidth, `${width} ${id}`).toBeLessThanOrEqual(clientWidth);
      }
    }
  });
});

import axe from 'axe-core';
import { page as browser } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { Page } from './page.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

afterEach(() => browser.viewport(1280, 800));

/** What axe finds, as `rule: where`. */
async function violations(page: Page, runOnly = RULES): Promise<string[]> {
  await page.settle();
  const { violations: found } = await axe.run(page.app, { runOnly, resultTypes: ['violations'] });
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(' > ')} ${node.failureSummary ?? ''}`));
}

/** A page whose machine has run to its end, with `scene` on the stage. */
async function finished(guest: string, scene: 'virtio' | 'vms', theme: 'light' | 'dark' = 'light'): Promise<Page> {
  const page = await Page.open({ guest, view: { theme, scene } });
  await page.after(() => page.press('c'));
  await shown(page);
  return page;
}

/** Waits until the panel has what it asked for. */
async function shown(page: Page): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await page.settle();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the row of scenes', () => {
  test('has those that the machine has, under their own keys', async () => {
    const page = await Page.open({ guest: 'hello', view: { scene: 'virtio' } });
    const tabs = (): string[] => page.all('.scenes', '[role=tab]').map((tab) => tab.textContent?.replace(/\s+/g, ' ').trim() ?? '');
    expect(tabs()).toEqual(['1 Walk', '2 Map', '3 VMCS', '4 TLB', '0 Tables', 'X Memory']);
    // What the machine does not have is not shown, and its key does nothing.
    expect(page.find('gv-walk')).toBeTruthy();
    page.press('9');
    expect(page.state.view.scene).toBe('virtio');
    const other = await Page.open({ guest: 'ping' });
    expect(other.all('.scenes', '[role=tab]').map((tab) => tab.id)).toEqual(
      expect.arrayContaining(['tab-walk', 'tab-virtio', 'tab-balloon', 'tab-vms']),
    );
    other.press('9');
    await other.settle();
    expect(other.find('gv-vms')).toBeTruthy();
  });

  test('on a phone brings the chosen one into sight', async () => {
    await browser.viewport(360, 740);
    const page = await Page.open({ guest: 'ping', view: { language: 'fr', scene: 'vms' } });
    await page.settle();
    const row = page.find('.scenes', '.tabs').getBoundingClientRect();
    const tab = page.find('.scenes', '[aria-selected=true]').getBoundingClientRect();
    expect(tab.right).toBeLessThanOrEqual(row.right + 1);
    expect(document.documentElement.scrollWidth).toBe(360);
  });
});

describe('the virtqueue', () => {
  test('shows rings, chain and owner in the middle of a request, and where it goes on', async () => {
    const page = await finished('virtio-block', 'virtio');
    const [kick] = page.state.history.queues;
    await page.after(() => page.app.session.seek(kick.at));
    await shown(page);
    expect(page.all('gv-virtio', '.ring')).toHaveLength(2);
    expect(page.all('gv-virtio', 'tr.held')).toHaveLength(3);
    expect(page.all('gv-virtio', 'tr.held .owner').map((badge) => badge.textContent)).toEqual(['V', 'V', 'V']);
    expect(page.all('gv-virtio', '.link.held').length).toBeGreaterThanOrEqual(3);
    expect(page.find('gv-virtio', '.ring').getAttribute('aria-label')).toBe(
      'Available ring: idx is 1, modulo 4 that is 1. The device has come to 1.',
    );
    expect(page.text('gv-virtio', '.then')).toContain('The device is at work on the chain from descriptor 0');
    expect(page.text('gv-why', 'p')).toContain('The disk is notified');
    expect(page.text('gv-timeline', '.labels')).toContain('Devices');
  });

  test('marks an index that changed with what it was', async () => {
    const page = await finished('virtio-block', 'virtio');
    const [kick, , used] = page.state.history.queues;
    await page.after(() => page.app.session.seek(kick.at));
    await shown(page);
    await page.after(() => page.app.session.seek(used.at));
    await shown(page);
    expect(page.text('gv-virtio', '.side:last-of-type .words')).toMatch(/idx ?0 → 1 mod 4 = 1/);
    expect(page.all('gv-virtio', '.place.changed').length).toBeGreaterThan(0);
  });

  test('is walked with the arrows, and Enter puts the lens on a buffer', async () => {
    const page = await finished('virtio-block', 'virtio');
    page.find<HTMLElement>('gv-virtio', 'tr[aria-selected=true]').focus();
    page.press('ArrowDown');
    await shown(page);
    expect(page.text('gv-virtio', '.loupe b')).toBe('Descriptor 1');
    const { lens } = page.state.view;
    page.press('Enter');
    await page.until((state) => state.view.lens !== lens);
    expect(page.state.view.isPinned).toBe(true);
    expect(page.text('gv-virtio', '.loupe')).toContain(page.state.view.lens.linear.toString(16).toUpperCase());
  });

  test('names the reason of DEVICE_NEEDS_RESET', async () => {
    const page = await finished('virtio-malicious', 'virtio');
    const broken = page.state.history.statuses.find(({ reason }) => reason !== 0);
    await page.after(() => page.app.session.seek(broken?.at ?? 0));
    await shown(page);
    expect(page.text('gv-virtio', '.fault')).toMatch(/DEVICE_NEEDS_RESET since tick .+ virtio 1\.2/);
  });

  test('has a table twin with the same numbers', async () => {
    const page = await finished('virtio-indirect', 'virtio');
    page.press('t');
    await shown(page);
    expect(page.all('gv-virtio', '.twin table').length).toBeGreaterThanOrEqual(4);
    expect(page.text('gv-virtio', '.twin table')).toContain('INDIRECT');
    expect(page.text('gv-virtio', '.twin table')).toContain('3.3');
    page.press('t');
  });

  test('cuts nothing on a laptop’s screen', async () => {
    await browser.viewport(1366, 768);
    for (const language of ['en', 'fr'] as const) {
      const page = await finished('virtio-ring', 'virtio');
      page.app.session.store.look({ language });
      await shown(page);
      for (const side of page.all('gv-virtio', '.side')) expect(side.scrollHeight, language).toBeLessThanOrEqual(side.clientHeight + 1);
      const panel = page.find('gv-virtio');
      expect(panel.scrollWidth).toBeLessThanOrEqual(panel.clientWidth);
    }
  });
});

describe('the virtual machines', () => {
  test('show who runs, the bill of one, and the host’s frames', async () => {
    const page = await finished('ping', 'vms');
    expect(page.all('gv-vms', '.row')).toHaveLength(2);
    expect(page.all('gv-vms', '.lane .turn').length).toBeGreaterThan(3);
    expect(page.text('gv-vms', '.row')).toMatch(/^vm0 ?ping/);
    page.all<HTMLElement>('gv-vms', '.row')[1].click();
    await shown(page);
    expect(page.find('gv-vms', '.row:nth-of-type(2)').getAttribute('aria-checked')).toBe('true');
    expect(page.text('gv-vms', '.commands')).toContain('To vm1');
    expect(page.text('gv-vms', '.detail')).toMatch(/48 EPT violation/);
  });

  test('take commands, which the history keeps', async () => {
    const page = await Page.open({ guest: 'ping', view: { scene: 'vms' } });
    await page.after(() => page.app.session.step());
    await shown(page);
    page.find<HTMLElement>('gv-vms', '.commands button').click();
    await page.after(() => page.press('c'));
    await shown(page);
    expect(page.text('gv-vms', '.rows')).toContain('paused');
  });

  test('have a table twin', async () => {
    const page = await finished('ping', 'vms');
    page.press('t');
    await shown(page);
    expect(page.text('gv-vms', '.scroll thead')).toBe('vm0vm1');
    page.press('t');
  });
});

describe.each(['light', 'dark'] as const)('in the %s theme axe finds nothing wrong', (theme) => {
  test.each([
    ['virtio-block', 'virtio'],
    ['virtio-malicious', 'virtio'],
    ['ping', 'vms'],
  ] as const)('%s: %s', async (guest, scene) => {
    await browser.viewport(1366, 768);
    const page = await finished(guest, scene, theme);
    expect(await violations(page, theme === 'light' ? RULES : ['color-contrast']), 'drawn').toEqual([]);
    page.press('t');
    await shown(page);
    expect(await violations(page, theme === 'light' ? RULES : ['color-contrast']), 'tables').toEqual([]);
    page.press('t');
  });
});

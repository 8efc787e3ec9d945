import axe from 'axe-core';
import { page as browser } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { Page } from './page.ts';

/** All rules of WCAG 2.2 A and AA, and axe's own best practices. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

afterEach(() => browser.viewport(1280, 800));

/** What axe finds, as `rule: where`. */
async function violations(page: Page): Promise<string[]> {
  await page.settle();
  // The themes differ in colour alone.
  const runOnly = page.state.view.theme === 'light' ? RULES : ['color-contrast'];
  const { violations: found } = await axe.run(page.app, { runOnly, resultTypes: ['violations'] });
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(' > ')} ${node.failureSummary ?? ''}`));
}

describe.each(['light', 'dark'] as const)('in the %s theme axe finds nothing wrong', (theme) => {
  test('before anything has run', async () => {
    expect(await violations(await Page.open({ view: { theme } }))).toEqual([]);
  });

  test('at an EPT violation, in every panel of the stage, drawn and as tables', async () => {
    const page = await Page.open({ guest: 'ept-on-demand', view: { theme } });
    await page.after(() => page.press('Shift+ArrowRight'));
    for (const key of ['1', '2', '3', '4', '1']) {
      page.press(key);
      await page.settle();
      expect(await violations(page), key).toEqual([]);
    }
    page.press('t');
    expect(await violations(page), 'tables').toEqual([]);
  });

  test('at a page fault, with segments, source and console open', async () => {
    await browser.viewport(1366, 768);
    const page = await Page.open({ guest: 'paging', view: { theme } });
    await page.after(() => page.press('c'));
    await page.after(() => page.app.session.seek(page.state.history.events[0].at));
    page.all<HTMLElement>('gv-registers', '[role=tab]')[1].click();
    page.all<HTMLElement>('gv-code', '[role=tab]').at(-1)?.click();
    page.press('i');
    expect(await violations(page)).toEqual([]);
  });

  test('where a low window folds what is secondary, with large type beside the code', async () => {
    await browser.viewport(1366, 650);
    const page = await Page.open({ guest: 'ept-on-demand', view: { theme } });
    await page.after(() => page.press('Shift+ArrowRight'));
    expect(await violations(page), 'low').toEqual([]);
    page.app.session.store.look({ scale: 1.5 });
    expect(await violations(page), 'large').toEqual([]);
    document.documentElement.style.removeProperty('--gv-zoom');
  });

  test('with the menu or the list of keys open', async () => {
    const page = await Page.open({ view: { theme } });
    page.find('gv-guest-menu', 'button').click();
    expect(await violations(page), 'menu').toEqual([]);
    page.find('gv-guest-menu', '[popover]').hidePopover();
    page.press('?');
    expect(await violations(page), 'keys').toEqual([]);
  });

  test('on a phone', async () => {
    await browser.viewport(390, 844);
    const page = await Page.open({ guest: 'ept-on-demand', view: { theme } });
    await page.after(() => page.press('Shift+ArrowRight'));
    expect(await violations(page)).toEqual([]);
    for (const button of page.all<HTMLElement>('.sheets', 'button')) {
      button.click();
      expect(await violations(page), button.textContent ?? '').toEqual([]);
    }
  });
});

test('the page never scrolls sideways, in either language', async () => {
  const page = await Page.open({ guest: 'ept-on-demand' });
  await page.after(() => page.press('Shift+ArrowRight'));
  for (const [width, height] of [
    [360, 740],
    [390, 844],
    [768, 1024],
    [1024, 768],
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

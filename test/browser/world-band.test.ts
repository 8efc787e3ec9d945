import axe from 'axe-core';
import { page as browser } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { Page } from './page.ts';

const BAND = 'gv-world-band';

afterEach(() => browser.viewport(1280, 800));

describe('the world band', () => {
  test('says in one sentence what the exit means, and how often there was one', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    for (let exit = 0; exit < 3; exit++) await page.after(() => page.press('Shift+ArrowRight'));
    expect(page.text(BAND, '.count')).toBe('×33 VM exits for this reason up to now');
    const meaning = page.find(BAND, '#meaning');
    page.find(BAND, '.reason').click();
    expect(meaning.matches(':popover-open')).toBe(true);
    expect(page.text(BAND, '#meaning')).toMatch(/^The guest’s own page table allows this .* reason 48\. ?SDM vol\. 3, “EPT Violations”$/);
    const { violations } = await axe.run(page.app, { resultTypes: ['violations'] });
    expect(violations.map(({ id }) => id)).toEqual([]);
    meaning.hidePopover();
    await page.after(() => page.press('Shift+ArrowLeft'));
    expect(page.text(BAND, '.count')).toMatch(/^×2/);
  });

  test('opens the sentence where a pointer rests, and closes it when it leaves', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('Shift+ArrowRight'));
    const meaning = page.find(BAND, '#meaning');
    const reason = page.find(BAND, '.reason');
    const rests = async (event: 'pointerenter' | 'pointerleave', pointerType = 'mouse'): Promise<boolean> => {
      reason.dispatchEvent(new PointerEvent(event, { pointerType }));
      await new Promise((resolve) => setTimeout(resolve, 250));
      return meaning.matches(':popover-open');
    };
    expect(await rests('pointerenter')).toBe(true);
    // A press means it too, and does not close what the pointer has opened.
    reason.click();
    expect(meaning.matches(':popover-open')).toBe(true);
    expect(await rests('pointerleave')).toBe(false);
    // A finger: it comes, goes, and then there is a click.
    expect(await rests('pointerenter', 'touch')).toBe(false);
    reason.dispatchEvent(new PointerEvent('pointerleave', { pointerType: 'touch' }));
    reason.click();
    expect(await rests('pointerleave', 'touch')).toBe(true);
  });

  test('names the virtual machine that made the exit', async () => {
    const page = await Page.open({ guest: 'ping' });
    await page.after(() => page.press('Shift+ArrowRight'));
    expect(page.text(BAND, '.word')).toBe('VM exit');
    expect(page.text(BAND, '.whose')).toMatch(/^vm\d$/);
  });

  test.each(['entry-failures', 'ept-permissions', 'overcommit'])('cuts nothing of an exit of %s at 360 pixels', async (guest) => {
    await browser.viewport(360, 740);
    const page = await Page.open({ guest, view: { language: 'fr' } });
    await page.after(() => page.press('Shift+ArrowRight'));
    const { top, bottom } = page.find(BAND, '.band').getBoundingClientRect();
    const cut = page.all(BAND, '.exit :is(.whose, .reason, .reason b, .count, .detail)').filter((part) => {
      const box = part.getBoundingClientRect();
      return part.scrollWidth > part.clientWidth + 1 || box.top < top || box.bottom > bottom;
    });
    expect(cut.map((part) => part.textContent)).toEqual([]);
  });

  test.each(['en', 'fr'] as const)('shortens the detail and the name of an exit in large type, never its number: %s', async (language) => {
    const page = await Page.open({ guest: 'ept-on-demand', view: { language, scale: 2 } });
    await page.after(() => page.press('Shift+ArrowRight'));
    const number = page.find(BAND, '.reason .number');
    const [digits, reason] = [number.getBoundingClientRect(), page.find(BAND, '.reason').getBoundingClientRect()];
    expect([number.textContent, number.scrollWidth <= number.clientWidth + 1, digits.right <= reason.right]).toEqual(['48', true, true]);
    expect(reason.right).toBeLessThanOrEqual(page.find(BAND, '.exit').getBoundingClientRect().right);
  });

  test('does not slide during a run', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    const glass = (): string => getComputedStyle(page.find(BAND, '.glass')).transitionDuration;
    const still = glass();
    page.find(BAND, '.band').toggleAttribute('data-running', true);
    expect([glass(), still === '0s' || still === '0.42s']).toEqual(['0s', true]);
  });
});

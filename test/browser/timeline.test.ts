/** Time: tracks, a stretch that is measured, bookmarks, the table, the list of exits. */
import axe from 'axe-core';
import { describe, expect, test } from 'vitest';
import { Page } from './page.ts';

/** A pointer goes down on `svg` at a share of its width, on to another, and up. */
function drag(svg: Element, from: number, to: number, held: { shiftKey?: boolean; altKey?: boolean } = {}): void {
  const box = svg.getBoundingClientRect();
  svg.setPointerCapture = () => {};
  const event = (type: string, share: number): PointerEvent =>
    new PointerEvent(type, {
      clientX: box.left + share * box.width,
      clientY: box.top + 5,
      pointerId: 1,
      bubbles: true,
      composed: true,
      ...held,
    });
  svg.dispatchEvent(event('pointerdown', from));
  svg.dispatchEvent(event('pointermove', to));
  svg.dispatchEvent(new PointerEvent('lostpointercapture', { bubbles: true }));
}

/** At the end of a guest that has exits and walks. */
async function atEnd(guest = 'ept-on-demand'): Promise<Page> {
  const page = await Page.open({ guest });
  await page.after(() => page.press('c'));
  return page;
}

const labels = (page: Page): string[] => page.all('gv-timeline', '.labels > span').map((label) => label.textContent ?? '');

describe('the tracks', () => {
  test('show what there is at an exit: the walk that was refused, with its references', async () => {
    const page = await atEnd();
    const [exit] = page.state.history.exits;
    await page.after(() => page.app.session.seek(exit.at));
    await page.settle();
    expect(labels(page).slice(0, 3)).toEqual(['World', 'Exits', 'Walks']);
    expect(page.all('gv-timeline', '.near .word').map((word) => word.textContent)).toContain('48');
    expect(page.all('gv-timeline', '.near .refused').length).toBeGreaterThan(0);
  });

  test('say on hover what a mark is', async () => {
    const page = await atEnd();
    const [exit] = page.state.history.exits;
    await page.after(() => page.app.session.seek(exit.at));
    await page.settle();
    const near = page.find('gv-timeline', '.near');
    const box = near.getBoundingClientRect();
    const needle = near.querySelector('.now') as SVGLineElement;
    const x = box.left + (Number(needle.getAttribute('x1')) / (near as Element as SVGSVGElement).viewBox.baseVal.width) * box.width;
    const row = box.height / labels(page).length;
    near.dispatchEvent(new PointerEvent('pointermove', { clientX: x, clientY: box.top + 1.5 * row, bubbles: true }));
    expect(page.find('gv-timeline', '.tracks').title).toMatch(/VM exit 48 {2}EPT violation, write g:0x00200000$/);
  });

  test('have a row for a pin of the lens, and none for one that is put away', async () => {
    const page = await atEnd();
    page.app.session.store.look({ isTimeTall: true, pins: [0x200000, null, null] });
    await page.settle();
    expect(labels(page)).toContain('A00200000');
    page.app.session.store.look({ hiddenTracks: ['tlb'] });
    await page.settle();
    expect(labels(page)).not.toContain('TLB');
  });

  test('are explained, and chosen, in a legend that is sound', async () => {
    const page = await atEnd();
    const button = page.find<HTMLButtonElement>('gv-timeline', '[popovertarget]');
    button.click();
    await page.settle();
    const [world] = page.all<HTMLInputElement>('gv-timeline', '#legend input');
    world.click();
    await page.settle();
    expect([page.state.view.hiddenTracks, labels(page).includes('World')]).toEqual([['world'], false]);
    const { violations } = await axe.run(page.app, { resultTypes: ['violations'] });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
  });
});

describe('a stretch of time', () => {
  test('is measured by a drag with Shift, and let go by Escape', async () => {
    const page = await atEnd();
    const { tick } = page.state.frame ?? { tick: 0 };
    drag(page.find('gv-timeline', '.all'), 0, 1, { shiftKey: true });
    await page.settle();
    const { exits } = page.state.history;
    expect(page.text('gv-timeline', '.sums')).toMatch(
      new RegExp(`^ticks [\\d\\s]+ · exits ${exits.length} · walks \\d+ · references \\d+`),
    );
    expect(page.state.frame?.tick).toBe(tick);
    page.find('gv-timeline', '.tracks').focus();
    page.press('Escape');
    await page.settle();
    expect(page.all('gv-timeline', '.sums')).toEqual([]);
  });

  test('is measured by keys: the present moves, and its beginning stays', async () => {
    const page = await atEnd();
    const end = page.state.frame?.tick ?? 0;
    page.find('gv-timeline', '.tracks').focus();
    await page.after(() => page.press('Shift+PageDown'));
    await page.after(() => page.press('Shift+PageDown'));
    await page.settle();
    expect([page.state.frame?.tick, page.text('gv-timeline', '.sums').split(' · ')[0]]).toEqual([end - 60, 'ticks 60']);
  });
});

describe('a bookmark', () => {
  test('is set by a click with Alt, and taken away by another', async () => {
    const page = await atEnd('first-exit');
    const { tick } = page.state.frame ?? { tick: 0 };
    const all = page.find('gv-timeline', '.all');
    drag(all, 0.5, 0.5, { altKey: true });
    await page.settle();
    const [mark] = page.state.view.bookmarks;
    expect([page.state.frame?.tick, mark]).toEqual([tick, Math.round(tick / 2)]);
    expect(page.all('gv-timeline', '.all .bookmark')).toHaveLength(1);
    page.find('gv-timeline', '.tracks').focus();
    const back = new KeyboardEvent('keydown', { key: 'PageDown', altKey: true, bubbles: true, composed: true, cancelable: true });
    await page.after(() => page.focused.dispatchEvent(back));
    expect(page.state.frame?.tick).toBe(mark);
    page.find('gv-timeline', '.tracks').focus();
    page.press('Delete');
    await page.settle();
    expect(page.state.view.bookmarks).toEqual([]);
  });
});

describe('the table', () => {
  test('has every track with a way to each instant', async () => {
    const page = await atEnd();
    const [exit] = page.state.history.exits;
    page.press('t');
    await page.settle();
    await page.after(() => page.app.session.seek(exit.at));
    await page.settle();
    const here = page.all('gv-timeline', '.here-row').map((row) => [...row.children].map((cell) => cell.textContent?.trim()));
    expect(here.map(([, track]) => track)).toEqual(expect.arrayContaining(['Exits', 'Walks']));
    expect(
      here
        .findLast(([, track]) => track === 'Walks')
        ?.slice(2)
        .join(' '),
    ).toMatch(/walk, 14 references write v:0x00200000 × EPT violation/);
    const scroll = page.find('gv-timeline', '.scroll').getBoundingClientRect();
    const row = page.find('gv-timeline', '.here-row').getBoundingClientRect();
    expect(row.top >= scroll.top && row.bottom <= scroll.bottom).toBe(true);
    const [first] = page.all<HTMLButtonElement>('gv-timeline', 'tbody button');
    await page.after(() => first.click());
    expect(page.state.frame?.tick).toBe(Number(first.textContent?.replaceAll('\u202f', '')));
  });
});

describe('the list of exits', () => {
  test('counts each reason, and lists one of them alone', async () => {
    const page = await atEnd();
    const { exits } = page.state.history;
    const violations = exits.filter(({ reason }) => reason === 48).length;
    page.find('gv-exits', '.head button').click();
    await page.settle();
    const [first] = page.all<HTMLButtonElement>('gv-exits', '.reasons button');
    expect(first.getAttribute('aria-label')).toBe(`48 EPT violation: ${violations} so far, ${violations} recorded`);
    first.click();
    await page.settle();
    expect(page.all('gv-exits', '[role=option]')).toHaveLength(violations);
    page.find('gv-exits', '.head .only').click();
    await page.settle();
    expect(page.all('gv-exits', '[role=option]')).toHaveLength(exits.length);
  });
});

import axe from 'axe-core';
import { page as browser, userEvent } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { LESSONS } from '../../lessons/index.ts';
import type { KeyPress, LessonStep } from '../../src/ui/lessons/lesson.ts';
import type { OpenLesson } from '../../src/ui/lessons/progress.ts';
import { Page } from './page.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

afterEach(() => browser.viewport(1280, 800));

async function opened(id: string): Promise<Page> {
  const page = await Page.open({ lesson: id });
  await page.until((state) => state.lesson !== null);
  await page.settle();
  return page;
}

function lessonOf(page: Page): OpenLesson {
  const { lesson } = page.state;
  if (!lesson) throw new Error('No lesson is open.');
  return lesson;
}

/** What axe finds in the lesson, in both themes. */
async function violations(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const theme of ['dark', 'light'] as const) {
    page.app.session.store.look({ theme });
    await page.settle();
    const runOnly = theme === 'light' ? RULES : ['color-contrast'];
    const { violations: all } = await axe.run(page.find('gv-lesson'), { runOnly, resultTypes: ['violations'] });
    found.push(...all.flatMap(({ id, nodes }) => nodes.map((node) => `${theme} ${id}: ${node.failureSummary}`)));
  }
  return found;
}

/** Types `keys` and waits until the machine stands still behind them. */
async function type(page: Page, keys: string): Promise<void> {
  await page.after(() => userEvent.keyboard(keys));
}

async function press(page: Page, { key, count, tick }: KeyPress): Promise<void> {
  if (tick !== null) return type(page, `g${tick}{Enter}{Escape}`);
  const typed = key.startsWith('Shift+') ? `{Shift>}{${key.slice(6)}}{/Shift}` : key.length > 1 ? `{${key}}` : key;
  for (let i = 0; i < count; i++) await type(page, typed);
}

/** Goes to the question by its key, and answers. */
async function answer(page: Page, step: LessonStep): Promise<void> {
  await userEvent.keyboard('n');
  await page.settle();
  expect(page.focused.matches('fieldset input')).toBe(true);
  await userEvent.keyboard(step.question?.number ? '0x10{Enter}' : '{ArrowDown}{Enter}');
  await page.settle();
  const { steps, shown } = lessonOf(page);
  expect(steps[shown].answer).toBe(step.question?.number ? 16 : 1);
}

describe('by keyboard alone', () => {
  test.each(LESSONS)(
    'the lesson $id can be gone through to its end, and axe finds nothing wrong in it',
    async ({ id }) => {
      const page = await opened(id);
      const { lesson } = lessonOf(page);
      for (const [i, step] of lesson.steps.entries()) {
        expect(lessonOf(page)).toMatchObject({ shown: i, isReached: false });
        if (i === 0) expect(await violations(page), 'as it begins').toEqual([]);
        if (step.question) await answer(page, step);
        for (const one of step.keys) await press(page, one);
        await page.until((state) => state.lesson?.isReached === true);
        await page.settle();
        if (i === 0) expect(await violations(page), 'when it is reached').toEqual([]);
        await userEvent.keyboard('n{Enter}');
        await page.until((state) => state.lesson?.shown === i + 1);
        await page.settle();
        expect(page.focused.localName).toBe('h3');
      }
      expect(await violations(page), 'at its end').toEqual([]);
    },
    60_000,
  );
});

describe('a lesson', () => {
  test('is offered by the menu, and opened from there', async () => {
    const page = await Page.open();
    page.find('gv-guest-menu', '.title').click();
    await page.until(() => page.app.lessons !== null);
    await page.settle();
    const entries = page.all<HTMLElement>('gv-guest-menu', '.lessons .entry');
    expect(entries).toHaveLength(LESSONS.length);
    const { violations: found } = await axe.run(page.find('gv-guest-menu'), { runOnly: RULES, resultTypes: ['violations'] });
    expect(found.map(({ id }) => id)).toEqual([]);
    entries[2].click();
    await page.until((state) => state.lesson?.lesson.id === 'paging');
    expect(page.state.guestId).toBe('paging');
  });

  test('that is not there is told of, over the guest of the link', async () => {
    const page = await Page.open({ lesson: 'no-such-lesson' });
    await page.until((state) => state.trouble !== null);
    expect(page.state.trouble?.message).toContain('no-such-lesson');
    expect(page.state.loaded).not.toBeNull();
  });

  test('rises as a sheet on a phone, stands over the stage on a middling window, and closes', async () => {
    for (const [width, height] of [
      [360, 740],
      [768, 1024],
    ] as const) {
      await browser.viewport(width, height);
      const page = await opened('first-exit');
      for (const language of ['fr', 'en'] as const) {
        page.app.session.store.look({ language });
        await page.settle();
        expect(document.documentElement.scrollWidth, `${width} ${language}`).toBeLessThanOrEqual(width);
      }
      expect(page.find('gv-lesson').getBoundingClientRect().height).toBeGreaterThan(100);
      const { violations: found } = await axe.run(page.app, { runOnly: RULES, resultTypes: ['violations'] });
      expect(found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.flat().join(' > ')}`))).toEqual([]);
      page.find('gv-lesson', '.close').click();
      await page.until((state) => state.lesson === null);
      await page.settle();
      expect(page.app.renderRoot.querySelector('gv-lesson')).toBeNull();
    }
  });

  test('is named in the address while it is open, so that a reload brings it back; the rest of the address stays', async () => {
    const page = await Page.open();
    const before = location.href;
    history.replaceState(null, '', `${before}${location.search === '' ? '?' : '&'}lang=fr`);
    const lessons = await page.app.bringLessons();
    lessons?.open(3);
    await page.until((state) => state.lesson?.lesson.id === 'paging');
    expect(Object.fromEntries(new URLSearchParams(location.search))).toMatchObject({ lesson: 'paging', lang: 'fr' });
    await lessons?.guide.close();
    await page.settle();
    expect(new URLSearchParams(location.search).has('lesson')).toBe(false);
    expect(new URLSearchParams(location.search).get('lang')).toBe('fr');
    history.replaceState(null, '', before);
  });

  test('belongs to the moment: a link made in it opens it at that step', async () => {
    const here = await opened('first-steps');
    here.find('gv-lesson', '.show').click();
    await here.until((state) => state.lesson?.isReached === true);
    await userEvent.keyboard('n{Enter}');
    await here.until((state) => state.lesson?.shown === 1);
    here.find('gv-lesson', 'fieldset input').click();
    here.find('gv-lesson', 'form .primary').click();
    await here.until((state) => state.lesson?.steps[1].answer === 0);
    here.press('s');
    await expect.poll(() => here.app.renderRoot.querySelector('gv-share')?.shadowRoot?.querySelector('#link') ?? null).not.toBeNull();
    location.hash = new URL(here.find<HTMLInputElement>('gv-share', '#link').value).hash;

    const there = await Page.open({ guest: 'paging' });
    await there.until((state) => state.lesson?.shown === 1);
    expect(there.state.lesson?.lesson.id).toBe('first-steps');
    expect(there.state.lesson?.steps[1].answer).toBe(0);
    await there.settle();
    expect(there.text('gv-lesson', 'h3')).toMatch(/^Step 2 of 5/);
    location.hash = '';
  });

  test('of one’s own is dropped on the page and opens, or is told of line by line', async () => {
    const drop = (text: string): void => {
      const files = new DataTransfer();
      files.items.add(new File([text], 'my own.lesson'));
      dispatchEvent(new DragEvent('drop', { dataTransfer: files, cancelable: true }));
    };
    const page = await Page.open({ view: { language: 'fr' } });
    const text = LESSONS[0].text.replace(/^title\.fr: .*$/m, 'title.fr: Ma leçon');
    drop(text.replace(/^guest: .*$/m, 'guest: nobody').replace(/^by: .*$/m, 'by: hour'));
    await expect.poll(() => document.querySelector('gv-lesson-problems')?.shadowRoot?.querySelector('dialog')?.open).toBe(true);
    const dialog = document.querySelector('gv-lesson-problems')?.shadowRoot?.querySelector('dialog');
    expect(dialog?.textContent).toMatch(
      /my own\.lesson.*ligne\s6.*Il n’y a pas d’invité «\snobody\s».*ligne\s\d+.*On n’avance pas par «\shour\s»/s,
    );
    const { violations: found } = await axe.run(document.querySelector('gv-lesson-problems') as Element, { runOnly: RULES });
    expect(found.map(({ id }) => id)).toEqual([]);
    page.press('Shift+P');
    expect(page.app.sharing.isPresenting).toBe(false);
    dialog?.close();
    expect(page.state.lesson).toBeNull();

    drop(text);
    await page.until((state) => state.lesson?.lesson.id === 'my-own');
    await page.settle();
    expect(page.text('gv-lesson', '.head .note')).toBe('Ma leçon');
    expect(page.state.lesson).toMatchObject({ place: LESSONS.length + 1, of: LESSONS.length + 1 });
    expect(new URLSearchParams(location.search).has('lesson')).toBe(false);
    page.find('gv-lesson', '.show').click();
    await page.until((state) => state.lesson?.isReached === true);
  });

  test('goes back with time, and shows what it wants on request', async () => {
    const page = await opened('first-steps');
    page.find('gv-lesson', '.show').click();
    await page.until((state) => state.lesson?.isReached === true);
    await page.settle();
    expect(page.text('gv-lesson', '[role=status]')).toContain('gives 0');
    await userEvent.keyboard('n{Enter}');
    await page.until((state) => state.lesson?.shown === 1);
    await page.after(() => userEvent.keyboard('{ArrowLeft}'));
    await page.until((state) => state.lesson?.shown === 0);
    await page.settle();
    expect(page.text('gv-lesson', 'h3')).toMatch(/^Step 1 of 5/);
  });
});

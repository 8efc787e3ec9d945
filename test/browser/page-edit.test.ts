import axe from 'axe-core';
import { page as browser } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { words } from '../../src/ui/reading.ts';
import { keepText } from '../../src/ui/edit/writing.ts';
import { Page } from './page.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

afterEach(() => browser.viewport(1280, 800));

async function violations(page: Page): Promise<string[]> {
  await page.settle();
  const { violations: found } = await axe.run(page.app, { runOnly: RULES, resultTypes: ['violations'] });
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(' > ')} ${node.failureSummary ?? ''}`));
}

/** Fills the form's fields, and sends it. */
async function send(page: Page, form: HTMLFormElement, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(values)) (form.elements.namedItem(name) as HTMLInputElement).value = value;
  form.requestSubmit();
  await page.settle();
}

/** Chooses what kind of stop is to be made, or where the run is to go. */
async function choose(page: Page, select: string, value: string): Promise<HTMLFormElement> {
  const field = page.find<HTMLSelectElement>('gv-transport', 'gv-stops', select);
  field.value = value;
  field.dispatchEvent(new Event('change', { bubbles: true }));
  await page.settle();
  return field.form as HTMLFormElement;
}

const NEW = 'form:first-of-type select';
const RUN_TO = 'form:last-of-type select';

describe('the list of stops', () => {
  test('takes stops of every kind, and lets them go', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    page.find('gv-transport', 'gv-stops', '.open').click();
    await page.settle();
    const add = async (kind: string, values: Readonly<Record<string, string>>): Promise<void> =>
      send(page, await choose(page, NEW, kind), values);
    await add('code', { address: 'guest' });
    await add('data', { address: 'g:0x200000', length: '4', access: 'any' });
    await add('field', { field: 'guest rip' });
    await add('field', { field: '0x4402' });
    await add('event', { device: 'pit', access: 'write' });
    await add('exit', { reason: '10' });
    expect(page.state.view).toMatchObject({
      breakpoints: [page.state.loaded?.symbols['guest']],
      watchpoints: [{ space: 'g', address: 0x200000, length: 4, access: 'any' }],
      fieldStops: [0x681e, 0x4402],
      eventStops: [{ on: 'access', device: 'pit', access: 'write' }],
      stopReasons: [10],
    });
    expect(await violations(page)).toEqual([]);
    for (const button of page.all<HTMLElement>('gv-transport', 'gv-stops', 'li button')) button.click();
    await page.settle();
    expect(page.all('gv-transport', 'gv-stops', 'li')).toEqual([]);
  });

  test('is gone through by keyboard: Space switches off, Delete takes out', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.app.session.setStops({ fieldStops: [0x681e, 0x4402], stopReasons: [48] });
    page.find('gv-transport', 'gv-stops', '.open').click();
    await page.settle();
    page.find('gv-transport', 'gv-stops', 'li input').focus();
    page.press('ArrowDown');
    (page.focused as HTMLInputElement).click();
    page.press('ArrowDown');
    page.press('Delete');
    await page.settle();
    expect(page.text('gv-transport', 'gv-stops', '.open')).toBe('Stops 1');
    expect(page.state.view).toMatchObject({ fieldStops: [0x681e, 0x4402], stopReasons: [] });
    expect(page.focused).toBe(page.all('gv-transport', 'gv-stops', 'li input')[1]);
    page.find('gv-transport', 'gv-stops', 'li button').click();
    await page.settle();
    expect(page.focused).toBe(page.find('gv-transport', 'gv-stops', 'li input'));
    expect(await violations(page)).toEqual([]);
  });

  test('says beside the field what it does not understand', async () => {
    const page = await Page.open();
    page.find('gv-transport', 'gv-stops', '.open').click();
    await page.settle();
    const wrong = async (kind: string, values: Readonly<Record<string, string>>): Promise<string> => {
      await send(page, await choose(page, NEW, kind), values);
      return page.text('gv-transport', 'gv-stops', '[role=alert]');
    };
    expect(await wrong('data', { address: 'no such label' })).toBe('✕ A hexadecimal number or a label.');
    expect(await wrong('field', { field: 'Guest' })).toBe('✕ This processor has no field of that name or encoding.');
    expect(page.state.view).toMatchObject({ watchpoints: [], fieldStops: [] });
  });

  test('runs to a tick, and to the next exit of a reason', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    page.find('gv-transport', 'gv-stops', '.open').click();
    await page.settle();
    const tick = await choose(page, RUN_TO, 'tick');
    expect((await page.after(() => send(page, tick, { place: '200' }))).frame?.tick).toBe(200);
    const exit = await choose(page, RUN_TO, 'exit');
    const state = await page.after(() => send(page, exit, { place: '48' }));
    expect(state.frame?.stop.reason).toBe('exit');
    expect(state.view.stopReasons).toEqual([]);
  });

  test('is where Shift+C runs back to', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.app.session.toggleStopReason(48);
    const tick = (await page.after(() => page.press('c'))).frame?.tick;
    await page.after(() => page.press('ArrowRight'));
    await page.after(() => page.press('ArrowRight'));
    expect((await page.after(() => page.press('Shift+C'))).frame?.tick).toBe(tick);
  });
});

describe('a value', () => {
  test('of a register is changed by keyboard alone, and the keyboard comes back to it', async () => {
    const page = await Page.open();
    await page.after(() => page.press('ArrowRight'));
    const values = page.all('gv-registers', '.edit');
    values[0].focus();
    page.press('ArrowDown');
    expect(page.focused).toBe(values[1]);
    page.press('Enter');
    await page.settle();
    const input = page.find<HTMLInputElement>('gv-editor', '[name=value]');
    expect(page.focused).toBe(input);
    input.value = '1234';
    input.dispatchEvent(new Event('input', { bubbles: true }));
    await page.after(() => input.form?.requestSubmit());
    expect(words(page.state.frame?.cpu ?? new Uint8Array(4))[1]).toBe(0x1234);
    await page.until(() => page.focused.matches('.edit'));
    expect(page.focused.getAttribute('title')).toMatch(/^ECX/);
    expect(page.text('gv-why')).toContain('By hand: ECX is now 0x00001234.');
  });

  test('that cannot be is refused beside the field, which says in the past what becomes of the future', async () => {
    const page = await Page.open();
    await page.after(() => page.press('ArrowRight'));
    await page.after(() => page.press('ArrowLeft'));
    page.all('gv-registers', '.edit')[8].dispatchEvent(new MouseEvent('click', { bubbles: true, composed: true, detail: 2 }));
    await page.settle();
    expect(page.text('gv-editor', '.note')).toMatch(/^This is the past/);
    const input = page.find<HTMLInputElement>('gv-editor', '[name=value]');
    input.value = 'FFFFFFFF';
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.form?.requestSubmit();
    await page.until(() => page.text('gv-editor', '#wrong') !== '');
    expect(page.text('gv-editor', '#wrong')).toMatch(/EIP cannot be|beyond the limit/);
    expect(await violations(page)).toEqual([]);
  });

  test('of a table entry is changed bit by bit', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('Shift+ArrowRight'));
    page.find('gv-walk', '.dot[aria-pressed=true]').click();
    await page.settle();
    const boxes = page.all<HTMLElement>('gv-editor', '.bits label');
    expect(boxes.map((box) => box.textContent)).toEqual(expect.arrayContaining(['R', 'W', 'X']));
    for (const box of boxes.slice(0, 2)) box.click();
    await page.settle();
    expect(page.find<HTMLInputElement>('gv-editor', '[name=value]').value).toBe('0x00000003');
    expect(await violations(page)).toEqual([]);
    await page.after(() => page.find<HTMLFormElement>('gv-editor', 'form').requestSubmit());
    await page.settle();
    expect(page.state.walk?.references.at(-1)?.low).toBe(3);
  });
});

describe('inside the instruction', () => {
  test('are its operation, flags and steps, of the line that the keyboard looks at', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('ArrowRight'));
    const code = ['gv-code', 'gv-steps'] as const;
    page.find(...code, '.open').click();
    await page.until(() => page.all(...code, 'li').length > 0);
    expect(page.text(...code, '.inside')).toMatch(/writes|no flags/);
    const before = page.text(...code, '.inside');
    page.find('gv-code', 'ol').focus();
    page.press('ArrowDown');
    await page.until(() => page.text(...code, '.inside') !== before);
    expect(await violations(page)).toEqual([]);
    page.press('Escape');
    await page.until(() => page.text(...code, '.inside') === before);
  });
});

describe('the source editor', () => {
  test('opens by a key, tells errors at their place, and runs what is written', async () => {
    const page = await Page.open({ guest: 'hello' });
    page.press('e');
    await page.until(() => page.app.renderRoot.querySelector('gv-source')?.shadowRoot?.querySelector('.cm-content') != null);
    expect(await violations(page)).toEqual([]);
    const { store } = page.app.session;
    const [draft] = store.state.view.drafts;
    keepText(page.app.session, draft.text.replace('Hello from', 'Hullo from'));
    page.find('gv-source', '.plain-button').click();
    await page.until((state) => state.loaded?.source?.text.includes('Hullo from') === true);
    void page.app.session.run();
    await page.until((state) => state.console.includes('Hullo from real machine code.'));
    expect(page.state.loaded?.name).toBe('hello');
  });
});

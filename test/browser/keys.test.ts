import axe from 'axe-core';
import { afterEach, describe, expect, test } from 'vitest';
import { restoreKeymap } from '../../src/ui/keymap.ts';
import { USUAL_KEYS } from '../../src/ui/usual-keys.ts';
import { Page } from './page.ts';

afterEach(() => localStorage.removeItem('glassvisor-keys'));

async function changes(page: Page, title: string): Promise<HTMLButtonElement> {
  page.press('?');
  await page.settle();
  return page.all<HTMLButtonElement>('gv-keys', 'dl button').find((button) => button.ariaLabel === `Change, ${title}`) as HTMLButtonElement;
}

describe('the reader’s own keys', () => {
  test('are taken from the keyboard, kept, and do what the usual ones did', async () => {
    const page = await Page.open({ guest: 'first-exit' });
    const button = await changes(page, 'Run');
    // Some browsers leave the keyboard where it is when a button is pressed with a pointer.
    button.click();
    await page.settle();
    page.press('j');
    await page.settle();
    expect(page.text('gv-keys', '[role=status]')).toBe('It is J now.');
    expect(restoreKeymap().own).toEqual({ run: 'j' });
    const { violations } = await axe.run(page.app, { resultTypes: ['violations'] });
    expect(violations.map(({ id }) => id)).toEqual([]);
    page.find<HTMLDialogElement>('dialog').close();
    page.press('c');
    await page.settle();
    expect(page.state.frame?.tick).toBe(0);
    expect((await page.after(() => page.press('j'))).frame?.tick).toBeGreaterThan(0);
  });

  test('cannot be Tab, nor a key of the stage; Escape leaves it as it was', async () => {
    const page = await Page.open();
    const button = await changes(page, 'Run');
    const asked = async (key: string): Promise<string> => {
      button.focus();
      button.click();
      await page.settle();
      page.press(key);
      await page.settle();
      return page.text('gv-keys', '[role=status]');
    };
    expect(await asked('Tab')).toBe('Tab cannot be a command.');
    expect(await asked('1')).toMatch(/^1 is a key of /);
    button.click();
    await page.settle();
    expect(page.text('gv-keys', '[role=status]')).toMatch(/^Press the key/);
    button.blur();
    await page.settle();
    expect(page.text('gv-keys', '[role=status]')).toBe('');
    await asked('Escape');
    expect([page.state.view.keymap, page.find<HTMLDialogElement>('dialog').open]).toEqual([USUAL_KEYS, true]);
    page.find<HTMLDialogElement>('dialog').close();
  });

  test('that are characters can be switched off', async () => {
    const page = await Page.open();
    page.press('?');
    await page.settle();
    page.find<HTMLInputElement>('gv-keys', 'input').click();
    await page.settle();
    page.find<HTMLDialogElement>('dialog').close();
    page.press('t');
    page.press('2');
    await page.settle();
    expect([page.state.view.isTable, page.state.view.scene]).toEqual([false, 'walk']);
    expect((await page.after(() => page.press('ArrowRight'))).frame?.tick).toBe(1);
  });
});

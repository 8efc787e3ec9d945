import axe from 'axe-core';
import { page as browser, userEvent } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import type { TerminalPanel } from '../../src/ui/panels/console-terminal.ts';
import type { State } from '../../src/ui/store.ts';
import { Page } from './page.ts';

/** Reads its serial line and says back what it hears. */
const ECHO = `bits 32
org 0x10000
listen: mov dx, 0x3FD
in al, dx
test al, 1
jz listen
mov dx, 0x3F8
in al, dx
mov bl, al
ready: mov dx, 0x3FD
in al, dx
test al, 0x20
jz ready
mov dx, 0x3F8
mov al, bl
out dx, al
jmp listen
`;

afterEach(() => browser.viewport(1280, 800));

function screen(page: Page): TerminalPanel {
  return page.find<TerminalPanel>('gv-console', 'gv-terminal');
}

/** A page with the echoing guest, its console open and the keyboard in it. */
async function listening(): Promise<Page> {
  const page = await Page.open();
  await page.after(() => page.app.session.open('echo.asm', new TextEncoder().encode(ECHO)));
  page.press('i');
  await expect.poll(() => page.focused.localName).toBe('textarea');
  return page;
}

/** Lets the machine run until its console is as `test` wants it. */
async function runUntil(page: Page, text: string): Promise<State> {
  const run = page.app.session.run();
  await page.until((state) => state.console.includes(text));
  await page.app.session.pause();
  await run;
  await page.until((state) => state.frame?.running === false);
  return page.state;
}

describe('the console', () => {
  test('takes text that comes without a key, in UTF-8, and shows it again', async () => {
    const page = await listening();
    document.execCommand('insertText', false, 'éè x');
    await runUntil(page, 'éè x');
    await expect.poll(() => screen(page).text).toBe('éè x');
  });

  test('opened is a terminal with what was written, in the mono type and the colours of the theme', async () => {
    const page = await Page.open();
    await page.after(() => page.press('c'));
    page.press('i');
    await expect.poll(() => screen(page).text).toBe(page.state.console.trimEnd());
    const rows = page.find('gv-console', 'gv-terminal', '.xterm-rows');
    expect(getComputedStyle(rows).fontFamily).toMatch(/^"JetBrains Mono GV"/);
    const ink = (): string => getComputedStyle(rows).color;
    const light = ink();
    page.app.session.store.look({ theme: 'dark' });
    await expect.poll(ink).not.toBe(light);
    expect(ink()).toBe(getComputedStyle(page.find('gv-console')).color);
  });

  test('sends each key to COM1 as an input of its tick, control characters too', async () => {
    const page = await listening();
    await userEvent.keyboard('ab{Enter}{Control>}c{/Control}');
    await expect
      .poll(async () => (await page.state.host?.recipe())?.inputs)
      .toEqual([
        [0, 'com1', 'a'],
        [0, 'com1', 'b'],
        [0, 'com1', '\r'],
        [0, 'com1', '\x03'],
      ]);
    await runUntil(page, 'ab');
    await expect.poll(() => screen(page).text).toMatch(/^ab/);
  });

  test('goes back with time: what was not written yet is not there', async () => {
    const page = await listening();
    await userEvent.keyboard('xyz');
    await expect.poll(async () => (await page.state.host?.recipe())?.inputs?.length).toBe(3);
    const { frame } = await runUntil(page, 'xyz');
    const end = frame?.tick ?? 0;
    for (let at = end; page.state.console !== 'x'; at = Math.floor(at / 2)) {
      if (at === 0) throw new Error('It never stood at one letter.');
      await page.app.session.seek(at);
      await page.until(({ frame: now }) => now?.tick === at);
      if (page.state.console === '') at *= 3;
    }
    await expect.poll(() => screen(page).text).toBe('x');
    await page.app.session.seek(end);
    await expect.poll(() => screen(page).text).toBe('xyz');
  });

  test('keeps a paste until the guest has room for it, and says so', async () => {
    const page = await listening();
    const long = 'The quick brown fox jumps over the lazy dog. '.repeat(366);
    const clipboard = new DataTransfer();
    clipboard.setData('text/plain', long);
    page.focused.dispatchEvent(new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true, cancelable: true }));
    await expect
      .poll(() => page.text('gv-console', '.ways'), { timeout: 20_000 })
      .toMatch(/^[\d,]+ characters wait until the guest reads\./);
    const run = page.app.session.run();
    await expect.poll(() => page.text('gv-console', '.ways'), { timeout: 20_000 }).toMatch(/^Keys go to COM1/);
    await page.app.session.pause();
    await run;
    const heard = new TextDecoder().decode(page.app.session.store.log.since(0));
    expect(heard.length).toBeGreaterThan(80);
    expect(long.startsWith(heard)).toBe(true);
    const { inputs = [] } = (await page.state.host?.recipe()) ?? {};
    expect(inputs.map(([, , text]) => text).join('')).toBe(long);
    expect(page.state.trouble).toBeNull();
  });

  test('answers no question of the guest: nothing is typed by looking', async () => {
    const page = await Page.open();
    const asking = `bits 32\norg 0x10000\nmov esi, text\nnext: mov al, [esi]\ntest al, al\njz done\nout 0xE9, al\ninc esi\njmp next\ndone: cli\nhlt\ntext: db 27, "[c", 27, "[6n", 27, "[>c", 27, "[?1004h", 27, "]10;?", 7, 27, "[38;2;1;2;3mcoloured", 27, "[0m", 10, 0\n`;
    await page.after(() => page.app.session.open('asking.asm', new TextEncoder().encode(asking)));
    page.press('i');
    await page.after(() => page.app.session.run());
    await expect.poll(() => screen(page).text).toBe('coloured');
    await page.after(() => page.app.session.back());
    expect((await page.state.host?.recipe())?.inputs).toEqual([]);
    expect(page.find('gv-console', 'gv-terminal', '.xterm-rows').querySelector('[style*="color"]')).toBeNull();
  });

  test.each(['{Escape}', '{Tab}'])('lets the keyboard out with %s, and keys are commands again', async (key) => {
    const page = await listening();
    await userEvent.keyboard(key);
    expect(page.focused.localName).not.toBe('textarea');
    await page.after(() => userEvent.keyboard('{ArrowRight}'));
    expect(page.state.frame?.tick).toBe(1);
    expect((await page.state.host?.recipe())?.inputs).toEqual([]);
  });

  test('of a host asks which virtual machine hears the keys', async () => {
    const page = await Page.open({ guest: 'overcommit' });
    page.press('i');
    await expect.poll(() => page.all('gv-console', 'gv-console-target', '[role=radio]').length).toBeGreaterThan(1);
    page.all<HTMLElement>('gv-console', 'gv-console-target', '[role=radio]')[1].click();
    page.find('gv-console').focus();
    await expect.poll(() => page.focused.localName).toBe('textarea');
    await userEvent.keyboard('q');
    await expect.poll(async () => (await page.state.host?.recipe())?.inputs?.at(-1)?.[2]).toBe('{"do":"type","vm":1,"text":"q"}');
    // Closed and opened again it shows who hears.
    const open = page.find('gv-console', '.open');
    open.click();
    await page.settle();
    open.click();
    await expect.poll(() => page.find('gv-console', 'gv-console-target', '[role=radio][aria-checked=true]').textContent).toBe('vm1');
  });

  test('comes from behind the stage while presenting, and rises as a sheet on a phone', async () => {
    const page = await Page.open();
    page.press('Shift+P');
    await page.settle();
    expect(page.app.renderRoot.querySelector('gv-console')).toBeNull();
    page.press('i');
    await expect.poll(() => page.focused.localName).toBe('textarea');
    await userEvent.keyboard('{Escape}');
    page.press('Shift+P');
    await page.settle();
    await browser.viewport(360, 740);
    await page.settle();
    page.press('i');
    await expect.poll(() => page.focused.localName).toBe('textarea');
    expect(page.find('.sheet gv-console', 'gv-terminal').getBoundingClientRect().height).toBeGreaterThan(150);
  });

  test.each([
    [1366, 768],
    [360, 740],
  ])('has nothing that axe finds wrong, in either theme, at %i by %i', async (width, height) => {
    await browser.viewport(width, height);
    const page = await listening();
    await userEvent.keyboard('abc');
    await runUntil(page, 'abc');
    for (const theme of ['light', 'dark'] as const) {
      page.app.session.store.look({ theme });
      await page.settle();
      const { violations } = await axe.run(page.find('gv-console[open]'), { resultTypes: ['violations'] });
      expect(violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.flat().join(' > ')}`))).toEqual([]);
    }
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
  });
});

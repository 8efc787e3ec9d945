import { page as browser } from 'vitest/browser';
import { describe, expect, test } from 'vitest';
import { GUESTS } from '../../guests/index.ts';
import type { GuestMenu } from '../../src/ui/app/guest-menu.ts';
import { ESP } from '../../src/arch/cpu-state.ts';
import { words } from '../../src/ui/reading.ts';
import { pageText } from '../../src/ui/widgets/instruction.ts';
import { hexText } from '../../src/ui/widgets/number.ts';
import { Page } from './page.ts';

test.each([0.875, 1] as const)('every check box can be hit on 24 pixels, with type of %s', async (scale) => {
  const page = await Page.open({ guest: 'ping', view: { scale } });
  await page.after(() => page.press('Shift+ArrowRight'));
  for (const scene of ['memory', 'vms', 'vmcs', 'virtio'] as const) {
    page.app.session.store.look({ scene });
    await page.settle();
    const boxes = [...page.app.renderRoot.querySelectorAll('*')].flatMap((panel) => [
      ...(panel.shadowRoot?.querySelectorAll<HTMLInputElement>('.tick-box input') ?? []),
    ]);
    const small = boxes.filter((box) => box.checkVisibility() && Math.min(box.offsetWidth, box.offsetHeight) < 24);
    expect([boxes.length > 2, small.map((box) => box.labels?.[0]?.textContent)], scene).toEqual([true, []]);
  }
});

describe('the keyboard', () => {
  test('steps, goes to exits, to a tick, and back to the beginning', async () => {
    const page = await Page.open({ guest: 'first-exit' });
    expect((await page.after(() => page.press('ArrowRight'))).frame?.tick).toBe(1);
    expect((await page.after(() => page.press(' '))).frame?.tick).toBe(2);
    expect((await page.after(() => page.press('ArrowLeft'))).frame?.tick).toBe(1);
    const exit = (await page.after(() => page.press('Shift+ArrowRight'))).frame?.tick ?? 0;
    expect(page.text('gv-exits', '.now')).toMatch(/10 ?CPUID/);
    await page.after(() => page.press('Shift+ArrowRight'));
    expect((await page.after(() => page.press('Shift+ArrowLeft'))).frame?.tick).toBe(exit);
    page.press('g');
    const input = page.find<HTMLInputElement>('gv-transport', '.tick input');
    expect(page.focused).toBe(input);
    input.value = '25';
    expect((await page.after(() => input.dispatchEvent(new Event('change', { bubbles: true })))).frame?.tick).toBe(25);
    input.blur();
    expect((await page.after(() => page.press('Shift+R'))).frame?.tick).toBe(0);
  });

  test('runs to a tick that is not recorded yet, and tells of one that is none or too far', async () => {
    const page = await Page.open({ guest: 'first-exit' });
    const input = page.find<HTMLInputElement>('gv-transport', '.tick input');
    const typed = (text: string): unknown => {
      input.value = text;
      return input.dispatchEvent(new Event('change', { bubbles: true }));
    };
    typed('-5abc');
    await page.settle();
    expect([page.text('.trouble'), input.value]).toEqual([expect.stringContaining('“-5abc” is no tick'), '0']);
    expect((await page.after(() => typed('7'))).frame?.tick).toBe(7);
    typed('90 000 000');
    await page.until(({ trouble }) => trouble?.message.includes('before 90\u202f000\u202f000') ?? false);
  });

  test('leaves a text field its keys', async () => {
    const page = await Page.open();
    page.press('l');
    expect(page.focused).toBe(page.find('gv-lens', 'input[name=address]'));
    page.press('ArrowRight');
    page.press('t');
    await page.settle();
    expect([page.state.frame?.tick, page.state.view.isTable]).toEqual([0, false]);
  });

  test('puts the lens at an address or a label, and lets it follow again', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    page.press('l');
    const input = page.find<HTMLInputElement>('gv-lens', 'input[name=address]');
    const submit = async (text: string): Promise<void> => {
      input.value = text;
      page.find<HTMLFormElement>('gv-lens', 'form').requestSubmit();
      await page.settle();
    };
    await submit('0x12345');
    expect(page.state.view).toMatchObject({ isPinned: true, lens: { linear: 0x12345 } });
    await submit('guest');
    expect(page.state.view.lens.linear).toBe(page.state.loaded?.symbols['guest']);
    await submit('esp');
    expect(page.state.view.lens.linear).toBe(page.state.frame && words(page.state.frame.cpu)[ESP]);
    await submit('no such label');
    expect(input.getAttribute('aria-invalid')).toBe('true');
    expect(page.text('gv-lens', '[role=alert]')).toContain('ESP');
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, composed: true }));
    await page.settle();
    expect([input.value, input.getAttribute('aria-invalid')]).toEqual([hexText(page.state.view.lens.linear), 'false']);
    expect(page.find<HTMLInputElement>('gv-lens', '.tick-box input').checked).toBe(false);
    input.blur();
    page.press('f');
    await page.settle();
    expect(page.find<HTMLInputElement>('gv-lens', '.tick-box input').checked).toBe(true);
  });

  test('puts the lens on the operand of the current line', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('Shift+ArrowRight'));
    const [entry] = page.state.history.transitions;
    await page.after(() => page.app.session.seek(entry.at));
    page.press('o');
    await page.settle();
    expect(page.state.view).toMatchObject({ isPinned: true, lens: { linear: 0x200000, access: 'write' } });
  });

  test('chooses panels, tables and breakpoints', async () => {
    const page = await Page.open();
    for (const [key, panel] of [
      ['2', 'gv-map'],
      ['3', 'gv-vmcs'],
      ['4', 'gv-tlb'],
      ['1', 'gv-walk'],
    ] as const) {
      page.press(key);
      await page.settle();
      expect(page.find(panel)).toBeTruthy();
    }
    page.press('b');
    await page.settle();
    expect(page.find('gv-code', 'li.now .gutter').getAttribute('aria-pressed')).toBe('true');
  });

  test('goes through tabs and scales by arrows, one stop for each', async () => {
    const page = await Page.open();
    const tabs = page.all<HTMLElement>('.stage', '[role=tab]');
    expect(tabs.map((tab) => tab.tabIndex)).toEqual([0, -1, -1, -1, -1, -1]);
    tabs[0].focus();
    page.press('ArrowRight');
    await page.settle();
    expect(page.focused.id).toBe('tab-map');
    expect([page.state.view.scene, page.state.frame?.tick]).toEqual(['map', 0]);
    page.press('End');
    await page.settle();
    expect(page.state.view.scene).toBe('memory');
    page.all<HTMLElement>('gv-transport', '[role=radio]')[0].focus();
    page.press('ArrowDown');
    await page.settle();
    expect(page.state.view.granularity).toBe('walk');
  });

  test('goes through the exits, and to the one chosen', async () => {
    const page = await Page.open({ guest: 'trap-and-emulate' });
    await page.after(() => page.press('c'));
    const list = page.find('gv-exits', 'ol');
    list.focus();
    page.press('Home');
    page.press('ArrowDown');
    await page.settle();
    expect(list.getAttribute('aria-activedescendant')).toBe(page.find('gv-exits', '.active').id);
    const { exits } = page.state.history;
    await page.after(() => page.press('Enter'));
    expect(page.state.frame?.tick).toBe(exits[1].at);
  });

  test('has a list of itself', async () => {
    const page = await Page.open();
    page.press('?');
    const dialog = page.find<HTMLDialogElement>('dialog');
    expect(dialog.open).toBe(true);
    page.press('ArrowRight');
    await page.settle();
    expect(page.state.frame?.tick).toBe(0);
    dialog.close();
  });
});

describe('the menu', () => {
  test('has every guest of the catalogue, under a heading', async () => {
    const page = await Page.open();
    const entries = page.all('gv-guest-menu', '.groups .entry b').map((entry) => entry.textContent?.replaceAll('’', "'"));
    expect(entries.toSorted()).toEqual(GUESTS.map((guest) => guest.title.en.replaceAll('’', "'")).toSorted());
    expect(page.all('gv-guest-menu', '.groups h2').every((heading) => heading.nextElementSibling?.matches('.entry'))).toBe(true);
  });

  test('gives the keyboard back to its button, after Escape and after a choice', async () => {
    const page = await Page.open();
    const menu = page.find('gv-guest-menu', '#menu');
    const button = page.find('gv-guest-menu', '.title');
    const opened = async (): Promise<void> => {
      button.focus();
      button.click();
      await page.until(() => page.focused.matches('[aria-current=true]'));
    };
    await opened();
    menu.hidePopover();
    await page.until(() => page.focused === button);
    await opened();
    page.press('ArrowDown');
    (page.focused as HTMLElement).click();
    await page.until(() => page.focused === button);
  });

  test('on a phone has the instruction that runs next above the stage, as Code has it, and says so', async () => {
    await browser.viewport(390, 844);
    const page = await Page.open({ guest: 'first-exit' });
    for (const count of [0, 1]) {
      if (count > 0) await page.after(() => page.press('ArrowRight'));
      const code = page.state.frame?.code;
      const next = code?.lines.find(({ linear }) => linear === code.current);
      expect(page.text('.instruction')).toContain(`next${next && pageText(next)}`.replace(/\s+/g, ' '));
    }
    await browser.viewport(1280, 800);
  });

  test('on a phone begins at the top, before the lessons', async () => {
    await browser.viewport(390, 844);
    const page = await Page.open({ guest: 'sriov' });
    const menu = page.find('gv-guest-menu', '#menu');
    page.find('gv-guest-menu', '.title').click();
    await page.until(() => page.focused === menu && page.all('gv-guest-menu', '.lessons .entry').length > 0);
    expect(menu.scrollTop).toBe(0);
    page.press('ArrowDown');
    expect(page.focused.closest('.lessons')).not.toBeNull();
    await browser.viewport(1280, 800);
  });

  test('on a phone has what else there is to do, and closes behind it', async () => {
    await browser.viewport(390, 844);
    const page = await Page.open();
    const menu = page.find<GuestMenu>('gv-guest-menu');
    page.find('gv-guest-menu', '.title').click();
    expect(menu.isOpen).toBe(true);
    const actions = page.all<HTMLElement>('gv-guest-menu > .actions', 'gv-guest-menu > .actions button');
    expect(actions.map((button) => button.textContent?.trim())).toEqual(expect.arrayContaining(['Open a file…', 'Keys', 'Share']));
    actions.find((button) => button.textContent?.trim() === 'Keys')?.click();
    expect([menu.isOpen, page.find<HTMLDialogElement>('dialog').open]).toEqual([false, true]);
    await browser.viewport(1280, 800);
  });
});

describe('the timeline', () => {
  test('goes where it is clicked, in the whole of time and around now', async () => {
    const page = await Page.open({ guest: 'first-exit' });
    await page.after(() => page.press('c'));
    const end = page.state.frame?.endTick ?? 0;
    const click = (svg: Element, share: number): void => {
      const box = svg.getBoundingClientRect();
      const at = { clientX: box.left + share * box.width, clientY: box.top + 5, pointerId: 1, bubbles: true };
      svg.setPointerCapture = () => {};
      svg.dispatchEvent(new PointerEvent('pointerdown', at));
      page.find('gv-timeline', '.tracks').dispatchEvent(new PointerEvent('lostpointercapture'));
    };
    await page.after(() => click(page.find('gv-timeline', '.all'), 0.5));
    expect(page.state.frame?.tick).toBe(Math.round(end / 2));
    await page.after(() => click(page.find('gv-timeline', '.near'), 0.75));
    expect(page.state.frame?.tick).toBe(Math.round(end / 2) + 30);
  });

  test('zooms by keys and buttons, around now', async () => {
    const page = await Page.open();
    const labels = (): string[] => page.all('gv-timeline', '.scale text').map((t) => t.textContent ?? '');
    expect(labels()).toContain('120');
    page.press('-');
    await page.settle();
    expect(labels().some((label) => Number(label) >= 200)).toBe(true);
    page.find('gv-timeline', 'button:last-of-type').click();
    await page.settle();
    expect(labels()).toContain('120');
  });

  test('is a slider that keys move', async () => {
    const page = await Page.open();
    await page.after(() => page.press('c'));
    const slider = page.find('gv-timeline', '.tracks');
    slider.focus();
    await page.after(() => page.press('Home'));
    expect(slider.getAttribute('aria-valuenow')).toBe('0');
    await page.after(() => page.press('ArrowRight'));
    expect(slider.getAttribute('aria-valuetext')).toMatch(/^tick 1 of /);
  });
});

describe('speed', () => {
  test('follows each instruction at a pace that can be read, until a pause', async () => {
    const page = await Page.open({ guest: 'paging' });
    page.app.session.setSpeed(20);
    const run = page.app.session.run();
    await page.until((state) => (state.frame?.running ?? false) && state.frame?.code !== null && (state.frame?.tick ?? 0) > 2);
    await page.settle();
    expect(page.text('gv-code', 'li.now')).not.toBe('');
    expect(page.text('gv-transport', '.run')).toBe('Pause');
    page.press('p');
    await run;
    await page.until((state) => state.frame?.running === false);
    await page.settle();
    expect(page.text('gv-transport', '.run')).toBe('Run');
    expect(page.state.frame?.tick).toBeLessThan(200);
  });
});

describe('the console', () => {
  test('shows its last line, opens to all of them and a place to type, and closes again', async () => {
    const page = await Page.open();
    await page.after(() => page.press('c'));
    expect(page.text('gv-console', '.last')).toContain('↵');
    page.press('i');
    await page.settle();
    await expect.poll(() => page.focused.localName).toBe('textarea');
    expect(page.text('gv-console', '.open')).toBe('Console');
    page.find('gv-console', '.open').click();
    await page.settle();
    expect(page.text('gv-console', '.last')).toContain('↵');
  });

  test('has the live region: what happened, and where', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('Shift+ArrowRight'));
    expect(page.text('gv-console', '[role=status]')).toMatch(/^VM exit 48, EPT violation, write g:0x00200000, at v:0x\w{8}$/);
  });
});

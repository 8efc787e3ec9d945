import axe from 'axe-core';
import { page as browser } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { FIELD } from '../../src/arch/vmcs-fields.ts';
import { fieldValue } from '../../src/ui/reading.ts';
import { faults } from './measure.ts';
import { Page } from './page.ts';

afterEach(() => browser.viewport(1280, 800));

/** All rules of WCAG 2.2 A and AA, and axe's own best practices. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** The panel at the first exit of a guest, with the machine's answer in it. */
async function at(guest: string, exits = 1, view = {}): Promise<Page> {
  const page = await Page.open({ guest, view: { scene: 'vmcs', ...view } });
  for (let n = 0; n < exits; n++) await page.after(() => page.press('Shift+ArrowRight'));
  return answered(page);
}

/** Waits until the panel shows what the machine says of this frame, with what is on trial. */
async function answered(page: Page): Promise<Page> {
  await page.settle();
  const panel = page.app.renderRoot.querySelector('gv-vmcs');
  const isDone = (): boolean => {
    if (!panel || page.all('gv-vmcs', '.plain').length > 0) return true;
    const answer = Reflect.get(panel, 'answer') as { readonly frame: { readonly serial: number } } | null;
    return answer?.frame.serial === page.state.frame?.serial;
  };
  for (const end = performance.now() + 10_000; !isDone() && performance.now() < end; ) await page.settle();
  for (let round = 0; round < 10; round++) await page.settle();
  return page;
}

const items = (page: Page): string[] => page.all<HTMLElement>('gv-vmcs', '[role=treeitem]').map((e) => e.dataset['what'] ?? '');
const item = (page: Page, what: string): HTMLElement => page.find('gv-vmcs', `[data-what='${what}']`);
const control = (page: Page): number => fieldValue(page.state.frame?.vmcs ?? new Uint8Array(4096), FIELD.primaryControls);

async function open(page: Page, tab: string): Promise<void> {
  page.find('gv-vmcs', `#tab-${tab}`).click();
  await answered(page);
}

describe('the VMCS’s fields', () => {
  test('show what an exit has written, with what was there before', async () => {
    const page = await at('ept-on-demand');
    expect(page.text('gv-vmcs', "[data-what='exitReason']")).toMatch(/4402 Exit reason 00000000→00000030 48 EPT violation/);
    expect(item(page, 'guestPhysicalAddress').querySelector('mark .address.g')?.textContent).toBe('g:0x00200000');
    expect(page.text('gv-vmcs', "[data-what='drawer:readOnly']")).toContain('4 changed');
    expect(items(page)).not.toContain('ioRcx');
    page.find<HTMLInputElement>('gv-vmcs', '.tick-box input').click();
    await answered(page);
    expect(items(page)).toContain('ioRcx');
  });

  test('name the bit that caused the exit, and light it', async () => {
    const page = await at('ept-on-demand');
    expect(page.text('gv-vmcs', '.cause-line')).toMatch(/^Which bit\? “Enable EPT” is 1/);
    item(page, 'secondaryControls').click();
    await answered(page);
    expect(items(page), 'shut by the reader').not.toContain('secondaryControls:1');
    page.find<HTMLButtonElement>('gv-vmcs', '.cause-line button').click();
    await answered(page);
    expect(page.focused).toBe(item(page, 'secondaryControls:1'));
    expect(item(page, 'secondaryControls:1').className).toContain('cause');
    expect(item(page, 'secondaryControls:1').textContent).toContain('caused this exit');
  });

  test('are a tree for the keyboard, with one stop for it', async () => {
    const page = await at('first-exit');
    const all = (): HTMLElement[] => page.all<HTMLElement>('gv-vmcs', '[role=treeitem]');
    expect(all().filter(({ tabIndex }) => tabIndex === 0)).toHaveLength(1);
    const tick = page.state.frame?.tick;
    item(page, 'drawer:control').focus();
    page.press('ArrowLeft');
    await answered(page);
    expect(item(page, 'drawer:control').getAttribute('aria-expanded')).toBe('false');
    page.press('ArrowRight');
    await answered(page);
    page.press('ArrowRight');
    expect((page.focused as HTMLElement).getAttribute('aria-level')).toBe('2');
    item(page, 'primaryControls').focus();
    page.press('ArrowRight');
    await answered(page);
    page.press('ArrowDown');
    expect((page.focused as HTMLElement).dataset['what']).toBe('primaryControls:2');
    page.press('ArrowLeft');
    expect((page.focused as HTMLElement).dataset['what']).toBe('primaryControls');
    page.press('End');
    expect((page.focused as HTMLElement).dataset['what']).toBe('drawer:host');
    expect(page.state.frame?.tick, 'no key has moved the machine').toBe(tick);
    expect(all().filter(({ tabIndex }) => tabIndex === 0)).toHaveLength(1);
  });

  test('lead to the addresses in them, in the guest whose they are', async () => {
    const page = await at('ept-on-demand');
    const lens = async (what: string, address: string): Promise<unknown> => {
      item(page, what).querySelector<HTMLElement>(address)?.click();
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { linear, context } = page.state.view.lens;
      return { linear, context };
    };
    expect(await lens('guestPhysicalAddress', '.address.g')).toEqual({ linear: 0x200000, context: 'guest' });
    expect(await lens('guestCsBase', '.address.v')).toEqual({ linear: 0, context: 'guest' });
    // What stands in the low bits of a root is no part of its address.
    const root = item(page, 'eptPointer').querySelector<HTMLElement>('.address.h');
    expect(root?.textContent).toMatch(/01E$/);
    expect(Number(root?.dataset['host']) % 4096).toBe(0);
    // A word that opens is pressed as a whole.
    const word = item(page, 'secondaryControls');
    expect(word.getAttribute('aria-expanded')).toBe('true');
    word.click();
    await answered(page);
    expect(item(page, 'secondaryControls').getAttribute('aria-expanded')).toBe('false');
  });

  test('stay open as the reader left them when other scenes were looked at', async () => {
    const page = await at('first-exit');
    item(page, 'drawer:host').click();
    page.press('1');
    await page.settle();
    page.press('3');
    await answered(page);
    expect(items(page)).toContain('hostRip');
  });

  test('are a table for who wants one', async () => {
    const page = await at('first-exit');
    page.press('t');
    await answered(page);
    expect(page.text('gv-vmcs', 'table')).toContain('Exit information4402Exit reason000000000000000A10 CPUID');
  });

  test('can be edited: Enter asks for a value', async () => {
    const page = await at('first-exit');
    item(page, 'guestRsp').focus();
    page.press('Enter');
    await page.settle();
    const field = page.find<HTMLInputElement>('gv-editor', 'input[name=value]');
    field.value = '0x97000';
    field.dispatchEvent(new InputEvent('input'));
    await page.after(() => field.form?.requestSubmit());
    await answered(page);
    expect(item(page, 'guestRsp').textContent).toContain('v:0x00097000');
  });
});

describe('a bit on trial', () => {
  test('says what would exit before it is written, and is written on demand', async () => {
    const page = await at('first-exit');
    item(page, 'primaryControls').click();
    await answered(page);
    item(page, 'primaryControls:12').click();
    await answered(page);
    expect(page.text('gv-vmcs', '.trial')).toContain('RDTSC would exit; now it does not. A VM entry would succeed.');
    const before = control(page);
    expect(before & 0x1000).toBe(0);
    await page.after(() => page.find<HTMLButtonElement>('gv-vmcs', '.trial .plain-button').click());
    await answered(page);
    expect(control(page)).toBe(before | 0x1000);
    expect(page.all('gv-vmcs', '.trial')).toHaveLength(0);
    await open(page, 'exits');
    const rows = page.all<HTMLElement>('gv-vmcs', '.row').map((row) => row.textContent.replace(/\s+/g, ' '));
    expect(rows.find((row) => row.includes('RDTSC exiting'))).toMatch(/▸16 ?exits: ?RDTSC/);
  });

  test('says that VM entry would fail', async () => {
    const page = await at('first-exit');
    item(page, 'pinBasedControls').click();
    await answered(page);
    item(page, 'pinBasedControls:5').click();
    await answered(page);
    expect(page.text('gv-vmcs', '.trial')).toContain('A VM entry would fail: If “NMI exiting” is 0, “virtual NMIs” must be 0.');
  });
});

describe('what exits', () => {
  test('marks the instruction about to run', async () => {
    const page = await at('first-exit');
    await open(page, 'exits');
    expect(page.text('gv-vmcs', '.next')).toBe('The guest’s next instruction, cpuid, always exits.');
    expect(page.find('gv-vmcs', '.row[aria-current]').textContent).toContain('CPUID');
  });
});

describe('the checks of VM entry', () => {
  test('name the one that failed and mend it; all others are ticked', async () => {
    const page = await at('entry-failures', 2);
    expect(page.find('gv-vmcs', '#tab-checks').getAttribute('aria-selected'), 'they come by themselves').toBe('true');
    expect(page.text('gv-vmcs', '.verdict')).toContain('Guest RFLAGS = 0x00000000');
    expect(page.text('gv-vmcs', '.verdict')).toContain('0x00000000 → 0x00000002');
    const signs = page.all('gv-vmcs', '.signs > span');
    expect(signs.filter((sign) => sign.textContent === '✕')).toHaveLength(1);
    expect(signs.length).toBeGreaterThan(150);
    await page.after(() => page.find<HTMLButtonElement>('gv-vmcs', '.verdict .plain-button').click());
    await answered(page);
    expect(page.text('gv-vmcs', '.verdict')).toContain('would succeed now: every check holds');
    expect(page.text('gv-vmcs', '.verdict')).toContain('The last VM entry failed on this rule');
  });

  test('lead to the field', async () => {
    const page = await at('entry-failures', 2);
    page.find<HTMLButtonElement>('gv-vmcs', '.verdict .link').click();
    await answered(page);
    expect(page.focused).toBe(item(page, 'guestRflags'));
  });
});

test('outside VMX operation the panel says so, and the root layer leads to it at an exit', async () => {
  const page = await Page.open({ guest: 'first-exit' });
  page.press('3');
  await answered(page);
  expect(page.text('gv-vmcs', '.plain')).toContain('not in VMX operation');
  page.press('1');
  await page.after(() => page.press('Shift+ArrowRight'));
  page.find<HTMLButtonElement>('gv-root-layer', '.information .link').click();
  await answered(page);
  expect(page.state.view.scene).toBe('vmcs');
  expect(page.text('gv-vmcs', '.cause-line')).toContain('exit 10 is unconditional');
});

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test('axe finds nothing wrong in any tab, in two widths', async () => {
    const page = await at('entry-failures', 2, { theme });
    for (const width of [1366, 390]) {
      await browser.viewport(width, 768);
      for (const tab of ['checks', 'exits', 'fields']) {
        await open(page, tab);
        if (tab === 'fields' && !items(page).includes('pinBasedControls:0')) item(page, 'pinBasedControls').click();
        await answered(page);
        const where: axe.ElementContext = { include: { fromShadowDom: ['glassvisor-app', 'gv-vmcs'] } };
        const { violations } = await axe.run(where, { runOnly: RULES, resultTypes: ['violations'] });
        const found = violations.flatMap(({ id, nodes }) => nodes.map((n) => `${id} ${n.target.flat().join(' > ')}`));
        expect(found, `${tab} ${width}`).toEqual([]);
        const panel = page.find('gv-vmcs');
        expect(panel.scrollWidth, `${tab} ${width}`).toBeLessThanOrEqual(panel.clientWidth);
      }
    }
  });
});

test('nothing is cut off and nothing lies on something else in any tab, at any size, in both languages', async () => {
  const page = await at('entry-failures', 2);
  const found: string[] = [];
  for (const [width, height] of [
    [360, 740],
    [768, 1024],
    [1366, 768],
    [1920, 1080],
  ] as const) {
    await browser.viewport(width, height);
    for (const language of ['en', 'fr'] as const) {
      page.app.session.store.look({ language });
      for (const tab of ['fields', 'exits', 'checks']) {
        await open(page, tab);
        const panel = page.find('gv-vmcs');
        await Promise.allSettled((panel.shadowRoot?.getAnimations() ?? []).map(({ finished }) => finished));
        found.push(...new Set(faults(panel).map((fault) => `${tab} ${width} ${language} ${fault}`)));
      }
    }
  }
  expect(found).toEqual([]);
});

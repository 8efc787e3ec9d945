import { page as browser } from 'vitest/browser';
import { afterEach, describe, expect, test } from 'vitest';
import { Page } from './page.ts';

afterEach(() => browser.viewport(1280, 800));

describe('the walk', () => {
  test('shows all fourteen references, and the bit that refused the last one', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('Shift+ArrowRight'));
    expect(page.all('gv-walk', '.dot').map((dot) => dot.textContent)).toEqual(Array.from({ length: 14 }, (_, i) => String(i + 1)));
    expect(page.text('gv-walk', '.fault')).toMatch(/^14 ?\[0\].*W=0 ✕/);
    expect(page.text('gv-walk', '.row:last-of-type .name')).toContain('g:0x00200000');
    const lanes = page.all('gv-walk', '.lane').map((lane) => lane.textContent?.replace(/\s+/g, ' ').trim());
    expect(lanes).toEqual([expect.stringMatching(/^PDE 0x\w{8} → frame g:0x\w{8}$/), 'PTE 0x00200063 → frame g:0x00200000']);
    expect(page.text('.stage', '.count')).toBe('14 of 14 references');
    expect(page.text('gv-lens', '.bad')).toBe('PT[0] ✕ W=0');
  });

  test.each([
    [1366, 768, 1],
    [1366, 768, 1.125],
    [1366, 768, 1.25],
    [1366, 650, 1],
    [1920, 1080, 1.25],
  ])('is wholly visible over the root layer at %i × %i, with type of %d', async (width, height, scale) => {
    await browser.viewport(width, height);
    for (const language of ['en', 'fr'] as const) {
      const page = await Page.open({ guest: 'ept-on-demand', view: { scale, language } });
      await page.after(() => page.press('Shift+ArrowRight'));
      const place = page.find('gv-walk', '.scroll');
      expect(place.scrollHeight, language).toBeLessThanOrEqual(place.clientHeight);
      expect(
        page.all('gv-code', 'li').filter((line) => line.offsetTop < page.find('gv-code', '.body').clientHeight).length,
      ).toBeGreaterThan(8);
    }
    document.documentElement.style.removeProperty('--gv-zoom');
  });

  test('without EPT stands under the fields of the address, and stops at the entry that is not present', async () => {
    const page = await Page.open({ guest: 'paging' });
    await page.after(() => page.press('c'));
    const [fault] = page.state.history.events;
    await page.after(() => page.app.session.seek(fault.at));
    expect(page.all('gv-walk', '.dot')).toHaveLength(2);
    expect(page.text('gv-walk', '.fault')).toContain('PTE[0]');
    expect(page.text('gv-walk', '.foot')).toContain('Stopped at PTE[0]: P = 0, page fault with error code 0x2');
    expect(page.all('gv-walk', '.loupe')).toHaveLength(2);
  });

  test('shows a stale entry of the TLB against the tables', async () => {
    const page = await Page.open({ guest: 'stale-tlb' });
    await page.after(() => page.press('c'));
    const [, second] = page.state.history.exits;
    await page.after(() => page.app.session.seek(second.at));
    await page.app.session.pin({ linear: 0x400000, access: 'read', context: 'guest' });
    await page.settle();
    expect(page.text('gv-walk', '.stale')).toMatch(/TLB v:0x00400000 → h:0x00200000 · VPID 1 Tables h:0x00201000/);
    expect(page.text('gv-walk', '.reached')).toContain('h:0x00200000');
    expect(page.text('.stage', '.count')).toBe('0 of 2 references');
    page.press('4');
    await page.settle();
    await page.until(() => page.all('gv-tlb', '.here-row').length > 0);
    expect(
      page
        .all('gv-tlb', '.here-row')
        .map((row) => row.textContent)
        .join(),
    ).toContain('stale');
  });

  test('has a table twin', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('Shift+ArrowRight'));
    page.press('t');
    await page.settle();
    expect(page.all('gv-walk', 'tbody tr')).toHaveLength(14);
    expect(page.text('gv-walk', '.here-row')).toMatch(/^14 ?EPT PTE\[0\]/);
    expect(page.text('gv-timeline', '.here-row')).toMatch(/Exits ?VM exit 48 ?EPT violation, write g:0x00200000$/);
    expect(page.text('gv-timeline', 'caption')).toMatch(/^What happened from tick 11 \d+ to tick 11 \d+$/);
  });
});

describe('the root layer', () => {
  test('opens at an exit with what was asked and allowed, and closes at the entry', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    expect(page.find('gv-root-layer').hasAttribute('open')).toBe(false);
    await page.after(() => page.press('Shift+ArrowRight'));
    expect(page.find('gv-root-layer').hasAttribute('open')).toBe(true);
    expect(page.text('gv-root-layer', '.asked tbody')).toBe('asked 2:0010 allowed 5:3000');
    expect(page.text('gv-root-layer', '.information')).toContain('undefined for reason 48');
    expect(page.text('gv-root-layer', '.code .now')).toContain('pusha');
    const [, entry] = page.state.history.transitions.filter((t) => t.world === 'guest');
    expect(entry).toBeUndefined();
    await page.after(() => page.press('c'));
    const next = page.state.history.transitions.filter((t) => t.world === 'guest')[1];
    await page.after(() => page.app.session.seek(next.at));
    expect(page.find('gv-root-layer').hasAttribute('open')).toBe(false);
  });
});

describe('the world band', () => {
  test('says who runs, and what led out of the guest', async () => {
    const page = await Page.open({ guest: 'first-exit' });
    expect(page.text('gv-world-band', '.glass')).toContain('PROCESSOR');
    await page.after(() => page.press('Shift+ArrowRight'));
    expect(page.find('gv-world-band', '.band').dataset['world']).toBe('root');
    expect(page.text('gv-world-band', '.exit')).toMatch(/^VM exit ?10 ?CPUID/);
    const entry = page.state.history.transitions[0];
    await page.after(() => page.app.session.seek(entry.at));
    expect(page.find('gv-world-band', '.band').dataset['world']).toBe('guest');
  });
});

describe('what is long', () => {
  test('is said whole: fields of the VMCS wrap, the rest has it on hover', async () => {
    await browser.viewport(1366, 768);
    const page = await Page.open({ guest: 'cr-shadow' });
    await page.after(() => page.press('Shift+ArrowRight'));
    expect(page.find('gv-root-layer', '.information .sans').title).toBe('Control-register accesses');
    expect(page.find('gv-exits', '[role=option]').title).toBe('Control-register accesses, mov cr4, eax');
    page.press('3');
    await page.settle();
    for (const field of page.all('gv-vmcs', '.line .name'))
      expect(field.scrollWidth, field.textContent ?? '').toBeLessThanOrEqual(field.clientWidth);
  });
});

describe('the code', () => {
  test('is the guest’s at the exit itself, with its reason, and the hypervisor’s from the next step on', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('Shift+ArrowRight'));
    expect(page.text('gv-code', '[aria-selected=true]')).toBe('Guest');
    expect(page.text('gv-code', 'li.now')).toMatch(/mov dword \[LAZY\], 7 ▸48$/);
    expect(page.find('gv-code', 'li.now .pointer').dataset['linear']).toBe(String(0x200000));
    await page.after(() => page.press('ArrowRight'));
    expect(page.text('gv-code', '[aria-selected=true]')).toBe('Hypervisor');
    expect(page.text('gv-code', 'li.before')).toContain('pusha');
  });

  test('shows whole lines only, the current one among them', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('Shift+ArrowRight'));
    const list = page.find('gv-code', 'ol').getBoundingClientRect();
    const line = page.find('gv-code', 'li.now').getBoundingClientRect();
    expect((list.height / line.height) % 1).toBeCloseTo(0, 1);
    expect(line.top).toBeGreaterThanOrEqual(list.top - 1);
    expect(line.bottom).toBeLessThanOrEqual(list.bottom + 1);
  });

  test('has the source, and breakpoints in both', async () => {
    const page = await Page.open({ guest: 'hello' });
    page
      .all<HTMLElement>('gv-code', '[role=tab]')
      .find((tab) => tab.textContent === 'Source')
      ?.click();
    await page.settle();
    expect(page.text('gv-code', 'li.now')).not.toBe('');
    page.all<HTMLElement>('gv-code', '.gutter')[3].click();
    await page.settle();
    expect(page.state.view.breakpoints).toHaveLength(1);
    await page.after(() => page.press('c'));
    expect(page.state.frame?.stop.reason).toBe('breakpoint');
    expect(page.text('gv-why', 'p')).toMatch(/^Stopped at a breakpoint\./);
  });
});

describe('why', () => {
  test('begins with what the guest is about, and keeps that at hand', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    const about = page.find<HTMLDetailsElement>('gv-why', 'details');
    expect([about.open, page.text('gv-why', '.about')]).toEqual([true, expect.stringContaining('Watch reference 14')]);
    await page.after(() => page.press('ArrowRight'));
    expect(about.open).toBe(false);
    page.find('gv-why', 'summary').click();
    await page.after(() => page.press('ArrowRight'));
    expect(about.open).toBe(true);
    await page.after(() => page.app.session.load({ kind: 'guest', id: 'hello' }));
    await page.after(() => page.press('ArrowRight'));
    expect(page.find<HTMLDetailsElement>('gv-why', 'details').open).toBe(false);
  });

  test('is said in both languages where the reader wants that, and stays so', async () => {
    const page = await Page.open();
    // This browser names English alone.
    expect(page.all('gv-why', 'p.other')).toHaveLength(0);
    page.find('gv-why', '.tick-box input').click();
    await page.settle();
    await expect.poll(() => page.text('gv-why', 'p.other')).toMatch(/^Rien n’a encore tourné/);
    expect(JSON.parse(localStorage.getItem('glassvisor') ?? '{}')).toMatchObject({ isBilingual: true });
    localStorage.removeItem('glassvisor');
  });
});

describe('the reader’s language', () => {
  test('is that of every panel, and of the document', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('Shift+ArrowRight'));
    page.app.session.store.look({ isBilingual: true });
    page.find('header', '[lang=fr]').click();
    await page.settle();
    expect(document.documentElement.lang).toBe('fr');
    expect(page.text('gv-why', 'p')).toContain('L’EPT ne projette rien');
    expect(page.text('gv-why', 'p.other')).toContain('The EPT maps nothing');
    expect(page.text('gv-root-layer', '.qualification')).toContain('adresse linéaire valide');
    expect(page.text('gv-transport')).toContain('Lancer');
    page.find('header', '[lang=en]').click();
  });

  test('and theme are kept', async () => {
    const page = await Page.open();
    page.all<HTMLElement>('header', 'header > .quiet').at(-1)?.click();
    await page.settle();
    expect(document.documentElement.dataset['theme']).toBe('dark');
    expect(JSON.parse(localStorage.getItem('glassvisor') ?? '{}')).toMatchObject({ theme: 'dark', language: 'en' });
    localStorage.removeItem('glassvisor');
  });
});

import axe from 'axe-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { ShareDialog } from '../../src/ui/share/share-dialog.ts';
import { Keeper } from '../../src/ui/share/keeper.ts';
import { exportFile } from '../../src/ui/share/exports.ts';
import { isThere, SCENES } from '../../src/ui/scenes.ts';
import { openShelf } from '../../src/ui/share/shelf.ts';
import { Page } from './page.ts';

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

afterEach(() => {
  location.hash = '';
});

async function shared(page: Page): Promise<ShareDialog> {
  page.press('s');
  await expect.poll(() => page.app.renderRoot.querySelector('gv-share')?.shadowRoot?.querySelector('#link') ?? null).not.toBeNull();
  await page.settle();
  return page.find<ShareDialog>('gv-share');
}

describe('the share dialog', () => {
  test('gives a link that another page opens at the same moment', async () => {
    const here = await Page.open({ guest: 'ept-on-demand' });
    await here.after(() => here.press('Shift+ArrowRight'));
    here.press('4');
    await shared(here);
    const link = here.find<HTMLInputElement>('gv-share', '#link').value;
    const hash = await here.state.host?.hash();
    expect(here.find('gv-share', 'svg.qr path').getAttribute('d')?.length).toBeGreaterThan(1000);

    location.hash = new URL(link).hash;
    const there = await Page.open({ guest: 'hello' });
    await there.until(({ guestId, view }) => guestId === 'ept-on-demand' && view.scene === 'tlb');
    expect(await there.state.host?.hash()).toBe(hash);
    await there.settle();
    expect([there.state.view.lens, there.text('gv-why', 'p')]).toEqual([here.state.view.lens, here.text('gv-why', 'p')]);
    // It came there from the beginning: the past is open.
    const [, previousExit, back] = there.all<HTMLButtonElement>('gv-transport', 'button');
    expect([previousExit.disabled, back.disabled]).toEqual([false, false]);
    await there.after(() => back.click());
  });

  test('a damaged link gives a sentence, and the plain guest', async () => {
    location.hash = '#m2.broken';
    const page = await Page.open({ guest: 'hello', view: { language: 'fr' } });
    await page.until(({ trouble }) => trouble !== null);
    await page.settle();
    expect(page.text('.trouble')).toMatch(/^✕ Ce lien est abîmé/);
    expect([page.state.guestId, page.state.frame?.tick]).toEqual(['hello', 0]);
  });

  test('a link put into the address of an open page is followed', async () => {
    const page = await Page.open({ guest: 'hello' });
    location.hash = '#guest=paging&tick=12&scene=tlb';
    await page.until(({ guestId, frame }) => guestId === 'paging' && frame?.tick === 12);
  });

  test('offers an element and a frame with a title', async () => {
    const page = await Page.open({ guest: 'hello' });
    await page.after(() => page.press('ArrowRight'));
    await shared(page);
    const [element, frame] = page.all<HTMLTextAreaElement>('gv-share', 'textarea').map((field) => field.value);
    expect(element).toMatch(/<glass-visor guest="hello" tick="1" .*label="[^"]+"/);
    expect(frame).toMatch(/<iframe src="[^"]+embed\.html#guest=hello&amp;tick=1[^"]*" title="Glassvisor: [^"]+"/);
  });

  test('is accessible in both themes', async () => {
    for (const theme of ['light', 'dark'] as const) {
      const page = await Page.open({ view: { theme } });
      await shared(page);
      const { violations } = await axe.run(page.app, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] });
      expect(violations.map(({ id, nodes }) => [id, nodes.map((n) => n.target)])).toEqual([]);
    }
  });

  test('closes with Escape, and keys are commands again', async () => {
    const page = await Page.open();
    await shared(page);
    page.press('t');
    expect(page.state.view.isTable).toBe(false);
    page.find<HTMLDialogElement>('gv-share', 'dialog').close();
    page.press('t');
    expect(page.state.view.isTable).toBe(true);
  });
});

describe('what is exported', () => {
  test('a picture of every panel is SVG with its words in it, and a PNG', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    await page.after(() => page.press('Shift+ArrowRight'));
    for (const scene of SCENES.filter((one) => isThere(one, page.state.loaded))) {
      page.app.session.store.look({ scene });
      await page.settle();
      const stage = page.find('#stage');
      const drawn = async (): Promise<Document> =>
        new DOMParser().parseFromString(text((await exportFile('svg', page.app.session, stage))?.bytes), 'image/svg+xml');
      // Some ask the machine first.
      await expect
        .poll(async () => (await drawn()).querySelectorAll('text').length, { message: scene, timeout: 10_000 })
        .toBeGreaterThan(10);
      const read = await drawn();
      expect(read.querySelector('parsererror'), scene).toBeNull();
      expect(read.documentElement.textContent, scene).toMatch(/[0-9A-F]{3,}/);
      expect(Number(read.documentElement.getAttribute('width'))).toBe(Math.ceil(stage.getBoundingClientRect().width));
      const png = await exportFile('png', page.app.session, stage);
      expect(png?.name).toMatch(new RegExp(`^ept-on-demand-${scene}-\\d+\\.png$`));
      expect([...(png?.bytes.subarray(1, 4) ?? [])]).toEqual([0x50, 0x4e, 0x47]);
      expect(png?.bytes.length).toBeGreaterThan(10_000);
    }
  });

  test('on paper is the picture in the light theme, the same as tables, and a code that leads back; then all is as it was', async () => {
    const page = await Page.open({ guest: 'ept-on-demand', view: { theme: 'dark' } });
    await page.after(() => page.press('Shift+ArrowRight'));
    await shared(page);
    const printed: { theme: string | undefined; text: string; rows: number; code: number; picture: number; seen: string }[] = [];
    const print = window.print.bind(window);
    window.print = () => {
      const root = document.querySelector('.gv-print')?.shadowRoot;
      printed.push({
        theme: document.documentElement.dataset['theme'],
        text: root?.textContent ?? '',
        rows: root?.querySelectorAll('tr').length ?? 0,
        code: root?.querySelector('.qr path')?.getAttribute('d')?.length ?? 0,
        picture: root?.querySelectorAll('.picture text').length ?? 0,
        seen: getComputedStyle(document.querySelector('.gv-print') as Element).display,
      });
    };
    page.find('gv-share', '[data-file=print]').click();
    await expect.poll(() => printed.length, { timeout: 10_000 }).toBe(1);
    window.print = print;
    expect(printed[0]).toMatchObject({ theme: 'light', seen: 'none' });
    expect(printed[0].text).toMatch(/Walk at tick 11\s529\..*EPT violation/s);
    expect(Math.min(printed[0].rows, printed[0].code, printed[0].picture)).toBeGreaterThan(5);
    expect(document.querySelector('.gv-print')).toBeNull();
    await page.settle();
    expect([page.state.view.theme, page.state.view.isTable, document.documentElement.dataset['theme']]).toEqual(['dark', false, 'dark']);
  });

  test('the trace is JSON lines with names, the console text, the network pcap', async () => {
    const page = await Page.open({ guest: 'ping' });
    await page.after(() => page.press('c'));
    const { session } = page.app;
    const lines = text((await exportFile('trace', session, null))?.bytes)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.find(({ event }) => event === 'virtqueue')).toMatchObject({
      record: expect.any(Number) as number,
      tick: expect.any(Number) as number,
      queue: 1,
    });
    expect(text((await exportFile('console', session, null))?.bytes)).toBe(page.state.loaded?.expected);
    expect([...((await exportFile('capture', session, null))?.bytes.subarray(0, 4) ?? [])]).toEqual([0x4d, 0x3c, 0xb2, 0xa1]);
  });
});

describe('the last moment', () => {
  test('is kept when the machine rests, offered at the next visit, and taken up again', async () => {
    const here = await Page.open({ guest: 'paging' });
    here.app.sharing.keeper = new Keeper(here.app.session, openShelf());
    await here.after(() => here.press('ArrowRight'));
    await here.after(() => here.press('ArrowRight'));
    here.press('4');
    await expect.poll(() => here.app.sharing.keeper?.last?.tick, { timeout: 10_000 }).toBe(2);
    const hash = await here.state.host?.hash();

    const there = await Page.open({ guest: 'hello' });
    const keeper = new Keeper(there.app.session, openShelf());
    there.app.sharing.keeper = keeper;
    await expect.poll(async () => (await openShelf().read())?.tick).toBe(2);
    await keeper.remember();
    await there.settle();
    // It waits to be asked.
    expect(there.state.guestId).toBe('hello');
    expect(there.text('.offer')).toMatch(/^Last time you were at tick 2 of “[^”]+”\. Take up again Forget it$/);
    await there.after(() => there.find('.offer .link').click());
    expect(await there.state.host?.hash()).toBe(hash);
    expect([there.state.guestId, there.state.trouble]).toEqual(['paging', null]);
    await there.settle();
    expect(there.app.renderRoot.querySelector('.offer')).toBeNull();
    await openShelf().clear();
    expect(await openShelf().read()).toBeNull();
  });

  test('holds texts that were typed though the machine never moved, and the lesson that was open', async () => {
    const here = await Page.open({ lesson: 'first-steps' });
    await here.until((state) => state.lesson !== null);
    const keeper = new Keeper(here.app.session, openShelf());
    here.app.sharing.keeper = keeper;
    here.press('e');
    await here.until(({ view }) => view.editing !== null);
    const [draft] = here.state.view.drafts;
    const mine = { ...draft, text: `${draft.text}; typed\n` };
    here.app.session.store.look({ drafts: [mine] });
    await expect.poll(() => keeper.last?.view.drafts?.[0].text, { timeout: 10_000 }).toBe(mine.text);
    await here.app.lessons?.guide.show();
    await here.until((state) => state.lesson?.isReached === true);
    await expect.poll(() => keeper.last?.lesson?.steps[0].reached, { timeout: 10_000 }).toBe(1);

    const there = await Page.open({ guest: 'paging' });
    const found = new Keeper(there.app.session, openShelf());
    found.onLesson = (lesson) => there.app.sharing.takeUp(lesson);
    await expect.poll(async () => (await openShelf().read())?.lesson?.steps[0].reached).toBe(1);
    await found.remember();
    await found.take();
    await there.until((state) => state.lesson?.isReached === true);
    expect(there.state.view.drafts).toEqual([mine]);
    expect([there.state.guestId, there.state.frame?.tick]).toEqual(['hello', 1]);
    await openShelf().clear();
  });

  test('is kept in memory where storage is refused', async () => {
    const shelf = openShelf(() => {
      throw new DOMException('refused', 'SecurityError');
    });
    const kept = { file: new Uint8Array(3), recipe: null, guestId: null, name: 'x', tick: 3, view: {}, lesson: null };
    await shelf.write(kept);
    expect(await shelf.read()).toEqual(kept);
    await shelf.clear();
    expect(await shelf.read()).toBeNull();
  });

  test('comes back in a new machine when the worker dies', async () => {
    const workers: Worker[] = [];
    const { machines } = new (await import('../../src/ui/app/app.ts')).GlassvisorApp();
    const makeWorker = (): Worker => {
      const worker = machines.makeWorker();
      workers.push(worker);
      return worker;
    };
    const page = await Page.open({ guest: 'paging', machines: { ...machines, makeWorker } });
    const keeper = new Keeper(page.app.session, openShelf());
    page.app.sharing.keeper = keeper;
    await page.after(() => page.press('ArrowRight'));
    await expect.poll(() => keeper.last?.tick, { timeout: 10_000 }).toBe(1);
    workers[0].dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));
    await page.settle();
    expect(page.text('.trouble')).toMatch(/The machine’s worker stopped\. Its moment at tick 1 was kept\. \(out of memory\)/);
    page.find('.trouble .link').click();
    await page.until(({ host, frame }) => host !== null && frame?.tick === 1);
    expect(page.state.guestId).toBe('paging');
    await openShelf().clear();
  });
});

describe('presenting', () => {
  test('shows the code at 20 points, hides what is secondary, and ends with the same key', async () => {
    const page = await Page.open({ guest: 'ept-on-demand' });
    page.press('Shift+P');
    await page.settle();
    const code = page.find('gv-code', '.mono, td, .line, li');
    expect(Number.parseFloat(getComputedStyle(code).fontSize)).toBeGreaterThanOrEqual(26.6);
    for (const gone of ['header', 'gv-timeline', 'gv-exits', 'gv-registers', 'gv-console'])
      expect(page.app.renderRoot.querySelector(gone)).toBeNull();
    await page.after(() => page.press('ArrowRight'));
    dispatchEvent(new PointerEvent('pointermove', { clientX: 50, clientY: 60 }));
    expect(page.find('.halo').style.transform).toBe('translate(50px, 60px)');
    page.press('Shift+P');
    await page.settle();
    expect(page.find('header')).toBeTruthy();
    expect(document.documentElement.style.getPropertyValue('--gv-zoom')).toBe('1');
  });
});

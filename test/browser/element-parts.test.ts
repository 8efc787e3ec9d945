import axe from 'axe-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { CheckpointDetail, GlassVisorElement, ResizeDetail } from '../../src/element.ts';
import '../../src/element.ts';
import { PART_SCENES } from '../../src/element/parts.ts';
import { openShelf } from '../../src/ui/share/shelf.ts';

function make(attributes: Readonly<Record<string, string>> = {}, ...children: Node[]): GlassVisorElement {
  const element = document.createElement('glass-visor');
  for (const [name, value] of Object.entries({ lang: 'en', theme: 'light', ...attributes })) element.setAttribute(name, value);
  element.append(...children);
  document.body.append(element);
  return element;
}

/** An element `tag` for the slot `slot`. */
function child(slot: string, text: string): HTMLElement {
  return Object.assign(document.createElement('p'), { slot, textContent: text });
}

const inside = (element: Element, ...path: readonly string[]): HTMLElement | null =>
  path.reduce<Element | null>((at, step) => (at?.shadowRoot ?? at)?.querySelector(step) ?? null, element) as HTMLElement | null;

/** All text that is drawn, through shadows and slots. */
function drawn(element: Element): string {
  const of = (node: Node): string => {
    if (node instanceof HTMLStyleElement || node instanceof Comment) return '';
    if (node instanceof HTMLSlotElement && node.assignedNodes().length > 0) return node.assignedNodes().map(of).join(' ');
    if (node instanceof Element) return [...(node.shadowRoot ?? node).childNodes].map(of).join(' ');
    return node.textContent ?? '';
  };
  return of(element).replace(/\s+/g, ' ');
}

afterEach(() => document.body.replaceChildren());

describe('parts of a machine elsewhere on the page', () => {
  test.each(Object.keys(PART_SCENES))('<glass-visor-%s> says when there is nothing, and shows it when there is', async (name) => {
    const part = document.createElement(`glass-visor-${name}`);
    part.setAttribute('for', 'machine');
    part.lang = 'en';
    document.body.append(part);
    expect(drawn(part)).toContain('There is no <glass-visor id="machine">');
    const element = make({ guest: name === 'virtq' ? 'virtio-console' : 'ept-permissions', id: 'machine' });
    part.setAttribute('for', 'machine ');
    part.setAttribute('for', 'machine');
    expect(drawn(part)).toContain('has not been started');
    await element.boot();
    await expect.poll(() => inside(part, 'gv-viewer', '.stage')?.firstElementChild ?? null, { timeout: 10_000 }).not.toBeNull();
    expect(inside(part, 'gv-viewer', '.transport')).toBeNull();
    element.destroy();
    await expect.poll(() => drawn(part)).toContain('has not been started');
  });

  test('follow their machine', async () => {
    const element = make({ guest: 'first-exit', id: 'one' });
    const part = document.createElement('glass-visor-registers');
    part.setAttribute('for', 'one');
    document.body.append(part);
    await element.boot();
    const shown = (): string => drawn(part);
    await expect.poll(shown).toContain('EAX');
    const before = shown();
    await element.step(1, 'exit');
    await expect.poll(shown).not.toBe(before);
    element.theme = 'dark';
    await expect.poll(() => getComputedStyle(part).getPropertyValue('--gv-bg').trim()).toBe('#141412');
  });

  test('stay as they are when another machine starts', async () => {
    const element = make({ guest: 'first-exit', id: 'one' });
    const part = document.createElement('glass-visor-registers');
    part.setAttribute('for', 'one');
    document.body.append(part);
    await element.boot();
    const panel = inside(part, 'gv-viewer');
    expect(panel).not.toBeNull();
    await make({ guest: 'hello', id: 'two' }).boot();
    expect(inside(part, 'gv-viewer')).toBe(panel);
    part.setAttribute('for', 'two');
    expect(inside(part, 'gv-viewer')).not.toBe(panel);
  });
});

describe('a page’s own pieces', () => {
  test('stand in the slots, and what they replace comes back', async () => {
    const [narration, button, text] = [child('narration', 'our words'), child('toolbar-end', 'our button'), child('lesson', 'our text')];
    const element = make({ guest: 'first-exit' }, narration, button, text);
    await element.boot();
    await element.step(1, 'exit');
    for (const words of ['our words', 'our button', 'our text']) expect(drawn(element)).toContain(words);
    expect(inside(element, 'gv-viewer', '.why slot p')?.checkVisibility() ?? false).toBe(false);
    narration.remove();
    await expect.poll(() => inside(element, 'gv-viewer', '.why slot p')?.checkVisibility()).toBe(true);
  });

  test('stand there where the machine cannot start, with the reason', async () => {
    const element = make({ guest: 'nobody' }, child('poster', 'our picture'), child('fallback', 'read on page 12'));
    expect(drawn(element)).not.toContain('page 12');
    await expect(element.boot()).rejects.toThrow(/nobody/);
    expect(drawn(element)).toMatch(/read on page 12.*did not start.*nobody/);
    expect(drawn(element)).not.toContain('our picture');
  });

  test('a program may stand in <pre>, which readers without scripts see', async () => {
    const source = Object.assign(document.createElement('pre'), { textContent: 'bits 32\norg 0x10000\nmov eax, 7\nhlt\n' });
    const element = make({}, source);
    await element.run();
    expect(element.state?.registers['EAX']).toBe(7);
  });

  test('styles reach the parts inside, through the panels', async () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      glass-visor { --gv-font: monospace; --gv-scale: 1.5; }
      glass-visor::part(stage) { outline: 3px solid rgb(1, 2, 3); }
      glass-visor::part(walk-cell) { opacity: .5; }
      glass-visor::part(ring) { opacity: .25; }
      glass-visor::part(transport) { background: rgb(4, 5, 6); }`);
    document.adoptedStyleSheets.push(sheet);
    const element = make({ guest: 'ept-permissions', tick: '6425' });
    await element.boot();
    const style = (...path: readonly string[]): CSSStyleDeclaration => getComputedStyle(inside(element, ...path) as Element);
    expect(style('gv-viewer', '.stage').outlineColor).toBe('rgb(1, 2, 3)');
    expect(style('gv-viewer', '.cell').opacity).toBe('0.5');
    expect(style('gv-viewer', '.transport').backgroundColor).toBe('rgb(4, 5, 6)');
    expect(style('gv-viewer', '.run').fontFamily).toBe('monospace');
    expect(Number(style('gv-viewer').zoom)).toBe(1.5);
    await element.load('virtio-console');
    element.scene = 'virtio';
    await expect.poll(() => inside(element, 'gv-viewer', 'gv-virtio', '.ring'), { timeout: 10_000 }).not.toBeNull();
    expect(style('gv-viewer', 'gv-virtio', '.ring').opacity).toBe('0.25');
    document.adoptedStyleSheets.pop();
  });
});

describe('a lesson in an element', () => {
  test('shows its text and questions, takes answers, and tells of checkpoints', async () => {
    const element = make({ lesson: 'ept-permissions' });
    const checkpoints: CheckpointDetail[] = [];
    document.body.addEventListener('gv-checkpoint', (event) => checkpoints.push((event as CustomEvent<CheckpointDetail>).detail));
    await element.boot();
    expect(element.program).toEqual({ guest: 'ept-permissions' });
    await expect.poll(() => drawn(element)).toContain('Step 1 of 5');
    const submit = (): void => {
      const form = inside(element, 'gv-viewer', 'gv-lesson', 'form') as HTMLFormElement;
      (form.querySelector('input') as HTMLInputElement).checked = true;
      form.requestSubmit();
    };
    element.addEventListener('gv-answer', (event) => event.preventDefault(), { once: true });
    submit();
    expect(drawn(element)).not.toContain('You said');
    const answered = new Promise((resolve) => element.addEventListener('gv-answer', (event) => resolve(event.detail), { once: true }));
    submit();
    expect(await answered).toEqual({ lesson: 'ept-permissions', step: 1, answer: 0 });
    await expect.poll(() => drawn(element)).toContain('You said');
    inside(element, 'gv-viewer', 'gv-lesson', '.show')?.click();
    await expect.poll(() => checkpoints.length, { timeout: 15_000 }).toBe(1);
    expect(checkpoints[0]).toMatchObject({ lesson: 'ept-permissions', step: 1, steps: 5, answer: 0 });
    expect(checkpoints[0].machine).toBeTypeOf('number');
    const { violations } = await axe.run(element, { rules: { region: { enabled: false } } });
    expect(violations.map(({ id, nodes }) => `${id} ${nodes.map((n) => n.target.join(' ')).join()}`)).toEqual([]);
  });

  test('begins with the step that the page names', async () => {
    const element = make({ lesson: 'first-exit', checkpoint: '2' });
    await element.boot();
    await expect.poll(() => drawn(element)).toContain('Step 2 of');
    expect(element.tick).toBeGreaterThan(0);
  });

  test('shows the scene of its step, from the first on, unless the page around names one', async () => {
    const [first, later, own] = [
      make({ lesson: 'first-exit' }),
      make({ lesson: 'first-exit', checkpoint: '3' }),
      make({ lesson: 'first-exit', scene: 'registers' }),
    ];
    await Promise.all([first.boot(), later.boot(), own.boot()]);
    await expect.poll(() => inside(first, 'gv-viewer', 'gv-vmcs')).not.toBeNull();
    await expect.poll(() => inside(later, 'gv-viewer', 'gv-vmcs')).not.toBeNull();
    expect([first.scene, later.scene, own.scene]).toEqual(['vmcs', 'vmcs', 'registers']);
    await own.step(1);
    expect(own.scene).toBe('registers');
  });

  test('that there is not is refused by name', async () => {
    await expect(make({ lesson: 'nothing' }).boot()).rejects.toThrow(/There is no lesson "nothing". There are: .*first-exit/);
  });
});

describe('the whole of it', () => {
  test.each(['light', 'dark'])('has code, registers, lens, speed and time; axe-core finds nothing in %s', async (theme) => {
    const element = make({ guest: 'ept-permissions', tick: '6425', density: 'full', editable: '', theme });
    await element.boot();
    for (const what of ['gv-lens-bar', 'gv-code', 'gv-registers', 'gv-timeline', 'select.speed'])
      await expect.poll(() => inside(element, 'gv-viewer', what), { timeout: 10_000 }).not.toBeNull();
    const { violations } = await axe.run(element, { rules: { region: { enabled: false } } });
    expect(violations.map(({ id, nodes }) => `${id} ${nodes.map((n) => n.target.join(' ')).join()}`)).toEqual([]);
  });

  test.each([320, 480, 640, 960])('fits into %i pixels, in both languages', async (width) => {
    const element = make({ guest: 'ept-permissions', tick: '6425', density: 'full', editable: '', app: './' });
    element.style.width = `${width}px`;
    await element.boot();
    for (const lang of ['en', 'fr']) {
      element.lang = lang;
      await expect.poll(() => inside(element, 'gv-viewer', '.run')?.textContent).toBe(lang === 'en' ? 'Run' : 'Lancer');
      const { right } = element.getBoundingClientRect();
      const outside = [...(inside(element, 'gv-viewer')?.shadowRoot?.querySelectorAll<HTMLElement>('.page *') ?? [])]
        .filter((e) => e.checkVisibility() && !e.closest('.visually-hidden, .open-in') && e.getBoundingClientRect().right > right + 0.5)
        .map((e) => e.className || e.tagName);
      expect(outside).toEqual([]);
    }
  });

  test('says how high it would have to be', async () => {
    const element = make({ guest: 'ept-permissions', tick: '6425' });
    element.style.width = '640px';
    const sizes: ResizeDetail[] = [];
    element.addEventListener('gv-resize', (event) => sizes.push(event.detail));
    await element.boot();
    await expect.poll(() => sizes.length).toBeGreaterThan(0);
    element.style.blockSize = '200px';
    await expect.poll(() => sizes.at(-1)?.height).toBe(200);
    const { wanted } = sizes.at(-1) as ResizeDetail;
    expect(wanted).toBeGreaterThan(280);
    element.style.blockSize = `${wanted}px`;
    await expect.poll(() => Math.abs((sizes.at(-1)?.wanted ?? 0) - wanted)).toBeLessThan(2);
  });
});

describe('what an element keeps', () => {
  test('is nothing, unless its author wants it; then it is offered', async () => {
    const first = make({ guest: 'hello', persist: 'test-course' });
    await first.step(5);
    const kept = openShelf(undefined, 'element test-course');
    await expect.poll(async () => (await kept.read())?.tick, { timeout: 10_000 }).toBe(5);
    first.remove();
    const other = make({ guest: 'hello' });
    await other.boot();
    expect(drawn(other)).not.toContain('Last time');
    const again = make({ guest: 'hello', persist: 'test-course' });
    await again.boot();
    await expect.poll(() => drawn(again)).toContain('Last time you were at tick 5');
    expect(again.tick).toBe(0);
    inside(again, 'gv-viewer', '.offer button')?.click();
    await expect.poll(() => again.tick).toBe(5);
    await kept.clear();
  });
});

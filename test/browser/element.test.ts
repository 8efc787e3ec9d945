import axe from 'axe-core';
import { describe, expect, test } from 'vitest';
import { GlassVisorElement } from '../../src/element.ts';
import type { Position } from '../../src/element.ts';

function make(attributes: Readonly<Record<string, string>> = {}, ...children: (Node | string)[]): GlassVisorElement {
  const element = document.createElement('glass-visor');
  for (const [name, value] of Object.entries({ guest: 'first-exit', lang: 'en', theme: 'light', ...attributes }))
    element.setAttribute(name, value);
  element.append(...children);
  document.body.append(element);
  return element;
}

const posterOf = (element: Element): HTMLElement | null => element.shadowRoot?.querySelector('[part~=poster]') ?? null;
const viewerOf = (element: Element): (HTMLElement & { updateComplete: Promise<unknown> }) | null =>
  element.shadowRoot?.querySelector('gv-viewer') ?? null;

/** What the viewer shows there, blanks made one. */
async function textOf(element: Element, selector: string): Promise<string> {
  await viewerOf(element)?.updateComplete;
  return (viewerOf(element)?.shadowRoot?.querySelector(selector)?.textContent ?? '').replace(/\s+/g, ' ').trim();
}

describe('before anybody asks', () => {
  test('there is a poster that can be pressed, and no machine', () => {
    const element = make({ guest: 'ept-permissions' });
    expect(posterOf(element)?.textContent).toContain('ept-permissions');
    expect(posterOf(element)?.textContent).toContain('Start the machine');
    expect([element.ready, element.position, element.place]).toEqual([false, null, null]);
  });

  test('the page’s own picture and caption stand in it, in the language around it', () => {
    const picture = Object.assign(new Image(), { slot: 'poster', alt: 'fourteen references' });
    const element = make({ lang: '' }, picture);
    element.removeAttribute('lang');
    document.body.lang = 'fr';
    element.setAttribute('guest', 'paging');
    expect(posterOf(element)?.textContent).toContain('Démarrer la machine');
    expect(picture.assignedSlot?.name).toBe('poster');
    document.body.removeAttribute('lang');
  });

  test('defining it twice is no error', async () => {
    const { defineGlassVisor } = await import('../../src/element/define.ts');
    defineGlassVisor();
    expect(customElements.get('glass-visor')).toBe(GlassVisorElement);
  });
});

describe('a machine that was asked for', () => {
  test('comes behind the poster, and tells', async () => {
    const element = make();
    const told: string[] = [];
    for (const type of ['gv-ready', 'gv-stop', 'gv-exit', 'gv-tick'] as const)
      document.body.addEventListener(type, () => told.push(type), { once: true });
    const ready = new Promise<void>((resolve) => element.addEventListener('gv-ready', () => resolve(), { once: true }));
    posterOf(element)?.click();
    await ready;
    expect([element.ready, element.tick, element.place, posterOf(element)]).toEqual([true, 0, 'worker', null]);
    await element.step(1, 'exit');
    expect(await textOf(element, '.why')).toContain('CPUID');
    expect(told).toEqual(['gv-ready', 'gv-tick', 'gv-exit', 'gv-stop']);
    const there = element.tick;
    await element.back();
    expect(element.tick).toBe(there - 1);
    await element.seek(3);
    expect(await textOf(element, '.tick')).toContain('tick');
    expect(element.position).toMatchObject({ tick: 3, running: false });
  });

  test('begins where its attributes say, in the language and theme they say', async () => {
    const element = make({ guest: 'ept-permissions', lang: 'fr', theme: 'dark', tick: '40' });
    await element.boot();
    expect(element.tick).toBe(40);
    expect(await textOf(element, '.run')).toBe('Lancer');
    expect(getComputedStyle(element).getPropertyValue('--gv-bg').trim()).toBe('#141412');
    element.theme = 'light';
    element.lang = 'en';
    await expect.poll(() => textOf(element, '.run')).toBe('Run');
    expect(getComputedStyle(element).getPropertyValue('--gv-bg').trim()).toBe('#faf8f2');
  });

  test('has the page’s own colours where it says so', async () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('glass-visor { --gv-bg: rgb(1, 2, 3); }');
    document.adoptedStyleSheets.push(sheet);
    const element = make();
    await element.boot();
    expect(getComputedStyle(viewerOf(element) as Element).backgroundColor).toBe('rgb(1, 2, 3)');
    document.adoptedStyleSheets.pop();
  });

  test('runs source that stands between its tags, and only when it is told to', async () => {
    const script = Object.assign(document.createElement('script'), {
      type: 'text/x-glass-asm',
      textContent: 'bits 32\norg 0x10000\nmov eax, 42\nhlt\n',
    });
    const element = make({ autoplay: '', norun: '' }, script);
    element.removeAttribute('guest');
    await element.boot();
    expect(element.tick).toBe(0);
    const stopped = new Promise<Position>((resolve) => element.addEventListener('gv-stop', (event) => resolve(event.detail)));
    await element.run();
    expect(await stopped).toMatchObject({ tick: 2, reason: 'halt', running: false });
  });

  test('can be saved and restored', async () => {
    const element = make();
    await element.boot();
    await element.step(5);
    const bytes = await element.save();
    await element.step(7);
    await element.restore(bytes);
    expect(element.tick).toBe(5);
  });

  test('refuses in a sentence, to the caller and to the page', async () => {
    const element = make();
    await element.boot();
    const told: string[] = [];
    element.addEventListener('gv-error', (event) => told.push(event.detail.message));
    await expect(element.load('nobody')).rejects.toThrow(/nobody/);
    expect(told).toEqual([expect.stringContaining('nobody')]);
    await element.step();
    expect(element.tick).toBe(1);
  });

  test('that cannot be had leaves the poster, which says so and can be pressed again', async () => {
    const element = make({ src: '/nothing/here.asm' });
    element.removeAttribute('guest');
    await expect(element.boot()).rejects.toThrow();
    expect(posterOf(element)?.textContent).toMatch(/did not start.*Try again/s);
    element.removeAttribute('src');
    element.guest = 'hello';
    await element.boot();
    expect(element.ready).toBe(true);
  });

  test('shows another scene, with the code that this scene needs', async () => {
    const element = make({ scene: 'registers', scenes: 'walk registers' });
    await element.boot();
    const panel = (): Element | null | undefined => viewerOf(element)?.shadowRoot?.querySelector('gv-registers');
    await expect.poll(() => panel()?.shadowRoot?.textContent ?? '').toContain('EAX');
    viewerOf(element)?.shadowRoot?.querySelector<HTMLElement>('[role=tab]')?.click();
    expect(element.scene).toBe('walk');
    await expect.poll(panel).toBeNull();
  });

  test('hears keys where the focus is, and nowhere else', async () => {
    const element = make();
    await element.boot();
    const press = (target: EventTarget): boolean =>
      target.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, composed: true, cancelable: true }));
    press(document.body);
    press(viewerOf(element)?.shadowRoot?.querySelector('.page') as Element);
    await expect.poll(() => element.tick).toBe(1);
  });
});

describe('everybody', () => {
  test.each(['light', 'dark'] as const)('can use poster and machine: axe-core finds nothing in %s', async (theme) => {
    const element = make({ guest: 'ept-permissions', theme, app: './', scenes: 'walk registers' });
    const violations = async (): Promise<string[]> => {
      const { violations: found } = await axe.run(element, { rules: { region: { enabled: false } } });
      return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
    };
    expect(await violations()).toEqual([]);
    await element.step(2, 'exit');
    await viewerOf(element)?.updateComplete;
    expect(await violations()).toEqual([]);
  });

  test('hears what happened, once the machine stands', async () => {
    const element = make();
    await element.step(1, 'exit');
    expect(await textOf(element, '[role=status]')).toContain('CPUID');
  });
});

describe('a machine that goes', () => {
  test('leaves the poster, and can be had again', async () => {
    const element = make();
    await element.boot();
    element.destroy();
    expect([element.ready, viewerOf(element)]).toEqual([false, null]);
    expect(posterOf(element)?.textContent).toContain('Start the machine');
    await element.boot();
    expect(element.tick).toBe(0);
  });

  test('goes with the element, but not where that is only moved', async () => {
    const element = make();
    await element.boot();
    const other = document.createElement('div');
    document.body.append(other);
    other.append(element);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(element.ready).toBe(true);
    element.remove();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(element.ready).toBe(false);
  });

  test('never comes where the element goes first', async () => {
    const element = make();
    const booting = element.boot();
    element.destroy();
    await expect(booting).rejects.toThrow(/taken off/);
    expect([element.ready, viewerOf(element)]).toEqual([false, null]);
  });
});

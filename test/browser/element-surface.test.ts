import { afterEach, describe, expect, test } from 'vitest';
import type { GlassVisorElement, GlassVisorEvents } from '../../src/element.ts';
import '../../src/element.ts';
import { connectFrame } from '../../src/element/frame-client.ts';

const SOURCE = 'bits 32\norg 0x10000\nstart: mov eax, 42\nmov [0x20000], eax\nafter: mov ebx, eax\nhlt\n';

function make(attributes: Readonly<Record<string, string>> = {}): GlassVisorElement {
  const element = document.createElement('glass-visor');
  for (const [name, value] of Object.entries({ guest: 'first-exit', lang: 'en', theme: 'light', ...attributes }))
    element.setAttribute(name, value);
  document.body.append(element);
  return element;
}

afterEach(() => document.body.replaceChildren());

const inside = (element: Element, ...path: readonly string[]): HTMLElement | null =>
  path.reduce<Element | null>((at, step) => (at?.shadowRoot ?? at)?.querySelector(step) ?? null, element) as HTMLElement | null;

/** What `type` told while `work` was done. */
async function told<K extends keyof GlassVisorEvents>(type: K, work: () => Promise<unknown>): Promise<GlassVisorEvents[K]['detail'][]> {
  const details: GlassVisorEvents[K]['detail'][] = [];
  const hear = (event: Event): void => void details.push((event as GlassVisorEvents[K]).detail);
  document.body.addEventListener(type, hear);
  await work();
  document.body.removeEventListener(type, hear);
  return details;
}

test('attributes that change while the machine comes are obeyed', async () => {
  const element = make({ guest: 'first-exit' });
  const booting = element.boot();
  element.guest = 'hello';
  element.theme = 'dark';
  await booting;
  await expect.poll(() => element.program).toEqual({ guest: 'hello' });
  await expect.poll(() => getComputedStyle(element).getPropertyValue('--gv-bg').trim()).toBe('#141412');
});

describe('what can be read of a machine', () => {
  test('is null without one, and plain data with one', async () => {
    const element = make();
    expect([element.state, element.trace, element.breakpoints, element.program, element.capabilities]).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
    expect([element.busy, element.error]).toEqual([false, null]);
    const booting = element.boot();
    expect(element.busy).toBe(true);
    await booting;
    expect(element.busy).toBe(false);
    expect(element.program).toEqual({ guest: 'first-exit' });
    await element.step(1, 'exit');
    expect(element.state).toMatchObject({ world: 'root', reason: 'exit', tick: element.tick });
    expect(element.state?.vmcs?.['exitReason']).toBe(element.trace?.exits[0].reason);
    expect(element.state?.registers['EIP']).toBeGreaterThan(0);
    expect(structuredClone(element.state)).toEqual(element.state);
    expect(element.capabilities).toMatchObject({ editable: false, devices: [] });
    expect(element.capabilities?.guests).toContain('paging');
  });

  test('is the trace: walks, what the TLB gained, exits, in order', async () => {
    const element = make({ guest: 'ept-permissions' });
    const walks = await told('gv-walk', () => element.step(3, 'exit'));
    const trace = element.trace;
    expect(trace?.exits.length).toBe(3);
    expect(trace?.walks.length).toBeGreaterThanOrEqual(walks.length);
    expect(walks.at(-1)).toEqual(trace?.walks.findLast((walk) => walk.tick <= element.tick));
    expect(trace?.tlb.some(({ kind }) => kind === 'fill')).toBe(true);
    expect(trace?.walks.some(({ outcome }) => outcome === 'EPT violation')).toBe(true);
    const ticks = trace?.walks.map(({ tick }) => tick) ?? [];
    expect(ticks).toEqual(ticks.toSorted((a, b) => a - b));
  });
});

describe('what can be asked of a machine', () => {
  test('it runs up to an instruction, an access, an exit or a tick', async () => {
    const element = make();
    await element.load({ source: SOURCE });
    expect((await element.runTo({ address: '@after' })).reason).toBe('breakpoint');
    expect(element.state?.registers).toMatchObject({ EAX: 42, EBX: 0 });
    expect(element.breakpoints).toEqual({ code: [], exits: [], memory: [] });
    await element.reset();
    const touch = { space: 'v', address: 0x20000, length: 4, access: 'write' } as const;
    expect((await element.runTo({ touch })).reason).toBe('watchpoint');
    expect((await element.runTo({ tick: 1 })).tick).toBe(1);
    await element.load('first-exit');
    expect((await element.runTo({ exit: 'any' })).reason).toBe('exit');
    await expect(element.runTo({ address: '@nowhere' })).rejects.toThrow('@nowhere');
    element.breakpoints = { code: [0x10000], memory: [touch] };
    await expect.poll(() => element.breakpoints?.memory).toEqual([touch]);
    await expect(element.runTo({ touch: { ...touch, length: -1 } })).rejects.toThrow();
    expect(element.breakpoints).toEqual({ code: [0x10000], exits: [], memory: [touch] });
  });

  test('a condition of the lessons’ language holds or does not', async () => {
    const element = make();
    await element.load({ source: SOURCE });
    await element.run();
    expect(await element.check('eax = 42 and memory32[0x20000] = 42')).toBe(true);
    expect(await element.check('ebx = 0')).toBe(false);
    await expect(element.check('eax = = 2')).rejects.toThrow();
  });

  test('an address is followed through every table, and the lens is put there', async () => {
    const element = make({ guest: 'ept-permissions', tick: '6425' });
    await element.boot();
    const found = await element.evaluate('v:0x1000');
    expect(found).toMatchObject({ linear: 0x1000, access: 'read', bytes: expect.any(Array) });
    expect(found.bytes).toHaveLength(16);
    const lenses = await told('gv-lens', () => element.setLens({ address: '0x1000', access: 'write' }));
    expect(lenses).toEqual([{ address: 0x1000, access: 'write', pinned: true }]);
    expect(inside(element, 'gv-viewer', '.head .address')?.textContent).toMatch(/1000$/);
    await element.setLens(null);
    element.addEventListener('gv-lens', (event) => event.preventDefault(), { once: true });
    await element.setLens(0x3000);
    expect(inside(element, 'gv-viewer', '.head .address')?.textContent).not.toMatch(/3000$/);
  });

  test('it stops where the page says', async () => {
    const element = make();
    await element.load({ source: SOURCE });
    element.breakpoints = { code: [(await element.evaluate('@after')).linear] };
    await expect.poll(() => element.breakpoints?.code.length).toBe(1);
    await element.run();
    expect(element.position?.reason).toBe('breakpoint');
  });

  test('it steps through references of a walk, in the picture alone', async () => {
    const element = make({ guest: 'ept-permissions', tick: '6425' });
    await element.boot();
    const { tick } = element;
    await element.step(3, 'reference');
    await expect.poll(() => inside(element, 'gv-viewer', '.count b')?.textContent).toBe('3');
    await element.back(1, 'reference');
    await expect.poll(() => inside(element, 'gv-viewer', '.count b')?.textContent).toBe('2');
    expect(element.tick).toBe(tick);
  });

  test('it gives its trace, its picture and a link away', async () => {
    const element = make();
    await element.step(1, 'exit');
    const lines = (await element.exportTrace()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as { event: string }).map(({ event }) => event)).toContain('vmExit');
    const svg = await element.exportImage();
    expect([svg.type, await svg.text()]).toEqual(['image/svg+xml', expect.stringContaining('<svg')]);
    const png = new Uint8Array(await (await element.exportImage('png')).arrayBuffer());
    expect(String.fromCharCode(...png.subarray(1, 4))).toBe('PNG');
    await expect(element.toUrl()).rejects.toThrow(/app/);
    expect(await element.toUrl('https://course.example/gv/')).toMatch(/^https:\/\/course\.example\/gv\/#m\d+\./);
    await element.restore(await element.snapshot());
    expect(element.position?.reason).toBeTypeOf('string');
  });

  test('a refusal is an error until something is done', async () => {
    const element = make();
    await element.boot();
    await expect(element.load('nobody')).rejects.toThrow(/nobody/);
    expect(element.error?.message).toMatch(/nobody/);
    await element.step();
    expect(element.error).toBeNull();
  });
});

describe('what the attributes say later', () => {
  test('is done then, and what the reader chose stays', async () => {
    const element = make({ granularity: 'exit', speed: '20', controls: 'transport speed' });
    await element.boot();
    const chosen = (): string | null | undefined => inside(element, 'gv-viewer', '.scale [aria-checked=true]')?.textContent;
    expect(chosen()).toBe('exit');
    expect((inside(element, 'gv-viewer', 'select.speed') as HTMLSelectElement | null)?.value).toBe('20');
    inside(element, 'gv-viewer', '.scale button')?.click();
    element.theme = 'dark';
    await expect.poll(() => getComputedStyle(element).getPropertyValue('--gv-bg').trim()).toBe('#141412');
    expect(chosen()).toBe('ref');
    element.setAttribute('step', '7');
    await expect.poll(() => element.tick).toBe(7);
    element.setAttribute('granularity', 'walk');
    await expect.poll(chosen).toBe('walk');
  });
});

describe('a machine that may be changed', () => {
  const change = (element: GlassVisorElement): HTMLElement | null => inside(element, 'gv-viewer', 'gv-registers', '.edit[data-what=EAX]');

  async function edit(element: GlassVisorElement, text: string): Promise<void> {
    change(element)?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, composed: true }));
    const form = (): HTMLFormElement | null => inside(element, 'gv-viewer', 'gv-editor', 'form') as HTMLFormElement | null;
    await expect.poll(form).not.toBeNull();
    const input = form()?.elements.namedItem('value') as HTMLInputElement;
    input.value = text;
    input.dispatchEvent(new Event('input'));
    form()?.requestSubmit();
  }

  test('is one whose author says so; elsewhere nothing looks as if it could be', async () => {
    const element = make({ scene: 'registers' });
    await element.boot();
    await expect.poll(() => inside(element, 'gv-viewer', 'gv-registers', 'table')).not.toBeNull();
    expect(change(element)).toBeNull();
    element.setAttribute('editable', '');
    await expect.poll(() => change(element)).not.toBeNull();
    expect(element.capabilities?.editable).toBe(true);
    element.setAttribute('readonly', '');
    await expect.poll(() => change(element)).toBeNull();
  });

  test('tells the page what is about to be changed, and the page may refuse', async () => {
    const element = make({ scene: 'registers', editable: '' });
    await element.boot();
    await expect.poll(() => change(element)).not.toBeNull();
    const changes = await told('gv-change', async () => {
      await edit(element, '0x2a');
      await expect.poll(() => element.state?.registers['EAX']).toBe(42);
    });
    expect(changes).toEqual([{ kind: 'register', target: 'EAX', tick: element.tick }]);
    element.addEventListener('gv-change', (event) => event.preventDefault(), { once: true });
    await expect.poll(() => inside(element, 'gv-viewer', 'gv-editor', 'form')?.checkVisibility() ?? false).toBe(false);
    await edit(element, '7');
    await expect.poll(() => inside(element, 'gv-viewer', 'gv-editor', '.wrong')?.textContent).toMatch(/cannot be changed/);
    expect(element.state?.registers['EAX']).toBe(42);
  });

  test('has its source in an editor', async () => {
    const element = make({ editable: '' });
    await element.boot();
    inside(element, 'gv-viewer', '.transport .source')?.click();
    await expect
      .poll(() => inside(element, 'gv-viewer', 'gv-source', '.cm-content')?.textContent ?? '', { timeout: 10_000 })
      .toMatch(/bits/);
  });
});

test('a conversation with a frame that is ended leaves nobody waiting', async () => {
  const iframe = document.createElement('iframe');
  // It welcomes, and never answers.
  iframe.srcdoc = `<script>addEventListener('message', ({ data }) => {
    const { port1, port2 } = new MessageChannel();
    port1.start();
    parent.postMessage({ gv: 1, type: 'welcome', id: data.id, trusted: true }, '*', [port2]);
  }, { once: true })</script>`;
  document.body.append(iframe);
  const frame = await connectFrame(iframe);
  const state = frame.call('state');
  frame.close();
  await expect(state).rejects.toThrow('was ended');
});

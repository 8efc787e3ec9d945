import { describe, expect, test } from 'vitest';
import { GUESTS, INCLUDES } from '../../guests/index.ts';
import { Host } from '../../src/api/host.ts';

const host = (): Host => new Host({ guests: GUESTS, includes: INCLUDES });
const textOf = (id: string): string => GUESTS.find((guest) => guest.id === id)?.source ?? '';

describe('a changed text', () => {
  test('of a guest is loaded with the machine of that guest', async () => {
    const h = host();
    const source = textOf('hello').replace('Hello from real', 'Hullo from real');
    const loaded = await h.load({ image: { kind: 'guest', id: 'hello', source } });
    expect([loaded.name, loaded.format, loaded.expected]).toEqual(['hello', 'boot', null]);
    expect(loaded.source?.text).toBe(source);
    await h.run();
    const saved = await h.save();
    const again = host();
    expect((await again.restore(saved)).source?.text).toBe(source);
    expect(await again.hash()).toBe(await h.hash());
  });

  test('that is made for another place or mode than its machine’s is told of, and can be run', async () => {
    const image = { kind: 'guest', id: 'first-exit', source: 'bits 16\norg 0x7C00\nhlt\n' } as const;
    const [problem, ...others] = await host().check({ image });
    expect(problem.misfit).toEqual({ origin: 0x7c00, bits: 16, load: 0x10000, startsIn: 32 });
    expect([problem.message, others]).toEqual([
      'The text is 16-bit code for 0x7c00; it is loaded at 0x10000 and begins in 32-bit mode.',
      [],
    ]);
    expect((await host().load({ image })).isEdited).toBe(true);
    const own = { kind: 'guest', id: 'first-exit', source: textOf('first-exit') } as const;
    expect((await host().load({ image: own })).isEdited).toBe(false);
  });

  test('is none where it is the guest’s own: it fits its machine', async () => {
    const h = host();
    for (const { id } of GUESTS) expect([id, await h.check({ image: { kind: 'guest', id } })]).toEqual([id, []]);
  });

  test('of a hosted guest is that of its first virtual machine', async () => {
    const guest = GUESTS.find(({ hosted }) => hosted);
    const source = `${guest?.hosted?.images[0].source}\n; the end\n`;
    expect((await host().load({ image: { kind: 'guest', id: guest?.id ?? '', source } })).source?.text).toBe(source);
  });

  test('has all its errors told, each at its place, and the machine stays', async () => {
    const h = host();
    await h.load({ image: { kind: 'guest', id: 'hello' } });
    const hash = await h.hash();
    const source = `${textOf('hello')}\n    mov eax, [nowhere]\n    frobnicate eax\n`;
    const problems = await h.check({ image: { kind: 'guest', id: 'hello', source } });
    const lines = source.split('\n');
    expect(problems.map(({ line }) => lines[line - 1].trim())).toEqual(expect.arrayContaining(['mov eax, [nowhere]', 'frobnicate eax']));
    expect(problems.every(({ column, length, message }) => column >= 1 && length >= 1 && message.endsWith('.'))).toBe(true);
    expect(await h.hash()).toBe(hash);
    expect(await h.check({ image: { kind: 'guest', id: 'hello', source: textOf('hello') } })).toEqual([]);
  });

  test('that no machine could hold is a problem too', async () => {
    const [problem] = await host().check({ image: { kind: 'guest', id: 'no such guest' } });
    expect(problem).toMatchObject({ line: 1, message: 'There is no guest "no such guest".' });
  });
});

describe('the table', () => {
  test('tells of every mnemonic and alias what it does, and to which flags', async () => {
    const help = await host().instructions();
    const of = (name: string): (typeof help)[number] | undefined => help.find((h) => h.name === name);
    expect(of('add')).toMatchObject({ writes: 'OSZAPC', isPrivileged: false });
    expect(of('add')?.operands).toContain('Ev, Gv');
    expect(of('jz')?.title).toBe(of('je')?.title);
    expect(of('hlt')?.isPrivileged).toBe(true);
    expect(help.every(({ title, operations }) => title !== '' && operations.length > 0)).toBe(true);
  });

  test('tells of the instruction at an address in small steps', async () => {
    const h = host();
    await h.load({
      image: { kind: 'file', name: 'x.asm', bytes: new TextEncoder().encode('bits 32\norg 0x10000\nadd [esi], ecx\nhlt\n') },
    });
    const steps = await h.steps(0x10000);
    expect(steps).toMatchObject({ name: 'add', writes: 'OSZAPC', isGuest: false });
    expect(steps?.steps[0]).toBe('t0 <- [esi]');
    expect(steps?.steps.at(-1)).toMatch(/^OSZAPC <- add/);
    expect(await h.steps(0xfff0_0000)).toBeNull();
  });
});

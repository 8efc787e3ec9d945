import { describe, expect, test } from 'vitest';
import { GUESTS, INCLUDES } from '../../guests/index.ts';
import { Host } from '../../src/api/host.ts';
import type { Frame, Recipe } from '../../src/api/protocol.ts';

const host = (): Host => new Host({ guests: GUESTS, includes: INCLUDES });
const source = (text: string): Uint8Array => new TextEncoder().encode(text);
/** As it arrives: through a link. */
const carried = (recipe: Recipe): unknown => JSON.parse(JSON.stringify(recipe));

async function at(id: string, ticks: number): Promise<Host> {
  const made = host();
  await made.load({ image: { kind: 'guest', id } });
  await made.step(ticks);
  return made;
}

describe('a recipe', () => {
  test.each(['hello', 'ept-on-demand', 'timer', 'virtio-ring', 'overcommit'])('leads to the same state of %s', async (id) => {
    const here = await at(id, 120);
    const there = host();
    const { isExact } = await there.retrace(carried(await here.recipe()));
    expect([isExact, await there.hash()]).toEqual([true, await here.hash()]);
  });

  test('takes what came from outside along, and not what came after', async () => {
    const here = await at('timer', 40);
    await here.edit({ kind: 'register', name: 'ESI', value: 0xabc });
    await here.step(10);
    await here.input('a');
    await here.step(50);
    const { hash, tick, inputs = [] } = await here.recipe();
    expect(inputs.map(([, kind]) => kind)).toEqual(['edit', 'com1']);
    expect(inputs[0][0]).toBe(40);
    await here.seek(45);
    const before = await here.recipe();
    expect(before.inputs).toHaveLength(1);
    const there = host();
    expect((await there.retrace(carried({ ...before, tick, inputs, hash: hash ?? '' }))).isExact).toBe(true);
    expect((await there.retrace(carried(before))).isExact).toBe(true);
  });

  test('has the whole past with it: one can step back, and the exits are there', async () => {
    const here = await at('ept-on-demand', 1);
    await here.step(2, 'exit');
    let seen: Frame | null = null;
    const there = host();
    await there.subscribe((frame) => (seen = frame));
    await there.retrace(carried(await here.recipe()));
    expect((seen as Frame | null)?.trace.recorded).toBeGreaterThan(0);
    await there.back(1);
    await here.back(1);
    expect(await there.hash()).toBe(await here.hash());
  });

  test('carries a program of one’s own, and an unusual machine', async () => {
    const here = host();
    await here.load({
      image: { kind: 'file', name: 'mine.asm', bytes: source('bits 32\norg 0x10000\ninc eax\njmp $-1\n') },
      tlb: 'teaching',
    });
    await here.step(9);
    const recipe = await here.recipe();
    expect(recipe.machine).toEqual({ tlb: 'teaching' });
    const there = host();
    const { loaded, isExact } = await there.retrace(carried(recipe));
    expect([loaded.name, loaded.source?.text.includes('inc eax'), isExact]).toEqual(['mine.asm', true, true]);
  });

  test('of a program that has changed since says so', async () => {
    const here = await at('hello', 20);
    const there = host();
    const recipe = await here.recipe();
    expect((await there.retrace({ ...recipe, hash: 'abc' })).isExact).toBe(false);
    expect((await there.retrace({ ...recipe, hash: undefined })).isExact).toBe(true);
    expect((await there.retrace({ image: { kind: 'guest', id: 'hello' }, tick: 20 })).isExact).toBe(true);
  });

  test.each([
    ['nothing', null],
    ['a text', 'recipe'],
    ['no image', { tick: 1 }],
    ['a tick before the beginning', { image: { kind: 'guest', id: 'hello' }, tick: -1 }],
    ['half a tick', { image: { kind: 'guest', id: 'hello' }, tick: 1.5 }],
    ['inputs in disorder', { image: { kind: 'guest', id: 'hello' }, tick: 9, inputs: [[5, 'com1', 'a'], [4, 'com1', 'a']] }], // biome-ignore format: a row
    ['an input behind the end', { image: { kind: 'guest', id: 'hello' }, tick: 9, inputs: [[10, 'com1', 'a']] }],
    ['an input that is none', { image: { kind: 'guest', id: 'hello' }, tick: 9, inputs: [7] }],
    ['an impossible machine', { image: { kind: 'guest', id: 'hello' }, tick: 9, machine: { ramMiB: 9999 } }],
    ['a fingerprint that is none', { image: { kind: 'guest', id: 'hello' }, tick: 9, hash: '<b>' }],
    ['bytes that are none', { image: { kind: 'file', name: 'x', bytes: '%' }, tick: 9 }],
  ])('of %s is refused with a sentence, and the machine stays', async (_, recipe) => {
    const here = await at('hello', 3);
    const before = await here.hash();
    await expect(here.retrace(recipe)).rejects.toMatchObject({ code: 'bad-recipe', message: expect.stringMatching(/\.$/) as string });
    expect(await here.hash()).toBe(before);
  });

  test.each([
    ['a guest that is not there', { image: { kind: 'guest', id: 'nobody' }, tick: 9 }, 'no-guest'],
    [
      'an input of a kind that the machine has not',
      { image: { kind: 'guest', id: 'hello' }, tick: 9, inputs: [[4, 'mouse', 'a']] },
      'bad-snapshot',
    ],
  ])('of %s is refused likewise', async (_, recipe, code) => {
    const here = await at('hello', 3);
    const before = await here.hash();
    await expect(here.retrace(recipe)).rejects.toMatchObject({ code });
    expect(await here.hash()).toBe(before);
  });
});

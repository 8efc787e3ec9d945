import { describe, expect, test } from 'vitest';
import { BadLink } from '../../../src/ui/share/bad-link.ts';
import { hashOf, MOST_LINK, readHash, shortHashOf, wordsOf } from '../../../src/ui/share/link.ts';
import { momentOf, openMoment } from '../../../src/ui/share/moment.ts';
import { mergeDrafts } from '../../../src/ui/share/shared-view.ts';
import { after, sessionOf } from '../machine.ts';

const LINK_2 =
  '#m2.ZZFBb9swDIX_yzuzRewkbqJ_0NswdKfOB0ZmYsE2bUhysy3wfx8Yp8WA3UTp8T1-4g1RfJgE7oYw8OV-6II2cLjMkjIIwQqZ8tOoT40MrA0WwsC-DWr6hZCD7-CKYl8eCUGnOSe495rQcmrhcKiK6szFVnb8Uu23RzP4CHK1tOTFbJD7k4WlNz71ApfjLFZ-C6rSfNa9aLKmPqhwhCuLTVHuDoQU_ghcQWDvJSU4XGPIAoIfNcuv_C9Q-pEkwunc9wvhElnnnmPIv62N-w6EKVjQ-25zrMh0VJTl4VATTuPYDRw7e93Sy8auonA3jUHv1NV-X5kw5XH6LpzG1ciurpx9-yW8IU3sDf0CAjdNvA_-hdSLXnILt_sPaqkJTeTzw0Z5MJchqDxzGkAr6WuzIhIe_DpOPxVLvZh3SqPet_653Qf4ql37UpZpjYjCvrU1bK33nNepNF3tHwvCh8Qm-Ay3Wepl-Qs';

/** Text that no deflating makes much shorter: a linear congruential generator's. */
let seed = 1;
const noise = Array.from({ length: 40_000 }, () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) >>> 24)
  .map((byte) => String.fromCharCode(35 + (byte % 56)))
  .join('');

const packed = async (value: unknown, version = 2): Promise<string> =>
  (await hashOf(value as Parameters<typeof hashOf>[0])).replace('#m2.', `#m${version}.`);

describe('a link', () => {
  test('opened elsewhere shows the same moment: state, past, panel, lens and breakpoints', async () => {
    const here = await sessionOf('ept-on-demand');
    await after(here, () => here.step('exit'));
    await after(here, () => here.step('exit'));
    await here.toggleBreakpoint(0x10020);
    await here.toggleStopReason(48);
    await here.setStops({ watchpoints: [{ space: 'g', address: 0x201000, length: 4, access: 'write' }] });
    await here.toggleFieldStop(0x681e);
    await here.setStops({ eventStops: [{ on: 'access', device: 'uart', access: 'write' }] });
    const drafts = [{ name: 'mine.asm', guestId: null, text: 'nop ; é\n' }];
    here.store.look({ scene: 'tlb', isTable: true, granularity: 'walk', pins: [0x1000, null, 0x3000], bookmarks: [3, 70], drafts });
    await here.pin({ linear: 0x201000, access: 'write', context: 'guest' });
    const moment = await momentOf(here);
    const hash = moment ? await hashOf(moment) : '';
    expect(hash.length).toBeLessThan(1000);

    const there = await sessionOf('hello');
    const read = await readHash(hash);
    expect(read && (await openMoment(there, read, 'not the same'))).toBe(true);
    const [a, b] = [here.store.state, there.store.state];
    expect(await b.host?.hash()).toBe(await a.host?.hash());
    expect(b.trouble).toBeNull();
    expect(b.guestId).toBe('ept-on-demand');
    expect(b.view).toEqual(a.view);
    expect(b.frame?.tick).toBe(a.frame?.tick);
    expect(b.history.exits).toEqual(a.history.exits);
    expect(b.walk).toEqual(a.walk);
  });

  test('carries a program of one’s own with what was typed into it', async () => {
    const here = await sessionOf('hello');
    await after(here, () => here.open('mine.asm', new TextEncoder().encode('bits 32\norg 0x10000\nloop: inc eax ; é\njmp loop\n')));
    await after(here, () => here.step());
    await after(here, () => here.send('a'));
    await after(here, () => here.step());
    const moment = await momentOf(here);
    const there = await sessionOf('hello');
    const read = await readHash(moment ? await hashOf(moment) : '');
    if (read) await openMoment(there, read, 'not the same');
    expect(await there.store.state.host?.hash()).toBe(await here.store.state.host?.hash());
    expect([there.store.state.guestId, there.store.state.loaded?.name]).toEqual([null, 'mine.asm']);
  });

  test('with a stop at a device that no machine has says so, and leaves it out', async () => {
    const session = await sessionOf('hello');
    const recipe = { image: { kind: 'guest', id: 'paging' }, tick: 12 };
    const eventStops = [{ on: 'access', device: 'teapot', access: 'any' }] as never;
    await openMoment(session, { recipe, view: { eventStops, breakpoints: [0x10000] }, lesson: null }, '');
    const { trouble, view, frame } = session.store.state;
    expect([trouble?.message, view.eventStops, view.breakpoints, frame?.tick]).toEqual([
      expect.stringMatching(/teapot/),
      [],
      [0x10000],
      12,
    ]);
  });

  test('to a state that is no longer the same says so, and shows it', async () => {
    const session = await sessionOf('hello');
    const recipe = { image: { kind: 'guest', id: 'paging' }, tick: 12, hash: 'abc' };
    expect(await openMoment(session, { recipe, view: {}, lesson: null }, 'not the same')).toBe(true);
    expect([session.store.state.trouble?.message, session.store.state.frame?.tick]).toEqual(['not the same', 12]);
  });

  test('that the machine refuses leaves what was there, with a sentence', async () => {
    const session = await sessionOf('hello');
    const recipe = { image: { kind: 'guest', id: 'nobody' }, tick: 12 };
    expect(await openMoment(session, { recipe, view: {}, lesson: null }, '')).toBe(false);
    expect([session.store.state.trouble?.message, session.store.state.guestId]).toEqual([expect.stringMatching(/nobody/), 'hello']);
  });

  test('can be written by hand: version 0', async () => {
    expect(await readHash('#guest=paging&tick=12&scene=tlb&lens=0x7c00')).toEqual({
      recipe: { image: { kind: 'guest', id: 'paging' }, tick: 12 },
      view: { scene: 'tlb', isPinned: true, lens: { linear: 0x7c00, size: 1, access: 'read', context: 'current', isUser: null } },
      lesson: null,
    });
    expect(await readHash('#guest=paging')).toEqual({
      recipe: { image: { kind: 'guest', id: 'paging' }, tick: 0 },
      view: {},
      lesson: null,
    });
  });

  // Links that are in books by now.
  test.each([
    ['0', '#guest=ept-on-demand&tick=11529&scene=tlb&lens=0x201000', 'read', 'current'],
    [
      '1',
      '#m1.TY_RasMwDEX_5T67MKdJlvorRtmeSh4cR2tEHSVYzjpW8u_DhcHedEC6R_eBRIFXgnuAZ399DjeWEQ7XjTTDgAvQmg-LHEaavYzYDWYfJpayvxtkDjc4a5vqZMCyblnhLr3B5HWCQ9fa9tPbI9X-tW2OpxLwxXQvNg1UYpDjUGT67odIcDltVPCNRWj840ii5SiykE9wlX2xVd0ZKP8QnDXwIZAqHO6JM8EgLJLpO_8vpB9KCU62GHeDIZG_rQvL8-m2adquN9C8rGfyuhThpe76ff8F',
      'write',
      'guest',
    ],
    ['2', LINK_2, 'write', 'guest'],
  ] as const)('of version %s opens for ever', async (_, hash, access, context) => {
    const moment = await readHash(hash);
    expect(moment).toMatchObject({
      recipe: { image: { kind: 'guest', id: 'ept-on-demand' }, tick: 11_529 },
      view: { scene: 'tlb', isPinned: true, lens: { linear: 0x201000, access, context } },
    });
    const session = await sessionOf('hello');
    expect(moment && (await openMoment(session, { ...moment, recipe: { ...(moment.recipe as object), hash: undefined } }, ''))).toBe(true);
    expect([session.store.state.guestId, session.store.state.frame?.tick]).toEqual(['ept-on-demand', 11_529]);
  });

  test('too long for mail leaves the texts that are being changed at home, then the lesson', async () => {
    const moment = { recipe: { x: 1 }, view: { isTable: true }, lesson: { id: 'x', text: null, steps: [] } };
    const draft = (text: string) => ({ ...moment, view: { ...moment.view, drafts: [{ name: 'a', guestId: null, text }] } });
    const read = async (value: Parameters<typeof shortHashOf>[0]) => readHash(await shortHashOf(value));
    expect(await read(draft('nop'))).toEqual(draft('nop'));
    expect(await read(draft(noise))).toEqual(moment);
    expect(await read({ ...moment, lesson: { id: 'x', text: noise, steps: [] } })).toEqual({ ...moment, lesson: null });
  });

  test('writes over no text of the reader’s own', () => {
    const draft = (name: string, text: string) => ({ name, guestId: null, text });
    expect(mergeDrafts([draft('a', 'mine'), draft('b', 'same')], [draft('a', 'theirs'), draft('b', 'same')])).toEqual([
      draft('a~', 'mine'),
      draft('a', 'theirs'),
      draft('b', 'same'),
    ]);
    expect(mergeDrafts([draft('a', '1'), draft('a~', '2')], [draft('a', '3')]).map(({ name }) => name)).toEqual(['a~', 'a~~', 'a']);
  });

  test('in words where words say everything', () => {
    const recipe = { image: { kind: 'guest', id: 'hello' }, tick: 7, inputs: [] };
    expect(wordsOf({ recipe })).toEqual({ guest: 'hello', tick: 7 });
    expect(wordsOf({ recipe: { ...recipe, inputs: [[1, 'com1', 'a']] } })).toBeNull();
    expect(wordsOf({ recipe: { ...recipe, image: { kind: 'file', name: 'x', bytes: '' } } })).toBeNull();
  });

  test('of another kind is none of ours', async () => {
    expect(await readHash('')).toBeNull();
    expect(await readHash('#chapter-2')).toBeNull();
  });

  test('from a newer Glassvisor says that', async () => {
    await expect(readHash(await packed({ recipe: {}, view: {} }, 3))).rejects.toMatchObject({ reason: 'share.newerLink' });
  });

  const recipe = {};
  const lens = { linear: 1, size: 1, access: 'read', context: 'current', isUser: null };
  test.each([
    ['no recipe', { view: {} }],
    ['a list', []],
    ['an unknown panel', { recipe, view: { scene: 'kitchen' } }],
    ['a lens nowhere', { recipe, view: { lens: { ...lens, linear: -1 } } }],
    ['a lens of no size', { recipe, view: { lens: { ...lens, size: 0 } } }],
    ['an access that is none', { recipe, view: { lens: { ...lens, access: 'smell' } } }],
    ['breakpoints that are none', { recipe, view: { breakpoints: ['x'] } }],
    ['a step size that is none', { recipe, view: { granularity: 'mile' } }],
    ['four pins', { recipe, view: { pins: [1, 2, 3, 4] } }],
    ['two pins', { recipe, view: { pins: [1, 2] } }],
    ['a pin nowhere', { recipe, view: { pins: [null, 2 ** 32, null] } }],
    ['a bookmark before the beginning', { recipe, view: { bookmarks: [-1] } }],
    ['a watchpoint in no space', { recipe, view: { watchpoints: [{ space: 'x', address: 0, length: 1, access: 'any' }] } }],
    ['a watchpoint of no length', { recipe, view: { watchpoints: [{ space: 'v', address: 0, length: 0, access: 'any' }] } }],
    ['a device event of another world', { recipe, view: { eventStops: [{ on: 'earthquake' }] } }],
    ['a device event with a whole object in it', { recipe, view: { eventStops: [{ on: 'dma', outcome: {} }] } }],
    ['a text without a name', { recipe, view: { drafts: [{ guestId: null, text: '' }] } }],
    ['a text without end', { recipe, view: { drafts: [{ name: 'x', guestId: null, text: ' '.repeat(2 ** 20 + 1) }] } }],
    ['a lesson that is a path', { recipe, lesson: { id: '../x', text: null, steps: [] } }],
    ['a lesson of numbers', { recipe, lesson: { id: 'x', text: 3, steps: [] } }],
    [
      'a lesson with a step of words',
      { recipe, lesson: { id: 'x', text: null, steps: [{ reached: 'soon', left: null, answer: null, verdict: null }] } },
    ],
    ['too many breakpoints', { recipe, view: { breakpoints: Array.from({ length: 1001 }, () => 1) } }],
  ])('with %s is bad', async (_, value) => {
    await expect(readHash(await packed(value))).rejects.toBeInstanceOf(BadLink);
  });

  test.each(['#m2.', '#m2.AAAA', '#m2.%%', '#m2', '#m1.', '#m0.AAAA', '#guest=hello&scene=kitchen', '#guest=hello&lens=x'])(
    '%s is bad',
    async (hash) => {
      await expect(readHash(hash)).rejects.toMatchObject({ reason: 'share.badLink' });
    },
  );

  test('that would inflate beyond all measure is not inflated', async () => {
    const bomb = await packed({ recipe: { zeros: '0'.repeat(5 * 2 ** 20) }, view: {} });
    expect(bomb.length).toBeLessThan(MOST_LINK);
    await expect(readHash(bomb)).rejects.toMatchObject({ reason: 'share.badLink' });
  });
});

import { describe, expect, test } from 'vitest';
import { BadLink, hashOf, MOST_LINK, readHash, wordsOf } from '../../../src/ui/share/link.ts';
import { momentOf, openMoment } from '../../../src/ui/share/moment.ts';
import { after, sessionOf } from '../machine.ts';

const packed = async (value: unknown, version = 1): Promise<string> =>
  (await hashOf(value as Parameters<typeof hashOf>[0])).replace('#m1.', `#m${version}.`);

describe('a link', () => {
  test('opened elsewhere shows the same moment: state, past, panel, lens and breakpoints', async () => {
    const here = await sessionOf('ept-on-demand');
    await after(here, () => here.step('exit'));
    await after(here, () => here.step('exit'));
    await here.toggleBreakpoint(0x10020);
    await here.toggleStopReason(48);
    here.store.look({ scene: 'tlb', isTable: true });
    await here.pin({ linear: 0x201000, access: 'write', context: 'guest' });
    const moment = await momentOf(here);
    const hash = moment ? await hashOf(moment) : '';
    expect(hash.length).toBeLessThan(700);

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

  test('to a state that is no longer the same says so, and shows it', async () => {
    const session = await sessionOf('hello');
    const recipe = { image: { kind: 'guest', id: 'paging' }, tick: 12, hash: 'abc' };
    expect(await openMoment(session, { recipe, view: {} }, 'not the same')).toBe(true);
    expect([session.store.state.trouble?.message, session.store.state.frame?.tick]).toEqual(['not the same', 12]);
  });

  test('that the machine refuses leaves what was there, with a sentence', async () => {
    const session = await sessionOf('hello');
    const recipe = { image: { kind: 'guest', id: 'nobody' }, tick: 12 };
    expect(await openMoment(session, { recipe, view: {} }, '')).toBe(false);
    expect([session.store.state.trouble?.message, session.store.state.guestId]).toEqual([expect.stringMatching(/nobody/), 'hello']);
  });

  test('can be written by hand: version 0', async () => {
    expect(await readHash('#guest=paging&tick=12&scene=tlb&lens=0x7c00')).toEqual({
      recipe: { image: { kind: 'guest', id: 'paging' }, tick: 12 },
      view: { scene: 'tlb', isPinned: true, lens: { linear: 0x7c00, size: 1, access: 'read', context: 'current', isUser: null } },
    });
    expect(await readHash('#guest=paging')).toEqual({ recipe: { image: { kind: 'guest', id: 'paging' }, tick: 0 }, view: {} });
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
    await expect(readHash(await packed({ recipe: {}, view: {} }, 2))).rejects.toMatchObject({ reason: 'share.newerLink' });
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
    ['too many breakpoints', { recipe, view: { breakpoints: Array.from({ length: 1001 }, () => 1) } }],
  ])('with %s is bad', async (_, value) => {
    await expect(readHash(await packed(value))).rejects.toBeInstanceOf(BadLink);
  });

  test.each(['#m1.', '#m1.AAAA', '#m1.%%', '#m1', '#guest=hello&scene=kitchen', '#guest=hello&lens=x'])('%s is bad', async (hash) => {
    await expect(readHash(hash)).rejects.toMatchObject({ reason: 'share.badLink' });
  });

  test('that would inflate beyond all measure is not inflated', async () => {
    const bomb = await packed({ recipe: { zeros: '0'.repeat(5 * 2 ** 20) }, view: {} });
    expect(bomb.length).toBeLessThan(MOST_LINK);
    await expect(readHash(bomb)).rejects.toMatchObject({ reason: 'share.badLink' });
  });
});

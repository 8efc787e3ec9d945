import { describe, expect, test } from 'vitest';
import { Keeper } from '../../../src/ui/share/keeper.ts';
import { momentOf, openMoment } from '../../../src/ui/share/moment.ts';
import type { Kept, Shelf } from '../../../src/ui/share/shelf.ts';
import type { Session } from '../../../src/ui/session.ts';
import type { State } from '../../../src/ui/store.ts';
import { whyOf } from '../../../src/ui/why/why.ts';
import { after, sessionOf } from '../machine.ts';

/** What a reader sees of a moment: lens, walk, exits, Why, and how far back one can go. */
function picture(state: State): unknown {
  const { begin, frame, history, view, walk, guestId } = state;
  const { exits, transitions, walks } = history;
  return { begin, tick: frame?.tick, exits, transitions, walks, view, walk, guestId, vmcs: frame?.vmcs, why: whyOf(state) };
}

/** A session that has come to exit `count` of `guest`. */
async function atExit(guest: string, count: number): Promise<Session> {
  const session = await sessionOf(guest);
  for (let i = 0; i < count; i++) await after(session, () => session.step('exit'));
  return session;
}

/** The last moment of `session`, as a keeper would have left it. */
async function kept({ store }: Session, change: Partial<Kept> = {}): Promise<Kept> {
  const { host, frame, guestId, view } = store.state;
  const [file, recipe] = await Promise.all([host?.save(), host?.recipe()]);
  const tick = frame?.tick ?? 0;
  return { file: file ?? new Uint8Array(0), recipe, guestId, name: '', tick, view, lesson: null, ...change };
}

async function takenUp(there: Session, offer: Kept): Promise<State> {
  const shelf: Shelf = { read: () => Promise.resolve(offer), write: () => Promise.resolve(), clear: () => Promise.resolve() };
  const keeper = new Keeper(there, shelf);
  await keeper.remember();
  await keeper.take();
  keeper.stop();
  await there.store.until(({ frame }) => frame?.tick === offer.tick, 1000);
  return there.store.state;
}

describe('a moment given away', () => {
  for (const [guest, exits] of [
    ['ept-permissions', 1],
    ['two-guests', 2],
    ['stale-tlb', 3],
  ] as const)
    test(`shows ${guest} at exit ${exits} as the sender saw it, with its past`, async () => {
      const here = await atExit(guest, exits);
      const moment = await momentOf(here);
      const there = await sessionOf('hello');
      expect(await openMoment(there, moment ?? { recipe: {}, view: {}, lesson: null }, 'inexact')).toBe(true);
      expect(picture(there.store.state)).toEqual(picture(here.store.state));
      expect(there.store.state.begin).toBe(0);
    });

  test('shows a lens that was pinned as it was, of its size', async () => {
    const here = await atExit('ept-permissions', 1);
    await here.lookThrough({ linear: 0x5000, size: 4, access: 'write', context: 'guest', isUser: true }, true);
    const there = await sessionOf('hello');
    await openMoment(there, (await momentOf(here)) ?? { recipe: {}, view: {}, lesson: null }, 'inexact');
    expect(picture(there.store.state)).toEqual(picture(here.store.state));
  });
});

describe('the last moment, taken up again', () => {
  test('is come to from the beginning: exits, Why and the past are there', async () => {
    const here = await atExit('ept-permissions', 1);
    const state = await takenUp(await sessionOf('hello'), await kept(here));
    expect(picture(state)).toEqual(picture(here.store.state));
    expect(state.begin).toBe(0);
  });

  test('comes from the file where nobody wrote the way down, or its program cannot be had, or it leads elsewhere', async () => {
    const here = await atExit('ept-permissions', 1);
    const { recipe, ...rest } = await kept(here);
    const nowhere = { ...(recipe as object), image: { kind: 'guest', id: 'nobody-has-it' } };
    for (const way of [null, nowhere, { ...(recipe as object), hash: '0' }]) {
      const { begin, frame, trouble, view } = await takenUp(await sessionOf('hello'), { ...rest, recipe: way });
      expect([begin, frame?.tick, trouble, view.lens]).toEqual([5894, 5894, null, here.store.state.view.lens]);
    }
  });

  test('comes from the file where the way would be too long', async () => {
    const here = await atExit('ept-permissions', 1);
    const there = await sessionOf('hello');
    const offer = await kept(here, { tick: 20_000_001 });
    const keeper = new Keeper(there, {
      read: () => Promise.resolve(offer),
      write: () => Promise.resolve(),
      clear: () => Promise.resolve(),
    });
    await keeper.remember();
    await keeper.take();
    keeper.stop();
    await there.store.until(({ frame }) => frame?.tick === 5894, 1000);
    expect(there.store.state.begin).toBe(5894);
  });
});

describe('a lens that follows', () => {
  test('shows one picture of a tick, however one came there', async () => {
    for (const [guest, exits] of [
      ['first-exit', 1],
      ['two-guests', 2],
      ['cr-shadow', 2],
      ['real-mode-guest', 1],
      ['injection', 2],
    ] as const) {
      const straight = await atExit(guest, exits);
      const tick = straight.store.state.frame?.tick ?? 0;
      const { lens } = straight.store.state.view;
      expect([lens.access, lens.context], guest).toEqual(['fetch', 'guest']);
      await after(straight, () => straight.reset());
      for (const size of ['instruction', 'instruction'] as const) await after(straight, () => straight.step(size));
      for (let i = 0; i < exits; i++) await after(straight, () => straight.step('exit'));
      expect([straight.store.state.frame?.tick, straight.store.state.view.lens], guest).toEqual([tick, lens]);
      await after(straight, () => straight.step());
      expect((await after(straight, () => straight.back())).view.lens, guest).toEqual(lens);
    }
  });
});

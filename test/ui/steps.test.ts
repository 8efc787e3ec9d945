import { describe, expect, test } from 'vitest';
import { upTo } from '../../src/ui/panels/walk-partial.ts';
import { checkpoints, toggleBookmark } from '../../src/ui/steps.ts';
import { plain } from '../../src/ui/widgets/sentence.ts';
import { whatHappened } from '../../src/ui/why/why.ts';
import { after, sessionOf } from './machine.ts';

describe('a step by memory references', () => {
  test('goes through the walk in its place, and says each; no machine time passes', async () => {
    const session = await sessionOf('ept-on-demand');
    const { frame } = await after(session, () => session.step('exit'));
    const { store } = session;
    for (let n = 1; n <= 14; n++) {
      await session.step('reference');
      expect([store.state.reference, store.state.frame?.serial]).toEqual([n, frame?.serial]);
    }
    const said = whatHappened(store.state);
    expect(said && plain('en', said)).toMatch(/^Reference 14 of 14: EPT PTE\[0\] at h:0x[0-9A-F]{8} is 0x/);
    await session.back('reference');
    expect(store.state.reference).toBe(13);
  });

  test('at the end makes the next instruction, and before the first unmakes one', async () => {
    const session = await sessionOf('ept-on-demand');
    const before = await after(session, () => session.step('exit'));
    session.store.update({ reference: 14 });
    const next = await after(session, () => session.step('reference'));
    expect(next.frame?.tick).toBe((before.frame?.tick ?? 0) + 1);
    session.store.update({ reference: null });
    const back = await after(session, () => session.back('reference'));
    expect([back.frame?.tick, back.reference]).toEqual([before.frame?.tick, 14]);
  });

  test('shows nothing that has not been read', async () => {
    const session = await sessionOf('ept-on-demand');
    const { walk } = await after(session, () => session.step('exit'));
    const part = walk && upTo(walk, 5);
    expect(part?.references.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(part?.rows.map(({ guestPhysical, ept, read }) => [guestPhysical === null, ept.length, read])).toEqual([
      [false, 4, 5],
      [false, 0, null],
      [true, 0, null],
    ]);
    expect([part?.missing, part?.outcome.kind]).toEqual([null, 'ok']);
    expect(walk && upTo(walk, 14)).toBe(walk);
  });
});

describe('a step by checkpoints', () => {
  test('goes to bookmarks, and beyond them to the ends of what is recorded', async () => {
    const session = await sessionOf('hello');
    await after(session, () => session.run());
    const end = session.store.state.frame?.endTick;
    for (const tick of [40, 20]) {
      await after(session, () => session.seek(tick));
      toggleBookmark(session);
    }
    expect(checkpoints(session.store.state)).toEqual([20, 40]);
    expect((await after(session, () => session.step('checkpoint'))).frame?.tick).toBe(40);
    expect((await after(session, () => session.step('checkpoint'))).frame?.tick).toBe(end);
    expect((await after(session, () => session.back('checkpoint'))).frame?.tick).toBe(40);
    toggleBookmark(session);
    expect(checkpoints(session.store.state)).toEqual([20]);
    expect((await after(session, () => session.back('checkpoint'))).frame?.tick).toBe(20);
    expect((await after(session, () => session.back('checkpoint'))).frame?.tick).toBe(0);
  });
});

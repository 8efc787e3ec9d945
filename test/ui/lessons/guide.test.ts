import { describe, expect, test } from 'vitest';
import { Guide } from '../../../src/ui/lessons/guide.ts';
import type { OpenLesson } from '../../../src/ui/lessons/progress.ts';
import { readLesson } from '../../../src/ui/lessons/read.ts';
import type { Session } from '../../../src/ui/session.ts';
import { momentOf, openMoment } from '../../../src/ui/share/moment.ts';
import { lockedSize, step } from '../../../src/ui/steps.ts';
import { after, sessionOf } from '../machine.ts';

const HEAD = `title.en: T
title.fr: T
goal.en: G
goal.fr: G
guest: first-exit
minutes: 5
`;
const TEXTS = `title.en: t
title.fr: t
text.en: t
text.fr: t
do.en: d
do.fr: d
after.en: a
after.fr: a
`;
const STEPS = `${HEAD}
[step]
${TEXTS}
question.en: q
question.fr: q
choice.en: HLT
choice.fr: HLT
when: reason = 12
choice.en: CPUID
choice.fr: CPUID
when: reason = 10
stop: exit 10
scene: vmcs
check: world = "root" and exits = 1
keys: c
[step]
${TEXTS}
question.en: q
question.fr: q
number: exits
stop: @on_exit.cpuid
check: at = @on_exit.cpuid
keys: c
[step]
${TEXTS}
check: console contains "Glassvisor"
by: exit
keys: Shift+ArrowRight
`;

async function guided(): Promise<{ session: Session; guide: Guide; open: () => OpenLesson }> {
  const session = await sessionOf('hello');
  const guide = new Guide(session);
  const { lesson, problems } = readLesson('x', STEPS);
  expect(problems).toEqual([]);
  if (lesson) await guide.open(lesson, 1, 3);
  const open = (): OpenLesson => {
    const { lesson: now } = session.store.state;
    if (!now) throw new Error('no lesson is open');
    return now;
  };
  return { session, guide, open };
}

/** Waits until `test` holds: checkpoints are looked at behind the frame. */
async function until(test: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !test(); i++) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(test()).toBe(true);
}

describe('a lesson', () => {
  test('loads its guest, shows its panel, and makes the machine stop where the step wants it', async () => {
    const { session, open } = await guided();
    expect(session.store.state.guestId).toBe('first-exit');
    await until(() => session.store.state.view.stopReasons.includes(10));
    expect(session.store.state.view.scene).toBe('vmcs');
    expect(open()).toMatchObject({ shown: 0, isReached: false });
  });

  test('is answered by the machine, and goes on when the reader does', async () => {
    const { session, guide, open } = await guided();
    await until(() => session.store.state.view.stopReasons.includes(10));
    guide.say(0);
    await after(session, () => session.run());
    await until(() => open().isReached);
    expect(open().steps[0]).toMatchObject({ answer: 0, verdict: 1 });
    expect(open().shown).toBe(0);
    guide.next();
    await until(() => session.store.state.view.breakpoints.length === 1 && session.store.state.view.stopReasons.length === 0);
    expect(open()).toMatchObject({ shown: 1, isReached: false });
  });

  test('goes back with time, forward with it again, and forgets what has not happened any more', async () => {
    const { session, guide, open } = await guided();
    await guide.show();
    await until(() => open().isReached);
    const [{ reached }] = open().steps;
    guide.next();
    await guide.show();
    await until(() => open().shown === 1 && open().isReached);
    expect(open().steps[1].verdict).toBe(1);
    guide.next();
    const third = session.store.state.frame?.tick ?? 0;
    await after(session, () => session.seek(0));
    await until(() => open().shown === 0 && !open().isReached);
    await after(session, () => session.seek(third));
    await until(() => open().shown === 2);
    await after(session, () => session.seek((reached ?? 0) - 1));
    await until(() => open().shown === 0);
    await after(session, () => session.send('x'));
    await until(() => open().steps.every((step) => step.reached === null));
  });

  test('is taken up again at the step and instant where it was left, and goes on from there', async () => {
    const here = await guided();
    await here.guide.show();
    await until(() => here.open().isReached);
    here.guide.next();
    const { lesson, steps } = here.open();
    const moment = await momentOf(here.session);

    const session = await sessionOf('hello');
    expect(moment && (await openMoment(session, moment, 'not the same'))).toBe(true);
    session.store.look({ scene: 'tlb' });
    const guide = new Guide(session);
    await guide.resume(lesson, 1, 3, steps);
    const open = (): OpenLesson => session.store.state.lesson as OpenLesson;
    expect(open()).toMatchObject({ shown: 1, isReached: false, steps });
    // The reader looked elsewhere than the step would have it.
    expect(session.store.state.view.scene).toBe('tlb');
    await after(session, () => session.run());
    await until(() => open().isReached);
    guide.next();
    // Its stops were the lesson's own, and go with their step.
    await until(() => session.store.state.view.breakpoints.length === 0);
    await after(session, () => session.seek(0));
    await until(() => open().shown === 0);
  });

  test('is gone through by checkpoints, forwards and backwards', async () => {
    const { session, open } = await guided();
    session.store.look({ granularity: 'checkpoint' });
    const ticks: number[] = [];
    for (let i = 0; i < 3; i++) {
      await session.step();
      await until(() => open().shown === i && open().isReached);
      ticks.push(session.store.state.frame?.tick ?? 0);
      expect(session.store.state.view.granularity).toBe('checkpoint');
    }
    expect(ticks).toEqual(open().steps.map(({ reached }) => reached));
    for (const tick of [ticks[1], ticks[0], 0]) {
      await after(session, () => session.back());
      expect(session.store.state.frame?.tick).toBe(tick);
    }
    await after(session, () => session.step());
    await until(() => session.store.state.frame?.tick === ticks[0]);
  });

  test.each(['reference', 'walk', 'instruction', 'exit', 'checkpoint'] as const)(
    'can lock the reader’s steps to one %s, until its checkpoint is reached',
    async (size) => {
      const session = await sessionOf('first-exit');
      const guide = new Guide(session);
      const { lesson } = readLesson('x', STEPS.replace('keys: c', `by: ${size} only\nkeys: c`));
      if (lesson) await guide.open(lesson, 1, 1);
      await until(() => session.store.state.view.stopReasons.includes(10));
      expect(lockedSize(session.store.state)).toBe(size);
      const here = session.store.state;
      await session.step('instruction');
      // What the page would do of its own accord, on a machine beside it.
      const beside = await sessionOf('first-exit');
      await beside.stopAt(here.view.breakpoints, here.view.stopReasons);
      await (size === 'checkpoint' ? beside.run() : step(beside, size, 1));
      await until(() => session.store.state.frame?.tick === beside.store.state.frame?.tick);
      expect(session.store.state.reference).toBe(beside.store.state.reference);
      await guide.show();
      await until(() => session.store.state.lesson?.isReached === true);
      expect(lockedSize(session.store.state)).toBeNull();
    },
  );

  test('taken up with the steps of another edition begins where the machine stands', async () => {
    const { session, open } = await guided();
    const guide = new Guide(session);
    await guide.resume(open().lesson, 1, 3, []);
    expect(open()).toMatchObject({ shown: 0, isReached: false });
    expect(open().steps).toHaveLength(3);
  });

  test('shows how each step is solved, to the end', async () => {
    const { guide, open } = await guided();
    for (let i = 0; i < 3; i++) {
      expect(open()).toMatchObject({ shown: i, isReached: false });
      await guide.show();
      await until(() => open().isReached);
      guide.next();
    }
    expect(open().shown).toBe(3);
  });

  test('waits while another guest is loaded, and begins again with its own', async () => {
    const { session, guide, open } = await guided();
    await guide.show();
    await until(() => open().isReached);
    await session.load({ kind: 'guest', id: 'hello' });
    await until(() => open().isAway);
    await guide.comeBack();
    await until(() => !open().isAway && open().shown === 0 && !open().isReached);
    await until(() => session.store.state.view.stopReasons.includes(10));
  });

  test('leaves the reader’s own stops where they are, and takes its own away', async () => {
    const { session, guide } = await guided();
    await until(() => session.store.state.view.stopReasons.includes(10));
    await session.toggleBreakpoint(0x1234);
    await guide.close();
    expect(session.store.state.view).toMatchObject({ breakpoints: [0x1234], stopReasons: [] });
    expect(session.store.state.lesson).toBeNull();
  });
});

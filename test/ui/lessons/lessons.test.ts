import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { GENERAL_REGISTERS, SEGMENT_REGISTERS } from '../../../src/arch/cpu-state.ts';
import { GUESTS } from '../../../guests/index.ts';
import { LESSONS } from '../../../lessons/index.ts';
import { evaluate, holds } from '../../../src/ui/lessons/evaluate.ts';
import { Guide, momentOf } from '../../../src/ui/lessons/guide.ts';
import type { LessonStep } from '../../../src/ui/lessons/lesson.ts';
import type { OpenLesson } from '../../../src/ui/lessons/progress.ts';
import { FACTS } from '../../../src/ui/lessons/facts.ts';
import { KEYS, readLesson } from '../../../src/ui/lessons/read.ts';
import { SCENES } from '../../../src/ui/scenes.ts';
import type { Session } from '../../../src/ui/session.ts';
import { STEP_SIZES } from '../../../src/ui/steps.ts';
import { sessionOf } from '../machine.ts';

/** Of those the documentation names a few, and the others follow. */
const REGISTERS = [...GENERAL_REGISTERS, ...SEGMENT_REGISTERS].map((name) => name.toLowerCase());
/** Texts that a step shows at one time are no longer than this: a lesson is no lecture. */
const LONGEST = 900;

test('every file of the folder is in the list, and the other way round', () => {
  const files = readdirSync(new URL('../../../lessons', import.meta.url)).filter((name) => name.endsWith('.lesson'));
  expect(files.toSorted()).toEqual(LESSONS.map(({ id }) => `${id}.lesson`).toSorted());
});

const README = readFileSync(new URL('../../../lessons/README.md', import.meta.url), 'utf8');

test('the format is documented whole: every key, panel, step size and fact', () => {
  const words = new Set(README.match(/[\w.]+/g)?.flatMap((word) => [word, ...word.split('.')]));
  const parts = [...KEYS, ...SCENES, ...STEP_SIZES, ...Object.keys(FACTS).filter((fact) => !REGISTERS.includes(fact))];
  expect(parts.filter((word) => !words.has(word))).toEqual([]);
});

const example = { id: 'of the README', text: /^```lesson\n(.*?)^```$/ms.exec(README)?.[1] ?? '' };

describe.each([...LESSONS, example])('the lesson $id', ({ id, text }) => {
  const { lesson, problems } = readLesson(id, text);
  let session: Session;

  afterAll(() => session?.close());

  test('is well written, about a guest that there is', () => {
    expect(problems).toEqual([]);
    expect(GUESTS.map((guest) => guest.id)).toContain(lesson?.guest);
    expect(lesson?.minutes).toBeGreaterThanOrEqual(5);
    expect(lesson?.minutes).toBeLessThanOrEqual(10);
    expect(lesson?.steps.some((step) => step.question)).toBe(true);
    const texts = (lesson?.steps ?? []).flatMap((step) => [step.text, step.after, step.task]).flatMap(({ en, fr }) => [en, fr]);
    expect(texts.filter((one) => one.length > LONGEST)).toEqual([]);
    expect(texts.filter((one) => (one.match(/`/g) ?? []).length % 2 === 1)).toEqual([]);
  });

  test('is solved by its own keys: no checkpoint holds before, each does after, and the machine gives one answer', async () => {
    if (!lesson) throw new Error('It cannot be read.');
    session = await sessionOf('hello');
    const guide = new Guide(session);
    await guide.open(lesson, 1, 1);
    for (const [i, step] of lesson.steps.entries()) {
      await expectStep(session, i, false);
      expect(await isDone(session, step), `step ${i + 1}: its checkpoint before`).toBe(false);
      await guide.show();
      await expectStep(session, i, true);
      expect(await answersOf(session, step), `step ${i + 1}: answers that hold`).toHaveLength(step.question ? 1 : 0);
      guide.next();
    }
    expect(openIn(session).shown).toBe(lesson.steps.length);
  });
});

function openIn(session: Session): OpenLesson {
  const { lesson } = session.store.state;
  if (!lesson) throw new Error('No lesson is open.');
  return lesson;
}

async function expectStep(session: Session, shown: number, isReached: boolean): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const open = openIn(session);
    if (open.shown === shown && open.isReached === isReached) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { shown: at, isReached: is } = openIn(session);
  const { frame, loaded } = session.store.state;
  const line = loaded?.source?.lines.find((l) => l.linear === frame?.code?.current)?.line;
  throw new Error(
    `step ${at + 1} is ${is ? '' : 'not '}reached, at tick ${frame?.tick}, line ${line}; step ${shown + 1} should ${isReached ? '' : 'not '}be`,
  );
}

async function isDone(session: Session, step: LessonStep): Promise<boolean> {
  const moment = momentOf(session.store.state, session);
  return moment !== null && holds(step.check, moment);
}

/** The choices that hold, or the number, where there is one. */
async function answersOf(session: Session, { question }: LessonStep): Promise<unknown[]> {
  const moment = momentOf(session.store.state, session);
  if (!question || !moment) return [];
  const { number } = question;
  const found = number ? [await evaluate(number, moment)] : [];
  for (const { text, when } of question.choices) if (await holds(when, moment)) found.push(text.en);
  return found.filter((value) => value !== null);
}

/** The reader of lesson files: `key: value` lines, longer values indented below their key, a line `[step]` before each step. Strict: whatever it does not know is a
 *  problem with its line and what to do about it. */
import type { Localised } from '../../api/protocol.ts';
import { commandOf } from '../commands.ts';
import { type Scene, SCENES } from '../scenes.ts';
import { STEP_SIZES, type StepSize } from '../steps.ts';
import { ConditionError, type Expression, readExpression } from './condition.ts';
import {
  type Choice,
  type KeyPress,
  type Lesson,
  type LessonLens,
  type LessonStep,
  MOST_CHARACTERS,
  type Question,
  type StopPlace,
} from './lesson.ts';
import { type Complaint, PROBLEMS } from './problems.ts';

/** What is wrong in a file, where, and what to do. */
export interface Problem extends Complaint {
  /** From 1. */
  readonly line: number;
}

/** A lesson only where there are no problems. */
export interface Reading {
  readonly lesson: Lesson | null;
  readonly problems: readonly Problem[];
}

interface Entry {
  readonly key: string;
  readonly line: number;
  text: string;
}

const HEAD = ['title.en', 'title.fr', 'goal.en', 'goal.fr', 'guest', 'minutes'];
const ONCE = [
  ...['title.en', 'title.fr', 'text.en', 'text.fr', 'do.en', 'do.fr', 'question.en', 'question.fr', 'number'],
  ...['check', 'after.en', 'after.fr', 'hint.en', 'hint.fr', 'scene', 'lens', 'by', 'keys'],
];
const MANY = ['choice.en', 'choice.fr', 'when', 'stop'];
/** Of one key, one after the other: nobody waits for more. */
const MOST_PRESSES = 1000;
/** Every key that a file may have. */
export const KEYS: readonly string[] = [...new Set([...HEAD, ...ONCE, ...MANY])];

/** Reads the lesson `id` from the text of its file. Where `guests` are given, its guest must be one of them. Throws nothing. */
export function readLesson(id: string, text: string, guests: readonly { readonly id: string }[] = []): Reading {
  const problems: Problem[] = [];
  if (text.length > MOST_CHARACTERS) return { lesson: null, problems: [{ line: 1, ...PROBLEMS.tooLong() }] };
  const [head, ...steps] = sectionsOf(text, problems).map((entries) => new Section(entries, problems));
  head.allow(HEAD, []);
  const lesson: Lesson = {
    id,
    title: head.both('title'),
    goal: head.both('goal'),
    guest: head.one('guest'),
    minutes: head.number('minutes'),
    text: null,
    steps: steps.map(stepOf),
  };
  if (steps.length === 0) head.wrong(1, PROBLEMS.noStep());
  const known = guests.map((guest) => guest.id);
  if (known.length > 0 && lesson.guest !== '' && !known.includes(lesson.guest))
    head.wrong(head.lineOf('guest'), PROBLEMS.noGuest(lesson.guest, known));
  return { lesson: problems.length === 0 ? lesson : null, problems: problems.toSorted((a, b) => a.line - b.line) };
}

function stepOf(section: Section): LessonStep {
  section.allow(ONCE, MANY);
  const scene = section.optional('scene');
  if (scene && !SCENES.includes(scene as Scene)) section.wrong(section.lineOf('scene'), PROBLEMS.noPanel(scene, SCENES));
  const [by = null, only, ...rest] = section.optional('by')?.split(/\s+/) ?? [];
  if (only !== undefined && (only !== 'only' || rest.length > 0)) section.wrong(section.lineOf('by'), PROBLEMS.notOnly(only));
  if (by && !STEP_SIZES.includes(by as StepSize)) section.wrong(section.lineOf('by'), PROBLEMS.noStepSize(by, STEP_SIZES));
  return {
    title: section.both('title'),
    text: section.both('text'),
    task: section.both('do'),
    question: questionOf(section),
    check: section.expression('check'),
    after: section.both('after'),
    hint: section.has('hint.en') || section.has('hint.fr') ? section.both('hint') : null,
    scene: scene as Scene | null,
    lens: lensOf(section),
    granularity: by as LessonStep['granularity'],
    isLocked: only === 'only',
    stops: section.all('stop').map((entry) => stopOf(section, entry)),
    keys: keysOf(section),
  };
}

function questionOf(section: Section): Question | null {
  if (!section.has('question.en') && !section.has('question.fr')) {
    for (const key of ['choice.en', 'choice.fr', 'when', 'number'])
      if (section.has(key)) section.wrong(section.lineOf(key), PROBLEMS.noQuestion(key));
    return null;
  }
  const text = section.both('question');
  const [en, fr, when] = [section.all('choice.en'), section.all('choice.fr'), section.all('when')];
  const line = section.lineOf('question.en');
  if (section.has('number')) {
    if (en.length > 0) section.wrong(line, PROBLEMS.choicesAndNumber());
    return { text, choices: [], number: section.expression('number') };
  }
  if (en.length < 2 || en.length !== fr.length || en.length !== when.length)
    section.wrong(line, PROBLEMS.unevenChoices(en.length, fr.length, when.length));
  const choices = en.map((entry, i): Choice => ({ text: { en: entry.text, fr: fr[i]?.text ?? '' }, when: section.read(when[i] ?? entry) }));
  return { text, choices, number: null };
}

function lensOf(section: Section): LessonLens | 'follow' | null {
  const text = section.optional('lens');
  if (text === null || text === 'follow') return text;
  const found = /^(guest )?(?:(read|write|fetch) )?(.+)$/.exec(text);
  const where = section.read({ key: 'lens', line: section.lineOf('lens'), text: found?.[3] ?? text });
  return { where, access: (found?.[2] ?? 'read') as LessonLens['access'], context: found?.[1] ? 'guest' : 'current' };
}

function stopOf(section: Section, entry: Entry): StopPlace {
  const exit = /^exit (\d+)$/.exec(entry.text);
  return exit ? { kind: 'exit', reason: Number(exit[1]) } : { kind: 'code', where: section.read(entry) };
}

function keysOf(section: Section): KeyPress[] {
  const line = section.lineOf('keys');
  return section
    .one('keys')
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const found = /^(.+?)(?:\*(\d+)|:(\d+))?$/.exec(word);
      const [, key, count, tick] = found ?? [];
      const press = { key, count: Number(count ?? 1), tick: tick === undefined ? null : Number(tick) };
      if (!commandOf(key) || !Number.isSafeInteger(press.tick ?? 0)) section.wrong(line, PROBLEMS.noKey(word));
      else if (press.count > MOST_PRESSES) section.wrong(line, PROBLEMS.keyTooOften(key, MOST_PRESSES));
      return press;
    });
}

/** Lines as entries: those before the first [step], then those of each step. */
function sectionsOf(text: string, problems: Problem[]): Entry[][] {
  const sections: Entry[][] = [[]];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const entries = sections[sections.length - 1];
    const last = entries.at(-1);
    if (/^\s*(#|$)/.test(raw)) continue;
    if (/^\s/.test(raw)) {
      if (last) last.text = `${last.text} ${raw.trim()}`.trim();
      else problems.push({ line, ...PROBLEMS.strayLine() });
      continue;
    }
    if (raw.trim() === '[step]') {
      sections.push([{ key: '[step]', line, text: '' }]);
      continue;
    }
    const found = /^([a-z]+(?:\.[a-z]{2})?):\s*(.*)$/.exec(raw);
    if (found) entries.push({ key: found[1], line, text: found[2].trim() });
    else problems.push({ line, ...PROBLEMS.noEntry(raw.trim()) });
  }
  return sections;
}

const NOTHING: Expression = { kind: 'value', value: 0 };

/** The entries of the head or of a step, and what is wrong with them. */
class Section {
  private readonly entries: readonly Entry[];
  private readonly problems: Problem[];

  constructor(entries: readonly Entry[], problems: Problem[]) {
    this.entries = entries;
    this.problems = problems;
  }

  wrong(line: number, complaint: Complaint): void {
    this.problems.push({ line, ...complaint });
  }

  has(key: string): boolean {
    return this.entries.some((entry) => entry.key === key);
  }

  all(key: string): readonly Entry[] {
    return this.entries.filter((entry) => entry.key === key);
  }

  /** Of the key, or where the section begins. */
  lineOf(key: string): number {
    return this.all(key)[0]?.line ?? this.entries[0]?.line ?? 1;
  }

  optional(key: string): string | null {
    return this.all(key)[0]?.text ?? null;
  }

  one(key: string): string {
    const text = this.optional(key);
    if (text === null || text === '') this.wrong(this.lineOf(key), PROBLEMS.missing(key));
    return text ?? '';
  }

  both(key: string): Localised {
    return { en: this.one(`${key}.en`), fr: this.one(`${key}.fr`) };
  }

  number(key: string): number {
    const text = this.one(key);
    if (text !== '' && !/^\d+$/.test(text)) this.wrong(this.lineOf(key), PROBLEMS.noNumber(text));
    return Number(text);
  }

  expression(key: string): Expression {
    const [entry] = this.all(key);
    if (entry) return this.read(entry);
    this.one(key);
    return NOTHING;
  }

  read({ line, text }: Entry): Expression {
    try {
      return readExpression(text);
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      this.wrong(line, error.complaint);
      return NOTHING;
    }
  }

  /** Whatever else there is, or is there twice, is a problem. */
  allow(once: readonly string[], many: readonly string[]): void {
    const seen = new Set<string>(['[step]']);
    for (const { key, line } of this.entries.filter((entry) => entry.key !== '[step]')) {
      if (!once.includes(key) && !many.includes(key)) this.wrong(line, PROBLEMS.unknownKey(key, [...once, ...many]));
      else if (once.includes(key) && seen.has(key)) this.wrong(line, PROBLEMS.twice(key));
      seen.add(key);
    }
  }
}

/** The reader of lesson files: `key: value` lines, longer values indented below their key, a line `[step]` before each step. Strict: whatever it does not know is a
 *  problem with its line and what to do about it. */
import type { Localised } from '../../api/protocol.ts';
import { commandOf } from '../commands.ts';
import { type Scene, SCENES } from '../scenes.ts';
import { STEP_SIZES, type StepSize } from '../steps.ts';
import { ConditionError, type Expression, readExpression } from './condition.ts';
import type { Choice, KeyPress, Lesson, LessonLens, LessonStep, Question, StopPlace } from './lesson.ts';

/** What is wrong in a file, where, and what to do. */
export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
  readonly hint: string;
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
/** A file larger than this is no lesson. */
const MOST_CHARACTERS = 200_000;

/** Reads the lesson `id` from the text of its file. Throws nothing. */
export function readLesson(id: string, text: string): Reading {
  const problems: Problem[] = [];
  if (text.length > MOST_CHARACTERS)
    return { lesson: null, problems: [{ line: 1, message: 'The file is too long.', hint: 'Make two lessons.' }] };
  const [head, ...steps] = sectionsOf(text, problems).map((entries) => new Section(entries, problems));
  head.allow(HEAD, []);
  const lesson: Lesson = {
    id,
    title: head.both('title'),
    goal: head.both('goal'),
    guest: head.one('guest'),
    minutes: head.number('minutes'),
    steps: steps.map(stepOf),
  };
  if (steps.length === 0) head.wrong(1, 'The lesson has no step.', 'Begin each with a line [step].');
  return { lesson: problems.length === 0 ? lesson : null, problems: problems.toSorted((a, b) => a.line - b.line) };
}

function stepOf(section: Section): LessonStep {
  section.allow(ONCE, MANY);
  const scene = section.optional('scene');
  if (scene && !SCENES.includes(scene as Scene))
    section.wrong(section.lineOf('scene'), `There is no panel “${scene}”.`, `Choose one of ${SCENES.join(', ')}.`);
  const by = section.optional('by');
  if (by && !STEP_SIZES.includes(by as StepSize))
    section.wrong(section.lineOf('by'), `One cannot step by “${by}”.`, `Write one of ${STEP_SIZES.join(', ')}.`);
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
    stops: section.all('stop').map((entry) => stopOf(section, entry)),
    keys: keysOf(section),
  };
}

function questionOf(section: Section): Question | null {
  if (!section.has('question.en') && !section.has('question.fr')) {
    for (const key of ['choice.en', 'choice.fr', 'when', 'number'])
      if (section.has(key))
        section.wrong(section.lineOf(key), `There is a “${key}” without a question.`, 'Add question.en and question.fr.');
    return null;
  }
  const text = section.both('question');
  const [en, fr, when] = [section.all('choice.en'), section.all('choice.fr'), section.all('when')];
  const line = section.lineOf('question.en');
  if (section.has('number')) {
    if (en.length > 0) section.wrong(line, 'The question has choices and a number.', 'Remove one of the two.');
    return { text, choices: [], number: section.expression('number') };
  }
  if (en.length < 2 || en.length !== fr.length || en.length !== when.length)
    section.wrong(
      line,
      `The question has ${en.length} choice.en, ${fr.length} choice.fr and ${when.length} when.`,
      'Write at least two choices, each as choice.en, choice.fr and when; or a number.',
    );
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
      if (!commandOf(key))
        section.wrong(line, `No key of the page is called “${word}”.`, 'For instance: ArrowRight*3 Shift+ArrowRight c g:120.');
      return { key, count: Number(count ?? 1), tick: tick === undefined ? null : Number(tick) };
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
      else
        problems.push({
          line,
          message: 'An indented line belongs to a key, and there is none above it.',
          hint: 'Remove the blanks, or add the key.',
        });
      continue;
    }
    if (raw.trim() === '[step]') {
      sections.push([{ key: '[step]', line, text: '' }]);
      continue;
    }
    const found = /^([a-z]+(?:\.[a-z]{2})?):\s*(.*)$/.exec(raw);
    if (found) entries.push({ key: found[1], line, text: found[2].trim() });
    else
      problems.push({
        line,
        message: `“${raw.trim()}” is no “key: value”.`,
        hint: 'Begin with a key and a colon; indent a line that goes on with the value above.',
      });
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

  wrong(line: number, message: string, hint: string): void {
    this.problems.push({ line, message, hint });
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
    if (text === null || text === '') this.wrong(this.lineOf(key), `There is no “${key}” here.`, `Add a line “${key}: ...”.`);
    return text ?? '';
  }

  both(key: string): Localised {
    return { en: this.one(`${key}.en`), fr: this.one(`${key}.fr`) };
  }

  number(key: string): number {
    const text = this.one(key);
    if (text !== '' && !/^\d+$/.test(text)) this.wrong(this.lineOf(key), `“${text}” is no whole number.`, 'Write digits alone.');
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
      this.wrong(line, error.message, error.hint);
      return NOTHING;
    }
  }

  /** Whatever else there is, or is there twice, is a problem. */
  allow(once: readonly string[], many: readonly string[]): void {
    const seen = new Set<string>(['[step]']);
    for (const { key, line } of this.entries.filter((entry) => entry.key !== '[step]')) {
      if (!once.includes(key) && !many.includes(key))
        this.wrong(line, `There is no key “${key}” here.`, `There are: ${[...once, ...many].join(', ')}.`);
      else if (once.includes(key) && seen.has(key)) this.wrong(line, `“${key}” is here twice.`, 'Keep one of the two.');
      seen.add(key);
    }
  }
}

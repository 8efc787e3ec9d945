import { describe, expect, test } from 'vitest';
import { readExpression } from '../../../src/ui/lessons/condition.ts';
import { readLesson } from '../../../src/ui/lessons/read.ts';
import { LESSON, withLine } from './example.ts';

const firstProblem = (text: string): unknown => readLesson('x', text).problems[0];

describe('a lesson file', () => {
  test('is read whole: texts in both languages, a question, stops and keys', () => {
    const { lesson, problems } = readLesson('x', LESSON);
    expect(problems).toEqual([]);
    expect(lesson).toMatchObject({ id: 'x', guest: 'paging', minutes: 5, title: { en: 'A title', fr: 'Un titre' } });
    expect(lesson?.steps).toHaveLength(2);
    const [first, second] = lesson?.steps ?? [];
    expect(first.text.en).toBe('One line and another.');
    expect(first.question?.choices.map(({ text }) => text.fr)).toEqual(['deux', 'trois']);
    expect(first.stops).toEqual([
      { kind: 'code', where: { kind: 'line', line: 56 } },
      { kind: 'exit', reason: 48 },
    ]);
    expect(first.keys).toEqual([
      { key: 'ArrowRight', count: 3, tick: null },
      { key: 'Shift+ArrowRight', count: 1, tick: null },
      { key: 'g', count: 1, tick: 120 },
    ]);
    expect(second).toMatchObject({
      lens: { access: 'write', context: 'guest' },
      scene: 'tlb',
      hint: null,
      granularity: 'exit',
      isLocked: false,
    });
    expect(readLesson('x', withLine('by: exit', 'by: exit only')).lesson?.steps[1]).toMatchObject({ granularity: 'exit', isLocked: true });
  });

  test.each([
    ['guest: paging', 'gest: paging', 5, /no key “gest”/],
    ['title.fr: Un titre', '', 2, /no “title.fr”/],
    ['minutes: 5', 'minutes: five', 6, /no whole number/],
    ['scene: walk', 'scene: walks', 23, /no panel “walks”/],
    ['by: exit', 'by: hour', 37, /cannot step by “hour”/],
    ['by: exit', 'by: exit please', 37, /not “please”/],
    ['check: at = line 56', 'check: at = ', 21, /missing at the end/],
    ['check: at = line 56', 'check: att = 4', 21, /no fact “att”/],
    ['when: tick = 2', '', 13, /2 choice.en, 2 choice.fr and 1 when/],
    ['keys: ArrowRight*3 Shift+ArrowRight g:120', 'keys: Jump', 26, /“Jump”/],
    ['keys: ArrowRight*3 Shift+ArrowRight g:120', 'keys: c*1000000', 26, /“c” is pressed too often/],
    ['keys: ArrowRight*3 Shift+ArrowRight g:120', 'keys: g:99999999999999999999', 26, /“g:99999999999999999999”/],
    ['do.en: Do it.', 'do.en:', 19, /no “do.en”/],
    ['do.en: Do it.', 'Do it.', 19, /no “key: value”/],
    ['do.en: Do it.', 'do.en: Do it.\ndo.en: Again.', 20, /twice/],
  ])('with %j become %j is refused, with line, reason and advice', (from, to, line, message) => {
    expect(readLesson('x', withLine(from, to)).problems).toContainEqual({
      line,
      message: { en: expect.stringMatching(message), fr: expect.stringMatching(/\.$/) },
      hint: { en: expect.stringMatching(/\.$/), fr: expect.stringMatching(/\.$/) },
    });
  });

  test('is not read where there is any problem, nor where it is endless', () => {
    expect(readLesson('x', withLine('minutes: 5', '')).lesson).toBeNull();
    expect(readLesson('x', 'x'.repeat(300_000)).problems).toHaveLength(1);
    expect(firstProblem('title.en: x')).toBeTruthy();
  });
});

describe('a condition', () => {
  test.each(['(', 'not ', 'memory32[', '1 + ', 'eax and '])('of %s without end is refused, and nothing is lost', (part) => {
    expect(readLesson('x', withLine('check: at = line 56', `check: ${part.repeat(20_000)}`)).problems).toEqual([
      expect.objectContaining({ line: 21, message: { en: 'The condition is too long.', fr: 'La condition est trop longue.' } }),
    ]);
  });

  test('binds “and” closer than “or”, and arithmetic closer than comparison', () => {
    expect(readExpression('tick = 1 or tick = 2 and eax + 1 > 0x10')).toMatchObject({
      kind: 'any',
      parts: [{ kind: 'compare' }, { kind: 'all', parts: [{ kind: 'compare' }, { operator: '>', left: { kind: 'sum' } }] }],
    });
  });

  test.each([
    ['cr0.XX = 1', /PE/],
    ['exits.many', /exits\.48/],
    ['walk.total = 1', /address/],
    ['walk(read 1).colour', /references/],
    ['memory32 = 1', /brackets/],
    ['tick.tock', /Nothing/],
    ['vmcs.nonsense = 1', /exitReason/],
    ['tick = 1 tock', /and/],
    ['(tick = 1', /Add/],
    ['tick = $', /quotes/],
    ['constructor = 1', /eax/],
    ['__proto__', /eax/],
    ['vmcs.constructor', /exitReason/],
    ['walk(0).constructor', /references/],
    ['tlb(0).constructor', /vpid/],
    ['eax constructor', /and/],
  ])('%s is refused with advice', (text, hint) => {
    expect(() => readExpression(text)).toThrow(
      expect.objectContaining({
        complaint: expect.objectContaining({ hint: expect.objectContaining({ en: expect.stringMatching(hint) }) }),
      }),
    );
  });
});

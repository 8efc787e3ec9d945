import { describe, expect, it } from 'vitest';
import { LESSON } from '../ui/lessons/example.ts';
import { glassvisor, isRefusal } from './rig.ts';

describe('lesson check', () => {
  it('says nothing bad of a good file, and how many steps it has', async () => {
    const { status, text, errors } = await glassvisor(['lesson', 'check', 'a.lesson'], { 'a.lesson': LESSON });
    expect([status, text, errors]).toEqual([0, 'a.lesson: A title (2)\n', []]);
  });

  it('names file, line, reason and advice of each problem, in either language', async () => {
    const files = {
      'a.lesson': LESSON.replace('scene: walk', 'scene: kitchen').replace('guest: paging', 'guest: nobody'),
      'b.lesson': LESSON,
    };
    const { status, text, errors } = await glassvisor(['lesson', 'check', 'a.lesson', 'b.lesson'], files);
    expect([status, text]).toEqual([1, 'b.lesson: A title (2)\n']);
    expect(errors).toEqual([
      expect.stringMatching(/^a\.lesson:5: There is no guest “nobody”\. There are: .*paging.*\.$/),
      expect.stringMatching(/^a\.lesson:23: There is no panel “kitchen”\. Choose one of walk, .*\.$/),
    ]);
    const french = await glassvisor(['lesson', 'check', 'a.lesson', '--lang', 'fr'], files);
    expect(french.errors[1]).toMatch(/^a\.lesson:23: Il n’y a pas de panneau « kitchen »\./);
  });

  it('refuses what it cannot do', async () => {
    for (const argv of [
      ['lesson'],
      ['lesson', 'check'],
      ['lesson', 'play', 'a.lesson'],
      ['lesson', 'check', 'none.lesson'],
      ['lesson', 'check', 'a.lesson', '--lang', 'de'],
    ])
      expect(isRefusal(await glassvisor(argv, { 'a.lesson': LESSON })), argv.join(' ')).toBe(true);
  });
});

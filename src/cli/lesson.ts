import { GUESTS } from '../../guests/index.ts';
import { GlassError } from '../base/errors.ts';
import { type Problem, readLesson } from '../ui/lessons/read.ts';
import { type Command, oneOf, parseArguments } from './command.ts';

const LANGUAGES = ['en', 'fr'] as const;
type Language = (typeof LANGUAGES)[number];

/** `glassvisor lesson check`: what the page would say of a lesson's file, without a page. */
export const LESSON: Command = {
  name: 'lesson',
  usage: 'lesson check FILE... [--lang en|fr]',
  summary: 'Reads lesson files, and says what is wrong in which line. Status 1 if anything is.',
  options: ['--lang en|fr   language of the sentences (en)'],
  run: (args, io) => {
    const { words, options } = parseArguments(args, { lang: 'text' });
    const [verb, ...paths] = words;
    if (verb !== 'check' || paths.length === 0) throw new GlassError('bad-usage', 'Nothing is to be checked.', 'Write lesson check FILE.');
    const language = oneOf(options.lang, '--lang', LANGUAGES) ?? 'en';
    let isGood = true;
    for (const path of paths) {
      const text = new TextDecoder().decode(io.readFile(path));
      const { lesson, problems } = readLesson(path, text, GUESTS);
      for (const problem of problems) io.err(lineOf(path, problem, language));
      if (lesson) io.out(`${path}: ${lesson.title[language]} (${lesson.steps.length})\n`);
      else isGood = false;
    }
    return Promise.resolve(isGood ? 0 : 1);
  },
};

/** As compilers write it, so that editors find the place. */
function lineOf(path: string, { line, message, hint }: Problem, language: Language): string {
  return `${path}:${line}: ${message[language]} ${hint[language]}`;
}

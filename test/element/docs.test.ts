import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ASKING, COMMANDS, READABLE } from '../../src/element/frame-protocol.ts';
import { AROUND_PANELS, SCENE_PANELS } from '../../src/element/scenes.ts';
import { GUESTS } from '../../guests/index.ts';
import { LESSONS } from '../../lessons/index.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TEXT = readFileSync(resolve(ROOT, 'docs/embedding.md'), 'utf8');

type Lists = Readonly<
  Record<'attributes' | 'members' | 'events' | 'slots' | 'cssParts' | 'cssProperties', readonly { readonly name: string }[]>
>;
const manifest = JSON.parse(readFileSync(resolve(ROOT, 'src/element/custom-elements.json'), 'utf8')) as {
  modules: { declarations?: Lists[]; exports: { name: string; kind: string }[] }[];
};
const element = manifest.modules[0].declarations?.[0] as Lists;
const names = (list: keyof Lists): string[] => element[list].map(({ name }) => name);
const tags = manifest.modules.flatMap((m) => m.exports.filter(({ kind }) => kind === 'custom-element-definition').map(({ name }) => name));

/** What stands in blocks of this language. */
const blocks = (language: string): string[] =>
  [...TEXT.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code]) => code);
/** Tags with their attributes. */
const elements = blocks('html').flatMap((code) => [...code.matchAll(/<([a-z][\w-]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/g)]);
const attributesOf = (text: string): [name: string, value: string][] =>
  [...text.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, name, value = '']) => [name, value]);

describe('what docs/embedding.md shows', () => {
  test('are elements, attributes and slots that there are', () => {
    const own = elements.filter(([, tag]) => tag.startsWith('glass-'));
    expect(own.length).toBeGreaterThan(5);
    for (const [, tag, text] of own) {
      expect(tags).toContain(tag);
      const known = tag === 'glass-visor' ? [...names('attributes'), 'id'] : ['for'];
      for (const [name] of attributesOf(text)) expect(known).toContain(name);
    }
    for (const [, , text] of elements)
      for (const [name, value] of attributesOf(text)) if (name === 'slot') expect(names('slots')).toContain(value);
  });

  test('are guests, lessons, scenes and controls that there are', () => {
    const values = (wanted: string): string[] =>
      elements.flatMap(([, , text]) => attributesOf(text)).flatMap(([name, value]) => (name === wanted ? value.split(' ') : []));
    for (const guest of values('guest')) expect(GUESTS.map(({ id }) => id)).toContain(guest);
    for (const lesson of values('lesson')) expect(LESSONS.map(({ id }) => id)).toContain(lesson);
    for (const scene of values('scenes')) expect(['walk', ...Object.keys(SCENE_PANELS)]).toContain(scene);
    for (const control of values('controls'))
      expect(['band', 'instruction', 'why', 'transport', 'speed', ...Object.keys(AROUND_PANELS)]).toContain(control);
  });

  test('are parts and custom properties that there are', () => {
    const css = blocks('css').join('\n');
    for (const [, part] of css.matchAll(/::part\(([\w-]+)\)/g)) expect(names('cssParts')).toContain(part);
    for (const [property] of css.matchAll(/--gv-[\w-]+/g)) expect(names('cssProperties')).toContain(property);
  });
});

describe('what docs/embedding.md tells', () => {
  const isTold = (name: string): boolean => new RegExp(`\`[^\`\\n]*(?<![\\w-])${name}(?![\\w-])[^\`\\n]*\``).test(TEXT);

  test.each(['attributes', 'members', 'events', 'slots', 'cssProperties'] as const)('is of all %s', (list) => {
    expect(names(list).filter((name) => name !== '' && !isTold(name))).toEqual([]);
  });

  test('is of all that a frame can be asked, and of each element', () => {
    expect([...READABLE, ...ASKING, ...COMMANDS].filter((name) => !isTold(name))).toEqual([]);
    expect(tags.filter((tag) => !isTold(tag) && !isTold(tag.replace('glass-visor', '')))).toEqual([]);
  });

  test('is of all scenes and controls', () => {
    expect([...Object.keys(SCENE_PANELS), ...Object.keys(AROUND_PANELS)].filter((name) => !isTold(name))).toEqual([]);
  });
});

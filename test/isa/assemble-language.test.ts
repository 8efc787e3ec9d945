/** Each piece of the language, and whole programs, against NASM's bytes. The sources are in nasm/; `=>` leads the golden bytes (assemble-table.test.ts says
 *  how they are made anew). */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { isWriting, nasmHex } from './nasm-golden.ts';
import { randomProgram } from './nasm-random.ts';

const folder = new URL('nasm/', import.meta.url);
const LANGUAGE = new URL('language.txt', folder);
const RANDOM = new URL('random.txt', folder);
const RANDOM_COUNT = 200;

if (isWriting) writeGolden();

describe('the language', () => {
  test.each(pieces())('$title', ({ source, golden }) => expect(hexOf(source)).toBe(golden));
});

describe('whole programs', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.asm'));
  test.each(names)('%s', (name) => {
    const golden = readFileSync(new URL(name.replace('.asm', '.hex'), folder), 'utf8').replaceAll('\n', '');
    expect(hexOf(readFileSync(new URL(name, folder), 'utf8'))).toBe(golden);
  });

  test('random ones, in which every size hangs on every other, settle as in NASM', () => {
    const golden = readFileSync(RANDOM, 'utf8').trim().split('\n');
    expect(golden.map((_, i) => digest(hexOf, randomProgram(i + 1)))).toEqual(golden);
    expect(golden).toHaveLength(RANDOM_COUNT);
  });
});

function hexOf(source: string): string {
  return Buffer.from(assemble(source, { include }).bytes).toString('hex');
}

function include(name: string): string | null {
  return name === 'ports.inc' ? '%ifndef PORTS\n%define PORTS\nPIC equ 0x20\n%endif\n' : null;
}

/** Length and FNV-1a hash of what is made of a program: enough to tell two files apart. A few programs never come to rest. */
function digest(make: (source: string) => string, source: string): string {
  let hex: string;
  try {
    hex = make(source);
  } catch {
    return 'refused';
  }
  let hash = 0x811c9dc5;
  for (let i = 0; i < hex.length; i++) hash = Math.imul(hash ^ hex.charCodeAt(i), 0x01000193);
  return `${hex.length / 2} ${(hash >>> 0).toString(16)}`;
}

function pieces(): { title: string; source: string; golden: string }[] {
  const text = readFileSync(LANGUAGE, 'utf8');
  return text
    .split(/^## /m)
    .slice(1)
    .map((piece) => {
      const [title, ...lines] = piece.trimEnd().split('\n');
      const golden = lines.at(-1)?.startsWith('=> ') ? (lines.pop() ?? '').slice(3) : '';
      return { title, source: `${lines.join('\n')}\n`, golden };
    });
}

function writeGolden(): void {
  const text = pieces().map(({ title, source }) => `## ${title}\n${source}=> ${nasmHex(source)}\n`);
  writeFileSync(LANGUAGE, text.join(''));
  for (const name of readdirSync(folder).filter((n) => n.endsWith('.asm'))) {
    const source = readFileSync(new URL(name, folder), 'utf8').replace('%include "ports.inc"', include('ports.inc') ?? '');
    const lines = nasmHex(source).match(/.{1,128}/g) ?? [];
    writeFileSync(new URL(name.replace('.asm', '.hex'), folder), `${lines.join('\n')}\n`);
  }
  const digests = Array.from({ length: RANDOM_COUNT }, (_, i) => digest(nasmHex, randomProgram(i + 1)));
  writeFileSync(RANDOM, `${digests.join('\n')}\n`);
}

import { describe, expect, it } from 'vitest';
import { def } from '../../src/isa/define.ts';
import { record, recordingOf, recordings, sizesOf } from '../../src/isa/record.ts';
import { ROWS } from '../../src/isa/rows/index.ts';
import { type Word, WORDS } from '../../src/isa/words.ts';
import type { Sem, Size } from '../../src/isa/semantics.ts';

const FACTS = { title: 'Test', operation: 'nothing', forms: {} } as const;

/** The nodes after the three operands that `use` leaves. */
function nodesOf(use: (s: Sem<unknown, unknown>, a: unknown, b: unknown) => void, size: Size = 32) {
  const run = use as unknown as Parameters<typeof def>[1]['run'];
  return record(def('TEST', { ...FACTS, run }), size).nodes.slice(3);
}

/** Arguments for a word: value 1 and operands are the nodes of the given numbers, plain ones stand for themselves. */
const ARGUMENTS: Record<string, unknown> = { v: 3, o: 0, k: 7 };

describe('every word', () => {
  it.each(Object.keys(WORDS) as Word[])('%s is remembered with its arguments, in its place', (word) => {
    const args = [...WORDS[word].takes.replaceAll('?', '')].map((letter) => ARGUMENTS[letter]);
    const nodes = nodesOf((s) => {
      s.constant(99); // node 3
      (s[word] as (...args: unknown[]) => unknown)(...args);
    });
    expect(nodes).toEqual([
      { word: 'constant', args: [99] },
      { word, args },
    ]);
  });

  it.each((Object.keys(WORDS) as Word[]).filter((word) => WORDS[word].gives !== ''))('%s gives the node it left', (word) => {
    const args = [...WORDS[word].takes].map((letter) => ARGUMENTS[letter]);
    nodesOf((s) => {
      s.constant(99);
      expect((s[word] as (...args: unknown[]) => unknown)(...args)).toBe(4);
    });
  });

  it('is used by some row', () => {
    const used = new Set(recordings().flatMap(({ nodes }) => nodes.map((node) => node.word)));
    expect(Object.keys(WORDS).filter((word) => !used.has(word as Word))).toEqual([]);
  });
});

describe('a recording', () => {
  it('begins with the three operands', () => {
    expect(record(def('TEST', { ...FACTS, run: () => {} }), 32).nodes).toEqual([
      { word: 'operand', args: [0] },
      { word: 'operand', args: [1] },
      { word: 'operand', args: [2] },
    ]);
  });

  it('of ADD is what the manual says', () => {
    const add = ROWS.find((row) => row.mnemonic === 'ADD');
    expect(add && recordingOf(add, 32).nodes.slice(3)).toEqual([
      { word: 'readForUpdate', args: [0] },
      { word: 'read', args: [1] },
      { word: 'add', args: [3, 4] },
      { word: 'write', args: [0, 5] },
      { word: 'flags', args: ['add', 3, 4, 5] },
    ]);
  });

  it('holds a constant once', () => {
    expect(nodesOf((s) => s.add(s.constant(5), s.constant(5)))).toEqual([
      { word: 'constant', args: [5] },
      { word: 'add', args: [3, 3] },
    ]);
  });

  it.each([8, 16, 32] as const)('knows the operand size of %d bits', (size) => {
    expect(nodesOf((s) => s.stackMove(s.operandBytes), size)).toEqual([{ word: 'stackMove', args: [size / 8] }]);
  });

  it('is the same every time', () => {
    for (const recording of recordings()) expect(record(recording.row, recording.size)).toEqual(recording);
  });

  it('is made once', () => {
    const [row] = ROWS;
    expect(recordingOf(row, 16)).toBe(recordingOf(row, 16));
    expect(recordings()[0]).toBe(recordings()[0]);
  });

  it('names earlier nodes only', () => {
    for (const { row, nodes } of recordings()) {
      nodes.forEach((node, index) => {
        if (node.word === 'operand') return;
        const letters = WORDS[node.word].takes.replaceAll('?', '');
        node.args.forEach((arg, i) => {
          if (letters[i] !== 'k') expect(arg, row.mnemonic).toBeLessThan(index);
        });
      });
    }
  });
});

describe('the sizes of a row', () => {
  it.each([
    [{ '00': 'Eb, Gb' }, [8]],
    [{ '01': 'Ev, Gv' }, [16, 32]],
    [{ '00': 'Eb, Gb', '01': 'Ev, Gv' }, [8, 16, 32]],
    [{ '0F B6': 'Gv, Eb' }, [16, 32]],
    [{ E6: 'Ib, AL' }, [8]],
    [{ E7: 'Ib, eAX' }, [16, 32]],
    [{ '6E': 'DX, Xb' }, [8]],
    [{ '6D': 'Yv, DX' }, [16, 32]],
    [{ C3: '' }, [16, 32]],
  ])('%j are %j', (forms, sizes) => {
    expect(sizesOf({ ...def('TEST', { ...FACTS, run: () => {} }), forms })).toEqual(sizes);
  });

  it('are the one that the row names', () => {
    expect(sizesOf(def('TEST', { ...FACTS, forms: { '0F 20': 'Rd, Cd' }, size: 32, run: () => {} }))).toEqual([32]);
  });
});

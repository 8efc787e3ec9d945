import { describe, expect, it } from 'vitest';
import type { TlbEntryView } from '../../src/api/protocol.ts';
import { FLUSH_SCOPES, type FlushScope } from '../../src/trace/schema.ts';
import { History } from '../../src/ui/history.ts';
import { balance, buckets, dated, eventsUpTo, isSameTag, sorted, takerOf, tally, whyEmpty } from '../../src/ui/panels/tlb-log.ts';
import { eventSentence, flushSentence, takerSentence } from '../../src/ui/panels/tlb-words.ts';
import { plain } from '../../src/ui/widgets/sentence.ts';
import '../../src/ui/i18n/french.ts';
import { type Recorded, trace } from './frames.ts';

const SETS = 8;
const DATA = SETS;
const EPTP = 0x1201e;

function history(records: readonly Recorded[], coarse: readonly Recorded[] = []): History {
  const made = new History();
  made.take(trace(coarse));
  made.takeFine({ ...trace(records), from: 0, until: 0 });
  return made;
}

const fill = (tick: number, linear: number, { set = DATA + 1, vpid = 0, eptp = 0 } = {}): Recorded => [
  'tlbFill',
  tick,
  linear,
  linear + 0x100000,
  vpid,
  eptp,
  set,
];
const flush = (tick: number, scope: FlushScope, count: number, { linear = 0, vpid = 0 } = {}): Recorded => [
  'tlbFlush',
  tick,
  FLUSH_SCOPES.indexOf(scope),
  linear,
  vpid,
  0,
  count,
];
const walk = (tick: number, linear: number, references = 2, result = 0): Recorded => ['walk', tick, linear, 1, references, result, linear];

function entry(change: Partial<TlbEntryView> = {}): TlbEntryView {
  return {
    ...{ half: 'data', set: 1, way: 0, kind: 'linear', vpid: 0, ep4ta: 0, linear: 0x1000, size: 4096, host: 0x101000 },
    ...{ isGlobal: false, isWritable: true, isUser: false, isDirty: false, ept: null },
    ...change,
  };
}

describe('what happened', () => {
  const all = history([
    walk(4, 0x1000),
    fill(4, 0x1000),
    flush(6, 'VM transition', 0),
    walk(8, 0x9000, 1, 1),
    ['tlbEvict', 9, 0x1000, 0x101000, 0, 0, DATA + 1],
    fill(9, 0x9000),
    flush(12, 'VM transition', 3),
  ]);

  it('comes newest first, without transitions that took nothing, and not from the future', () => {
    expect(eventsUpTo(all, 99, 9).map(({ kind, at }) => [kind, at])).toEqual([
      ['flush', 13],
      ['fill', 10],
      ['eviction', 10],
      ['refusal', 9],
      ['fill', 5],
    ]);
    expect(eventsUpTo(all, 9, 9).map(({ at }) => at)).toEqual([9, 5]);
    expect(eventsUpTo(all, 99, 2).map(({ at }) => at)).toEqual([13, 10]);
  });

  it('is told in both languages', () => {
    const [flushed, filled, evicted, refused] = eventsUpTo(all, 99, 9).map((event) => eventSentence(event, all, SETS));
    expect(plain('en', flushed)).toBe('VM entry with VPID off: 3 entries go');
    expect(plain('en', filled)).toBe('v:0x00009000 → h:0x00109000 filled in data set 1');
    expect(plain('en', evicted)).toBe('v:0x00001000 thrown out of data set 1: no room, round robin');
    expect(plain('en', refused)).toBe('v:0x00009000: the walk ended in a page fault, nothing was filled');
    expect(plain('fr', evicted)).toContain('chassée (données, ensemble 1)');
  });

  it('names the transition that flushed', () => {
    const exits = history(
      [flush(12, 'VM transition', 1)],
      [
        ['vmEntry', 3, 1, 0, 0, 0, 0],
        ['vmExit', 12, 10, 0, 0, 0, 0],
      ],
    );
    expect(plain('en', flushSentence(exits.flushes[0], exits))).toBe('VM exit with VPID off: one entry goes');
  });
});

describe('an entry', () => {
  const at = { sets: SETS, tick: 20 };

  it('is dated by the last fill with its place, page and tags', () => {
    const filled = history([fill(2, 0x1000), fill(5, 0x1000), fill(6, 0x1000, { vpid: 1 }), fill(7, 0x1000, { set: 1 }), fill(30, 0x1000)]);
    const all = [entry(), entry({ way: 1, vpid: 1 }), entry({ half: 'instruction' }), entry({ set: 2 })];
    expect(dated(filled, all, at).map(({ filledAt }) => filledAt)).toEqual([6, 7, 8, null]);
  });

  it('of a large page is dated by the address inside that made it', () => {
    expect(dated(history([fill(2, 0x40_5000)]), [entry({ linear: 0x40_0000, size: 0x40_0000 })], at)[0].filledAt).toBe(3);
  });

  it('made under EPT is known by the address in its EPTP, whatever the attributes below', () => {
    const filled = history([fill(2, 0x1000, { eptp: EPTP })]);
    const combined = entry({ kind: 'combined', ep4ta: 0x12000 });
    expect(dated(filled, [combined, { ...combined, ep4ta: 0x13000 }], at).map(({ filledAt }) => filledAt)).toEqual([3, null]);
  });

  it('is listed by tag, page, place or age', () => {
    const list = [entry({ linear: 0x3000, vpid: 1 }), entry({ linear: 0x2000 }), entry({ linear: 0x1000, vpid: 1 })].map((e, i) => ({
      entry: e,
      filledAt: [4, null, 9][i],
    }));
    const pages = (order: Parameters<typeof sorted>[1]): number[] => sorted(list, order).map((item) => item.entry.linear >> 12);
    expect([pages('tag'), pages('page'), pages('place'), pages('age')]).toEqual([
      [2, 1, 3],
      [1, 2, 3],
      [3, 2, 1],
      [1, 3, 2],
    ]);
    expect([isSameTag(list[0].entry, list[2].entry), isSameTag(list[0].entry, list[1].entry)]).toEqual([true, false]);
  });
});

describe('what took an entry', () => {
  const by = (gone: TlbEntryView, ...records: Recorded[]): string | null => {
    const sentence = takerSentence(takerOf(history(records), gone, { sets: SETS, tick: 11 }));
    return sentence && plain('en', sentence);
  };

  it('is want of room only where that very entry was thrown out', () => {
    expect(by(entry(), ['tlbEvict', 10, 0x1000, 0x101000, 0, 0, DATA + 1])).toBe('no room');
    expect(by(entry({ vpid: 2 }), ['tlbEvict', 10, 0x1000, 0x101000, 0, 0, DATA + 1])).toBeNull();
    expect(by(entry(), ['tlbEvict', 9, 0x1000, 0x101000, 0, 0, DATA + 1])).toBeNull();
  });

  it('is a flush that could: by its VPID, its address, its kind, and G', () => {
    expect(by(entry(), flush(10, 'context but global', 1))).toBe('MOV to CR3');
    expect(by(entry({ isGlobal: true }), flush(10, 'context but global', 1))).toBeNull();
    expect(by(entry({ isGlobal: true }), flush(10, 'context', 1))).toBe('CR0 or CR4');
    expect(by(entry(), flush(10, 'context', 1, { vpid: 1 }))).toBeNull();
    expect(by(entry(), flush(10, 'address', 1, { linear: 0x1234 }))).toBe('INVLPG');
    expect(by(entry(), flush(10, 'address', 1, { linear: 0x2000 }))).toBeNull();
    expect(by(entry(), flush(10, 'page fault', 1, { linear: 0x1ffc }))).toBe('page faults');
    expect(by(entry(), flush(10, 'VM transition', 1))).toBe('VM entries and exits');
    expect(by(entry({ vpid: 1 }), flush(10, 'VM transition', 1))).toBeNull();
    expect(by(entry({ vpid: 1 }), flush(10, 'INVVPID', 1))).toBe('INVVPID');
    expect(by(entry(), flush(10, 'INVEPT', 1))).toBeNull();
    expect(by(entry({ kind: 'combined', ep4ta: 0x12000 }), flush(10, 'INVEPT', 1))).toBe('INVEPT');
    expect(by(entry(), flush(10, 'context', 0))).toBeNull();
  });

  it('is, of an empty TLB, the last flush that took anything', () => {
    const emptied = history([fill(2, 0x1000), flush(4, 'INVVPID', 1), flush(6, 'context', 0)]);
    expect(whyEmpty(emptied, 99)).toMatchObject({ scope: 'INVVPID', at: 5 });
    expect(whyEmpty(emptied, 4)).toBeNull();
    expect(whyEmpty(history([]), 99)).toBeNull();
  });
});

describe('what misses have cost', () => {
  const records = [
    ...[walk(1, 0x1000, 14), fill(1, 0x1000), walk(3, 0x2000, 6), fill(3, 0x2000), flush(5, 'INVVPID', 2)],
    ...[walk(7, 0x1000, 14), fill(7, 0x1000), walk(8, 0x5000, 3, 2), flush(9, 'INVVPID', 0), walk(90, 0x1000, 14), fill(90, 0x1000)],
  ];

  it('is counted up to the present, what came again among it', () => {
    const sums = tally(history(records), 0, 50);
    expect(sums).toEqual({
      ...{ walks: 4, faults: 1, references: 37, again: 1, fills: 3, evictions: 0 },
      flushes: [{ scope: 'INVVPID', times: 2, count: 2 }],
    });
    expect(balance(sums, 1)).toEqual({ fills: 3, first: 0, held: 1, flushed: 2, evicted: 0 });
    expect(balance(sums, 2).first).toBe(1);
  });

  it('is drawn in bars that hold every tick once, the last included', () => {
    const bars = buckets(history(records), { from: 0, to: 91 }, 10);
    expect(bars).toHaveLength(10);
    expect(bars.map(({ references }) => references)).toEqual([37, 0, 0, 0, 0, 0, 0, 0, 0, 14]);
    expect(bars[0]).toEqual({ from: 0, walks: 4, references: 37, lost: 2 });
    expect(buckets(history([]), { from: 0, to: 1 }, 10)).toHaveLength(1);
  });
});

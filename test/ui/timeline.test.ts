import { beforeAll, describe, expect, test } from 'vitest';
import type { Recorded } from './frames.ts';
import { trace } from './frames.ts';
import { after, sessionOf } from './machine.ts';
import { DEVICE_OPERATIONS, FLUSH_SCOPES } from '../../src/trace/schema.ts';
import { History } from '../../src/ui/history.ts';
import { actionFor, rangeOf } from '../../src/ui/panels/timeline-keys.ts';
import { clusters, merged, rowsFor, type Source, type Track } from '../../src/ui/panels/timeline-marks.ts';
import { sumsOf, TRACKS } from '../../src/ui/panels/timeline-tracks.ts';
import { NO_PINS } from '../../src/ui/widgets/pins.ts';
import { plain } from '../../src/ui/widgets/sentence.ts';

const [OUT, MMIO_READ] = [DEVICE_OPERATIONS.indexOf('OUT'), DEVICE_OPERATIONS.indexOf('MMIO read')];

/** A history of these: the rare ones, and the frequent ones. */
function sourceOf(rare: readonly Recorded[], fine: readonly Recorded[] = [], change: Partial<Source> = {}): Source {
  const history = new History();
  history.take(trace(rare));
  history.takeFine({ ...trace(fine), from: 0, until: 1000 });
  return { history, range: { from: 0, to: 100 }, pins: NO_PINS, has: [], language: 'en', ...change };
}

function named(id: string): Track {
  const found = TRACKS.find((track) => track.id === id);
  if (!found) throw new Error(`no track ${id}`);
  return found;
}

/** Ten units a tick: all that differs by a tick can be told apart. */
const marksOf = (id: string, source: Source): string[] =>
  named(id)
    .marks(source, (tick) => 10 * tick)
    .map(({ at, glyph, label }) => `${at} ${glyph} ${label}`.trim());

const toldOf = (id: string, source: Source): string[] =>
  named(id)
    .tell(source)
    .map(({ at, what, detail }) => `${at} ${plain('en', what)}${detail ? `: ${plain('en', detail)}` : ''}`);

describe('marks', () => {
  test('that cannot be told apart are one, which begins with the first', () => {
    expect(clusters([0, 1, 2, 9, 10, 30], (x) => x, 3)).toEqual([[0, 1, 2], [9, 10], [30]]);
    expect(clusters([], (x) => x, 3)).toEqual([]);
  });

  test('are never more than there are places, however much happened', () => {
    const many = Array.from({ length: 50_000 }, (_, i): Recorded => ['walk', i, 0x1000, 1, 14, 0, 0]);
    const source = sourceOf([], many, { range: { from: 0, to: 50_000 } });
    const marks = named('walks').marks(source, (tick) => (tick / 50_000) * 900);
    expect(marks.length).toBeLessThanOrEqual(900 / 7 + 1);
    expect(marks.reduce((sum, { label }) => sum + Number(label), 0)).toBe(14 * 50_000);
  });

  test('of several lists stand in the order of time', () => {
    expect(merged([{ at: 1 }, { at: 5 }], [], [{ at: 3 }]).map(({ at }) => at)).toEqual([1, 3, 5]);
  });
});

describe('the tracks', () => {
  test('keep interrupts apart from exceptions', () => {
    const source = sourceOf([
      ['interrupt', 3, 14, 3, 2, 0x5000, 0x1234],
      ['interrupt', 5, 0x20, 0, 0, 0, 0x1240],
      ['interrupt', 7, 0x80, 4, 0, 0, 0x1250],
      ['interrupt', 9, 2, 2, 0, 0, 0x1260],
    ]);
    expect(marksOf('exceptions', source)).toEqual(['4 bar #PF', '8 bar 0x80']);
    expect(marksOf('irq', source)).toEqual(['6 bar 0x20', '10 bar 0x02']);
    expect(toldOf('exceptions', source)).toEqual(['4 #PF: page fault for v:0x00005000, at v:0x00001234', '8 INT 0x80: at v:0x00001250']);
    expect(toldOf('irq', source)).toEqual(['6 interrupt 0x20: at v:0x00001240', '10 NMI: at v:0x00001260']);
  });

  test('show an exit by its reason, and an entry that failed without one', () => {
    const source = sourceOf([
      ['vmExit', 3, 48, 0x182, 0x10512, 0x200000, 0x200004],
      ['vmEntryFailed', 7, 0, 3, 0x4000, 0, 7],
      ['vmEntryFailed', 9, 0x80000021, 3, 0x6800, 1, 0],
    ]);
    expect(marksOf('exits', source)).toEqual(['4 bar 48', '8 bar VMfail', '10 bar ×33']);
    expect(toldOf('exits', source)[0]).toBe('4 VM exit 48: EPT violation, write g:0x00200000');
  });

  test('show a walk by its references, and one that was refused as such', () => {
    const walks: Recorded[] = [
      ['walk', 3, 0x401238, 2, 14, 2, 0x5238],
      ['walk', 5, 0x401238, 1, 2, 0, 0x5238],
      ['walk', 5, 0x402000, 4, 2, 0, 0x6000],
    ];
    const source = sourceOf([], walks);
    expect(marksOf('walks', source)).toEqual(['4 refused 14', '6 block 4']);
    expect(toldOf('walks', source)).toEqual([
      '4 walk, 14 references: write v:0x00401238 × EPT violation',
      '6 walk, 2 references: read v:0x00401238 → h:0x00005238',
      '6 walk, 2 references: fetch v:0x00402000 → h:0x00006000',
    ]);
  });

  test('show what the TLB gained, what went for it, and what flushed it', () => {
    const flush = (tick: number, scope: (typeof FLUSH_SCOPES)[number]): Recorded => [
      'tlbFlush',
      tick,
      FLUSH_SCOPES.indexOf(scope),
      0x5000,
      3,
      0,
      1,
    ];
    const source = sourceOf(
      [],
      [
        ['tlbFill', 3, 0x1000, 0x41000, 7, 0, 9],
        ['tlbEvict', 5, 0x1000, 0x41000, 7, 0, 9],
        ['tlbFill', 5, 0x9000, 0x49000, 0, 0, 9],
        flush(7, 'context but global'),
        flush(9, 'address'),
        flush(11, 'page fault'),
        flush(13, 'refilled'),
      ],
    );
    expect(marksOf('tlb', source)).toEqual(['4 dot', '6 cross', '8 double CR3', '10 double INVLPG', '12 cross', '14 cross']);
    expect(toldOf('tlb', source)).toEqual([
      '4 TLB fill: v:0x00001000 → h:0x00041000, VPID 7',
      '6 TLB eviction: v:0x00001000 → h:0x00041000, VPID 7',
      '6 TLB fill: v:0x00009000 → h:0x00049000, VPID 0',
      '8 flush, CR3: 1 entry went, VPID 3',
      '10 flush, INVLPG: 1 entry went, v:0x00005000',
      '12 dropped, #PF: 1 entry went, v:0x00005000',
      '14 TLB entry made anew: 1 entry went, v:0x00005000',
    ]);
  });

  test('show devices by the name of their place, with how often', () => {
    const source = sourceOf(
      [['virtqueue', 2, 1 << 16, 0, 0, 0, 0]],
      [
        ['device', 4, 5, OUT, 0x3f8, 0x48, 1],
        ['device', 4, 5, OUT, 0x3f8, 0x49, 1],
        ['device', 6, 0, MMIO_READ, 0xfee0_0020, 0, 4],
        ['dma', 9, 8, 1, 0x50000, 0, 512],
      ],
    );
    expect(marksOf('devices', source)).toEqual(['3 bar kick', '5 bar COM1 2', '7 bar APIC', '9 bar DMA']);
    expect(toldOf('devices', source).slice(1)).toEqual([
      '5 OUT: 0x48 to COM1 0x3F8',
      '5 OUT: 0x49 to COM1 0x3F8',
      '7 MMIO R: 0x00000000 from APIC 0xFEE00020',
      '9 DMA: 00:01.0 wrote 512 bytes at 0x00050000',
    ]);
  });

  test('show for a pin what touched its page, and nothing of other pages', () => {
    const fine: Recorded[] = [
      ['walk', 3, 0x5238, 1, 2, 0, 0x5238],
      ['walk', 5, 0x6238, 1, 2, 0, 0x5238],
      ['walk', 7, 0x5fff, 2, 2, 1, 0],
      ['tlbFlush', 9, FLUSH_SCOPES.indexOf('address'), 0x5000, 0, 0, 1],
    ];
    const source = sourceOf([], fine, { pins: [null, 0x5000, null] });
    expect([named('pinA').presence(source), named('pinB').presence(source)]).toEqual(['absent', 'full']);
    expect(marksOf('pinB', source)).toEqual(['4 bar R', '8 bar W ×', '10 double INVLPG']);
  });
});

describe('the rows', () => {
  const busy = sourceOf([['interrupt', 5, 0x20, 0, 0, 0, 0]], [['walk', 3, 0x5238, 1, 2, 0, 0x5238]]);
  const ids = (room: number, hidden: readonly string[] = []): string[] => rowsFor(TRACKS, busy, room, hidden).map(({ track }) => track.id);

  test('are in their order, and the empty ones give way first', () => {
    expect(ids(3)).toEqual(['world', 'walks', 'irq']);
    expect(ids(5)).toEqual(['world', 'exits', 'walks', 'tlb', 'irq']);
  });

  test('never leave out one in which something happened, but where the reader has put it away', () => {
    expect(ids(1)).toEqual(['world', 'walks', 'irq']);
    expect(ids(3, ['walks', 'exits'])).toEqual(['world', 'tlb', 'irq']);
  });
});

describe('a stretch of time', () => {
  test('is measured from where it was begun, whichever way', () => {
    expect([rangeOf({ anchor: 20, at: 5 }), rangeOf({ anchor: 5, at: 20 })]).toEqual([
      { from: 5, to: 20 },
      { from: 5, to: 20 },
    ]);
  });

  test('has so many exits, walks and references: those behind its first instant, up to its last', () => {
    const { history } = sourceOf(
      [
        ['vmExit', 9, 48, 0, 0, 0, 0],
        ['vmExit', 10, 48, 0, 0, 0, 0],
        ['vmExit', 19, 48, 0, 0, 0, 0],
        ['vmExit', 20, 48, 0, 0, 0, 0],
      ],
      [
        ['walk', 12, 0, 1, 14, 0, 0],
        ['walk', 13, 0, 1, 2, 0, 0],
        ['tlbEvict', 13, 0, 0, 0, 0, 0],
      ],
    );
    expect(sumsOf(history, 10, 20)).toEqual({ exits: 2, walks: 2, references: 16, evictions: 1 });
  });
});

describe('keys of the timeline', () => {
  const standing = { tick: 50, end: 90, span: 120, bookmarks: [70, 10, 50], isPicked: false };
  const press = (key: string, held: { shiftKey?: boolean; altKey?: boolean } = {}, change: Partial<typeof standing> = {}) =>
    actionFor({ key, shiftKey: false, altKey: false, ...held }, { ...standing, ...change });

  test('go a quarter of the scale, no further than what is recorded', () => {
    expect([press('PageUp'), press('PageDown'), press('Home'), press('End')].map((a) => a?.at)).toEqual([80, 20, 0, 90]);
    expect(press('PageUp', {}, { tick: 80 })).toEqual({ does: 'seek', at: 90 });
    expect([press('ArrowRight'), press('x')]).toEqual([null, null]);
  });

  test('measure with Shift, until Escape', () => {
    expect(press('PageDown', { shiftKey: true })).toEqual({ does: 'pick', at: 20 });
    expect([press('Escape'), press('Escape', {}, { isPicked: true })?.does]).toEqual([null, 'clear']);
  });

  test('go from bookmark to bookmark with Alt, and take away the one here', () => {
    expect([press('PageUp', { altKey: true })?.at, press('PageDown', { altKey: true })?.at]).toEqual([70, 10]);
    expect(press('PageUp', { altKey: true }, { tick: 70 })).toBeNull();
    expect([press('Delete')?.does, press('Delete', {}, { tick: 51 })]).toEqual(['unmark', null]);
  });
});

describe('a run of a guest', () => {
  let source: Source;
  beforeAll(async () => {
    const session = await sessionOf('ept-on-demand');
    const { history, frame } = await after(session, () => session.run());
    source = { history, range: { from: 0, to: frame?.endTick ?? 0 }, pins: NO_PINS, has: [], language: 'en' };
  });

  test('has a refused walk of fourteen references at the instant of each EPT violation', () => {
    const { history } = source;
    const violations = history.exits.filter(({ reason }) => reason === 48);
    expect(violations.length).toBeGreaterThan(2);
    for (const { at, guestLinear } of violations) {
      const refused = history.walks.filter((walk) => walk.at === at && walk.result === 2);
      expect(refused.map(({ linear, references }) => [linear, references])).toEqual([[guestLinear, 14]]);
    }
  });

  test('has nothing in it that the loader did, and is whole', () => {
    const { history } = source;
    expect(Math.min(...history.ports.map(({ at }) => at))).toBeGreaterThan(1);
    expect(history.fineFrom).toBe(0);
  });

  test('is told on every track, with words for all that there is', () => {
    for (const track of TRACKS) {
      for (const { what, detail } of track.tell(source)) {
        for (const language of ['en', 'fr'] as const) {
          expect(plain(language, what)).not.toMatch(/undefined|^$/);
          expect(detail ? plain(language, detail) : '.').not.toMatch(/undefined|\{|^$/);
        }
      }
    }
  });
});

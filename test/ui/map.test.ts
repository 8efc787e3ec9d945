import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MapBar, MapLink, MapView, Region } from '../../src/api/protocol.ts';
import { changesOf } from '../../src/ui/panels/map-changes.ts';
import { placeOf, stripsOf } from '../../src/ui/panels/map-layout.ts';
import { cellsOf, linearScale, logarithmicScale, outside, spansOf } from '../../src/ui/panels/map-scale.ts';

const PAGE = 4096;
const ROOM = { top: 20, height: 300 };

function region(start: number, size: number, holder: Region['holder'] = 'ram'): Region {
  return { start, size, holder, vm: null, sharers: 1 };
}

function link(start: number, size: number, target: number | null, more: Partial<MapLink> = {}): MapLink {
  return { from: 'v', to: 'h', start, size, target, rights: { kind: 'none' }, pageSize: PAGE, broken: null, marks: [], ...more };
}

function bar(id: string, regions: readonly Region[]): MapBar {
  return { id, space: id === 'v' ? 'v' : id.startsWith('g') ? 'g' : 'h', number: null, regions };
}

function view(bars: readonly MapBar[], links: readonly MapLink[]): MapView {
  return { context: 'current', hasGuest: false, bars, links, isCut: false, devices: [] };
}

describe('cells of a bar', () => {
  it('end where anything in it begins or ends, and are none where nothing is', () => {
    const cells = cellsOf(bar('v', [region(0, 4 * PAGE)]), [link(PAGE, PAGE, 0), link(8 * PAGE, PAGE, null)]);
    expect(cells.map(({ start, size, region: r, link: l }) => [start / PAGE, size / PAGE, r !== null, l !== null])).toEqual([
      [0, 1, true, false],
      [1, 1, true, true],
      [2, 2, true, false],
      [8, 1, false, true],
    ]);
  });

  it('are cut by ribbons that come in, so that each ends in a place of its own', () => {
    const cells = cellsOf(bar('h', [region(0, 8 * PAGE)]), [link(0, PAGE, 2 * PAGE)]);
    expect(cells.map(({ start }) => start / PAGE)).toEqual([0, 2, 3]);
  });
});

describe('a logarithmic scale', () => {
  const cells = cellsOf(bar('v', [region(0, PAGE), region(PAGE, 2 ** 30, 'rom'), region(0xfee00000, PAGE, 'device')]), []);
  const scale = logarithmicScale(ROOM, cells);

  it('shows a page beside a gigabyte', () => {
    const spans = spansOf(cells, scale);
    expect(spans.map((s) => s.cells.length)).toEqual([1, 1, 1]);
    for (const { height } of spans) expect(height).toBeGreaterThanOrEqual(12);
    expect(spans[1].height).toBeGreaterThan(spans[0].height);
  });

  it('keeps cells in order of address, one below the other, however many there are', () => {
    const runs = fc.array(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 2 ** 12 })), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(runs, (pairs) => {
        let end = 0;
        const regions = pairs.map(([gap, pages]) => {
          const start = end + gap * PAGE;
          end = start + pages * PAGE;
          return region(start, pages * PAGE);
        });
        const many = cellsOf(bar('v', regions), []);
        const spans = spansOf(many, logarithmicScale(ROOM, many));
        expect(spans.reduce((sum, span) => sum + span.cells.length, 0)).toBe(many.length);
        for (const [i, span] of spans.slice(1).entries()) expect(span.top).toBeGreaterThanOrEqual(spans[i].top);
        expect(Math.max(...spans.map(({ top, height }) => top + height))).toBeLessThan(322);
      }),
    );
  });

  it('fills its room, and grows with the address', () => {
    expect(scale.y(0)).toBe(20);
    expect(scale.y(2 ** 32)).toBeCloseTo(320);
    expect(scale.y(0x80000000)).toBeLessThan(scale.y(0xf0000000));
  });
});

describe('a linear scale', () => {
  const scale = linearScale(ROOM, { from: 0x100000, to: 0x200000 });

  it('is the same for every byte, and ends at its window', () => {
    expect(scale.y(0x180000)).toBe(170);
    expect([scale.y(0), scale.y(0xffffffff)]).toEqual([20, 320]);
  });

  it('joins what would be too small to be told apart, and says how many that are', () => {
    const cells = cellsOf(
      bar(
        'v',
        Array.from({ length: 100 }, (_, i) => region(0x100000 + 2 * i * 256, 256)),
      ),
      [],
    );
    const spans = spansOf(cells, scale);
    expect(spans.reduce((sum, span) => sum + span.cells.length, 0)).toBe(100);
    expect(spans.length).toBeLessThan(5);
  });

  it('counts what is out of sight on either side', () => {
    const cells = cellsOf(bar('v', [region(0, PAGE), region(0x100000, PAGE), region(0x300000, PAGE), region(0x400000, PAGE)]), []);
    expect(outside(cells, scale)).toEqual({ before: 1, behind: 2 });
  });
});

describe('the layout', () => {
  const map = view(
    [bar('v', []), { ...bar('g0', []), number: 0 }, { ...bar('g1', []), number: 1 }, bar('h', [region(0, 2 ** 24)])],
    [link(0, PAGE, 5 * PAGE, { to: 'g1' }), link(5 * PAGE, PAGE, 9 * PAGE, { from: 'g1' })],
  );
  const stage = { width: 720, height: 330, extent: null, focus: {}, windows: new Map() };

  it('has a column for each space, and the virtual machines below one another', () => {
    const [v, g0, g1, h] = stripsOf(map, stage);
    expect(new Set([v.x, g0.x, h.x]).size).toBe(3);
    expect(g1.x).toBe(g0.x);
    expect(g1.scale.top).toBeGreaterThan(g0.scale.top + g0.scale.height);
    expect(h.x + h.width).toBeLessThanOrEqual(720);
  });

  it('lays a window around the lens, and keeps it as long as the lens is well inside', () => {
    const windows = new Map();
    const at = (address: number): number =>
      stripsOf(map, { ...stage, extent: 2 ** 20, focus: { v: address }, windows })[0].scale.window.from;
    const first = at(0x1000000);
    expect(first).toBeLessThan(0x1000000);
    expect(at(0x1010000)).toBe(first);
    expect(at(0x9000000)).toBeGreaterThan(first);
  });

  it('follows an address down through all bars', () => {
    expect(placeOf(map, 'v', 0x123)).toEqual({ v: 0x123, g1: 5 * PAGE + 0x123, h: 9 * PAGE + 0x123 });
    expect(placeOf(map, 'v', PAGE)).toEqual({ v: PAGE });
  });
});

describe('changes of the map', () => {
  it('are the pages that are new, though the ribbon is an old one that grew', () => {
    const { fresh, gone } = changesOf([link(0, 3 * PAGE, 0)], [link(0, 4 * PAGE, 0)]);
    expect(fresh.map(({ start, size }) => [start / PAGE, size / PAGE])).toEqual([[3, 1]]);
    expect(gone).toBe(0);
  });

  it('are the gap alone where two ribbons became one', () => {
    const before = [link(0, PAGE, 0), link(2 * PAGE, PAGE, 2 * PAGE)];
    const { fresh, gone } = changesOf(before, [link(0, 3 * PAGE, 0)]);
    expect([fresh.length, gone]).toEqual([1, 0]);
  });

  it('are both where a page goes elsewhere, or may be used otherwise', () => {
    const rights = { kind: 'ept', R: true, W: true, X: true } as const;
    const { fresh, gone } = changesOf([link(0, PAGE, 0, { rights })], [link(0, PAGE, 0, { rights: { ...rights, W: false } })]);
    expect([fresh.length, gone]).toEqual([1, PAGE]);
  });

  it('are none where a way that led nowhere was looked at anew', () => {
    expect(changesOf([link(0, PAGE, null)], [link(0, PAGE, 0)])).toMatchObject({ gone: 0 });
  });
});

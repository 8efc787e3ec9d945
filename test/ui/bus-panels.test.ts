import { describe, expect, test } from 'vitest';
import { blocksOf, columnsFor } from '../../src/ui/panels/balloon-picture.ts';
import { depthOf } from '../../src/ui/panels/pci-parts.ts';
import { areasOf } from '../../src/ui/panels/pci-config.ts';
import type { PciFunctionView } from '../../src/api/protocol.ts';
import { pciView } from '../../src/api/views/pci.ts';
import { Board } from '../api/views/board.ts';

describe('a mosaic of pages', () => {
  test('is cut into rectangles that cover every cell once', () => {
    const cells = [
      { kind: 'empty', count: 5 },
      { kind: 'resident', count: 30 },
      { kind: 'ballooned', count: 8 },
      { kind: 'shared', count: 21 },
    ] as const;
    const blocks = blocksOf(cells, 8);
    const painted = new Map<number, string>();
    for (const { kind, x, y, width, height } of blocks) {
      for (let row = y; row < y + height; row++) {
        for (let column = x; column < x + width; column++) {
          expect(painted.has(row * 8 + column)).toBe(false);
          painted.set(row * 8 + column, kind);
        }
      }
    }
    expect(Array.from({ length: 64 }, (_, i) => painted.get(i))).toEqual(
      cells.flatMap(({ kind, count }) => Array<string>(count).fill(kind)),
    );
    expect(blocks.filter((b) => b.kind === 'resident').map(({ x, y, width, height }) => [x, y, width, height])).toEqual([
      [5, 0, 3, 1],
      [0, 1, 8, 3],
      [0, 4, 3, 1],
    ]);
  });

  test('has a power of two of columns, so that addresses line up', () => {
    expect([columnsFor(256, false), columnsFor(256, true), columnsFor(1000, false), columnsFor(2048, true)]).toEqual([32, 64, 64, 256]);
  });
});

describe('the tree of PCI', () => {
  const { fabric } = new Board().enableVfs(2).chipset;
  const { functions } = pciView({ fabric, lines: [10, 10, 11, 11], partitioned: [], now: 0, ticksPerSecond: 1 });

  test('is as deep as there are bridges above a function, and its physical function', () => {
    expect(functions.map((fn) => [fn.routingId, depthOf(fn, functions)])).toEqual([
      [0, 0],
      [0x08, 0],
      [0x100, 1],
      [0x101, 2],
      [0x102, 2],
      [0x10, 0],
      [0x200, 1],
      [0x201, 1],
    ]);
  });

  test('ends where bridges above one another run in a circle, as bytes from a file may have it', () => {
    const circle = [
      { routingId: 1, above: 2, physical: null } as PciFunctionView,
      { routingId: 2, above: 1, physical: null } as PciFunctionView,
    ];
    expect(depthOf(circle[0], circle)).toBe(2);
  });

  test('has configuration space that its header and capabilities share without overlap', () => {
    for (const fn of functions) {
      const areas = areasOf(fn, 'Header').toSorted((a, b) => a.from - b.from);
      for (const [i, area] of areas.entries()) {
        expect(area.to).toBeGreaterThan(area.from);
        if (i > 0) expect(area.from).toBeGreaterThanOrEqual(areas[i - 1].to);
      }
      expect(areas).toHaveLength(fn.capabilities.length + 1);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apart, roundTicks, scaleFor, zoomed } from '../../src/ui/widgets/scale.ts';

describe('the scale', () => {
  test('stays where it is while the present lies well inside it', () => {
    const last = { from: 100, to: 220 };
    expect(scaleFor(last, 150, 120)).toBe(last);
  });

  test('moves so that the present is in its middle, but not before tick 0', () => {
    expect(scaleFor({ from: 100, to: 220 }, 219, 120)).toEqual({ from: 159, to: 279 });
    expect(scaleFor({ from: 100, to: 220 }, 3, 120)).toEqual({ from: 0, to: 120 });
  });

  test('shows the present whatever it was before', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e9), fc.integer({ min: 20, max: 1e6 }), (from, now, span) => {
        const range = scaleFor({ from, to: from + span }, now, span);
        expect(range.to - range.from).toBe(span);
        expect(now).toBeGreaterThanOrEqual(range.from);
        expect(now).toBeLessThan(range.to);
      }),
    );
  });

  test('zooms around a place, which stays where it is', () => {
    expect(zoomed({ from: 1000, to: 1200 }, 0.5, 0.25)).toEqual({ from: 1025, to: 1125 });
    expect(zoomed({ from: 0, to: 30 }, 0.1, 0)).toEqual({ from: 0, to: 20 });
  });

  test('marks round numbers only, and about as many as asked for', () => {
    expect(roundTicks({ from: 97, to: 177 }, 8)).toEqual([100, 110, 120, 130, 140, 150, 160, 170]);
    expect(roundTicks({ from: 0, to: 1 }, 8)).toEqual([0, 1]);
    fc.assert(
      fc.property(fc.nat(1e9), fc.integer({ min: 20, max: 1e9 }), (from, span) => {
        const count = roundTicks({ from, to: from + span }, 8).length;
        expect(count).toBeGreaterThanOrEqual(3);
        expect(count).toBeLessThanOrEqual(9);
      }),
    );
  });

  test('draws marks that can be told apart', () => {
    expect(apart([1, 2, 3, 9, 10, 30], (x) => x, 5)).toEqual([1, 9, 30]);
  });
});

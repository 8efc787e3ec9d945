import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bandsOf, sizeText } from '../../src/ui/widgets/bands.ts';

describe('the bands of a bar', () => {
  const range = fc.record({ start: fc.option(fc.nat(2 ** 31)), size: fc.integer({ min: 1, max: 2 ** 20 }).map((pages) => pages * 4096) });

  test('stand in order of address and do not overlap', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 24 }), (ranges) => {
        const bands = [...bandsOf(ranges, (r) => r.start, { top: 10, height: 400 }).values()];
        for (const [i, band] of bands.slice(1).entries()) {
          expect(band.start).toBeGreaterThanOrEqual(bands[i].start);
          expect(band.top).toBeGreaterThan(bands[i].top + bands[i].height);
        }
      }),
    );
  });

  test('leave out what has no place in the space', () => {
    const ranges = [
      { start: null, size: 4096 },
      { start: 0, size: 4096 },
    ];
    expect(bandsOf(ranges, (r) => r.start, { top: 0, height: 100 }).size).toBe(1);
  });

  test('say sizes in the largest unit that is whole', () => {
    expect([4096, 12 * 2 ** 20, 3 * 2 ** 30, 2032 * 1024, 100].map(sizeText)).toEqual(
      ['4 KiB', '12 MiB', '3 GiB', '2032 KiB', '100 B'].map((text) => text.replace(' ', '\u00a0')),
    );
  });
});

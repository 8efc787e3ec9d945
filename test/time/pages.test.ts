import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PAGE_SIZE, type Page, PageMap, ZERO_PAGE } from '../../src/time/pages.ts';

const page = (seed: number): Page => new Uint8Array(PAGE_SIZE).fill(seed || 1);

describe('a page map', () => {
  test('begins as zeros everywhere, up to the last page of 512 MiB', () => {
    const map = PageMap.zeros(131_072).with([[131_071, page(7)]]);
    expect(map.get(0)).toBe(ZERO_PAGE);
    expect(map.get(131_070)).toBe(ZERO_PAGE);
    expect(map.get(131_071)[0]).toBe(7);
  });

  test('does not change when another is made from it', () => {
    const one = PageMap.zeros(64).with([[3, page(1)]]);
    const two = one.with([
      [3, page(2)],
      [4, page(3)],
    ]);
    expect([one.get(3)[0], one.get(4)]).toEqual([1, ZERO_PAGE]);
    expect([two.get(3)[0], two.get(4)[0]]).toEqual([2, 3]);
  });

  test('is itself when nothing differs', () => {
    const map = PageMap.zeros(5000).with([[4999, page(1)]]);
    expect(
      map.with([
        [4999, map.get(4999)],
        [1, ZERO_PAGE],
      ]),
    ).toBe(map);
  });

  test('looks into no branch that it shares when it is compared', () => {
    const full = page(1);
    const map = PageMap.zeros(131_072).with(Array.from({ length: 131_072 }, (_, i): [number, Page] => [i, full]));
    const seen = new Set<number>();
    const times = Array.from({ length: 5 }, () => {
      const began = performance.now();
      for (let i = 0; i < 100; i++) map.with([[70_000, page(2)]]).differences(map, (index) => seen.add(index));
      return performance.now() - began;
    });
    expect(seen).toEqual(new Set([70_000]));
    // Some 5 ms for 100 edits and comparisons; without sharing these are 13 M visits.
    expect(Math.min(...times)).toBeLessThan(40);
  });

  test('equals a plain array after any edits, and its differences are the array differences', () => {
    const size = fc.constantFrom(1, 63, 64, 65, 4096, 4097, 131_072);
    const edits = fc.array(fc.array(fc.tuple(fc.nat(131_071), fc.nat(3)), { maxLength: 30 }), { maxLength: 6 });
    fc.assert(
      fc.property(size, edits, (count, batches) => {
        const shared = [ZERO_PAGE, page(1), page(2), page(3)];
        let map = PageMap.zeros(count);
        const plain = new Map<number, Page>();
        for (const batch of batches) {
          const before = map;
          const old = new Map(plain);
          const changes = new Map(batch.map(([index, which]) => [index % count, shared[which]]));
          map = map.with(changes);
          for (const [index, p] of changes) plain.set(index, p);
          const differing = [...plain].filter(([i, p]) => p !== (old.get(i) ?? ZERO_PAGE)).sort(([a], [b]) => a - b);
          const found: [number, Page][] = [];
          map.differences(before, (index, p) => found.push([index, p]));
          expect(found.map(([i]) => i)).toEqual(differing.map(([i]) => i));
          expect(found.every(([, p], i) => p === differing[i][1])).toBe(true);
        }
        for (const [index, p] of plain) expect(map.get(index)).toBe(p);
        let used = 0;
        map.forEach(() => used++);
        expect(used).toBe([...plain.values()].filter((p) => p !== ZERO_PAGE).length);
      }),
      { numRuns: 150 },
    );
  });
});

import { describe, expect, test } from 'vitest';
import { sizeText } from '../../src/ui/widgets/bands.ts';

describe('sizes of memory', () => {
  test('are said in the largest unit that is whole', () => {
    expect([4096, 12 * 2 ** 20, 3 * 2 ** 30, 2032 * 1024, 100].map(sizeText)).toEqual(
      ['4 KiB', '12 MiB', '3 GiB', '2032 KiB', '100 B'].map((text) => text.replace(' ', '\u00a0')),
    );
  });
});

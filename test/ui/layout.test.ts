import { describe, expect, test } from 'vitest';
import { heightOf, isWide, layoutOf } from '../../src/ui/app/layout.ts';

describe('the layout', () => {
  test.each([
    [360, 740, 'phone'],
    [390, 844, 'phone'],
    [768, 1024, 'column'],
    [1024, 768, 'narrow'],
    [1366, 768, 'desk'],
    [1920, 1080, 'desk'],
    [1366, 500, 'column'],
  ] as const)('of %i by %i pixels is %s', (width, height, layout) => {
    expect(layoutOf(width, height, 16)).toBe(layout);
  });

  test.each([
    [1080, 18, 'tall'],
    [768, 16, 'even'],
    [768, 18, 'short'],
    [768, 20, 'low'],
    [650, 16, 'low'],
  ] as const)('folds what is secondary where there is little height: of %i pixels at %i is %s', (height, rem, folded) => {
    expect(heightOf(height, rem)).toBe(folded);
  });

  test('gives the columns more room where there is some to spare, and not with large type', () => {
    expect([isWide(1920, 18), isWide(1920, 20.25), isWide(1366, 16)]).toEqual([true, false, false]);
  });

  test('of a large window with large type is that of a smaller one', () => {
    expect(layoutOf(1366, 768, 32)).toBe('column');
    expect(layoutOf(1366, 1400, 20)).toBe('narrow');
  });
});

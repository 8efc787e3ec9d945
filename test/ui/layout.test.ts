import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../src/ui/app/layout.ts';

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

  test('of a large window with large type is that of a smaller one', () => {
    expect(layoutOf(1366, 768, 32)).toBe('column');
    expect(layoutOf(1366, 1400, 20)).toBe('narrow');
  });
});

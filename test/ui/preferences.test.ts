import { expect, test } from 'vitest';
import { readsBoth } from '../../src/ui/app/preferences.ts';

test('Why is said in both languages to whose browser names both', () => {
  expect(readsBoth(['fr-CH', 'fr', 'en-US', 'en'])).toBe(true);
  expect(readsBoth(['en-GB', 'FR'])).toBe(true);
  expect([readsBoth(['en-US', 'en', 'de']), readsBoth(['fr']), readsBoth(['fro', 'en']), readsBoth([])]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

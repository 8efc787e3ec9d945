import { describe, expect, test } from 'vitest';
import '../../src/ui/i18n/french.ts';
import { translate } from '../../src/ui/i18n/messages.ts';
import { sizeText } from '../../src/ui/widgets/bands.ts';

describe('sizes of memory', () => {
  const sizes = [4096, 12 * 2 ** 20, 3 * 2 ** 30, 2032 * 1024, 100];
  const inWords = (language: 'en' | 'fr'): string[] =>
    sizes.map((size) => sizeText(size, (key, values) => translate(language, key, values)));

  test('are said in the largest unit that is whole', () => {
    expect(inWords('en')).toEqual(['4\u00a0KiB', '12\u00a0MiB', '3\u00a0GiB', '2032\u00a0KiB', '100\u00a0B']);
  });

  test('are octets in French', () => {
    expect(inWords('fr')).toEqual(['4\u00a0Kio', '12\u00a0Mio', '3\u00a0Gio', '2032\u00a0Kio', '100\u00a0o']);
  });
});

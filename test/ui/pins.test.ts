import { describe, expect, test } from 'vitest';
import { lettersAt, NO_PINS, pressed } from '../../src/ui/widgets/pins.ts';

describe('a pin of the lens', () => {
  test('takes a free letter, is gone to from elsewhere, and let go where it is', () => {
    const pins = pressed(NO_PINS, 1, 0x5000);
    expect(pins).toEqual([null, 0x5000, null]);
    expect(pressed(pins ?? [], 1, 0x6000)).toBeNull();
    expect(pressed(pins ?? [], 1, 0x5000)).toEqual(NO_PINS);
  });

  test('is shown wherever its address lies, be it 0', () => {
    expect(lettersAt([0x5238, 0, 0x6000], 0x5000, 0x1000)).toEqual(['A']);
    expect(lettersAt([0x5238, 0, null], 0, 4)).toEqual(['B']);
    expect(lettersAt(NO_PINS, 0, 0x1000)).toEqual([]);
  });
});

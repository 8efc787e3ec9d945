/** Up to three addresses that are watched for everywhere: A, B and C. Letters, for colour alone says nothing. */
import { html, type TemplateResult } from 'lit';

/** By place: null where the letter is free. */
export type Pins = readonly (number | null)[];

export const LETTERS = ['A', 'B', 'C'] as const;
export const NO_PINS: Pins = [null, null, null];

/** The letters whose address lies in `size` bytes from the linear address `from` on. */
export function lettersAt(pins: Pins, from: number, size = 1): readonly string[] {
  return LETTERS.filter((_, i) => {
    const pin = pins[i] ?? null;
    return pin !== null && pin >= from && pin < from + size;
  });
}

/** The badges of those. */
export function badges(pins: Pins, from: number, size = 1): readonly TemplateResult[] {
  return lettersAt(pins, from, size).map((letter) => html`<span class="pin">${letter}</span>`);
}

/** What a press of letter `i` makes of the pins, with the lens at `linear`: a free letter takes the address, one that is there lets it go; null: the lens goes to it. */
export function pressed(pins: Pins, i: number, linear: number): Pins | null {
  const pin = pins[i] ?? null;
  if (pin !== null && pin !== linear) return null;
  return pins.map((other, at) => (at === i ? (pin === null ? linear : null) : other));
}

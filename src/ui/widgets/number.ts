/** Numbers as the page writes them: leading zeros step back, an address carries its space. */
import { html, type TemplateResult } from 'lit';

/** v: linear, g: guest-physical, h: host, io: bus. */
export type Space = 'v' | 'g' | 'h' | 'io';

/** `value` (unsigned 32-bit, or less) in `digits` hexadecimal digits, the leading zeros dimmed; 0 keeps its last digit. */
export function hex(value: number, digits = 8): TemplateResult {
  const [zeros, rest] = split(value, digits);
  return html`<span class="zero">${zeros}</span>${rest}`;
}

/** An address in its space; one of memory can be followed: the app listens for clicks on `data-linear`, `data-physical` and `data-host`. `to` is where that leads,
 *  if not to `value`, which may have attributes in its low bits. */
export function address(space: Space, value: number, to = value): TemplateResult {
  const [zeros, rest] = split(value, 8);
  return follow(space, to, html`<b>${space}:</b><span class="zero">0x${zeros}</span>${rest}`);
}

/** An address without its leading zeros, where room is short. */
export function shortAddress(space: Space, value: number): TemplateResult {
  return follow(space, value, html`<b>${space}:</b>${upper(value)}`);
}

function follow(space: Space, value: number, digits: TemplateResult): TemplateResult {
  switch (space) {
    case 'v':
      return html`<span class="address v" data-linear=${value}>${digits}</span>`;
    case 'g':
      return html`<span class="address g" data-physical=${value}>${digits}</span>`;
    case 'h':
      return html`<span class="address h" data-host=${value}>${digits}</span>`;
    case 'io':
      return html`<span class="address io">${digits}</span>`;
  }
}

/** `value` as text, 0x and `digits` digits. */
export function hexText(value: number, digits = 8): string {
  return `0x${upper(value).padStart(digits, '0')}`;
}

/** The same of up to 64 bits in two words; `digits` where the high one is 0. */
export function wideText(low: number, high: number, digits = 8): string {
  return high === 0 ? hexText(low, digits) : `${hexText(high, 1)}${upper(low).padStart(8, '0')}`;
}

/** `value` below 2^36 in as few digits as it has. */
function upper(value: number): string {
  return (value < 0 ? value >>> 0 : value).toString(16).toUpperCase();
}

function split(value: number, digits: number): [string, string] {
  const text = upper(value).padStart(digits, '0');
  const zeros = /^0*(?=.)/.exec(text)?.[0] ?? '';
  return [zeros, text.slice(zeros.length)];
}

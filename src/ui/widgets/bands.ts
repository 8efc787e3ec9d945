/** Sizes of memory as a reader says them. */
import type { MessageKey } from '../i18n/en.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const;

/** `4 KiB`, in French `4 Kio`; what is no whole number of a unit stays in the one below. */
export function sizeText(bytes: number, t: (key: MessageKey, values: { readonly n: number }) => string): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && value % 1024 === 0 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return t(`size.${UNITS[unit]}`, { n: value });
}

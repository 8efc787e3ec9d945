/** Sizes of memory as a reader says them. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB'];

/** `4 KiB`, `1008 MiB`; what is no whole number of a unit stays in the one below. */
export function sizeText(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && value % 1024 === 0 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value}\u00a0${UNITS[unit]}`;
}

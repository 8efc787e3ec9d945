/** The six modes of the 8254 in closed form: its output and its count after `d` clock pulses since the count `n` was loaded (d = 0: the pulse that loaded
 *  it), the gate being high throughout. Intel 8254 data sheet, "Mode Definitions". */

/** The pulse after `d` at which OUT next changes; Infinity for never. */
export function nextEdge(mode: number, n: number, d: number): number {
  switch (mode) {
    case 0:
    case 1:
      return d < n ? n : Number.POSITIVE_INFINITY;
    case 2: {
      if (n === 1) return Number.POSITIVE_INFINITY; // the data sheet forbids a count of 1
      const phase = d % n;
      return d - phase + (phase < n - 1 ? n - 1 : n);
    }
    case 3: {
      if (n === 1) return Number.POSITIVE_INFINITY;
      const phase = d % n;
      return d - phase + (phase < highPulses(n) ? highPulses(n) : n);
    }
    default:
      return d < n ? n : d === n ? n + 1 : Number.POSITIVE_INFINITY;
  }
}

/** OUT: 1 high, 0 low. */
export function outputAt(mode: number, n: number, d: number): number {
  switch (mode) {
    case 0:
    case 1:
      return d >= n ? 1 : 0;
    case 2:
      return n > 1 && d % n === n - 1 ? 0 : 1;
    case 3:
      return d % n < highPulses(n) ? 1 : 0;
    default:
      return d === n ? 0 : 1;
  }
}

/** The counting element, 0 to `modulus` - 1 (65536, or 10000 in BCD): what a program reads. */
export function countAt(mode: number, n: number, d: number, modulus: number): number {
  if (mode === 2) return (n - (d % n)) % modulus;
  if (mode === 3) {
    const phase = d % n;
    const since = phase < highPulses(n) ? phase : phase - highPulses(n);
    return (n - (n & 1) - 2 * since) % modulus; // an odd count is loaded less 1; both halves count down by 2
  }
  const count = (n - d) % modulus;
  return count < 0 ? count + modulus : count;
}

/** The pulse, later than `d`, at which modes 2 and 3 take a new count that was written meanwhile: the end of the period, or of the half. */
export function switchPoint(mode: number, n: number, d: number): number {
  const phase = d % n;
  return mode === 3 && phase < highPulses(n) ? d - phase + highPulses(n) : d - phase + n;
}

/** Mode 3 is high for (n + 1) / 2 pulses if n is odd, for n / 2 if it is even. */
export function highPulses(n: number): number {
  return (n + 1) >> 1;
}

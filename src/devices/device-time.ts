/** Ticks and the cycles of a device's own oscillator, in exact integers. Products stay below 2^53 for any instant of a machine that runs at up to
 *  4 GHz with device clocks of up to 2 MHz: whole seconds are split off first. */

/** Oscillator cycles that have passed at `tick`: floor(tick * hertz / ticksPerSecond). `tick` is a whole number, 0 or more. */
export function cyclesAt(tick: number, hertz: number, ticksPerSecond: number): number {
  const seconds = Math.floor(tick / ticksPerSecond);
  const rest = tick - seconds * ticksPerSecond;
  return seconds * hertz + Math.floor((rest * hertz) / ticksPerSecond);
}

/** The first tick at which `cyclesAt` is `cycles`: ceil(cycles * ticksPerSecond / hertz). */
export function tickOfCycle(cycles: number, hertz: number, ticksPerSecond: number): number {
  const seconds = Math.floor(cycles / hertz);
  const rest = cycles - seconds * hertz;
  return seconds * ticksPerSecond + Math.ceil((rest * ticksPerSecond) / hertz);
}

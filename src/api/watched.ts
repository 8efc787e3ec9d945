import { GlassError } from '../base/errors.ts';
import type { Watchpoint } from './protocol.ts';

const MOST = 64;
const LONGEST = 65_536;
const END = 2 ** 32;

/** Refuses watchpoints that are none: GlassError `bad-breakpoint`. */
export function checkWatchpoints(watchpoints: readonly Watchpoint[]): void {
  if (watchpoints.length > MOST) refuse(`${watchpoints.length} watchpoints are too many.`, `There can be ${MOST}.`);
  for (const { space, address, length, access } of watchpoints) {
    if (!['v', 'g', 'h'].includes(space)) refuse(`A watchpoint is in the space ${JSON.stringify(space)}.`, 'It is v, g or h.');
    if (!['read', 'write', 'any'].includes(access)) refuse(`A watchpoint is for ${JSON.stringify(access)}.`, 'It is read, write or any.');
    const isRange = Number.isInteger(address) && address >= 0 && Number.isInteger(length) && length >= 1 && length <= LONGEST;
    if (!isRange || address + length > END)
      refuse(`A watchpoint has ${length} bytes at ${address}.`, `It has 1 to ${LONGEST}, below 4 GiB.`);
  }
}

function refuse(message: string, hint: string): never {
  throw new GlassError('bad-breakpoint', message, hint);
}

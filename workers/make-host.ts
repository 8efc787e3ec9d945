/** The host with our guests: what a worker exposes, and what a page runs itself where workers are refused. */
import { Host } from '../src/api/host.ts';
import { bringParts } from '../src/api/parts.ts';

/** A machine host that knows every guest. What most programs need is fetched at once, beside what is there already. */
export function makeHost(): Host {
  void bringParts();
  return new Host(import('../guests/index.ts').then(({ GUESTS, INCLUDES }) => ({ guests: GUESTS, includes: INCLUDES })));
}

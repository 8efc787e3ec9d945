/** The host with our guests: what a worker exposes, and what a page runs itself where workers are refused. */
import { GUESTS, INCLUDES } from '../guests/index.ts';
import { Host } from '../src/api/host.ts';

/** A machine host that knows every guest. */
export function makeHost(): Host {
  return new Host({ guests: GUESTS, includes: INCLUDES });
}

/** start.ts for the page in one file: the machine's code stands in it as text (src/element/machines-inline.ts), for file:// loads no scripts of its own. */
import type { MachineHost } from '../../api/protocol.ts';
import * as inline from '../../element/machines-inline.ts';

/** The worker is made of what is already there: nothing is gained by starting it before. */
export function startEarly(): void {}

/** Throws where the browser says no. */
export function makeWorker(): Worker {
  const [make] = inline.workerMakers(document.createElement('div'));
  return make();
}

/** The host on this page. */
export function makeLocal(): Promise<MachineHost> {
  return inline.makeLocal();
}

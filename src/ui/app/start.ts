/** Where the page's machine comes from: a worker, or where workers are refused the same host on the page. */
import type { MachineHost } from '../../api/protocol.ts';

/** What a worker says when it can be spoken to (api/connect.ts waits for it). */
const READY = 'glassvisor-ready';

/** A worker that nobody has asked for yet, and what has become of it. */
interface EarlyWorker {
  readonly worker: Worker;
  state: 'starting' | 'ready' | 'failed';
}

let early: EarlyWorker | null = null;

/** Starts a worker while the page's own code is still to come: the first machine need not wait for it. */
export function startEarly(): void {
  try {
    const made: EarlyWorker = { worker: newWorker(), state: 'starting' };
    made.worker.addEventListener('message', () => (made.state = 'ready'), { once: true });
    made.worker.addEventListener('error', () => (made.state = 'failed'), { once: true });
    early = made;
  } catch {
    // The one who asks for it will be told.
  }
}

/** Throws where the browser says no; where only a policy does, it gives a worker that never answers. */
export function makeWorker(): Worker {
  const made = early;
  early = null;
  if (!made || made.state === 'failed') return newWorker();
  // Nobody was there to hear it.
  if (made.state === 'ready') queueMicrotask(() => made.worker.dispatchEvent(new MessageEvent('message', { data: READY })));
  return made.worker;
}

function newWorker(): Worker {
  return new Worker(new URL('../../../workers/machine.worker.ts', import.meta.url), { type: 'module', name: 'machine' });
}

/** The host and its guests are loaded only when they are needed. */
export async function makeLocal(): Promise<MachineHost> {
  const [{ Host }, { GUESTS, INCLUDES }] = await Promise.all([import('../../api/host.ts'), import('../../../guests/index.ts')]);
  return new Host({ guests: GUESTS, includes: INCLUDES });
}

/** Where the page's machine comes from: a worker, or where workers are refused the same host on the page. */
import type { MachineHost } from '../../api/protocol.ts';

/** Throws where the browser says no; where only a policy does, it gives a worker that never answers. */
export function makeWorker(): Worker {
  return new Worker(new URL('../../../workers/machine.worker.ts', import.meta.url), { type: 'module', name: 'machine' });
}

/** The host and its guests are loaded only when they are needed. */
export async function makeLocal(): Promise<MachineHost> {
  const [{ Host }, { GUESTS, INCLUDES }] = await Promise.all([import('../../api/host.ts'), import('../../../guests/index.ts')]);
  return new Host({ guests: GUESTS, includes: INCLUDES });
}

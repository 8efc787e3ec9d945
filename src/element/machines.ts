/** Where an embedded machine comes from: a worker from the file beside this one; the same through a blob, where the script came from another server; or the page. */
import type { MachineHost } from '../api/protocol.ts';

/** In the order in which they are to be tried. `worker` on the element names a copy of the worker's file on the page's own server. */
export function workerMakers(host: Element): readonly (() => Worker)[] {
  const own = host.getAttribute('worker');
  const copy = own ? [(): Worker => new Worker(new URL(own, document.baseURI), { name: 'machine' })] : [];
  return [
    ...copy,
    (): Worker => new Worker(new URL('../../workers/machine.worker.ts', import.meta.url), { type: 'module', name: 'machine' }),
  ];
}

/** The host and its guests are loaded only when they are needed. */
export async function makeLocal(): Promise<MachineHost> {
  const { makeHost } = await import('../../workers/make-host.ts');
  return makeHost();
}

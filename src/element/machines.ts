/** Where an embedded machine comes from: a worker from the file beside this one; the same through a blob, where the script came from another server; or the page. */
import type { MachineHost } from '../api/protocol.ts';

/** The worker's file beside the built script; scripts/build-embed.mjs writes its name here. */
const BUILT_FILE = 'built-worker-file';

/** In the order in which they are to be tried. `worker` on the element names a copy of the worker's file on the page's own server. */
export function workerMakers(host: Element): readonly (() => Worker)[] {
  const own = host.getAttribute('worker');
  const copy = own ? [(): Worker => new Worker(new URL(own, document.baseURI), { name: 'machine' })] : [];
  return [
    ...copy,
    (): Worker => new Worker(new URL('../../workers/machine.worker.ts', import.meta.url), { type: 'module', name: 'machine' }),
    fromElsewhere,
  ];
}

/** A script from another server may not start a worker from there; a few words of the page's own may, and import it. */
function fromElsewhere(): Worker {
  const file = new URL(BUILT_FILE, import.meta.url);
  if (file.origin === location.origin) throw new Error('tried before');
  const words = URL.createObjectURL(new Blob([`import ${JSON.stringify(file.href)};`], { type: 'text/javascript' }));
  const worker = new Worker(words, { type: 'module', name: 'machine' });
  worker.addEventListener('message', () => URL.revokeObjectURL(words), { once: true });
  return worker;
}

/** The host and its guests are loaded only when they are needed. */
export async function makeLocal(): Promise<MachineHost> {
  const { makeHost } = await import('../../workers/make-host.ts');
  return makeHost();
}

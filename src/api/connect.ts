/** From a page to a machine: a Web Worker where the browser and the page's policy allow one, else the same host on the page itself. */
import * as Comlink from 'comlink';
import type { Frame, MachineHost } from './protocol.ts';

/** How long a new worker may stay silent before the page runs the machine itself. */
const PATIENCE_MS = 10_000;

export interface Connection {
  readonly host: MachineHost;
  /** Where the machine runs. */
  readonly place: 'worker' | 'page';
  /** Calls back with a sentence when the worker died; the connection is then useless and a new one can be made. */
  onLost(listener: (why: string) => void): void;
  close(): void;
}

/** Ways to a worker, in the order in which they are tried. Each may throw or give a worker that never answers (a content-security policy refuses without an
 *  exception). */
export type WorkerMakers = (() => Worker) | readonly (() => Worker)[];

/** Makes a machine. */
export async function connect(makers: WorkerMakers, makeLocal: () => Promise<MachineHost>): Promise<Connection> {
  const worker = await firstWorker(makers);
  if (!worker) {
    const host = await makeLocal();
    // Nothing ends a machine on the page but its own stop.
    return { host, place: 'page', onLost: () => {}, close: () => void host.pause().catch(() => {}) };
  }
  const remote = Comlink.wrap<MachineHost>(worker);
  const lost: ((why: string) => void)[] = [];
  worker.addEventListener('error', (event) => {
    for (const listener of lost) listener(event.message || 'the worker stopped without a word');
  });
  return {
    host: throughComlink(remote),
    place: 'worker',
    onLost: (listener) => lost.push(listener),
    close: () => {
      remote[Comlink.releaseProxy]();
      worker.terminate();
    },
  };
}

/** The remote as a plain MachineHost: listeners are proxied, once, for life. */
function throughComlink(remote: Comlink.Remote<MachineHost>): MachineHost {
  return new Proxy({} as MachineHost, {
    get: (_, name: keyof MachineHost | 'then') => {
      if (name === 'then') return undefined;
      if (name === 'subscribe') return (listener: (frame: Frame) => void) => remote.subscribe(Comlink.proxy(listener) as never);
      return (...args: unknown[]) => (remote[name] as unknown as (...a: unknown[]) => Promise<unknown>)(...args);
    },
  });
}

async function firstWorker(makers: WorkerMakers): Promise<Worker | null> {
  for (const make of typeof makers === 'function' ? [makers] : makers) {
    const worker = await startWorker(make);
    if (worker) return worker;
  }
  return null;
}

async function startWorker(makeWorker: () => Worker): Promise<Worker | null> {
  let worker: Worker;
  try {
    worker = makeWorker();
  } catch {
    return null;
  }
  const answered = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), PATIENCE_MS);
    const settle = (alive: boolean): void => {
      clearTimeout(timer);
      worker.removeEventListener('message', hello);
      resolve(alive);
    };
    const hello = (event: MessageEvent): void => {
      if (event.data === 'glassvisor-ready') settle(true);
    };
    worker.addEventListener('message', hello);
    worker.addEventListener('error', () => settle(false), { once: true });
  });
  if (!answered) worker.terminate();
  return answered ? worker : null;
}

/** machines.ts for the single file: the machine's code stands in the script, once. A worker is made from its text; where workers from blobs are refused, the page
 *  runs it itself. Nothing is evaluated that was not in the script. */
import { machineCode } from 'virtual:machine-code';
import type { MachineHost } from '../api/protocol.ts';

let blob = '';

/** In the order in which they are to be tried. `worker` on the element names a copy of the worker's file on the page's own server. */
export function workerMakers(host: Element): readonly (() => Worker)[] {
  const own = host.getAttribute('worker');
  const copy = own ? [(): Worker => new Worker(new URL(own, document.baseURI), { name: 'machine' })] : [];
  return [...copy, fromText];
}

/** The host on this page. */
export async function makeLocal(): Promise<MachineHost> {
  return (machineCode() as { makeHost(): MachineHost }).makeHost();
}

function fromText(): Worker {
  blob ||= URL.createObjectURL(new Blob([`'use strict';(${machineCode.toString()})().serve()`], { type: 'text/javascript' }));
  return new Worker(blob, { name: 'machine' });
}

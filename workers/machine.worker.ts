/** The machine's worker: exposes the host. */
import * as Comlink from 'comlink';
import { GUESTS, INCLUDES } from '../guests/index.ts';
import { Host } from '../src/api/host.ts';
import type { Frame, MachineHost } from '../src/api/protocol.ts';

const host = new Host({ guests: GUESTS, includes: INCLUDES });
const subscribe = host.subscribe.bind(host);
const exposed: MachineHost = Object.assign(host, {
  subscribe: (listener: (frame: Frame) => void) => subscribe((frame) => listener(Comlink.transfer(frame, buffersOf(frame)))),
});
Comlink.expose(exposed);
postMessage('glassvisor-ready');

/** Every buffer that a frame owns: moved to the page, not copied. */
function buffersOf(frame: Frame): ArrayBuffer[] {
  const arrays = [frame.cpu, frame.cpuBefore, frame.vmcs, frame.console.bytes, frame.trace.words];
  return [...new Set(arrays.flatMap((array) => (array ? [array.buffer as ArrayBuffer] : [])))];
}

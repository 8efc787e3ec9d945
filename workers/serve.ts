/** What a machine's worker does: it exposes the host. */
import * as Comlink from 'comlink';
import { GlassError } from '../src/base/errors.ts';
import type { Frame, MachineHost } from '../src/api/protocol.ts';
import { makeHost } from './make-host.ts';

/** Called once in a worker. */
export function serve(): void {
  const host = makeHost();
  const subscribe = host.subscribe.bind(host);
  const exposed: MachineHost = Object.assign(host, {
    subscribe: (listener: (frame: Frame) => void) => subscribe((frame) => listener(Comlink.transfer(frame, buffersOf(frame)))),
  });
  carryHints();
  Comlink.expose(exposed);
  postMessage('glassvisor-ready');
}

/** Comlink sends message, name and stack of an error; ours have a code and a hint too. */
function carryHints(): void {
  const plain = Comlink.transferHandlers.get('throw') as Comlink.TransferHandler<{ value: unknown }, { value: object }> | undefined;
  if (!plain) return;
  Comlink.transferHandlers.set('throw', {
    ...plain,
    serialize: (thrown: { value: unknown }) => {
      const [sent, transferred] = plain.serialize(thrown);
      const { value } = thrown;
      return [value instanceof GlassError ? { ...sent, value: { ...sent.value, code: value.code, hint: value.hint } } : sent, transferred];
    },
  } as Comlink.TransferHandler<unknown, unknown>);
}

/** Every buffer that a frame owns: moved to the page, not copied. */
function buffersOf(frame: Frame): ArrayBuffer[] {
  const arrays = [frame.cpu, frame.cpuBefore, frame.vmcs, frame.console.bytes, frame.trace.words, frame.fine.words];
  return [...new Set(arrays.flatMap((array) => (array ? [array.buffer as ArrayBuffer] : [])))];
}

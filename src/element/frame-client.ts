/** The page's side of the conversation with an embed.html in an iframe. */
import {
  FRAME_VERSION,
  type FrameAnswer,
  type FrameEvent,
  type FrameMethod,
  HELLO_MS,
  MOST_HELLOS,
  type Welcome,
} from './frame-protocol.ts';
import type { GlassVisorEvents } from './types.ts';

/** Pixels: a frame that asks for more is not believed. */
const MOST_HEIGHT = 4000;

/** A machine in a frame. */
export interface GlassVisorFrame {
  /** The frame knows this page, and obeys it. */
  readonly trusted: boolean;
  /** Rejects with the frame's own words. */
  call(method: FrameMethod, ...params: readonly unknown[]): Promise<unknown>;
  on<K extends keyof GlassVisorEvents>(type: K, listener: (detail: GlassVisorEvents[K]['detail']) => void): void;
  /** What has not been answered is rejected. */
  close(): void;
}

/** Finds the machine in `iframe`. Rejects when nobody answers within five seconds. With `fitHeight` the frame becomes as high as what it shows. */
export async function connectFrame(iframe: HTMLIFrameElement, { fitHeight = false } = {}): Promise<GlassVisorFrame> {
  const frame = await find(iframe);
  if (fitHeight) frame.on('gv-resize', ({ wanted }) => (iframe.height = String(Math.max(0, Math.min(wanted, MOST_HEIGHT)))));
  return frame;
}

function find(iframe: HTMLIFrameElement): Promise<GlassVisorFrame> {
  const id = crypto.getRandomValues(new Uint32Array(4)).join('-');
  return new Promise((resolve, reject) => {
    let hellos = 0;
    const timer = setInterval(() => {
      if (++hellos > MOST_HELLOS) {
        stop();
        reject(new Error('The frame does not answer: is it an embed.html of Glassvisor?'));
      } else iframe.contentWindow?.postMessage({ gv: FRAME_VERSION, type: 'hello', id }, '*');
    }, HELLO_MS);
    const hear = (event: MessageEvent<Partial<Welcome> | null>): void => {
      const { data, ports } = event;
      if (event.source !== iframe.contentWindow || data?.gv !== FRAME_VERSION || data.type !== 'welcome' || data.id !== id || !ports[0])
        return;
      stop();
      resolve(overPort(ports[0], data.trusted === true));
    };
    const stop = (): void => {
      clearInterval(timer);
      removeEventListener('message', hear);
    };
    addEventListener('message', hear);
  });
}

function overPort(port: MessagePort, trusted: boolean): GlassVisorFrame {
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  const listeners = new Map<string, Set<(detail: never) => void>>();
  let last = 0;
  port.addEventListener('message', ({ data }: MessageEvent<FrameAnswer | FrameEvent>) => {
    if ('event' in data) {
      for (const listener of listeners.get(data.event) ?? []) listener(data.detail as never);
      return;
    }
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if ('error' in data) call?.reject(new Error(data.error.message));
    else call?.resolve(data.result);
  });
  port.start();
  return {
    trusted,
    call: (method, ...params) =>
      new Promise((resolve, reject) => {
        waiting.set(++last, { resolve, reject });
        port.postMessage({ id: last, method, params });
      }),
    on: (type, listener) => {
      listeners.set(type, (listeners.get(type) ?? new Set()).add(listener));
    },
    close: () => {
      port.close();
      for (const call of waiting.values()) call.reject(new Error('The conversation with the frame was ended.'));
      waiting.clear();
    },
  };
}

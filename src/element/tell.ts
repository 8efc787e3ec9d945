import type { GlassVisorEvents } from './types.ts';

/** Dispatches an event of the element: it bubbles and leaves shadow roots. False where it could be cancelled, and was. */
export function tell<K extends keyof GlassVisorEvents>(
  host: EventTarget,
  type: K,
  detail: GlassVisorEvents[K]['detail'],
  cancelable = false,
): boolean {
  return host.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, cancelable, detail }));
}

/** Where French is once it has come (french.ts brings it). Until then English stands in its place. */
import type { MessageKey } from './en.ts';
import type * as buses from './fr-bus-facts.ts';
import type * as facts from './fr-facts.ts';
import type * as virtio from './fr-virtio.ts';
import type { FR_ABSENT } from './fr-vmx.ts';

type Words = typeof facts & typeof buses & typeof virtio;

export interface French extends Words {
  readonly FR_ABSENT: typeof FR_ABSENT;
  readonly messages: Readonly<Record<MessageKey, string>>;
}

let known: French | null = null;

/** Called once, by french.ts. */
export function learn(words: French): void {
  known = words;
}

/** French; null until it has come. */
export function french(): French | null {
  return known;
}

/** Brings French: resolves when it is known. */
export async function bringFrench(): Promise<void> {
  if (!known) await import('./french.ts');
}

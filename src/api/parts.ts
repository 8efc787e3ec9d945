/** Parts of the host that are as large as they are rarely needed: the assembler (a saved moment or an image needs none) and the hosted hypervisor. In a worker they
 *  are fetched when a program wants them; who drives a Computer itself, without a host, imports all-parts.ts, and they are there. */
import { assert } from '../base/assert.ts';
import type { assemble } from '../isa/assemble.ts';
import type { HostedMachine } from '../machine/hosted.ts';

export interface Parts {
  readonly assemble: typeof assemble;
  readonly HostedMachine: typeof HostedMachine;
}

let known: Parts | null = null;

/** Called by all-parts.ts. */
export function provide(parts: Parts): void {
  known = parts;
}

/** Resolves when they are there. */
export async function bringParts(): Promise<void> {
  if (!known) await import('./all-parts.ts');
}

export function parts(): Parts {
  assert(known !== null, 'the parts of a host have been brought before a machine is made');
  return known;
}

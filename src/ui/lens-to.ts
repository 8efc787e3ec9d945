/** The lens on the byte at an address of any space: it looks through a linear address, so one is found that leads there. */
import type { WalkContext } from '../api/protocol.ts';
import type { Session } from './session.ts';

/** An address that somebody points at. */
export interface Target {
  readonly space: 'v' | 'g' | 'h';
  readonly address: number;
  /** Of `g`: the virtual machine whose memory it is; null: that of the context. */
  readonly vm?: number | null;
  /** Whose linear addresses are tried first; where left out, those of the lens. */
  readonly context?: WalkContext;
}

/** Puts the lens there; false where no linear address leads there, which the reader is told. */
export async function lensTo(session: Session, { space, address, vm = null, context }: Target): Promise<boolean> {
  const first = context ?? session.store.state.view.lens.context;
  if (space === 'v') {
    await session.pin({ linear: address, context: first });
    return true;
  }
  for (const side of first === 'guest' ? (['guest', 'current'] as const) : (['current', 'guest'] as const)) {
    const reach = await session.ask((host) => host.reach({ space, address, vm, context: side }));
    if (!reach || reach.linear.length === 0) continue;
    await session.pin({ linear: nearest(reach.linear, address), context: side });
    return true;
  }
  session.say('lens.noLinear');
  return false;
}

/** The same number where that is one of them, else the first: what is mapped one to one is looked for there. */
function nearest(linear: readonly number[], address: number): number {
  return linear.includes(address) ? address : linear[0];
}

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

/** What of `event` is an address of memory, as `address()` draws them; null: nothing, or one inside a control that does something else. */
export function targetOf(event: Event): Target | null {
  for (const element of event.composedPath()) {
    if (!(element instanceof HTMLElement)) continue;
    const { linear, physical, host } = element.dataset;
    if (linear !== undefined) return { space: 'v', address: Number(linear) };
    if (physical !== undefined) return isFree(event, element) ? { space: 'g', address: Number(physical) } : null;
    if (host !== undefined) return isFree(event, element) ? { space: 'h', address: Number(host) } : null;
  }
  return null;
}

/** No control is around it. */
function isFree(event: Event, element: HTMLElement): boolean {
  const path = event.composedPath();
  return !path
    .slice(path.indexOf(element))
    .some(
      (outer) => outer instanceof HTMLElement && outer.matches('button, a, label, [role=option], [role=treeitem], [role=row][tabindex]'),
    );
}

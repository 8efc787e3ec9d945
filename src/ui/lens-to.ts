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

/** Controls that do something else when they are pressed: of items of a tree those that open, or can be chosen. */
const CONTROLS = 'button, a, label, [role=option], [role=treeitem]:is([aria-expanded], [aria-selected]), [role=row][tabindex]';

/** What of `event` is an address of memory, as `address()` draws them, and whose, where `data-context` around it says so; null: nothing, or one inside a control
 *  that does something else. */
export function targetOf(event: Event): Target | null {
  const path = event.composedPath().filter((target) => target instanceof HTMLElement);
  const at = path.findIndex(({ dataset }) => spaceIn(dataset) !== null);
  const element = path[at];
  const space = element ? spaceIn(element.dataset) : null;
  if (!element || !space) return null;
  const around = path.slice(at);
  if (space !== 'v' && around.some((outer) => outer.matches(CONTROLS))) return null;
  const context = around.find(({ dataset }) => 'context' in dataset)?.dataset['context'];
  const address = Number(element.dataset[DATA[space]]);
  return context === 'guest' || context === 'current' ? { space, address, context } : { space, address };
}

const DATA = { v: 'linear', g: 'physical', h: 'host' } as const;

function spaceIn(dataset: DOMStringMap): Target['space'] | null {
  return (['v', 'g', 'h'] as const).find((space) => DATA[space] in dataset) ?? null;
}

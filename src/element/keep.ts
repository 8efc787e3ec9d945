/** `persist`: the last moment of an element stays in this reader's browser, and is offered at the next visit. Loaded where an element asks for it, and only there is
 *  anything stored. */
import { Keeper } from '../ui/share/keeper.ts';
import { openShelf } from '../ui/share/shelf.ts';
import type { Session } from '../ui/session.ts';

/** Keeps the moments of `session` under `name`; resolves when what was kept before is known. */
export async function keepMoments(session: Session, name: string): Promise<Keeper> {
  const keeper = new Keeper(session, openShelf(undefined, name));
  await keeper.remember();
  return keeper;
}

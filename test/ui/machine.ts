/** A session over a real machine, in Node: the host that the page falls back to where workers are refused. */
import { GUESTS, INCLUDES } from '../../guests/index.ts';
import { Host } from '../../src/api/host.ts';
import { Session } from '../../src/ui/session.ts';
import { type State, Store } from '../../src/ui/store.ts';

/** A session with `guest` loaded, at tick 0. */
export async function sessionOf(guest: string): Promise<Session> {
  const session = new Session(new Store());
  const refuse = (): Worker => {
    throw new Error('no workers here');
  };
  await session.start(refuse, async () => new Host({ guests: GUESTS, includes: INCLUDES }), { kind: 'guest', id: guest });
  return session;
}

/** Does `work` and waits for the frame that it ends with. */
export async function after(session: Session, work: () => Promise<unknown>): Promise<State> {
  const { store } = session;
  const serial = store.state.frame?.serial;
  await work();
  while (store.state.frame?.serial === serial || store.state.frame?.running) await new Promise((resolve) => setTimeout(resolve, 1));
  return store.state;
}

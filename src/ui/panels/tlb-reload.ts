/** The present program on a machine with another TLB, from its beginning. */
import type { LoadRequest, MachineHost } from '../../api/protocol.ts';
import type { Session } from '../session.ts';

/** Loads again what is loaded, whatever it came from: the recipe of the present moment says what, and only the way there is left out. */
export function reloadWith(session: Session, tlb: NonNullable<LoadRequest['tlb']>): Promise<void> {
  const begin = async (host: MachineHost): ReturnType<MachineHost['load']> => {
    const { image, machine } = await host.recipe();
    const { loaded } = await host.retrace({ image, machine: { ...(machine as object | undefined), tlb }, tick: 0 });
    return loaded;
  };
  return session.adopt(session.store.state.guestId, begin);
}

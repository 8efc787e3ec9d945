/** From what is on the page to a moment that can be given away, and back. */
import type { MachineHost, Recipe } from '../../api/protocol.ts';
import type { Session } from '../session.ts';
import type { SharedMoment } from './link.ts';
import { sharedLesson } from './shared-lesson.ts';
import { mergeDrafts, type SharedView, sharedView } from './shared-view.ts';

/** The present moment; undefined where no machine is there to be asked. */
export async function momentOf(session: Session): Promise<(SharedMoment & { readonly recipe: Recipe }) | undefined> {
  const recipe = await session.ask((host) => host.recipe());
  const { view, lesson } = session.store.state;
  return recipe && { recipe, view: sharedView(view), lesson: sharedLesson(lesson) };
}

/** Brings a moment onto the page; false, and a sentence in the store, where it cannot be had. `inexact` is said where the state is another one than was shared. */
export async function openMoment(session: Session, { recipe, view }: SharedMoment, inexact: string): Promise<boolean> {
  const end = await retrace(session, recipe);
  if (end === 'nowhere') return false;
  await lookAgain(session, view);
  if (end === 'elsewhere') session.store.update({ trouble: { message: inexact, hint: '', isOurs: true } });
  return true;
}

/** Goes the way from the beginning, so that the past can be stepped through too. `elsewhere`: the state there is another one than was promised; `nowhere`: a sentence is
 *  in the store, and what was there stays. */
export async function retrace(session: Session, recipe: unknown): Promise<'there' | 'elsewhere' | 'nowhere'> {
  const { image } = recipe as { readonly image?: { readonly kind?: unknown; readonly id?: unknown } };
  let isExact = true;
  const go = async (host: MachineHost): ReturnType<MachineHost['load']> => {
    const retraced = await host.retrace(recipe);
    ({ isExact } = retraced);
    return retraced.loaded;
  };
  const before = session.store.state.loaded;
  await session.adopt(image?.kind === 'guest' && typeof image.id === 'string' ? image.id : null, go);
  if (session.store.state.loaded === before) return 'nowhere';
  return isExact ? 'there' : 'elsewhere';
}

/** The reader looks as at that moment. */
export async function lookAgain(session: Session, { lens, isPinned = false, drafts = [], ...rest }: Partial<SharedView>): Promise<void> {
  const { store } = session;
  const { breakpoints = [], stopReasons = [], watchpoints = [], fieldStops = [], eventStops = [], stopsOff = [], ...look } = rest;
  store.look({ ...look, drafts: mergeDrafts(store.state.view.drafts, drafts) });
  await session.setStops({ breakpoints, stopReasons, watchpoints, fieldStops, eventStops, stopsOff });
  // What no machine has is said, and none of it stays.
  const { trouble } = store.state;
  if (trouble) {
    await session.setStops({ watchpoints: [], fieldStops: [], eventStops: [], stopsOff: [] });
    store.update({ trouble });
  }
  if (lens) await session.lookThrough(lens, isPinned);
}

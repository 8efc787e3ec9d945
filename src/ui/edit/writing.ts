/** What a reader does with source texts: opens, changes, checks and runs them. Nothing typed is lost, be it wrong or another program's. */
import type { SourceProblem } from '../../api/protocol.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { carryBreakpoints, type Draft, draftOf, imageOf, withDraft } from './draft.ts';

/** What stands in the editor; null where none is open. */
export function openDraft({ view }: Pick<State, 'view'>): Draft | null {
  return view.drafts.find(({ name }) => name === view.editing) ?? null;
}

/** Opens the source of what is loaded; false where it was not made from one. */
export function openSource({ store }: Session): boolean {
  const draft = draftOf(store.state);
  if (draft) store.look({ editing: draft.name, drafts: withDraft(store.state.view.drafts, draft) });
  return draft !== null;
}

/** Opens `text` as a guest that has not run yet; where one of this name is being written, that. */
export function openText({ store }: Session, name: string, text: string): void {
  const { drafts } = store.state.view;
  const kept = drafts.find((draft) => draft.name === name);
  store.look({ editing: name, drafts: withDraft(drafts, kept ?? { name, guestId: null, text }) });
}

/** Closes the editor; what is no other text than that of the machine is forgotten. */
export function closeSource({ store }: Session): void {
  const { loaded, view } = store.state;
  const draft = openDraft(store.state);
  const isSame = draft !== null && loaded?.name === draft.name && loaded.source?.text === draft.text;
  store.look({ editing: null, drafts: isSame ? view.drafts.filter((other) => other !== draft) : view.drafts });
}

/** Keeps what has been typed. */
export function keepText({ store }: Session, text: string): void {
  const draft = openDraft(store.state);
  if (draft && draft.text !== text) store.look({ drafts: withDraft(store.state.view.drafts, { ...draft, text }) });
}

/** What is wrong with the open draft, had it this text. */
export async function problemsIn(session: Session, text: string): Promise<readonly SourceProblem[]> {
  const draft = openDraft(session.store.state);
  if (!draft) return [];
  return (await session.ask((host) => host.check({ image: imageOf({ ...draft, text }) }))) ?? [];
}

/** Runs the open draft in place of what is loaded; breakpoints go with their lines. What is wrong with it where it cannot be run, else null. */
export async function runDraft(session: Session): Promise<readonly SourceProblem[] | null> {
  const { store } = session;
  const draft = openDraft(store.state);
  if (!draft) return null;
  const problems = await problemsIn(session, draft.text);
  if (problems.some(({ misfit }) => !misfit)) return problems;
  const { loaded, view } = store.state;
  await session.load(imageOf(draft));
  const now = store.state.loaded;
  if (now === loaded || now === null) return null;
  const isSame = loaded?.name === now.name;
  await session.stopAt(isSame ? carryBreakpoints(loaded?.source ?? null, now.source, view.breakpoints) : [], view.stopReasons);
  const { watchpoints, fieldStops, eventStops } = view;
  if (isSame) await session.setStops({ watchpoints, fieldStops, eventStops });
  return null;
}

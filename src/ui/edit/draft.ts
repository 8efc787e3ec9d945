/** A source text that is being changed: which program it is of, how it is run, and where breakpoints go when lines move. Pure functions. */
import type { ImageSource, Source } from '../../api/protocol.ts';
import type { State } from '../store.ts';

/** A text in the editor. */
export interface Draft {
  /** As the machine names the program; for one that has never run, a file name. */
  readonly name: string;
  /** The catalogue's guest whose text this was: it runs in the machine of that guest. */
  readonly guestId: string | null;
  readonly text: string;
}

/** The text of what is loaded, as somebody left it or as it runs; null where the machine was not made from one. */
export function draftOf({ loaded, guestId, view }: Pick<State, 'loaded' | 'guestId' | 'view'>): Draft | null {
  if (!loaded?.source) return null;
  const kept = view.drafts.find(({ name }) => name === loaded.name);
  return kept ?? { name: loaded.name, guestId, text: loaded.source.text };
}

/** The drafts with `draft` in its place. */
export function withDraft(drafts: readonly Draft[], draft: Draft): readonly Draft[] {
  return [...drafts.filter(({ name }) => name !== draft.name), draft];
}

/** What is to be loaded to run it. */
export function imageOf({ name, guestId, text }: Draft): ImageSource {
  if (guestId !== null) return { kind: 'guest', id: guestId, source: text };
  return { kind: 'file', name: /\.(asm|s|nasm)$/i.test(name) ? name : `${name}.asm`, bytes: new TextEncoder().encode(text) };
}

/** Where breakpoints go when `before` has become `after`: to the line with the same text that is nearest. Those elsewhere stay. */
export function carryBreakpoints(before: Source | null, after: Source | null, breakpoints: readonly number[]): readonly number[] {
  if (!before || !after) return breakpoints;
  const [was, is] = [before.text.split('\n'), after.text.split('\n')];
  const carried = breakpoints.flatMap((linear) => {
    const line = before.lines.find((l) => l.linear === linear && !l.isData)?.line;
    if (line === undefined) return [linear];
    const text = was[line - 1]?.trim();
    const places = after.lines.filter((l) => !l.isData && is[l.line - 1]?.trim() === text);
    const [nearest] = places.toSorted((a, b) => Math.abs(a.line - line) - Math.abs(b.line - line));
    return nearest ? [nearest.linear] : [];
  });
  return [...new Set(carried)];
}

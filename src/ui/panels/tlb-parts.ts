/** What every part of the TLB's panel is given, and the pieces that several of them draw. */
import { html, nothing, type TemplateResult } from 'lit';
import type { CachedEntry, Language, TlbEntryView, TlbState, VpidStudy, WalkExplanation } from '../../api/protocol.ts';
import type { History } from '../history.ts';
import type { MessageKey } from '../i18n/en.ts';
import { grouped } from '../reading.ts';
import type { Pins } from '../widgets/pins.ts';
import { typeset, type Sentence } from '../widgets/sentence.ts';
import type { Dated } from './tlb-log.ts';

export interface TlbDrawing {
  readonly tlb: TlbState;
  readonly dated: readonly Dated<CachedEntry>[];
  readonly history: History;
  /** Of `tlb`; the first that can be gone back to, and the last that is recorded. */
  readonly tick: number;
  readonly begin: number;
  readonly end: number;
  readonly language: Language;
  readonly walk: WalkExplanation | null;
  readonly linear: number;
  readonly pins: Pins;
  /** Null: not known, or not yet. */
  readonly study: VpidStudy | null;
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
  /** Puts the lens there. */
  readonly follow: (linear: number) => void;
  readonly seek: (tick: number) => void;
}

/** Its place counted from the beginning of the TLB, way by way. */
export function slotOf({ half, set, way }: TlbEntryView, { sets, ways }: TlbState): number {
  return ((half === 'instruction' ? 0 : sets) + set) * ways + way;
}

/** The entry that the lens's access finds. */
export function isLensEntry({ walk, tlb }: TlbDrawing, entry: TlbEntryView): boolean {
  const used = walk?.tlb.entry;
  return used != null && slotOf(used, tlb) === slotOf(entry, tlb);
}

/** The lens's address lies in the page. */
export function isUnderLens({ linear }: TlbDrawing, { linear: from, size }: TlbEntryView): boolean {
  return linear >= from && linear < from + size;
}

/** A tick that one can go to. */
export function tickLink({ seek }: TlbDrawing, tick: number, tabindex = 0): TemplateResult {
  return html`<button class="link tick" tabindex=${tabindex} @click=${(e: Event) => {
    e.stopPropagation();
    seek(tick);
  }}>${grouped(tick)}</button>`;
}

/** When it came. */
export function filled(drawing: TlbDrawing, { filledAt }: Dated<CachedEntry>, tabindex = 0): TemplateResult {
  if (filledAt !== null) return tickLink(drawing, filledAt, tabindex);
  const from = Math.max(drawing.history.fineFrom, drawing.begin);
  return html`<span class="note">${from > 0 ? drawing.t('tlb.before', { from: grouped(from) }) : drawing.t('tlb.atStart')}</span>`;
}

/** Whether the other machine holds it, as a word or, where room is short, as a sign with one; nothing where that is not known. */
export function elsewhere({ study, tlb, t }: TlbDrawing, entry: TlbEntryView, isShort = false): TemplateResult | typeof nothing {
  if (!study) return nothing;
  const isLost = study.missing.includes(slotOf(entry, tlb));
  const word = t(isLost ? 'tlb.lost' : 'tlb.kept');
  const sign = isLost ? '✕' : '✓';
  return isShort
    ? html`<span class=${isLost ? 'lost' : 'kept'} role="img" aria-label=${word}>${sign}</span>`
    : html`<span class=${isLost ? 'lost' : 'kept'}>${sign} ${word}</span>`;
}

export function sentence({ language }: TlbDrawing, what: Sentence): TemplateResult {
  return typeset(language, what);
}

/** Moves the focus among elements of one kind; the one in focus is the one that Tab comes to. */
export function roam(event: KeyboardEvent, selector: string): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const group = event.currentTarget as HTMLElement;
  const items = [...group.querySelectorAll<HTMLElement>(selector)];
  const from = items.indexOf((event.target as HTMLElement).closest<HTMLElement>(selector) as HTMLElement);
  const goals: Readonly<Record<string, number>> = {
    ...{ ArrowDown: from + 1, ArrowRight: from + 1, ArrowUp: from - 1, ArrowLeft: from - 1 },
    ...{ Home: 0, End: items.length - 1 },
  };
  const goal = items[goals[event.key] ?? -1];
  if (from < 0 || !(event.key in goals)) return;
  event.preventDefault();
  event.stopPropagation();
  if (!goal) return;
  for (const item of items) item.tabIndex = item === goal ? 0 : -1;
  goal.focus();
}

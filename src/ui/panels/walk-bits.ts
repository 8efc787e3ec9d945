/** What every drawing of a walk says of an entry, on the page and where room is short: its bits, and what its address was made from. */
import { html, nothing, type TemplateResult } from 'lit';
import type { ExplainedBit, ExplainedReference, WalkExplanation } from '../../api/protocol.ts';
import type { MessageKey } from '../i18n/en.ts';
import { hexText } from '../widgets/number.ts';

/** What a drawing of the walk is given. */
export interface Drawing {
  readonly walk: WalkExplanation;
  /** The same to its end; where left out, `walk` is that. */
  readonly whole?: WalkExplanation;
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
  /** Number of the reference under the loupe. */
  readonly chosen: number | null;
  readonly choose: (reference: number) => void;
  /** Letters of the pins that a reference's entry translates, or that lie in the page at the end (null). */
  readonly letters?: (reference: ExplainedReference | null) => readonly string[];
}

/** Bits that are drawn only where they are set or decide: the walk is about rights. */
const QUIET = new Set(['PWT', 'PCD', 'PAT', 'PS', 'G', 'type', 'IPAT']);
/** Left out first where room is short. */
const MINOR = new Set(['A', 'D', 'PS', 'G', 'U/S']);
const SHORT: Readonly<Record<string, string>> = { 'R/W': 'RW', 'U/S': 'US' };

/** The bits of an entry: set ones in ink, clear ones stepped back, the one that refuses in reverse, and those that the walk sets. */
export function bits(reference: ExplainedReference, walk: WalkExplanation): TemplateResult {
  // Without EPTP bit 6 the processor does not look at A and D.
  const hasFlags = reference.dimension === 'guest' || (walk.context.eptpLow & 0x40) !== 0;
  const shown = reference.bits.filter((b) => {
    if (b.isFailed) return true;
    if (b.name === 'A' || b.name === 'D') return hasFlags;
    return !QUIET.has(b.name) || (b.name !== 'type' && b.value !== 0 && b.name !== 'IPAT');
  });
  const decides = walk.missing?.reference === reference.number ? walk.missing.bit : null;
  const flips = shown.filter((b) => b.value === 0 && reference.sets.includes(b.name));
  const others = shown.filter((b) => !flips.includes(b));
  return html`<span class="bits">${others.map((b) => bit(b, b.isFailed && (decides === null || decides === b.name)))}${flips.length === 0 ? nothing : html`<mark>${flips.map((b) => b.name).join('')} 0→1</mark>`}</span>`;
}

function bit({ name, value }: ExplainedBit, isFailed: boolean): TemplateResult {
  const text = SHORT[name] ?? name;
  if (isFailed) return html`<b class="failed">${text}=${value} ✕</b>`;
  return html`<span class="${value ? 'on' : 'off'} ${MINOR.has(name) ? 'minor' : ''}">${text}</span>`;
}

/** `CR3 + 4 × 1`, `PTE frame + 0x238`: what an address was made from. */
export function madeFrom(row: WalkExplanation['rows'][number], t: Drawing['t']): string {
  if (row.base === 'linear') return t('walk.unpaged');
  const base = row.base === 'CR3' ? 'CR3' : t('walk.frameOf', { entry: row.base });
  return row.level === 'page' ? `${base} +\u00a0${hexText(row.index, 3)}` : `${base} +\u00a04\u00a0×\u00a0${row.index}`;
}

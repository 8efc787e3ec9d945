/** What happened to the TLB, newest first: each line leads to its instant. */
import { html, nothing, type TemplateResult } from 'lit';
import { grouped } from '../reading.ts';
import { at, say } from '../widgets/sentence.ts';
import { eventsUpTo, type TlbEvent } from './tlb-log.ts';
import { isLensEntry, roam, sentence, type TlbDrawing } from './tlb-parts.ts';
import { eventSentence, placeOf } from './tlb-words.ts';

/** Lines shown at first, and how many more at a time. */
export const EVENT_ROWS = 60;

const SIGNS: Readonly<Record<TlbEvent['kind'], string>> = { fill: '+', eviction: '✕', flush: '⊘', refusal: '!' };

export function happened(drawing: TlbDrawing, most: number, showMore: () => void): TemplateResult {
  const { t, history, tick, seek, tlb, begin } = drawing;
  const events = eventsUpTo(history, tick, most + 1);
  const shown = events.slice(0, most);
  return html`${history.fineFrom > begin ? html`<p class="note since">${t('tlb.since', { from: grouped(history.fineFrom) })}</p>` : nothing}
    ${hit(drawing)}
    ${
      shown.length === 0
        ? html`<p class="note">${t('tlb.nothing')}</p>`
        : html`<ol class="events" aria-label=${t('tlb.tab.happened')} @keydown=${(e: KeyboardEvent) => roam(e, '.event')}>${shown.map(
            (
              event,
              i,
            ) => html`<li><button class="event ${event.kind} ${event.kind === 'flush' && event.flush.count === 0 ? 'idle' : ''} ${event.at === tick ? 'now' : ''}" tabindex=${i === 0 ? 0 : -1} aria-current=${event.at === tick ? 'true' : nothing} @click=${() => seek(event.at)}>
            <span class="at">${grouped(event.at)}</span><span class="sign" aria-hidden="true">${SIGNS[event.kind]}</span><span class="what">${sentence(drawing, eventSentence(event, history, tlb.sets))}</span></button></li>`,
          )}</ol>`
    }
    ${events.length > most ? html`<button class="link" @click=${showMore}>${t('tlb.olderEvents')}</button>` : nothing}`;
}

/** Hits are not recorded; that of the lens's access is known. */
function hit(drawing: TlbDrawing): TemplateResult | typeof nothing {
  const { walk, dated } = drawing;
  const used = walk?.tlb.use === 'hit' ? dated.find(({ entry }) => isLensEntry(drawing, entry)) : undefined;
  if (!walk || !used) return nothing;
  return html`<p class="lens-hit">${sentence(drawing, say('tlb.hitNow', { linear: at('v', walk.linear), place: placeOf(used.entry) }))}</p>`;
}

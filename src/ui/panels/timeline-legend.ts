/** What the tracks show, in words, and which of them do. */
import { html, type TemplateResult } from 'lit';
import type { MessageKey } from '../i18n/en.ts';
import type { Session } from '../session.ts';
import { TRACKS } from './timeline-tracks.ts';

const HINTS = ['time.legend.empty', 'time.legend.range', 'time.legend.flag', 'time.legend.keys'] as const satisfies readonly MessageKey[];

/** A popover: a box to tick for each track (pins have one together), then what pointer and keys do. */
export function timelineLegend(session: Session, t: (key: MessageKey) => string): TemplateResult {
  const hidden = session.store.state.view.hiddenTracks;
  const toggle = (id: string): void =>
    session.store.look({ hiddenTracks: hidden.includes(id) ? hidden.filter((h) => h !== id) : [...hidden, id] });
  return html`<div id="legend" popover role="dialog" aria-labelledby="legend-title">
    <div class="head"><h2 id="legend-title">${t('time.legend')}</h2></div>
    <ul>${TRACKS.filter(({ id }) => !id.startsWith('pin')).map(
      ({ id, title, legend }) =>
        html`<li><label class="tick-box"><input type="checkbox" .checked=${!hidden.includes(id)} @change=${() => toggle(id)} /><b>${t(title)}</b></label><span>${t(legend)}</span></li>`,
    )}<li><b class="pins">${t('lens.pins')}</b><span>${t('time.pin.legend')}</span></li></ul>
    ${HINTS.map((key) => html`<p>${t(key)}</p>`)}
  </div>`;
}

/** The table that says what the timeline draws. */
import { html, nothing, type TemplateResult } from 'lit';
import { translate } from '../i18n/messages.ts';
import { grouped } from '../reading.ts';
import { say, typeset } from '../widgets/sentence.ts';
import type { Source, Told, Track } from './timeline-marks.ts';

/** Rows at most. */
const MOST = 400;

interface TimelineTable {
  readonly source: Source;
  readonly tracks: readonly Track[];
  readonly bookmarks: readonly number[];
  readonly tick: number;
  readonly seek: (tick: number) => void;
}

type Line = Told & { readonly track: string };

/** What stands in the range, in order of time and of tracks. Each tick is a way there. */
export function timelineTable({ source, tracks, bookmarks, tick, seek }: TimelineTable): TemplateResult {
  const { range, language, history } = source;
  const t = (key: Parameters<typeof translate>[1], values?: Parameters<typeof translate>[2]): string => translate(language, key, values);
  const marks = bookmarks.filter((at) => at >= range.from && at <= range.to);
  const lines: readonly Line[] = [
    ...marks.map((at) => ({ at, track: '', what: say('time.bookmark'), detail: null })),
    ...tracks.flatMap((track) => track.tell(source).map((told) => ({ ...told, track: t(track.title) }))),
  ].sort((a, b) => a.at - b.at);
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('time.title')}><table class="records">
      <caption>${t('time.table', { from: grouped(range.from), to: grouped(range.to) })}${
        lines.length > MOST ? ` ${t('time.tableMost', { n: MOST, all: grouped(lines.length) })}` : nothing
      }${history.fineFrom > range.from ? ` ${t('time.notKept', { tick: grouped(history.fineFrom) })}` : nothing}</caption>
      <thead><tr><th scope="col">${t('transport.tick')}</th><th scope="col">${t('time.track')}</th><th scope="col">${t('time.what')}</th><th scope="col">${t('time.detail')}</th></tr></thead>
      <tbody>${lines.slice(0, MOST).map((line) => row(line, source, tick, seek))}</tbody></table></div>`;
}

function row({ at, track, what, detail }: Line, { language }: Source, tick: number, seek: (tick: number) => void): TemplateResult {
  return html`<tr class=${at === tick ? 'here-row' : ''}><th scope="row"><button class="link" @click=${() => seek(at)}>${grouped(at)}</button></th>
    <td class="sans">${track}</td><td class="sans">${typeset(language, what)}</td><td>${detail ? typeset(language, detail) : nothing}</td></tr>`;
}

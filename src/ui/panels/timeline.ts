import { html, nothing, type TemplateResult } from 'lit';
import type { MessageKey } from '../i18n/en.ts';
import { Panel } from '../panel.ts';
import { grouped } from '../reading.ts';
import type { Session } from '../session.ts';
import { setBookmark } from '../steps.ts';
import type { State } from '../store.ts';
import { RECORDS, SHARED } from '../theme/shared.ts';
import { hexText } from '../widgets/number.ts';
import { LETTERS } from '../widgets/pins.ts';
import { type Range, scaleFor, zoomed } from '../widgets/scale.ts';
import { plain } from '../widgets/sentence.ts';
import { type Action, actionFor, rangeOf } from './timeline-keys.ts';
import { timelineLegend } from './timeline-legend.ts';
import { rowsFor, type ShownTrack, type Source, type Track } from './timeline-marks.ts';
import { type Drawn, OVERVIEW, overview, placeIn, type Row, rows, SCALE, scale } from './timeline-picture.ts';
import { TIMELINE_STYLES } from './timeline-styles.ts';
import { timelineTable } from './timeline-table.ts';
import { sumsOf, TRACKS } from './timeline-tracks.ts';

/** Ticks shown at first. */
const SPAN = 120;
const ZOOM = 2;
const LEAST_ROW = 16;
const MOST_ROW = 26;
/** The pointer is at a mark that is so near, in units of the drawing. */
const REACH = 6;
/** Things that a title tells. */
const MOST_TOLD = 6;

/** Time from left to right: all that was recorded, then the ticks around now, with who ran and what happened, a row for each kind. A click, a drag or a key goes
 *  there; with Shift they measure, with Alt they keep a place. */
export class TimelinePanel extends Panel {
  static override properties = {
    ...Panel.properties,
    session: { attribute: false },
    range: { state: true },
    width: { state: true },
    room: { state: true },
    picked: { state: true },
  };
  declare session: Session;
  declare private range: Range;
  declare private width: number;
  /** Height for the rows. */
  declare private room: number;
  /** The stretch that is measured, from where it was begun. */
  declare private picked: { readonly anchor: number; readonly at: number } | null;
  /** Pixels of a unit: the drawing grows with the type. */
  private unit = 1;
  private dragged: { readonly range: Range; readonly does: 'seek' | 'pick' } | null = null;
  private seenTick = -1;
  private drawn: { readonly drawn: Drawn; readonly rows: readonly Row[] } | null = null;
  private readonly resize = new ResizeObserver(() => this.fit());

  static override styles = [SHARED, RECORDS, TIMELINE_STYLES];

  constructor() {
    super();
    this.range = { from: 0, to: SPAN };
    this.width = 600;
    this.room = 3 * LEAST_ROW;
    this.picked = null;
  }

  protected inputs({ frame, recorded, view, loaded }: State): readonly unknown[] {
    return [frame?.tick, frame?.endTick, recorded, view.isTable, view.bookmarks, view.pins, view.isTimeTall, view.hiddenTracks, loaded];
  }

  override willUpdate(): void {
    // A scale that moved under the pointer would run away from it.
    if (!this.dragged) this.range = scaleFor(this.range, this.tick, this.range.to - this.range.from);
    if (this.picked && Math.max(this.picked.anchor, this.picked.at) > this.end) this.picked = null;
  }

  override firstUpdated(): void {
    this.resize.observe(this);
  }

  override updated(): void {
    const { tick } = this;
    if (tick === this.seenTick) return;
    this.seenTick = tick;
    // The table shows the present, as the drawing does.
    const scroll = this.renderRoot.querySelector('.scroll');
    const here = scroll?.querySelector<HTMLElement>('.here-row');
    if (scroll && here) scroll.scrollTop = here.offsetTop - scroll.clientHeight / 2;
  }

  override render(): TemplateResult {
    const { isTable, isTimeTall } = this.state.view;
    const shown = this.tracksShown();
    const tracks = shown.map(({ track }) => track);
    return html`
      <div class="labels">
        <div class="zoom"><span>${this.t('transport.tick')}</span>
          <button class="taller" aria-pressed=${isTimeTall} aria-label=${this.t('time.taller')} title=${this.t('time.taller')} @click=${() => this.session.store.look({ isTimeTall: !isTimeTall })}><span class="caret"></span></button><button popovertarget="legend" aria-haspopup="dialog" aria-label=${this.t('time.legend')} title=${this.t('time.legend')}>?</button><button aria-label=${this.t('time.zoomOut')} title="${this.t('time.zoomOut')}  −" @click=${() => this.zoom(ZOOM)}>−</button><button class="in" aria-label=${this.t('time.zoomIn')} title="${this.t('time.zoomIn')}  +" @click=${() => this.zoom(1 / ZOOM)}>+</button></div>
        ${isTable ? nothing : shown.map((row) => this.label(row))}
      </div>
      ${isTable ? this.table(tracks) : this.picture(tracks)}
      ${timelineLegend(this.session, (key) => this.t(key))}`;
  }

  /** Takes the measure of the room. */
  private fit(): void {
    this.unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const width = this.renderRoot.querySelector('.tracks')?.clientWidth;
    if (width) this.width = width / this.unit;
    this.room = Math.max(LEAST_ROW, this.clientHeight / this.unit - OVERVIEW - SCALE - 0.9);
    this.style.setProperty('--room', `${this.clientHeight - 4}px`);
  }

  /** Zooms by `factor` around the present, or around `share` of the scale. */
  zoom(factor: number, share?: number): void {
    const span = this.range.to - this.range.from;
    this.range = zoomed(this.range, factor, share ?? (this.tick - this.range.from) / span);
  }

  private get tick(): number {
    return this.state.frame?.tick ?? 0;
  }

  private get end(): number {
    return Math.max(this.state.frame?.endTick ?? 0, this.tick, 1);
  }

  private get source(): Source {
    const { history, view, loaded } = this.state;
    return { history, range: this.range, pins: view.pins, has: loaded?.has ?? [], language: view.language };
  }

  private tracksShown(): readonly ShownTrack[] {
    return rowsFor(TRACKS, this.source, Math.floor(this.room / LEAST_ROW), this.state.view.hiddenTracks);
  }

  /** Of so many rows. */
  private rowHeight(count: number): number {
    return Math.max(LEAST_ROW, Math.min(MOST_ROW, Math.floor(this.room / Math.max(1, count))));
  }

  private label({ track, isEmpty }: ShownTrack): TemplateResult {
    const { id, title, legend } = track;
    const letter = LETTERS.findIndex((l) => id === `pin${l}`);
    const pin = this.state.view.pins[letter] ?? null;
    return html`<span class=${isEmpty ? 'empty' : ''} title=${`${this.t(title)}: ${this.t(legend)}`}>${
      pin === null ? this.t(title) : html`<span class="pin">${LETTERS[letter]}</span><span class="mono">${hexText(pin).slice(2)}</span>`
    }</span>`;
  }

  private picture(tracks: readonly Track[]): TemplateResult {
    const { tick, end, unit, width } = this;
    const { source } = this;
    const row = this.rowHeight(tracks.length);
    const picked = this.picked && rangeOf(this.picked);
    const drawn: Drawn = { source, tick, end, width, row, bookmarks: this.state.view.bookmarks, picked };
    const marked = tracks.map((track) => ({ track, marks: track.marks(source, placeIn(drawn)) }));
    this.drawn = { drawn, rows: marked };
    this.style.setProperty('--track', `${row * unit}px`);
    const height = tracks.length * row;
    return html`<div class="tracks" role="slider" tabindex="0" aria-label=${this.t('time.title')} aria-valuemin="0" aria-valuemax=${end} aria-valuenow=${tick} aria-valuetext=${this.t('time.at', { tick: grouped(tick), end: grouped(end) })}
        @keydown=${(e: KeyboardEvent) => this.press(e)} @wheel=${(e: WheelEvent) => this.wheel(e)} @lostpointercapture=${() => this.release()}>
      <div class="top">
        <svg class="all" height=${OVERVIEW * unit} viewBox="0 0 ${width} ${OVERVIEW}" preserveAspectRatio="none" aria-hidden="true" @pointerdown=${(e: PointerEvent) => this.grab(e, { from: 0, to: end })} @pointermove=${(e: PointerEvent) => this.drag(e)}>${overview(drawn)}</svg>
        <svg class="scale" height=${SCALE * unit} viewBox="0 0 ${width} ${SCALE}" aria-hidden="true" @pointerdown=${(e: PointerEvent) => this.grab(e, this.range)} @pointermove=${(e: PointerEvent) => this.drag(e)}>${scale(drawn)}</svg>
      </div>
      <svg class="near" height=${height * unit} viewBox="0 0 ${width} ${Math.max(1, height)}" aria-hidden="true" @pointerdown=${(e: PointerEvent) => this.grab(e, this.range)} @pointermove=${(e: PointerEvent) => this.drag(e)} @pointerleave=${() => this.entitle('')}>${rows(drawn, marked)}</svg>
    </div>${picked ? this.sums(picked) : nothing}`;
  }

  /** How long the measured stretch is, and what is in it. */
  private sums({ from, to }: Range): TemplateResult {
    const { history } = this.state;
    const { exits, walks, references, evictions } = sumsOf(history, from, to);
    const say = (key: MessageKey, n: number): string => this.t(key, { n: grouped(n) });
    return html`<div class="sums"><span role="status">${say('time.range', to - from)} · ${say('time.range.exits', exits)} · ${say('time.range.walks', walks)} · ${say('time.range.references', references)} · ${say('time.range.misses', evictions)}${
      history.fineFrom > from ? ` (${this.t('time.range.since', { tick: grouped(history.fineFrom) })})` : nothing
    }</span><button aria-label=${this.t('time.range.clear')} title="${this.t('time.range.clear')}  Esc" @click=${() => this.clear()}>✕</button></div>`;
  }

  private table(tracks: readonly Track[]): TemplateResult {
    const { tick } = this;
    // Of what is measured, if anything is.
    const source = this.picked ? { ...this.source, range: rangeOf(this.picked) } : this.source;
    const seek = (to: number): void => void this.session.seek(to);
    return timelineTable({ source, tracks, bookmarks: this.state.view.bookmarks, tick, seek });
  }

  // Pointer and keys ---------------------------------------------------------------------------------------------------------------------
  private grab(event: PointerEvent, range: Range): void {
    const at = this.tickAt(event, range);
    if (event.altKey) return setBookmark(this.session, this.bookmarkNear(at, range) ?? at);
    if (event.shiftKey) this.picked = { anchor: at, at };
    this.dragged = { range, does: event.shiftKey ? 'pick' : 'seek' };
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    this.drag(event);
  }

  private drag(event: PointerEvent): void {
    if (!this.dragged) return this.point(event);
    const { range, does } = this.dragged;
    const at = this.tickAt(event, range);
    if (does === 'seek') void this.session.seek(at);
    else if (this.picked) this.picked = { ...this.picked, at };
  }

  private tickAt(event: MouseEvent, { from, to }: Range): number {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return Math.min(this.end, Math.round(from + share * (to - from)));
  }

  /** The bookmark that a pointer there would hit. */
  private bookmarkNear(at: number, { from, to }: Range): number | undefined {
    const reach = ((to - from) / this.width) * REACH;
    return this.state.view.bookmarks.find((mark) => Math.abs(mark - at) <= reach);
  }

  /** Says what the pointer is at. */
  private point(event: PointerEvent): void {
    if (!this.drawn || !(event.currentTarget as Element).matches('.near')) return this.entitle('');
    const { drawn, rows: all } = this.drawn;
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const row = all[Math.floor((event.clientY - box.top) / (drawn.row * this.unit))];
    if (!row) return this.entitle('');
    const x = (event.clientX - box.left) / this.unit;
    const place = placeIn(drawn);
    const near = row.marks.filter(({ at, last }) => x >= place(at) - REACH && x <= place(last) + REACH);
    const nearest = near.sort((a, b) => Math.abs(place(a.at) - x) - Math.abs(place(b.at) - x))[0];
    const { history } = drawn.source;
    if (nearest) this.entitle(this.toldOf(row.track, { from: nearest.at, to: nearest.last }));
    else if (row.track.isFine && x < place(history.fineFrom)) this.entitle(this.t('time.notKept', { tick: grouped(history.fineFrom) }));
    else this.entitle(row.track.isFine && x > place(history.fineUntil) && x < place(drawn.end) ? this.t('time.notYet') : '');
  }

  private toldOf(track: Track, range: Range): string {
    const { language } = this.state.view;
    const all = track.tell({ ...this.source, range });
    const lines = all.slice(0, MOST_TOLD).map(({ at, what, detail }) => {
      return `${grouped(at)}  ${plain(language, what)}${detail ? `  ${plain(language, detail)}` : ''}`;
    });
    const more = all.length - lines.length;
    return [...lines, ...(more > 0 ? [this.t('time.more', { n: grouped(more) })] : [])].join('\n');
  }

  private entitle(text: string): void {
    const tracks = this.renderRoot.querySelector<HTMLElement>('.tracks');
    if (tracks && tracks.title !== text) tracks.title = text;
  }

  private release(): void {
    // A click with Shift that was no drag measures nothing.
    if (this.picked?.anchor === this.picked?.at) this.picked = null;
    this.dragged = null;
    this.requestUpdate();
  }

  private clear(): void {
    this.picked = null;
    this.renderRoot.querySelector<HTMLElement>('.tracks')?.focus();
  }

  private wheel(event: WheelEvent): void {
    // A sideways wheel, or a pinch's, is not meant for time.
    if (event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.deltaY === 0) return;
    event.preventDefault();
    const box = (event.currentTarget as Element).getBoundingClientRect();
    this.zoom(event.deltaY > 0 ? Math.SQRT2 : Math.SQRT1_2, (event.clientX - box.left) / box.width);
  }

  private press(event: KeyboardEvent): void {
    const { tick, end, range, picked } = this;
    const { bookmarks } = this.state.view;
    const action = actionFor(event, { tick, end, span: range.to - range.from, bookmarks, isPicked: picked !== null });
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    this.act(action);
  }

  private act({ does, at }: Action): void {
    if (does === 'clear') this.picked = null;
    else if (does === 'unmark') setBookmark(this.session, at);
    else {
      if (does === 'pick') this.picked = { anchor: this.picked?.anchor ?? this.tick, at };
      void this.session.seek(at);
    }
  }
}

customElements.define('gv-timeline', TimelinePanel);

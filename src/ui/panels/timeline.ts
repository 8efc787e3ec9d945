import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import { EXCEPTIONS } from '../../arch/exceptions.ts';
import { type EventRecord, type Span, within } from '../history.ts';
import { Panel } from '../panel.ts';
import { grouped, reasonName } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { RECORDS, SHARED } from '../theme/shared.ts';
import { hexText } from '../widgets/number.ts';
import { apart, clampSpan, type Range, roundTicks, scaleFor, zoomed } from '../widgets/scale.ts';
import { TIMELINE_STYLES } from './timeline-styles.ts';

/** Ticks shown at first. */
const SPAN = 120;
const ZOOM = 2;
/** The drawing's own units, pixels where the root's type is of 16: between two marks, and between two marks with a number each. */
const NEAR = 2;
const LABEL = 20;
const LETTER = 6;
/** Above the tracks: what was recorded, and the scale. */
const TOP = 34;
const LEAST_ROW = 18;
const MOST_ROW = 26;

/** Time from left to right: all that was recorded, then the ticks around now, with who ran, each exit, each event. A click, a drag or a key goes there. */
export class TimelinePanel extends Panel {
  static override properties = {
    ...Panel.properties,
    session: { attribute: false },
    range: { state: true },
    width: { state: true },
    row: { state: true },
  };
  declare session: Session;
  declare private range: Range;
  declare private width: number;
  /** Height of a track. */
  declare private row: number;
  /** Pixels of a unit: the drawing grows with the type. */
  private unit = 1;
  private isTall = false;
  private dragged: Range | null = null;
  private readonly resize = new ResizeObserver(() => this.fit());

  static override styles = [SHARED, RECORDS, TIMELINE_STYLES];

  constructor() {
    super();
    this.range = { from: 0, to: SPAN };
    this.width = 600;
    this.row = LEAST_ROW;
  }

  protected inputs({ frame, recorded, view, loaded }: State): readonly unknown[] {
    return [frame?.tick, frame?.endTick, recorded, view.isTable, view.bookmarks, loaded];
  }

  override willUpdate(): void {
    // A scale that moved under the pointer would run away from it.
    if (!this.dragged) this.range = scaleFor(this.range, this.tick, this.range.to - this.range.from);
  }

  override updated(): void {
    // Another machine may have another number of tracks.
    if (this.toggleAttribute('devices', this.hasDevices) !== this.isTall) this.fit();
    this.isTall = this.hasDevices;
  }

  override firstUpdated(): void {
    this.resize.observe(this);
  }

  override render(): TemplateResult {
    const names = (['world', 'exits', 'events', ...(this.hasDevices ? (['devices'] as const) : [])] as const).map(
      (k) => html`<span>${this.t(`time.${k}`)}</span>`,
    );
    return html`
      <div class="labels">
        <div class="zoom"><span>${this.t('transport.tick')}</span>
          <button aria-label=${this.t('time.zoomOut')} title="${this.t('time.zoomOut')}  −" @click=${() => this.zoom(ZOOM)}>−</button><button aria-label=${this.t('time.zoomIn')} title="${this.t('time.zoomIn')}  +" @click=${() => this.zoom(1 / ZOOM)}>+</button></div>
        ${this.state.view.isTable ? nothing : names}
      </div>
      ${this.state.view.isTable ? this.table() : this.picture()}`;
  }

  /** Takes the measure of the room. */
  private fit(): void {
    this.unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const width = this.renderRoot.querySelector('.tracks')?.clientWidth;
    if (width) this.width = width / this.unit;
    this.row = Math.max(LEAST_ROW, Math.min(MOST_ROW, Math.floor((this.clientHeight / this.unit - TOP) / this.rows)));
    this.style.setProperty('--track', `${this.row * this.unit}px`);
  }

  /** Zooms by `factor` around the present, or around `share` of the scale. */
  zoom(factor: number, share?: number): void {
    const span = this.range.to - this.range.from;
    this.range = zoomed(this.range, factor, share ?? (this.tick - this.range.from) / span);
  }

  private get tick(): number {
    return this.state.frame?.tick ?? 0;
  }

  /** Tracks: devices have one where there are some. */
  private get rows(): number {
    return this.hasDevices ? 4 : 3;
  }

  private get hasDevices(): boolean {
    return this.state.loaded?.has.includes('virtio') === true;
  }

  private get end(): number {
    return Math.max(this.state.frame?.endTick ?? 0, this.tick, 1);
  }

  private picture(): TemplateResult {
    const { tick, end } = this;
    const seek = this.t('time.at', { tick: grouped(tick), end: grouped(end) });
    return html`<div class="tracks" role="slider" tabindex="0" aria-label=${this.t('time.title')} aria-valuemin="0" aria-valuemax=${end} aria-valuenow=${tick} aria-valuetext=${seek}
        @keydown=${(e: KeyboardEvent) => this.press(e)} @wheel=${(e: WheelEvent) => this.wheel(e)} @lostpointercapture=${() => this.release()}>
      <svg class="all" height=${14 * this.unit} viewBox="0 0 ${this.width} 14" preserveAspectRatio="none" aria-hidden="true" @pointerdown=${(e: PointerEvent) => this.grab(e, { from: 0, to: end })} @pointermove=${(e: PointerEvent) => this.drag(e)}>${this.overview()}</svg>
      <svg class="near" height=${(16 + this.rows * this.row) * this.unit} viewBox="0 0 ${this.width} ${16 + this.rows * this.row}" aria-hidden="true" @pointerdown=${(e: PointerEvent) => this.grab(e, this.range)} @pointermove=${(e: PointerEvent) => this.drag(e)}>${this.tracks()}</svg>
    </div>`;
  }

  private overview(): SVGTemplateResult {
    const { end, width, range, tick } = this;
    const x = (t: number): number => (t / end) * (width - 1) + 0.5;
    const marks = apart(this.state.history.exits, (e) => x(e.at), NEAR);
    return svg`<line class="base" x1="0" x2="100%" y1="10.5" y2="10.5"/>
      ${this.state.view.bookmarks.map((at) => svg`<path class="bookmark" d=${`M${x(at) - 3} 0h6v5l-3 -2.5l-3 2.5z`} />`)}
      ${marks.map((e) => svg`<line class="mark ${e.at > tick ? 'future' : ''}" x1=${x(e.at)} x2=${x(e.at)} y1="4" y2="10"/>`)}
      <rect class="window" x=${x(Math.min(range.from, end))} width=${Math.max(2, x(Math.min(range.to, end)) - x(Math.min(range.from, end)))} y="1.5" height="11"/>
      <line class="now" x1=${x(tick)} x2=${x(tick)} y1="0" y2="14"/>`;
  }

  private tracks(): SVGTemplateResult {
    const { range, width, tick, end, row } = this;
    const { history } = this.state;
    const x = (t: number): number => ((t - range.from) / (range.to - range.from)) * width;
    const bottom = 16 + this.rows * row;
    const exits = apart(within(history.exits, range.from - 1, range.to), (e) => x(e.at), NEAR);
    const events = apart(within(history.events, range.from - 1, range.to), (e) => x(e.at), NEAR);
    const devices = apart(this.devicesIn(range), (e) => x(e.at), NEAR);
    const label = grouped(tick);
    const wide = label.length * 6 + 10;
    const tag = Math.max(0, Math.min(width - wide, x(tick) - wide / 2));
    return svg`<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="stroke" x1=".5" x2=".5" y1="0" y2="6"/></pattern></defs>
      ${roundTicks(range, Math.max(2, width / 90)).map(
        (t) => svg`<line class="grid" x1=${x(t)} x2=${x(t)} y1="16" y2=${bottom}/>
        ${Math.abs(x(t) - x(tick)) < wide / 2 + 14 ? nothing : svg`<text x=${x(t)} y="12" text-anchor=${x(t) < 12 ? 'start' : x(t) > width - 16 ? 'end' : 'middle'}>${grouped(t)}</text>`}`,
      )}
      ${Array.from({ length: this.rows - 1 }, (_, i) => i + 1).map((i) => svg`<line class="row" x1="0" x2="100%" y1=${15.5 + i * row} y2=${15.5 + i * row}/>`)}
      ${history.spans(range.from, Math.min(range.to, end)).flatMap((s) => this.span(s, x))}
      ${flags(exits, { x, y: 13 + row, tall: row, tick, name: (e) => String(e.reason) })}
      ${flags(events, { x, y: 18 + 2 * row, tall: row - 3, tick, name: eventName })}
      ${this.hasDevices ? flags(devices, { x, y: 18 + 3 * row, tall: row - 3, tick, name: (d) => d.name }) : nothing}
      ${end < range.to ? svg`<line class="end" x1=${x(end)} x2=${x(end)} y1="16" y2=${bottom}/>` : nothing}
      <line class="now" x1=${x(tick)} x2=${x(tick)} y1="15" y2=${bottom}/>
      <rect class="tag" x=${tag} width=${wide} y="1" height="14"/><text class="tag-text" x=${tag + wide / 2} y="12" text-anchor="middle">${label}</text>`;
  }

  /** What devices did, one mark for each instant. */
  private devicesIn({ from, to }: Range): { readonly at: number; readonly name: string }[] {
    const { history } = this.state;
    const marks = new Map<number, Set<string>>();
    const note = (at: number, name: string): void => void marks.set(at, (marks.get(at) ?? new Set()).add(name));
    for (const { at, operation } of within(history.queues, from - 1, to)) note(at, this.t(`time.device.${operation}`));
    for (const { at, reason } of within(history.statuses, from - 1, to))
      note(at, this.t(reason ? 'time.device.broken' : 'time.device.status'));
    return [...marks].map(([at, names]) => ({ at, name: [...names].join(' ') })).sort((a, b) => a.at - b.at);
  }

  /** A span of a world, in two pieces where the present divides it. */
  private span({ from, to, world }: Span, x: (tick: number) => number): SVGTemplateResult[] {
    const { tick } = this;
    const piece = (a: number, b: number): SVGTemplateResult =>
      svg`<rect class="${world} ${a >= tick ? 'future' : ''}" x=${x(a)} width=${Math.max(0, x(b) - x(a))} y="20" height=${this.row - 8} fill=${world === 'root' ? 'url(#hatch)' : 'none'}/>`;
    return from < tick && to > tick ? [piece(from, tick), piece(tick, to)] : [piece(from, to)];
  }

  private table(): TemplateResult {
    const { range, tick } = this;
    const { history } = this.state;
    const rows = [
      ...within(history.transitions, range.from - 1, range.to)
        .filter((t) => t.world === 'guest')
        .map((t) => ({ at: t.at, what: this.t('band.entry'), detail: hexText(t.guestEip) })),
      ...within(history.exits, range.from - 1, range.to).map((e) => ({
        at: e.at,
        what: `${this.t(e.isFailedEntry ? 'band.failed' : 'band.exit')} ${e.reason}`,
        detail: reasonName(e.reason),
      })),
      ...within(history.events, range.from - 1, range.to).map((e) => ({ at: e.at, what: eventName(e), detail: hexText(e.eip) })),
      ...this.devicesIn(range).map((e) => ({ at: e.at, what: this.t('time.devices'), detail: e.name })),
    ].sort((a, b) => a.at - b.at);
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${this.t('time.title')}><table class="records">
      <caption>${this.t('time.table', { from: grouped(range.from), to: grouped(range.to) })}</caption>
      <thead><tr><th scope="col">${this.t('transport.tick')}</th><th scope="col">${this.t('time.what')}</th><th scope="col">${this.t('time.detail')}</th></tr></thead>
      <tbody>${rows.map((r) => html`<tr class=${r.at === tick ? 'here-row' : ''}><th scope="row">${grouped(r.at)}</th><td>${r.what}</td><td>${r.detail}</td></tr>`)}</tbody></table></div>`;
  }

  // Pointer and keys ---------------------------------------------------------------------------------------------------------------------
  private grab(event: PointerEvent, range: Range): void {
    this.dragged = range;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    this.drag(event);
  }

  private drag(event: PointerEvent): void {
    if (!this.dragged) return;
    const { from, to } = this.dragged;
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    void this.session.seek(Math.min(this.end, Math.round(from + share * (to - from))));
  }

  private release(): void {
    this.dragged = null;
    this.requestUpdate();
  }

  private wheel(event: WheelEvent): void {
    // A sideways wheel, or a pinch's, is not meant for time.
    if (event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.deltaY === 0) return;
    event.preventDefault();
    const box = (event.currentTarget as Element).getBoundingClientRect();
    this.zoom(event.deltaY > 0 ? Math.SQRT2 : Math.SQRT1_2, (event.clientX - box.left) / box.width);
  }

  private press(event: KeyboardEvent): void {
    const page = clampSpan((this.range.to - this.range.from) / 4);
    const goals: Readonly<Record<string, number>> = { PageUp: this.tick + page, PageDown: this.tick - page, Home: 0, End: this.end };
    const goal = goals[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    void this.session.seek(Math.max(0, Math.min(this.end, goal)));
  }
}

/** How marks are drawn: where, how tall, and what they say where there is room. */
interface Flags<T> {
  readonly x: (tick: number) => number;
  readonly y: number;
  readonly tall: number;
  readonly tick: number;
  readonly name: (item: T) => string;
}

function flags<T extends { readonly at: number }>(items: readonly T[], { x, y, tall, tick, name }: Flags<T>): SVGTemplateResult[] {
  return items.map((item, i) => {
    const place = x(item.at);
    const next = items[i + 1];
    const hasRoom = next === undefined || x(next.at) - place >= Math.max(LABEL, LETTER * name(item).length + 6);
    return svg`<g class="flag ${item.at > tick ? 'later' : ''} ${item.at === tick ? 'hot' : ''}"><line class="mark" x1=${place} x2=${place} y1=${y} y2=${y + tall}/>${hasRoom ? svg`<text x=${place + 4} y=${y + tall - 4}>${name(item)}</text>` : nothing}</g>`;
  });
}

function eventName({ vector, type }: EventRecord): string {
  const exception = type === 3 || type === 5 || type === 6 ? EXCEPTIONS.find((e) => e.vector === vector) : undefined;
  return exception?.mnemonic ?? hexText(vector, 2);
}

customElements.define('gv-timeline', TimelinePanel);

import { html, nothing, svg, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import type { MapView, WalkContext } from '../../api/protocol.ts';
import { lensTo } from '../lens-to.ts';
import { Panel } from '../panel.ts';
import { grouped, isReadable, reachedBy } from '../reading.ts';
import type { Session } from '../session.ts';
import type { Scene } from '../scenes.ts';
import type { State } from '../store.ts';
import { CHOICES, RECORDS, SHARED } from '../theme/shared.ts';
import { sizeText } from '../widgets/bands.ts';
import type { Range } from '../widgets/scale.ts';
import { rove } from '../widgets/roving.ts';
import { twinButton } from '../widgets/table-twin.ts';
import { type Changes, changesOf, NO_CHANGES } from './map-changes.ts';
import { type Extent, EXTENTS, type Place, placeOf, type Strip, stripsOf } from './map-layout.ts';
import { barOf, groundOf, idOf, type MapDrawing, marksOf } from './map-picture.ts';
import { freshOf } from './map-ribbons.ts';
import { MAP_STYLES } from './map-styles.ts';
import { mapTable } from './map-table.ts';
import { spanLine } from './map-words.ts';

/** A span that is pointed at: of which bar, and which one there. */
type Spot = NonNullable<MapDrawing['spot']>;

/** A pause in which a reader who steps on and on is not held up by maps. */
const REST_MS = 60;
const PATTERNS = svg`<defs>
  <pattern id="lines" width="4" height="4" patternUnits="userSpaceOnUse"><path d="M0 2h4" stroke-width=".6" /></pattern>
  <pattern id="bars" width="4" height="4" patternUnits="userSpaceOnUse"><path d="M2 0v4" stroke-width=".6" /></pattern>
  <pattern id="grid" width="5" height="5" patternUnits="userSpaceOnUse"><path d="M0 2.5h5M2.5 0v5" stroke-width=".5" /></pattern>
  <pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse"><circle cx="2.5" cy="2.5" r=".7" /></pattern>
  <pattern id="slant" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><path d="M0 3h6" stroke-width="1" /></pattern>
  <pattern id="root" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 3h6" stroke-width="1" /></pattern>
  <pattern id="mixed" width="3" height="3" patternUnits="userSpaceOnUse"><path d="M0 1.5h3" stroke-width=".4" /></pattern>
</defs>`;

/** Address spaces side by side: what lies where in each, and which runs of one lead to which of the next. */
export class MapPanel extends Panel {
  static override properties = {
    ...Panel.properties,
    ...{ session: { attribute: false }, map: { state: true }, size: { state: true }, extent: { state: true } },
    ...{ side: { state: true }, chosen: { state: true }, pointed: { state: true } },
  };
  declare session: Session;
  declare private map: MapView | null;
  declare private size: { readonly width: number; readonly height: number };
  declare private extent: Extent;
  /** Whose linear addresses. */
  declare private side: WalkContext;
  /** By keyboard or click; and under the pointer. */
  declare private chosen: Spot | null;
  declare private pointed: Spot | null;
  private changes: Changes = NO_CHANGES;
  /** What the map was asked about, and the tick that it shows. */
  private asked = '';
  private tick = -1;
  private isAsking = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly windows = new Map<string, Range>();
  private strips: readonly Strip[] = [];
  /** Pixels of a unit of the drawing, which grows with the type. */
  private unit = 1;
  private readonly resize = new ResizeObserver(([entry]) => {
    const { width, height } = entry.contentRect;
    this.unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    this.size = { width: Math.floor(width / this.unit), height: Math.floor(height / this.unit) };
  });

  static override styles = [SHARED, CHOICES, RECORDS, MAP_STYLES];

  constructor() {
    super();
    this.map = null;
    this.size = { width: 0, height: 0 };
    this.extent = null;
    this.side = 'guest';
    this.chosen = null;
    this.pointed = null;
  }

  protected inputs({ frame, view, walk, guestId }: State): readonly unknown[] {
    return [frame?.serial, view.lens, view.isTable, view.pins, walk, guestId];
  }

  override firstUpdated(): void {
    this.resize.observe(this.renderRoot.querySelector('.place') as Element);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  override willUpdate(): void {
    const { frame } = this.state;
    if (!frame || !isReadable(frame) || this.asked === this.question) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), this.map ? REST_MS : 0);
  }

  private get question(): string {
    return `${this.state.frame?.serial} ${this.side}`;
  }

  /** One question at a time; behind it the latest. */
  private async ask(): Promise<void> {
    if (this.isAsking || this.asked === this.question) return;
    const { side, question } = this;
    const tick = this.state.frame?.tick ?? -1;
    this.isAsking = true;
    const map = await this.session.ask((host) => host.map(side));
    this.isAsking = false;
    this.asked = question;
    if (map) this.take(map, tick);
    if (this.asked !== this.question && this.isConnected) this.requestUpdate();
  }

  private take(map: MapView, tick: number): void {
    const { map: before } = this;
    const isSame = before?.context === map.context && this.tick >= 0;
    if (!isSame || tick !== this.tick) this.changes = isSame && before ? changesOf(before.links, map.links) : NO_CHANGES;
    this.tick = tick;
    this.map = map;
  }

  override render(): TemplateResult {
    const { map } = this;
    const { isTable } = this.state.view;
    const isEmpty = map !== null && map.links.length === 0;
    const drawing = map && !isEmpty ? this.drawing(map) : null;
    this.strips = drawing?.strips ?? [];
    return html`${this.head(map)}
      <div class="place ${isTable ? 'list' : ''}" role=${isTable ? 'group' : nothing} tabindex=${isTable ? 0 : nothing} aria-label=${isTable ? this.t('map.picture') : nothing}>${isEmpty ? html`<p>${this.t('map.empty')}</p>` : nothing}${drawing && map ? (isTable ? mapTable(map, drawing.lens, drawing.t) : this.picture(drawing)) : nothing}</div>
      ${this.foot(map, drawing)}`;
  }

  private drawing(view: MapView): MapDrawing {
    const { width, height } = this.size;
    const { lens, refusal } = this.lensIn(view);
    const { pins } = this.state.view;
    const strips = stripsOf(view, {
      width,
      height,
      extent: this.extent,
      focus: placeOf(view, 'v', this.state.view.lens.linear),
      windows: this.windows,
    });
    return {
      ...{ view, strips, width, extent: this.extent, changes: this.changes, lens, refusal, spot: this.pointed ?? this.chosen },
      pins: pins.map((pin) => (pin === null ? null : placeOf(view, 'v', pin))),
      t: (key, values) => this.t(key, values),
    };
  }

  /** Where the lens's access goes in the bars; where it is refused, at which entry. Of another context, the linear address alone. */
  private lensIn(view: MapView): { readonly lens: Place; readonly refusal: string } {
    const { walk, view: look } = this.state;
    const { linear, context } = look.lens;
    const isOwn = !view.hasGuest || context === view.context;
    if (!isOwn) return { lens: {}, refusal: '' };
    const place = placeOf(view, 'v', linear);
    if (!walk || walk.linear !== linear) return { lens: place, refusal: '' };
    const host = reachedBy(walk);
    if (host !== null) return { lens: { ...place, h: host }, refusal: '' };
    const { h: _, ...reached } = place;
    const at = walk.references.find(({ number }) => number === walk.missing?.reference);
    const entry = at ? `${at.dimension === 'ept' ? at.level : at.entry}[${at.index}]` : '';
    return { lens: reached, refusal: walk.missing ? `${entry} ${walk.missing.bit.replace('/', '')}=${walk.missing.value}` : entry };
  }

  private head(map: MapView | null): TemplateResult {
    const name = (extent: Extent): string => (extent === null ? this.t('map.log') : this.sizeOf(extent));
    const title = (extent: Extent): string =>
      extent === null ? this.t('map.logTitle') : this.t('map.linearTitle', { size: this.sizeOf(extent) });
    return html`<div class="head">${map?.hasGuest ? this.sides() : nothing}<span class="space"></span>
      <span class="note name">${this.t('map.scale')}</span><div class="ruler" role="radiogroup" aria-label=${this.t('map.scale')} @keydown=${rove}>${EXTENTS.map(
        (extent) =>
          html`<button role="radio" aria-checked=${extent === this.extent} tabindex=${extent === this.extent ? 0 : -1} title=${title(extent)} @click=${() => {
            this.extent = extent;
            this.chosen = null;
          }}>${name(extent)}</button>`,
      )}</div></div>`;
  }

  private sides(): TemplateResult {
    return html`<div class="tabs" role="radiogroup" aria-label=${this.t('walk.context')} @keydown=${rove}>${(
      ['guest', 'current'] as const
    ).map(
      (side) =>
        html`<button role="radio" aria-checked=${side === this.side} tabindex=${side === this.side ? 0 : -1} @click=${() => {
          this.side = side;
        }}>${this.t(`walk.${side}`)}</button>`,
    )}</div>`;
  }

  private picture(drawing: MapDrawing): TemplateResult {
    const { width, height } = this.size;
    const active =
      this.chosen && drawing.strips.some(({ bar }) => bar.id === this.chosen?.bar) ? idOf(this.chosen.bar, this.chosen.index) : nothing;
    return html`<svg class=${this.state.frame?.running ? 'still' : ''} width=${width * this.unit} height=${height * this.unit} viewBox="0 0 ${Math.max(1, width)} ${Math.max(1, height)}"
      @pointermove=${(e: Event) => this.point(e)} @pointerleave=${() => {
        this.pointed = null;
      }} @click=${(e: Event) => this.choose(e)}>${PATTERNS}
      ${groundOf(drawing)}${keyed(this.changes, freshOf(drawing))}
      ${svg`<g class="list-box" role="listbox" tabindex="0" aria-label=${this.t('map.picture')} aria-activedescendant=${active} @keydown=${(e: KeyboardEvent) => this.press(e)} @focus=${() => this.enter()}>${drawing.strips.map((strip) => barOf(drawing, strip))}</g>`}
      ${marksOf(drawing)}</svg>`;
  }

  private foot(map: MapView | null, drawing: MapDrawing | null): TemplateResult {
    const spot = this.pointed ?? this.chosen;
    const strip = drawing?.strips.find(({ bar }) => bar.id === spot?.bar);
    const span = spot && strip?.spans[spot.index];
    const line = map && strip && span ? spanLine(map, strip.bar, span, (key, values) => this.t(key, values)) : this.summary(map);
    return html`<div class="foot"><span class="line ${span ? '' : 'short'}">${line}</span>
      ${this.chosen && span && !this.state.view.isTable ? this.actions() : nothing}${twinButton(this.session)}</div>`;
  }

  private summary(map: MapView | null): TemplateResult | typeof nothing {
    if (!map) return nothing;
    const shared = map.bars.flatMap(({ space, regions }) => (space === 'h' ? regions : [])).filter(({ holder }) => holder === 'shared');
    const frames = shared.reduce((sum, { size }) => sum + size, 0) / 4096;
    const fresh = this.changes.fresh.reduce((sum, { size }) => sum + size, 0);
    const parts = [
      this.t('map.summary', { n: grouped(map.links.length) }),
      frames > 0 ? this.t('map.shared', { n: grouped(frames) }) : '',
      fresh > 0 ? this.t('map.fresh', { size: this.sizeOf(fresh) }) : '',
      this.changes.gone > 0 ? this.t('map.gone', { size: this.sizeOf(this.changes.gone) }) : '',
      map.isCut ? this.t('map.more') : '',
    ];
    return html`${parts.filter(Boolean).join(' · ')}<span class="legend"><i class="dirty"></i>${this.t('map.dirty')}</span><span class="legend"><i></i>${this.t('map.accessed')}</span>`;
  }

  private sizeOf(bytes: number): string {
    return sizeText(bytes, (key, values) => this.t(key, values));
  }

  private actions(): TemplateResult {
    const button = (key: 'map.lensHere' | 'map.walkHere' | 'map.bytesHere', keys: string, scene: Scene | null): TemplateResult =>
      html`<button class="link" @click=${() => this.go(scene)}>${this.t(key)} <kbd>${keys}</kbd></button>`;
    return html`${button('map.lensHere', '⏎', null)}${button('map.walkHere', '⇧⏎', 'walk')}${button('map.bytesHere', '⌃⏎', 'memory')}`;
  }

  // Pointing -------------------------------------------------------------------------------------------------------------------------------
  private point(event: Event): void {
    const spot = spotOf(event);
    if (spot?.bar !== this.pointed?.bar || spot?.index !== this.pointed?.index) this.pointed = spot;
  }

  private choose(event: Event): void {
    const spot = spotOf(event);
    if (!spot) return;
    this.chosen = spot;
    void this.go(null);
  }

  /** The keyboard begins where the lens is. */
  private enter(): void {
    if (this.chosen) return;
    const [strip] = this.strips;
    if (strip) this.chosen = { bar: strip.bar.id, index: nearest(strip, strip.scale.y(this.state.view.lens.linear)) };
  }

  private press(event: KeyboardEvent): void {
    const { chosen, strips } = this;
    const at = strips.findIndex(({ bar }) => bar.id === chosen?.bar);
    if (at < 0 || !chosen || event.altKey || event.metaKey) return;
    if (event.key === 'Enter') void this.go(event.shiftKey ? 'walk' : event.ctrlKey ? 'memory' : null);
    else if (event.shiftKey || event.ctrlKey) return;
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp')
      this.move(strips[at], chosen.index + (event.key === 'ArrowDown' ? 1 : -1));
    else if (event.key === 'Home' || event.key === 'End') this.move(strips[at], event.key === 'Home' ? 0 : strips[at].spans.length - 1);
    else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft')
      this.cross(strips[at], strips[at + (event.key === 'ArrowRight' ? 1 : -1)], chosen.index);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private move({ bar, spans }: Strip, index: number): void {
    this.chosen = { bar: bar.id, index: Math.max(0, Math.min(spans.length - 1, index)) };
  }

  /** To the bar beside it: where the ribbon leads, or what leads here; else straight across. */
  private cross(from: Strip, to: Strip | undefined, index: number): void {
    const span = from.spans[index];
    if (!to || !span || to.spans.length === 0) return;
    const [{ start, link }] = span.cells;
    const incoming = this.map?.links.find(
      (l) => l.from === to.bar.id && l.to === from.bar.id && l.target !== null && start >= l.target && start < l.target + l.size,
    );
    const address =
      link?.to === to.bar.id && link.target !== null
        ? link.target + start - link.start
        : incoming
          ? incoming.start + start - (incoming.target ?? 0)
          : null;
    const y = address === null ? span.top + span.height / 2 : to.scale.y(address) + 0.5;
    this.move(to, nearest(to, y));
  }

  /** Puts the lens on what is chosen, and shows it there. */
  private async go(scene: Scene | null): Promise<void> {
    const { chosen, session, map } = this;
    const strip = this.strips.find(({ bar }) => bar.id === chosen?.bar);
    const span = chosen && strip?.spans[chosen.index];
    if (!span || !strip || !map || strip.bar.space === 'io') return;
    const { space, number } = strip.bar;
    const context = map.hasGuest ? map.context : 'current';
    const isThere = await lensTo(session, { space, address: span.start, vm: number, context });
    if (isThere && scene) session.store.look({ scene });
  }
}

function spotOf(event: Event): Spot | null {
  const cell = event.composedPath().find((t): t is SVGElement => t instanceof SVGElement && 'index' in t.dataset);
  return cell ? { bar: cell.dataset['bar'] ?? '', index: Number(cell.dataset['index']) } : null;
}

/** Place of the span that is nearest to `y`. */
function nearest({ spans }: Strip, y: number): number {
  const away = spans.map(({ top, height }) => Math.max(top - y, y - top - height, 0));
  return Math.max(0, away.indexOf(Math.min(...away)));
}

customElements.define('gv-map', MapPanel);

import { css, html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { MappingRange } from '../../api/protocol.ts';
import { Panel } from '../panel.ts';
import { grouped, isReadable } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { RECORDS, SHARED } from '../theme/shared.ts';
import { address, hexText } from '../widgets/number.ts';
import { type Band, bandsOf, sizeText } from '../widgets/bands.ts';
import { twinButton } from '../widgets/table-twin.ts';

/** Ranges drawn at most; the table has them all. */
const SHOWN = 24;
/** In units of the drawing, pixels where the root's type is of 16: of a bar, above the bars, and between two ranges. */
const BAR = 92;
/** On a phone: room for addresses without their zeros, and for the rights between. */
const NARROW = 420;
const NARROW_BAR = 68;
const TOP = 26;
const SPACES = { linear: 'v', physical: 'g', host: 'h' } as const;
type Side = keyof typeof SPACES;

/** Linear -> guest-physical -> host memory: a bar for each space, a ribbon for each range; the same as a table. Ranges are in order of address, not to scale. */
export class MapPanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, ranges: { state: true }, size: { state: true } };
  declare session: Session;
  declare private ranges: readonly MappingRange[];
  declare private size: { readonly width: number; readonly height: number };
  private asked = '';
  /** Pixels of a unit of the drawing, which grows with the type. */
  private unit = 1;
  private bar = BAR;
  private readonly resize = new ResizeObserver(([entry]) => {
    const { width, height } = entry.contentRect;
    this.unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    this.size = { width: Math.floor(width / this.unit), height: Math.floor(height / this.unit) };
  });

  static override styles = [
    SHARED,
    RECORDS,
    css`
      :host { display: flex; flex-direction: column; min-height: 16rem; flex: 1; }
      .place { flex: 1; min-height: 0; overflow: auto; position: relative; }
      svg { position: absolute; display: block; }
      text { font: 400 11px var(--gv-mono); fill: var(--ink2); }
      text.title { font: 600 12.5px var(--gv-sans); fill: var(--gv-fg); }
      text.v { fill: var(--gv-gva); } text.g { fill: var(--gv-gpa); } text.h { fill: var(--gv-hpa); }
      .bar.v { fill: var(--gv-gva-t); stroke: var(--gv-gva); }
      .bar.g { fill: var(--gv-gpa-t); stroke: var(--gv-gpa); }
      .bar.h { fill: var(--gv-hpa-t); stroke: var(--gv-hpa); }
      .ribbon { fill: var(--rule2); stroke: var(--rule); }
      .under { stroke-width: 2; }
      .ribbon.under { fill: var(--now-t); stroke: var(--gv-now); stroke-width: 1; }
      .broken { fill: none; stroke: var(--rule-strong); stroke-dasharray: 3 3; }
      .records :is(th, td) { padding-right: var(--s4); }
      .foot { border-top: 1px solid var(--rule); min-height: 1.75rem; align-content: center; flex: none; display: flex; align-items: center; }
      p { font: 400 var(--t-lead)/1.42 var(--gv-serif); padding: var(--s6) 0; }
    `,
  ];

  constructor() {
    super();
    this.ranges = [];
    this.size = { width: 0, height: 0 };
  }

  protected inputs({ frame, view }: State): readonly unknown[] {
    return [frame?.serial, view.lens, view.isTable];
  }

  override willUpdate(): void {
    const { frame, view } = this.state;
    if (!frame || !isReadable(frame)) return;
    const { context } = view.lens;
    const question = `${frame.serial} ${context}`;
    if (question === this.asked) return;
    this.asked = question;
    void this.session
      .ask((host) => host.mappings(context))
      .then((ranges) => {
        if (ranges && question === this.asked) this.ranges = ranges;
      });
  }

  override firstUpdated(): void {
    this.resize.observe(this.renderRoot.querySelector('.place') as Element);
  }

  override render(): TemplateResult {
    const { isTable } = this.state.view;
    const more = this.ranges.at(-1)?.isCut ? this.t('map.more') : '';
    return html`<div class="place">${this.ranges.length === 0 ? html`<p>${this.t('map.empty')}</p>` : isTable ? this.table() : this.picture()}</div>
      <div class="foot note"><span>${this.t('map.ranges', { n: grouped(this.ranges.length) })} ${more}</span><span class="space"></span>
        ${twinButton(this.session)}</div>`;
  }

  private picture(): TemplateResult {
    const { width, height } = this.size;
    const ranges = this.ranges.slice(0, SHOWN);
    const sides: Side[] = ranges.some((r) => r.ept) ? ['linear', 'physical', 'host'] : ['linear', 'host'];
    const tall = Math.max(height, TOP + ranges.length * 24);
    this.bar = width < NARROW ? NARROW_BAR : BAR;
    const step = sides.length > 1 ? (width - this.bar - 2) / (sides.length - 1) : 0;
    const columns = sides.map((side, i) => ({
      side,
      x: 1 + i * step,
      bands: bandsOf(ranges, (r) => r[side], { top: TOP, height: tall - TOP - 8 }),
    }));
    return html`<svg width=${width * this.unit} height=${tall * this.unit} viewBox="0 0 ${width} ${tall}" role="img" aria-label=${this.t('map.ranges', { n: ranges.length })}>
      ${columns.map(({ side, x }) => svg`<text class="title" x=${x + this.bar / 2} y="16" text-anchor="middle">${this.t(`map.${side}`)}</text>`)}
      ${columns.slice(1).map((to, i) => ranges.map((r) => this.ribbon(r, columns[i], to)))}
      ${columns.slice(1).map((to, i) => ranges.map((r) => this.rights(r, columns[i], to)))}
      ${columns.map(({ side, x, bands }) => ranges.map((r) => this.band(r, bands.get(r), side, x)))}
    </svg>`;
  }

  private band(range: MappingRange, band: Band | undefined, side: Side, x: number): SVGTemplateResult | typeof nothing {
    if (!band) return nothing;
    const space = SPACES[side];
    const middle = band.top + band.height / 2 + 4;
    const isTall = band.height > 30;
    return svg`<rect class="bar ${space} ${this.isUnder(range) ? 'under' : ''}" x=${x} y=${band.top} width=${this.bar} height=${band.height} />
      <text class=${space} x=${x + this.bar / 2} y=${isTall ? middle - 7 : middle} text-anchor="middle">${space}:${this.bar === BAR ? hexText(band.start) : band.start.toString(16).toUpperCase()}</text>
      ${isTall ? svg`<text x=${x + this.bar / 2} y=${middle + 8} text-anchor="middle">${sizeText(range.size)}</text>` : nothing}`;
  }

  /** From a range in one space to where it goes in the next: broken where it goes nowhere. */
  private ribbon(range: MappingRange, from: Column, to: Column): SVGTemplateResult | typeof nothing {
    const a = from.bands.get(range);
    const b = to.bands.get(range);
    if (!a) return nothing;
    const left = from.x + this.bar;
    const middle = (left + to.x) / 2;
    if (!b)
      return svg`<path class="broken" d="M${left} ${a.top + a.height / 2}H${middle - 12}" /><text x=${middle - 6} y=${a.top + a.height / 2 + 4}>✕</text>`;
    const d = `M${left} ${a.top}C${middle} ${a.top} ${middle} ${b.top} ${to.x} ${b.top}V${b.top + b.height}C${middle} ${b.top + b.height} ${middle} ${a.top + a.height} ${left} ${a.top + a.height}z`;
    return svg`<path class="ribbon ${this.isUnder(range) ? 'under' : ''}" d=${d} />`;
  }

  /** What may be done with the range, on its ribbon. */
  private rights(range: MappingRange, from: Column, to: Column): SVGTemplateResult | typeof nothing {
    const [a, b] = [from.bands.get(range), to.bands.get(range)];
    if (!a || !b) return nothing;
    const text = to.side === 'physical' || !range.ept ? guestRights(range) : eptRights(range);
    return svg`<text x=${(from.x + this.bar + to.x) / 2} y=${(a.top + a.height / 2 + b.top + b.height / 2) / 2 + 4} text-anchor="middle">${text}</text>`;
  }

  private table(): TemplateResult {
    const heads = (['linear', 'physical', 'host', 'size', 'page', 'rights'] as const).map(
      (k) => html`<th scope="col">${this.t(`map.${k}`)}</th>`,
    );
    return html`<table class="records">
      <thead><tr>${heads}</tr></thead>
      <tbody>${this.ranges.map(
        (r) =>
          html`<tr class=${this.isUnder(r) ? 'here-row' : ''}><td>${r.linear === null ? '' : address('v', r.linear)}</td><td>${r.ept ? address('g', r.physical) : ''}</td><td>${r.host === null ? '✕' : address('h', r.host)}${r.target && r.target !== 'ram' ? html` <span class="note">${this.t(`lens.${r.target}`)}</span>` : nothing}</td><td>${sizeText(r.size)}</td><td>${r.pageSize ? sizeText(r.pageSize) : ''}</td><td>${[guestRights(r), eptRights(r)].filter(Boolean).join(' · ')}</td></tr>`,
      )}</tbody></table>`;
  }

  /** The lens stands in this range. */
  private isUnder(range: MappingRange): boolean {
    const { linear } = this.state.view.lens;
    return range.linear !== null && linear >= range.linear && linear < range.linear + range.size;
  }
}

interface Column {
  readonly side: Side;
  readonly x: number;
  readonly bands: ReadonlyMap<MappingRange, Band>;
}

function guestRights({ guest }: MappingRange): string {
  return guest ? `${guest.isWritable ? 'RW' : 'R'} ${guest.isUser ? 'U' : 'S'}${guest.isGlobal ? ' G' : ''}` : '';
}

function eptRights({ ept }: MappingRange): string {
  return ept ? `EPT ${ept.R ? 'R' : '-'}${ept.W ? 'W' : '-'}${ept.X ? 'X' : '-'}${ept.isMisconfigured ? ' ✕' : ''}` : '';
}

customElements.define('gv-map', MapPanel);

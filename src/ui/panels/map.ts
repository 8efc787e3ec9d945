import { css, html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { MappingRange } from '../../api/protocol.ts';
import { Panel } from '../panel.ts';
import type { Session } from '../session.ts';
import { isReadable } from '../reading.ts';
import type { State } from '../store.ts';
import { RECORDS, SHARED } from '../theme/shared.ts';
import { address, hexText } from '../widgets/number.ts';

const HEIGHT = 420;
const WIDTH = 600;
const BARS = [40, 265, 490] as const;
const BAR = 70;
/** A page must stay visible beside 4 GiB. */
const LEAST = 5;

/** Linear -> guest-physical -> host memory: three bars, a ribbon for each range, and the same as a table. Ranges are drawn in order, not to scale. */
export class MapPanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, ranges: { state: true } };
  declare session: Session;
  declare private ranges: readonly MappingRange[];
  private asked = '';

  static override styles = [
    SHARED,
    RECORDS,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; flex: 1; }
      .split { flex: 1; min-height: 0; overflow: auto; display: grid; grid-template-columns: minmax(16rem, 2fr) minmax(19rem, 3fr); gap: var(--s6); padding-top: var(--s3); align-items: start; }
      svg { width: 100%; height: auto; }
      text { font: 400 13px var(--gv-mono); fill: var(--ink2); }
      text.title { font: 600 15px var(--gv-sans); fill: var(--gv-fg); }
      .v { fill: var(--gv-gva-t); stroke: var(--gv-gva); }
      .g { fill: var(--gv-gpa-t); stroke: var(--gv-gpa); }
      .h { fill: var(--gv-hpa-t); stroke: var(--gv-hpa); }
      .ribbon { fill: var(--rule2); stroke: var(--rule); }
      .lens { stroke-width: 2.5; }
      .ribbon.lens { fill: var(--now-t); stroke: var(--gv-now); stroke-width: 1; }
      .records :is(th, td) { padding-right: var(--s3); }
      .foot { border-top: 1px solid var(--rule); min-height: 1.75rem; align-content: center; flex: none; }
      @media (max-width: 900px) { .split { grid-template-columns: minmax(0, 1fr); } .wide { overflow-x: auto; } }
    `,
  ];

  constructor() {
    super();
    this.ranges = [];
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

  override render(): TemplateResult {
    if (this.ranges.length === 0) return html`<p class="note">${this.t('map.empty')}</p>`;
    return html`<div class="split">${this.picture()}<div class="wide">${this.table()}</div></div>
      <div class="foot note">${this.t('map.ranges', { n: this.ranges.length })}</div>`;
  }

  private picture(): TemplateResult {
    const ranges = this.ranges.slice(0, 24);
    const place = (of: (r: MappingRange) => number | null): Map<MappingRange, Band> => bands(ranges, of);
    const columns = [place((r) => r.linear), place((r) => r.physical), place((r) => r.host)];
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT + 40}" aria-hidden="true">
      ${(['linear', 'physical', 'host'] as const).map((k, i) => svg`<text class="title" x=${BARS[i] + BAR / 2} y="16" text-anchor="middle">${this.t(`map.${k}`)}</text>`)}
      ${ranges.map((r) => svg`${this.ribbon(r, columns, 0)}${this.ribbon(r, columns, 1)}`)}
      ${(['v', 'g', 'h'] as const).map((space, i) => ranges.map((r) => this.band(r, columns[i].get(r), space, BARS[i])))}
    </svg>`;
  }

  private band(range: MappingRange, band: Band | undefined, space: string, x: number): SVGTemplateResult | typeof nothing {
    if (!band) return nothing;
    return svg`<rect class="${space} ${this.isLens(range) ? 'lens' : ''}" x=${x} y=${band.top} width=${BAR} height=${band.height} />
      ${band.height > 13 ? svg`<text x=${x + BAR / 2} y=${band.top + band.height / 2 + 5} text-anchor="middle">${band.start.toString(16).toUpperCase()}</text>` : nothing}`;
  }

  private ribbon(range: MappingRange, columns: Map<MappingRange, Band>[], i: 0 | 1): SVGTemplateResult | typeof nothing {
    const from = columns[i].get(range);
    const to = columns[i + 1].get(range);
    if (!from || !to) return nothing;
    const [a, b] = [BARS[i] + BAR, BARS[i + 1]];
    const mid = (a + b) / 2;
    const d = `M${a} ${from.top}C${mid} ${from.top} ${mid} ${to.top} ${b} ${to.top}V${to.top + to.height}C${mid} ${to.top + to.height} ${mid} ${from.top + from.height} ${a} ${from.top + from.height}z`;
    return svg`<path class="ribbon ${this.isLens(range) ? 'lens' : ''}" d=${d} />`;
  }

  private table(): TemplateResult {
    return html`<table class="records">
      <thead><tr><th>${this.t('map.linear')}</th><th>${this.t('map.physical')}</th><th>${this.t('map.host')}</th><th>${this.t('map.size')}</th><th>${this.t('map.rights')}</th></tr></thead>
      <tbody>${this.ranges.map(
        (r) =>
          html`<tr class=${this.isLens(r) ? 'here-row' : ''}><td>${r.linear === null ? '' : address('v', r.linear)}</td><td>${address('g', r.physical)}</td><td>${r.host === null ? '✕' : address('h', r.host)}</td><td>${size(r.size)}${r.pageSize ? html` <span class="note">/ ${size(r.pageSize)}</span>` : nothing}</td><td>${rights(r)}</td></tr>`,
      )}</tbody></table>`;
  }

  private isLens(range: MappingRange): boolean {
    const { linear } = this.state.view.lens;
    return range.linear !== null && linear >= range.linear && linear < range.linear + range.size;
  }
}

interface Band {
  readonly start: number;
  readonly top: number;
  readonly height: number;
}

/** Stacks the ranges of one space in address order; heights grow with the logarithm of the size, so that a page and a gigabyte fit one picture. */
function bands(ranges: readonly MappingRange[], of: (r: MappingRange) => number | null): Map<MappingRange, Band> {
  const placed = ranges.flatMap((range) => {
    const start = of(range);
    return start === null ? [] : [{ range, start, weight: 1 + Math.log2(range.size / 4096) }];
  });
  placed.sort((a, b) => a.start - b.start);
  const total = placed.reduce((sum, p) => sum + p.weight, 0);
  const gap = 6;
  const scale = Math.max(0, HEIGHT - placed.length * (LEAST + gap)) / total;
  const result = new Map<MappingRange, Band>();
  let top = 30;
  for (const { range, start, weight } of placed) {
    const height = LEAST + Math.min(weight * scale, 90);
    result.set(range, { start, top, height });
    top += height + gap;
  }
  return result;
}

function rights(range: MappingRange): string {
  const guest = range.guest
    ? `${range.guest.isWritable ? 'RW' : 'R'} ${range.guest.isUser ? 'U' : 'S'}${range.guest.isGlobal ? ' G' : ''}`
    : '';
  const ept = range.ept ? `EPT ${range.ept.R ? 'R' : '-'}${range.ept.W ? 'W' : '-'}${range.ept.X ? 'X' : '-'}` : '';
  return [guest, ept].filter(Boolean).join(' · ');
}

function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && value % 1024 === 0 && unit < 3) {
    value /= 1024;
    unit++;
  }
  return Number.isInteger(value) ? `${value} ${units[unit]}` : hexText(bytes);
}

customElements.define('gv-map', MapPanel);

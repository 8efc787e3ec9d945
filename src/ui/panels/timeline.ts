import { css, html, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import { Panel } from '../panel.ts';
import { exitsOf, spansOf } from '../reading.ts';
import type { Session } from '../session.ts';
import { SHARED } from '../theme/shared.ts';

const STEPS = [1, 2, 5];
/** Marks drawn on a track at most: beyond, they would be one grey bar. */
const MARKS = 400;

/** Time from left to right: which world ran, each exit, each event through the IDT; the needle is now. A click or drag goes there. */
export class TimelinePanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false } };
  declare session: Session;

  static override styles = [
    SHARED,
    css`
      :host { display: grid; grid-template-columns: 4.5rem minmax(0, 1fr); align-content: start; }
      .labels { display: flex; flex-direction: column; font-size: var(--t-small); color: var(--ink2); }
      .labels span { height: 18px; line-height: 18px; }
      .tracks { position: relative; touch-action: none; cursor: pointer; }
      svg { display: block; width: 100%; height: 72px; overflow: visible; }
      text { font: 400 10px var(--gv-mono); fill: var(--ink3); }
      .grid { stroke: var(--rule); }
      .row { stroke: var(--rule2); }
      .guest { fill: var(--gv-bg); stroke: var(--rule-strong); }
      .root { stroke: var(--gv-fg); }
      .hatching { stroke: var(--gv-fg); stroke-opacity: .42; }
      .mark { stroke: var(--gv-fg); stroke-width: 1.2; }
      .mark.event { stroke: var(--ink2); }
      .future { opacity: .45; }
      .now { stroke: var(--gv-now); stroke-width: 1.5; }
    `,
  ];

  override render(): TemplateResult {
    const { frame, records } = this.state;
    if (!frame) return html``;
    const end = Math.max(frame.endTick, frame.tick, 1);
    const x = (tick: number): string => `${((tick / end) * 100).toFixed(3)}%`;
    const exits = thin(exitsOf(records).map((e) => e.tick + 1));
    const events = thin(records.filter((r) => r.name === 'interrupt').map((r) => r.tick));
    const spans = thin(spansOf(records, end));
    return html`
      <div class="labels"><span>${this.t('transport.tick')}</span><span>${this.t('time.world')}</span><span>${this.t('time.exits')}</span><span>${this.t('time.interrupts')}</span></div>
      <div class="tracks" @pointerdown=${(e: PointerEvent) => this.drag(e, end)} @pointermove=${(e: PointerEvent) => e.buttons && this.drag(e, end)}>
        <svg role="img" aria-label=${this.t('time.table', { from: 0, to: end })}>
          <defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatching" x1=".5" x2=".5" y1="0" y2="6"/></pattern></defs>
          ${ticks(end).map((t) => svg`<line class="grid" x1=${x(t)} x2=${x(t)} y1="14" y2="72"/><text x=${x(t)} y="11" text-anchor=${t === 0 ? 'start' : t > end * 0.97 ? 'end' : 'middle'}>${t.toLocaleString('en').replaceAll(',', ' ')}</text>`)}
          ${[35.5, 53.5].map((y) => svg`<line class="row" x1="0" x2="100%" y1=${y} y2=${y}/>`)}
          ${spans.map((s) => svg`<rect class="${s.world} ${s.from >= frame.tick ? 'future' : ''}" x=${x(s.from)} width=${x(s.to - s.from)} y="22" height="10" fill=${s.world === 'root' ? 'url(#hatch)' : 'none'}/>`)}
          ${exits.map((t) => line(x(t), 38, 52, t > frame.tick ? 'mark future' : 'mark'))}
          ${events.map((t) => line(x(t), 58, 68, t > frame.tick ? 'mark event future' : 'mark event'))}
          <line class="now" x1=${x(frame.tick)} x2=${x(frame.tick)} y1="14" y2="72"/>
        </svg>
      </div>`;
  }

  private drag(event: PointerEvent, end: number): void {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    void this.session.seek(Math.round(share * end));
  }
}

function line(x: string, from: number, to: number, kind: string): SVGTemplateResult {
  return svg`<line class=${kind} x1=${x} x2=${x} y1=${from} y2=${to}/>`;
}

/** Every nth, so that no more than MARKS remain. */
function thin<T>(items: readonly T[]): readonly T[] {
  const step = Math.ceil(items.length / MARKS);
  return step <= 1 ? items : items.filter((_, i) => i % step === 0);
}

/** Round numbers up to `end`, about eight of them. */
function ticks(end: number): number[] {
  const rough = end / 8;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = (STEPS.find((s) => s * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
}

customElements.define('gv-timeline', TimelinePanel);

import { css, html, svg, type TemplateResult } from 'lit';
import { Panel } from '../panel.ts';
import type { Session } from '../session.ts';
import { SHARED } from '../theme/shared.ts';

/** Instructions per second, on a scale that doubles in two or three steps; 0 is as fast as it goes. */
const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 1000, 10_000, 100_000, 1_000_000, 0] as const;
const GRANULARITIES = ['instruction', 'exit'] as const;

const SHAPES = {
  reset: 'M2.5 3.5h1.7v9H2.5zM13 3.5 5.500 8l7.500 4.500z',
  previousExit: 'M8 3.500 1.500 8 8 12.500zM14.500 3.500 8 8l6.500 4.500z',
  back: 'M11.500 3 4 8l7.500 5z',
  step: 'M4.500 3 12 8l-7.500 5z',
  nextExit: 'M8 3.500 14.500 8 8 12.500zM1.500 3.500 8 8 1.500 12.500z',
} as const;

/** Time: backwards on the left, forwards on the right, the tick between them. */
export class TransportPanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false } };
  declare session: Session;

  static override styles = [
    SHARED,
    css`
      :host { border-top: 1px solid var(--gv-fg); }
      .bar { display: flex; align-items: center; flex-wrap: wrap; gap: 0 var(--s6); padding: var(--s1) var(--s4); min-height: 2.375rem; }
      .group { display: flex; align-items: center; gap: var(--s2); }
      .icon { width: 1.75rem; height: 1.75rem; display: grid; place-items: center; border-radius: var(--gv-radius); }
      .icon:hover:not(:disabled) { background: var(--sunk); }
      .icon svg { width: 1rem; height: 1rem; fill: currentColor; }
      .tick { display: flex; align-items: baseline; gap: .4rem; color: var(--ink3); font-size: var(--t-small); }
      .tick input { width: calc(1ch * var(--digits, 4) + 1rem); text-align: center; font: 600 1rem/1.3 var(--gv-mono); color: var(--gv-fg); background: none; border: 0; border-bottom: 1.5px solid var(--gv-now); }
      .run { font-weight: 600; padding: 0 .7rem; height: 1.75rem; min-width: 4.5rem; border: 1px solid var(--gv-fg); border-radius: var(--gv-radius); }
      .scale { display: flex; border-top: 1px solid var(--rule-strong); margin-top: .5rem; }
      .scale button { color: var(--ink3); font-size: var(--t-small); padding: .2rem .6rem 0; min-height: 1.5rem; position: relative; }
      .scale button::before { content: ''; position: absolute; left: 50%; top: 0; height: 5px; border-left: 1px solid var(--rule-strong); }
      .scale [aria-checked='true'] { color: var(--gv-fg); font-weight: 600; }
      .scale [aria-checked='true']::before { width: 8px; height: 8px; border: 0; border-radius: 50%; background: var(--gv-fg); transform: translate(-50%, -50%); }
      input[type='range'] { width: 7rem; accent-color: var(--gv-fg); height: 1.5rem; }
      .speed { min-width: 9.5rem; font-size: var(--t-small); }
      @media (max-width: 700px) { .bar { gap: 0 var(--s3); justify-content: center; } }
    `,
  ];

  /** Puts the keyboard into the tick. */
  override focus(): void {
    const input = this.renderRoot.querySelector<HTMLInputElement>('.tick input');
    input?.focus();
    input?.select();
  }

  override render(): TemplateResult {
    const { frame } = this.state;
    const tick = frame?.tick ?? 0;
    const isRunning = frame?.running ?? false;
    const s = this.session;
    const icon = (
      shape: keyof typeof SHAPES,
      key: string,
      action: () => unknown,
      isOff: boolean,
    ): TemplateResult => html`<button class="icon" ?disabled=${isOff} title="${this.t(`transport.${shape}`)}  ${key}" aria-label=${this.t(`transport.${shape}`)} @click=${action}>
      <svg viewBox="0 0 16 16" aria-hidden="true">${svg`<path d=${SHAPES[shape]} />`}</svg></button>`;
    return html`<div class="bar" role="toolbar" aria-label=${this.t('transport.label')}>
      <div class="group">
        ${icon('reset', 'Shift+R', () => s.reset(), false)}
        ${icon('previousExit', 'Shift+←', () => s.back('exit'), isRunning || tick === 0)}
        ${icon('back', '←', () => s.back(), isRunning || tick === 0)}
        <label class="tick">${this.t('transport.tick')}<input inputmode="numeric" .value=${String(tick)} ?disabled=${isRunning} @focus=${(e: Event) => (e.target as HTMLInputElement).select()} @change=${(e: Event) => this.goTo(e)} /><span>/ ${(frame?.endTick ?? 0).toLocaleString('en').replaceAll(',', ' ')}</span></label>
        ${icon('step', '→', () => s.step(), isRunning)}
        ${icon('nextExit', 'Shift+→', () => s.step('exit'), isRunning)}
        <button class="run" title=${isRunning ? 'P' : 'C'} @click=${() => (isRunning ? s.pause() : s.run())}>${this.t(isRunning ? 'transport.pause' : 'transport.run')}</button>
      </div>
      <div class="group"><span class="note">${this.t('transport.stepBy')}</span>
        <div class="scale" role="radiogroup" aria-label=${this.t('transport.stepBy')}>${GRANULARITIES.map(
          (g) =>
            html`<button role="radio" aria-checked=${g === this.state.view.granularity} @click=${() => s.store.look({ granularity: g })}>${this.t(`transport.${g}`)}</button>`,
        )}</div>
      </div>
      <span class="space"></span>
      ${this.speed(isRunning ? (frame?.speed ?? 0) : 0)}
    </div>`;
  }

  private speed(measured: number): TemplateResult {
    const { speed } = this.state.view;
    const text =
      measured >= 1e6
        ? this.t('transport.measured', { n: (measured / 1e6).toFixed(1) })
        : speed === 0
          ? this.t('transport.speedFull')
          : this.t('transport.speedValue', { n: speed.toLocaleString('en').replaceAll(',', ' ') });
    const index = SPEEDS.findIndex((s) => s === speed);
    return html`<label class="group"><span class="note">${this.t('transport.speed')}</span>
      <input type="range" min="0" max=${SPEEDS.length - 1} .value=${String(index < 0 ? SPEEDS.length - 1 : index)} aria-valuetext=${text}
        @input=${(e: Event) => this.session.setSpeed(SPEEDS[Number((e.target as HTMLInputElement).value)])} />
      <span class="speed">${text}</span></label>`;
  }

  private goTo(event: Event): void {
    const input = event.target as HTMLInputElement;
    const tick = Number(input.value.replace(/\s/g, ''));
    if (Number.isSafeInteger(tick) && tick >= 0) void this.session.seek(tick);
    else input.value = String(this.state.frame?.tick ?? 0);
  }
}

customElements.define('gv-transport', TransportPanel);

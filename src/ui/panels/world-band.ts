import { css, html, nothing, type TemplateResult } from 'lit';
import * as cpu from '../../arch/cpu-state.ts';
import { CR0_PE, CR0_PG } from '../../arch/paging.ts';
import { Panel } from '../panel.ts';
import { exitsOf, lastExit, reasonName, words, worldOf } from '../reading.ts';
import type { Session } from '../session.ts';
import { SHARED } from '../theme/shared.ts';
import { describeExit } from '../widgets/exit-detail.ts';

const CODE_32 = 1 << 14;

/** Who runs, from edge to edge: the guest, or the root beneath it, and between them the exit that led from one to the other. */
export class WorldBand extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false } };
  declare session: Session;

  static override styles = [
    SHARED,
    css`
      .band { display: flex; min-height: 2.5rem; border-block: 1px solid var(--gv-fg); overflow: hidden; }
      .side { display: flex; align-items: center; gap: var(--s2); padding: 0 var(--s4); background: var(--gv-bg); color: var(--ink3); white-space: nowrap; }
      .side.here { color: var(--gv-fg); }
      .side b { letter-spacing: .08em; font-size: var(--t-small); }
      .dot { width: .5rem; height: .5rem; border-radius: 50%; background: var(--gv-now); }
      .guest { width: calc(var(--col-left) + var(--s4) - 4px); flex: none; }
      .cut { width: 1.6rem; flex: none; }
      .cut path { fill: var(--gv-bg); }
      .cut line { stroke: var(--gv-fg); vector-effect: non-scaling-stroke; }
      .middle { flex: 1; display: flex; min-width: 0; justify-content: space-between; }
      .exit { display: flex; flex-wrap: wrap; align-items: center; gap: 0 .55rem; background: var(--gv-bg); padding: 0 var(--s4) 0 var(--s2); min-width: 0; }
      .exit b { font-size: var(--t-lead); }
      .number { font-family: var(--gv-mono); }
      .what { color: var(--ink2); }
      label { display: flex; align-items: center; gap: .4rem; color: var(--ink2); font-size: var(--t-small); min-height: 1.5rem; }
      input { accent-color: var(--gv-fg); width: .85rem; height: .85rem; }
      @media (max-width: 900px) { .guest { width: auto; } .exit label, .detail { display: none; } }
      @media (max-width: 560px) { .side .what, .cut { display: none; } .exit { padding: var(--s1) var(--s2); } .exit b { font-size: var(--t-body); } .side { padding: 0 var(--s2); } }
    `,
  ];

  override render(): TemplateResult {
    const { frame } = this.state;
    if (!frame) return html`<div class="band" role="status"></div>`;
    const state = words(frame.cpu);
    const world = worldOf(state);
    const mode = this.mode(state);
    if (world === 'processor')
      return html`<div class="band" role="status" aria-label=${this.t('band.label')}>
        <div class="side guest here"><span class="dot"></span><b>${this.t('band.processor')}</b></div>
        <div class="side"><span>${mode}</span></div><span class="space"></span><div class="side"><span>${this.t('band.vmxOff')}</span></div>
      </div>`;
    const isGuest = world === 'guest';
    return html`<div class="band" role="status" aria-label=${this.t('band.label')}>
      <div class="side guest ${isGuest ? 'here' : ''}">${isGuest ? html`<span class="dot"></span>` : nothing}<b>${this.t('band.guest')}</b><span class="what">${isGuest ? mode : nothing}</span></div>
      <svg class="cut hatch" viewBox="0 0 26 44" preserveAspectRatio="none" aria-hidden="true"><path d="M0 0H26L0 44z"/><line x1="26" y1="0" x2="0" y2="44"/></svg>
      <div class="middle hatch">${this.exit()}<div class="side ${isGuest ? '' : 'here'}">${isGuest ? nothing : html`<span class="dot"></span>`}<b>${this.t('band.root')}</b><span class="what">${this.t('band.hypervisor')}${isGuest ? nothing : html` · CPL ${state[cpu.CPL]}`}</span></div></div>
    </div>`;
  }

  private exit(): TemplateResult {
    const { frame, records, view } = this.state;
    const exit = frame ? lastExit(exitsOf(records), frame) : null;
    if (!exit) return html`<span class="exit"><span class="what">${this.t('band.noExit')}</span></span>`;
    return html`<span class="exit">
      <span class="what">${this.t(exit.isFailedEntry ? 'band.failed' : 'band.exit')}</span><b class="number">${exit.reason}</b><b>${reasonName(exit.reason)}</b>
      <span class="what detail">${describeExit(exit)}</span>
      <label><input type="checkbox" .checked=${view.stopReasons.includes(exit.reason)} @change=${() => this.session.toggleStopReason(exit.reason)} />${this.t('band.stopHere')}</label>
    </span>`;
  }

  private mode(state: Uint32Array): string {
    const parts = [
      state[cpu.CR0] & CR0_PE
        ? this.t(state[cpu.CS + cpu.RIGHTS] & CODE_32 ? 'band.protected32' : 'band.protected16')
        : this.t('band.real'),
      `CPL ${state[cpu.CPL]}`,
    ];
    if (state[cpu.CR0] & CR0_PG) parts.push(this.t('band.paged'));
    if (state[cpu.ACTIVITY] === 1) parts.push(this.t('band.halted'));
    return parts.join(' · ');
  }
}

customElements.define('gv-world-band', WorldBand);

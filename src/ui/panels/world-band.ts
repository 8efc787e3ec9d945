import { css, html, nothing, type TemplateResult } from 'lit';
import * as cpu from '../../arch/cpu-state.ts';
import { CR0_PE, CR0_PG } from '../../arch/paging.ts';
import { FIELD } from '../../arch/vmcs-fields.ts';
import type { ExitRecord } from '../history.ts';
import { Panel } from '../panel.ts';
import { fieldValue, grouped, reasonName, words, worldOf } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { exitDetail } from '../widgets/exit-detail.ts';
import { exitSentence, exitSource } from '../why/exits.ts';
import { address } from '../widgets/number.ts';
import { typeset } from '../widgets/sentence.ts';

const CODE_32 = 1 << 14;
/** A pointer rests: as the lens has it. */
const HOVER_MS = 150;

/** Who runs, from edge to edge. The guest is a pane of glass over the root: at an exit it slides away and uncovers the hatch, with the exit that led there. */
export class WorldBand extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false } };
  declare session: Session;
  private hovering: ReturnType<typeof setTimeout> | undefined;

  static override styles = [
    SHARED,
    css`
      :host { --edge: 1.6rem; --glass: calc(var(--col-left) + var(--s4) - 4px); --right: calc(var(--col-right) + 2 * var(--s4)); }
      .band { position: relative; height: var(--band, 2.5rem); border-block: 1px solid var(--gv-fg); overflow: hidden; white-space: nowrap; }
      .under { position: absolute; inset: 0; }
      .window { position: absolute; inset-block: 0; display: flex; align-items: center; gap: .55rem; background: var(--gv-bg); }
      .exit { left: calc(var(--glass) + var(--edge)); max-width: calc(100% - var(--glass) - var(--edge) - var(--right) - 1rem); padding: 0 var(--s4) 0 var(--s3); overflow: hidden; }
      .exit .number { font-family: var(--gv-mono); font-weight: 600; font-size: var(--t-lead); }
      .what { color: var(--ink2); }
      /* Where all is not seen, the detail goes first, then the name: how often and the number stay. */
      .exit > * { flex: none; }
      .exit .detail { flex: 0 1000 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; }
      .exit > .reason { flex: 0 1 auto; }
      .reason .number { flex: none; overflow: visible; }
      .reason { display: flex; align-items: center; min-width: 3.2rem; min-height: 1.5rem; overflow: hidden; }
      .reason b { font-size: var(--t-lead); overflow: hidden; text-overflow: ellipsis; text-decoration: underline dotted; text-decoration-color: var(--rule-strong); text-underline-offset: 3px; }
      .reason:hover b { text-decoration-color: var(--gv-fg); }
      .count { font-family: var(--gv-mono); font-size: var(--t-mono); color: var(--ink2); }
      .meaning { position: fixed; inset: auto; margin: 0; width: min(26rem, calc(100vw - 1rem)); border: 1px solid var(--gv-fg); background: var(--sheet); color: var(--gv-fg); padding: var(--s2) var(--s4) var(--s3); white-space: normal; font: 400 var(--t-lead)/1.42 var(--gv-serif); }
      .meaning .address, .meaning .mono { font-size: .9em; }
      .meaning small { display: block; padding-top: var(--s1); font: 400 var(--t-small)/1.4 var(--gv-sans); color: var(--ink2); }
      [data-running] .glass, [data-running] .window { transition: none; }
      .exit .tick-box { margin-left: var(--s3); }
      .root { left: calc(100% - var(--right)); padding: 0 var(--s4); }
      .side b { letter-spacing: .08em; }
      .glass { position: absolute; inset: 0 auto 0 0; width: var(--glass); background: var(--gv-bg); display: flex; align-items: center; gap: var(--s3); padding: 0 var(--s2) 0 var(--s4); transition: width var(--m-wipe) var(--ease); }
      .glass b { font-size: var(--t-small); }
      .glass svg { position: absolute; left: 100%; top: 0; width: var(--edge); height: 100%; }
      .glass path { fill: var(--gv-bg); }
      .glass line { stroke: var(--gv-fg); vector-effect: non-scaling-stroke; }
      .side:not(.runs), .side:not(.runs) .what { color: var(--ink3); }
      [data-world='guest'] .glass { width: calc(100% - var(--right) - 3rem); }
      [data-world='processor'] .glass { width: 100%; padding-right: var(--s4); }
      [data-world='guest'] .exit, [data-world='processor'] .window { visibility: hidden; transition: visibility 0s var(--m-wipe); }
      :host([layout='narrow']) .stop { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
      :host([layout='column']) { --glass: 10rem; --right: 9rem; }
      :host([layout='column']) :is(.tick-box, .waits, .hypervisor) { display: none; }
      :host([layout='embed']) { --glass: 4.1rem; --right: 5.75rem; --edge: 1.1rem; }
      :host([layout='embed']) .band { border-top: 0; }
      :host([layout='embed']) :is(.tick-box, .waits, .hypervisor, .glass:not(.runs) .machine) { display: none; }
      :host([layout='embed']) .exit { padding: 0 .7rem; }
      :host([layout='embed']) .reason b { font-size: var(--t-body); }
      :host([layout='embed']) [data-world='guest'] .glass { width: calc(100% - var(--right) - 2.5rem); }
      @container (max-width: 30rem) { :host([layout='embed']) .exit .what { display: none; } }
      :host([layout='phone']) { --glass: 3.9rem; --right: 5.1rem; --edge: 1.1rem; }
      :host([layout='phone']) .band { height: 3.25rem; }
      :host([layout='phone']) :is(.tick-box, .waits, .hypervisor, .glass:not(.runs) .machine) { display: none; }
      /* Who and what, then how often and the rest: a long name has two lines, and says itself that it is an exit. */
      :host([layout='phone']) .exit { display: grid; grid-template-columns: auto minmax(0, 1fr); align-content: center; align-items: baseline; gap: 0 .4rem; padding: 0 var(--s2) 0 .3rem; line-height: 1.35; max-width: calc(100% - var(--glass) - var(--edge) - var(--right)); }
      :host([layout='phone']) .word { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
      :host([layout='phone']) .reason { align-items: baseline; text-align: left; justify-self: start; max-width: 100%; }
      :host([layout='phone']) .word + .reason { grid-column: 1 / -1; }
      :host([layout='phone']) .reason b { font-size: var(--t-body); line-height: 1.15; white-space: normal; text-underline-offset: 2px; }
      :host([layout='phone']) .reason .number { flex: none; }
      :host([layout='phone']) :is(.glass, .root) { gap: .35rem; }
      :host([layout='phone']) .root { padding: 0 .5rem; }
      :host([layout='phone']) .glass .mode { white-space: normal; line-height: 1.35; }
      :host([layout='phone']) [data-world='guest'] .glass { width: calc(100% - var(--right) - 2rem); }
    `,
  ];

  protected inputs({ frame, recorded, view, loaded, walk }: State): readonly unknown[] {
    return [frame, recorded, view.stopReasons, loaded, walk];
  }

  override render(): TemplateResult {
    const { frame, history } = this.state;
    if (!frame) return html`<div class="band" data-world="processor"><div class="glass"></div></div>`;
    const state = words(frame.cpu);
    const world = worldOf(state);
    const exit = world === 'root' ? history.openExit(frame.tick) : history.exitBefore(frame.tick);
    return html`<div class="band" data-world=${world} ?data-running=${frame.running} role="group" aria-label=${this.t('band.label')}>
      <div class="under hatch">${this.exit(exit, world === 'root')}${this.root(world === 'root', state)}</div>
      ${world === 'processor' ? this.processor(state) : this.guest(world === 'guest', state)}
    </div>`;
  }

  private processor(state: Uint32Array): TemplateResult {
    return html`<div class="glass side runs"><span class="here"></span><b>${this.t('band.processor')}</b><span class="what mode">${this.mode(state)}</span><span class="space"></span><span class="what waits">${this.t('band.vmxOff')}</span></div>`;
  }

  private guest(runs: boolean, state: Uint32Array): TemplateResult {
    const region = this.state.frame?.vmcs;
    const waits =
      !runs && region
        ? html`<span class="what waits">${this.t('band.waits')} ${address('v', fieldValue(region, FIELD.guestRip))}</span>`
        : nothing;
    return html`<div class="glass side ${runs ? 'runs' : ''}">
      ${runs ? html`<span class="here"></span>` : nothing}<b>${this.t('band.guest')}</b>${this.machineName()}
      ${runs ? html`<span class="what mode">${this.mode(state)}</span>` : waits}
      <svg viewBox="0 0 26 44" preserveAspectRatio="none" aria-hidden="true"><path d="M0 0H26L0 44z"/><line x1="26" y1="0" x2="0" y2="44"/></svg>
    </div>`;
  }

  /** Which virtual machine of our own hypervisor: its VPID is its number plus 1. */
  private machineName(): TemplateResult | typeof nothing {
    const { loaded, frame } = this.state;
    const vpid = loaded?.has.includes('vms') && frame?.vmcs ? fieldValue(frame.vmcs, FIELD.vpid) : 0;
    return vpid === 0 ? nothing : html`<span class="what machine">vm${vpid - 1}</span>`;
  }

  private root(runs: boolean, state: Uint32Array): TemplateResult {
    return html`<div class="window root side ${runs ? 'runs' : ''}">${runs ? html`<span class="here"></span>` : nothing}<b>${this.t('band.root')}</b><span class="what hypervisor">${this.t('band.hypervisor')}${runs ? html` · CPL ${state[cpu.CPL]}` : nothing}</span></div>`;
  }

  private exit(exit: ExitRecord | null, isOpen: boolean): TemplateResult {
    if (!exit) return html`<div class="window exit"><span class="what">${this.t('band.noExit')}</span></div>`;
    const { stopReasons, language } = this.state.view;
    const detail = exitDetail(exit);
    return html`<div class="window exit" aria-hidden=${isOpen ? nothing : 'true'}>
      <span class="what word">${this.t(exit.isFailedEntry ? 'band.failed' : 'band.exit')}</span>${this.exited(exit)}${this.reason(exit, isOpen)}${this.count(exit)}
      <span class="what detail">${detail ? typeset(language, detail) : nothing}</span>
      <label class="tick-box" title=${this.t('band.stopHere')}><input type="checkbox" ?disabled=${!isOpen} .checked=${stopReasons.includes(exit.reason)} @change=${() => this.session.toggleStopReason(exit.reason)} /><span class="stop">${this.t('band.stopHere')}</span></label>
    </div>`;
  }

  /** The reason; what it means in one sentence, for a pointer that rests there, and for a press. */
  private reason(exit: ExitRecord, isOpen: boolean): TemplateResult {
    const { frame, view, walk } = this.state;
    return html`<button class="reason" popovertarget="meaning" popovertargetaction="show" ?disabled=${!isOpen} aria-haspopup="dialog" title=${reasonName(exit.reason)} @pointerenter=${this.enter} @pointerleave=${this.leave}>
        <b class="number">${exit.reason}</b>&nbsp;<b lang="en">${reasonName(exit.reason)}</b></button>
      <div id="meaning" class="meaning" popover role="dialog" aria-label=${this.t('band.why')} @toggle=${(e: ToggleEvent) => this.placeMeaning(e)} @pointerenter=${this.enter} @pointerleave=${this.leave}>${typeset(view.language, exitSentence(exit, frame?.vmcs ?? null, walk))}<small lang="en">SDM vol. 3, “${exitSource(exit)}”</small></div>`;
  }

  private count({ reason }: ExitRecord): TemplateResult {
    const n = this.state.frame?.exitCounts[reason] ?? 0;
    const text = n === 1 ? this.t('band.countOne') : this.t('band.count', { n: grouped(n) });
    return html`<span class="count" title=${text}><span aria-hidden="true">×${grouped(n)}</span><span class="visually-hidden">${text}</span></span>`;
  }

  /** Of our own hypervisor's virtual machines, the one that made the exit: another may be current by now. */
  private exited({ at }: ExitRecord): TemplateResult | typeof nothing {
    const { loaded, history } = this.state;
    const entry = loaded?.has.includes('vms') ? history.transitionBefore(at - 1) : null;
    return entry && entry.vpid > 0 ? html`<span class="what whose">vm${entry.vpid - 1}</span>` : nothing;
  }

  private readonly enter = (event: PointerEvent): void => this.hover(event, true);
  private readonly leave = (event: PointerEvent): void => this.hover(event, false);

  /** A finger does not rest: what it has opened by a press stays when it is lifted. */
  private hover({ pointerType }: PointerEvent, isOver: boolean): void {
    if (pointerType !== 'mouse') return;
    clearTimeout(this.hovering);
    const meaning = this.renderRoot.querySelector<HTMLElement>('#meaning');
    this.hovering = setTimeout(() => {
      if (meaning?.isConnected && meaning.matches(':popover-open') !== isOver) meaning.togglePopover(isOver);
    }, HOVER_MS);
  }

  /** Under the reason, within the window. */
  private placeMeaning({ newState }: ToggleEvent): void {
    const meaning = this.renderRoot.querySelector<HTMLElement>('#meaning');
    const box = this.renderRoot.querySelector('.reason')?.getBoundingClientRect();
    if (newState !== 'open' || !meaning || !box) return;
    meaning.style.setProperty('top', `${box.bottom + 4}px`);
    meaning.style.setProperty('left', `${Math.max(8, Math.min(box.left, innerWidth - meaning.offsetWidth - 8))}px`);
  }

  private mode(state: Uint32Array): string {
    const isProtected = (state[cpu.CR0] & CR0_PE) !== 0;
    const is32 = (state[cpu.CS + cpu.RIGHTS] & CODE_32) !== 0;
    const parts = [this.t(!isProtected ? 'band.real' : is32 ? 'band.protected32' : 'band.protected16'), `CPL ${state[cpu.CPL]}`];
    if (state[cpu.CR0] & CR0_PG) parts.push(this.t('band.paged'));
    if (state[cpu.ACTIVITY] === 1) parts.push(this.t('band.halted'));
    return parts.join(' · ');
  }
}

customElements.define('gv-world-band', WorldBand);

import { css, html, nothing, type TemplateResult } from 'lit';
import type { Command, DeviceViews, Frame, MachineHost, VmsView, VmView } from '../../api/protocol.ts';
import { AskingPanel } from '../asking-panel.ts';
import { grouped } from '../reading.ts';
import type { State } from '../store.ts';
import { RECORDS, SHARED } from '../theme/shared.ts';
import { twinButton } from '../widgets/table-twin.ts';
import type { Telling } from './virtio-facts.ts';
import { commandHelp, commandsFor, commandsForAll } from './vms-commands.ts';
import { type Comparison, exitBars, frameBars, kindsText, memoryBars, meterList, meterRows, reasonsOf } from './vms-detail.ts';
import { lane, shareOf, type Stretch, stretchOf } from './vms-schedule.ts';
import { VMS_STYLES } from './vms-styles.ts';

/** The virtual machines of the hosted hypervisor: who runs and who waits, what each has used, and what may be asked of it. */
export class VmsPanel extends AskingPanel<DeviceViews> {
  static override properties = { ...AskingPanel.properties, view: { state: true }, chosen: { state: true } };
  declare private view: VmsView | null;
  /** Number of the virtual machine whose bill is shown, by the reader's choice; null: the one that runs. */
  declare private chosen: number | null;
  /** The view one frame ago. */
  private earlier: VmsView | null = null;

  static override styles = [
    SHARED,
    RECORDS,
    css`:host { display: flex; flex-direction: column; min-height: 0; flex: 1; container: vms / inline-size; }`,
    VMS_STYLES,
  ];

  constructor() {
    super();
    this.view = null;
    this.chosen = null;
  }

  protected inputs({ frame, view }: State): readonly unknown[] {
    return [frame?.serial, view.isTable];
  }

  protected question(host: MachineHost): Promise<DeviceViews> {
    return host.devices();
  }

  protected take({ vms }: DeviceViews, { serial }: Frame): void {
    if (this.asked !== serial) return;
    const isForwards = (vms?.tick ?? 0) > (this.view?.tick ?? 0);
    this.earlier = isForwards ? this.view : null;
    this.view = vms;
  }

  override render(): TemplateResult {
    const { view } = this;
    if (!view) return html`<p class="plain">${this.t('vms.empty')}</p>`;
    const { isTable } = this.state.view;
    const { created, merged, invalidations } = view.counters;
    return html`<div class="body">${isTable ? this.tables(view) : this.picture(view)}</div>
      <div class="ask">${this.shown(view) ? commandsFor(this.shown(view) as VmView, this.telling, (c) => this.give(c)) : nothing}${commandsForAll(view, this.telling, (c) => this.give(c))}</div>
      <div class="foot note"><span>${this.t('vms.idle', { n: grouped(view.idleTicks) })} · ${this.t('vms.counters', { created, merged: grouped(merged), invalidations: grouped(invalidations) })}</span><span class="space"></span>
        ${commandHelp(this.telling)} ${twinButton(this.session)}</div>`;
  }

  private get telling(): Telling {
    return { language: this.state.view.language, t: (key, values) => this.t(key, values) };
  }

  private give(command: Command): void {
    void this.session.try((host) => host.command(command));
  }

  private shown({ vms }: VmsView): VmView | undefined {
    return vms.find((vm) => vm.number === this.chosen) ?? vms.find((vm) => vm.isCurrent) ?? vms[0];
  }

  // The picture --------------------------------------------------------------------------------------------------------------------------
  private picture(view: VmsView): TemplateResult {
    const stretch = stretchOf(view);
    const shown = this.shown(view);
    const { from, to } = stretch;
    return html`<div class="rows" role="radiogroup" aria-label=${this.t('vms.title')} @keydown=${(e: KeyboardEvent) => this.press(e, view)}>
        <div class="heads" aria-hidden="true"><span>${this.t('vms.vm')}</span><span>${this.t('vms.schedule', { from: grouped(from), to: grouped(to) })}</span><span class="number" title=${this.t('vms.shareTitle')}>${this.t('vms.share')}</span><span class="number">${this.t('vms.weight')}</span><span class="number">${this.t('vms.instructions')}</span><span class="number">${this.t('vms.exits')}</span><span class="number">${this.t('vms.pages')}</span></div>
        ${view.vms.length === 0 ? html`<p class="plain">${this.t('vms.none')}</p>` : view.vms.map((vm) => this.row(view, vm, stretch, vm === shown))}
      </div>
      <div class="detail">${shown ? this.detail(view, shown) : nothing}${frameBars(view, this.telling)}</div>`;
  }

  private row(view: VmsView, vm: VmView, stretch: Stretch, isShown: boolean): TemplateResult {
    const before = this.past(vm);
    const share = shareOf(view.turns, vm.number, stretch);
    const say = ({ from, to, exits }: VmsView['turns'][number]): string =>
      this.t('vms.turn', { n: vm.number, from: grouped(from), to: grouped(to), exits });
    return html`<button class="row ${vm.isCurrent ? 'current' : ''}" role="radio" aria-checked=${isShown} tabindex=${isShown ? 0 : -1} @click=${() => this.choose(vm.number)}>
      <span class="who"><b>vm${vm.number}${vm.isCurrent && vm.status === 'ready' ? html`<i class="here"></i>` : nothing}</b> <span class="note">${view.images[vm.image] ?? ''}${vm.face === 'none' ? '' : ` · ${this.t(`vms.face.${vm.face}`)}`}</span><span class="state">${this.stateText(vm)}</span></span>
      ${lane(view.turns, vm.number, stretch, say)}
      <span class="number" data-label=${this.t('vms.share')} aria-label="${this.t('vms.share')} ${share} %">${share} %</span>
      <span class="number" data-label=${this.t('vms.weight')} aria-label="${this.t('vms.weight')} ${vm.weight}">${vm.weight}${vm.cap === 0 ? '' : html`<br /><span class="note">≤ ${vm.cap} %</span>`}</span>
      <span class="number" data-label=${this.t('vms.instructions')} aria-label="${vm.meter.instructions} ${this.t('vms.instructions')}">${this.marked(vm.meter.instructions, before?.meter.instructions)}</span>
      <span class="number" data-label=${this.t('vms.exits')} aria-label="${sum(vm)} ${this.t('vms.exits')}">${this.marked(sum(vm), before && sum(before))}</span>
      <span class="number" data-label=${this.t('vms.pages')} aria-label="${vm.meter.ownPages} ${this.t('vms.pages')}">${this.marked(vm.meter.ownPages, before?.meter.ownPages)} <span class="note">/ ${grouped(vm.ramPages)}</span></span></button>`;
  }

  private detail(view: VmsView, vm: VmView): TemplateResult {
    const comparison: Comparison = { before: this.past(vm), marked: (now, was) => this.marked(now, was) };
    return html`${exitBars(vm, this.telling, comparison)}${memoryBars(vm, this.telling, comparison)}${meterList(vm, view.ticksPerSecond, this.telling, comparison)}`;
  }

  /** What it does, and why it stands. */
  private stateText(vm: VmView): string {
    if (vm.status === 'stopped') return this.t(`vms.stop.${vm.stop}`, { detail: vm.detail });
    if (vm.isPaused) return this.t('vms.paused');
    return vm.status === 'ready' && vm.isCurrent ? this.t('vms.runs') : this.t(`vms.status.${vm.status}`);
  }

  private past(vm: VmView): VmView | undefined {
    return this.earlier?.vms.find((other) => other.number === vm.number && other.bornAt === vm.bornAt);
  }

  private marked(now: number, before: number | undefined): TemplateResult {
    return before === undefined || before === now
      ? html`${grouped(now)}`
      : html`<mark title=${`${grouped(before)} →`}>${grouped(now)}</mark>`;
  }

  // Choosing -----------------------------------------------------------------------------------------------------------------------------
  private choose(vm: number): void {
    this.chosen = vm;
  }

  private press(event: KeyboardEvent, view: VmsView): void {
    const at = view.vms.findIndex((vm) => vm === this.shown(view));
    const goals: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: view.vms.length - 1 };
    const goal = view.vms[goals[event.key]];
    if (!goal) return;
    event.preventDefault();
    this.choose(goal.number);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[role=radio][aria-checked=true]')?.focus());
  }

  // Tables -------------------------------------------------------------------------------------------------------------------------------
  private tables(view: VmsView): TemplateResult {
    const { vms } = view;
    const stretch = stretchOf(view);
    const rows: readonly (readonly [string, (vm: VmView) => unknown])[] = [
      [this.t('vms.image'), (vm) => view.images[vm.image] ?? ''],
      [this.t('vms.state'), (vm) => this.stateText(vm)],
      [this.t('vms.face'), (vm) => this.t(`vms.face.${vm.face}`)],
      [this.t('vms.weight'), (vm) => vm.weight],
      [this.t('vms.cap'), (vm) => (vm.cap === 0 ? this.t('vms.noCap') : `${vm.cap} %`)],
      [this.t('vms.share'), (vm) => `${shareOf(view.turns, vm.number, stretch)} %`],
      [this.t('vms.pages'), (vm) => grouped(vm.ramPages)],
      [this.t('vms.own'), (vm) => grouped(vm.meter.ownPages)],
      [this.t('vms.shared'), (vm) => grouped(vm.meter.sharedPages)],
      [this.t('vms.ballooned'), (vm) => grouped(vm.meter.ballooned)],
      [this.t('vms.target'), (vm) => grouped(vm.balloonTarget)],
    ];
    const plain: Comparison = { before: undefined, marked: (now) => grouped(now) };
    const meters = vms.map((vm) => meterRows(vm, view.ticksPerSecond, this.telling, plain));
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${this.t('vms.title')}><table class="records">
      <thead><tr><td></td>${vms.map((vm) => html`<th scope="col">vm${vm.number}</th>`)}</tr></thead>
      <tbody>${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th>${vms.map((vm) => html`<td>${value(vm)}</td>`)}</tr>`)}
      ${(meters[0] ?? []).map(([name], i) => html`<tr><th scope="row">${name}</th>${meters.map((meter) => html`<td>${meter[i][1]}</td>`)}</tr>`)}
      ${reasonsOf(vms).map(([key, name]) => html`<tr><th scope="row">${name}</th>${vms.map((vm) => html`<td>${grouped(vm.meter.exits[key] ?? 0)}</td>`)}</tr>`)}</tbody></table>
      <table class="records"><caption>${this.t('vms.frames')}</caption><tbody>${view.frames.owners.map((owner) => html`<tr><th scope="row">${owner.vm === null ? this.t('vms.host') : `vm${owner.vm}`}</th><td>${kindsText(owner, this.telling.t)}</td></tr>`)}
      <tr><th scope="row">${this.t('vms.free')}</th><td>${grouped(view.frames.free)}</td></tr></tbody></table>
      <table class="records"><caption>${this.t('vms.schedule', { from: grouped(stretch.from), to: grouped(stretch.to) })}</caption><tbody>${view.turns.map((turn) => html`<tr><th scope="row">vm${turn.vm}</th><td>${grouped(turn.from)}–${grouped(turn.to)}</td><td>${turn.exits} ${this.t('vms.exits')}</td></tr>`)}</tbody></table></div>`;
  }
}

function sum({ meter }: VmView): number {
  return Object.values(meter.exits).reduce((total, n) => total + n, 0);
}

customElements.define('gv-vms', VmsPanel);

import { html, nothing, type TemplateResult } from 'lit';
import type { BalloonsView, BalloonView, Command, DeviceViews, HostFrames, MachineHost, PageKind } from '../../api/protocol.ts';
import { busMeaning } from '../i18n/bus-facts.ts';
import { AskingPanel } from '../asking-panel.ts';
import { grouped } from '../reading.ts';
import type { State } from '../store.ts';
import { RECORDS, SHARED } from '../theme/shared.ts';
import { sizeText } from '../widgets/bands.ts';
import { address } from '../widgets/number.ts';
import { twinButton } from '../widgets/table-twin.ts';
import { gauge, mosaic, type Piece, sample } from './balloon-picture.ts';
import { BALLOON_STYLES } from './balloon-styles.ts';

const PAGE = 4096;
const KINDS: readonly PageKind[] = ['resident', 'shared', 'ballooned', 'touched', 'empty'];
/** Runs of pages listed of one virtual machine. */
const MOST_RUNS = 64;

/** Memory that virtual machines give back: what the guest thinks it has, what the host knows, and every page of it. */
export class BalloonPanel extends AskingPanel<DeviceViews> {
  static override properties = { ...AskingPanel.properties, balloons: { state: true } };
  declare private balloons: BalloonsView | null | undefined;

  static override styles = [SHARED, RECORDS, BALLOON_STYLES];

  constructor() {
    super();
    this.balloons = undefined;
  }

  protected inputs({ frame, view }: State): readonly unknown[] {
    return [frame?.serial, view.isTable];
  }

  protected question(host: MachineHost): Promise<DeviceViews> {
    return host.devices();
  }

  protected take({ balloons }: DeviceViews): void {
    this.balloons = balloons;
  }

  override render(): TemplateResult {
    const { balloons } = this;
    if (balloons === undefined) return html``;
    if (balloons === null) return html`<p class="plain">${this.t('balloon.none')}</p>`;
    const { isTable } = this.state.view;
    const { host, vms } = balloons;
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${this.t('balloon.title')}>${this.host(host)}
      ${vms.length === 0 ? html`<p class="plain">${this.t('balloon.noVms')}</p>` : isTable ? this.table(balloons) : html`<div class="vms ${vms.length > 1 ? 'many' : ''}">${vms.map((vm) => this.vm(vm, vms.length === 1 && this.getAttribute('layout') !== 'phone'))}</div>`}</div>
      <div class="foot"><span class="kinds">${KINDS.filter((kind) => vms.some((vm) => vm.counts[kind] > 0)).map((kind) => html`<span title=${this.t(`balloon.kindHelp.${kind}`)}>${sample(kind, 'foot')}${this.t(`balloon.kind.${kind}`)}</span>`)}</span><span class="space"></span>
        ${twinButton(this.session)}</div>`;
  }

  private host(host: HostFrames): TemplateResult {
    const { total, free, reserve, kinds, hypervisor, owners } = host;
    const pieces: Piece[] = [
      { name: this.t('balloon.hypervisor'), amount: hypervisor, kind: 'used' },
      ...owners.map((o): Piece => ({ name: `vm${o.number}`, amount: o.frames, kind: 'own' })),
      { name: this.t('balloon.shared'), amount: kinds.shared, kind: 'shared' },
      { name: this.t('balloon.isFree'), amount: free, kind: 'free' },
    ];
    return html`<section class="host"><h2>${this.t('balloon.host')} <span>${this.t('balloon.free', { n: grouped(free) })}</span> <span class="note">${this.t('balloon.of', { n: grouped(total) })}, ${this.t('balloon.reserve', { n: reserve })}</span></h2>
      ${gauge('', pieces, null)}</section>`;
  }

  // A virtual machine ----------------------------------------------------------------------------------------------------------------------
  private vm(vm: BalloonView, isAlone: boolean): TemplateResult {
    const { counts, name } = vm;
    const label = vm.pagesPerCell === 1 ? this.t('balloon.mosaicOne', { name }) : this.t('balloon.mosaic', { name, n: vm.pagesPerCell });
    const hostPieces: Piece[] = (['resident', 'shared', 'touched', 'empty', 'ballooned'] as const).map((kind) => ({
      ...{ name: this.t(`balloon.kind.${kind}`), amount: counts[kind], kind },
    }));
    return html`<section class="vm" aria-label=${name}><h2><span class="mono">${name}</span> ${sizeText(vm.pages * PAGE, this.t.bind(this))}<span class="note">${this.t(`balloon.status.${vm.status}`)}${vm.isReady ? '' : ` · ${this.t('balloon.notReady')}`}</span></h2>
      ${gauge(this.t('balloon.guestView'), this.guestPieces(vm), vm.target > 0 ? vm.target : null)}
      ${gauge(this.t('balloon.hostView'), hostPieces, vm.target > 0 ? vm.target : null)}
      <div class="asked">${(['target', 'actual', 'inside'] as const).map((k) => html`<dl><dt>${this.t(`balloon.${k}`)}</dt><dd>${grouped(k === 'inside' ? vm.inflated : vm[k])}</dd></dl>`)}<span class="said">${this.said(vm)}</span></div>
      ${this.commands(vm)}${mosaic(vm, label, isAlone)}
      ${this.facts(vm)}</section>`;
  }

  /** What the guest believes: of the pages that it has left, how many it says are free. */
  private guestPieces({ pages, actual, statistics }: BalloonView): Piece[] {
    const stated = statistics.find((s) => s.name === 'MEMFREE')?.value;
    const left = Math.max(0, pages - actual);
    const balloon: Piece = { name: this.t('balloon.inBalloon'), amount: actual, kind: 'ballooned' };
    if (stated === undefined) return [{ name: this.t('balloon.unknown'), amount: left, kind: 'used' }, balloon];
    const free = Math.min(left, Math.round(stated / PAGE));
    return [
      { name: this.t('balloon.inUse'), amount: left - free, kind: 'used' },
      { name: this.t('balloon.guestFree'), amount: free, kind: 'free' },
      balloon,
    ];
  }

  /** What the host may ask of its driver. */
  private commands({ number, target, pages, isReady, features }: BalloonView): TemplateResult {
    const set = (event: SubmitEvent): void => {
      event.preventDefault();
      this.give({ do: 'balloon', vm: number, pages: Number(new FormData(event.target as HTMLFormElement).get('pages')) });
    };
    return html`<div class="commands"><form @submit=${set}><label title=${this.t('vms.help.balloon')}>${this.t('balloon.target')} <input name="pages" type="number" min="0" max=${pages} .value=${String(target)} /></label><button class="link">${this.t('balloon.setTarget')}</button></form>
      <button class="link" ?disabled=${!isReady || !features.statistics} title=${this.t('vms.help.stats')} @click=${() => this.give({ do: 'stats', vm: number })}>${this.t('balloon.askStats')}</button>
      <button class="link" ?disabled=${!isReady} title=${this.t('vms.help.hint')} @click=${() => this.give({ do: 'hint', vm: number })}>${this.t('balloon.askHint')}</button></div>`;
  }

  private give(command: Command): void {
    void this.session.try((host) => host.command(command));
  }

  private said({ target, inflated }: BalloonView): string {
    if (target > inflated) return this.t('balloon.onItsWay', { n: grouped(target - inflated) });
    return target < inflated ? this.t('balloon.givingBack', { n: grouped(inflated - target) }) : this.t('balloon.settled');
  }

  private facts(vm: BalloonView): TemplateResult {
    const { moved, readings, age } = vm;
    const when =
      readings === 0
        ? ''
        : `${this.t('balloon.reading', { n: grouped(readings) })}${age === null ? '' : `, ${this.t('balloon.age', { n: grouped(age) })}`}`;
    return html`<dl class="facts">
      <div><dt>${this.t('balloon.statistics')}${when ? html`<br /><span class="note">${when}</span>` : nothing}</dt><dd>${this.statistics(vm)}</dd></div>
      <div><dt>${this.t('balloon.oom')}</dt><dd>${this.outOfMemory(vm)}</dd></div>
      <div><dt>${this.t('balloon.pages')}</dt><dd>${this.t('balloon.moved', { inflated: grouped(moved.inflated), deflated: grouped(moved.deflated), reported: grouped(moved.reported) })}${moved.hinted > 0 ? html` · ${this.t('balloon.hinted', { n: grouped(moved.hinted) })}` : nothing}${moved.refused > 0 ? html` · ${this.t('balloon.refused', { n: grouped(moved.refused) })}` : nothing}${vm.waitTicks > 0 ? html` · ${this.t('balloon.waits', { n: grouped(vm.waitTicks) })}` : nothing}</dd></div></dl>`;
  }

  private statistics({ statistics, features, isReady }: BalloonView): TemplateResult {
    if (statistics.length === 0)
      return html`${this.t(isReady && !features.statistics ? 'balloon.statistics.off' : 'balloon.statistics.none')}`;
    return html`${statistics.map(
      (s) =>
        html`<span title=${busMeaning(this.state.view.language, s.meaning)}><span class="mono">${s.name}</span><span class="mono">${s.unit === 'bytes' ? sizeText(s.value, this.t.bind(this)) : grouped(s.value)}</span></span>`,
    )}`;
  }

  /** What the guest did when it had no memory left. */
  private outOfMemory({ features, moved, target, inflated }: BalloonView): string {
    if (!features.deflateOnOom) return this.t('balloon.oom.off');
    if (moved.deflated === 0) return this.t('balloon.oom.never');
    const n = grouped(moved.deflated);
    return inflated < target ? this.t('balloon.oom.did', { n, short: grouped(target - inflated) }) : this.t('balloon.oom.asked', { n });
  }

  // The same as tables ---------------------------------------------------------------------------------------------------------------------
  private table({ vms }: BalloonsView): TemplateResult {
    const heads = html`<tr><th scope="col">${this.t('balloon.column.vm')}</th><th scope="col">${this.t('balloon.column.pages')}</th>${KINDS.map((kind) => html`<th scope="col">${this.t(`balloon.kind.${kind}`)}</th>`)}${(['target', 'actual', 'inside'] as const).map((k) => html`<th scope="col">${this.t(`balloon.${k}`)}</th>`)}</tr>`;
    return html`<table class="records"><thead>${heads}</thead><tbody>${vms.map(
      (vm) =>
        html`<tr><th scope="row">${vm.name}</th><td>${grouped(vm.pages)}</td>${KINDS.map((kind) => html`<td>${grouped(vm.counts[kind])}</td>`)}<td>${grouped(vm.target)}</td><td>${grouped(vm.actual)}</td><td>${grouped(vm.inflated)}</td></tr>`,
    )}</tbody></table>
    ${vms.map((vm) => html`<h2 class="sub">${vm.name}</h2>${this.runs(vm)}${this.facts(vm)}`)}`;
  }

  private runs({ cells, pagesPerCell }: BalloonView): TemplateResult {
    let at = 0;
    const rows = cells.slice(0, MOST_RUNS).map(({ kind, count }) => {
      const first = at * pagesPerCell * PAGE;
      at += count;
      return html`<tr><td>${address('g', first)}</td><td>${address('g', at * pagesPerCell * PAGE - 1)}</td><td>${grouped(count * pagesPerCell)}</td><td class="sans">${this.t(`balloon.kind.${kind}`)}</td></tr>`;
    });
    return html`<table class="records"><thead><tr>${(['from', 'to', 'pages', 'kind'] as const).map((k) => html`<th scope="col">${this.t(`balloon.column.${k}`)}</th>`)}</tr></thead><tbody>${rows}</tbody></table>${cells.length > MOST_RUNS ? html`<p class="note">${this.t('pci.interrupts.more', { n: grouped(cells.length - MOST_RUNS) })}</p>` : nothing}`;
  }
}

customElements.define('gv-balloon', BalloonPanel);

import { html, nothing, type TemplateResult } from 'lit';
import { formatRoutingId } from '../../arch/pci.ts';
import type { DeviceViews, MachineHost, PciFunctionView, PciView } from '../../api/protocol.ts';
import { AskingPanel } from '../asking-panel.ts';
import type { State } from '../store.ts';
import { CHOICES, RECORDS, SHARED } from '../theme/shared.ts';
import { rove } from '../widgets/roving.ts';
import { twinButton } from '../widgets/table-twin.ts';
import { configPage } from './pci-config.ts';
import { depthOf, functionPage, type PciDrawing, shortName } from './pci-parts.ts';
import { partitionsPage, sriovPage } from './pci-sharing.ts';
import { PCI_STYLES } from './pci-styles.ts';

type Tab = 'function' | 'config' | 'sriov' | 'partitions';

/** The tree of buses, and everything about one function of it. */
export class PciPanel extends AskingPanel<DeviceViews> {
  static override properties = {
    ...AskingPanel.properties,
    ...{ pci: { state: true }, chosen: { state: true }, tab: { state: true }, area: { state: true } },
  };
  declare private pci: PciView | null | undefined;
  /** Routing ID of the function that the reader looks at; null: the first that is worth it. */
  declare private chosen: number | null;
  declare private tab: Tab | null;
  /** Of configuration space: 0 the header, then the capabilities. */
  declare private area: number;

  static override styles = [SHARED, CHOICES, RECORDS, PCI_STYLES];

  constructor() {
    super();
    this.pci = undefined;
    this.chosen = null;
    this.tab = null;
    this.area = 0;
  }

  protected inputs({ frame, view }: State): readonly unknown[] {
    return [frame?.serial, view.isTable];
  }

  protected question(host: MachineHost): Promise<DeviceViews> {
    return host.devices();
  }

  protected take({ pci }: DeviceViews): void {
    this.pci = pci;
  }

  override render(): TemplateResult {
    const { pci } = this;
    if (pci === undefined) return html``;
    const fn = pci && this.current(pci);
    if (pci === null || fn === null) return html`<p class="plain">${this.t('pci.none')}</p>`;
    const { language, isTable } = this.state.view;
    const drawing: PciDrawing = { view: pci, fn, language, isTable, t: this.t.bind(this) };
    return html`<div class="two">${this.tree(pci, fn)}<div class="detail">${this.pages(drawing)}</div></div>
      <div class="foot"><span>${this.t('pci.tree')} ${pci.functions.length}</span><span class="space"></span>
        ${twinButton(this.session)}</div>`;
  }

  /** The function that was chosen, as long as it answers; else the first with virtual functions, else the first that is no bridge. */
  private current({ functions }: PciView): PciFunctionView | null {
    const chosen = functions.find((f) => f.routingId === this.chosen);
    const card = functions.find((f) => f.sriov !== null) ?? functions.find((f) => f.partition !== null);
    return chosen ?? card ?? functions.find((f) => f.routingId !== 0 && f.secondary === null) ?? functions[0] ?? null;
  }

  private tree({ functions }: PciView, current: PciFunctionView): TemplateResult {
    const { language } = this.state.view;
    const depths = functions.map((fn) => depthOf(fn, functions));
    return html`<ul class="tree" role="tree" aria-label=${this.t('pci.tree')} @keydown=${rove}>${functions.map((fn, i) => {
      const isCurrent = fn === current;
      // Another one hangs on the same branch below: the branch goes on.
      const next = depths.slice(i + 1).find((depth) => depth <= depths[i]);
      return html`<li role="treeitem" class="depth${Math.min(4, depths[i])}" aria-level=${depths[i] + 1} aria-selected=${isCurrent} tabindex=${isCurrent ? 0 : -1} @click=${() => this.choose(fn)}>
        <span class="branch ${depths[i] === 0 ? 'root' : ''} ${next === depths[i] ? 'more' : ''}"></span><span class="mono">${formatRoutingId(fn.routingId)}</span><span class="name">${shortName(fn, language, this.t.bind(this))}</span>${fn.secondary === null ? nothing : html`<span class="to">→ ${fn.secondary.toString(16).padStart(2, '0')}</span>`}</li>`;
    })}</ul>`;
  }

  private choose(fn: PciFunctionView): void {
    this.chosen = fn.routingId;
    this.area = 0;
  }

  private pages(drawing: PciDrawing): TemplateResult {
    const { fn, view } = drawing;
    const port = view.ports.find((p) => p.id === fn.partition?.port);
    const tabs: Tab[] = ['function', 'config', ...(fn.sriov ? (['sriov'] as const) : []), ...(port ? (['partitions'] as const) : [])];
    const wanted = this.tab ?? (fn.sriov ? 'sriov' : port ? 'partitions' : 'function');
    const tab = tabs.includes(wanted) ? wanted : 'function';
    const page = { function: () => functionPage(drawing), config: () => configPage(drawing, this.area, (area) => this.open(area)) };
    return html`<div class="sections"><div class="tabs scrolls" role="tablist" aria-label=${this.t('pci.details')} @keydown=${rove}>${tabs.map(
      (id) =>
        html`<button role="tab" id="tab-${id}" aria-selected=${id === tab} aria-controls="section" tabindex=${id === tab ? 0 : -1} @click=${() => {
          this.tab = id;
        }}>${this.t(`pci.tab.${id}`)}</button>`,
    )}</div></div>
    <div class="section" id="section" role="tabpanel" tabindex="0" aria-labelledby="tab-${tab}">${
      tab === 'sriov' && fn.sriov
        ? sriovPage(drawing, fn.sriov)
        : tab === 'partitions' && port
          ? partitionsPage(drawing, port)
          : page[tab as 'function' | 'config']()
    }</div>`;
  }

  private open(area: number): void {
    this.area = area;
  }
}

customElements.define('gv-pci', PciPanel);

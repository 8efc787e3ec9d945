import { css, html, nothing, type TemplateResult } from 'lit';
import type { MachineHost, TlbEntryView } from '../../api/protocol.ts';
import { AskingPanel } from '../asking-panel.ts';
import { grouped } from '../reading.ts';
import type { State } from '../store.ts';
import { RECORDS, SHARED } from '../theme/shared.ts';
import { sizeText } from '../widgets/bands.ts';
import { address } from '../widgets/number.ts';
import { badges } from '../widgets/pins.ts';

/** Every valid entry of the TLB with its tags. What stands here is used, even where the tables say something else by now. */
export class TlbPanel extends AskingPanel<readonly TlbEntryView[]> {
  static override properties = { ...AskingPanel.properties, entries: { state: true } };
  declare private entries: readonly TlbEntryView[];

  static override styles = [
    SHARED,
    RECORDS,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; flex: 1; }
      .scroll { flex: 1; min-height: 0; overflow: auto; }
      .foot { border-top: 1px solid var(--rule); min-height: 1.75rem; align-content: center; flex: none; }
      p { font: 400 var(--t-lead)/1.42 var(--gv-serif); padding: var(--s6) 0; }
      .stale { border-bottom: 3px double var(--gv-fg); }
    `,
  ];

  constructor() {
    super();
    this.entries = [];
  }

  protected inputs({ frame, view, walk }: State): readonly unknown[] {
    return [frame?.serial, view.lens, view.pins, walk];
  }

  protected question(host: MachineHost): Promise<readonly TlbEntryView[]> {
    return host.tlb();
  }

  protected take(entries: readonly TlbEntryView[]): void {
    this.entries = entries;
  }

  override render(): TemplateResult {
    if (this.entries.length === 0) return html`<p>${this.t('tlb.empty')}</p>`;
    const heads = (['tlb.half', 'map.linear', 'map.host', 'map.size', 'map.rights', 'tlb.tag'] as const).map(
      (k) => html`<th scope="col">${this.t(k)}</th>`,
    );
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${this.t('tlb.title')}><table class="records">
      <thead><tr>${heads}</tr></thead><tbody>${this.entries.map((e) => this.row(e))}</tbody></table></div>
      <div class="foot note">${this.t('tlb.count', { n: grouped(this.entries.length) })}</div>`;
  }

  private row(entry: TlbEntryView): TemplateResult {
    const { walk, view } = this.state;
    const { linear } = view.lens;
    const used = walk?.tlb.entry;
    const isStale = walk?.tlb.isStale && used?.half === entry.half && used.set === entry.set && used.way === entry.way;
    const isUnder = linear >= entry.linear && linear < entry.linear + entry.size;
    return html`<tr class=${isUnder ? 'here-row' : ''}>
      <td>${this.t(`tlb.${entry.half}`)} ${entry.set}.${entry.way}</td><td>${address('v', entry.linear)} ${badges(view.pins, entry.linear, entry.size)}</td><td>${address('h', entry.host)}${isStale ? html` <span class="note stale">${this.t('tlb.stale')}</span>` : nothing}</td><td>${sizeText(entry.size)}</td>
      <td>${entry.isWritable ? 'RW' : 'R'} ${entry.isUser ? 'U' : 'S'}${entry.isGlobal ? ' G' : ''}${entry.isDirty ? ' D' : ''}${entry.ept ? ` · EPT ${entry.ept.R ? 'R' : '-'}${entry.ept.W ? 'W' : '-'}${entry.ept.X ? 'X' : '-'}` : ''}</td>
      <td>VPID ${entry.vpid}${entry.kind === 'combined' ? html` · EPTP ${address('h', entry.ep4ta)}` : nothing}</td></tr>`;
  }
}

customElements.define('gv-tlb', TlbPanel);

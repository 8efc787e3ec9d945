import { css, html, type TemplateResult } from 'lit';
import type { TlbEntryView } from '../../api/protocol.ts';
import { Panel } from '../panel.ts';
import type { Session } from '../session.ts';
import { isReadable } from '../reading.ts';
import type { State } from '../store.ts';
import { RECORDS, SHARED } from '../theme/shared.ts';
import { address } from '../widgets/number.ts';

/** Every valid entry of the TLB with its tags. What stands here is used, even where the tables say something else by now. */
export class TlbPanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, entries: { state: true } };
  declare session: Session;
  declare private entries: readonly TlbEntryView[];
  private asked = -1;

  static override styles = [
    SHARED,
    RECORDS,
    css`
      :host { display: block; min-height: 0; flex: 1; overflow: auto; padding-top: var(--s2); }
    `,
  ];

  constructor() {
    super();
    this.entries = [];
  }

  protected inputs({ frame, view }: State): readonly unknown[] {
    return [frame?.serial, view.lens];
  }

  override willUpdate(): void {
    const { frame } = this.state;
    if (!frame || !isReadable(frame) || frame.serial === this.asked) return;
    this.asked = frame.serial;
    void this.session
      .ask((host) => host.tlb())
      .then((entries) => {
        if (entries) this.entries = entries;
      });
  }

  override render(): TemplateResult {
    if (this.entries.length === 0) return html`<p class="note">${this.t('tlb.empty')}</p>`;
    const { linear: lens } = this.state.view.lens;
    return html`<table class="records">
      <thead><tr><th>${this.t('tlb.half')}</th><th>${this.t('map.linear')}</th><th>${this.t('map.host')}</th><th>${this.t('map.size')}</th><th>${this.t('map.rights')}</th><th>${this.t('tlb.tag')}</th></tr></thead>
      <tbody>${this.entries.map(
        (e) => html`<tr class=${lens >= e.linear && lens < e.linear + e.size ? 'here-row' : ''}>
          <td>${this.t(`tlb.${e.half}`)} ${e.set}.${e.way}</td><td>${address('v', e.linear)}</td><td>${address('h', e.host)}</td><td>${e.size / 1024} KiB</td>
          <td>${e.isWritable ? 'RW' : 'R'} ${e.isUser ? 'U' : 'S'}${e.isGlobal ? ' G' : ''}${e.isDirty ? ' D' : ''}${e.ept ? ` · EPT ${e.ept.R ? 'R' : '-'}${e.ept.W ? 'W' : '-'}${e.ept.X ? 'X' : '-'}` : ''}</td>
          <td>${e.vpid}${e.kind === 'combined' ? html` · ${address('h', e.ep4ta)}` : ''}</td></tr>`,
      )}</tbody></table>`;
  }
}

customElements.define('gv-tlb', TlbPanel);

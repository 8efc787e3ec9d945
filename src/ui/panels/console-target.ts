import { css, html, nothing, type TemplateResult } from 'lit';
import type { DeviceViews, MachineHost } from '../../api/protocol.ts';
import { AskingPanel } from '../asking-panel.ts';
import type { State } from '../store.ts';
import { CHOICES, SHARED } from '../theme/shared.ts';
import { rove } from '../widgets/roving.ts';

/** Which of a host's virtual machines hears what is typed: `chosen`. Says `chosen` with the number of another. */
export class ConsoleTarget extends AskingPanel<DeviceViews> {
  static override properties = { ...AskingPanel.properties, there: { state: true }, chosen: { attribute: false } };
  /** Numbers of the virtual machines that there are. */
  declare private there: readonly number[];
  declare chosen: number;

  static override styles = [
    SHARED,
    CHOICES,
    css`
      :host { flex: none; }
      div { display: flex; align-items: center; gap: var(--s3); font-size: var(--t-small); }
      .tabs button { font: 400 var(--t-mono)/1.5rem var(--gv-mono); }
    `,
  ];

  constructor() {
    super();
    this.there = [];
    this.chosen = 0;
  }

  protected inputs({ frame }: State): readonly unknown[] {
    return [frame?.serial];
  }

  protected question(host: MachineHost): Promise<DeviceViews> {
    return host.devices();
  }

  protected take({ vms }: DeviceViews): void {
    const there = (vms?.vms ?? []).filter(({ status }) => status !== 'empty').map(({ number }) => number);
    if (there.join() !== this.there.join()) this.there = there;
    if (there.length > 0 && !there.includes(this.chosen)) this.choose(there[0]);
  }

  override render(): TemplateResult | typeof nothing {
    if (this.there.length < 2) return nothing;
    return html`<div><span class="note" id="to">${this.t('console.to')}</span><span class="tabs" role="radiogroup" aria-labelledby="to" @keydown=${rove}>${this.there.map(
      (vm) =>
        html`<button role="radio" aria-checked=${vm === this.chosen} tabindex=${vm === this.chosen ? 0 : -1} @click=${() => this.choose(vm)}>vm${vm}</button>`,
    )}</span></div>`;
  }

  private choose(vm: number): void {
    this.dispatchEvent(new CustomEvent('chosen', { detail: vm }));
  }
}

customElements.define('gv-console-target', ConsoleTarget);

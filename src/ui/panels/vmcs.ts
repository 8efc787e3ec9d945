import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import * as cpu from '../../arch/cpu-state.ts';
import type { FieldTrial, Frame, MachineHost, VmxView } from '../../api/protocol.ts';
import { FIELD, fieldType, fieldWidth, type VmcsFieldKey } from '../../arch/vmcs-fields.ts';
import { AskingPanel } from '../asking-panel.ts';
import { fieldWords, isReadable, words } from '../reading.ts';
import type { State } from '../store.ts';
import { CHOICES, CONTROLS, RECORDS, SHARED } from '../theme/shared.ts';
import { address } from '../widgets/number.ts';
import { rove } from '../widgets/roving.ts';
import { typeset } from '../widgets/sentence.ts';
import { twinButton } from '../widgets/table-twin.ts';
import { checkList } from './vmcs-checks.ts';
import { causeSentence, exitList, type Telling, trialStrip } from './vmcs-exits.ts';
import { DRAWERS, flipped, look, lookOf, type Look, type Tab } from './vmcs-facts.ts';
import { climb } from './vmcs-keys.ts';
import { VMCS_STYLES } from './vmcs-styles.ts';
import { type Drawing, fieldTable, tree } from './vmcs-tree.ts';

const TABS: readonly Tab[] = ['fields', 'checks', 'exits'];

/** The current VMCS: its fields in four drawers, what would exit under its controls, and what VM entry would find in it. */
export class VmcsPanel extends AskingPanel<VmxView | null> {
  static override properties = {
    ...AskingPanel.properties,
    ...{ answer: { state: true }, refusal: { state: true } },
  };
  /** What the machine said, and the frame that it was asked about. */
  declare private answer: { readonly view: VmxView | null; readonly frame: Frame } | null;
  /** The machine's sentence where it would not take a value. */
  declare private refusal: string | null;
  /** Where the keyboard is in the tree. */
  private current = '';
  private tried: FieldTrial | null = null;

  static override styles = [SHARED, CHOICES, CONTROLS, RECORDS, VMCS_STYLES];

  constructor() {
    super();
    this.answer = null;
    this.refusal = null;
  }

  protected inputs({ frame, edits, view }: State): readonly unknown[] {
    return [frame?.serial, edits, view.isTable];
  }

  protected question(host: MachineHost): Promise<VmxView | null> {
    return host.vmx(this.how.trial ?? undefined);
  }

  protected take(view: VmxView | null, frame: Frame): void {
    this.answer = { view, frame };
  }

  override willUpdate(changed: PropertyValues): void {
    if (this.tried !== this.how.trial) this.asked = -1;
    this.tried = this.how.trial;
    super.willUpdate(changed);
  }

  override updated(): void {
    const items = [...this.renderRoot.querySelectorAll<HTMLElement>('[role=treeitem]')];
    const item = items.find(({ dataset }) => dataset['what'] === this.current) ?? items[0];
    for (const other of items) other.tabIndex = other === item ? 0 : -1;
  }

  /** Leads to a field, and to one bit of it: from the root layer, from a check. */
  async show(field: VmcsFieldKey, bit: number | null = null): Promise<void> {
    const drawer = DRAWERS.find(([type]) => type === fieldType(FIELD[field]))?.[1] ?? 'control';
    const { open, words: opened } = this.how;
    this.turn({
      ...{ tab: 'fields', open: { ...open, [drawer]: true }, isAll: this.how.isAll },
      words: bit === null ? opened : { ...opened, [field]: true },
    });
    await this.updateComplete;
    const find = (what: string): HTMLElement | null => this.renderRoot.querySelector(`[data-what='${what}']`);
    const what = bit === null ? field : `${field}:${bit}`;
    if (!find(what)) {
      this.turn({ isAll: true });
      await this.updateComplete;
    }
    this.current = what;
    find(what)?.focus();
    find(what)?.scrollIntoView({ block: 'nearest' });
  }

  override render(): TemplateResult {
    const { frame: newest } = this.state;
    if (!newest) return html``;
    if (words(newest.cpu)[cpu.VMX_ON] === 0) return html`<p class="plain">${this.t('vmcs.off')}</p>`;
    // A frame is shown together with what the machine says of it; of a fast run the fields alone.
    const { view, frame } = isReadable(newest) && this.answer ? this.answer : { view: null, frame: newest };
    const tab = this.tab;
    return html`<div class="parts"><div class="tabs scrolls" role="tablist" aria-label=${this.t('vmcs.parts')} @keydown=${rove}>${TABS.map(
      (id) =>
        html`<button role="tab" id="tab-${id}" aria-selected=${id === tab} aria-controls="part" tabindex=${id === tab ? 0 : -1} @click=${() => this.turn({ tab: id })}>${this.t(`vmcs.tab.${id}`)}${id === 'checks' && view?.checks.failed ? html` <b>✕</b>` : nothing}</button>`,
    )}</div><span class="space"></span>${tab === 'fields' ? this.options() : nothing}</div>
      ${view && frame.vmcs && tab !== 'checks' ? this.cause(view) : nothing}
      ${view && frame.vmcs && tab !== 'checks' ? this.trial(view, frame.vmcs) : nothing}
      <div class="part ${tab}" id="part" role="tabpanel" tabindex=${tab === 'fields' && !this.state.view.isTable ? -1 : 0} aria-labelledby="tab-${tab}">${this.content(tab, frame, view)}</div>
      ${this.foot(frame, view)}`;
  }

  private content(tab: Tab, frame: Frame, view: VmxView | null): TemplateResult {
    if (tab === 'checks') return view ? this.checks(view) : html``;
    if (!frame.vmcs) return html`<p class="plain">${this.t('vmcs.none')}</p>`;
    if (tab === 'exits') return view ? exitList(this.telling(view, frame.vmcs)) : html``;
    const drawing = this.drawing(frame.vmcs, view);
    if (this.state.view.isTable) return fieldTable(drawing);
    return html`<div class="tree" role="tree" aria-label=${this.t('vmcs.title')} @keydown=${(e: KeyboardEvent) => climb(e)} @focusin=${(e: FocusEvent) => this.stand(e)}>${tree(drawing)}</div>`;
  }

  private get how(): Look {
    return lookOf(this.session);
  }

  private get tab(): Tab {
    const { tab } = this.how;
    const { frame } = this.state;
    return tab ?? (frame?.entryFailure && this.answer?.view?.checks.failed ? 'checks' : 'fields');
  }

  private turn(change: Partial<Look>): void {
    look(this.session, change);
    this.requestUpdate();
  }

  private stand(event: FocusEvent): void {
    const what = (event.target as HTMLElement).closest<HTMLElement>('[role=treeitem]')?.dataset['what'];
    if (what === undefined || what === this.current) return;
    this.current = what;
    this.requestUpdate();
  }

  private options(): TemplateResult {
    const { isAll } = this.how;
    return html`<label class="tick-box"><input type="checkbox" .checked=${isAll} @change=${() => this.turn({ isAll: !isAll })} />${this.t('vmcs.all')}</label>${twinButton(this.session)}`;
  }

  private cause({ cause }: VmxView): TemplateResult | typeof nothing {
    if (!cause) return nothing;
    const [bit] = cause.bits.slice(-1);
    return html`<p class="cause-line"><b>${this.t('cause.title')}</b> <span>${typeset(this.state.view.language, causeSentence(cause))}</span>${bit && this.tab === 'fields' ? html` <button class="link" @click=${() => void this.show(bit.field, bit.bit)}>${this.t('cause.show')}</button>` : nothing}</p>`;
  }

  private drawing(region: Uint8Array, view: VmxView | null): Drawing {
    const { edits, frame, view: page } = this.state;
    return {
      ...{ region, view, look: this.how, edits, language: page.language, tick: frame?.tick ?? 0, t: this.t.bind(this) },
      before: view?.before ?? null,
      moment: this.answer?.view ?? null,
      toggle: (what, isOpen) => {
        const { open, words: opened } = this.how;
        this.turn('drawer' in what ? { open: { ...open, [what.drawer]: isOpen } } : { words: { ...opened, [what.word]: isOpen } });
      },
      tryOut: (field, bit) => this.tryOut(region, field, bit),
    };
  }

  private telling(view: VmxView, region: Uint8Array): Telling {
    const { language } = this.state.view;
    const code = [this.state.frame?.code, this.state.frame?.otherCode];
    const line = code.flatMap((c) => c?.lines ?? []).find((l) => l.linear === view.next?.linear) ?? null;
    const valueIn = (source: number, bit: number): number => (source >>> bit) & 1;
    return {
      ...{ language, view, trial: view.trial, line, t: this.t.bind(this) },
      bit: ({ field, bit }) => {
        const value = valueIn(fieldWords(region, FIELD[field]).at(-1) ?? 0, bit);
        const { trial } = this.how;
        return { value, isTried: trial?.field === field && valueIn(trial.value, bit) !== value };
      },
      tryOut: (field, bit) => this.tryOut(region, field, bit),
    };
  }

  /** Puts a bit on trial; the one that is there already, off it. */
  private tryOut(region: Uint8Array, field: VmcsFieldKey, bit: number): void {
    const wanted = flipped(region, field, bit);
    const { trial } = this.how;
    const isSame = trial?.field === field && trial.value === wanted.value;
    this.refusal = null;
    this.turn({ tab: this.tab, trial: isSame ? null : wanted });
  }

  private trial(view: VmxView, region: Uint8Array): TemplateResult | typeof nothing {
    const { trial } = this.how;
    if (!trial || !view.trial || view.trial.trial.field !== trial.field || view.trial.trial.value !== trial.value) return nothing;
    const [first, second] = fieldWords(region, FIELD[trial.field]);
    const before = second === undefined ? { value: first, high: 0 } : { value: second, high: first };
    if (before.value === trial.value && before.high === trial.high) return nothing;
    return trialStrip(this.telling(view, region), {
      ...{ before, refusal: this.refusal },
      flip: () => void this.write(trial),
      leave: () => this.turn({ trial: null }),
    });
  }

  private async write({ field, value, high }: FieldTrial): Promise<void> {
    const wide = fieldWidth(FIELD[field]) === 64 ? { high } : {};
    this.refusal = await this.session.edit({ kind: 'vmcs', field, value, ...wide });
    if (this.refusal === null) this.turn({ trial: null });
  }

  private checks(view: VmxView): TemplateResult {
    const { sections } = this.how;
    return checkList({
      ...{ view, sections, refusal: this.refusal, language: this.state.view.language, t: this.t.bind(this) },
      failure: this.state.frame?.entryFailure ?? null,
      toggle: (section, isOpen) => {
        if (sections[section] !== isOpen) this.turn({ sections: { ...this.how.sections, [section]: isOpen } });
      },
      show: (field) => void this.show(field),
      mend: () => {
        this.turn({ tab: 'checks' });
        if (view.mend) void this.write(view.mend);
      },
    });
  }

  private foot(frame: Frame, view: VmxView | null): TemplateResult | typeof nothing {
    if (!frame.vmcs) return nothing;
    return html`<div class="foot"><span>${this.t('vmcs.at')} ${address('h', words(frame.cpu)[cpu.VMCS_POINTER])}</span>${view?.basis === 'force' && this.tab === 'fields' ? html`<span class="note">${this.t('checks.guestRuns')}</span>` : nothing}</div>`;
  }
}

customElements.define('gv-vmcs', VmcsPanel);

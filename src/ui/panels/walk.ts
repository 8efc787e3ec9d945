import { html, nothing, type TemplateResult } from 'lit';
import type { ExplainedReference, WalkExplanation } from '../../api/protocol.ts';
import { misconfigurationName } from '../i18n/facts.ts';
import { Panel } from '../panel.ts';
import { lensTo } from '../lens-to.ts';
import { isReadable, reachedBy } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { RECORDS, SHARED } from '../theme/shared.ts';
import { address, hexText } from '../widgets/number.ts';
import { lettersAt, LETTERS } from '../widgets/pins.ts';
import { twinButton } from '../widgets/table-twin.ts';
import { flatPicture } from './walk-flat.ts';
import { entryLine, neighbour } from './walk-line.ts';
import { loupe, nameOf } from './walk-loupe.ts';
import { bits, type Drawing } from './walk-bits.ts';
import { entryValue, ruler } from './walk-parts.ts';
import { upTo } from './walk-partial.ts';
import { nestedPicture } from './walk-picture.ts';
import { WALK_STYLES } from './walk-styles.ts';

/** The walk of the lens's access: every table reference in order, and the bit that ended it. Reading it changes nothing. */
export class WalkPanel extends Panel {
  static override properties = {
    ...Panel.properties,
    session: { attribute: false },
    chosen: { state: true },
    pointed: { state: true },
    pinned: { state: true },
  };
  declare session: Session;
  /** Reference under the loupe, by the reader's choice; null: the one that decided, or the last. */
  declare private chosen: number | null;
  /** Reference under the pointer. */
  declare private pointed: number | null;
  /** Where the pins lead, by letter. */
  declare private pinned: readonly (WalkExplanation | null)[];
  private asked = '';
  private shown: WalkExplanation | null = null;

  static override styles = [SHARED, RECORDS, WALK_STYLES];

  constructor() {
    super();
    this.chosen = null;
    this.pointed = null;
    this.pinned = [];
  }

  protected inputs({ walk, view, reference, frame }: State): readonly unknown[] {
    return [walk, view.isTable, view.pins, reference, frame?.serial];
  }

  override willUpdate(): void {
    const { walk } = this.state;
    if (walk?.linear !== this.shown?.linear) this.chosen = null;
    this.shown = walk;
    void this.follow();
  }

  /** Where the pins lead at this instant. */
  private async follow(): Promise<void> {
    const { frame, view } = this.state;
    const { pins, lens } = view;
    const question = `${frame?.serial} ${lens.context} ${pins.join(' ')}`;
    if (!frame || !isReadable(frame) || question === this.asked) return;
    this.asked = question;
    if (pins.every((pin) => pin === null)) {
      if (this.pinned.length > 0) this.pinned = [];
      return;
    }
    const walks = await this.session.ask((host) =>
      Promise.all(pins.map(async (pin) => (pin === null ? null : host.walk(pin, 'read', lens.context)))),
    );
    if (walks && question === this.asked) this.pinned = walks;
  }

  /** Letters of the pins for which an entry is read that not every walk reads: the guest's own, and the leaf that the page hangs on. */
  private letters(reference: ExplainedReference | null): readonly string[] {
    const { view, walk } = this.state;
    if (reference === null) return walk ? lettersAt(view.pins, walk.linear - (walk.linear % 4096), 4096) : [];
    const isTelling = ({ dimension, row, isLeaf }: ExplainedReference): boolean => dimension === 'guest' || (row === 'page' && isLeaf);
    if (!isTelling(reference)) return [];
    return LETTERS.filter((_, i) => this.pinned[i]?.references.some((r) => r.host === reference.host && isTelling(r)));
  }

  /** What refused the access, in the page's coordinates: the bit under the loupe where that is drawn, else the cell; null if nothing did. */
  get refusal(): DOMRect | null {
    const bit = this.renderRoot.querySelector('.loupe .deciding')?.getBoundingClientRect();
    return (bit && bit.height > 0 ? bit : this.renderRoot.querySelector('.fault')?.getBoundingClientRect()) ?? null;
  }

  /** Where the drawing ends, in the page's coordinates. */
  get floor(): number {
    return this.renderRoot.querySelector('.foot')?.getBoundingClientRect().top ?? 0;
  }

  override render(): TemplateResult {
    const { walk: whole, view, reference } = this.state;
    if (!whole) return html``;
    const walk = reference === null ? whole : upTo(whole, reference);
    const chosen =
      reference !== null
        ? reference
        : this.chosen !== null && this.chosen <= walk.references.length
          ? this.chosen
          : (walk.missing?.reference ?? walk.references.length);
    const drawing: Drawing = {
      walk,
      whole,
      t: (key, values) => this.t(key, values),
      chosen,
      choose: (n) => this.choose(n),
      letters: (r) => this.letters(r),
    };
    return html`
      ${ruler(drawing)}
      <div class="scroll" role=${view.isTable ? 'group' : nothing} tabindex=${view.isTable ? 0 : nothing} aria-label=${view.isTable ? this.t('walk.title') : nothing} @keydown=${(e: KeyboardEvent) => this.press(e)} @pointerover=${(e: Event) => this.point(e)} @pointerleave=${() => {
        this.pointed = null;
      }}>${view.isTable ? this.table(walk) : this.drawn(drawing)}</div>
      ${this.foot(walk, whole)}`;
  }

  private drawn(drawing: Drawing): TemplateResult {
    const { walk } = drawing;
    // Without EPT there are two entries at most, and room for both.
    const loupes = walk.references.filter((r) => !walk.context.isNested || r.number === drawing.chosen);
    const body =
      walk.total === 0
        ? html`<p class="plain">${this.t('walk.pagingOff')}</p><gv-bytes .store=${this.store} .session=${this.session}></gv-bytes>`
        : walk.context.isNested
          ? nestedPicture(drawing)
          : flatPicture(drawing);
    return html`${this.stale(walk)}${body}${loupes.map((r) => loupe(drawing, r, this.state.view.language))}`;
  }

  /** What the TLB holds against what the tables say. */
  private stale(walk: WalkExplanation): TemplateResult | typeof nothing {
    const { tlb, outcome } = walk;
    if (!tlb.isStale || tlb.entry === null) return nothing;
    const page = tlb.entry.host + (walk.linear & (tlb.entry.size - 1));
    return html`<div class="stale"><span><b>${this.t('walk.tlbSays')}</b> ${address('v', tlb.entry.linear)} → ${address('h', tlb.entry.host)}${tlb.entry.vpid ? html` · VPID ${tlb.entry.vpid}` : nothing}</span>
      <span><b>${this.t('walk.tablesSay')}</b> ${outcome.kind === 'ok' ? address('h', outcome.host) : html`✕ ${this.outcome(walk, null)}`}</span>
      <span>${tlb.use === 'hit' ? html`${this.t('walk.accessGoes')} ${address('h', page)}` : this.t('walk.tlbRefused')}</span></div>`;
  }

  private foot(walk: WalkExplanation, whole: WalkExplanation): TemplateResult {
    const at = walk.references.find((r) => r.number === (this.pointed ?? this.chosen));
    return html`<div class="foot">
      ${at && !this.state.view.isTable ? this.entry(at, whole) : this.result(walk, whole)}
      <span class="space"></span>
      ${twinButton(this.session)}
    </div>`;
  }

  private result(walk: WalkExplanation, whole: WalkExplanation): TemplateResult {
    const host = reachedBy(walk);
    const isPartial = walk !== whole;
    return html`${walk.tlb.use === 'unused' ? nothing : html`<span>${this.tlb(walk)}</span>`}${isPartial ? html`<span>${this.t('walk.upTo', { n: walk.references.length, total: whole.references.length })}</span>` : html`<span class=${host === null ? 'outcome refused' : 'outcome'}>${host === null ? '✕ ' : nothing}${this.outcome(walk, host)}</span>`}`;
  }

  /** All bits of the entry that is pointed at; of the chosen one, the ways on. */
  private entry(reference: ExplainedReference, walk: WalkExplanation): TemplateResult {
    const words = { frame: this.t('walk.frame'), table: this.t('walk.tableWord') };
    const ways =
      this.chosen === reference.number
        ? html`<button class="link" @click=${() => this.store.update({ reference: reference.number })}>${this.t('walk.stepHere')}</button><button class="link" @click=${() => this.toMemory(reference)}>${this.t('walk.inMemory')}</button>`
        : nothing;
    return html`<span class="outcome bits-line">${entryLine(reference, walk, words)}</span>${ways}`;
  }

  /** The lens on the entry itself, in memory. */
  private async toMemory({ host }: ExplainedReference): Promise<void> {
    const isThere = await lensTo(this.session, { space: 'h', address: host, context: 'current' });
    if (isThere) this.store.look({ scene: 'memory' });
  }

  private point(event: Event): void {
    const cell = event.composedPath().find((t): t is HTMLElement => t instanceof HTMLElement && t.matches('.cell'));
    const dot = cell?.querySelector<HTMLElement>('.dot');
    const pointed = dot ? Number(dot.dataset['reference']) : null;
    if (pointed !== this.pointed) this.pointed = pointed;
  }

  /** Arrow keys go through the grid. */
  private press(event: KeyboardEvent): void {
    const from = event.composedPath()[0];
    if (!(from instanceof HTMLElement) || !from.matches('.dot') || event.ctrlKey || event.shiftKey || event.altKey || event.metaKey) return;
    const to = neighbour(this.renderRoot as ShadowRoot, from, event.key);
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(Number(to.dataset['reference']));
    to.focus();
  }

  private table(walk: WalkExplanation): TemplateResult {
    const heads = (['number', 'table', 'host', 'entry', 'bits'] as const).map(
      (k) => html`<th scope="col">${this.t(`walk.column.${k}`)}</th>`,
    );
    return html`<table class="records">
      <thead><tr>${heads}</tr></thead>
      <tbody>${walk.references.map(
        (r) =>
          html`<tr class=${walk.missing?.reference === r.number ? 'here-row' : ''}><th scope="row">${r.number}</th><td>${r.dimension === 'ept' ? 'EPT ' : ''}${r.entry}[${r.index}]${r.sameAs === null ? nothing : html` <span class="note">${this.t('walk.sameAs', { n: r.sameAs })}</span>`}</td><td>${address('h', r.host)}</td><td>${entryValue(r)}</td><td>${bits(r, walk)}</td></tr>`,
      )}</tbody></table>`;
  }

  private tlb(walk: WalkExplanation): TemplateResult {
    const { use, isStale } = walk.tlb;
    if (use === 'hit')
      return html`<b>TLB</b> ${this.t(isStale ? 'walk.tlbStale' : 'walk.tlbHit')} · ${this.t('walk.saved', { n: walk.references.length })}`;
    return html`<b>TLB</b> ${this.t(use === 'refused' ? 'walk.tlbLacks' : 'walk.tlbMiss')}`;
  }

  private outcome({ outcome, missing, references, access }: WalkExplanation, host: number | null): TemplateResult | string {
    if (host !== null) return html`${this.t('walk.reaches')} ${address('h', host)}`;
    const reference = references.find((r) => r.number === missing?.reference);
    const entry = reference ? nameOf(reference) : '';
    const bit = missing ? `${missing.bit.replace('/', '')} = ${missing.value}` : '';
    const values = { entry, bit, access: this.t(`walk.${access}`) };
    switch (outcome.kind) {
      case 'ok':
        return '';
      case 'pageFault':
        return this.t('walk.outcomePage', { ...values, code: hexText(outcome.errorCode, 1) });
      case 'eptViolation':
        return this.t('walk.outcomeViolation', values);
      case 'eptMisconfiguration':
        return this.t('walk.outcomeMisconfiguration', { ...values, rule: misconfigurationName(this.state.view.language, outcome.rule) });
    }
  }

  private choose(reference: number): void {
    if (this.state.reference !== null) this.store.update({ reference: null });
    this.chosen = reference;
  }
}

customElements.define('gv-walk', WalkPanel);

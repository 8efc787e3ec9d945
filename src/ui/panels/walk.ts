import { html, nothing, type TemplateResult } from 'lit';
import type { AddressField, ExplainedBit, ExplainedReference, ExplainedRow, WalkExplanation } from '../../api/protocol.ts';
import { Panel } from '../panel.ts';
import type { Session } from '../session.ts';
import { SHARED } from '../theme/shared.ts';
import { address, hex, hexText } from '../widgets/number.ts';
import { WALK_STYLES } from './walk-styles.ts';

const COLUMNS = ['PML4', 'PDPT', 'PD', 'PT'] as const;
const COLUMN_BITS = { PML4: '47–39', PDPT: '38–30', PD: '29–21', PT: '20–12' } as const;
const ROW_NAMES = { PD: 'Guest PD', PT: 'Guest PT', page: '' } as const;

/** The two-dimensional walk: a row for each guest-physical address that the translation needs, a column for each EPT level, numbered in the order of the reads. */
export class WalkPanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, walk: { state: true }, isTable: { state: true } };
  declare session: Session;
  declare private walk: WalkExplanation | null;
  declare private isTable: boolean;
  private asked = '';

  static override styles = [SHARED, WALK_STYLES];

  constructor() {
    super();
    this.walk = null;
    this.isTable = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.session.toggleTable = () => {
      this.isTable = !this.isTable;
    };
  }

  override willUpdate(): void {
    const { frame, view } = this.state;
    if (!frame || frame.running) return;
    const question = `${frame.serial} ${view.address} ${view.access} ${view.context}`;
    if (question === this.asked) return;
    this.asked = question;
    void this.session
      .try((host) => host.walk(view.address, view.access, view.context))
      .then((walk) => {
        if (walk && question === this.asked) this.walk = walk;
      });
  }

  override render(): TemplateResult {
    const { walk } = this;
    if (!walk) return html``;
    return html`
      ${this.ruler(walk)}
      ${this.isTable ? this.table(walk) : this.picture(walk)}
      <div class="foot">
        <span>${this.tlb(walk)}</span><span class=${walk.outcome.kind === 'ok' ? '' : 'refused'}>${this.outcome(walk)}</span><span class="space"></span>
        <span><b>${walk.references.length}</b> / ${walk.total}</span>
        <button class="link" @click=${() => {
          this.isTable = !this.isTable;
        }}>${this.t(this.isTable ? 'walk.picture' : 'walk.table')} <kbd>T</kbd></button>
      </div>`;
  }

  private ruler(walk: WalkExplanation): TemplateResult {
    const names = { directory: this.t('walk.directory'), table: this.t('walk.tableField'), offset: this.t('walk.offset') };
    return html`<div class="ruler">
      <div><div class="note">${this.t('walk.address')}</div>${address('v', walk.linear)}</div>
      <div class="fields">${walk.fields.map((f) => rulerField(f, walk.linear, names[f.name]))}</div>
    </div>`;
  }

  private picture(walk: WalkExplanation): TemplateResult {
    const isNested = walk.context.isNested;
    if (walk.total === 0) return html`<p class="plain">${this.t('walk.pagingOff')}</p>`;
    return html`<div class="scroll"><div class="walk ${isNested ? '' : 'flat'}" role="grid" aria-label=${this.t('walk.references', { n: walk.total })}>
      <div class="columns" role="row"><span></span>
        ${isNested ? COLUMNS.map((c) => html`<div role="columnheader"><b>EPT ${c}</b> <span class="note">${COLUMN_BITS[c]}</span></div>`) : nothing}
        <div role="columnheader"><b>${this.t('walk.guestEntry')}</b></div>
      </div>
      ${walk.rows.map((row, i) => this.row(walk, row, walk.rows[i + 1]))}
    </div></div>`;
  }

  private row(walk: WalkExplanation, row: ExplainedRow, next: ExplainedRow | undefined): TemplateResult {
    const at = (n: number | null): ExplainedReference | undefined => walk.references.find((r) => r.number === n);
    const name = row.level === 'page' ? this.t('walk.page') : walk.context.isNested ? ROW_NAMES[row.level] : row.level;
    const how =
      row.base === 'linear' ? '' : row.level === 'page' ? `${row.base} + ${hexText(row.index, 3)}` : `${row.base} + 4 × ${row.index}`;
    const read = at(row.read);
    const isEnd = row.level === 'page';
    return html`<div class="row" role="row">
        <div class="name" role="rowheader"><b>${name}</b>${row.guestPhysical === null ? html`<span class="note">${this.t('walk.notReached')}</span>` : address('g', row.guestPhysical)}<span class="how">${how}</span></div>
        ${
          walk.context.isNested
            ? COLUMNS.map((c) =>
                this.cell(
                  row.ept.map(at).find((r) => r?.level === c),
                  walk,
                  row.guestPhysical === null || isLarge(row, c, walk),
                ),
              )
            : nothing
        }
        ${isEnd ? this.end(walk, row) : this.cell(read, walk, false)}
      </div>
      ${next ? html`<div class="lane">${read?.frame != null && next.guestPhysical !== null ? html`<span>${read.entry} → ${this.t('walk.frame')} ${address('g', read.frame)}</span>` : nothing}</div>` : nothing}`;
  }

  /** One reference: number, place, entry, bits; a refused one carries the double rule. */
  private cell(ref: ExplainedReference | undefined, walk: WalkExplanation, isSkipped: boolean): TemplateResult {
    if (!ref)
      return html`<div class="cell never" role="gridcell">${isSkipped ? nothing : html`<span class="ring"></span><span class="note">${this.t('walk.notReached')}</span>`}</div>`;
    const isFault = walk.missing?.reference === ref.number;
    const label = `${ref.number}: ${ref.entry}[${ref.index}], h:${hexText(ref.host)}, ${hexText(ref.low)}`;
    return html`<div class="cell ${ref.dimension} ${isFault ? 'fault' : ''} ${ref.sameAs ? 'again' : ''}" role="gridcell" aria-label=${label}>
      <div class="top"><span class="dot">${ref.number}</span><span class="index">${ref.dimension === 'guest' ? ref.entry : ''}[${ref.index}]</span><span class="line"></span></div>
      ${address('h', ref.host)}
      ${ref.sameAs ? html`<span class="note">${this.t('walk.sameAs', { n: ref.sameAs })}</span>` : html`<span class="entry">= ${ref.high ? html`${hex(ref.high, 2)}·` : nothing}${hex(ref.low)}</span><span class="bits">${ref.bits.map(bit)}</span>`}
    </div>`;
  }

  private end(walk: WalkExplanation, row: ExplainedRow): TemplateResult {
    const { outcome } = walk;
    if (outcome.kind !== 'ok')
      return html`<div class="cell never" role="gridcell"><span class="ring"></span><span class="note">${this.t(`walk.${walk.access}`)}, ${this.t('walk.notReached')}</span></div>`;
    return html`<div class="cell reached" role="gridcell"><div class="top"><span class="ring full"></span></div>${address('h', row.host ?? outcome.host)}<span class="note">${this.t(`walk.${walk.access}`)}${outcome.target === 'ram' ? '' : ` · ${outcome.target}`}</span></div>`;
  }

  private table(walk: WalkExplanation): TemplateResult {
    return html`<div class="scroll"><table>
      <thead><tr><th>${this.t('walk.column.number')}</th><th>${this.t('walk.column.table')}</th><th>${this.t('walk.column.host')}</th><th>${this.t('walk.column.entry')}</th><th>${this.t('walk.column.bits')}</th></tr></thead>
      <tbody>${walk.references.map(
        (r) =>
          html`<tr class=${walk.missing?.reference === r.number ? 'refused' : ''}><td>${r.number}</td><td>${r.dimension === 'ept' ? 'EPT ' : ''}${r.entry}[${r.index}]</td><td>${address('h', r.host)}</td><td>${r.high ? hex(r.high, 2) : nothing}${hex(r.low)}</td><td><span class="bits">${r.bits.map(bit)}</span></td></tr>`,
      )}</tbody></table></div>`;
  }

  private tlb(walk: WalkExplanation): string {
    if (walk.tlb.use === 'unused') return '';
    if (walk.tlb.use !== 'hit') return this.t('walk.tlbMiss');
    return walk.tlb.isStale ? this.t('walk.tlbStale', { address: `h:${hexText(walk.tlb.host ?? 0)}` }) : this.t('walk.tlbHit');
  }

  private outcome({ outcome, missing }: WalkExplanation): string {
    const bitText = missing ? `${missing.bit} = ${missing.value}` : '';
    switch (outcome.kind) {
      case 'ok':
        return this.t('walk.outcomeOk', { address: `h:${hexText(outcome.host)}` });
      case 'pageFault':
        return `✕ ${this.t('walk.outcomePage', { code: outcome.errorCode, missing: bitText })}`;
      case 'eptViolation':
        return `✕ ${this.t('walk.outcomeViolation', { missing: bitText })}`;
      case 'eptMisconfiguration':
        return `✕ ${this.t('walk.outcomeMisconfiguration', { missing: outcome.rule })}`;
    }
  }
}

/** A column that a large EPT page made unnecessary. */
function isLarge(row: ExplainedRow, column: (typeof COLUMNS)[number], walk: WalkExplanation): boolean {
  const last = walk.references.find((r) => r.number === row.ept.at(-1));
  return last !== undefined && last.isLeaf && COLUMNS.indexOf(column) > COLUMNS.indexOf(last.level);
}

function bit({ name, value, isFailed }: ExplainedBit): TemplateResult {
  if (isFailed) return html`<span class="failed">${name} = ${value} ✕</span>`;
  return html`<span class=${value ? 'on' : 'off'}>${value > 1 ? `${name}=${value}` : name}</span>`;
}

function rulerField(field: AddressField, linear: number, name: string): TemplateResult {
  const bits = Array.from({ length: field.high - field.low + 1 }, (_, i) => (linear >>> (field.high - i)) & 1);
  return html`<div class="field" data-bits=${bits.length}>
    <div class="digits" aria-hidden="true">${bits.map((b) => html`<span class=${b ? 'one' : ''}>${b}</span>`)}</div>
    <div class="under"><span>${field.high}</span><span class="fieldname">${name} <b>${field.name === 'offset' ? hexText(field.value, 3) : field.value}</b></span><span>${field.low}</span></div>
  </div>`;
}

customElements.define('gv-walk', WalkPanel);

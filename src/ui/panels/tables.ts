import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { MachineHost, TableRow, TablesView, TableView } from '../../api/protocol.ts';
import * as cpu from '../../arch/cpu-state.ts';
import { AskingPanel } from '../asking-panel.ts';
import { isMemoryByHand } from '../edit/marks.ts';
import { askForEdit } from '../edit/request.ts';
import { entryRequest } from '../edit/requests.ts';
import { misconfigurationName } from '../i18n/facts.ts';
import { lensTo, type Target } from '../lens-to.ts';
import { grouped, words } from '../reading.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { sizeText } from '../widgets/bands.ts';
import { address, hex, shortAddress, type Space, wideText } from '../widgets/number.ts';
import { showIn } from '../widgets/sight.ts';
import { changesIn, endsOf, type Line, linesOf, tableOf, type Words, wordsOf } from './tables-list.ts';
import { bitRuler, bitWords, fieldsOf, indexText, rails, strip } from './tables-parts.ts';
import { TABLES_STYLES } from './tables-styles.ts';

type RowLine = Extract<Line, { kind: 'row' }>;

/** Changed entries that are told of one row. */
const MOST_CHANGES = 3;
const HEADS = ['entry', 'at', 'value', 'bits', 'maps', 'to'] as const;

/** The guest's page tables and the EPT as two trees, as they lie in memory: all entries, and in them the way of the lens's access. */
export class TablesPanel extends AskingPanel<TablesView> {
  static override properties = { ...AskingPanel.properties, view: { state: true }, chosen: { state: true }, hovered: { state: true } };
  declare private view: TablesView | null;
  /** Name of the line that the keyboard is at; null: the last of the lens's way. */
  declare private chosen: string | null;
  /** Name of the line under the pointer. */
  declare private hovered: string | null;
  private lines: readonly Line[] = [];
  /** Where the lens's way comes to in each tree. */
  private ends: ReadonlySet<string> = new Set();
  /** Tables that the reader has opened and closed. */
  private readonly opened = new Set<string>();
  private readonly closed = new Set<string>();
  /** Of the open tables, one frame ago. */
  private earlier: Words = new Map();
  private access = '';
  /** The end of the way is to come into sight: it is somewhere else. */
  private isRevealing = false;
  private observed: Element | null = null;
  /** What opens beside the trees leaves them less room: as long as the reader is nowhere else, the end stays in sight. */
  private readonly resize = new ResizeObserver(() => {
    if (this.chosen === null) this.reveal();
  });
  private shownSerial = -1;

  static override styles = [SHARED, TABLES_STYLES];

  constructor() {
    super();
    this.view = null;
    this.chosen = null;
    this.hovered = null;
  }

  protected inputs({ frame, view, edits }: State): readonly unknown[] {
    return [frame?.serial, view.lens, edits];
  }

  /** The lens's access is part of the question. */
  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    const { linear, access, context, isUser } = this.state.view.lens;
    const question = `${linear} ${access} ${context} ${isUser}`;
    if (question !== this.access) this.asked = -1;
    this.access = question;
    super.willUpdate(changed);
  }

  protected question(host: MachineHost): Promise<TablesView> {
    const { linear, access, context, isUser } = this.state.view.lens;
    return host.tables({ linear, access, context, isUser, opened: [...this.opened], closed: [...this.closed] });
  }

  protected take(view: TablesView, { serial }: { readonly serial: number }): void {
    if (this.asked !== serial) return;
    if (this.view && this.shownSerial !== serial) this.earlier = wordsOf(this.view);
    this.shownSerial = serial;
    this.view = view;
    this.lines = linesOf(view);
    const ends = endsOf(this.lines);
    this.isRevealing ||= [...ends].some((key) => !this.ends.has(key));
    this.ends = ends;
  }

  override updated(): void {
    const scroll = this.renderRoot.querySelector('.scroll');
    if (scroll !== this.observed) {
      this.resize.disconnect();
      this.observed = scroll;
      if (scroll) this.resize.observe(scroll);
    }
    if (this.isRevealing) this.isRevealing = !this.reveal();
  }

  override disconnectedCallback(): void {
    this.resize.disconnect();
    this.observed = null;
    super.disconnectedCallback();
  }

  /** Brings the end of the way into sight; false where it is not drawn yet. */
  private reveal(): boolean {
    const box = this.renderRoot.querySelector('.scroll');
    const end = [...this.renderRoot.querySelectorAll('.line.end')].at(-1);
    if (!box || !end) return false;
    showIn(box, end, box.querySelector('.heads'));
    return true;
  }

  override render(): TemplateResult {
    const { view } = this;
    if (!view) return html``;
    if (!view.guest && !view.ept) return html`<p class="plain">${this.t('tables.nothing')}</p>${this.otherWorld()}`;
    const current = this.current();
    return html`${this.otherWorld()}<div class="scroll" @pointerleave=${() => {
      this.hovered = null;
    }}><div class="tree" role="treegrid" aria-label=${this.t('tables.label')} @keydown=${(e: KeyboardEvent) => this.press(e)}>
        <div class="heads" role="row">${HEADS.map((k) => html`<span role="columnheader" class=${k}>${this.t(`tables.${k}`)}</span>`)}</div>
        ${repeat(
          this.lines,
          ({ key }) => key,
          (line) => this.line(line, line === current),
        )}</div></div>
      ${this.entryFoot(current)}
      ${this.notes(view)}`;
  }

  /** What is not there, and why. */
  private notes({ guest, ept, isSearched }: TablesView): TemplateResult | typeof nothing {
    const said = [
      guest ? '' : this.t('tables.noPaging'),
      ept ? '' : this.t('tables.noEpt'),
      isSearched ? '' : this.t('tables.unsearched'),
    ].filter((text) => text !== '');
    return said.length === 0 ? nothing : html`<div class="foot note">${said.map((text) => html`<span>${text}</span>`)}</div>`;
  }

  /** Root runs, whose tables are not its guest's. */
  private otherWorld(): TemplateResult | typeof nothing {
    const { frame, view } = this.state;
    const state = frame ? words(frame.cpu) : null;
    if (!state || state[cpu.VMX_ON] !== 1 || state[cpu.NON_ROOT] !== 0 || frame?.vmcs == null || view.lens.context === 'guest')
      return nothing;
    return html`<div class="note">${this.t('tables.otherWorld')} <button class="link" @click=${() => this.session.pin({ context: 'guest' })}>${this.t('tables.lookThere')}</button></div>`;
  }

  // Lines ---------------------------------------------------------------------------------------------------------------------------------
  /** Where the keyboard is. */
  private current(): Line | undefined {
    return this.lines.find(({ key }) => key === this.chosen) ?? this.lines.findLast(({ key }) => this.ends.has(key)) ?? this.lines[0];
  }

  private line(line: Line, isCurrent: boolean): TemplateResult {
    const table = tableOf(line);
    const row = line.kind === 'row' ? line.row : null;
    const isOnPath = (row?.references.length ?? 0) > 0;
    const look = `line d${line.depth} ${line.kind} ${row?.kind ?? ''} ${this.ends.has(line.key) ? 'end' : ''} ${row?.failed ? 'fault' : ''}`;
    const canOpen = table !== null && table.host !== null;
    return html`<div class=${look} role="row" aria-level=${line.depth + 1} aria-expanded=${canOpen ? String(table.isOpen) : nothing} aria-selected=${isCurrent} tabindex=${isCurrent ? 0 : -1}
      @click=${(e: MouseEvent) => this.pressed(e, line)} @pointerenter=${() => {
        this.hovered = line.key;
      }}>
      <span class="name" role="rowheader">${rails(line.rails, isOnPath)}<span class="twisty ${canOpen ? '' : 'leaf'}"></span>${this.nameOf(line)}</span>
      ${line.kind === 'root' ? this.rootCells(line) : line.kind === 'row' ? this.cells(line) : html`<span class="what" role="gridcell">${this.t('tables.more')}</span>`}
      ${this.moreOf(line)}</div>`;
  }

  private nameOf(line: Line): TemplateResult | typeof nothing {
    if (line.kind === 'root') return html`<b>${line.root === 'guest' ? 'CR3' : 'EPTP'}</b>`;
    if (line.kind === 'more') return nothing;
    const { row, of, root } = line;
    const { references } = row;
    if (references.length === 0) return html`<span class="index">${indexText(row, of)}</span>`;
    const title = this.t('tables.references', { n: references.join(', ') });
    return html`<span class="index">${indexText(row, of)}</span><span class="dot ${root === 'guest' ? 'solid' : ''}" title=${title}><span aria-hidden="true">${references.join(' ')}</span><span class="visually-hidden">${title}</span></span>`;
  }

  private rootCells({ root, table }: Extract<Line, { kind: 'root' }>): TemplateResult {
    const isNested = this.view?.ept != null;
    const space = this.t(isNested ? 'tables.physical' : 'tables.host');
    const own: Space = root === 'guest' && isNested ? 'g' : 'h';
    return html`<span class="at" role="gridcell">${shortAddress(own, (own === 'g' ? table.physical : (table.host ?? table.physical)) ?? 0)}</span>
      <span class="what" role="gridcell">${this.t(`tables.${root}`, { space })}</span>`;
  }

  private cells(line: RowLine): TemplateResult {
    const { row, of, root } = line;
    const isNested = this.view?.ept != null;
    const to: Space = root === 'guest' && isNested ? 'g' : 'h';
    const fields = fieldsOf(row, of.entry, root);
    const isByHand = isMemoryByHand(
      this.state.edits,
      { space: 'h', address: row.host, length: root === 'guest' ? 4 : 8 },
      this.state.frame?.tick ?? 0,
    );
    const at = row.physical !== null && isNested ? shortAddress('g', row.physical) : shortAddress('h', row.host);
    const isEmpty = row.kind === 'absent' && row.low === 0 && row.high === 0 && !row.failed;
    return html`<span class="at" role="gridcell">${at}</span>
      <span class="value ${isByHand ? 'by-hand' : ''}" role="gridcell">${row.high ? hex(row.high, 1) : nothing}${hex(row.low)}</span>
      ${isEmpty ? html`<span class="what" role="gridcell">${this.t('tables.absent')}</span>` : html`<span role="gridcell">${bitWords(row, fields)}</span>`}
      <span class="maps" role="gridcell">${address(root === 'guest' ? 'v' : 'g', row.from)} <span class="size">${sizeText(row.size, this.t.bind(this))}</span></span>
      <span class="to" role="gridcell">${row.to === null ? nothing : address(to, row.to)}</span>`;
  }

  /** What is said under a row: how full a closed table is, what has changed, what else leads there. */
  private moreOf(line: Line): TemplateResult | typeof nothing {
    if (line.kind === 'more') return nothing;
    const table = tableOf(line);
    const said = [
      table ? this.densityOf(table, line) : nothing,
      ...(line.kind === 'row' ? [this.changes(line), this.others(line), this.rule(line.row)] : []),
    ].filter((part) => part !== nothing);
    return said.length === 0
      ? nothing
      : html`<span class="more" role="gridcell"><span class="rails">${rails(line.rails, false)}</span>${said}</span>`;
  }

  private densityOf(table: TableView, line: Line): TemplateResult | typeof nothing {
    if (table.host === null) return html`<span>✕ ${this.t('tables.nowhere')}</span>`;
    if (table.isOpen && line.kind === 'row') return nothing;
    if (table.density === null) return html`<span>${this.t('tables.unread')}</span>`;
    const { present, writable, count } = table;
    return html`${strip(table)}<span>${this.t('tables.density', { present, writable, count })}</span>`;
  }

  private changes({ row, of }: RowLine): TemplateResult | typeof nothing {
    const changes = changesIn(row, of, this.earlier, MOST_CHANGES);
    if (changes.length === 0) return nothing;
    return html`<span class="mono">${changes.map(({ index, before, after }) => html`${row.first === row.last ? nothing : `[${index}] `}${before} → <mark>${after}</mark> `)}<span class="visually-hidden">${this.t('tables.changed')}</span></span>`;
  }

  private others({ row, root }: RowLine): TemplateResult | typeof nothing {
    if (row.alsoCount === 0) return nothing;
    const rest = row.alsoCount - row.also.length;
    return html`<span>${this.t('tables.also')} ${row.also.map((from) => html`${address(root === 'guest' ? 'v' : 'g', from)} `)}${rest > 0 ? this.t('tables.alsoMore', { n: grouped(rest) }) : nothing}</span>`;
  }

  private rule({ misconfiguration }: TableRow): TemplateResult | typeof nothing {
    if (misconfiguration === null) return nothing;
    const { language } = this.state.view;
    return html`<span>✕ ${this.t('tables.refused', { rule: misconfigurationName(language, misconfiguration) })}</span>`;
  }

  // The entry -----------------------------------------------------------------------------------------------------------------------------
  /** Of the entry under the pointer, else of the one that the keyboard is at. */
  private entryFoot(current: Line | undefined): TemplateResult | typeof nothing {
    const hovered = this.lines.find(({ key }) => key === this.hovered);
    const line = hovered?.kind === 'row' ? hovered : current;
    if (line?.kind !== 'row') return nothing;
    const { row, of, root } = line;
    const isNested = this.view?.ept != null;
    const space: Space = root === 'guest' && isNested ? 'g' : 'h';
    const end = row.toHost === null || !isNested ? nothing : html`→ ${address('h', row.toHost)}`;
    return html`<div class="entry-foot" role="group" aria-label=${indexText(row, of)}>
      <div class="entry-head"><b class="mono">${root === 'ept' ? 'EPT ' : ''}${indexText(row, of)}</b>${address('h', row.host)}<span class="mono">= ${wideText(row.low, row.high)}</span>${row.to !== null ? html`<span>→ ${address(space, row.to)} ${end}</span>` : nothing}${row.from === row.to ? html`<span class="identity">${this.t('tables.identity')}</span>` : nothing}<span class="space"></span>
        <button class="link" @click=${() => this.putLens(line)}>${this.t('tables.lens')} <kbd>⏎</kbd></button>${this.state.isFixed ? nothing : html`<button class="link" @click=${(e: Event) => this.change(e, line)}>${this.t('tables.change')} <kbd>F2</kbd></button>`}</div>
      ${bitRuler(row, fieldsOf(row, of.entry, root), { language: this.state.view.language, space, ignored: this.t('tables.ignored') })}</div>`;
  }

  private change(event: Event, { row, of, root }: RowLine): void {
    const { first: index, host, low, high, isLeaf } = row;
    askForEdit(event, entryRequest({ dimension: root, level: of.level, entry: of.entry, index, host, low, high, isLeaf }));
  }

  private putLens({ row, root }: RowLine): Promise<boolean> {
    return lensTo(this.session, { space: root === 'guest' ? 'v' : 'g', address: row.from });
  }

  // Keys and clicks -----------------------------------------------------------------------------------------------------------------------
  private pressed(event: MouseEvent, line: Line): void {
    const target = event.target as Element;
    const isTwisty = target.matches('.twisty');
    const other = target.closest<HTMLElement>('.more .address')?.dataset;
    this.chosen = line.key;
    // Another address that leads there is followed as anywhere.
    if (other) void lensTo(this.session, otherIn(other));
    else if (isTwisty || line.kind === 'root') this.toggle(line);
    else if (line.kind === 'row' && event.detail === 2) this.change(event, line);
    else if (line.kind === 'row') void this.putLens(line);
    // A linear address in it is the row's own.
    event.stopPropagation();
  }

  private press(event: KeyboardEvent): void {
    const line = this.current();
    const target = event.target as HTMLElement;
    if (!line || !target.matches('[role=row]') || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    const at = this.lines.indexOf(line);
    const goals: Readonly<Record<string, () => unknown>> = {
      ArrowDown: () => this.goTo(this.lines[at + 1]),
      ArrowUp: () => this.goTo(this.lines[at - 1]),
      Home: () => this.goTo(this.lines[0]),
      End: () => this.goTo(this.lines.at(-1)),
      ArrowRight: () => (tableOf(line)?.isOpen ? this.goTo(this.lines[at + 1]) : this.toggle(line)),
      ArrowLeft: () => (tableOf(line)?.isOpen ? this.toggle(line) : this.goTo(this.lines.find(({ key }) => key === line.parent))),
      Enter: () => (line.kind === 'row' ? this.putLens(line) : this.toggle(line)),
      F2: () => line.kind === 'row' && this.change(event, line),
    };
    if (!Object.hasOwn(goals, event.key)) return;
    event.preventDefault();
    goals[event.key]();
  }

  private goTo(line: Line | undefined): void {
    if (!line) return;
    this.chosen = line.key;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[role=row][tabindex="0"]')?.focus());
  }

  private toggle(line: Line): void {
    const table = tableOf(line);
    if (!table || table.host === null) return;
    this.chosen = line.key;
    const [to, from] = table.isOpen ? [this.closed, this.opened] : [this.opened, this.closed];
    to.add(table.key);
    from.delete(table.key);
    this.asked = -1;
    this.requestUpdate();
  }
}

function otherIn({ linear, physical }: DOMStringMap): Target {
  return linear === undefined ? { space: 'g', address: Number(physical) } : { space: 'v', address: Number(linear) };
}

customElements.define('gv-tables', TablesPanel);

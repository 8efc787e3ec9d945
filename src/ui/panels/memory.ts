import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { Frame, MachineHost, MemoryView } from '../../api/protocol.ts';
import { AskingPanel } from '../asking-panel.ts';
import { isMemoryByHand } from '../edit/marks.ts';
import { readPlaceOrRegister } from '../edit/read.ts';
import { askForEdit } from '../edit/request.ts';
import { bytesRequest } from '../edit/requests.ts';
import { lensTo } from '../lens-to.ts';
import { grouped, words } from '../reading.ts';
import type { State } from '../store.ts';
import { CHOICES, SHARED } from '../theme/shared.ts';
import { address } from '../widgets/number.ts';
import { badges } from '../widgets/pins.ts';
import { rove } from '../widgets/roving.ts';
import { twinButton } from '../widgets/table-twin.ts';
import { type Grid, gridRow } from './memory-grid.ts';
import { memoryPage, SIDE } from './memory-page.ts';
import { memoryStrip } from './memory-strip.ts';
import { MEMORY_STYLES } from './memory-styles.ts';

const SPACES = ['v', 'g', 'h'] as const;
const ZOOMS = ['page', 1, 2, 4] as const;
const HEATS = [0, 100, 1000, 10_000] as const;
const KINDS = ['read', 'written', 'executed'] as const;
const END = 2 ** 32;
/** Rem of a row, and that sixteen columns need. */
const LINE = 1.25;
const WIDE = 38;
/** Rows above the cursor in a window that is made around it, and rows at least. */
const ABOVE = 3;
const LEAST = 8;
const MOST = 64;
const NARROW_ROWS = 16;
/** Names under the picture of a page. */
const MOST_NAMES = 12;

/** Memory byte by byte in any space: what stands there, what it is, who touched it lately. It goes with the lens until the reader goes elsewhere. */
export class MemoryPanel extends AskingPanel<MemoryView> {
  static override properties = {
    ...AskingPanel.properties,
    ...{ view: { state: true }, space: { state: true }, cursor: { state: true }, anchor: { state: true }, zoom: { state: true } },
    ...{ ticks: { state: true }, isFollowing: { state: true }, isWrong: { state: true }, room: { state: true } },
  };
  declare private view: MemoryView | null;
  declare private space: (typeof SPACES)[number];
  declare private cursor: number;
  /** The other end of the selection. */
  declare private anchor: number;
  declare private zoom: (typeof ZOOMS)[number];
  declare private ticks: (typeof HEATS)[number];
  declare private isFollowing: boolean;
  declare private isWrong: boolean;
  declare private room: { readonly rows: number; readonly columns: 8 | 16 };
  private start = 0;
  /** The keyboard goes with the cursor. */
  private isFocusing = false;
  private earlier: MemoryView | null = null;
  private place = '';
  /** Frame of the view, and frame and ticks of the last recollection. */
  private shown = -1;
  private recalled = '';
  /** In the next frame: rows make the place of the rows another one. */
  private readonly resize = new ResizeObserver(([entry]) => requestAnimationFrame(() => this.measure(entry.contentRect)));

  static override styles = [SHARED, CHOICES, MEMORY_STYLES];

  constructor() {
    super();
    this.view = null;
    this.space = 'v';
    this.cursor = 0;
    this.anchor = 0;
    this.zoom = 1;
    this.ticks = 1000;
    this.isFollowing = true;
    this.isWrong = false;
    this.room = { rows: 16, columns: 16 };
  }

  protected inputs({ frame, view, edits }: State): readonly unknown[] {
    return [frame?.serial, view.lens, view.watchpoints, view.pins, view.isTable, edits];
  }

  private measure({ width, height }: DOMRectReadOnly): void {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    // A narrow page scrolls, and has as many rows as are of use.
    const isNarrow = width / rem < WIDE;
    const rows = isNarrow ? NARROW_ROWS : Math.max(LEAST, Math.min(MOST, Math.floor(height / rem / LINE)));
    const columns = isNarrow ? 8 : 16;
    if (rows !== this.room.rows || columns !== this.room.columns) this.room = { rows, columns };
  }

  override firstUpdated(): void {
    this.resize.observe(this.renderRoot.querySelector('.scroll') as Element);
  }

  /** Where it looks is part of the question. */
  override willUpdate(changed: PropertyValues): void {
    const { linear, size, context } = this.state.view.lens;
    if (this.isFollowing) {
      this.space = 'v';
      this.cursor = linear;
      this.anchor = linear + size - 1;
    }
    this.keepInSight();
    const question = `${this.space} ${this.start} ${this.length} ${this.cursor} ${context}`;
    if (question !== this.place) this.asked = -1;
    this.place = question;
    super.willUpdate(changed);
  }

  /** A whole page is drawn; its table is the bytes themselves. */
  private get isPicture(): boolean {
    return this.zoom === 'page' && !this.state.view.isTable;
  }

  /** Bytes of a cell. */
  private get unit(): 1 | 2 | 4 {
    return this.zoom === 'page' ? 1 : this.zoom;
  }

  /** Rows, and bytes of one. */
  private get grain(): { readonly rows: number; readonly columns: number } {
    return this.isPicture ? { rows: SIDE, columns: SIDE } : this.room;
  }

  private get length(): number {
    const { rows, columns } = this.grain;
    return Math.min(rows * columns, END - this.start);
  }

  /** The window stays while the cursor is inside it, so that bytes change in their place. */
  private keepInSight(): void {
    const { rows, columns } = this.grain;
    if (this.isPicture) {
      this.start = this.cursor - (this.cursor % (rows * columns));
      return;
    }
    this.start -= this.start % columns;
    const row = Math.floor((this.cursor - this.start) / columns);
    const top = this.cursor - (this.cursor % columns);
    if (row < -1 || row > rows) this.start = top - ABOVE * columns;
    else if (row < 0) this.start = top;
    else if (row >= rows) this.start = top - (rows - 1) * columns;
    this.start = Math.max(0, Math.min(this.start, END - rows * columns));
  }

  protected question(host: MachineHost): Promise<MemoryView> {
    const { space, start, length, cursor } = this;
    return host.memoryView({ space, address: start, length, cursor, context: this.state.view.lens.context });
  }

  protected take(view: MemoryView, frame: Frame): void {
    if (this.asked !== frame.serial) return;
    if (this.shown !== frame.serial) this.earlier = this.view?.space === view.space ? this.view : null;
    this.shown = frame.serial;
    this.view = view;
    void this.recall(frame);
  }

  /** Has the machine live through the last ticks once more; not while it runs, and once a frame. */
  private async recall(frame: Frame): Promise<void> {
    const asked = `${frame.serial} ${this.ticks}`;
    if (this.ticks === 0 || frame.running || asked === this.recalled) return;
    this.recalled = asked;
    const ticks = await this.session.ask((host) => host.recall(this.ticks));
    if (ticks == null || this.recalled !== asked) return;
    this.asked = -1;
    this.requestUpdate();
  }

  /** The keyboard stays with the cursor, whose byte may come later. */
  override updated(): void {
    const cell = this.isFocusing ? this.renderRoot.querySelector<HTMLElement>('.cell[tabindex="0"]') : null;
    if (!cell) return;
    this.isFocusing = false;
    cell.focus();
  }

  override render(): TemplateResult {
    const { view } = this;
    return html`${this.tools()}
      ${view ? memoryStrip(view, { t: (key, values) => this.t(key, values), go: (at) => this.moveTo(at, false) }) : nothing}
      <div class="scroll">${view ? (this.isPicture ? this.page(view) : this.grid(view)) : nothing}</div>
      ${view ? this.foot(view) : nothing}`;
  }

  // Tools ---------------------------------------------------------------------------------------------------------------------------------
  private tools(): TemplateResult {
    return html`<div class="tools">
      ${this.choice(
        'memory.space',
        SPACES,
        this.space,
        (space) => html`<span title=${this.t(`memory.${space}`)}>${space}:</span>`,
        (space) => this.choose(space),
      )}
      <form @submit=${(e: SubmitEvent) => this.go(e)}><label>${this.t('memory.go')} <input name="place" placeholder=${this.t('memory.goHint')} spellcheck="false" autocomplete="off" autocapitalize="off" aria-invalid=${this.isWrong} @input=${() => {
        this.isWrong = false;
      }} /></label></form>
      ${this.choice(
        'memory.unit',
        ZOOMS,
        this.zoom,
        (zoom) => html`${zoom === 'page' ? this.t('memory.zoomPage') : zoom}`,
        (zoom) => {
          this.zoom = zoom;
        },
      )}
      <span class="heat"><span class="note" aria-hidden="true">${this.t('memory.heat')}</span>${this.choice(
        'memory.heat',
        HEATS,
        this.ticks,
        (n) => html`${n === 0 ? this.t('memory.off') : this.t('memory.ticks', { n: grouped(n) })}`,
        (n) => this.warm(n),
      )}</span>
      <label class="tick-box"><input type="checkbox" .checked=${this.isFollowing} @change=${(e: Event) => {
        this.isFollowing = (e.target as HTMLInputElement).checked;
      }} />${this.t('memory.follow')}</label>
      ${this.isWrong ? html`<span class="note" role="status">✕ ${this.t('memory.wrong')}</span>` : nothing}</div>`;
  }

  private choice<T extends string | number>(
    label: 'memory.space' | 'memory.unit' | 'memory.heat',
    all: readonly T[],
    chosen: T,
    draw: (value: T) => TemplateResult,
    choose: (value: T) => void,
  ): TemplateResult {
    return html`<div class="tabs" role="radiogroup" aria-label=${this.t(label)} @keydown=${rove}>${all.map(
      (value) =>
        html`<button role="radio" aria-checked=${value === chosen} tabindex=${value === chosen ? 0 : -1} @click=${() => choose(value)}>${draw(value)}</button>`,
    )}</div>`;
  }

  /** The same byte in the other space, where it has a place there. */
  private choose(space: (typeof SPACES)[number]): void {
    const { cursor } = this.view ?? {};
    const there = space === 'h' ? cursor?.host : space === 'g' ? cursor?.physical : null;
    if (space !== this.space && there != null && there < END) this.cursor = this.anchor = there;
    this.space = space;
    this.isFollowing = false;
  }

  private warm(ticks: (typeof HEATS)[number]): void {
    this.ticks = ticks;
    this.asked = -1;
  }

  private go(event: SubmitEvent): void {
    event.preventDefault();
    const text = String(new FormData(event.target as HTMLFormElement).get('place')).trim();
    const { frame, loaded } = this.state;
    const place = readPlaceOrRegister(text, loaded?.symbols ?? {}, frame ? words(frame.cpu) : null);
    this.isWrong = place === null;
    if (!place) return;
    this.space = place.space ?? this.space;
    this.moveTo(place.address, false);
  }

  private page(view: MemoryView): TemplateResult {
    const names = view.marks
      .filter(({ name }) => name !== '')
      .toSorted((a, b) => Number(a.kind === 'symbol') - Number(b.kind === 'symbol'))
      .slice(0, MOST_NAMES);
    return html`<div class="whole" tabindex="0" role="group" aria-label=${this.t('memory.grid')} @keydown=${(e: KeyboardEvent) => this.press(e)}>${memoryPage({ view, cursor: this.cursor, t: (key, values) => this.t(key, values), choose: (at) => this.moveTo(at, false) })}</div>
      <div class="names below">${names.map(({ kind, name }) => html`<span class="name ${kind}">${name}</span>`)}</div>`;
  }

  // Bytes ---------------------------------------------------------------------------------------------------------------------------------
  private grid(view: MemoryView): TemplateResult {
    const { columns } = this.room;
    const { frame, edits, view: look } = this.state;
    const isAt = (space: string, from: number, length: number, at: number, size: number): boolean =>
      space === view.space && from < at + size && from + length > at;
    const [from, to] = this.selection();
    const grid: Grid = {
      ...{ view, before: this.earlier, unit: this.unit, columns, from, to, cursor: this.cursor },
      isWatched: (at, size) => look.watchpoints.some((w) => isAt(w.space, w.address, w.length, at, size)),
      isByHand: (at, size) => isMemoryByHand(edits, { space: view.space, address: at, length: size }, frame?.tick ?? 0),
      badges: (at, size) => (view.space === 'v' ? badges(look.pins, at, size) : []),
      t: (key, values) => this.t(key, values),
      choose: (at, isExtended) => this.moveTo(at, isExtended),
      change: (event) => this.change(event),
    };
    const rows = Array.from({ length: Math.ceil(view.bytes.length / columns) }, (_, i) => i * columns);
    return html`<div class="grid c${columns} u${this.unit}" role="grid" aria-label=${this.t('memory.grid')} aria-multiselectable="true" @keydown=${(e: KeyboardEvent) => this.press(e)}>${rows.map((at) => gridRow(grid, at))}</div>`;
  }

  /** First and last byte that are chosen. */
  private selection(): readonly [number, number] {
    const { unit } = this;
    const cellOf = (at: number): number => at - (at % unit);
    return [Math.min(cellOf(this.cursor), cellOf(this.anchor)), Math.max(cellOf(this.cursor), cellOf(this.anchor)) + unit - 1];
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || !(event.target as Element).matches('.cell, .whole')) return;
    const { rows, columns } = this.grain;
    const steps: Readonly<Record<string, number>> = {
      ...{ ArrowRight: this.unit, ArrowLeft: -this.unit, ArrowDown: columns, ArrowUp: -columns },
      ...{ PageDown: rows * columns, PageUp: -rows * columns, Home: -(this.cursor % columns), End: columns - 1 - (this.cursor % columns) },
    };
    if (Object.hasOwn(steps, event.key)) this.moveTo(this.cursor + steps[event.key], event.shiftKey, true);
    else if (event.key === 'Enter' || event.key === 'F2') this.change(event);
    else return;
    event.preventDefault();
  }

  /** The cursor goes there; with `isExtended` the selection goes with it. */
  private moveTo(at: number, isExtended: boolean, isFocused = false): void {
    this.cursor = Math.max(0, Math.min(at, END - 1));
    if (!isExtended) this.anchor = this.cursor;
    this.isFollowing = false;
    this.isFocusing = isFocused && !this.isPicture;
  }

  // The cursor ----------------------------------------------------------------------------------------------------------------------------
  private foot(view: MemoryView): TemplateResult {
    const { cursor, space } = view;
    const [from] = this.selection();
    const isWatched = this.watchpoint() !== undefined;
    return html`<div class="foot">
      <div class="what" aria-live="polite"><span class="chain">${address(space, cursor.address)}${space === 'v' && cursor.physical !== null ? html` → ${address('g', cursor.physical)}` : nothing}${space !== 'h' ? (cursor.host === null ? html` → <span class="note">✕ ${this.t('memory.nowhere')}</span>` : html` → ${address('h', cursor.host)}`) : nothing}</span>
        ${cursor.facts.slice(0, 3).map((fact) => html`<span class="fact"><span class="note">${this.t(`memory.kind.${fact.kind}`)}</span> <b class="mono" lang="en">${fact.name}</b>${fact.says === '' ? nothing : html` <span class="mono" lang="en">${fact.says}</span>`}${fact.to ? html` → ${address(fact.to.space, fact.to.address)}` : nothing}</span>`)}
        ${cursor.target === 'device' ? html`<span class="note">${this.t('memory.device')}</span>` : nothing}</div>
      <div class="acts"><span>${this.ages(view)}</span><span class="space"></span>
        ${this.state.isFixed ? nothing : html`<button class="link" ?disabled=${this.chosenBytes(view) === null} @click=${(e: Event) => this.change(e)}>${this.t('memory.change')} <kbd>⏎</kbd></button>`}
        <button class="link" @click=${() => lensTo(this.session, { space, address: from })}>${this.t('memory.lens')}</button>
        <button class="link" aria-pressed=${isWatched} @click=${() => this.watch()}>${this.t(isWatched ? 'memory.unwatch' : 'memory.watch')}</button>${this.zoom === 'page' ? twinButton(this.session) : nothing}</div>
      ${this.ticks > 0 ? html`<div class="note">${this.t('memory.legend')}<span class="minor"> · ${this.t('memory.legendReads')}</span></div>` : nothing}
    </div>`;
  }

  private ages({ cursor }: MemoryView): TemplateResult {
    if (!cursor.ages) return html``;
    const told = KINDS.flatMap((kind, i) => {
      const ticks = cursor.ages?.[i] ?? -1;
      return ticks < 0 ? [] : [`${this.t(`memory.${kind}`)} ${this.t('memory.ago', { n: grouped(ticks) })}`];
    });
    return html`${told.length === 0 ? this.t('memory.untouched') : told.join(' · ')}`;
  }

  private change(event: Event): void {
    const { view } = this;
    const bytes = view && this.chosenBytes(view);
    if (bytes) askForEdit(event, bytesRequest(this.selection()[0], bytes, { context: this.state.view.lens.context, space: view.space }));
  }

  /** What is chosen, where it can be changed: all of it is there, and known. */
  private chosenBytes({ bytes, address: start }: MemoryView): readonly number[] | null {
    const [from, to] = this.selection();
    const chosen = from < start ? [] : bytes.slice(from - start, to + 1 - start);
    const known = chosen.filter((byte) => byte !== null);
    return known.length > to - from ? known : null;
  }

  private watchpoint(): State['view']['watchpoints'][number] | undefined {
    const [from, to] = this.selection();
    return this.state.view.watchpoints.find((w) => w.space === this.space && w.address === from && w.length === to - from + 1);
  }

  private watch(): void {
    const { watchpoints } = this.state.view;
    const there = this.watchpoint();
    const [from, to] = this.selection();
    const mine = { space: this.space, address: from, length: to - from + 1, access: 'any' } as const;
    void this.session.setStops({ watchpoints: there ? watchpoints.filter((w) => w !== there) : [...watchpoints, mine] });
  }
}

customElements.define('gv-memory', MemoryPanel);

import { html, nothing, type TemplateResult } from 'lit';
import type { Frame, MachineHost, TlbState, VpidStudy } from '../../api/protocol.ts';
import { AskingPanel } from '../asking-panel.ts';
import { grouped, isReadable } from '../reading.ts';
import type { Lens, State } from '../store.ts';
import { CHOICES, RECORDS, SHARED } from '../theme/shared.ts';
import { address } from '../widgets/number.ts';
import { rove } from '../widgets/roving.ts';
import { say, type Sentence } from '../widgets/sentence.ts';
import { twinButton } from '../widgets/table-twin.ts';
import { cost } from './tlb-cost.ts';
import { entryList, type Listing } from './tlb-entries.ts';
import { grid } from './tlb-grid.ts';
import { EVENT_ROWS, happened } from './tlb-happened.ts';
import { dated, whyEmpty } from './tlb-log.ts';
import { filled, isLensEntry, sentence, type TlbDrawing } from './tlb-parts.ts';
import { reloadWith } from './tlb-reload.ts';
import { strips } from './tlb-strip.ts';
import { TLB_STYLES } from './tlb-styles.ts';
import { type Asking, comparison, type StudyState, vpidAnswer } from './tlb-vpid.ts';
import { flushSentence, placeOf } from './tlb-words.ts';

const SECTIONS = ['entries', 'happened', 'cost', 'vpid'] as const;
type Section = (typeof SECTIONS)[number];

/** Cells that are drawn one by one; a larger TLB is drawn by its sets. */
const MOST_CELLS = 64;
/** Ticks that the second machine runs without being asked to, and MiB that it takes so. */
const FREE_TICKS = 1_000_000;
const FREE_MIB = 64;
/** Milliseconds for which a picture waits for the second machine, so that both change at once. */
const PATIENCE_MS = 150;
/** Room, in rem, for two columns below the picture. */
const WIDE = 54;

/** A TLB and what it was asked about. */
interface Answer {
  readonly tlb: TlbState;
  readonly study: VpidStudy | null;
}

/** The TLB: what it holds, what came and went and why, what its misses have cost, and whether the lens's access would hit without VPID. */
export class TlbPanel extends AskingPanel<Answer> {
  static override properties = {
    ...AskingPanel.properties,
    ...{
      tlb: { state: true },
      study: { state: true },
      section: { state: true },
      isWide: { state: true },
      listing: { state: true },
      events: { state: true },
    },
  };
  declare private tlb: TlbState | null;
  declare private study: VpidStudy | null;
  /** Null: the one that says most. */
  declare private section: Section | null;
  declare private listing: Omit<Listing, 'look'>;
  declare private events: number;
  /** What happened stands beside the rest. */
  declare private isWide: boolean;
  /** The tick that `tlb` is of. */
  private tick = 0;
  /** The reader wants to know, however far it is. */
  private isWanted = false;
  private asks = '';
  private readonly resize = new ResizeObserver(([{ contentRect }]) => {
    const isWide = contentRect.width >= WIDE * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    // In the next frame: what is drawn anew has another size, and is not to be looked at in this one.
    if (isWide !== this.isWide) requestAnimationFrame(() => void (this.isWide = isWide));
  });

  static override styles = [SHARED, CHOICES, RECORDS, TLB_STYLES];

  constructor() {
    super();
    this.tlb = null;
    this.study = null;
    this.section = null;
    this.listing = { order: 'tag', from: 0, set: null };
    this.events = EVENT_ROWS;
    this.isWide = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.resize.observe(this);
  }

  override disconnectedCallback(): void {
    this.resize.disconnect();
    super.disconnectedCallback();
  }

  protected inputs({ frame, view, walk, recorded, loaded }: State): readonly unknown[] {
    const { lens, pins, isTable } = view;
    // While it runs faster than a reader can follow, the last instant that could be read stands.
    const now = frame && isReadable(frame) ? [frame.serial, walk, recorded] : [null, null, null];
    return [...now, lens, pins, isTable, loaded];
  }

  protected async question(host: MachineHost): Promise<Answer> {
    const { frame, view } = this.state;
    const tlb = await host.tlbState();
    if (!frame || !this.isFree(tlb, frame.tick)) return { tlb, study: null };
    const study = this.ask(view.lens, frame.serial);
    // Nothing stands there yet: what is known comes at once.
    if (this.tlb === null) return { tlb, study: null };
    return { tlb, study: await Promise.race([study, new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE_MS))]) };
  }

  protected take({ tlb, study }: Answer, frame: Frame): void {
    if (frame.tick < this.tick) this.events = EVENT_ROWS;
    this.tlb = tlb;
    this.study = study;
    this.tick = frame.tick;
  }

  protected override updated(): void {
    const { frame, view } = this.state;
    const { tlb, tick } = this;
    // The lens has moved, or the reader wants it to be tried.
    if (frame && tlb && frame.tick === tick && !frame.running && this.isFree(tlb, tick)) void this.ask(view.lens, frame.serial);
  }

  /** Asks the second machine, once about each access of each frame. */
  private async ask({ linear, access, context, isUser }: Lens, serial: number): Promise<VpidStudy | null> {
    const asks = [serial, linear, access, context, isUser].join(' ');
    if (asks === this.asks) return this.study;
    this.asks = asks;
    const study = (await this.session.ask((host) => host.vpidStudy({ linear, access, context, isUser }))) ?? null;
    if (asks === this.asks && study?.tick === this.tick) this.study = study;
    return study;
  }

  /** The second machine may run. */
  private isFree({ isVpidOn }: TlbState, tick: number): boolean {
    if (isVpidOn === null) return false;
    return this.isWanted || (tick <= FREE_TICKS && (this.state.loaded?.ramMiB ?? 0) <= FREE_MIB);
  }

  override render(): TemplateResult {
    const { tlb } = this;
    if (!tlb) return html``;
    const drawing = this.drawing(tlb);
    return html`<div class="scroll">${this.lens(drawing)}${this.picture(drawing)}${this.parts(drawing)}</div>${this.foot(tlb)}`;
  }

  private drawing(tlb: TlbState): TlbDrawing {
    const { history, view, walk, begin, frame } = this.state;
    const { tick, study } = this;
    return {
      ...{ tlb, history, tick, begin, walk, study: study?.tick === tick ? study : null },
      dated: dated(history, tlb.entries, { sets: tlb.sets, tick }),
      end: Math.max(frame?.endTick ?? 0, tick),
      ...{ language: view.language, linear: view.lens.linear, pins: view.pins },
      t: (key, values) => this.t(key, values),
      follow: (linear) => void this.session.pin({ linear }),
      seek: (goal) => void this.session.seek(goal),
    };
  }

  private get asking(): Asking {
    const { tlb, tick, study } = this;
    const state: StudyState = tlb?.isVpidOn == null ? 'none' : study?.tick === tick ? 'known' : this.isFree(tlb, tick) ? 'running' : 'far';
    const run = (): void => {
      this.isWanted = true;
      this.requestUpdate();
    };
    return { state, run };
  }

  // The lens's access ------------------------------------------------------------------------------------------------------------------------
  private lens(drawing: TlbDrawing): TemplateResult | typeof nothing {
    const { walk, t } = drawing;
    if (!walk) return nothing;
    const used = walk.tlb.use === 'hit' ? drawing.dated.find(({ entry }) => isLensEntry(drawing, entry)) : undefined;
    return html`<div class="lens" role="group" aria-label=${t('tlb.lens')}>
      <p>${address('v', walk.linear)} ${t(`walk.${walk.access}`)} <span class="answer ${walk.tlb.isStale ? 'stale' : ''}">${sentence(drawing, this.use(drawing))}</span>${used ? html` <span class="note">· ${used.filledAt === null ? nothing : t('tlb.filledAt')}</span> ${filled(drawing, used)}` : nothing}</p>
      ${this.asking.state === 'none' ? nothing : html`<p>${vpidAnswer(drawing, this.asking)}</p>`}</div>`;
  }

  private use({ walk, dated: entries }: TlbDrawing): Sentence {
    if (!walk || walk.tlb.use === 'unused') return say('tlb.unused');
    const { tlb, outcome, total } = walk;
    if (tlb.entry === null)
      return outcome.kind !== 'ok' ? say('tlb.missFault') : total === 1 ? say('tlb.missOne') : say('tlb.miss', { n: total });
    const place = placeOf(tlb.entry);
    if (tlb.use === 'refused') return say('tlb.refused', { place });
    if (!tlb.isStale) return say('tlb.hit', { place });
    const { half, set, way } = tlb.entry;
    const host = entries.find(({ entry }) => entry.half === half && entry.set === set && entry.way === way)?.entry.tables?.host ?? null;
    return say('tlb.hitStale', { place, host: host === null ? say('tlb.nowhere') : { space: 'h', address: host } });
  }

  // The picture ------------------------------------------------------------------------------------------------------------------------------
  private picture(drawing: TlbDrawing): TemplateResult {
    const { tlb, history, tick, begin } = drawing;
    const choose = (set: Listing['set']): void => {
      this.listing = { ...this.listing, set, from: 0 };
      this.section = 'entries';
    };
    const isSmall = 2 * tlb.sets * tlb.ways <= MOST_CELLS;
    const flush = tlb.entries.length === 0 ? whyEmpty(history, tick) : null;
    const why = flush
      ? html`${sentence(drawing, say('tlb.empty', { why: flushSentence(flush, history) }))} <button class="link tick" @click=${() => drawing.seek(flush.at)}>${this.t('tlb.atTick', { tick: grouped(flush.at) })}</button>`
      : html`${history.fineFrom > begin ? this.t('tlb.emptyNever', { from: grouped(history.fineFrom) }) : this.t('tlb.emptyStart')}`;
    return html`${tlb.entries.length === 0 ? html`<p class="serif">${why}</p>` : nothing}
      ${this.state.view.isTable ? nothing : isSmall ? grid(drawing) : strips(drawing, this.listing.set, choose)}`;
  }

  // Sections ---------------------------------------------------------------------------------------------------------------------------------
  private parts(drawing: TlbDrawing): TemplateResult {
    const { tlb } = drawing;
    const isDrawnWhole = 2 * tlb.sets * tlb.ways <= MOST_CELLS && !this.state.view.isTable;
    const shown = this.isWide ? SECTIONS.filter((id) => id !== 'happened') : SECTIONS;
    const first = !this.isWide && (tlb.entries.length === 0 || isDrawnWhole) ? 'happened' : 'entries';
    const section = shown.find((id) => id === this.section) ?? first;
    const tab = (id: Section): TemplateResult =>
      html`<button role="tab" id="tab-${id}" aria-selected=${id === section} aria-controls="section" tabindex=${id === section ? 0 : -1} @click=${() => {
        this.section = id;
      }}>${this.t(`tlb.tab.${id}`)}${id === 'entries' ? html` <span class="count">${grouped(tlb.entries.length)}</span>` : nothing}</button>`;
    const aside = this.isWide
      ? html`<section class="beside"><h2>${this.t('tlb.tab.happened')}</h2>${this.content(drawing, 'happened')}</section>`
      : nothing;
    return html`<div class=${this.isWide ? 'body two' : 'body'}><div><div class="tabs sections" role="tablist" aria-label=${this.t('tlb.parts')} @keydown=${rove}>${shown.map(tab)}</div>
      <div class="section ${section}" id="section" role="tabpanel" aria-labelledby="tab-${section}">${this.content(drawing, section)}</div></div>${aside}</div>`;
  }

  private content(drawing: TlbDrawing, section: Section): TemplateResult {
    if (section === 'happened') return happened(drawing, this.events, () => void (this.events += EVENT_ROWS));
    if (section === 'cost') return cost(drawing, this.state.view.isTable);
    if (section === 'vpid') return comparison(drawing, this.asking);
    const look: Listing['look'] = (change) => {
      this.listing = { ...this.listing, ...change };
    };
    return entryList(drawing, { ...this.listing, look });
  }

  private foot({ sets, ways }: TlbState): TemplateResult {
    const isSmall = 2 * sets * ways <= MOST_CELLS;
    return html`<div class="foot"><span class="note">${this.t('tlb.profile', { sets, ways })}</span>
      <button class="link" @click=${() => reloadWith(this.session, isSmall ? 'default' : 'teaching')}>${this.t(isSmall ? 'tlb.usual' : 'tlb.teach')}</button><span class="space"></span>${twinButton(this.session)}</div>`;
  }
}

customElements.define('gv-tlb', TlbPanel);

import { html, nothing, type TemplateResult } from 'lit';
import { formatRoutingId } from '../../arch/pci.ts';
import type { DmaWalk, IommuView } from '../../api/protocol.ts';
import { functionTitle } from '../i18n/bus-facts.ts';
import { Panel } from '../panel.ts';
import { grouped, isReadable } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { CHOICES, RECORDS, SHARED } from '../theme/shared.ts';
import { hexText } from '../widgets/number.ts';
import { rove } from '../widgets/roving.ts';
import { at, say, typeset } from '../widgets/sentence.ts';
import { twinButton } from '../widgets/table-twin.ts';
import { countOf, type Section, sectionOf, SECTIONS } from './iommu-lists.ts';
import { IOMMU_STYLES } from './iommu-styles.ts';
import { type DmaDrawing, dmaPicture, dmaTable, outcomeText, withoutText } from './iommu-walk.ts';
import { WALK_STYLES } from './walk-styles.ts';

/** A request that the reader asks about. */
interface Choice {
  readonly requester: number;
  readonly address: number;
  readonly isWrite: boolean;
}

/** What a DMA request meets on its way to memory, and what the IOMMU knows: the request that was made last, or any that the reader asks about. */
export class IommuPanel extends Panel {
  static override properties = {
    ...Panel.properties,
    ...{ session: { attribute: false }, iommu: { state: true }, walk: { state: true }, choice: { state: true } },
    ...{ section: { state: true }, isWrong: { state: true } },
  };
  declare session: Session;
  declare private iommu: IommuView | null | undefined;
  declare private walk: DmaWalk | null;
  /** Null: the last request. */
  declare private choice: Choice | null;
  declare private section: Section | null;
  declare private isWrong: boolean;
  private asked = '';

  static override styles = [SHARED, CHOICES, RECORDS, WALK_STYLES, IOMMU_STYLES];

  constructor() {
    super();
    this.iommu = undefined;
    this.walk = null;
    this.choice = null;
    this.section = null;
    this.isWrong = false;
  }

  protected inputs({ frame, view, guestId }: State): readonly unknown[] {
    return [frame?.serial, view.isTable, guestId];
  }

  override willUpdate(): void {
    const { frame } = this.state;
    if (!frame || !isReadable(frame)) return;
    const { choice } = this;
    const question = `${frame.serial} ${choice ? [choice.requester, choice.address, choice.isWrite].join(' ') : ''}`;
    if (question === this.asked) return;
    this.asked = question;
    void this.ask(question, choice);
  }

  private async ask(question: string, choice: Choice | null): Promise<void> {
    const views = await this.session.ask((host) => host.devices());
    const walk = choice && (await this.session.ask((host) => host.dma(choice.requester, choice.address, choice.isWrite)));
    if (!views || question !== this.asked) return;
    this.iommu = views.iommu;
    this.walk = choice ? (walk ?? null) : (views.iommu?.walk ?? null);
  }

  override render(): TemplateResult {
    const { iommu, walk } = this;
    if (iommu === undefined) return html``;
    if (iommu === null || walk === null) return html`<p class="plain">${this.t('iommu.none')}</p>`;
    const { language } = this.state.view;
    const drawing: DmaDrawing = { walk, language, t: (key, values) => this.t(key, values) };
    return html`<div class="scroll">${this.request(iommu, walk)}${this.way(drawing)}${this.compare(drawing)}${this.sections(iommu)}</div>${this.foot(iommu)}`;
  }

  // The request ----------------------------------------------------------------------------------------------------------------------------
  private request({ requesters, last }: IommuView, { request }: DmaWalk): TemplateResult {
    const known = requesters.some((r) => r.routingId === request.requester);
    return html`<form class="request" @submit=${(e: SubmitEvent) => this.submit(e)}>
      <select name="function" aria-label=${this.t('iommu.function')} @change=${(e: Event) => this.choose({ requester: Number((e.target as HTMLSelectElement).value) })}>
        ${known ? nothing : html`<option value=${request.requester} selected>${formatRoutingId(request.requester)}</option>`}
        ${requesters
          .filter((r) => r.routingId !== 0)
          .map(
            (r) =>
              html`<option value=${r.routingId} ?selected=${r.routingId === request.requester}>${formatRoutingId(r.routingId)} ${functionTitle(this.state.view.language, r.title)}</option>`,
          )}</select>
      <div class="tabs" role="radiogroup" aria-label=${this.t('iommu.access')} @keydown=${rove}>${[false, true].map(
        (isWrite) =>
          html`<button type="button" role="radio" aria-checked=${isWrite === request.isWrite} tabindex=${isWrite === request.isWrite ? 0 : -1} @click=${() => this.choose({ isWrite })}>${this.t(isWrite ? 'walk.write' : 'walk.read')}</button>`,
      )}</div>
      <label class="io-chip ${this.isWrong ? 'wrong' : ''}"><span><b>io:</b><input name="address" .value=${hexText(request.address)} spellcheck="false" autocomplete="off" autocapitalize="off" aria-label=${this.t('iommu.address')} aria-invalid=${this.isWrong} @input=${() => {
        this.isWrong = false;
      }} /></span></label><button class="visually-hidden" tabindex="-1">${this.t('lens.go')}</button>
      <label class="tick-box"><input type="checkbox" .checked=${this.choice === null} @change=${(e: Event) => this.follow((e.target as HTMLInputElement).checked, request)} />${this.t('iommu.follow')}</label>
      <span class="made">${this.made(last)}</span></form>`;
  }

  /** Whether the request was made, and when. */
  private made(last: IommuView['last']): string {
    if (this.choice !== null || last === null) return this.t('iommu.asked');
    if (last.tick !== null) return this.t(last.isDone ? 'iommu.isDone' : 'iommu.isRefused', { tick: grouped(last.tick) });
    return this.t((this.iommu?.faults.length ?? 0) > 0 ? 'iommu.recorded' : 'iommu.asked');
  }

  private choose(change: Partial<Choice>): void {
    const { requester, address, isWrite } = this.walk?.request ?? { requester: 0, address: 0, isWrite: false };
    this.choice = { requester, address, isWrite, ...change };
    this.isWrong = false;
  }

  private follow(isFollowing: boolean, { requester, address, isWrite }: Choice): void {
    this.choice = isFollowing ? null : { requester, address, isWrite };
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const address = readBusAddress(String(new FormData(event.target as HTMLFormElement).get('address')));
    this.isWrong = address === null;
    if (address !== null) this.choose({ address });
  }

  // Its way --------------------------------------------------------------------------------------------------------------------------------
  private way(drawing: DmaDrawing): TemplateResult {
    const { outcome } = drawing.walk;
    if (outcome.kind === 'off') return html`<p class="plain">${this.t('iommu.off')}</p>`;
    if (outcome.kind === 'message') return html`<p class="plain">${this.t('iommu.message')}</p>`;
    return this.state.view.isTable ? dmaTable(drawing) : dmaPicture(drawing);
  }

  /** As it goes, as it would by the tables alone where that differs, and as it would with nothing in the way. */
  private compare(drawing: DmaDrawing): TemplateResult {
    const { walk } = drawing;
    const { caches, outcome, actual } = walk;
    const isStale = caches.context?.isStale || caches.translation?.isStale;
    const isTabled = outcome.kind !== 'off' && outcome.kind !== 'message';
    return html`<dl class="compare">
      <dt>${this.t('iommu.asItGoes')}</dt><dd>${this.outcome(actual)}${isTabled ? html` <span class="note">·</span> <span class="note ${isStale ? 'double' : ''}">${this.how(walk)}</span>` : nothing}</dd>
      ${isStale ? html`<dt>${this.t('iommu.byTables')}</dt><dd>${this.outcome(outcome)}</dd>` : nothing}
      ${isTabled ? html`<dt>${this.t('iommu.without')}</dt><dd>${withoutText(drawing)}</dd>` : nothing}</dl>`;
  }

  /** Who answers: caches before tables, and they may be wrong by now. */
  private how({ caches }: DmaWalk): TemplateResult | string {
    const { context, translation } = caches;
    if (translation?.isStale) {
      const { page, shift, address: from, isReadable, isWritable } = translation.entry;
      const first = (page - (page % 2 ** (shift - 12))) * 4096;
      const values = { from: at('io', from), to: isReadable || isWritable ? at('h', first) : this.t('iommu.nowhere') };
      return typeset(this.state.view.language, say('iommu.byStaleIotlb', values));
    }
    if (context?.isStale) return this.t('iommu.byStaleContext');
    return this.t(translation ? 'iommu.byCache' : 'iommu.byWalk');
  }

  private outcome(outcome: DmaWalk['outcome']): TemplateResult {
    return outcomeText(outcome, { language: this.state.view.language, t: (key, values) => this.t(key, values) });
  }

  // What else it knows ---------------------------------------------------------------------------------------------------------------------
  private sections(view: IommuView): TemplateResult {
    const section = this.section ?? (view.counters.faults > 0 || view.domains.length === 0 ? 'faults' : 'domains');
    const listing = {
      ...{ view, language: this.state.view.language, t: this.t.bind(this) },
      look: (requester: number, address: number, isWrite: boolean) => this.choose({ requester, address, isWrite }),
    };
    return html`<div class="sections"><div class="tabs scrolls" role="tablist" aria-label=${this.t('iommu.parts')} @keydown=${rove}>${SECTIONS.map(
      (id) => {
        const count = countOf(id, view);
        return html`<button role="tab" id="tab-${id}" aria-selected=${id === section} aria-controls="section" tabindex=${id === section ? 0 : -1} @click=${() => {
          this.section = id;
        }}>${this.t(`iommu.tab.${id}`)}${count === null ? nothing : html` <span class="count">${count}</span>`}</button>`;
      },
    )}</div></div>
    <div class="section" id="section" role="tabpanel" tabindex="0" aria-labelledby="tab-${section}">${sectionOf(section, listing)}</div>`;
  }

  private foot({ counters }: IommuView): TemplateResult {
    const { requests, contextMisses: contexts, iotlbMisses: iotlb, faults, lostFaults: lost } = counters;
    const values = { requests: grouped(requests), contexts, iotlb, faults, lost };
    return html`<div class="foot"><span class="outcome">${this.t('iommu.counters', values)}</span><span class="space"></span>
      ${twinButton(this.session)}</div>`;
  }
}

/** A hexadecimal bus address below 2^52; null if it is none. */
export function readBusAddress(text: string): number | null {
  const digits = text.trim().replace(/^io:/i, '');
  return /^(0x)?[0-9a-f]{1,13}h?$/i.test(digits) ? Number.parseInt(digits.replace(/h$/i, ''), 16) : null;
}

customElements.define('gv-iommu', IommuPanel);

import { html, nothing, type TemplateResult } from 'lit';
import type { AccessKind, ExplainedReference, ReachView, WalkContext, WalkExplanation } from '../../api/protocol.ts';
import * as cpu from '../../arch/cpu-state.ts';
import { ask, QUESTIONS } from '../lens-time.ts';
import { firstKey, keyName } from '../keymap.ts';
import { Panel } from '../panel.ts';
import { readPlaceOrRegister } from '../edit/read.ts';
import { lensTo } from '../lens-to.ts';
import { isReadable, reachedBy, words } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { CHOICES, SHARED } from '../theme/shared.ts';
import { address, hexText, shortAddress, type Space } from '../widgets/number.ts';
import { LETTERS, pressed } from '../widgets/pins.ts';
import { rove } from '../widgets/roving.ts';
import { factsLine, reachedFrom } from '../widgets/reach.ts';
import { LENS_STYLES } from './lens-styles.ts';

const ACCESSES: readonly AccessKind[] = ['read', 'write', 'fetch'];
/** A pause before the machine is asked. */
const REST_MS = 90;
const CONTEXTS: readonly WalkContext[] = ['current', 'guest'];

/** What was answered, and to which question. */
interface Known {
  readonly question: string;
  readonly reach: ReachView;
  readonly pins: readonly (WalkExplanation | null)[];
}

/** One address through the spaces: what it is called in each, and the checks between them. It follows the machine, or stays where the reader pins it. */
export class LensPanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, isWrong: { state: true }, known: { state: true } };
  declare session: Session;
  declare private isWrong: boolean;
  /** What the machine knows of the byte, and where the pins lead; of the lens and the frame that it was asked about. */
  declare private known: Known | null;
  private asked = '';
  private timer: ReturnType<typeof setTimeout> | undefined;

  static override styles = [SHARED, CHOICES, LENS_STYLES];

  constructor() {
    super();
    this.isWrong = false;
    this.known = null;
  }

  protected inputs({ frame, view, walk, host, isSearching }: State): readonly unknown[] {
    return [frame?.serial, frame?.running, frame?.vmcs === null, view.lens, view.isPinned, view.pins, walk, host, isSearching];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  /** A reader who steps on and on is not held up by what is asked for here. */
  override willUpdate(): void {
    const { frame } = this.state;
    if (!frame || frame.running || !isReadable(frame) || this.isShort || this.question === this.asked) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), REST_MS);
  }

  private get question(): string {
    const { frame, view } = this.state;
    return [frame?.serial, view.lens.linear, view.lens.context, ...view.pins].join(' ');
  }

  private async ask(): Promise<void> {
    const { question } = this;
    const { linear, context } = this.state.view.lens;
    this.asked = question;
    const pins = this.state.view.pins;
    const known = await this.session.ask(async (host) => ({
      question,
      reach: await host.reach({ space: 'v', address: linear, context }),
      pins: await Promise.all(pins.map(async (pin) => (pin === null ? null : host.walk(pin, 'read', context)))),
    }));
    if (known && known.question === this.asked) this.known = known;
  }

  /** Puts the keyboard into the address. */
  override focus(): void {
    const input = this.renderRoot.querySelector<HTMLInputElement>('.chip input');
    input?.focus();
    input?.select();
  }

  override render(): TemplateResult {
    const { view, walk } = this.state;
    const { isPinned } = view;
    return html`
      <div class="head"><h2>${this.t('lens.title')}</h2>
        <label class="tick-box" title=${keyName(firstKey('follow', view.keymap))}><input type="checkbox" .checked=${!isPinned} @change=${(e: Event) => this.session.setPinned(!(e.target as HTMLInputElement).checked)} />${this.t('lens.follow')}</label>
        <span class="space"></span>${this.pins()}</div>
      <div class="chain">${this.linear(walk)}${walk ? this.chain(walk) : nothing}</div>
      ${this.facts()}
      ${this.through()}
      ${this.choices()}`;
  }

  /** The byte at the end: who has it, who else reaches it; and where the pins lead. */
  private facts(): TemplateResult | typeof nothing {
    const { known, question } = this;
    const { view } = this.state;
    if (!known || known.question !== question || this.isShort) return nothing;
    const t = this.t.bind(this);
    return html`<div class="facts" role="group" aria-label=${this.t('lens.facts')}>
      <div>${factsLine(known.reach, t)}</div><div>${reachedFrom(known.reach, view.lens.linear, t)}</div>
      ${view.pins.map((pin, i) => (pin === null ? nothing : this.pinned(pin, LETTERS[i] ?? '', known.pins[i] ?? null)))}</div>`;
  }

  private pinned(linear: number, letter: string, walk: WalkExplanation | null): TemplateResult {
    const host = walk && reachedBy(walk);
    const physical = walk?.context.isNested ? (walk.rows.at(-1)?.guestPhysical ?? null) : null;
    const end = host === null ? html`✕ <span class="note">${this.t('walk.notReached')}</span>` : shortAddress('h', host);
    return html`<div class="pinned"><span class="pin">${letter}</span> ${shortAddress('v', linear)}${physical === null ? nothing : html` → ${shortAddress('g', physical)}`} → ${end}</div>`;
  }

  private linear(walk: WalkExplanation | null): TemplateResult {
    const isPaged = walk !== null && walk.rows.length > 1;
    return html`<form class="line" @submit=${(e: SubmitEvent) => this.submit(e)}>
      <label class="chip v ${this.isWrong ? 'wrong' : ''}"><b>v:</b><input name="address" .value=${this.shown} spellcheck="false" autocomplete="off" autocapitalize="off" aria-label=${this.t('walk.address')} aria-invalid=${this.isWrong} aria-describedby=${this.isWrong ? 'wrong' : nothing} @keydown=${(e: KeyboardEvent) => this.giveUp(e)} @input=${() => {
        this.isWrong = false;
      }} /></label><button class="visually-hidden" tabindex="-1">${this.t('lens.go')}</button>
      <span class="note">${isPaged ? html`CR3 ${address(walk.context.isNested ? 'g' : 'h', (walk.context.cr3 & -0x1000) >>> 0)}` : nothing}</span></form>${this.isWrong ? html`<p class="told" id="wrong" role="alert">✕ ${this.t('memory.wrong')}</p>` : nothing}`;
  }

  /** From the linear address down: checks, the guest-physical address under EPT, checks, the host address. */
  private chain(walk: WalkExplanation): TemplateResult {
    const page = walk.rows.at(-1);
    const guest = walk.references.filter((r) => r.dimension === 'guest');
    const { outcome, context } = walk;
    const last = page?.guestPhysical ?? null;
    const isGuestBroken = last === null;
    const ept = walk.references.filter((r) => r.dimension === 'ept' && r.row === (isGuestBroken ? walk.references.at(-1)?.row : 'page'));
    const host = reachedBy(walk);
    const note = walk.tlb.isStale
      ? 'walk.byTlb'
      : outcome.kind === 'ok' && outcome.target !== 'ram'
        ? (`lens.${outcome.target}` as const)
        : 'lens.reached';
    const end = html`<span class="note">${this.t(host === null ? 'walk.notReached' : note)}</span>`;
    const first =
      walk.rows.length > 1
        ? this.checks(guest, walk, isGuestBroken)
        : this.step(html`<span>${this.isShort ? '=' : this.t('lens.unpaged')}</span>`, false);
    if (!context.isNested) return html`${first}${this.chip('h', host, end)}`;
    return html`${first}
      ${this.chip('g', last, last === null ? html`<span class="note">${this.t('walk.notReached')}</span>` : html`<span class="note">${this.t('lens.page')} ${address('g', (last & -0x1000) >>> 0)}</span>`)}
      ${this.checks(isGuestBroken ? [] : ept, walk, host === null)}
      ${this.chip('h', host, end)}`;
  }

  private checks(references: readonly ExplainedReference[], walk: WalkExplanation, isBroken: boolean): TemplateResult {
    const { missing } = walk;
    return this.step(
      html`${references.map((r) =>
        this.isShort
          ? html`<span class=${missing?.reference === r.number ? 'bad' : ''}>${missing?.reference === r.number ? '✕' : '✓'}</span>`
          : missing?.reference === r.number
            ? html`<b class="bad">${nameOf(r)} ✕ ${missing.bit}=${missing.value}</b>`
            : html`<span>${nameOf(r)} ✓</span>`,
      )}`,
      isBroken,
    );
  }

  /** On a phone there is room for the verdicts, not for the names. */
  private get isShort(): boolean {
    return this.getAttribute('layout') === 'phone';
  }

  private step(content: TemplateResult, isBroken: boolean): TemplateResult {
    return html`<div class="step ${isBroken ? 'broken' : ''}">${content}</div>`;
  }

  private chip(space: Space, value: number | null, note: TemplateResult): TemplateResult {
    return html`<div class="line"><span class="chip ${space} ${value === null ? 'never' : ''}"><span>${value === null ? html`<b>${space}:</b>` : this.isShort ? shortAddress(space, value) : address(space, value)}</span></span>${note}</div>`;
  }

  /** The letters: a free one takes the lens's address, another brings the lens to its own; there, it is let go. */
  private pins(): TemplateResult {
    const { pins, lens } = this.state.view;
    return html`<span class="pins" role="group" aria-label=${this.t('lens.pins')}>${LETTERS.map((letter, i) => {
      const pin = pins[i] ?? null;
      const title =
        pin === null
          ? this.t('lens.pinHere', { letter })
          : pin === lens.linear
            ? this.t('lens.unpin', { letter })
            : this.t('lens.toPin', { letter, address: hexText(pin) });
      return html`<button title=${title} aria-pressed=${pin !== null} @click=${() => this.press(i)}><span class=${pin === null ? 'free' : 'pin'}>${letter}</span><span class="visually-hidden">: ${title}</span></button>`;
    })}</span>`;
  }

  private press(i: number): void {
    const { pins, lens } = this.state.view;
    const next = pressed(pins, i, lens.linear);
    if (next) this.store.look({ pins: next });
    else void this.session.pin({ linear: pins[i] ?? 0 });
  }

  /** Through time: each goes to an instant. */
  private through(): TemplateResult {
    const { host, frame, isSearching } = this.state;
    const isOff = !host || (frame?.running ?? false) || isSearching;
    return html`<div class="through">${QUESTIONS.map((question) => html`<button class="link" ?disabled=${isOff} @click=${() => ask(this.session, question)}>${this.t(`lens.${question}`)}</button>`)}</div>`;
  }

  private choices(): TemplateResult {
    const { frame, view } = this.state;
    const state = frame ? words(frame.cpu) : null;
    const hasGuest = state !== null && state[cpu.VMX_ON] === 1 && state[cpu.NON_ROOT] === 0 && frame?.vmcs != null;
    return html`<div class="choices">
      ${this.choice('walk.access', ACCESSES, view.lens.access, (access) => void this.session.pin({ access }))}
      ${hasGuest || view.lens.context === 'guest' ? this.choice('walk.context', CONTEXTS, view.lens.context, (context) => void this.session.pin({ context })) : nothing}</div>`;
  }

  private choice<T extends AccessKind | WalkContext>(
    label: 'walk.access' | 'walk.context',
    all: readonly T[],
    chosen: T,
    choose: (value: T) => void,
  ): TemplateResult {
    return html`<div class="tabs" role="radiogroup" aria-label=${this.t(label)} @keydown=${rove}>${all.map(
      (value) =>
        html`<button role="radio" aria-checked=${value === chosen} tabindex=${value === chosen ? 0 : -1} @click=${() => choose(value)}>${this.t(`walk.${value as AccessKind | WalkContext}`)}</button>`,
    )}</div>`;
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const { frame, loaded } = this.state;
    const text = String(new FormData(event.target as HTMLFormElement).get('address'));
    const place = readPlaceOrRegister(text, loaded?.symbols ?? {}, frame ? words(frame.cpu) : null);
    this.isWrong = place === null;
    if (place) void lensTo(this.session, { space: place.space ?? 'v', address: place.address });
  }

  /** What was typed is given up: the lens is where it was. */
  private giveUp({ key, target }: KeyboardEvent): void {
    if (key !== 'Escape') return;
    this.isWrong = false;
    (target as HTMLInputElement).value = this.shown;
  }

  /** The linear address as the field has it. */
  private get shown(): string {
    return hexText(this.state.view.lens.linear, this.isShort ? 1 : 8);
  }
}

/** `PDE[1]` of the guest; under EPT the table's name, and the index where it maps the page. */
function nameOf(reference: ExplainedReference): string {
  if (reference.dimension === 'guest') return `${reference.entry}[${reference.index}]`;
  return reference.isLeaf ? `${reference.level}[${reference.index}]` : reference.level;
}

customElements.define('gv-lens', LensPanel);

import { html, nothing, type TemplateResult } from 'lit';
import { EXIT_REASONS } from '../../arch/exit-reasons.ts';
import type { DeviceEvent, VirtioView } from '../../api/protocol.ts';
import { readPlace } from '../edit/read.ts';
import type { MessageKey } from '../i18n/en.ts';
import { firstKey, keyName } from '../keymap.ts';
import { Panel } from '../panel.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { type Goal, keyOf, type ReadersStop, runTo, stopsOf, without } from '../stops.ts';
import { CONTROLS, SHARED } from '../theme/shared.ts';
import { type Drawing, kindsIn, STOP_FORMS, type StopKind } from './stop-forms.ts';
import { type Naming, stopText, stopType } from './stop-words.ts';
import { STOPS_STYLES } from './stops-styles.ts';

const KINDS = Object.keys(STOP_FORMS) as StopKind[];
const GOALS = { tick: 'stops.toTick', address: 'stops.toAddress', exit: 'stops.toExit' } as const;

/** Where a run stops, forwards and backwards, in one list: instructions, memory, VMCS fields, devices, exits. A word in the transport opens it. */
export class StopsPanel extends Panel {
  static override properties = {
    ...Panel.properties,
    session: { attribute: false },
    wrong: { state: true },
    kind: { state: true },
    event: { state: true },
    goal: { state: true },
    virtio: { state: true },
  };
  declare session: Session;
  /** What was not understood, and in which of the forms. */
  declare private wrong: { readonly form: 'new' | 'goal'; readonly key: MessageKey } | null;
  declare private kind: StopKind;
  declare private event: DeviceEvent['on'];
  declare private goal: Goal['to'];
  /** Asked for when the list opens. */
  declare private virtio: readonly VirtioView[];

  static override styles = [SHARED, CONTROLS, STOPS_STYLES];

  constructor() {
    super();
    this.wrong = null;
    this.kind = 'code';
    this.event = 'access';
    this.goal = 'tick';
    this.virtio = [];
  }

  protected inputs({ view, loaded, isSearching, host, frame }: State): readonly unknown[] {
    const { breakpoints, stopReasons, watchpoints, fieldStops, eventStops, stopsOff, lens } = view;
    return [breakpoints, stopReasons, watchpoints, fieldStops, eventStops, stopsOff, lens, loaded, isSearching, host, frame?.running];
  }

  override render(): TemplateResult {
    const stops = stopsOf(this.state.view);
    const inForce = stops.length - this.state.view.stopsOff.length;
    const { isSearching } = this.state;
    return html`<button class="open" popovertarget="list" aria-haspopup="dialog">${this.t('stops.open')}${inForce > 0 ? html` <b>${inForce}</b>` : nothing}</button>
      ${isSearching ? html`<span class="visually-hidden" role="status">${this.t('stops.searching')}</span>` : nothing}
      <div id="list" popover role="dialog" aria-labelledby="title" @toggle=${(e: ToggleEvent) => this.opened(e)}>
        <div class="head"><h2 id="title">${this.t('stops.title')}</h2><span class="space"></span>
          ${this.go('stops.back', 'runBack', () => this.session.runBack())}${this.go('stops.forth', 'run', () => this.session.run())}</div>
        ${isSearching ? html`<p class="plain">${this.t('stops.searching')}</p>` : stops.length === 0 ? html`<p class="plain">${this.t('stops.none')}</p>` : nothing}
        ${this.list(stops)}${this.newForm()}${this.goalForm()}
      </div>`;
  }

  private go(label: 'stops.back' | 'stops.forth', id: string, action: () => unknown): TemplateResult {
    const key = firstKey(id, this.state.view.keymap);
    return html`<button class="link" ?disabled=${this.isBusy} @click=${action}>${this.t(label)}</button> ${key === '' ? nothing : html`<kbd>${keyName(key)}</kbd>`}`;
  }

  private get isBusy(): boolean {
    return !this.state.host || (this.state.frame?.running ?? false) || this.state.isSearching;
  }

  private get naming(): Naming {
    const { loaded } = this.state;
    return {
      t: (key, values) => this.t(key, values),
      labelAt: (linear) => Object.entries(loaded?.symbols ?? {}).find(([, at]) => at >>> 0 === linear)?.[0] ?? '',
      virtio: this.virtio,
    };
  }

  // The list -----------------------------------------------------------------------------------------------------------------------------
  private list(stops: readonly ReadersStop[]): TemplateResult | typeof nothing {
    if (stops.length === 0) return nothing;
    return html`<ul aria-label=${this.t('stops.list')} @keydown=${(e: KeyboardEvent) => this.moveIn(e)}>${stops.map((stop, i) => this.item(stop, i, stops[i - 1]?.kind !== stop.kind))}</ul>`;
  }

  private item(stop: ReadersStop, place: number, isFirst: boolean): TemplateResult {
    const isOff = this.state.view.stopsOff.includes(keyOf(stop));
    const name = stopText(stop, this.naming);
    const kind = this.t(STOP_FORMS[stop.kind].title);
    return html`<li class=${isOff ? 'off' : ''}><span class="kind" aria-hidden="true">${isFirst ? kind : ''}</span>
      <label class="tick-box"><input type="checkbox" .checked=${!isOff} data-key=${keyOf(stop)} aria-label=${`${kind}, ${name}`} @change=${() => this.switch(stop, isOff)} />${stopType(stop, this.naming)}${isOff ? html`<span class="note">${this.t('stops.off')}</span>` : nothing}</label>
      <span class="space"></span><button class="link" aria-label=${this.t('stops.removeNamed', { what: name })} @click=${() => this.takeOut(stop, place)}>${this.t('stops.remove')}</button></li>`;
  }

  private switch(stop: ReadersStop, isOff: boolean): void {
    const { stopsOff } = this.state.view;
    const key = keyOf(stop);
    void this.session.setStops({ stopsOff: isOff ? stopsOff.filter((other) => other !== key) : [...stopsOff, key] });
  }

  /** The keyboard stays where it was. */
  private takeOut(stop: ReadersStop, place: number): void {
    void this.session.setStops(without(this.state.view, stop));
    void this.updateComplete.then(() => this.focusAt(place));
  }

  /** Up and down through the list; Delete takes the stop out. */
  private moveIn(event: KeyboardEvent): void {
    const boxes = [...this.renderRoot.querySelectorAll<HTMLInputElement>('li input')];
    const from = boxes.indexOf(event.target as HTMLInputElement);
    if (from < 0) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp')
      boxes.at((from + (event.key === 'ArrowDown' ? 1 : -1)) % boxes.length)?.focus();
    else if (event.key === 'Delete') {
      const stop = stopsOf(this.state.view).find((other) => keyOf(other) === boxes[from].dataset['key']);
      if (stop) this.takeOut(stop, from);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private focusAt(place: number): void {
    const boxes = [...this.renderRoot.querySelectorAll<HTMLInputElement>('li input')];
    (boxes[Math.min(place, boxes.length - 1)] ?? this.renderRoot.querySelector<HTMLElement>('#list select'))?.focus();
  }

  // A new one ----------------------------------------------------------------------------------------------------------------------------
  private newForm(): TemplateResult {
    const isWrong = this.wrong?.form === 'new';
    const drawing: Drawing = {
      ...{ ...this.naming, state: this.state, event: this.event, isWrong },
      chooseEvent: (event) => {
        this.event = event;
      },
    };
    const choose = (e: Event): void => {
      this.kind = (e.target as HTMLSelectElement).value as StopKind;
      this.event = kindsIn(this.state)[0];
      this.forgive();
    };
    return html`<h3>${this.t('stops.new')}</h3>
      <form @submit=${(e: SubmitEvent) => this.add(e)} @input=${() => this.forgive()}>
      <label class="full">${this.t('stops.kind')}<select class="words" @change=${choose}>${KINDS.map((kind) => html`<option value=${kind} ?selected=${kind === this.kind}>${this.t(STOP_FORMS[kind].title)}</option>`)}</select></label>
      ${STOP_FORMS[this.kind].draw(drawing)}
      <button class="plain-button">${this.t('stops.add')}</button></form>${this.complaint('new')}`;
  }

  private add(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const data = new FormData(form);
    const made = STOP_FORMS[this.kind].read((name) => String(data.get(name) ?? ''), this.state);
    if (typeof made === 'string') this.wrong = { form: 'new', key: made };
    else {
      this.put(made);
      if (made.kind !== 'data') form.querySelector('input')?.select();
    }
  }

  /** The same stop twice is once. */
  private put(stop: ReadersStop): void {
    const { view } = this.state;
    if (stopsOf(view).some((other) => keyOf(other) === keyOf(stop))) return;
    const { breakpoints, watchpoints, fieldStops, eventStops, stopReasons } = view;
    if (stop.kind === 'code') void this.session.setStops({ breakpoints: [...breakpoints, stop.linear] });
    else if (stop.kind === 'data') void this.session.setStops({ watchpoints: [...watchpoints, stop.point] });
    else if (stop.kind === 'field') void this.session.setStops({ fieldStops: [...fieldStops, stop.encoding] });
    else if (stop.kind === 'event') void this.session.setStops({ eventStops: [...eventStops, stop.event] });
    else void this.session.setStops({ stopReasons: [...stopReasons, stop.reason] });
  }

  // This once ----------------------------------------------------------------------------------------------------------------------------
  private goalForm(): TemplateResult {
    const isWrong = this.wrong?.form === 'goal';
    const choose = (e: Event): void => {
      this.goal = (e.target as HTMLSelectElement).value as Goal['to'];
      this.forgive();
    };
    return html`<h3>${this.t('stops.runTo')}</h3>
      <form @submit=${(e: SubmitEvent) => this.runThere(e)} @input=${() => this.forgive()}>
      <label>${this.t('stops.to')}<select class="words" @change=${choose}>${(Object.keys(GOALS) as Goal['to'][]).map((to) => html`<option value=${to} ?selected=${to === this.goal}>${this.t(GOALS[to])}</option>`)}</select></label>
      ${
        this.goal === 'exit'
          ? html`<label class="wide">${this.t('stops.reason')}<select name="place" lang="en">${EXIT_REASONS.map(({ number, name }) => html`<option value=${number}>${number} ${name}</option>`)}</select></label>`
          : html`<label class="wide">${this.t(this.goal === 'tick' ? 'stops.tick' : 'stops.address')}<input name="place" required spellcheck="false" autocomplete="off" autocapitalize="off" inputmode=${this.goal === 'tick' ? 'numeric' : 'text'} aria-invalid=${isWrong} /></label>`
      }
      <button class="plain-button" ?disabled=${this.isBusy}>${this.t('stops.go')}</button></form>${this.complaint('goal')}`;
  }

  private runThere(event: SubmitEvent): void {
    event.preventDefault();
    const goal = this.goalOf(String(new FormData(event.target as HTMLFormElement).get('place')));
    if (goal === null) this.wrong = { form: 'goal', key: this.goal === 'tick' ? 'stops.wrongTick' : 'stops.wrongAddress' };
    else void runTo(this.session, goal);
  }

  private goalOf(text: string): Goal | null {
    if (this.goal === 'exit') return { to: 'exit', reason: Number(text) };
    if (this.goal === 'tick') {
      const digits = text.replace(/\s/g, '');
      const tick = Number(digits);
      return digits !== '' && Number.isSafeInteger(tick) && tick >= 0 ? { to: 'tick', tick } : null;
    }
    const place = readPlace(text, this.state.loaded?.symbols ?? {});
    return place === null || (place.space ?? 'v') !== 'v' ? null : { to: 'address', linear: place.address };
  }

  private complaint(form: 'new' | 'goal'): TemplateResult | typeof nothing {
    return this.wrong?.form === form ? html`<p class="wrong" role="alert">✕ ${this.t(this.wrong.key)}</p>` : nothing;
  }

  private forgive(): void {
    this.wrong = null;
  }

  /** Above the word that opens it, within the window. */
  private opened({ newState }: ToggleEvent): void {
    if (newState !== 'open') return;
    void this.session
      .ask((host) => host.devices())
      .then((views) => {
        this.virtio = views?.virtio ?? [];
      });
    const list = this.renderRoot.querySelector<HTMLElement>('#list');
    const word = this.renderRoot.querySelector('.open')?.getBoundingClientRect();
    if (!list || !word) return;
    list.style.setProperty('bottom', `${innerHeight - word.top + 4}px`);
    list.style.setProperty('max-height', `${word.top - 12}px`);
    list.style.setProperty('left', `${Math.max(8, Math.min(word.left, innerWidth - list.offsetWidth - 8))}px`);
  }
}

customElements.define('gv-stops', StopsPanel);

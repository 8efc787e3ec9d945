import { html, nothing, type TemplateResult } from 'lit';
import { EXIT_REASONS } from '../../arch/exit-reasons.ts';
import type { Watchpoint } from '../../api/protocol.ts';
import { readPlace } from '../edit/read.ts';
import { Panel } from '../panel.ts';
import { reasonName } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { CONTROLS, SHARED } from '../theme/shared.ts';
import { address, hexText, type Space } from '../widgets/number.ts';
import { STOPS_STYLES } from './stops-styles.ts';

const ACCESSES = ['write', 'read', 'any'] as const satisfies readonly Watchpoint['access'][];
const USES = { write: 'stops.writes', read: 'stops.reads', any: 'stops.anyUse' } as const;
const SPACES = ['v', 'g', 'h'] as const;
const MOST_BYTES = 4096;

/** Where a run stops, forwards and backwards: instructions, accesses to memory, exit reasons. A word in the transport opens the list. */
export class StopsPanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, wrong: { state: true } };
  declare session: Session;
  /** What was not understood, and in which of the forms. */
  declare private wrong: { readonly form: 'code' | 'data'; readonly key: 'stops.wrongAddress' | 'stops.wrongLength' } | null;

  static override styles = [SHARED, CONTROLS, STOPS_STYLES];

  constructor() {
    super();
    this.wrong = null;
  }

  protected inputs({ view, loaded, isSearching, host, frame }: State): readonly unknown[] {
    return [view.breakpoints, view.stopReasons, view.watchpoints, view.lens, loaded, isSearching, host, frame?.running];
  }

  override render(): TemplateResult {
    const { breakpoints, stopReasons, watchpoints } = this.state.view;
    const count = breakpoints.length + stopReasons.length + watchpoints.length;
    return html`<button class="open" popovertarget="list" aria-haspopup="dialog">${this.t('stops.open')}${count > 0 ? html` <b>${count}</b>` : nothing}</button>
      ${this.state.isSearching ? html`<span class="visually-hidden" role="status">${this.t('stops.searching')}</span>` : nothing}
      <div id="list" popover role="dialog" aria-labelledby="title" @toggle=${(e: ToggleEvent) => this.opened(e)}>
        <div class="head"><h2 id="title">${this.t('stops.title')}</h2><span class="space"></span>
          ${this.go('stops.back', 'Shift+C', () => this.session.runBack())}${this.go('stops.forth', 'C', () => this.session.run())}</div>
        ${this.state.isSearching ? html`<p class="plain">${this.t('stops.searching')}</p>` : count === 0 ? html`<p class="plain">${this.t('stops.none')}</p>` : nothing}
        <h3>${this.t('stops.code')}</h3>
        <ul>${breakpoints.map((linear) => this.item(html`${address('v', linear)}<span class="note">${this.labelAt(linear)}</span>`, hexText(linear), () => this.session.toggleBreakpoint(linear)))}</ul>
        ${this.codeForm()}
        <h3>${this.t('stops.data')}</h3>
        <ul>${watchpoints.map((point) => this.watched(point))}</ul>
        ${this.dataForm()}
        <h3>${this.t('stops.exits')}</h3>
        <ul>${stopReasons.map((reason) => this.item(html`<span class="mono">${reason}</span><span lang="en">${reasonName(reason)}</span>`, reasonName(reason), () => this.session.toggleStopReason(reason)))}</ul>
        ${this.exitForm()}
      </div>`;
  }

  private go(label: 'stops.back' | 'stops.forth', key: string, action: () => unknown): TemplateResult {
    const isOff = !this.state.host || (this.state.frame?.running ?? false) || this.state.isSearching;
    return html`<button class="link" ?disabled=${isOff} @click=${action}>${this.t(label)}</button> <kbd>${key}</kbd>`;
  }

  private item(what: TemplateResult, name: string, remove: () => unknown): TemplateResult {
    return html`<li>${what}<span class="space"></span><button class="link" aria-label=${this.t('stops.removeNamed', { what: name })} @click=${remove}>${this.t('stops.remove')}</button></li>`;
  }

  private watched(point: Watchpoint): TemplateResult {
    const { space, length } = point;
    const bytes = length === 1 ? this.t('stops.byte') : this.t('stops.bytes', { n: length });
    const name = `${space}:${hexText(point.address)}, ${bytes}, ${this.t(USES[point.access])}`;
    return this.item(html`${address(space, point.address)}<span class="note">${bytes}, ${this.t(USES[point.access])}</span>`, name, () =>
      this.session.setWatchpoints(this.state.view.watchpoints.filter((other) => other !== point)),
    );
  }

  private codeForm(): TemplateResult {
    const isWrong = this.wrong?.form === 'code';
    return html`<form @submit=${(e: SubmitEvent) => this.addCode(e)}>
      <label class="wide">${this.t('stops.address')}<input name="address" required spellcheck="false" autocomplete="off" autocapitalize="off" aria-invalid=${isWrong} @input=${() => this.forgive()} /></label>
      <button class="plain-button">${this.t('stops.add')}</button></form>${this.complaint('code')}`;
  }

  private dataForm(): TemplateResult {
    const { lens } = this.state.view;
    const isWrong = this.wrong?.form === 'data';
    return html`<form @submit=${(e: SubmitEvent) => this.addData(e)}>
      <label class="wide">${this.t('stops.address')}<span class="pair"><select name="space" aria-label=${this.t('code.linear')}>${SPACES.map((space) => html`<option>${space}:</option>`)}</select><input name="address" required .value=${hexText(lens.linear)} spellcheck="false" autocomplete="off" autocapitalize="off" aria-invalid=${isWrong} @input=${() => this.forgive()} /></span></label>
      <label>${this.t('stops.length')}<input name="length" class="short" required inputmode="numeric" .value=${String(lens.size)} autocomplete="off" @input=${() => this.forgive()} /></label>
      <label>${this.t('stops.access')}<select name="access">${ACCESSES.map((access) => html`<option value=${access}>${this.t(`stops.${access}`)}</option>`)}</select></label>
      <button class="plain-button">${this.t('stops.watch')}</button></form>${this.complaint('data')}`;
  }

  private exitForm(): TemplateResult {
    const { stopReasons } = this.state.view;
    const left = EXIT_REASONS.filter(({ number }) => !stopReasons.includes(number));
    return html`<form @submit=${(e: SubmitEvent) => this.addExit(e)}>
      <label class="wide">${this.t('stops.reason')}<select name="reason" lang="en">${left.map(({ number, name }) => html`<option value=${number}>${number} ${name}</option>`)}</select></label>
      <button class="plain-button">${this.t('stops.add')}</button></form>`;
  }

  private complaint(form: 'code' | 'data'): TemplateResult | typeof nothing {
    return this.wrong?.form === form ? html`<p class="wrong" role="alert">✕ ${this.t(this.wrong.key)}</p>` : nothing;
  }

  private labelAt(linear: number): string {
    return Object.entries(this.state.loaded?.symbols ?? {}).find(([, at]) => at >>> 0 === linear)?.[0] ?? '';
  }

  private forgive(): void {
    this.wrong = null;
  }

  private addCode(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const place = readPlace(String(new FormData(form).get('address')), this.state.loaded?.symbols ?? {});
    if (place === null || (place.space ?? 'v') !== 'v') this.wrong = { form: 'code', key: 'stops.wrongAddress' };
    else {
      if (!this.state.view.breakpoints.includes(place.address)) void this.session.toggleBreakpoint(place.address);
      form.reset();
    }
  }

  private addData(event: SubmitEvent): void {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const place = readPlace(String(data.get('address')), this.state.loaded?.symbols ?? {});
    const length = Number(data.get('length'));
    if (place === null) this.wrong = { form: 'data', key: 'stops.wrongAddress' };
    else if (!Number.isInteger(length) || length < 1 || length > MOST_BYTES) this.wrong = { form: 'data', key: 'stops.wrongLength' };
    else {
      const space = place.space ?? (String(data.get('space')).slice(0, 1) as Exclude<Space, 'io'>);
      const point: Watchpoint = { space, address: place.address, length, access: data.get('access') as Watchpoint['access'] };
      void this.session.setWatchpoints([...this.state.view.watchpoints, point]);
    }
  }

  private addExit(event: SubmitEvent): void {
    event.preventDefault();
    const reason = Number(new FormData(event.target as HTMLFormElement).get('reason'));
    if (!this.state.view.stopReasons.includes(reason)) void this.session.toggleStopReason(reason);
  }

  /** Above the word that opens it, within the window. */
  private opened({ newState }: ToggleEvent): void {
    if (newState !== 'open') return;
    const list = this.renderRoot.querySelector<HTMLElement>('#list');
    const word = this.renderRoot.querySelector('.open')?.getBoundingClientRect();
    if (!list || !word) return;
    list.style.setProperty('bottom', `${innerHeight - word.top + 4}px`);
    list.style.setProperty('max-height', `${word.top - 12}px`);
    list.style.setProperty('left', `${Math.max(8, Math.min(word.left, innerWidth - list.offsetWidth - 8))}px`);
  }
}

customElements.define('gv-stops', StopsPanel);

import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { ExitRecord } from '../history.ts';
import { Panel } from '../panel.ts';
import { grouped, isReadable, reasonName } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { exitDetail } from '../widgets/exit-detail.ts';
import { plain, typeset } from '../widgets/sentence.ts';

/** Rows drawn at most; the timeline reaches the others. */
const SHOWN = 200;
/** The same while a run goes too fast to be read: no more than a tall list has room for. */
const SHOWN_FAST = 40;
/** A run at full speed would change the list sixty times a second: nobody reads that. It is drawn anew so many milliseconds apart. */
const CALM = 250;

/** Every recorded VM exit: tick, reason, what was asked. Those after the present are the recorded future. Choosing one goes there. The same by reason: how often
 *  each, and the way to a list of that one alone. */
export class ExitsPanel extends Panel {
  static override properties = {
    ...Panel.properties,
    session: { attribute: false },
    active: { state: true },
    isByReason: { state: true },
    reason: { state: true },
  };
  declare session: Session;
  /** The row that the arrow keys are at, by record; null: the present one. */
  declare private active: number | null;
  declare private isByReason: boolean;
  /** The only reason that is listed; null: all are. */
  declare private reason: number | null;

  static override styles = [
    SHARED,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; }
      .head { height: 1.6rem; min-width: 0; }
      .head > * { flex: none; }
      .head > .space { flex: 1; }
      .head > .only { flex: 0 1 auto; }
      .head > .note { flex: 0 1 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; }
      ol { position: relative; flex: 1; min-height: 0; overflow: auto; font-size: var(--t-small); margin: 0 -.4rem; scrollbar-width: thin; }
      li { display: grid; grid-template-columns: minmax(2.4rem, auto) 1.4rem minmax(3rem, 1fr) minmax(0, auto); column-gap: .5rem; height: var(--row); line-height: var(--row); white-space: nowrap; padding: 0 .4rem; cursor: pointer; }
      li:hover { background: var(--sunk); }
      .tick { color: var(--ink3); font-family: var(--gv-mono); }
      .reason { font-weight: 600; font-family: var(--gv-mono); text-align: right; }
      .name { overflow: hidden; text-overflow: ellipsis; }
      .detail { text-align: right; color: var(--ink2); overflow: hidden; text-overflow: ellipsis; }
      .detail :is(.mono, .address) { font-size: inherit; }
      .now { background: var(--now-t); box-shadow: inset 2px 0 var(--gv-now); }
      .later, .later :is(.reason, .detail) { color: var(--ink3); font-weight: 400; }
      ol:focus-visible .active { outline: 2px solid var(--gv-fg); outline-offset: -2px; }
      ol:focus-visible { outline: none; }
      .only { display: flex; gap: .3rem; min-width: 0; overflow: hidden; color: var(--ink2); }
      .only span { overflow: hidden; text-overflow: ellipsis; }
      .reasons { flex: 1; min-height: 0; overflow: auto; font-size: var(--t-small); margin: 0 -.4rem; scrollbar-width: thin; }
      .reasons li { display: block; height: auto; padding: 0; }
      .reasons button { display: grid; grid-template-columns: 1.4rem minmax(0, 1fr) 3.5rem minmax(3.4rem, auto); align-items: center; column-gap: .5rem; width: 100%; min-height: 1.5rem; padding: 0 .4rem; }
      .reasons [aria-pressed='true'] { box-shadow: inset 2px 0 var(--gv-fg); }
      .reasons .tick { text-align: right; color: var(--gv-fg); }
      .of { color: var(--ink3); }
      meter { appearance: none; width: 100%; height: .3rem; border: 0; background: none; }
      meter::-webkit-meter-bar { background: none; border: 0; border-bottom: 1px solid var(--rule); border-radius: 0; height: .3rem; }
      meter::-webkit-meter-optimum-value { background: var(--ink2); }
      meter::-moz-meter-bar { background: var(--ink2); }
      .older { color: var(--ink3); cursor: default; display: block; }
    `,
  ];

  constructor() {
    super();
    this.active = null;
    this.isByReason = false;
    this.reason = null;
  }

  protected inputs({ frame, recorded, loaded }: State): readonly unknown[] {
    if (frame && !isReadable(frame)) return [Math.floor(performance.now() / CALM), loaded];
    return [frame?.tick, recorded, loaded];
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const list = this.renderRoot.querySelector('ol');
    const row = this.renderRoot.querySelector<HTMLElement>(this.active === null ? '.now' : '.active');
    if (!list) return;
    if (!row) {
      list.scrollTop = 0;
      return;
    }
    const top = row.offsetTop;
    if (this.active === null) list.scrollTop = top - 2 * row.offsetHeight;
    else if (top < list.scrollTop) list.scrollTop = top;
    else if (top > list.scrollTop + list.clientHeight - row.offsetHeight) list.scrollTop = top - list.clientHeight + row.offsetHeight;
  }

  override render(): TemplateResult {
    const { frame, history } = this.state;
    const tick = frame?.tick ?? 0;
    const all = this.reason === null ? history.exits : history.exits.filter(({ reason }) => reason === this.reason);
    const past = soFar(all, tick);
    const current = all[past - 1] ?? null;
    const most = frame && !isReadable(frame) ? SHOWN_FAST : SHOWN;
    const from = Math.max(0, Math.min(past + most / 4, all.length) - most);
    const active = this.active ?? current?.record;
    const hasSome = history.exits.length > 0;
    const soFarText = hasSome ? this.t('exits.soFar', { now: grouped(past), all: grouped(all.length) }) : '';
    return html`
      <div class="head"><h2>${this.t('exits.title')}</h2>${hasSome ? this.choice() : nothing}<span class="space"></span><span class="note" title=${soFarText}>${soFarText}</span></div>
      ${!hasSome ? html`<p class="note">${this.t('exits.none')}</p>` : this.isByReason ? this.reasons(tick) : this.list(all.slice(from, from + most), from, { current, active, tick })}`;
  }

  /** Between the list and the counts; of a list of one reason, back to all. */
  private choice(): TemplateResult {
    if (this.reason !== null && !this.isByReason) {
      const name = `${this.reason} ${reasonName(this.reason)}`;
      return html`<button class="link only" title="${name}: ${this.t('exits.all')}" @click=${() => this.only(null)}><span>${name}</span> ✕</button>`;
    }
    return html`<button class="link" aria-pressed=${this.isByReason} @click=${() => {
      this.isByReason = !this.isByReason;
    }}>${this.t('exits.by')}</button>`;
  }

  /** How often each, the most frequent first. */
  private reasons(tick: number): TemplateResult {
    const counts = countsOf(this.state.history.exits, tick);
    const most = Math.max(1, ...counts.map(({ all }) => all));
    return html`<ul class="reasons">${counts.map(({ reason, now, all }) => {
      const name = `${reason} ${reasonName(reason)}`;
      const said = this.t('exits.only', { name, now: grouped(now), all: grouped(all) });
      return html`<li><button aria-label=${said} title=${said} aria-pressed=${this.reason === reason} @click=${() => this.only(reason)}><span class="reason">${reason}</span><span class="name" lang="en">${reasonName(reason)}</span>
        <meter min="0" max=${most} .value=${now} aria-hidden="true"></meter><span class="tick">${grouped(now)}${now < all ? html`<span class="of"> / ${grouped(all)}</span>` : nothing}</span></button></li>`;
    })}</ul>`;
  }

  /** Lists this reason alone; null, or the one that is listed already: all. */
  private only(reason: number | null): void {
    this.reason = this.reason === reason ? null : reason;
    this.isByReason = false;
    this.active = null;
  }

  private list(
    shown: readonly ExitRecord[],
    hidden: number,
    { current, active, tick }: { current: ExitRecord | null; active: number | undefined; tick: number },
  ): TemplateResult {
    return html`<ol role="listbox" tabindex="0" aria-label=${this.t('exits.title')} aria-activedescendant=${active === undefined || !shown.some(({ record }) => record === active) ? nothing : `exit-${active}`}
      @keydown=${(e: KeyboardEvent) => this.press(e, shown)} @blur=${() => this.forget()}>
      ${hidden > 0 ? html`<li class="older" role="presentation">${this.t('exits.older', { n: grouped(hidden) })}</li>` : nothing}
      ${shown.map((exit) => this.row(exit, `${exit === current ? 'now' : exit.at > tick ? 'later' : ''} ${exit.record === active ? 'active' : ''}`))}</ol>`;
  }

  private row(exit: ExitRecord, kind: string): TemplateResult {
    const detail = exitDetail(exit);
    return html`<li id="exit-${exit.record}" class=${kind} role="option" aria-selected=${kind.startsWith('now')} title=${`${reasonName(exit.reason)}${detail ? `, ${plain(this.state.view.language, detail)}` : ''}`} @click=${() => this.session.seek(exit.at)}>
      <span class="tick">${grouped(exit.at)}</span><span class="reason">${exit.reason}</span><span class="name">${exit.isFailedEntry ? `✕ ${this.t('exits.failed')}` : html`<span lang="en">${reasonName(exit.reason)}</span>`}</span><span class="detail">${detail ? typeset(this.state.view.language, detail) : nothing}</span>
    </li>`;
  }

  private press(event: KeyboardEvent, shown: readonly ExitRecord[]): void {
    const tick = this.state.frame?.tick ?? 0;
    const active = this.active ?? shown.findLast((exit) => exit.at <= tick)?.record;
    const at = shown.findIndex((exit) => exit.record === active);
    const steps: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 };
    const next = shown[Math.max(0, Math.min(shown.length - 1, steps[event.key] ?? -1))];
    if (event.key in steps) this.active = next.record;
    else if ((event.key === 'Enter' || event.key === ' ') && shown[at]) void this.session.seek(shown[at].at).then(() => this.forget());
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private forget(): void {
    this.active = null;
  }
}

/** How many of them, which are in order, show at `tick`. */
export function soFar(exits: readonly ExitRecord[], tick: number): number {
  return exits.findLastIndex(({ at }) => at <= tick) + 1;
}

/** Of each reason that there is: how many up to `tick`, and in all; the most frequent first. */
export function countsOf(
  exits: readonly ExitRecord[],
  tick: number,
): readonly { readonly reason: number; readonly now: number; readonly all: number }[] {
  const counts = new Map<number, { reason: number; now: number; all: number }>();
  for (const { reason, at } of exits) {
    const count = counts.get(reason) ?? { reason, now: 0, all: 0 };
    counts.set(reason, count);
    count.all++;
    if (at <= tick) count.now++;
  }
  return [...counts.values()].sort((a, b) => b.all - a.all || a.reason - b.reason);
}

customElements.define('gv-exits', ExitsPanel);

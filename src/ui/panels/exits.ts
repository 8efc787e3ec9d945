import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { ExitRecord } from '../history.ts';
import { Panel } from '../panel.ts';
import { grouped, reasonName } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { exitDetail } from '../widgets/exit-detail.ts';
import { plain, typeset } from '../widgets/sentence.ts';

/** Rows drawn at most; the timeline reaches the others. */
const SHOWN = 200;

/** Every recorded VM exit: tick, reason, what was asked. Those after the present are the recorded future. Choosing one goes there. */
export class ExitsPanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, active: { state: true } };
  declare session: Session;
  /** The row that the arrow keys are at, by record; null: the present one. */
  declare private active: number | null;

  static override styles = [
    SHARED,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; }
      .head { height: 1.6rem; }
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
      .older { color: var(--ink3); cursor: default; display: block; }
    `,
  ];

  constructor() {
    super();
    this.active = null;
  }

  protected inputs({ frame, recorded }: State): readonly unknown[] {
    return [frame?.tick, recorded];
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
    const all = history.exits;
    const tick = frame?.tick ?? 0;
    const current = history.exitBefore(tick);
    const past = current ? all.indexOf(current) + 1 : 0;
    const from = Math.max(0, Math.min(past + SHOWN / 4, all.length) - SHOWN);
    const shown = all.slice(from, from + SHOWN);
    const active = this.active ?? current?.record;
    return html`
      <div class="head"><h2>${this.t('exits.title')}</h2><span class="space"></span><span class="note">${all.length ? this.t('exits.soFar', { now: grouped(past), all: grouped(all.length) }) : nothing}</span></div>
      ${all.length === 0 ? html`<p class="note">${this.t('exits.none')}</p>` : this.list(shown, from, { current, active, tick })}`;
  }

  private list(
    shown: readonly ExitRecord[],
    hidden: number,
    { current, active, tick }: { current: ExitRecord | null; active: number | undefined; tick: number },
  ): TemplateResult {
    return html`<ol role="listbox" tabindex="0" aria-label=${this.t('exits.title')} aria-activedescendant=${active === undefined ? nothing : `exit-${active}`}
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
    const active = this.active ?? this.state.history.exitBefore(this.state.frame?.tick ?? 0)?.record;
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

customElements.define('gv-exits', ExitsPanel);

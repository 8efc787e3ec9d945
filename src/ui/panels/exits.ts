import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { Panel } from '../panel.ts';
import { type ExitRecord, exitsOf, lastExit, reasonName } from '../reading.ts';
import type { Session } from '../session.ts';
import { SHARED } from '../theme/shared.ts';
import { describeExit } from '../widgets/exit-detail.ts';

/** Rows drawn at most; the timeline reaches the others. */
const SHOWN = 200;

/** Every recorded VM exit: tick, reason, what was asked. Those after the present are the recorded future. A click goes there. */
export class ExitsPanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false } };
  declare session: Session;

  static override styles = [
    SHARED,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; }
      .head { height: 1.75rem; }
      ol { flex: 1; min-height: 0; overflow: auto; font-size: var(--t-small); }
      button { display: grid; grid-template-columns: 4.2em 1.9em minmax(4rem, auto) minmax(0, 1fr); width: 100%; text-align: left; align-items: baseline; min-height: 1.5rem; white-space: nowrap; padding: 0 var(--s1); }
      button:hover { background: var(--sunk); }
      .tick { color: var(--ink3); font-family: var(--gv-mono); }
      .reason { font: 600 var(--t-small)/1.2 var(--gv-mono); }
      .name { overflow: hidden; text-overflow: ellipsis; }
      .detail { text-align: right; color: var(--ink2); overflow: hidden; text-overflow: ellipsis; font-family: var(--gv-mono); padding-left: var(--s2); }
      .now button { background: var(--now-t); box-shadow: inset 2px 0 var(--gv-now); }
      .later { color: var(--ink3); }
      .later .detail, .later .reason { color: var(--ink3); }
    `,
  ];

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const list = this.renderRoot.querySelector('ol');
    const now = this.renderRoot.querySelector<HTMLElement>('.now');
    if (list && now) list.scrollTop = now.offsetTop - list.offsetTop - list.clientHeight * 0.6;
  }

  override render(): TemplateResult {
    const { frame, records } = this.state;
    const all = exitsOf(records);
    const current = frame ? lastExit(all, frame) : null;
    const past = current ? all.indexOf(current) + 1 : 0;
    const from = Math.max(0, Math.min(past + SHOWN / 4, all.length) - SHOWN);
    return html`
      <div class="head"><h2>${this.t('exits.title')}</h2><span class="space"></span><span class="note">${all.length ? this.t('exits.soFar', { now: past, all: all.length }) : nothing}</span></div>
      ${all.length === 0 ? html`<p class="note">${this.t('exits.none')}</p>` : nothing}
      <ol>${from > 0 ? html`<li class="note">${this.t('exits.older', { n: from })}</li>` : nothing}
        ${all.slice(from, from + SHOWN).map((exit) => this.row(exit, exit === current, frame !== null && exit.tick >= frame.tick))}</ol>`;
  }

  private row(exit: ExitRecord, isNow: boolean, isLater: boolean): TemplateResult {
    return html`<li class=${isNow ? 'now' : isLater ? 'later' : ''}><button aria-current=${isNow ? 'true' : nothing} @click=${() => this.session.seek(exit.tick + 1)}>
      <span class="tick">${exit.tick + 1}</span><span class="reason">${exit.reason}</span><span class="name">${exit.isFailedEntry ? `✕ ${this.t('exits.failed')}` : reasonName(exit.reason)}</span><span class="detail">${describeExit(exit)}</span>
    </button></li>`;
  }
}

customElements.define('gv-exits', ExitsPanel);

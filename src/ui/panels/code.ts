import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { CodeLine, CodeWindow } from '../../api/protocol.ts';
import { Panel } from '../panel.ts';
import { exitsOf, words, worldOf } from '../reading.ts';
import type { Session } from '../session.ts';
import { SHARED } from '../theme/shared.ts';
import { hexText } from '../widgets/number.ts';

type Tab = 'guest' | 'root' | 'source';

/** The code around EIP in each world, and the source that was assembled. The needle marks what runs next, a disc a breakpoint. */
export class CodePanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, tab: { state: true } };
  declare session: Session;
  /** The reader's choice; null follows who runs. */
  declare private tab: Tab | null;

  static override styles = [
    SHARED,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; }
      .tabs { display: flex; gap: var(--s4); height: 100%; }
      .tabs button { color: var(--ink3); min-width: 1.5rem; }
      .tabs [aria-selected='true'] { color: var(--gv-fg); font-weight: 600; box-shadow: inset 0 -1.5px var(--gv-fg); }
      ol { flex: 1; min-height: 0; overflow: auto; font-size: var(--t-mono); line-height: var(--line); margin-left: -.55rem; }
      li { display: grid; grid-template-columns: 1.25rem auto 1fr auto; column-gap: .3rem; min-height: var(--line); white-space: pre; align-items: center; font-family: var(--gv-mono); font-variant-ligatures: none; padding-right: var(--s2); }
      li.label { color: var(--ink2); grid-template-columns: 1.25rem 1fr; }
      .at, .exit { color: var(--ink3); font-size: var(--t-small); }
      .bytes { display: none; color: var(--ink3); font-size: var(--t-small); min-width: 9rem; }
      .text { overflow: hidden; text-overflow: ellipsis; }
      .gutter { position: relative; width: 1.25rem; height: var(--line); display: grid; place-items: center; }
      .gutter::before { content: ''; width: .44rem; height: .44rem; border-radius: 50%; }
      .gutter:hover::before { box-shadow: inset 0 0 0 1.5px var(--rule-strong); }
      .gutter[aria-pressed='true']::before { background: var(--gv-fg); box-shadow: none; }
      .now { background: var(--now-t); box-shadow: inset 2px 0 var(--gv-now); }
      .now .text { font-weight: 600; }
      .now .gutter::after { content: ''; position: absolute; left: 2px; border: .28rem solid transparent; border-left: .5rem solid var(--gv-now); border-right: 0; }
      .now .gutter[aria-pressed='true']::before { transform: translateX(.3rem); }
      .plain { grid-template-columns: 1.25rem 1.9rem 1fr; }
      .comment { color: var(--ink3); }
      p { color: var(--ink3); padding: var(--s2) 0; }
      @media (min-width: 1600px) { li:not(.label):not(.plain) { grid-template-columns: 1.25rem auto auto 1fr auto; } .bytes { display: block; } }
    `,
  ];

  constructor() {
    super();
    this.tab = null;
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const list = this.renderRoot.querySelector('ol');
    const now = this.renderRoot.querySelector<HTMLElement>('.now');
    if (!list || !now) return;
    const top = now.offsetTop - list.offsetTop;
    if (top < list.scrollTop + now.offsetHeight || top > list.scrollTop + list.clientHeight - 3 * now.offsetHeight)
      list.scrollTop = top - list.clientHeight * 0.4;
  }

  override render(): TemplateResult {
    const { frame, loaded } = this.state;
    const running = frame ? worldOf(words(frame.cpu)) : 'processor';
    const tabs: Tab[] = running === 'processor' ? ['guest'] : ['guest', 'root'];
    if (loaded?.source) tabs.push('source');
    const tab = this.tab && tabs.includes(this.tab) ? this.tab : running === 'root' ? 'root' : 'guest';
    const name = (t: Tab): string =>
      t === 'source'
        ? this.t('code.source')
        : t === 'root'
          ? this.t('code.hypervisor')
          : running === 'processor'
            ? this.t('code.title')
            : this.t('code.guest');
    return html`
      <div class="head"><div class="tabs" role="tablist">${tabs.map(
        (t) =>
          html`<button role="tab" aria-selected=${t === tab} @click=${() => {
            this.tab = t;
          }}>${name(t)}</button>`,
      )}</div></div>
      ${this.body(tab, running)}`;
  }

  private body(tab: Tab, running: string): TemplateResult {
    const { frame } = this.state;
    if (!frame || frame.running) return html`<p>${frame ? this.t('code.running') : nothing}</p>`;
    if (tab === 'source') return this.source();
    const isMine = running === 'processor' || (tab === 'root') === (running === 'root');
    const code = isMine ? frame.code : frame.otherCode;
    if (!code || code.lines.length === 0) return html`<p>${this.t('code.empty')}</p>`;
    return html`<ol>${code.lines.map((line) => this.line(line, code, isMine))}</ol>`;
  }

  private line(line: CodeLine, code: CodeWindow, isMine: boolean): TemplateResult {
    const isNow = line.linear === code.current;
    const exit = exitsOf(this.state.records).find((e) => e.guestEip === line.linear);
    const bytes = [...line.bytes].map((b) => b.toString(16).toUpperCase().padStart(2, '0')).join(' ');
    return html`
      ${line.label ? html`<li class="label"><span></span><span>${line.label}:</span></li>` : nothing}
      <li class=${isNow && isMine ? 'now' : ''} aria-current=${isNow ? 'step' : nothing}>
        ${this.gutter(line.linear)}<span class="at">${line.linear.toString(16).toUpperCase().padStart(6, '0')}</span><span class="bytes">${bytes}</span><span class="text">${line.text}</span>
        ${exit ? html`<span class="exit" title=${this.t('code.exited', { reason: exit.reason })}>▸${exit.reason}</span>` : nothing}
      </li>`;
  }

  private source(): TemplateResult {
    const { frame, loaded } = this.state;
    const source = loaded?.source;
    if (!source || !frame) return html``;
    const here = source.lines.find((l) => l.linear === frame.code?.current)?.line ?? 0;
    return html`<ol>${source.text.split('\n').map((text, i) => {
      const at = source.lines.find((l) => l.line === i + 1 && l.length > 0);
      const comment = text.indexOf(';');
      const [code, rest] = comment < 0 ? [text, ''] : [text.slice(0, comment), text.slice(comment)];
      return html`<li class="plain ${here === i + 1 ? 'now' : ''}" aria-current=${here === i + 1 ? 'step' : nothing}>
        ${at ? this.gutter(at.linear) : html`<span></span>`}<span class="at">${i + 1}</span><span class="text">${code}<span class="comment">${rest}</span></span></li>`;
    })}</ol>`;
  }

  private gutter(linear: number): TemplateResult {
    const isSet = this.state.view.breakpoints.includes(linear);
    return html`<button class="gutter" tabindex="-1" aria-pressed=${isSet} aria-label=${this.t('code.breakpoint', { address: hexText(linear) })}
      @click=${() => this.session.toggleBreakpoint(linear)}></button>`;
  }
}

customElements.define('gv-code', CodePanel);

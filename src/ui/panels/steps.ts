import { css, html, nothing, type TemplateResult } from 'lit';
import type { CodeWindow, InstructionSteps } from '../../api/protocol.ts';
import { Panel } from '../panel.ts';
import { reasonName, words, worldOf } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { flagsText } from '../widgets/instruction-help.ts';

/** One instruction from inside: the manual's title and operation, the flags, and its micro-operations. Folded until it is wanted. */
export class StepsPanel extends Panel {
  static override properties = {
    ...Panel.properties,
    session: { attribute: false },
    linear: { attribute: false },
    code: { attribute: false },
    other: { type: Boolean },
    isOpen: { state: true },
    steps: { state: true },
  };
  declare session: Session;
  /** Of the line that is looked at; null: of the instruction that runs next. */
  declare linear: number | null;
  /** The code that it is of; `other`: of the world that does not run. */
  declare code: CodeWindow | null;
  declare other: boolean;
  declare private isOpen: boolean;
  declare private steps: InstructionSteps | null;
  private asked = '';

  static override styles = [
    SHARED,
    css`
      :host { flex: none; border-top: 1px solid var(--rule2); }
      .open { color: var(--ink2); font-size: var(--t-small); min-height: 1.5rem; display: flex; align-items: center; gap: .4rem; width: 100%; }
      .open::after { content: ''; width: .34rem; height: .34rem; border: 1.2px solid var(--ink2); border-width: 1.2px 0 0 1.2px; transform: translateY(.1rem) rotate(45deg); }
      .open[aria-expanded='true']::after { transform: translateY(-.1rem) rotate(225deg); }
      .inside { height: 6.4rem; overflow: auto; scrollbar-width: thin; padding-bottom: var(--s1); font-size: var(--t-small); line-height: 1.35; overflow-wrap: anywhere; }
      .inside:focus-visible { outline-offset: -2px; }
      b { font-size: var(--t-body); }
      ol { padding-top: 2px; }
      li { font: 400 var(--t-small)/1.4 var(--gv-mono); font-variant-ligatures: none; padding-left: 1.6rem; position: relative; counter-increment: step; }
      li::before { content: counter(step); position: absolute; left: 0; width: 1.2rem; text-align: right; color: var(--ink3); }
      ol { counter-reset: step; }
    `,
  ];

  constructor() {
    super();
    this.linear = null;
    this.code = null;
    this.other = false;
    this.isOpen = false;
    this.steps = null;
  }

  protected inputs({ frame }: State): readonly unknown[] {
    return [frame?.serial];
  }

  override willUpdate(): void {
    const { code } = this;
    if (!this.isOpen || !code) return;
    // The guest runs: how root translates is in no register now.
    if (this.other && this.state.frame && worldOf(words(this.state.frame.cpu)) !== 'root') {
      this.steps = null;
      this.asked = '';
      return;
    }
    const line = code.lines.find(({ linear }) => linear === this.linear);
    // Data is no instruction.
    const linear = line && line.parts[0]?.text !== 'db' ? line.linear : code.current;
    const question = `${this.state.frame?.serial} ${linear} ${code.bits} ${this.other}`;
    if (question === this.asked) return;
    this.asked = question;
    void this.session
      .ask((host) => host.steps(linear, this.other ? 'guest' : 'current', code.bits))
      .then((steps) => {
        if (question === this.asked) this.steps = steps ?? null;
      });
  }

  override render(): TemplateResult {
    return html`<button class="open" aria-expanded=${this.isOpen} @click=${() => {
      this.isOpen = !this.isOpen;
    }}>${this.t('steps.title')}</button>
      ${this.isOpen ? html`<div class="inside" tabindex="0" role="region" aria-label=${this.t('steps.title')}>${this.inside()}</div>` : nothing}`;
  }

  private inside(): TemplateResult {
    const { steps } = this;
    if (!steps) return html`<p>${this.t('code.empty')}</p>`;
    const exit =
      steps.mayExit !== null && steps.isGuest
        ? html` · ${this.t('steps.exits', { n: steps.mayExit })} <span lang="en">${reasonName(steps.mayExit)}</span>`
        : nothing;
    return html`<div role="status"><b class="mono" lang="en">${steps.title}</b>
      <div class="mono" lang="en">${steps.operation}</div>
      <div class="note">${flagsText(steps, (key, values) => this.t(key, values))}${exit}</div></div>
      ${steps.steps.length === 0 ? nothing : html`<ol>${steps.steps.map((step) => html`<li lang="en">${step}</li>`)}</ol>`}`;
  }
}

customElements.define('gv-steps', StepsPanel);

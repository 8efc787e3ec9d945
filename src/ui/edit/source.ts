import type { EditorView } from '@codemirror/view';
import { css, html, nothing, type PropertyValues, render, type TemplateResult } from 'lit';
import type { InstructionHelp, SourceProblem } from '../../api/protocol.ts';
import { Panel } from '../panel.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { CONTROLS, SHARED } from '../theme/shared.ts';
import { hexText } from '../widgets/number.ts';
import { helpText } from '../widgets/instruction-help.ts';
import { makeEditor } from './code-mirror.ts';
import type { Draft } from './draft.ts';
import { TEMPLATES } from './templates.ts';
import { closeSource, keepText, openDraft, openText, problemsIn, runDraft } from './writing.ts';

/** The guest's source, to be changed and run. What is typed is kept in the view, whatever becomes of it. */
export class SourcePanel extends Panel {
  static override properties = {
    ...Panel.properties,
    session: { attribute: false },
    problems: { state: true },
    place: { state: true },
  };
  declare session: Session;
  declare private problems: readonly SourceProblem[] | null;
  declare private place: { readonly line: number; readonly column: number };
  private editor: EditorView | null = null;
  /** Name of what stands in the editor. */
  private shown: string | null = null;
  private help: readonly InstructionHelp[] | null = null;

  static override styles = [
    SHARED,
    CONTROLS,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; padding: 0 var(--s4); background: var(--gv-bg); }
      .bar { display: flex; flex-wrap: wrap; align-items: center; gap: var(--s1) var(--s4); min-height: 2rem; border-bottom: 1px solid var(--rule); flex: none; padding: 2px 0; }
      .bar h2 { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      select { font: inherit; color: var(--ink2); background: var(--gv-bg); border: 0; border-bottom: 1px solid var(--rule-strong); min-height: 1.5rem; max-width: min(14rem, 34vw); }
      .editor { flex: 1; min-height: 8rem; overflow: hidden; }
      .foot { display: flex; align-items: baseline; gap: var(--s3); min-height: 2rem; border-top: 1px solid var(--rule); flex: none; padding: .3rem 0; font-size: var(--t-small); line-height: 1.3; }
      .foot .mono { white-space: nowrap; font-size: inherit; color: var(--ink2); }
      .help { max-width: 24rem; padding: var(--s2) var(--s3); font: 400 var(--t-small)/1.4 var(--gv-sans); }
      .help b { font-size: var(--t-body); }
      .help span { display: block; color: var(--ink2); }
    `,
  ];

  constructor() {
    super();
    this.problems = null;
    this.place = { line: 1, column: 1 };
  }

  protected inputs({ view, loaded, host }: State): readonly unknown[] {
    return [view.editing, view.drafts, loaded, host];
  }

  override disconnectedCallback(): void {
    this.editor?.destroy();
    this.editor = null;
    this.shown = null;
    super.disconnectedCallback();
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const { draft } = this;
    if (draft && draft.name !== this.shown) void this.show(draft);
  }

  override render(): TemplateResult {
    const { draft } = this;
    const original = this.original;
    return html`<div class="bar"><h2>${this.t('source.title')}</h2><span class="mono">${draft?.name ?? ''}</span>
        <span class="space"></span>
        <select aria-label=${this.t('source.new')} @change=${(e: Event) => this.begin(e.target as HTMLSelectElement)}><option value="" selected>${this.t('source.new')}</option>${TEMPLATES.map(({ title }, i) => html`<option value=${i}>${this.t(title)}</option>`)}</select>
        ${original !== null && draft && original !== draft.text ? html`<button class="link" @click=${() => this.revert(original)}>${this.t('source.revert')}</button>` : nothing}
        <button class="plain-button" ?disabled=${!this.state.host} title="Ctrl+Enter" @click=${() => void this.run()}>${this.t('source.run')}</button>
        <button class="link" @click=${() => closeSource(this.session)}>${this.t('keys.close')}</button></div>
      <div class="editor"></div>
      <div class="foot"><span class="mono">${this.t('source.place', { line: this.place.line, column: this.place.column })}</span><span role="status">${this.verdict()}</span></div>`;
  }

  /** The problem under the cursor, else the first; or that there is none. */
  private verdict(): TemplateResult | typeof nothing {
    const { problems, place } = this;
    if (problems === null) return nothing;
    if (problems.length === 0) return html`${this.t('source.good')}`;
    const { misfit } = problems[0];
    if (misfit)
      return html`<b aria-hidden="true">!</b> ${this.t('source.misfit', { bits: misfit.bits, origin: hexText(misfit.origin, 1), load: hexText(misfit.load, 1), startsIn: misfit.startsIn })}`;
    const problem = problems.find(({ line }) => line === place.line) ?? problems[0];
    const where = problem.file !== '' && problem.file !== this.mainFile ? `${problem.file} ` : '';
    return html`<b>✕ ${where}${problem.line} : ${problem.column}</b> <span lang="en">${problem.message} ${problem.hint}</span>${problems.length > 1 ? html` <span class="note">${this.t('source.more', { n: problems.length - 1 })}</span>` : nothing}`;
  }

  private get draft(): Draft | null {
    return openDraft(this.state);
  }

  private get mainFile(): string {
    return this.draft?.guestId === null ? (this.draft?.name ?? '') : `${this.draft?.name}.asm`;
  }

  /** The text that runs, where it is of this program. */
  private get original(): string | null {
    const { loaded } = this.state;
    return loaded?.source && loaded.name === this.draft?.name ? loaded.source.text : null;
  }

  private async show(draft: Draft): Promise<void> {
    this.shown = draft.name;
    this.help ??= (await this.session.ask((host) => host.instructions())) ?? [];
    const parent = this.renderRoot.querySelector<HTMLElement>('.editor');
    if (!parent || this.shown !== draft.name) return;
    this.editor?.destroy();
    this.problems = null;
    this.editor = makeEditor(parent, {
      label: this.t('source.title'),
      text: draft.text,
      help: this.help,
      changed: (text) => keepText(this.session, text),
      check: (text) => this.check(text),
      moved: (line, column) => {
        this.place = { line, column };
      },
      describe: (help) => this.describe(help),
      run: () => void this.run(),
    });
    this.editor.focus();
  }

  private async check(text: string): Promise<readonly SourceProblem[]> {
    const problems = await problemsIn(this.session, text);
    this.problems = problems;
    return problems.filter(({ file, misfit }) => !misfit && (file === '' || file === this.mainFile));
  }

  private describe(help: InstructionHelp): HTMLElement {
    const box = document.createElement('div');
    box.className = 'help';
    render(
      helpText(help, (key, values) => this.t(key, values)),
      box,
    );
    return box;
  }

  private begin(select: HTMLSelectElement): void {
    const template = TEMPLATES[Number(select.value)];
    if (select.value !== '' && template) openText(this.session, template.name, template.text);
    select.value = '';
  }

  private revert(text: string): void {
    keepText(this.session, text);
    this.shown = null;
    this.requestUpdate();
  }

  private async run(): Promise<void> {
    const problems = await runDraft(this.session);
    if (problems) this.problems = problems;
  }
}

customElements.define('gv-source', SourcePanel);

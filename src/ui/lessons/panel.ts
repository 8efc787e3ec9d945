import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { MessageKey } from '../i18n/en.ts';
import { prose } from '../i18n/typography.ts';
import { Panel } from '../panel.ts';
import { grouped } from '../reading.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { hexText } from '../widgets/number.ts';
import type { Guide } from './guide.ts';
import type { LessonStep, Question } from './lesson.ts';
import { LESSON_STYLES } from './panel-styles.ts';
import { begunAt, type OpenLesson, score, type StepProgress, stepOf } from './progress.ts';
import { typesetText } from './typeset.ts';

/** Numbers from here on are written in hexadecimal. */
const LONG_NUMBER = 4096;

/** What the panel wants done that needs the list of lessons. */
export interface Shelf {
  titleOf(place: number): { readonly en: string; readonly fr: string } | null;
  open(place: number): void;
  /** The lesson can be had as one file. */
  readonly canKeep: boolean;
  keep(): Promise<void>;
}

/** The lesson that is open: a step's text, its question, what to do; then what the machine answered, and the way on. */
export class LessonPanel extends Panel {
  static override properties = {
    ...Panel.properties,
    guide: { attribute: false },
    shelf: { attribute: false },
    isHinting: { state: true },
    isRefused: { state: true },
  };
  declare guide: Guide;
  declare shelf: Shelf;
  declare private isHinting: boolean;
  /** What was given as a number is none. */
  declare private isRefused: boolean;
  private wasReached = false;
  private lastStep: LessonStep | null = null;

  static override styles = [SHARED, LESSON_STYLES];

  constructor() {
    super();
    this.isHinting = false;
    this.isRefused = false;
  }

  protected inputs({ lesson, frame }: State): readonly unknown[] {
    return [lesson, frame?.tick, frame?.running];
  }

  /** Puts the keyboard where there is something to do: the way on, the question, or the step itself. */
  override focus(): void {
    const find = (what: string): HTMLElement | null => this.renderRoot.querySelector<HTMLElement>(what);
    (find('.next') ?? find('input[type=radio]:checked') ?? find('fieldset input') ?? find('h3'))?.focus();
  }

  override willUpdate(): void {
    const step = this.state.lesson && stepOf(this.state.lesson);
    if (step === this.lastStep) return;
    this.lastStep = step ?? null;
    this.isHinting = false;
    this.isRefused = false;
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const isReached = this.state.lesson?.isReached ?? false;
    const isNews = isReached && !this.wasReached;
    this.wasReached = isReached;
    if (!isNews || !this.closest('.right.lesson, .sheet')) return;
    // What the machine has answered comes into sight, its beginning rather than its end.
    for (const what of ['.row', '[role=status]']) this.renderRoot.querySelector(what)?.scrollIntoView({ block: 'nearest' });
  }

  override render(): TemplateResult | typeof nothing {
    const open = this.state.lesson;
    if (!open) return nothing;
    const { language } = this.state.view;
    const title = prose(language, open.lesson.title[language]);
    return html`<div class="head"><h2>${this.t('lesson.title')}</h2><span class="note" title=${title}>${title}</span><span class="space"></span>
        <button class="link close" @click=${() => this.guide.close()}>${this.t('lesson.close')}</button></div>
      ${open.isAway ? this.away() : this.step(open)}
      <div role="status">${this.news(open)}</div>
      ${open.isAway ? nothing : this.ways(open)}`;
  }

  private away(): TemplateResult {
    return html`<p>${this.t('lesson.away')}</p><div class="row"><button class="primary next" @click=${() => this.guide.comeBack()}>${this.t('lesson.back')}</button></div>`;
  }

  private step(open: OpenLesson): TemplateResult {
    const step = stepOf(open);
    const { language } = this.state.view;
    if (!step) return this.done(open);
    const goal =
      open.shown === 0
        ? html`<p class="goal"><span class="label">${this.t('lesson.goal')}</span>${typesetText(language, open.lesson.goal)}</p>`
        : nothing;
    return html`${goal}
      <h3 tabindex="-1"><span class="note">${this.t('lesson.step', { n: open.shown + 1, all: open.steps.length })}</span><br />${prose(language, step.title[language])}</h3>
      <p>${typesetText(language, step.text)}</p>
      ${step.question ? this.question(step.question, open) : nothing}
      <p class="part"><span class="label">${this.t('lesson.do')}</span>${typesetText(language, step.task)}</p>`;
  }

  private question(question: Question, open: OpenLesson): TemplateResult {
    const { language } = this.state.view;
    const progress = open.steps[open.shown];
    const isOver = progress.answer !== null || open.isReached;
    if (isOver) return html`<div class="part"><p>${typesetText(language, question.text)}</p>${this.said(question, progress)}</div>`;
    const fields = question.number
      ? nothing
      : question.choices.map(
          (choice, i) =>
            html`<label class="choice"><input type="radio" name="choice" value=${i} /><span>${typesetText(language, choice.text)}</span></label>`,
        );
    return html`<form class="part" @submit=${(e: SubmitEvent) => this.submit(e)}>
      <fieldset><legend><span class="label">${this.t('lesson.question')}</span>${typesetText(language, question.text)}</legend>${fields}
        <div class="row">${
          question.number
            ? html`<input name="number" inputmode="text" autocomplete="off" spellcheck="false" aria-label=${this.t('lesson.number')} aria-invalid=${this.isRefused} aria-describedby=${this.isRefused ? 'wrong' : nothing} />`
            : nothing
        }<button class="primary">${this.t('lesson.answer')}</button></div>
        ${this.isRefused ? html`<span class="quiet" id="wrong">${this.t('lesson.wrongNumber')}</span>` : nothing}
      </fieldset></form>`;
  }

  private said(question: Question, { answer }: StepProgress): TemplateResult | typeof nothing {
    return answer === null ? nothing : html`<div class="said"><span>${this.worded('lesson.youSaid', question, answer)}</span></div>`;
  }

  /** A message with an answer in it. */
  private worded(key: MessageKey, question: Question, value: number | null): TemplateResult {
    const { language } = this.state.view;
    const [before, after] = this.t(key, { answer: '\0' }).split('\0');
    const choice = value === null ? undefined : question.choices[value];
    const number = value === null ? this.t('lesson.neither') : value >= LONG_NUMBER ? hexText(value, 1) : grouped(value);
    return html`${before}<b>${choice ? typesetText(language, choice.text) : number}</b>${after}`;
  }

  /** What the machine has answered: read out when it comes. */
  private news(open: OpenLesson): TemplateResult | typeof nothing {
    const step = stepOf(open);
    const progress = open.steps[open.shown];
    if (!step || !open.isReached || open.isAway) return nothing;
    const { language } = this.state.view;
    const verdict = step.question
      ? html`<div class="said"><span>${this.worded('lesson.machineSays', step.question, progress.verdict)} ${
          progress.answer === null
            ? nothing
            : html`<span class="verdict">${this.t(progress.answer === progress.verdict ? 'lesson.right' : 'lesson.wrong')}</span>`
        }</span></div>`
      : nothing;
    return html`<div class="part">${verdict}<p>${typesetText(language, step.after)}</p><span class="quiet">${this.t('lesson.reached', { tick: grouped(progress.reached ?? 0) })}</span></div>`;
  }

  private ways(open: OpenLesson): TemplateResult | typeof nothing {
    const step = stepOf(open);
    if (!step) return nothing;
    const { frame, view } = this.state;
    if (open.isReached) {
      const isLast = open.shown === open.steps.length - 1;
      return html`<div class="row"><button class="primary next" @click=${() => this.next()}>${this.t(isLast ? 'lesson.end' : 'lesson.next')}</button></div>`;
    }
    const isPast = frame !== null && frame.tick > begunAt(open);
    return html`<div class="row">
        ${step.hint ? html`<button class="link" aria-expanded=${this.isHinting} @click=${() => (this.isHinting = !this.isHinting)}>${this.t('lesson.hint')}</button>` : nothing}
        <button class="link show" ?disabled=${frame?.running ?? true} @click=${() => this.guide.show()}>${this.t('lesson.show')}</button>
        ${open.shown === 0 ? this.keep() : nothing}
        ${isPast ? html`<button class="link" ?disabled=${frame?.running ?? true} @click=${() => this.guide.again()}>${this.t('lesson.again')}</button>` : nothing}
      </div>
      ${this.isHinting && step.hint ? html`<p>${typesetText(view.language, step.hint)}</p>` : nothing}`;
  }

  private done(open: OpenLesson): TemplateResult {
    const { language } = this.state.view;
    const { asked, right } = score(open);
    const following = this.shelf.titleOf(open.place + 1);
    return html`<h3 tabindex="-1">${this.t('lesson.done')}</h3>
      <p>${typesetText(language, open.lesson.goal)}</p>
      <p class="part">${asked > 0 ? this.t('lesson.score', { asked, right }) : this.t('lesson.scoreNone')} ${this.t('lesson.stay')}</p>
      <div class="row">${
        following
          ? html`<button class="primary next" @click=${() => this.shelf.open(open.place + 1)}>${this.t('lesson.nextLesson', { title: prose(language, following[language]) })}</button>`
          : nothing
      }<button class="link" @click=${() => this.shelf.open(open.place)}>${this.t('lesson.restart')}</button>${this.keep()}</div>`;
  }

  private keep(): TemplateResult | typeof nothing {
    return this.shelf.canKeep
      ? html`<button class="link keep" @click=${() => this.shelf.keep()}>${this.t('lesson.export')}</button>`
      : nothing;
  }

  private next(): void {
    this.guide.next();
    void this.updateComplete.then(() => {
      this.scrollTop = 0;
      this.renderRoot.querySelector<HTMLElement>('h3')?.focus();
    });
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const given = String(data.get('choice') ?? data.get('number') ?? '').trim();
    const isNumber = /^(0x[\da-f]+|\d+)$/i.test(given);
    this.isRefused = !isNumber && data.has('number');
    if (!isNumber) return;
    this.guide.say(Number(given));
    // The question is gone: keys are the machine's again.
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('h3')?.focus());
  }
}

customElements.define('gv-lesson', LessonPanel);

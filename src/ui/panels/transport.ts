import { css, html, nothing, type PropertyValues, svg, type TemplateResult } from 'lit';
import { colon } from '../i18n/typography.ts';
import { Panel } from '../panel.ts';
import { firstKey, keyName } from '../keymap.ts';
import { grouped } from '../reading.ts';
import type { Session } from '../session.ts';
import { runTo } from '../stops.ts';
import { lockedSize, STEP_SIZES, type StepSize } from '../steps.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { rove } from '../widgets/roving.ts';

const DECADES = [1, 10, 100, 1000, 10_000, 100_000] as const;
/** Instructions per second on a logarithmic scale, three steps to a decade; 0 is as fast as it goes. */
const SPEEDS: readonly number[] = [...DECADES.flatMap((n) => [n, 2 * n, 5 * n]), 1_000_000, 0];

const SHAPES = {
  reset: 'M2.5 3.5h1.7v9H2.5zM13 3.5 5.5 8l7.5 4.5z',
  previousExit: 'M8 3.5 1.5 8 8 12.5zM14.5 3.5 8 8l6.5 4.5z',
  back: 'M11.5 3 4 8l7.5 5z',
  step: 'M4.5 3 12 8l-7.5 5z',
  nextExit: 'M8 3.5 14.5 8 8 12.5zM1.5 3.5 8 8 1.5 12.5z',
} as const;

/** Time: backwards on the left, forwards on the right, the tick between them. */
export class TransportPanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false } };
  declare session: Session;

  static override styles = [
    SHARED,
    css`
      :host { border-top: 1px solid var(--gv-fg); }
      .bar { display: flex; align-items: center; gap: 0 var(--s6); padding: 0 var(--s4); height: 2.375rem; white-space: nowrap; }
      .group { display: flex; align-items: center; gap: var(--s2); }
      .icon { width: 1.75rem; height: 1.75rem; display: grid; place-items: center; border-radius: var(--gv-radius); }
      .icon:hover:not(:disabled) { background: var(--sunk); }
      .icon svg { width: 1rem; height: 1rem; fill: currentColor; }
      .icon:disabled { color: var(--rule-strong); }
      .tick { display: flex; align-items: baseline; justify-content: center; gap: .4rem; color: var(--ink3); font-size: var(--t-small); min-width: 10.5rem; }
      .tick input { width: calc(var(--digits, 4) * 1ch + 1rem); text-align: center; font: 600 1rem/1.3 var(--gv-mono); color: var(--gv-fg); background: none; border: 0; border-bottom: 1.5px solid var(--gv-now); border-radius: 0; }
      .tick :first-child, .tick :last-child { flex: 1; }
      .tick :first-child { text-align: right; }
      .run { font-weight: 600; padding: 0 .7rem; height: 1.75rem; min-width: 4.5rem; text-align: center; border: 1px solid var(--gv-fg); border-radius: var(--gv-radius); }
      .run:disabled { border-color: var(--rule-strong); }
      .run:hover:not(:disabled) { background: var(--sunk); }
      /* Fine to coarse: the ticks of the scale grow, a dot stands at the choice. */
      .scale { position: relative; display: flex; }
      .scale::before { content: ''; position: absolute; inset: .55rem 0 auto; border-top: 1px solid var(--rule-strong); }
      .scale button { position: relative; color: var(--ink3); font-size: var(--t-small); padding: .85rem .6rem 0; line-height: 1.2rem; }
      .scale button::before { content: ''; position: absolute; left: 50%; bottom: calc(100% - .55rem); height: var(--tall, 5px); border-left: 1px solid var(--rule-strong); }
      .scale button:nth-child(2) { --tall: 6px; }
      .scale button:nth-child(3) { --tall: 7px; }
      .scale button:nth-child(4) { --tall: 8px; }
      .scale button:last-child { --tall: 9px; }
      .sizes { display: none; font: 400 var(--t-small)/1.5 var(--gv-sans); color: var(--gv-fg); background: var(--gv-bg); border: 0; border-bottom: 1px solid var(--rule-strong); min-height: 1.75rem; }
      :host(:is([layout='narrow'], [layout='column'], [layout='phone'])) .scale { display: none; }
      :host(:is([layout='narrow'], [layout='column'], [layout='phone'])) .sizes { display: block; }
      .scale [aria-checked='true'] { color: var(--gv-fg); font-weight: 600; }
      .scale [aria-checked='true']::before { width: 9px; height: 9px; bottom: auto; top: calc(.55rem - 4px); border: 0; border-radius: 50%; background: var(--gv-fg); transform: translateX(-50%); }
      /* Speed: a scale of ticks, those up to the choice in ink. */
      .speeds { position: relative; display: flex; align-items: center; gap: 3px; height: 1.5rem; }
      .speeds i { width: 1px; height: 6px; background: var(--rule-strong); }
      .speeds i:nth-child(3n + 1) { height: 9px; }
      .speeds i.up { background: var(--gv-fg); }
      .speeds i.at { width: 3px; height: 14px; background: var(--gv-fg); }
      .speeds input { position: absolute; inset: 0 -4px; width: calc(100% + 8px); height: 100%; opacity: 0; cursor: pointer; margin: 0; }
      .speeds:focus-within { outline: 2px solid var(--gv-fg); outline-offset: 2px; }
      .number { min-width: 7.2rem; min-height: 1.5rem; text-align: right; font-size: var(--t-small); }
      .number .short { display: none; }
      :host([layout='narrow']) .bar { gap: 0 var(--s4); }
      :host([layout='column']) .bar { flex-wrap: wrap; height: auto; padding-block: .3rem; gap: .2rem var(--s5); }
      :host([layout='phone']) { border: 0; }
      :host([layout='phone']) .bar { display: grid; grid-template-columns: 1fr auto auto auto; height: auto; padding: 0; gap: 0 var(--s3); }
      :host([layout='phone']) .time { grid-column: 1 / -1; justify-content: space-between; gap: 0; }
      :host([layout='phone']) .icon { width: 2.75rem; height: 2.75rem; }
      :host([layout='phone']) .icon svg { width: 1.3rem; height: 1.3rem; }
      :host([layout='phone']) .time > .icon:first-child { grid-column: 3; }
      :host([layout='phone']) .tick { min-width: 0; flex: 1; flex-direction: column; align-items: center; line-height: 1.1; }
      :host([layout='phone']) .tick :first-child { display: none; }
      :host([layout='phone']) .tick { gap: 0; }
      :host([layout='phone']) .tick input { font-size: min(1.125rem, calc(13rem / var(--digits, 4))); line-height: 1.25; width: calc(var(--digits, 4) * 1ch + .3rem); max-width: 100%; }
      :host([layout='phone']) .tick :last-child { flex: none; }
      :host([layout='phone']) :is(.by, .speed > .note, .space, .number .long) { display: none; }
      :host([layout='phone']) .speed { flex-direction: column; gap: 0; }
      :host([layout='phone']) .number { min-width: 0; text-align: center; line-height: 1; font-size: var(--t-micro); min-height: 1.5rem; }
      :host([layout='phone']) .number .short { display: inline; }
      :host([layout='phone']) .speeds { gap: 2px; height: 1.75rem; }
      :host([layout='phone']) .run { min-height: 2.2rem; order: 9; grid-column: 4; }
      :host([layout='phone']) .speed { grid-column: 3; }
      :host([layout='phone']) .sizes { min-height: 2.2rem; max-width: 7.5rem; }
    `,
  ];

  protected inputs({ frame, view, loaded, begin, host, isSearching, lesson }: State): readonly unknown[] {
    return [
      lesson,
      isSearching,
      begin,
      host,
      frame?.tick,
      frame?.endTick,
      frame?.running,
      frame?.speed,
      view.granularity,
      view.speed,
      loaded,
    ];
  }

  /** Puts the keyboard into the tick. */
  override focus(): void {
    this.renderRoot.querySelector<HTMLInputElement>('.tick input')?.select();
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const input = this.renderRoot.querySelector<HTMLInputElement>('.tick input');
    input?.style.setProperty('--digits', String(Math.max(4, grouped(this.state.frame?.tick ?? 0).length)));
  }

  override render(): TemplateResult {
    const { frame, view } = this.state;
    const isRunning = (frame?.running ?? false) || this.state.isSearching;
    const s = this.session;
    const locked = lockedSize(this.state);
    const size = locked ?? view.granularity;
    return html`<div class="bar" role="toolbar" aria-label=${this.t('transport.label')}>
      <div class="group time">${this.buttons(isRunning, frame?.tick ?? 0)}</div>
      <button class="run" ?disabled=${!this.state.host} title=${this.key(isRunning ? 'pause' : 'run')} @click=${() => (isRunning ? s.pause() : s.run())}>${this.t(isRunning ? 'transport.pause' : 'transport.run')}</button>
      <div class="group"><span class="note by" id="by">${this.t('transport.stepBy')}</span>
        <div class="scale" role="radiogroup" aria-label=${this.t('transport.stepBy')} @keydown=${rove}>${STEP_SIZES.map(
          (g) =>
            html`<button role="radio" aria-checked=${g === size} tabindex=${g === size ? 0 : -1} ?disabled=${locked !== null && g !== locked} title=${locked ? this.t('lesson.locked') : nothing} @click=${() => s.store.look({ granularity: g })}>${this.t(`transport.${g}`)}</button>`,
        )}</div>
        <select class="sizes" ?disabled=${locked !== null} aria-label=${this.t('transport.stepBy')} @change=${(e: Event) => s.store.look({ granularity: (e.target as HTMLSelectElement).value as StepSize })}>${STEP_SIZES.map((g) => html`<option value=${g} ?selected=${g === size}>${this.t(`transport.${g}`)}</option>`)}</select>
      </div>
      <span class="space"></span>
      <gv-stops .store=${this.store} .session=${s}></gv-stops>
      ${this.speed(isRunning ? (frame?.speed ?? 0) : 0)}
    </div>`;
  }

  private buttons(isRunning: boolean, tick: number): TemplateResult {
    const s = this.session;
    const { begin } = this.state;
    const isGone = !this.state.host;
    const isFirst = tick <= begin || isGone;
    const only = lockedSize(this.state);
    const isOther = only !== null && only !== 'exit';
    const why = isGone
      ? this.t('transport.noMachine')
      : isFirst
        ? this.t(begin > 0 ? 'transport.noPast' : 'transport.beginning')
        : undefined;
    return html`
      ${this.icon('reset', { key: this.key('reset'), isOff: isGone, why }, () => s.reset())}
      ${this.icon('previousExit', { key: this.key('previousExit'), isOff: isRunning || isFirst || isOther, why: isOther ? this.t('lesson.locked') : why }, () => s.back('exit'))}
      ${this.icon('back', { key: this.key('back'), isOff: isRunning || isFirst, why }, () => s.back())}
      <label class="tick"><span>${this.t('transport.tick')}</span><input inputmode="numeric" autocomplete="off" .value=${grouped(tick)} ?disabled=${isRunning || isGone} @focus=${(e: Event) => (e.target as HTMLInputElement).select()} @change=${(e: Event) => this.goTo(e)} /><span>/ ${grouped(this.state.frame?.endTick ?? 0)}</span></label>
      ${this.icon('step', { key: this.key('step'), isOff: isRunning || isGone, why: isGone ? why : undefined }, () => s.step())}
      ${this.icon('nextExit', { key: this.key('nextExit'), isOff: isRunning || isGone || isOther, why: isGone ? why : isOther ? this.t('lesson.locked') : undefined }, () => s.step('exit'))}`;
  }

  /** The key of a command, as it is engraved. */
  private key(id: string): string {
    const key = firstKey(id, this.state.view.keymap);
    return key === '' ? '' : keyName(key);
  }

  /** `why`: what to say of a button that is off. */
  private icon(
    shape: keyof typeof SHAPES,
    { key, isOff = false, why }: { key: string; isOff?: boolean; why?: string | undefined },
    action: () => unknown,
  ): TemplateResult {
    const name = this.t(`transport.${shape}`);
    const title = isOff && why ? `${name}${colon(this.state.view.language)}${why}` : `${name}  ${key}`;
    return html`<button class="icon" ?disabled=${isOff} title=${title} aria-label=${isOff && why ? title : name} @click=${action}>
      <svg viewBox="0 0 16 16" aria-hidden="true">${svg`<path d=${SHAPES[shape]} />`}</svg></button>`;
  }

  private speed(measured: number): TemplateResult {
    const { speed } = this.state.view;
    const index = SPEEDS.findIndex((s) => s === speed);
    const at = index < 0 ? SPEEDS.length - 1 : index;
    const text = this.speedText(measured, speed);
    return html`<div class="group speed"><span class="note">${this.t('transport.speed')}</span>
      <span class="speeds">${SPEEDS.map((_, i) => html`<i class=${i === at ? 'at' : i < at ? 'up' : ''}></i>`)}
        <input type="range" min="0" max=${SPEEDS.length - 1} .value=${String(at)} aria-label=${this.t('transport.speed')} aria-valuetext=${this.speedText(0, speed)}
          @input=${(e: Event) => this.session.setSpeed(SPEEDS[Number((e.target as HTMLInputElement).value)])} /></span>
      <button class="number" title=${this.t('transport.speedReset')} @click=${() => this.session.setSpeed(0)}><span class="long">${text}</span><span class="short">${speed === 0 ? this.t('transport.fullShort') : this.t('transport.speedShort', { n: grouped(speed) })}</span><span class="visually-hidden">. ${this.t('transport.speedReset')}</span></button></div>`;
  }

  private speedText(measured: number, speed: number): string {
    if (measured >= 1e6) return this.t('transport.measured', { n: (measured / 1e6).toFixed(1) });
    return speed === 0 ? this.t('transport.speedFull') : this.t('transport.speedValue', { n: grouped(speed) });
  }

  private goTo(event: Event): void {
    const input = event.target as HTMLInputElement;
    const text = input.value.trim();
    const tick = Number(text.replace(/\s/g, ''));
    // What stands here is always where the machine is.
    const show = (): void => {
      input.value = grouped(this.state.frame?.tick ?? 0);
    };
    if (text !== '' && Number.isSafeInteger(tick) && tick >= 0) {
      input.blur();
      void this.arrive(tick).then(show);
      return;
    }
    show();
    if (text !== '') this.session.say('transport.wrongTick', { text });
  }

  /** What is recorded is gone to, what is not yet is run to; a machine that ends before says so. */
  private async arrive(tick: number): Promise<void> {
    await runTo(this.session, { to: 'tick', tick });
    const { frame } = this.state;
    if (frame && !frame.running && frame.tick < tick)
      this.session.note('transport.short', { now: grouped(frame.tick), tick: grouped(tick) });
  }
}

customElements.define('gv-transport', TransportPanel);

import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { CodeLine, CodePart, CodeWindow, Frame } from '../../api/protocol.ts';
import { openSource } from '../edit/writing.ts';
import { Panel } from '../panel.ts';
import { openExit, words, worldOf } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { CHOICES, SHARED } from '../theme/shared.ts';
import { pageParts } from '../widgets/instruction.ts';
import { hexText } from '../widgets/number.ts';
import { badges } from '../widgets/pins.ts';
import { rove } from '../widgets/roving.ts';
import { CODE_STYLES } from './code-styles.ts';

type Tab = 'guest' | 'root' | 'source';

/** Where on the panel the current line comes to stand, and between which heights it may stay. */
const PLACE = 0.6;
const ZONE = [0.12, 0.86] as const;

/** The code around EIP in each world, and the source that was assembled. The needle marks what runs next, a disc a breakpoint, a dash where we come from. */
export class CodePanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, chosen: { state: true }, looked: { state: true } };
  declare session: Session;
  /** The reader's choice, until the world changes; null follows who runs. */
  declare private chosen: Tab | null;
  /** Linear address of the line that somebody looks at; null: that of the instruction that runs next. */
  declare private looked: number | null;
  private seenWorld = '';
  private readonly resize = new ResizeObserver(() => this.place());

  static override styles = [SHARED, CHOICES, CODE_STYLES];

  constructor() {
    super();
    this.chosen = null;
    this.looked = null;
  }

  protected inputs({ frame, view, loaded, recorded }: State): readonly unknown[] {
    return [frame?.code, frame?.otherCode, frame?.running, view.breakpoints, view.pins, loaded, recorded];
  }

  override willUpdate(): void {
    const { frame, loaded } = this.state;
    const world = `${loaded?.name} ${frame ? worldOf(words(frame.cpu)) : ''}`;
    if (world !== this.seenWorld && this.chosen !== 'source') this.chosen = null;
    this.seenWorld = world;
  }

  override firstUpdated(): void {
    this.resize.observe(this.renderRoot.querySelector('.body') as HTMLElement);
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    // Whoever looks at a line scrolls by himself.
    if (this.looked === null) this.place();
  }

  override render(): TemplateResult {
    const { frame, loaded } = this.state;
    const world = frame ? worldOf(words(frame.cpu)) : 'processor';
    const tabs: Tab[] = world === 'processor' ? ['guest'] : ['guest', 'root'];
    if (loaded?.source) tabs.push('source');
    const tab = this.chosen && tabs.includes(this.chosen) ? this.chosen : this.followed(world);
    return html`
      <div class="head"><div class="tabs" role="tablist" aria-label=${this.t('code.title')} @keydown=${rove}>${tabs.map((t) => this.tab(t, t === tab, world))}</div>
        <span class="space"></span><span class="note">${tab === 'source' ? html`<button class="link" title=${`${this.sourceName()}  E`} @click=${() => openSource(this.session)}>${this.t('source.edit')}</button>` : html`${this.t('code.linear')} <b class="address v">v:</b>`}</span></div>
      <div class="body" role="tabpanel" aria-label=${this.tabName(tab, world)}>${this.body(tab, world)}</div>
      ${tab === 'source' ? nothing : html`<gv-steps .store=${this.store} .session=${this.session} .linear=${this.looked} .code=${this.codeOf(tab, world)} ?other=${!this.isMine(tab, world)}></gv-steps>`}`;
  }

  /** Who runs; but at the first instant of an exit the guest's instruction that caused it. */
  private followed(world: string): Tab {
    if (world !== 'root') return 'guest';
    return this.isAtExit() ? 'guest' : 'root';
  }

  private isAtExit(): boolean {
    const { frame, history } = this.state;
    const exit = openExit(frame, history);
    return exit !== null && exit.at === frame?.tick && !exit.isFailedEntry;
  }

  /** The tab shows the world that runs. */
  private isMine(tab: Tab, world: string): boolean {
    return world === 'processor' || (tab === 'root') === (world === 'root');
  }

  private codeOf(tab: Tab, world: string): CodeWindow | null {
    const { frame } = this.state;
    return (this.isMine(tab, world) ? frame?.code : frame?.otherCode) ?? null;
  }

  private tab(tab: Tab, isChosen: boolean, world: string): TemplateResult {
    return html`<button role="tab" aria-selected=${isChosen} tabindex=${isChosen ? 0 : -1} @click=${() => {
      this.chosen = tab;
    }}>${this.tabName(tab, world)}</button>`;
  }

  private tabName(tab: Tab, world: string): string {
    if (tab === 'source') return this.t('code.source');
    if (tab === 'root') return this.t('code.hypervisor');
    return this.t(world === 'processor' ? 'code.title' : 'code.guest');
  }

  private body(tab: Tab, world: string): TemplateResult | typeof nothing {
    const { frame } = this.state;
    if (!frame) return nothing;
    if (!frame.code) return html`<p>${this.t('code.running')}</p>`;
    if (tab === 'source') return this.source(frame);
    const isMine = this.isMine(tab, world);
    const code = this.codeOf(tab, world);
    if (!code || code.lines.length === 0) return html`<p>${this.t('code.empty')}</p>`;
    const exits = new Map(tab === 'guest' && world !== 'processor' ? this.state.history.exits.map((e) => [e.guestEip, e.reason]) : []);
    // At the instant of an exit the needle is still at the instruction that caused it.
    const isNow = isMine || this.isAtExit();
    return html`<ol tabindex="0" aria-label=${this.tabName(tab, world)} @pointerleave=${() => this.lookAt(null)} @keydown=${(e: KeyboardEvent) => this.press(e, code)}>${code.lines.map((line) => this.line(line, code, { isNow, reason: exits.get(line.linear) }))}</ol>`;
  }

  private line(line: CodeLine, code: CodeWindow, { isNow, reason }: { isNow: boolean; reason: number | undefined }): TemplateResult {
    const { frame } = this.state;
    const isCurrent = line.linear === code.current;
    const isBefore = isNow && !isCurrent && frame?.last?.linear === line.linear;
    // At an exit the operand is that of the instruction that has just failed.
    const operand = (code.operand ?? (frame?.last?.linear === line.linear ? frame.last.access : null))?.linear ?? null;
    const bytes = Array.from(line.bytes, (b) => b.toString(16).toUpperCase().padStart(2, '0')).join(' ');
    return html`
      ${line.label ? html`<li class="label">${line.label}:</li>` : nothing}
      <li class="${isCurrent ? (isNow ? 'now' : 'waits') : ''} ${isBefore ? 'before' : ''}" aria-current=${isCurrent ? 'step' : nothing} ?data-looked=${this.looked === line.linear} @pointerenter=${() => this.lookAt(line.linear)}>
        ${this.gutter(line.linear)}<span></span><span class="at">${line.linear.toString(16).toUpperCase().padStart(6, '0')}</span><span class="bytes">${bytes}</span>
        <span class="text" title=${line.text}>${typeLine(pageParts(line), isCurrent ? operand : null)}</span>
        ${badges(this.state.view.pins, line.linear, line.bytes.length)}${reason === undefined ? nothing : html`<span class="exit" title=${this.t('code.exited', { reason })}>▸${reason}</span>`}
      </li>`;
  }

  private lookAt(linear: number | null): void {
    this.looked = linear;
  }

  /** Up and down go through the lines; what the instruction there does is told beneath. */
  private press(event: KeyboardEvent, { lines, current }: CodeWindow): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape') this.lookAt(null);
    if (step === undefined || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const at = lines.findIndex(({ linear }) => linear === (this.looked ?? current));
    this.lookAt(lines[Math.max(0, Math.min(lines.length - 1, at + step))]?.linear ?? null);
    void this.updateComplete.then(() => this.renderRoot.querySelector('[data-looked]')?.scrollIntoView({ block: 'nearest' }));
  }

  /** The text that the current instruction was made from, or the main one. */
  private source(frame: Frame): TemplateResult {
    const source = this.state.loaded?.source;
    const line = frame.code?.lines.find((l) => l.linear === frame.code?.current);
    const file = source?.files[line?.file ?? 0] ?? source?.files[0];
    if (!file) return html``;
    const here = line?.line ?? 0;
    const places = new Map(file.lines.filter((l) => !l.isData).map((l) => [l.line, l.linear]));
    return html`<ol tabindex="0" class="source" aria-label=${this.t('code.source')}>${file.text
      .trimEnd()
      .split('\n')
      .map((text, i) => {
        const linear = places.get(i + 1);
        const isHere = here === i + 1;
        return html`<li class=${isHere ? 'now' : ''} aria-current=${isHere ? 'step' : nothing}>
        ${linear === undefined ? nothing : this.gutter(linear)}<span></span><span class="at">${i + 1}</span><span class="text">${typeSource(text)}</span></li>`;
      })}</ol>`;
  }

  private sourceName(): string {
    const { frame, loaded } = this.state;
    const line = frame?.code?.lines.find((l) => l.linear === frame.code?.current);
    return loaded?.source?.files[line?.file ?? 0]?.name ?? loaded?.name ?? '';
  }

  private gutter(linear: number): TemplateResult {
    const isSet = this.state.view.breakpoints.includes(linear);
    return html`<button class="gutter" tabindex="-1" aria-pressed=${isSet} aria-label=${this.t('code.breakpoint', { address: hexText(linear) })}
      @click=${() => this.session.toggleBreakpoint(linear)}></button>`;
  }

  /** Whole lines only, and the current one in its place. */
  private place(): void {
    const body = this.renderRoot.querySelector<HTMLElement>('.body');
    const list = body?.querySelector('ol');
    const now = list?.querySelector<HTMLElement>('.now, .waits');
    const line = list?.firstElementChild?.getBoundingClientRect().height;
    if (!body || !list || !line) return;
    const height = Math.floor(body.clientHeight / line) * line;
    list.style.setProperty('height', `${height}px`);
    // The type may have another size than when it was scrolled.
    const whole = (pixels: number): number => Math.max(0, Math.round(pixels / line) * line);
    list.scrollTop = whole(list.scrollTop);
    if (!now) return;
    const top = now.offsetTop;
    const share = (top - list.scrollTop) / height;
    if (share < ZONE[0] || share > ZONE[1]) list.scrollTop = whole(top - height * PLACE);
  }
}

/** The line's pieces: operands in a column of their own, addresses in their colour. `operand` is what the brackets of the current line point at. */
function typeLine(parts: readonly CodePart[], operand: number | null): TemplateResult {
  const split = parts.findIndex(
    (p, i) => i > 0 && p.kind !== 'mnemonic' && parts[i - 1].kind === 'mnemonic' && !parts.slice(i).some((q) => q.kind === 'mnemonic'),
  );
  const at = split < 0 ? parts.length : split;
  const mnemonic = parts
    .slice(0, at)
    .map((p) => p.text)
    .join('');
  const rest = parts.slice(at + (parts[at]?.text === ' ' ? 1 : 0));
  const open = rest.findIndex((p) => p.text.endsWith('['));
  const close = rest.findIndex((p) => p.text.startsWith(']'));
  if (operand === null || open < 0) return html`<span class="mnemonic">${mnemonic}</span> ${rest.map(typePart)}`;
  const inside = html`<span class="pointer" data-linear=${operand}>[${rest.slice(open, close + 1).map((p) => p.text.replace(/^\[|\]$/g, ''))}]</span>`;
  return html`<span class="mnemonic">${mnemonic}</span> ${rest.slice(0, open).map(typePart)}${inside}${rest.slice(close + 1).map(typePart)}`;
}

/** Comments step back. */
function typeSource(text: string): TemplateResult {
  const comment = /^(?:[^;'"]|'[^']*'|"[^"]*")*/.exec(text)?.[0].length ?? text.length;
  return html`${text.slice(0, comment)}<span class="comment">${text.slice(comment)}</span>`;
}

function typePart({ text, linear }: CodePart): TemplateResult | string {
  return linear === null ? text : html`<span class="address v" data-linear=${linear}>${text}</span>`;
}

customElements.define('gv-code', CodePanel);

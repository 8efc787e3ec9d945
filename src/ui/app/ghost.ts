/** A ghost of the lens: an address under the pointer, through all spaces, without the lens going there. */
import { css, html, nothing, type TemplateResult } from 'lit';
import type { ReachView } from '../../api/protocol.ts';
import { type Target, targetOf } from '../lens-to.ts';
import { Panel } from '../panel.ts';
import { isReadable } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { address } from '../widgets/number.ts';
import { chainLine, factsLine } from '../widgets/reach.ts';

/** So long a pointer rests on an address before it is asked about. */
const DELAY_MS = 150;
/** Pixels between the address and the ghost, and from the edges of the window. */
const GAP = 6;

/** Follows the pointer over the page that it is in. For the eye alone: the lens says the same to everybody. */
export class GhostLens extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, shown: { state: true } };
  declare session: Session;
  declare private shown: { readonly target: Target; readonly reach: ReachView } | null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private leaving = new AbortController();
  private under: DOMRect | null = null;
  /** Of the instant that is told of. */
  private serial = -1;

  static override styles = [
    SHARED,
    css`
      :host { position: fixed; z-index: 5; left: var(--ghost-x, 0); top: var(--ghost-y, 0); pointer-events: none; display: none; }
      :host([open]) { display: block; animation: come var(--m-quick) var(--ease); }
      div { background: var(--sheet); border: 1px solid var(--rule-strong); padding: .25rem .5rem; font-size: var(--t-small); line-height: 1.2rem; max-width: 26rem; }
      @keyframes come { from { opacity: 0; } }
    `,
  ];

  constructor() {
    super();
    this.shown = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    addEventListener('pointerover', (event) => this.point(event), { signal });
    addEventListener('keydown', (event) => event.key === 'Escape' && this.clear(), { signal });
    addEventListener('pointerdown', () => this.clear(), { signal });
    addEventListener('scroll', () => this.clear(), { signal, capture: true });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.leaving.abort();
    clearTimeout(this.timer);
  }

  protected inputs({ frame }: State): readonly unknown[] {
    return [frame?.serial];
  }

  override willUpdate(): void {
    // What was said of an instant holds no longer.
    const { frame } = this.state;
    if (this.shown && frame && frame.serial !== this.serial) this.clear();
  }

  private point(event: PointerEvent): void {
    clearTimeout(this.timer);
    const target = event.pointerType === 'mouse' ? targetOf(event) : null;
    if (!target) return this.clear();
    const element = event.composedPath().find((t): t is HTMLElement => t instanceof HTMLElement && t.matches('.address'));
    this.under = element?.getBoundingClientRect() ?? null;
    this.timer = setTimeout(() => void this.ask(target), DELAY_MS);
  }

  private async ask(target: Target): Promise<void> {
    const { frame, view } = this.state;
    const { under } = this;
    if (!frame || !isReadable(frame) || frame.running || !under) return;
    const { space, address: at, context = view.lens.context } = target;
    const reach = await this.session.ask((host) => host.reach({ space, address: at, context }));
    if (!reach || this.under !== under) return;
    this.serial = frame.serial;
    this.shown = { target, reach };
  }

  private clear(): void {
    clearTimeout(this.timer);
    this.under = null;
    if (this.shown) this.shown = null;
  }

  override render(): TemplateResult | typeof nothing {
    const { shown } = this;
    this.toggleAttribute('open', shown !== null);
    if (!shown) return nothing;
    const t = this.t.bind(this);
    return html`<div aria-hidden="true">${address(shown.target.space, shown.target.address)} ${chainLine(shown.target, shown.reach, t)}<br />${factsLine(shown.reach, t)}</div>`;
  }

  /** Under the address, or over it where there is no room. */
  override updated(): void {
    const { under } = this;
    if (!under || !this.shown) return;
    const { width, height } = this.getBoundingClientRect();
    const x = Math.max(GAP, Math.min(under.left, innerWidth - width - GAP));
    const y = under.bottom + GAP + height > innerHeight ? under.top - GAP - height : under.bottom + GAP;
    this.style.setProperty('--ghost-x', `${x}px`);
    this.style.setProperty('--ghost-y', `${y}px`);
  }
}

customElements.define('gv-ghost', GhostLens);

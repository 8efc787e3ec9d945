import { css, html, nothing, type TemplateResult, unsafeCSS } from 'lit';
import type { GuestSummary } from '../../api/protocol.ts';
import { TEMPLATES } from '../edit/templates.ts';
import { openText } from '../edit/writing.ts';
import { prose } from '../i18n/typography.ts';
import type { Lessons } from '../lessons/shelf.ts';
import { plainText } from '../lessons/typeset.ts';
import { Panel } from '../panel.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';

const LEVELS = ['cpu', 'paging', 'vmx', 'ept', 'devices', 'hypervisor'] as const satisfies readonly GuestSummary['level'][];

/** Where the entries stand one under the other. */
const ONE_COLUMN = '(max-width: 720px)';

/** The catalogue behind the guest's title: grouped by what is to be learnt, each with a few sentences. */
export class GuestMenu extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, lessons: { attribute: false } };
  declare session: Session;
  /** Null: they have not come yet; the event `wanted` asks for them. */
  declare lessons: Lessons | null;
  /** The keyboard was in the menu when it closed. */
  private isHeld = false;

  static override styles = [
    SHARED,
    css`
      :host { overflow: hidden; }
      .title { display: flex; align-items: center; gap: .45rem; font-weight: 600; min-height: 1.75rem; max-width: 100%; padding: 2px; }
      .title > :first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .caret { flex: none; width: .36rem; height: .36rem; border-right: 1.2px solid var(--ink2); border-bottom: 1.2px solid var(--ink2); transform: rotate(45deg) translate(-1px, -1px); }
      [popover] { margin: 0; position: fixed; inset: 2.4rem auto auto var(--s4); width: min(62rem, calc(100vw - 2 * var(--s4))); max-height: calc(100vh - 4rem); overflow: auto; border: 1px solid var(--gv-fg); background: var(--sheet); color: var(--gv-fg); padding: var(--s3) var(--s5) var(--s5); }
      slot { display: block; position: sticky; top: calc(-1 * var(--s3)); background: var(--sheet); }
      .lessons { columns: 2; column-gap: var(--s6); }
      .more { margin-top: var(--s5); border: 0; font-size: var(--t-body); color: var(--gv-fg); }
      .groups { columns: 2; column-gap: var(--s6); }
      h2 { font: 600 var(--t-small)/2.2 var(--gv-sans); color: var(--ink2); border-bottom: 1px solid var(--rule-strong); margin-top: var(--s2); break-after: avoid; }
      .entry { display: block; width: 100%; text-align: left; padding: var(--s2) var(--s1); border-bottom: 1px solid var(--rule2); break-inside: avoid; white-space: normal; }
      .entry:hover { background: var(--gv-bg); }
      .entry[aria-current='true'] { box-shadow: inset 2px 0 var(--gv-now); background: var(--now-t); padding-left: var(--s2); }
      .entry b { display: block; }
      .entry span { color: var(--ink2); font-size: var(--t-small); line-height: 1.35; display: block; }
      .own { margin-top: var(--s3); }
      [popover]:focus-visible { outline-offset: -2px; }
      @media ${unsafeCSS(ONE_COLUMN)} { .groups, .lessons { columns: 1; } }
    `,
  ];

  /** What was chosen has been chosen. */
  close(): void {
    this.renderRoot.querySelector<HTMLElement>('[popover]')?.hidePopover();
  }

  /** The catalogue is shown, and the keys are its own. */
  get isOpen(): boolean {
    return this.renderRoot.querySelector('[popover]')?.matches(':popover-open') ?? false;
  }

  protected inputs({ guests, guestId, loaded, lesson }: State): readonly unknown[] {
    return [guests, guestId, loaded, lesson?.lesson];
  }

  override render(): TemplateResult {
    const { guests, guestId, loaded, view } = this.state;
    const current = guests.find((g) => g.id === guestId);
    const title = current
      ? this.named(prose(view.language, current.title[view.language]))
      : loaded
        ? this.t('app.file', { name: loaded.name })
        : this.t('app.starting');
    return html`<button class="title" popovertarget="menu" aria-haspopup="dialog"><span>${title}</span><span class="caret" aria-hidden="true"></span></button>
      <div id="menu" popover tabindex="-1" @beforetoggle=${(e: ToggleEvent) => this.closing(e)} @toggle=${(e: ToggleEvent) => this.opened(e)} @keydown=${(e: KeyboardEvent) => this.press(e)} aria-label=${this.t('app.guests')}><slot></slot>${this.shelf()}<div class="groups">${LEVELS.map(
        (level) => {
          const entries = guests.filter((g) => g.level === level);
          return html`<h2>${this.t(`app.level.${level}`)}</h2>${entries.map((g) => this.entry(g))}`;
        },
      )}</div><button class="link own" @click=${() => this.write()}>${this.t('source.own')}</button></div>`;
  }

  private named(name: string): string {
    return this.state.loaded?.isEdited ? this.t('app.edited', { name }) : name;
  }

  /** A guest of one's own begins as a whole program. */
  private write(): void {
    this.close();
    const [{ name, text }] = TEMPLATES;
    openText(this.session, name, text);
  }

  /** The lessons, in their order. */
  private shelf(): TemplateResult | typeof nothing {
    if (!this.lessons) return nothing;
    const { lesson, view } = this.state;
    return html`<h2>${this.t('lesson.titles')}</h2><div class="lessons">${this.lessons.all.map(
      ({ id, title, goal, minutes }, i) =>
        html`<button class="entry" aria-current=${id === lesson?.lesson.id} @click=${() => this.begin(i + 1)}><b>${i + 1} · ${prose(view.language, title[view.language])}</b> <span>${plainText(view.language, goal)} ${this.t('lesson.minutes', { n: minutes })}</span></button>`,
    )}</div><h2 class="more">${this.t('lesson.guests')}</h2>`;
  }

  private begin(place: number): void {
    this.close();
    this.lessons?.open(place);
  }

  private entry(guest: GuestSummary): TemplateResult {
    const { language } = this.state.view;
    return html`<button class="entry" aria-current=${guest.id === this.state.guestId} @click=${() => this.choose(guest.id)}><b>${prose(language, guest.title[language])}</b><span>${prose(language, guest.prose[language])}</span></button>`;
  }

  /** The keyboard begins at the guest that is loaded; in one column at the top, for the lessons are not to be passed over. */
  private opened({ newState }: ToggleEvent): void {
    if (newState === 'open') {
      this.dispatchEvent(new Event('wanted'));
      const start = matchMedia(ONE_COLUMN).matches ? '[popover]' : "[aria-current='true']";
      this.renderRoot.querySelector<HTMLElement>(start)?.focus();
    } else if (this.isHeld) this.renderRoot.querySelector<HTMLElement>('.title')?.focus();
  }

  /** A keyboard that is in the menu goes back to its button; one that a press has put elsewhere stays there. */
  private closing({ newState }: ToggleEvent): void {
    const { activeElement } = this.renderRoot as ShadowRoot;
    if (newState === 'closed') this.isHeld = activeElement?.closest('[popover]') != null && activeElement.matches(':focus-visible');
  }

  private press(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const entries = [...this.renderRoot.querySelectorAll<HTMLElement>('.entry')];
    const at = entries.indexOf(event.target as HTMLElement);
    const isAtTop = (event.target as HTMLElement).matches('[popover]');
    if (step === undefined || (at < 0 && !isAtTop)) return;
    event.preventDefault();
    entries[at < 0 ? 0 : (at + step + entries.length) % entries.length]?.focus();
  }

  private choose(id: string): void {
    this.close();
    void this.session.load({ kind: 'guest', id });
  }
}

customElements.define('gv-guest-menu', GuestMenu);

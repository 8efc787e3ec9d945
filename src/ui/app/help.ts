import { css, html, nothing, type TemplateResult } from 'lit';
import { COMMANDS, type Command } from '../commands.ts';
import type { MessageKey } from '../i18n/en.ts';
import { commandAt, firstKey, isFree, keepKeymap, keyName, keysOf, mayBeKey, pressed, withKey } from '../keymap.ts';
import { Panel } from '../panel.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { type Keymap, USUAL_KEYS } from '../usual-keys.ts';

/** The list of keys, made from the commands themselves, where the reader can put others in their place. */
export function helpDialog(session: Session, t: (key: MessageKey) => string): TemplateResult {
  return html`<dialog aria-label=${t('keys.title')}>
    <form method="dialog"><div class="head"><h2>${t('keys.title')}</h2><span class="space"></span><button class="link">${t('keys.close')}</button></div></form>
    <gv-keys .store=${session.store}></gv-keys>
  </dialog>`;
}

/** Keys of the page: what they do, and the reader's own. */
export class KeysPanel extends Panel {
  static override properties = { ...Panel.properties, asked: { state: true }, said: { state: true } };
  /** Id of the command that the next key is for. */
  declare private asked: string | null;
  /** What became of the last key. */
  declare private said: { readonly key: MessageKey; readonly values?: Readonly<Record<string, string>> } | null;

  static override styles = [
    SHARED,
    css`
      :host { max-width: 36rem; }
      .choices { display: grid; gap: .2rem; padding: .3rem 0 .5rem; border-bottom: 1px solid var(--rule); margin-bottom: .5rem; }
      dl { display: grid; grid-template-columns: fit-content(9.5rem) minmax(0, 1fr) auto; gap: .15rem var(--s5); align-items: center; }
      dt { display: flex; flex-wrap: wrap; align-items: center; gap: 3px; min-height: 1.6rem; }
      dd { min-width: 0; line-height: 1.3; }
      kbd { display: inline-block; border: 1px solid var(--rule-strong); border-radius: var(--gv-radius); padding: 0 .35rem; min-width: 1.4rem; line-height: 1.35; text-align: center; color: var(--gv-fg); font-size: var(--t-small); }
      .asked kbd { border-color: var(--gv-now); border-style: dashed; }
      .own kbd { border-color: var(--gv-fg); }
      .link { font-size: var(--t-small); min-width: 1.5rem; }
      .said { min-height: 1.5rem; line-height: 1.5rem; color: var(--ink2); font-size: var(--t-small); }
      .tick-box { white-space: normal; line-height: 1.3; }
      @media (max-width: 30rem) { dl { grid-template-columns: fit-content(6.5rem) minmax(0, 1fr) auto; column-gap: var(--s3); } }
    `,
  ];

  constructor() {
    super();
    this.asked = null;
    this.said = null;
  }

  protected inputs({ view }: State): readonly unknown[] {
    return [view.keymap];
  }

  private get keymap(): Keymap {
    return this.state.view.keymap;
  }

  override render(): TemplateResult {
    const { hasCharacters, hasVsCode, own } = this.keymap;
    const isChanged = Object.keys(own).length > 0 || !hasCharacters || hasVsCode;
    return html`<div class="choices">
        <label class="tick-box"><input type="checkbox" .checked=${hasCharacters} @change=${() => this.set({ ...this.keymap, hasCharacters: !hasCharacters })} />${this.t('keys.characters')}</label>
        <label class="tick-box"><input type="checkbox" .checked=${hasVsCode} @change=${() => this.set({ ...this.keymap, hasVsCode: !hasVsCode })} />${this.t('keys.vsCode')}</label>
        <div class="head"><span class="said" role="status">${this.said ? this.t(this.said.key, this.said.values) : nothing}</span><span class="space"></span>
          ${isChanged ? html`<button class="link" @click=${() => this.set(USUAL_KEYS)}>${this.t('keys.usual')}</button>` : nothing}</div></div>
      <dl @keydown=${(e: KeyboardEvent) => this.take(e)} @focusout=${() => this.forget()}>${COMMANDS.map((command) => this.row(command))}</dl>`;
  }

  private row(command: Command): TemplateResult {
    const isAsked = this.asked === command.id;
    const keys = isAsked ? ['…'] : keysOf(command, this.keymap);
    const title = this.t(command.title);
    const isOwn = Object.hasOwn(this.keymap.own, command.id);
    return html`<dt class=${isAsked ? 'asked' : isOwn ? 'own' : ''}>${keys.length === 0 ? html`<span class="note">${this.t('keys.none')}</span>` : keys.map((key) => html`<kbd>${keyName(key)}</kbd>`)}</dt>
      <dd>${title}</dd>
      <dd>${isFree(command) ? html`<button class="link" aria-label="${this.t('keys.change')}, ${title}" @click=${(e: Event) => this.ask(e, command.id)}>${this.t('keys.change')}</button>` : nothing}</dd>`;
  }

  private ask({ currentTarget }: Event, id: string): void {
    // Not every browser gives the keyboard to a button that is pressed with a pointer.
    (currentTarget as HTMLElement).focus();
    this.asked = id;
    this.said = { key: 'keys.press' };
  }

  private forget(): void {
    if (this.asked !== null) this.said = null;
    this.asked = null;
  }

  /** The next key is the command's; Escape leaves it as it was. */
  private take(event: KeyboardEvent): void {
    const { asked } = this;
    if (asked === null || /^(Shift|Control|Alt|Meta)$/.test(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const key = pressed(event);
    if (event.key === 'Escape') this.said = null;
    else if (key === null || !mayBeKey(key)) {
      this.said = { key: 'keys.cannot', values: { key: keyName(event.key) } };
      return;
    } else {
      const before = commandAt(key, this.keymap);
      const isTaken = before !== undefined && before.id !== asked;
      if (before && isTaken && !isFree(before)) {
        this.said = { key: 'keys.taken', values: { key: keyName(key), what: this.t(before.title) } };
        return;
      }
      this.set(withKey(this.keymap, asked, key));
      const loser = isTaken && before && firstKey(before.id, this.keymap) === '' ? this.t(before.title) : '';
      this.said = loser ? { key: 'keys.lost', values: { what: loser } } : { key: 'keys.changed', values: { key: keyName(key) } };
    }
    this.asked = null;
  }

  private set(keymap: Keymap): void {
    this.said = null;
    this.store.look({ keymap });
    keepKeymap(keymap);
  }
}

customElements.define('gv-keys', KeysPanel);

import { LitElement } from 'lit';
import type { MessageKey } from './i18n/en.ts';
import { translate } from './i18n/messages.ts';
import { french } from './i18n/second-language.ts';
import type { State, Store } from './store.ts';

/** What every panel is: an element over the store, drawn anew when something changes that it reads. It holds no machine state. */
export abstract class Panel extends LitElement {
  static override properties = { store: { attribute: false } };
  declare store: Store;
  private stopListening: (() => void) | null = null;
  private seen: readonly unknown[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopListening = this.store.subscribe(() => this.look());
  }

  override disconnectedCallback(): void {
    this.stopListening?.();
    super.disconnectedCallback();
  }

  /** What of the state the panel reads: it is drawn again when one of these is another one. Frames of a run come sixty times a second. */
  protected abstract inputs(state: State): readonly unknown[];

  protected get state(): State {
    return this.store.state;
  }

  /** The message in the reader's language. */
  protected t(key: MessageKey, values?: Readonly<Record<string, string | number>>): string {
    return translate(this.state.view.language, key, values);
  }

  private look(): void {
    const { view, isFixed } = this.state;
    const now = [view.language, view.keymap, isFixed, french(), ...this.inputs(this.state)];
    if (now.length === this.seen.length && now.every((value, i) => Object.is(value, this.seen[i]))) return;
    this.seen = now;
    this.requestUpdate();
  }
}

import { LitElement } from 'lit';
import type { MessageKey } from './i18n/en.ts';
import { translate } from './i18n/messages.ts';
import type { State, Store } from './store.ts';

/** What every panel is: an element over the store, drawn anew when the store changes. It holds no machine state. */
export abstract class Panel extends LitElement {
  static override properties = { store: { attribute: false } };
  declare store: Store;
  private stopListening: (() => void) | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopListening = this.store.subscribe(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    this.stopListening?.();
    super.disconnectedCallback();
  }

  protected get state(): State {
    return this.store.state;
  }

  /** The message in the reader's language. */
  protected t(key: MessageKey, values?: Readonly<Record<string, string | number>>): string {
    return translate(this.state.view.language, key, values);
  }
}

/** Changing a value by hand, seen from a panel: a value that can be asked for by double click or Enter, and what is to be made of the text typed over it. */
import { html, type TemplateResult } from 'lit';
import { Directive, directive, type Part } from 'lit/directive.js';
import type { Edit } from '../../api/protocol.ts';
import type { BitField } from '../../arch/bit-field.ts';
import type { MessageKey } from '../i18n/en.ts';
import type { Store } from '../store.ts';

/** What is asked of the reader. */
export interface EditRequest {
  /** What is changed: `EAX`, `EPT PT[5] h:0x…`. The machine's own words. */
  readonly what: string;
  /** As it is now: the text to begin with. */
  readonly text: string;
  /** How it is to be written. */
  readonly hint: MessageKey;
  /** What is said where it cannot be read so. */
  readonly wrong: MessageKey;
  /** Bits of the low word that can be flipped by name. */
  readonly bits?: readonly Pick<BitField, 'name' | 'bit' | 'meaning'>[];
  /** Null where the text cannot be understood. */
  read(text: string): Edit | null;
}

/** Bubbles out of the panels to the page's editor. */
export const EDIT_EVENT = 'gv-edit';

/** Asks the page for its editor, beside the element that the event came to. */
export function askForEdit(event: Event, request: EditRequest): void {
  event.preventDefault();
  event.target?.dispatchEvent(new CustomEvent<EditRequest>(EDIT_EVENT, { detail: request, bubbles: true, composed: true }));
}

/** How a value that can be changed is drawn. */
export interface Editable {
  /** The first of its panel: the keyboard comes in there, arrow keys go on. */
  readonly isFirst: boolean;
  readonly isByHand: boolean;
  /** What it is, so that it is found again when it has been drawn anew. */
  readonly what: string;
  /** What it is, its value, and that it can be changed. */
  readonly label: string;
  readonly request: () => EditRequest;
}

/** `content` as a value that can be changed, where the page lets its reader do that; else as it is. */
export function editable(content: unknown, value: Editable): TemplateResult {
  return html`${whereChangeable(content, value)}`;
}

/** Only what draws knows the panel that it draws in. */
const whereChangeable = directive(
  class extends Directive {
    override update(part: Part, [content, value]: [unknown, Editable]): unknown {
      const panel = part.options?.host as { readonly store?: Store } | undefined;
      return panel?.store?.state.isFixed ? content : this.render(content, value);
    }

    override render(content: unknown, value: Editable): TemplateResult {
      return changeable(content, value);
    }
  },
);

/** A double click, as a single one selects; one touch; Enter. */
function changeable(content: unknown, { isFirst, isByHand, what, label, request }: Editable): TemplateResult {
  const click = (event: PointerEvent): void => {
    if (event.detail !== 1 || event.pointerType === 'touch') askForEdit(event, request());
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') askForEdit(event, request());
  };
  return html`<span data-what=${what} class="edit ${isByHand ? 'by-hand' : ''}" role="button" tabindex=${isFirst ? 0 : -1} title=${label} @click=${click} @keydown=${press}>${content}</span>`;
}

/** Key handler for what holds such values: arrow keys go from one to the next, `columns` of them in a row. */
export function roveEdits(event: KeyboardEvent, columns = 1): void {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: columns,
    ArrowUp: -columns,
    ...(columns > 1 ? { ArrowRight: 1, ArrowLeft: -1 } : {}),
  };
  const target = event.target as HTMLElement;
  if (!Object.hasOwn(steps, event.key) || event.shiftKey || event.ctrlKey || !target.matches('.edit')) return;
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.edit')];
  const next = all[all.indexOf(target) + steps[event.key]];
  event.preventDefault();
  if (!next) return;
  target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

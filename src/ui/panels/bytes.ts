import { css, html, type TemplateResult } from 'lit';
import { isMemoryByHand } from '../edit/marks.ts';
import { editable, roveEdits } from '../edit/request.ts';
import { bytesRequest } from '../edit/requests.ts';
import { Panel } from '../panel.ts';
import { isReadable } from '../reading.ts';
import type { Session } from '../session.ts';
import type { State } from '../store.ts';
import { SHARED } from '../theme/shared.ts';
import { address, hexText } from '../widgets/number.ts';
import { badges } from '../widgets/pins.ts';

const ROWS = 16;
/** Rem that sixteen columns need. */
const WIDE = 37;
/** Rows above the lens. */
const ABOVE = 3;

type Bytes = readonly (number | null)[];

/** Memory around the lens, byte by byte, as text beside it: what is under the lens is underlined, what the last instant changed is marked. */
export class BytesPanel extends Panel {
  static override properties = { ...Panel.properties, session: { attribute: false }, bytes: { state: true }, columns: { state: true } };
  declare session: Session;
  declare private bytes: Bytes;
  /** Bytes of a row: as many as there is room for. */
  declare private columns: 8 | 16;
  private start = 0;
  /** The same place one instant ago. */
  private earlier: Bytes | null = null;
  private asked = '';
  private readonly resize = new ResizeObserver(([entry]) => {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.columns = entry.contentRect.width / rem < WIDE ? 8 : 16;
  });

  static override styles = [
    SHARED,
    css`
      :host { container-type: inline-size; }
      .scroll { overflow-x: auto; }
      .scroll:focus-visible { outline-offset: -2px; }
      h2 { color: var(--ink2); font: 400 var(--t-small)/1.6 var(--gv-sans); border-bottom: 1px solid var(--rule-strong); }
      ol { font: 400 var(--t-mono)/var(--line) var(--gv-mono); font-variant-ligatures: none; padding-top: 2px; }
      li { display: flex; gap: 1.2ch; white-space: pre; }
      .address { min-width: 14ch; }
      .byte, .letter { display: inline-block; text-align: center; }
      .byte { width: 2.9ch; }
      @container (max-width: 26rem) { .address { min-width: 0; } li { gap: .8ch; } .byte { width: 2.5ch; } .zero { display: none; } .address { width: 8ch; } }
      .byte:nth-child(8n + 9) { margin-left: .8ch; }
      .nothing { color: var(--ink3); }
      .under { text-decoration: underline; text-decoration-color: var(--gv-gva); text-decoration-thickness: 1.5px; text-underline-offset: 3px; font-weight: 600; }
      .changed { background: var(--gv-changed); }
    `,
  ];

  constructor() {
    super();
    this.bytes = [];
    this.columns = 16;
  }

  protected inputs({ frame, view, edits }: State): readonly unknown[] {
    return [frame?.serial, view.lens, view.pins, edits];
  }

  override firstUpdated(): void {
    this.resize.observe(this);
  }

  override willUpdate(): void {
    const { frame, view } = this.state;
    if (!frame || !isReadable(frame)) return;
    const { linear, context } = view.lens;
    // The window stays while the lens is inside it, so that bytes change in their place.
    const { columns } = this;
    const isInside = linear >= this.start && linear < this.start + columns * (ROWS - 2);
    const start = isInside ? this.start : Math.max(0, Math.floor(linear / columns) - ABOVE) * columns;
    const question = `${frame.serial} ${start} ${columns} ${context}`;
    if (question === this.asked) return;
    this.asked = question;
    void this.session
      .ask((host) => host.memory(start, columns * ROWS, context))
      .then((bytes) => {
        if (!bytes || question !== this.asked) return;
        this.earlier = start === this.start ? this.bytes : null;
        this.start = start;
        this.bytes = bytes;
      });
  }

  override render(): TemplateResult {
    const rows = Array.from({ length: Math.ceil(this.bytes.length / this.columns) }, (_, i) => i * this.columns);
    return html`<h2>${this.t('bytes.title')}</h2>
      <div class="scroll" tabindex="0" role="region" aria-label=${this.t('bytes.title')} @keydown=${(e: KeyboardEvent) => roveEdits(e, this.columns)}><ol>${rows.map((at) => this.row(at))}</ol></div>`;
  }

  private row(at: number): TemplateResult {
    const bytes = this.bytes.slice(at, at + this.columns);
    return html`<li>${address('v', this.start + at)}<span>${bytes.map((byte, i) => this.byte(at + i, byte === null ? '··' : byte.toString(16).toUpperCase().padStart(2, '0'), 'byte'))}</span><span aria-hidden="true">${bytes.map((byte, i) => this.byte(at + i, letter(byte), 'letter'))}</span>${badges(this.state.view.pins, this.start + at, this.columns)}</li>`;
  }

  private byte(at: number, text: string, kind: string): TemplateResult {
    const { lens } = this.state.view;
    const offset = this.start + at - lens.linear;
    const isUnder = offset >= 0 && offset < lens.size;
    const isChanged = this.earlier !== null && this.earlier[at] !== this.bytes[at];
    const value = this.bytes[at];
    const shown = kind === 'byte' && value !== null ? this.current(this.start + at, value, at === 0) : text;
    return html`<span class="${kind} ${isUnder ? 'under' : ''} ${isChanged ? 'changed' : ''} ${value === 0 || value === null ? 'nothing' : ''}">${shown}</span>`;
  }

  /** The byte, which can be changed. */
  private current(linear: number, value: number, isFirst: boolean): TemplateResult {
    const { edits, frame, view } = this.state;
    const text = value.toString(16).toUpperCase().padStart(2, '0');
    return editable(text, {
      isFirst,
      isByHand: isMemoryByHand(edits, { space: 'v', address: linear, length: 1 }, frame?.tick ?? 0),
      what: `v:${hexText(linear)}`,
      label: this.t('edit.value', { what: `v:${hexText(linear)}`, value: text }),
      request: () => bytesRequest(linear, [value], view.lens),
    });
  }
}

/** The byte as a printable letter, a dot for the rest. */
function letter(byte: number | null): string {
  return byte !== null && byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
}

customElements.define('gv-bytes', BytesPanel);

/** A page of memory at a glance: 64 rows of 64 bytes, each a cell without its digits. */
import { html, svg, type TemplateResult } from 'lit';
import type { MemoryView } from '../../api/protocol.ts';
import type { MessageKey } from '../i18n/en.ts';

/** Bytes of a row, and rows. */
export const SIDE = 64;
/** Parts of a cell that its marks take. */
const THIN = 0.16;
const THICK = 0.3;

/** What is drawn of the page. */
export interface PagePicture {
  readonly view: MemoryView;
  readonly cursor: number;
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
  readonly choose: (address: number) => void;
}

/** Full: a byte that is no letter; half as high: a letter; empty: zero. Marks as on the bytes: above read, beside written, beneath executed. */
export function memoryPage({ view, cursor, t, choose }: PagePicture): TemplateResult {
  const { bytes, heat, address: from } = view;
  const cells = (test: (byte: number | null, i: number) => boolean, draw: (x: number, y: number) => string): string =>
    bytes.map((byte, i) => (test(byte, i) ? draw(i % SIDE, Math.floor(i / SIDE)) : '')).join('');
  const touched =
    (kind: number) =>
    (_: number | null, i: number): boolean =>
      (((heat?.[i] ?? 0) >>> (2 * kind)) & 3) !== 0;
  const used = bytes.filter((byte) => byte !== null && byte !== 0).length;
  const label = t('memory.page', { used, all: bytes.length });
  const at = cursor - from;
  const click = (event: MouseEvent): void => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const place = (offset: number, size: number): number => Math.max(0, Math.min(Math.floor((offset / size) * SIDE), SIDE - 1));
    choose(from + place(event.clientY - box.top, box.height) * SIDE + place(event.clientX - box.left, box.width));
  };
  return html`<svg class="page" viewBox="0 0 ${SIDE} ${SIDE}" preserveAspectRatio="none" role="img" aria-label=${label} @click=${click}>
    ${svg`<path class="nothing" d=${cells(
      (byte) => byte === null,
      (x, y) => `M${x} ${y + 1}l1 -1`,
    )} />
    <path class="data" d=${cells(
      (byte) => byte !== null && byte !== 0 && !isLetter(byte),
      (x, y) => box(x, y + THIN, 1 - 2 * THIN),
    )} />
    <path class="text" d=${cells(
      (byte) => byte !== null && isLetter(byte),
      (x, y) => box(x, y + 0.35, 0.35),
    )} />
    <path class="mark" d=${cells(touched(0), (x, y) => box(x, y, THIN))} />
    <path class="mark" d=${cells(touched(1), (x, y) => `M${x} ${y}h${THIN}v1h${-THIN}z`)} />
    <path class="mark" d=${cells(touched(2), (x, y) => box(x, y + 1 - THICK, THICK))} />
    <rect class="at" x=${at % SIDE} y=${Math.floor(at / SIDE)} width="1" height="1" />`}</svg>`;
}

function box(x: number, y: number, height: number): string {
  return `M${x} ${y}h1v${height}h-1z`;
}

function isLetter(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

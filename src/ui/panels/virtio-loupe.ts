/** The chosen descriptor: what it says in words, and the first bytes of its buffer. */
import { html, nothing, type TemplateResult } from 'lit';
import { DESC_F_INDIRECT, DESC_F_WRITE, DESC_SIZE } from '../../arch/virtio.ts';
import { grouped } from '../reading.ts';
import { address, type Space } from '../widgets/number.ts';
import type { Telling } from './virtio-facts.ts';
import { type Line, textOf } from './virtio-table.ts';

/** How the loupe is drawn. */
export interface LoupeWays extends Telling {
  /** The buffer has no linear address. */
  readonly isUnmapped: boolean;
  /** Puts the lens on the buffer. */
  readonly follow: () => void;
}

const ROW = 16;
const ROWS = 4;

/** A buffer through the loupe. */
export function bufferLoupe(line: Exclude<Line, { kind: 'rest' }>, space: Space, ways: LoupeWays): TemplateResult {
  const { t } = ways;
  const { piece, outer } = line;
  const isIndirect = (piece.flags & DESC_F_INDIRECT) !== 0;
  const key = isIndirect ? 'virtio.refers' : piece.flags & DESC_F_WRITE ? 'virtio.writes' : 'virtio.reads';
  const n = isIndirect ? Math.floor(piece.length / DESC_SIZE) : piece.length;
  return html`<div class="loupe"><div class="title"><b>${t('virtio.buffer', { n: line.key })}</b><span>${t(`virtio.${outer.owner}`)} · ${t(key, { n: grouped(n) })}</span>
      <span class="space"></span>${piece.host === null ? nothing : html`<span>${address(space, piece.address)}</span><button class="link" @click=${ways.follow}>${t('virtio.toLens')} <kbd>↵</kbd></button>`}</div>
    ${ways.isUnmapped ? html`<div class="note" role="status">${t('virtio.unmapped')}</div>` : nothing}
    ${isIndirect ? nothing : piece.bytes === null ? html`<div class="nothing">${outer.owner === 'free' ? t('virtio.unseen') : t('virtio.unreadable')}</div>` : html`<pre>${rows(piece.bytes)}</pre>`}</div>`;
}

function rows(bytes: Uint8Array): TemplateResult[] {
  const starts = Array.from({ length: Math.min(ROWS, Math.ceil(bytes.length / ROW)) }, (_, i) => i * ROW);
  return starts.map((at) => {
    const part = bytes.subarray(at, at + ROW);
    const hex = Array.from(part, (byte) => (byte === 0 ? html`<i>00</i> ` : `${byte.toString(16).toUpperCase().padStart(2, '0')} `));
    return html`<i>+${at.toString(16).toUpperCase().padStart(2, '0')}</i> ${hex}${'   '.repeat(ROW - part.length)} ${textOf(part)}\n`;
  });
}

/** The descriptor table: each descriptor with its owner, its buffer, and the links of its chain. */
import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import { DESC_F_INDIRECT, DESC_F_NEXT, DESC_FLAGS } from '../../arch/virtio.ts';
import type { DescriptorOwner, DescriptorView, PieceView, QueueView } from '../../api/protocol.ts';
import { grouped } from '../reading.ts';
import { address, shortAddress, type Space } from '../widgets/number.ts';

/** A line of the table: a descriptor, an entry of its indirect table, or a run of descriptors that nobody uses. */
export type Line =
  | { readonly kind: 'descriptor' | 'inner'; readonly key: string; readonly piece: PieceView; readonly outer: DescriptorView }
  | { readonly kind: 'rest'; readonly key: string; readonly from: number; readonly to: number };

/** A table with more entries than this does not show each free one. */
const WHOLE = 16;
/** Pixels from one lane of links to the next, of how many there is room for, and of a row as it is drawn. */
const LANE = 6;
const LANES = 4;
const GUTTER = LANE * LANES + 6;
const ROW = 18;
const TEXT = 24;

/** Lines in the order of the table. */
export function linesOf({ descriptors }: QueueView): readonly Line[] {
  const lines: Line[] = [];
  for (const outer of descriptors) {
    const last = lines.at(-1);
    if (outer.owner === 'free' && descriptors.length > WHOLE) {
      if (last?.kind === 'rest') lines[lines.length - 1] = { ...last, to: outer.index };
      else lines.push({ kind: 'rest', key: `rest${outer.index}`, from: outer.index, to: outer.index });
      continue;
    }
    lines.push({ kind: 'descriptor', key: `${outer.index}`, piece: outer, outer });
    for (const piece of outer.table ?? []) lines.push({ kind: 'inner', key: `${outer.index}.${piece.index}`, piece, outer });
  }
  return lines;
}

/** A link of a chain: from a line to the one that its NEXT names, in a lane of its chain's own. */
interface Link {
  readonly from: number;
  readonly to: number;
  readonly lane: number;
  readonly owner: DescriptorOwner;
}

/** Links between the lines of descriptors in chains. */
export function linksOf(lines: readonly Line[]): readonly Link[] {
  const lanes = new Map<number, number>();
  const lineOf = new Map(lines.map((line, i) => [line.key, i]));
  return lines.flatMap((line, from): Link[] => {
    if (line.kind !== 'descriptor' || line.outer.head === null || (line.piece.flags & DESC_F_NEXT) === 0) return [];
    const to = lineOf.get(`${line.piece.next}`);
    if (to === undefined) return [];
    const { head, owner } = line.outer;
    if (!lanes.has(head)) lanes.set(head, lanes.size % LANES);
    return [{ from, to, lane: lanes.get(head) ?? 0, owner }];
  });
}

/** The piece of all links that passes line `i`. */
export function gutter(links: readonly Link[], i: number): TemplateResult {
  const middle = ROW / 2;
  const parts = links.flatMap((link): SVGTemplateResult[] => {
    const [top, bottom] = [Math.min(link.from, link.to), Math.max(link.from, link.to)];
    if (i < top || i > bottom) return [];
    const x = GUTTER - 7 - LANE * link.lane;
    const y1 = i === top ? middle : 0;
    const y2 = i === bottom ? middle : ROW;
    const isEnd = i === link.to && link.to !== link.from;
    const isStart = i === link.from;
    return [
      svg`<path class="link ${link.owner}" d="M${x} ${y1}V${y2}${isStart || isEnd ? `M${x} ${middle}H${GUTTER}` : ''}" />
        ${isEnd ? svg`<path class="arrow ${link.owner}" d="M${GUTTER - 5} ${middle - 3}L${GUTTER} ${middle}L${GUTTER - 5} ${middle + 3}z" />` : nothing}`,
    ];
  });
  return html`<svg class="gutter" viewBox="0 0 ${GUTTER} ${ROW}" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`;
}

/** Who has it: D, a square, the driver; V, a disc, the device; filled where it is on its way. */
export function ownerBadge(owner: DescriptorOwner, title: string): TemplateResult {
  const isDriver = owner === 'free' || owner === 'returned';
  return html`<span class="owner ${owner}" role="img" aria-label=${title} title=${title}>${isDriver ? 'D' : 'V'}</span>`;
}

/** Letters of the flags; those that are 0 step back. */
export function flagLetters({ flags }: PieceView, before: PieceView | undefined): TemplateResult {
  const letters = DESC_FLAGS.map(
    ({ name, bit, meaning }) =>
      html`<span class=${(flags >>> bit) & 1 ? '' : 'off'} title="${name} = ${(flags >>> bit) & 1}: ${meaning}">${name[0]}</span>`,
  );
  const strange = flags & ~7;
  const all = html`<span class="flags">${letters}${strange ? html`+${strange.toString(16)}` : nothing}</span>`;
  return before && before.flags !== flags ? html`<mark title=${`${flagText(before)} →`}>${all}</mark>` : all;
}

/** Flags by name. */
export function flagText({ flags }: PieceView): string {
  return (
    DESC_FLAGS.filter(({ bit }) => (flags >>> bit) & 1)
      .map(({ name }) => name)
      .join(' ') || '0'
  );
}

/** A number, and what it was where it is another now. */
export function was(now: number, before: number | undefined, text: (value: number) => unknown = String): unknown {
  return before === undefined || before === now ? text(now) : html`<mark title=${`${before} →`}>${text(now)}</mark>`;
}

/** The cells of a piece: address, length, flags, next, text. */
export function pieceCells(piece: PieceView, before: PieceView | undefined, space: Space, isShort: boolean): TemplateResult {
  const name = (value: number): TemplateResult => (isShort ? shortAddress(space, value) : address(space, value));
  const isIndirect = (piece.flags & DESC_F_INDIRECT) !== 0;
  return html`<td>${was(piece.address, before?.address, name)}</td><td class="number">${was(piece.length, before?.length, grouped)}</td>
    <td>${flagLetters(piece, before)}</td><td class="number">${(piece.flags & DESC_F_NEXT) === 0 ? html`<span class="off">${piece.next}</span>` : was(piece.next, before?.next)}</td>
    <td class="text">${isIndirect ? nothing : piece.bytes === null ? nothing : textOf(piece.bytes.subarray(0, TEXT))}</td>`;
}

/** Bytes as letters, a dot for what cannot be printed. */
export function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
}

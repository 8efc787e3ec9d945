/** One entry of the walk in a line: where it lies, what stands there, all its bits by name. And the way of the keyboard through the grid. */
import { html, nothing, type TemplateResult } from 'lit';
import type { ExplainedReference, WalkExplanation } from '../../api/protocol.ts';
import { address, hex } from '../widgets/number.ts';
import { nameOf } from './walk-loupe.ts';

/** The entry of `reference`, in short. */
export function entryLine(
  reference: ExplainedReference,
  walk: WalkExplanation,
  words: { readonly frame: string; readonly table: string },
): TemplateResult {
  const { number, host, high, low, bits, frame, isLeaf, sets } = reference;
  const space = walk.context.isNested && reference.dimension === 'guest' ? 'g' : 'h';
  const named = bits.map(
    ({ name, value }) =>
      html` <span class=${value ? 'on' : 'off'}>${name}\u00a0${sets.includes(name) && value === 0 ? '0→1' : value}</span>`,
  );
  return html`<b>${number} ${nameOf(reference)}</b> ${address('h', host)} = <span class="mono">${high ? hex(high, 1) : nothing}${hex(low)}</span>${named}${frame === null ? nothing : html` ${isLeaf ? words.frame : words.table} ${address(space, frame)}`}`;
}

/** The button that an arrow key leads to from `from`: along a row in the order of the reads, across rows to the same column; null where there is none. */
export function neighbour(grid: ParentNode, from: Element, key: string): HTMLElement | null {
  const rows = [...grid.querySelectorAll('.row')].map((row) => [...row.querySelectorAll<HTMLElement>(':scope > .cell')]);
  const y = rows.findIndex((cells) => cells.some((cell) => cell.contains(from)));
  const x = rows[y]?.findIndex((cell) => cell.contains(from)) ?? -1;
  if (x < 0) return null;
  const dotIn = (cell: HTMLElement | undefined): HTMLElement | null => cell?.querySelector<HTMLElement>('.dot') ?? null;
  const dots = [...grid.querySelectorAll<HTMLElement>('.dot')];
  switch (key) {
    case 'ArrowRight':
    case 'ArrowLeft':
      return dots[dots.indexOf(from as HTMLElement) + (key === 'ArrowRight' ? 1 : -1)] ?? null;
    case 'ArrowDown':
    case 'ArrowUp':
      return dotIn(rows[y + (key === 'ArrowDown' ? 1 : -1)]?.[x]);
    case 'Home':
      return dots[0] ?? null;
    case 'End':
      return dots.at(-1) ?? null;
    default:
      return null;
  }
}

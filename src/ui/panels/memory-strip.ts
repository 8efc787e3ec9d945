/** A mebibyte around the window, page by page: what is mapped, what was written, what lies there, what was touched. */
import { html, svg, type TemplateResult } from 'lit';
import type { MemoryView, StripPage } from '../../api/protocol.ts';
import type { MessageKey } from '../i18n/en.ts';
import { address } from '../widgets/number.ts';

const PAGE = 4096;
const HEIGHT = 14;
/** How high a page stands on the line: nothing is mapped, nothing was written, something was. */
const HEIGHTS = { none: 0, zeros: 2, data: 8, rom: 8, device: 5 } as const;

/** Draws it; `go` is called with the address of a page. */
export function memoryStrip(
  { strip, address: from, bytes, space }: MemoryView,
  {
    t,
    go,
  }: {
    readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
    readonly go: (address: number) => void;
  },
): TemplateResult {
  const { pages } = strip;
  const count = (test: (page: StripPage) => boolean): number => pages.filter(test).length;
  const label = t('memory.strip', {
    data: count((p) => p.holds === 'data'),
    zeros: count((p) => p.holds === 'zeros'),
    none: count((p) => p.holds === 'none'),
  });
  const pageOf = (at: number): number => Math.max(0, Math.min(Math.floor((at - strip.address) / PAGE), pages.length - 1));
  const [first, last] = [pageOf(from), pageOf(from + bytes.length - 1)];
  const click = (event: MouseEvent): void => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const page = Math.floor(((event.clientX - box.left) / box.width) * pages.length);
    go(strip.address + Math.max(0, Math.min(page, pages.length - 1)) * PAGE);
  };
  return html`<div class="strip-line"><span class="strip-end">${address(space, strip.address)}</span>
    <svg class="strip" viewBox="0 0 ${pages.length} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${label} @click=${click}><title>${label}</title>
      ${svg`<path class="floor" d="M0 ${HEIGHT - 3}H${pages.length}" />
      <path class="held" d=${bars(pages, ({ holds }) => HEIGHTS[holds])} />
      <path class="known" d=${bars(pages, ({ kind, holds }) => (kind !== null && kind !== 'code' ? HEIGHTS[holds] : 0))} />
      <path class="touched" d=${marksAt(pages, ({ heat }) => heat !== 0)} />
      <rect class="window" x=${first} y="0.5" width=${last - first + 1} height=${HEIGHT - 1} />`}</svg>
    <span class="strip-end">${t('memory.stripSize')}</span></div>`;
}

function bars(pages: readonly StripPage[], heightOf: (page: StripPage) => number): string {
  return pages.map((page, i) => (heightOf(page) === 0 ? '' : `M${i} ${HEIGHT - 3}v${-heightOf(page)}h1v${heightOf(page)}z`)).join('');
}

function marksAt(pages: readonly StripPage[], test: (page: StripPage) => boolean): string {
  return pages.map((page, i) => (test(page) ? `M${i} ${HEIGHT - 1}h1` : '')).join('');
}

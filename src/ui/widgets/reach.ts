/** What is known of one byte, in a line: its ways down, who has it, who else reaches it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { ReachView } from '../../api/protocol.ts';
import type { MessageKey } from '../i18n/en.ts';
import type { Target } from '../lens-to.ts';
import { address } from './number.ts';

type Translate = (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;

/** From an address down to host memory. */
export function chainLine({ space }: Target, { through, host }: ReachView, t: Translate): TemplateResult | typeof nothing {
  if (space === 'h') return nothing;
  const end = host === null ? html`→ ✕ ${t('map.unmapped')}` : html`→ ${address('h', host)}`;
  return html`${space === 'v' && through ? html`→ ${address('g', through.address)} ` : nothing}${end}`;
}

/** Who has the frame, and what became of it; facts apart by a dot. */
export function factsLine(
  { host, region, isDirty, isAccessed, cached, isBallooned, buffers }: ReachView,
  t: Translate,
): TemplateResult | typeof nothing {
  if (host === null) return isBallooned ? html`<b>${t('map.holder.ballooned')}</b>` : nothing;
  const who = region
    ? `${t(`map.holder.${region.holder}`, { n: region.sharers })}${region.vm === null ? '' : `, vm${region.vm}`}`
    : t('map.holder.open');
  const used = isDirty ? t('map.dirty') : isAccessed ? t('map.accessed') : isAccessed === false ? t('map.untouched') : '';
  const [first] = cached;
  const facts = [
    html`<b>${who}</b>`,
    used && html`${used}`,
    first &&
      html`⚡ TLB ${[...new Set(cached.map(({ half }) => t(`lens.half.${half}`)))].join(' + ')}${first.vpid ? html` <span class="note">VPID ${first.vpid}</span>` : nothing}`,
    isBallooned && html`<b>${t('map.holder.ballooned')}</b>`,
    ...buffers.slice(0, 2).map(({ device, queue, index }) => html`${t('lens.buffer', { device, queue, index })}`),
  ].filter((fact) => fact !== '' && fact !== undefined && fact !== false);
  return html`${facts.map((fact, i) => html`${i > 0 ? ' · ' : nothing}${fact}`)}`;
}

/** Every other address that leads to the byte at the linear address `own`: other guests may have it at the same guest-physical one. */
export function reachedFrom(
  { linear, through, physical, bus, isCut }: ReachView,
  own: number,
  t: Translate,
): TemplateResult | typeof nothing {
  const others = [
    ...linear.filter((at) => at !== own).map((at) => address('v', at)),
    ...physical
      .filter(({ vm, address: at }) => vm !== through?.vm || at !== through.address)
      .map(({ vm, address: at }) => html`${vm === null ? nothing : html`<span class="note">vm${vm}</span> `}${address('g', at)}`),
    ...bus.map(({ domain, address: at }) => html`${address('io', at)} <span class="note">${t('map.domain', { n: domain })}</span>`),
  ];
  if (others.length === 0) return nothing;
  return html`<span class="note">${t('lens.also')}</span> ${others.map((text) => html`<span class="one">${text}</span> `)}${isCut ? '…' : nothing}`;
}

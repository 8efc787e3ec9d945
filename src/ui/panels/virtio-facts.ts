/** What is to be known of a virtio device beside its queues: where it is, its status, features and configuration, and why it wants a reset. */
import { html, nothing, type TemplateResult } from 'lit';
import { VIRTIO_TYPES } from '../../arch/virtio-devices.ts';
import { reasonAt } from '../../arch/virtio-reasons.ts';
import type { Language, VirtioFault, VirtioView } from '../../api/protocol.ts';
import type { MessageKey } from '../i18n/en.ts';
import { virtioMeaning, virtioReason } from '../i18n/virtio-facts.ts';
import { colon } from '../i18n/typography.ts';
import { grouped } from '../reading.ts';
import { address, hexText, shortAddress } from '../widgets/number.ts';

/** What a drawing of facts is made with. */
export interface Telling {
  readonly language: Language;
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
}

/** `vm0 · Disk (virtio-blk)`. */
export function deviceName({ vm, type, title, place }: VirtioView, { t }: Pick<Telling, 't'>): string {
  const at = place.transport === 'pci' ? ` ${functionText(place.requester)}` : '';
  return `${vm === null ? '' : `vm${vm} · `}${isKnownType(type) ? t(`virtio.type.${type}`) : title}${at}`;
}

/** A type that the catalogues have words for; another is called as its own table does. */
function isKnownType(name: string): name is (typeof VIRTIO_TYPES)[number]['name'] {
  return VIRTIO_TYPES.some((type) => type.name === name);
}

/** Status, place and the number of features in one line; the rest opens under it. */
export function deviceFacts(view: VirtioView, telling: Telling): TemplateResult {
  const { t } = telling;
  const accepted = view.features.filter((f) => f.isAccepted).length;
  return html`<details class="facts"><summary>
      <span class="status">${view.statusBits.filter(isWorthIt).map((bit) => html`<span class=${bit.isSet ? '' : 'off'} title=${virtioMeaning(telling.language, bit.meaning)}>${bit.name}</span> `)}</span>
      <span class="space"></span><span class="note">${t('virtio.featureCount', { n: accepted, all: view.features.length })}</span></summary>
    <div class="open">
      <section><h2>${t('virtio.features')}</h2><ul>${view.features.map((f) => html`<li class=${f.isAccepted ? '' : 'off'} title=${virtioMeaning(telling.language, f.meaning)}><span class="tick" aria-hidden="true">${f.isAccepted ? '✓' : '·'}</span><span class="bit">${f.bit}</span> <span lang="en">${f.name}</span><span class="visually-hidden"> ${t(f.isAccepted ? 'virtio.accepted' : 'virtio.offered')}</span></li>`)}</ul></section>
      <section><h2>${t('virtio.config')} <span class="note">${t('virtio.generation', { n: view.generation })}</span></h2><dl>${view.config.map((c) => html`<dt lang="en">${c.name}</dt><dd>${configText(c)}</dd>`)}${counters(view, telling)}</dl></section>
      ${pastFault(view, telling)}
    </div></details>`;
}

/** FAILED and DEVICE_NEEDS_RESET are said where they are so. */
function isWorthIt({ name, isSet }: VirtioView['statusBits'][number]): boolean {
  return isSet || (name !== 'FAILED' && name !== 'DEVICE_NEEDS_RESET');
}

function counters({ counters: c }: VirtioView, { t }: Telling): TemplateResult {
  const rows = [
    ['virtio.resets', c.resets],
    ['virtio.configInterrupts', c.configInterrupts],
    ['virtio.stray', c.strayNotifications],
  ] as const;
  return html`${rows.map(([key, n]) => html`<dt>${t(key)}</dt><dd>${grouped(n)}</dd>`)}`;
}

/** A field of configuration space: an address of a card byte by byte, else a number. */
export function configText({ size, value }: VirtioView['config'][number]): string {
  if (size !== 6) return grouped(value);
  return Array.from({ length: 6 }, (_, i) => (Math.floor(value / 256 ** i) % 256).toString(16).padStart(2, '0')).join(':');
}

/** Where its registers are and how it interrupts. */
export function placeText({ place, vm }: VirtioView, { t }: Telling): TemplateResult {
  if (place.transport === 'mmio')
    return html`mmio ${address(vm === null ? 'h' : 'g', place.base)} · ${t('virtio.line', { n: place.irq })}${place.interruptStatus ? html` · <b>${t('virtio.pending')}</b>` : nothing}`;
  return html`pci <span class="mono">${functionText(place.requester)}</span> · ${place.mode === 'intx' ? 'INTx' : place.mode === 'msi' ? 'MSI' : 'MSI-X'}${place.isr ? html` · <b>${t('virtio.pending')}</b>` : nothing}`;
}

/** `00:02.0`. */
export function functionText(requester: number): string {
  const two = (n: number): string => n.toString(16).padStart(2, '0');
  return `${two(requester >> 8)}:${two((requester >> 3) & 31)}.${requester & 7}`;
}

/** Why it needs a reset, or did; why it refused its driver's features. */
export function faultText(view: VirtioView, telling: Telling): TemplateResult | typeof nothing {
  const { t } = telling;
  const { fault, refusal } = view;
  if (fault?.isNow) {
    const title = t('virtio.needsReset', { tick: grouped(fault.tick), queue: fault.queue });
    return html`<p class="fault" role="status"><b>✕ <span class="mono">DEVICE_NEEDS_RESET</span></b> ${title}<br />${sentence(fault, telling)}</p>`;
  }
  if (refusal) return html`<p class="fault" role="status"><b>✕ ${t('virtio.refused')}</b><br />${sentence(refusal, telling)}</p>`;
  return fault
    ? html`<p class="note past">${t('virtio.hadFault', { tick: grouped(fault.tick) })}: ${virtioReason(telling.language, fault)}</p>`
    : nothing;
}

/** What went wrong before the driver reset the device. */
function pastFault({ fault }: VirtioView, telling: Telling): TemplateResult | typeof nothing {
  if (fault === null || fault.isNow) return nothing;
  const when = telling.t('virtio.hadFault', { tick: grouped(fault.tick) });
  return html`<p class="note past">${when}${colon(telling.language)}${sentence(fault, telling)}</p>`;
}

function sentence(fault: VirtioFault, { language, t }: Telling): TemplateResult {
  const title = reasonAt(fault.reason)?.title;
  return html`${virtioReason(language, fault)}${title ? html` <span class="note" lang="en">${t('virtio.standard', { title })}</span>` : nothing}`;
}

/** A queue's address, as its space has it; nothing before it was given. */
export function areaText(space: VirtioView['space'], value: number, isShort = false): TemplateResult {
  if (value === 0) return html`<span class="note">${hexText(0, 1)}</span>`;
  return isShort ? shortAddress(space, value) : address(space, value);
}

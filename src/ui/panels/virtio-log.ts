/** What happened at one queue lately, newest first: each line leads to its instant. */
import { html, nothing, type TemplateResult } from 'lit';
import type { QueueRecord } from '../history.ts';
import { grouped } from '../reading.ts';
import type { Telling } from './virtio-facts.ts';

/** Lines at most. */
const MOST = 12;

/** The records of `device` and `queue` at or before `tick`. */
export function queueLog(
  records: readonly QueueRecord[],
  { device, queue, tick }: { readonly device: number; readonly queue: number; readonly tick: number },
  { t, seek }: Pick<Telling, 't'> & { readonly seek: (tick: number) => void },
): TemplateResult | typeof nothing {
  const shown: QueueRecord[] = [];
  for (let i = records.length - 1; i >= 0 && shown.length < MOST; i--) {
    const record = records[i];
    if (record.at <= tick && record.device === device && record.queue === queue) shown.push(record);
  }
  if (shown.length === 0) return nothing;
  return html`<div class="log"><h3>${t('virtio.log')}</h3><ol>${shown.map(
    ({ at, operation, index, length }) =>
      html`<li><button @click=${() => seek(at)}><span class="at ${at === tick ? 'now' : ''}">${grouped(at)}</span><span>${t(`virtio.log.${operation}`, { index, length: grouped(length) })}</span></button></li>`,
  )}</ol></div>`;
}

/** What one virtual machine has used: its exits by reason, its memory, its meter; and what the host has given to whom. */
import { html, type TemplateResult } from 'lit';
import { EXIT_REASONS } from '../../arch/exit-reasons.ts';
import type { OwnedFrames, VmsView, VmView } from '../../api/protocol.ts';
import { grouped } from '../reading.ts';
import type { Telling } from './virtio-facts.ts';

/** Rows of name, bar and number; the bar's length is the share of `most`. */
interface Bar {
  readonly name: string;
  readonly value: number;
  readonly note?: string;
  readonly kind?: 'empty' | 'soft';
  readonly mark?: unknown;
}

function bars(rows: readonly Bar[], most: number): TemplateResult {
  return html`<ul class="bars">${rows.map(
    ({ name, value, note, kind, mark }) =>
      html`<li title=${note ?? name}><span class="name">${name}</span><svg class="bar ${kind ?? ''}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width=${most === 0 ? 0 : (100 * value) / most} height="10" /></svg><span class="value">${mark ?? grouped(value)}</span></li>`,
  )}</ul>`;
}

/** With what was one frame ago. */
export interface Comparison {
  readonly before: VmView | undefined;
  /** Formats a number, and marks it where it was another. */
  readonly marked: (now: number, before: number | undefined) => unknown;
}

/** Exits by reason, the most frequent first. */
export function exitBars(vm: VmView, { t }: Telling, { before, marked }: Comparison): TemplateResult {
  const rows = Object.entries(vm.meter.exits)
    .map(([key, value]): Bar => {
      const reason = EXIT_REASONS.find((r) => r.key === key);
      return {
        name: `${reason?.number ?? ''} ${reason?.name ?? key}`,
        value,
        mark: marked(value, before && (before.meter.exits[key] ?? 0)),
      };
    })
    .sort((a, b) => b.value - a.value);
  const most = Math.max(1, ...rows.map((r) => r.value));
  return html`<section><h2>${t('vms.byReason')}</h2>${rows.length === 0 ? html`<p class="note">${t('vms.noExits')}</p>` : bars(rows, most)}</section>`;
}

/** Exit reasons that any of them has had: key and name, in the order of their numbers. */
export function reasonsOf(vms: readonly VmView[]): readonly (readonly [key: string, name: string])[] {
  return EXIT_REASONS.filter(({ key }) => vms.some((vm) => key in vm.meter.exits)).map(({ key, number, name }) => [
    key,
    `${number} ${name}`,
  ]);
}

/** Where its pages are. */
export function memoryBars(vm: VmView, { t }: Telling, { before, marked }: Comparison): TemplateResult {
  const { meter: m, ramPages } = vm;
  const rest = Math.max(0, ramPages - m.ownPages - m.sharedPages - m.ballooned);
  const rows: Bar[] = [
    { name: t('vms.own'), value: m.ownPages, mark: marked(m.ownPages, before?.meter.ownPages) },
    { name: t('vms.shared'), value: m.sharedPages, kind: 'soft', mark: marked(m.sharedPages, before?.meter.sharedPages) },
    { name: t('vms.ballooned'), value: m.ballooned, kind: 'empty', mark: marked(m.ballooned, before?.meter.ballooned) },
    { name: t('vms.untouched'), value: rest, kind: 'empty' },
  ];
  return html`<section><h2>${t('vms.memory')} <span class="note">${t('vms.ramOf', { n: grouped(ramPages) })}</span></h2>${bars(rows, Math.max(1, ramPages))}
    <dl><div><dt>${t('vms.target')} <span class="note">${t(vm.hasBalloon ? 'vms.hasBalloon' : 'vms.noBalloon')}</span></dt><dd>${marked(vm.balloonTarget, before?.balloonTarget)}</dd></div>
    <div><dt>${t('vms.workingSet')}</dt><dd>${marked(m.workingSet, before?.meter.workingSet)}</dd></div></dl></section>`;
}

/** The bill. */
export function meterList(vm: VmView, ticksPerSecond: number, telling: Telling, comparison: Comparison): TemplateResult {
  const rows = meterRows(vm, ticksPerSecond, telling, comparison);
  return html`<section><h2>${telling.t('vms.meter')}</h2><dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></section>`;
}

/** Its lines: name and value. */
export function meterRows(
  vm: VmView,
  ticksPerSecond: number,
  { t }: Telling,
  { before, marked }: Comparison,
): readonly (readonly [string, unknown])[] {
  const { meter: m } = vm;
  const b = before?.meter;
  return [
    [t('vms.instructions'), marked(m.instructions, b?.instructions)],
    [t('vms.entries'), marked(m.entries, b?.entries)],
    [t('vms.rootTicks'), marked(m.rootTicks, b?.rootTicks)],
    [t('vms.haltedTicks'), marked(m.haltedTicks, b?.haltedTicks)],
    [t('vms.waitTicks'), marked(m.waitTicks, b?.waitTicks)],
    [t('vms.injections'), marked(m.injections, b?.injections)],
    [t('vms.demandFaults'), marked(m.demandFaults, b?.demandFaults)],
    [t('vms.copies'), marked(m.copies, b?.copies)],
    [t('vms.ports'), html`${marked(m.portBytesIn, b?.portBytesIn)}, ${marked(m.portBytesOut, b?.portBytesOut)}`],
    [t('vms.mmio'), marked(m.mmioBytes, b?.mmioBytes)],
    [t('vms.dma'), html`${marked(m.dmaBytesWritten, b?.dmaBytesWritten)}, ${marked(m.dmaBytesRead, b?.dmaBytesRead)}`],
    [t('vms.pageSeconds'), (m.pageTicks / ticksPerSecond).toFixed(3)],
  ];
}

/** Frames of host memory by owner. */
export function frameBars({ frames }: VmsView, { t }: Telling): TemplateResult {
  const { total, free, owners } = frames;
  const rows: Bar[] = [...owners.flatMap((owner) => ownerBars(owner, t)), { name: t('vms.free'), value: free, kind: 'empty' }];
  return html`<section><h2>${t('vms.frames')} <span class="note">${t('vms.framesOf', { n: grouped(total) })}</span></h2>${bars(rows, total)}</section>`;
}

/** Shared frames are nobody's own: a line for themselves. */
function ownerBars({ vm, kinds }: OwnedFrames, t: Telling['t']): Bar[] {
  const { shared = 0, ...own } = kinds;
  const value = Object.values(own).reduce((sum, n) => sum + n, 0);
  const note = kindsText({ vm, kinds: own }, t);
  const bar: Bar = { name: vm === null ? t('vms.host') : `vm${vm}`, value, note };
  return shared === 0 ? [bar] : [bar, { name: t('vms.sharedFrames'), value: shared, kind: 'soft' }];
}

/** `RAM 200, EPT 5`. */
export function kindsText({ kinds }: OwnedFrames, t: Telling['t']): string {
  return Object.entries(kinds)
    .map(([kind, n]) => `${t(`vms.kind.${kind as keyof OwnedFrames['kinds']}`)} ${grouped(n)}`)
    .join(', ');
}

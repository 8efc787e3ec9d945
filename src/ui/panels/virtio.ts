import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { DeviceViews, Frame, MachineHost, PieceView, QueueView, VirtioView } from '../../api/protocol.ts';
import { AskingPanel } from '../asking-panel.ts';
import { grouped } from '../reading.ts';
import type { State } from '../store.ts';
import { CHOICES, RECORDS, SHARED } from '../theme/shared.ts';
import { rove } from '../widgets/roving.ts';
import { typeset } from '../widgets/sentence.ts';
import { twinButton } from '../widgets/table-twin.ts';
import { areaText, deviceFacts, deviceName, faultText, placeText, type Telling } from './virtio-facts.ts';
import { queueLog } from './virtio-log.ts';
import { bufferLoupe } from './virtio-loupe.ts';
import { nextEvent } from './virtio-next.ts';
import { changedPlaces, latestPlace, nextPlaces, type Ring, ringPicture, type Side } from './virtio-rings.ts';
import { VIRTIO_STYLES } from './virtio-styles.ts';
import { gutter, type Line, linesOf, linksOf, ownerBadge, pieceCells, was } from './virtio-table.ts';
import { queueTables } from './virtio-twin.ts';

const OWNERS = ['free', 'posted', 'held', 'returned'] as const;

/** One virtqueue of one device: the driver's ring, the descriptors, the device's ring, and who has what. Nothing is touched by looking. */
export class VirtioPanel extends AskingPanel<DeviceViews> {
  static override properties = {
    ...AskingPanel.properties,
    views: { state: true },
    device: { state: true },
    queue: { state: true },
    chosen: { state: true },
    isUnmapped: { state: true },
  };
  declare private views: readonly VirtioView[];
  /** By the reader's choice; null: where something happened last. */
  declare private device: string | null;
  declare private queue: number | null;
  /** Line of the table that is chosen. */
  declare private chosen: string | null;
  /** The chosen buffer has no linear address. */
  declare private isUnmapped: boolean;
  /** The views one frame ago, to tell what changed. */
  private earlier: readonly VirtioView[] = [];
  private tick = 0;

  static override styles = [SHARED, CHOICES, RECORDS, VIRTIO_STYLES];

  constructor() {
    super();
    this.views = [];
    this.device = null;
    this.queue = null;
    this.chosen = null;
    this.isUnmapped = false;
  }

  protected inputs({ frame, view, recorded }: State): readonly unknown[] {
    return [frame?.serial, view.isTable, recorded];
  }

  protected question(host: MachineHost): Promise<DeviceViews> {
    return host.devices();
  }

  protected take({ virtio }: DeviceViews, { serial, tick }: Frame): void {
    if (this.asked !== serial) return;
    // What changed is told of a way forwards alone.
    this.earlier = tick > this.tick ? this.views : [];
    this.tick = tick;
    this.views = virtio;
  }

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('chosen')) this.isUnmapped = false;
    super.willUpdate(changed);
  }

  override render(): TemplateResult {
    const view = this.shownDevice;
    const queue = view && this.shownQueue(view);
    if (!view || !queue) return html`<p class="plain">${this.t('virtio.none')}</p>`;
    const { isTable, language } = this.state.view;
    return html`${this.chooser(view, queue)}${deviceFacts(view, this.telling)}${faultText(view, this.telling)}
      <div class="place-of">${isTable ? queueTables(view, queue, this.telling) : this.picture(view, queue)}</div>
      <p class="then" aria-live="polite"><b>${this.t('virtio.nextEvent')}</b><span>${typeset(language, nextEvent(view, queue))}</span></p>
      <div class="foot note"><span>${placeText(view, this.telling)}</span><span class="space"></span>
        ${twinButton(this.session)}</div>`;
  }

  private get telling(): Telling {
    return { language: this.state.view.language, t: (key, values) => this.t(key, values) };
  }

  // Which device, which queue ------------------------------------------------------------------------------------------------------------
  /** The chosen device; else the one at whose rings something happened last; else the first that is alive. */
  private get shownDevice(): VirtioView | undefined {
    const { views } = this;
    const chosen = views.find((v) => v.id === this.device);
    return chosen ?? views.find((v) => v.traceWord === this.latest?.device) ?? views.find((v) => v.status !== 0) ?? views[0];
  }

  private shownQueue({ queues, traceWord }: VirtioView): QueueView | undefined {
    const { latest } = this;
    const wanted = this.queue ?? (latest?.device === traceWord ? latest.queue : null);
    return queues.find((q) => q.index === wanted) ?? queues.find((q) => q.isReady) ?? queues[0];
  }

  /** The last record of a queue at or before now, of the device that is shown if one was chosen. */
  private get latest(): { readonly device: number; readonly queue: number } | undefined {
    const { frame, history } = this.state;
    const word = this.views.find((v) => v.id === this.device)?.traceWord;
    return history.queues.findLast((e) => e.at <= (frame?.tick ?? 0) && (word === undefined || e.device === word));
  }

  private chooser(view: VirtioView, queue: QueueView): TemplateResult {
    return html`<div class="choose">
      <label><span class="visually-hidden">${this.t('virtio.device')}</span><select @change=${(e: Event) => this.chooseDevice((e.target as HTMLSelectElement).value)}>${this.views.map(
        (v) => html`<option value=${v.id} .selected=${v === view}>${deviceName(v, this.telling)}</option>`,
      )}</select></label>
      <div class="tabs" role="radiogroup" aria-label=${this.t('virtio.queues')} @keydown=${rove}>${view.queues.map(
        (q) =>
          html`<button role="radio" aria-checked=${q === queue} tabindex=${q === queue ? 0 : -1} lang="en" @click=${() => this.chooseQueue(q.index)}><span class="index">${q.index}</span> ${q.name}</button>`,
      )}</div><span class="space"></span>
      <label class="tick-box"><input type="checkbox" .checked=${this.device === null && this.queue === null} @change=${(e: Event) => this.follow((e.target as HTMLInputElement).checked)} />${this.t('lens.follow')}</label></div>`;
  }

  private chooseDevice(id: string): void {
    this.device = id;
    this.queue = null;
    this.chosen = null;
  }

  private chooseQueue(index: number): void {
    this.device = this.shownDevice?.id ?? null;
    this.queue = index;
    this.chosen = null;
  }

  private follow(isFollowing: boolean): void {
    const view = this.shownDevice;
    this.queue = isFollowing || !view ? null : (this.shownQueue(view)?.index ?? null);
    this.device = isFollowing ? null : (view?.id ?? null);
  }

  // The picture --------------------------------------------------------------------------------------------------------------------------
  private picture(view: VirtioView, queue: QueueView): TemplateResult {
    const before = this.earlier.find((v) => v.id === view.id)?.queues.find((q) => q.index === queue.index);
    const lines = linesOf(queue);
    const chosen = lines.find((l) => l.key === this.chosen) ?? this.firstLine(queue, lines);
    const head = chosen && chosen.kind !== 'rest' ? (chosen.outer.head ?? chosen.outer.index) : null;
    return html`<div class="queue">
      ${this.availableSide(view, queue, before, head)}
      <div class="centre"><div class="title"><h2>${this.t('virtio.desc')}</h2><span class="note">${areaText(view.space, queue.desc)} · ${this.t('virtio.entries', { n: queue.size })}</span></div>
        <div class="table">${this.table(view, { before, lines, chosen })}</div>${this.legend()}
        ${queueLog(this.state.history.queues, { device: view.traceWord, queue: queue.index, tick: this.state.frame?.tick ?? 0 }, { t: this.telling.t, seek: (tick) => void this.session.seek(tick) })}</div>
      ${this.usedSide(view, queue, before, head)}</div>
      ${chosen && chosen.kind !== 'rest' ? bufferLoupe(chosen, view.space, { ...this.telling, isUnmapped: this.isUnmapped, follow: () => void this.toLens(chosen.piece) }) : nothing}`;
  }

  /** Without a choice: what the device has, or will take next, or gave back last. */
  private firstLine(queue: QueueView, lines: readonly Line[]): Line | undefined {
    const { active, available, used, nextAvail, nextUsed, size } = queue;
    const isWaiting = available !== null && available.idx !== nextAvail;
    const head =
      active?.head ??
      (isWaiting ? available.ring[nextAvail % size] : nextUsed > 0 ? used?.ring[(nextUsed - 1 + size) % size].id : undefined);
    return lines.find((l) => l.key === `${head}`) ?? lines.find((l) => l.kind !== 'rest');
  }

  private availableSide(view: VirtioView, queue: QueueView, before: QueueView | undefined, head: number | null): TemplateResult {
    const { available: now, size, counters: c } = queue;
    const ring = this.ring(queue, {
      title: this.t('virtio.available'),
      writer: 'driver',
      idx: now?.idx ?? null,
      names: now?.ring.map(String) ?? [],
      changed: changedPlaces(now?.ring, before?.available?.ring, (a, b) => a === b),
      next: nextPlaces(queue).available,
      chosen: latestPlace(now?.ring, now?.idx ?? 0, head),
    });
    const flags =
      now && html`<div><dt>flags</dt><dd title="NO_INTERRUPT = ${now.flags & 1}">${was(now.flags, before?.available?.flags)}</dd></div>`;
    return this.side(
      'driver',
      ring,
      areaText(view.space, queue.driver, true),
      html`${flags}
      ${now && html`<div><dt>idx</dt><dd>${this.index(now.idx, before?.available?.idx)}<span class="note"> mod ${size} = ${now.idx % size}</span></dd></div>`}
      <div><dt>${this.t('virtio.taken')}</dt><dd>${this.index(queue.nextAvail, before?.nextAvail, size)}</dd></div>
      ${now && queue.usesEventIdx ? html`<div><dt>used_event</dt><dd>${this.index(now.usedEvent, before?.available?.usedEvent, size)}</dd></div>` : nothing}
      <div class="rule"><dt>${this.t('virtio.kicks')}</dt><dd>${was(c.notifications, before?.counters.notifications, grouped)}</dd></div>
      <div><dt>${this.t('virtio.kicksSaved')}</dt><dd>${was(c.notificationsSaved, before?.counters.notificationsSaved, grouped)}</dd></div>`,
    );
  }

  private usedSide(view: VirtioView, queue: QueueView, before: QueueView | undefined, head: number | null): TemplateResult {
    const { used: now, size, counters: c } = queue;
    const ring = this.ring(queue, {
      title: this.t('virtio.used'),
      writer: 'device',
      idx: now?.idx ?? null,
      names: now?.ring.map(({ id }, i) => (i < queue.nextUsed ? String(id) : '')) ?? [],
      changed: changedPlaces(now?.ring, before?.used?.ring, (a, b) => a.id === b.id && a.length === b.length),
      next: nextPlaces(queue).used,
      chosen: latestPlace(
        now?.ring.map(({ id }) => id),
        now?.idx ?? 0,
        head,
      ),
    });
    const last = now && queue.nextUsed > 0 ? now.ring[(queue.nextUsed - 1 + size) % size] : null;
    return this.side(
      'device',
      ring,
      areaText(view.space, queue.device, true),
      html`${
        now &&
        html`<div><dt>flags</dt><dd title="NO_NOTIFY = ${now.flags & 1}">${was(now.flags, before?.used?.flags)}</dd></div>
      <div><dt>idx</dt><dd>${this.index(now.idx, before?.used?.idx)}<span class="note"> mod ${size} = ${now.idx % size}</span></dd></div>`
      }
      ${last ? html`<div><dt>id, len</dt><dd>${last.id}, ${grouped(last.length)}</dd></div>` : html`<div><dt>id, len</dt><dd class="note">–</dd></div>`}
      ${now && queue.usesEventIdx ? html`<div><dt>avail_event</dt><dd>${this.index(now.availEvent, before?.used?.availEvent, size)}</dd></div>` : nothing}
      <div class="rule"><dt>${this.t('virtio.interrupts')}</dt><dd>${was(c.interrupts, before?.counters.interrupts, grouped)}</dd></div>
      <div><dt>${this.t('virtio.interruptsSaved')}</dt><dd>${was(c.interruptsSuppressed, before?.counters.interruptsSuppressed, grouped)}</dd></div>`,
    );
  }

  private ring({ size, nextAvail, nextUsed }: QueueView, ring: Omit<Ring, 'size' | 'seen' | 'label'>): Ring {
    const seen = ring.writer === 'driver' ? nextAvail : nextUsed;
    const { title, idx } = ring;
    const label =
      idx === null ? this.t('virtio.ringEmpty', { title }) : this.t('virtio.ringLabel', { title, idx, size, place: idx % size, seen });
    return { ...ring, size, seen, label };
  }

  private side(writer: Side, ring: Ring, where: TemplateResult, words: TemplateResult): TemplateResult {
    const by = this.t(writer === 'driver' ? 'virtio.byDriver' : 'virtio.byDevice');
    return html`<div class="side"><div class="title"><h2>${ring.title}</h2><span class="note" title=${by}>${where}</span></div>${ringPicture(ring)}<dl class="words">${words}</dl></div>`;
  }

  /** A free-running index, what it was, and (where `size` is given) its place. */
  private index(now: number, before: number | undefined, size?: number): TemplateResult {
    const isChanged = before !== undefined && before !== now;
    return html`${isChanged ? html`${before} → <mark>${now}</mark>` : now}${size === undefined ? nothing : html`<span class="note"> [${now % size}]</span>`}`;
  }

  private table(
    view: VirtioView,
    { before, lines, chosen }: { before: QueueView | undefined; lines: readonly Line[]; chosen: Line | undefined },
  ): TemplateResult {
    const links = linksOf(lines);
    const heads = (['no', 'owner', 'address', 'length', 'flags', 'next', 'text'] as const).map(
      (k) =>
        html`<th scope="col" class=${k === 'length' || k === 'next' || k === 'no' ? 'number' : ''}>${k === 'owner' ? html`<span class="visually-hidden">${this.t('virtio.owner')}</span>` : this.t(`virtio.${k}`)}</th>`,
    );
    return html`<table class="descriptors" role="grid" aria-label=${this.t('virtio.desc')} @keydown=${(e: KeyboardEvent) => this.press(e, lines, chosen)}>
      <thead><tr><th><span class="visually-hidden">${this.t('virtio.chain')}</span></th>${heads}</tr></thead>
      <tbody>${lines.map((line, i) => this.line(view, line, { i, links, before, isChosen: line === chosen }))}</tbody></table>`;
  }

  private line(
    { space }: VirtioView,
    line: Line,
    { i, links, before, isChosen }: { i: number; links: ReturnType<typeof linksOf>; before: QueueView | undefined; isChosen: boolean },
  ): TemplateResult {
    const select = (): void => {
      this.chosen = line.key;
    };
    if (line.kind === 'rest') {
      const key = line.from === line.to ? 'virtio.unusedOne' : 'virtio.unused';
      return html`<tr class="free" aria-selected=${isChosen} tabindex=${isChosen ? 0 : -1} @click=${select}><td>${gutter(links, i)}</td><td colspan="7" class="note">${this.t(key, { from: line.from, to: line.to })}</td></tr>`;
    }
    const { piece, outer, kind } = line;
    const then = before?.descriptors.find((d) => d.index === outer.index);
    const was = kind === 'inner' ? then?.table?.find((p) => p.index === piece.index) : then;
    return html`<tr class="${outer.owner} ${kind}" aria-selected=${isChosen} tabindex=${isChosen ? 0 : -1} @click=${select}>
      <td>${gutter(links, i)}</td><td class="index">${line.key}</td><td>${kind === 'inner' ? nothing : ownerBadge(outer.owner, this.t(`virtio.${outer.owner}`))}</td>
      ${pieceCells(piece, was, space, this.getAttribute('layout') === 'phone')}</tr>`;
  }

  private legend(): TemplateResult {
    return html`<div class="legend" aria-hidden="true"><span><b>D</b> ${this.t('virtio.legend.driver')}</span><span><b>V</b> ${this.t('virtio.legend.device')}</span>${OWNERS.map(
      (owner) => html`<span>${ownerBadge(owner, '')} ${this.t(`virtio.legend.${owner}`)}</span>`,
    )}</div>`;
  }

  // Keys, and the lens -------------------------------------------------------------------------------------------------------------------
  private press(event: KeyboardEvent, lines: readonly Line[], chosen: Line | undefined): void {
    const at = chosen ? lines.indexOf(chosen) : -1;
    const goals: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 };
    if (event.key === 'Enter' && chosen && chosen.kind !== 'rest') {
      event.preventDefault();
      void this.toLens(chosen.piece);
      return;
    }
    const goal = lines[goals[event.key]];
    if (!goal) return;
    event.preventDefault();
    this.chosen = goal.key;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('tr[aria-selected=true]')?.focus());
  }

  /** The lens goes to the linear address under which somebody who runs sees the buffer. */
  private async toLens({ host, length }: PieceView): Promise<void> {
    for (const context of ['current', 'guest'] as const) {
      const ranges = await this.session.ask((machine) => machine.mappings(context));
      const range = ranges?.find((r) => host !== null && r.host !== null && r.linear !== null && host >= r.host && host < r.host + r.size);
      if (range?.linear == null || range.host === null || host === null) continue;
      await this.session.pin({ linear: range.linear + host - range.host, size: Math.min(4, length), access: 'read', context });
      return;
    }
    this.isUnmapped = true;
  }
}

customElements.define('gv-virtio', VirtioPanel);

/** The viewer's transport: backwards on the left, forwards on the right, the tick between them; how far a step goes, how fast a run; what a page adds. */
import { html, nothing, type TemplateResult } from 'lit';
import { openSource } from '../ui/edit/writing.ts';
import { grouped } from '../ui/reading.ts';
import { STEP_SIZES } from '../ui/steps.ts';
import { rove } from '../ui/widgets/roving.ts';
import type { GlassViewer } from './glass-viewer.ts';
import { tongueOf, WORDS } from './viewer-words.ts';

const SHAPES = { back: 'M11.5 3 4 8l7.5 5z', step: 'M4.5 3 12 8l-7.5 5z' } as const;
/** Instructions per second that can be chosen; 0 is as fast as it goes. */
const SPEEDS = [1, 5, 20, 100, 1000, 100_000, 0];

/** Draws it. */
export function transport(viewer: GlassViewer): TemplateResult {
  const { frame, view, host, begin } = viewer.store.state;
  const { session } = viewer;
  const isRunning = frame?.running ?? false;
  const tick = frame?.tick ?? 0;
  const language = tongueOf(viewer.host);
  return html`<div class="transport ${session.isEditable ? 'editable' : ''}" part="transport" role="toolbar" aria-label=${viewer.say('transport.label')}>
    ${icon(viewer, 'back', isRunning || tick <= begin || !host)}
    <label class="tick"><span>${viewer.say('transport.tick')}</span><input inputmode="numeric" autocomplete="off" .value=${grouped(tick)} ?disabled=${isRunning || !host} @change=${(e: Event) => goTo(viewer, e.target as HTMLInputElement)} /><span>/ ${grouped(frame?.endTick ?? 0)}</span></label>
    ${icon(viewer, 'step', isRunning || !host)}
    <button class="run" part="button" ?disabled=${!host} @click=${() => (isRunning ? session.pause() : session.run())}>${viewer.say(isRunning ? 'transport.pause' : 'transport.run')}</button>
    <div class="scale" role="radiogroup" aria-label=${viewer.say('transport.stepBy')} @keydown=${rove}>${STEP_SIZES.map(
      (size) =>
        html`<button role="radio" aria-checked=${size === view.granularity} tabindex=${size === view.granularity ? 0 : -1} @click=${() => session.store.look({ granularity: size })} aria-label=${size === 'checkpoint' ? WORDS.toCheckpoint[language] : viewer.say(`transport.${size}`)}>${WORDS[size][language]}</button>`,
    )}</div>
    ${viewer.has('speed') ? speed(viewer) : nothing}
    <span class="space"></span>
    ${session.isEditable ? html`<button class="link source" @click=${() => openSource(session)}>${WORDS.source[language]}</button>` : nothing}
    <slot name="toolbar-end"></slot>
    ${open(viewer)}
  </div>`;
}

function icon({ session, say }: GlassViewer, shape: keyof typeof SHAPES, isOff: boolean): TemplateResult {
  const name = say(`transport.${shape}`);
  return html`<button class="icon" part="button" data-do=${shape} ?disabled=${isOff} title=${name} aria-label=${name} @click=${() => session[shape]()}><svg viewBox="0 0 16 16" aria-hidden="true"><path d=${SHAPES[shape]} /></svg></button>`;
}

function speed({ session, store, say }: GlassViewer): TemplateResult {
  const chosen = store.state.view.speed;
  const all = SPEEDS.includes(chosen) ? SPEEDS : [chosen, ...SPEEDS];
  return html`<select class="speed" part="speed" aria-label=${say('transport.speed')} @change=${(e: Event) => session.setSpeed(Number((e.target as HTMLSelectElement).value))}>${all.map((n) => html`<option value=${n} ?selected=${n === chosen}>${n === 0 ? say('transport.speedFull') : say('transport.speedValue', { n: grouped(n) })}</option>`)}</select>`;
}

/** The same guest on the whole page, where the embedding page says where that is. */
function open({ host, store }: GlassViewer): TemplateResult | typeof nothing {
  const app = host.getAttribute('app');
  const { guestId, view } = store.state;
  if (app === null) return nothing;
  const url = new URL(app, document.baseURI);
  if (url.protocol !== 'http:' && url.protocol !== 'https:' && url.protocol !== 'file:') return nothing;
  if (guestId) url.searchParams.set('guest', guestId);
  url.searchParams.set('lang', view.language);
  return html`<a class="link" href=${url.href} target="_blank" rel="noopener"><span class="open-in">${WORDS.openIn[tongueOf(host)]} </span>Glassvisor ↗</a>`;
}

function goTo({ session, store }: GlassViewer, input: HTMLInputElement): void {
  const tick = Number(input.value.replace(/\s/g, ''));
  const show = (): void => {
    input.value = grouped(store.state.frame?.tick ?? 0);
  };
  if (Number.isSafeInteger(tick) && tick >= 0 && input.value.trim() !== '') void session.seek(tick).then(show);
  else show();
}

/** For a room: large type, what is secondary away, the whole screen, and a pointer that can be seen from the last row. */
import { css, html, nothing, type TemplateResult } from 'lit';
import type { GlassvisorApp } from './app.ts';
import { LATER } from '../panels/index.ts';
import { stage, trouble } from './pages.ts';

/** 20 points. */
const CODE_PX = (20 * 96) / 72;

export const PRESENT_STYLES = css`
  :host([present]) .page { grid-template-rows: auto minmax(0, 1fr) auto auto; }
  :host([present]) main { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); grid-template-rows: minmax(0, 1fr); }
  :host([present]) .left { grid-row: auto; padding-right: var(--s3); }
  :host([present]) gv-code { --t-mono: ${CODE_PX}px; --line: ${CODE_PX * 1.4}px; min-height: 0; }
  :host([present]) gv-why { --t-lead: 1.1rem; flex: none; height: 38%; }
  :host([present]) .leave { position: absolute; right: var(--s4); top: .2rem; z-index: 4; background: var(--gv-bg); padding: 0 var(--s2); font-weight: 600; min-height: 1.5rem; }
  .halo { position: fixed; left: -2.25rem; top: -2.25rem; width: 4.5rem; height: 4.5rem; border-radius: 50%; border: 3px solid var(--gv-fg); background: var(--gv-root-soft); pointer-events: none; z-index: 6; }
  .halo:not([data-seen]) { display: none; }
`;

/** Who runs, code and why beside the stage, and the transport. */
export function presentPage(app: GlassvisorApp): TemplateResult {
  const { session } = app;
  const { store } = session;
  return html`<div class="page">
    <div class="top"><gv-world-band .store=${store} .session=${session} layout="column"></gv-world-band>${trouble(app)}
      <button class="leave" @click=${() => app.sharing.present(false)}>${app.t('present.leave')}</button></div>
    <main>
      <section class="left" aria-label=${app.t('code.title')}>
        <gv-code large .store=${store} .session=${session}></gv-code>
        <gv-why .store=${store} layout="narrow"></gv-why>
      </section>
      <section class="stage" aria-label=${app.t('stage.label')}>${stage(app)}</section>
    </main>
    <gv-transport .store=${store} .session=${session} layout="narrow"></gv-transport>
    ${app.sharing.hasConsole ? html`<gv-console .store=${store} .session=${session} .bring=${LATER.terminal} open></gv-console>` : nothing}
    <div class="halo" aria-hidden="true"></div>
  </div>`;
}

/** Of the whole page, while it is presented, the reader's own left aside: code at 20 points is 2.2 times its usual size; what is around it grows less. */
export function presentScale(width: number): number {
  return width >= 1600 ? 1.5 : 1.35;
}

/** The screen is full, or as it was. A browser may refuse: then the window is presented. */
export async function fillScreen(isFull: boolean): Promise<void> {
  try {
    if (isFull && !document.fullscreenElement) await document.documentElement.requestFullscreen();
    else if (!isFull && document.fullscreenElement) await document.exitFullscreen();
  } catch {
    // In a frame without the permission, or by a script without a key.
  }
}

/** The halo follows the pointer. */
export function moveHalo(root: ParentNode, { clientX, clientY }: PointerEvent): void {
  const halo = root.querySelector<HTMLElement>('.halo');
  if (!halo) return;
  halo.dataset['seen'] = '';
  halo.style.transform = `translate(${clientX}px, ${clientY}px)`;
}

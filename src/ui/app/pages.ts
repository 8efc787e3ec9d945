/** The page's two arrangements of the same panels. */
import { html, nothing, type TemplateResult } from 'lit';
import { LATER, STAGE } from '../panels/index.ts';
import { lessonRuler } from '../lessons/ruler.ts';
import { grouped } from '../reading.ts';
import { isThere, SCENE_KEYS } from '../scenes.ts';
import { nextLine } from '../widgets/next-line.ts';
import { rove } from '../widgets/roving.ts';
import type { GlassvisorApp } from './app.ts';

export const SHEETS = ['lesson', 'code', 'registers', 'exits', 'console'] as const;
/** Pixels beside a tab that was out of sight: its neighbour begins to show. */
const MARGIN = 24;
export type Sheet = (typeof SHEETS)[number];

/** Three columns (or on a middling window two, which scroll) between who runs and time. */
export function deskPage(app: GlassvisorApp): TemplateResult {
  const { session, layout, height } = app;
  const { store } = session;
  const isBrief = layout !== 'column' && (height === 'short' || height === 'low');
  // Time has more room where the root layer is one line.
  const { isTimeTall } = store.state.view;
  const isLayerBrief = isBrief || (layout !== 'column' && height === 'even' && isTimeTall);
  return html`<div class="page" data-time=${isTimeTall && height !== 'low' ? 'tall' : nothing}>
    <div class="top">${header(app)}<gv-world-band .store=${store} .session=${session} layout=${layout}></gv-world-band>${trouble(app)}</div>
    <main>
      <section class="left" aria-label=${app.t('code.title')}>
        <gv-code .store=${store} .session=${session}></gv-code>
        <gv-registers .store=${store} ?brief=${isBrief}></gv-registers>
      </section>
      <section class="stage" aria-label=${app.t('stage.label')}>${stage(app)}</section>
      ${layout === 'column' ? lesson(app) : nothing}
      <section class="right ${store.state.lesson && layout !== 'column' ? 'lesson' : ''}" aria-label=${app.t('lens.title')}>
        ${layout === 'column' ? nothing : lesson(app)}
        <gv-lens .store=${store} .session=${session} layout=${layout}></gv-lens>
        <gv-why .store=${store} layout=${layout}></gv-why>
      </section>
      <gv-root-layer .store=${store} .session=${session} layout=${layout} ?brief=${isLayerBrief}></gv-root-layer>
      ${source(app)}
    </main>
    <gv-transport .store=${store} .session=${session} layout=${layout}></gv-transport>
    <div class="time">
      <gv-timeline .store=${store} .session=${session} layout=${layout} ?brief=${isBrief && height === 'low'}></gv-timeline>
      <gv-exits .store=${store} .session=${session}></gv-exits>
    </div>
    <gv-console .store=${store} .session=${session} .bring=${LATER.terminal} layout=${layout} ?tall=${height === 'tall'}></gv-console>
  </div>`;
}

/** One column, and what a thumb needs at the bottom: the other panels rise from there as a sheet. */
export function phonePage(app: GlassvisorApp): TemplateResult {
  const { session, layout, sheet } = app;
  const { store } = session;
  return html`<div class="page">
    <div class="top">${header(app)}<gv-world-band .store=${store} .session=${session} layout=${layout}></gv-world-band>${trouble(app)}</div>
    <main>
      <gv-lens .store=${store} .session=${session} layout=${layout}></gv-lens>
      <section class="stage" aria-label=${app.t('stage.label')}>${stage(app)}</section>
      <gv-why .store=${store} layout=${layout}></gv-why>
      <gv-root-layer .store=${store} .session=${session} layout=${layout}></gv-root-layer>
      ${source(app)}
    </main>
    <div class="thumb">
      ${sheet && (sheet !== 'lesson' || store.state.lesson) ? html`<div class="sheet" id="sheet" role="group" aria-label=${app.t(`sheet.${sheet}`)}>${sheetPanel(app, sheet)}</div>` : nothing}
      <div class="sheets">${SHEETS.filter((s) => s !== 'lesson' || store.state.lesson).map(
        (s) =>
          html`<button aria-expanded=${s === sheet} aria-controls=${s === sheet ? 'sheet' : nothing} @click=${() => {
            app.sheet = s === sheet ? null : s;
          }}>${app.t(`sheet.${s}`)}${s === 'exits' && store.state.history.exits.length > 0 ? html` <b>${store.state.history.exits.length}</b>` : nothing}</button>`,
      )}</div>
      <gv-timeline .store=${store} .session=${session} layout=${layout}></gv-timeline>
      <gv-transport .store=${store} .session=${session} layout=${layout}></gv-transport>
      ${sheet === 'console' ? nothing : html`<gv-console .store=${store} .session=${session} layout="phone"></gv-console>`}
    </div>
  </div>`;
}

function sheetPanel(app: GlassvisorApp, sheet: Sheet): TemplateResult {
  const { session } = app;
  const { store } = session;
  switch (sheet) {
    case 'lesson':
      return html`${lesson(app)}`;
    case 'code':
      return html`<gv-code .store=${store} .session=${session}></gv-code>`;
    case 'registers':
      return html`<gv-registers .store=${store}></gv-registers>`;
    case 'exits':
      return html`<gv-exits .store=${store} .session=${session}></gv-exits>`;
    case 'console':
      return html`<gv-console .store=${store} .session=${session} .bring=${LATER.terminal} open sheet></gv-console>`;
  }
}

/** The source editor, over the stage while a text is open; it comes when it is first wanted. */
function source({ session }: GlassvisorApp): TemplateResult | typeof nothing {
  if (session.store.state.view.editing === null) return nothing;
  if (!customElements.get('gv-source')) {
    void session.bring(import('../edit/source.ts')).then((code) => session.store.look(code ? {} : { editing: null }));
    return nothing;
  }
  return html`<gv-source .store=${session.store} .session=${session}></gv-source>`;
}

function header(app: GlassvisorApp): TemplateResult {
  const { session, layout } = app;
  const { view } = session.store.state;
  const language = (code: 'en' | 'fr'): TemplateResult =>
    html`<button lang=${code} aria-pressed=${view.language === code} @click=${() => session.store.look({ language: code })}>${code.toUpperCase()}<span class="visually-hidden"> ${code === 'en' ? 'English' : 'Français'}</span></button>`;
  const isDark = view.theme === 'dark';
  return html`<header>
    <h1>Glassvisor</h1>
    <gv-guest-menu .store=${session.store} .session=${session} .lessons=${app.lessons} @wanted=${() => app.bringLessons()}>${layout === 'phone' ? actions(app) : nothing}</gv-guest-menu>
    ${lessonMark(app)}
    <span class="space"></span>
    ${layout === 'phone' ? nothing : actions(app)}
    <span class="pair" role="group" aria-label=${app.t('app.language')}>${language('en')}${language('fr')}</span>
    <button class="quiet" @click=${() => session.store.look({ theme: isDark ? 'light' : 'dark' })}>${app.t(isDark ? 'app.light' : 'app.dark')}</button>
    ${layout === 'phone' ? nothing : share(app)}
  </header>`;
}

/** Which lesson is open, and how far one is; leads there. */
function lessonMark(app: GlassvisorApp): TemplateResult | typeof nothing {
  const { lesson } = app.session.store.state;
  if (!lesson) return nothing;
  const { place: n, of: all, shown, steps } = lesson;
  const step = shown < steps.length ? app.t('lesson.step', { n: shown + 1, all: steps.length }) : app.t('lesson.done');
  const name = app.layout === 'desk' ? app.t('lesson.place', { n, all }) : `${n}/${all}`;
  const rest = app.layout === 'desk' ? step : `${app.t('lesson.place', { n, all })}, ${step}`;
  return html`<button class="quiet mark" title=${app.t('keys.lesson')} @click=${() => app.moveFocus('lesson')}><span aria-hidden=${app.layout === 'desk' ? nothing : 'true'}>${name}</span>${lessonRuler(lesson)}<span class="visually-hidden">${rest}</span></button>`;
}

/** The lesson, where one is open. */
function lesson({ session, lessons }: GlassvisorApp): TemplateResult | typeof nothing {
  return session.store.state.lesson && lessons
    ? html`<gv-lesson .store=${session.store} .guide=${lessons.guide} .shelf=${lessons}></gv-lesson>`
    : nothing;
}

function actions(app: GlassvisorApp): TemplateResult {
  const { layout } = app;
  return html`<span class="actions">
    <button class="quiet" @click=${() => app.pick()}>${app.t('app.open')}</button>
    <span class="pair">${zoomButton(app, -1)}${zoomButton(app, 1)}</span>
    ${layout === 'desk' ? html`<button class="quiet" title="⇧P" @click=${() => app.moveFocus('present')}>${app.t('present.title')}</button>` : nothing}
    <button class="quiet" title="?" @click=${() => app.moveFocus('help')}>${app.t('app.keys')}</button>
    ${layout === 'phone' ? share(app) : nothing}
  </span>`;
}

function share(app: GlassvisorApp): TemplateResult {
  return html`<button class="share" title="s" ?disabled=${!app.session.store.state.loaded} @click=${() => app.moveFocus('share')}>${app.t('share.title')}</button>`;
}

function zoomButton(app: GlassvisorApp, direction: 1 | -1): TemplateResult {
  const name = app.t(direction < 0 ? 'app.smaller' : 'app.larger');
  return html`<button title=${name} @click=${() => app.zoom(direction)}>${direction < 0 ? 'A−' : 'A+'}<span class="visually-hidden"> ${name}</span></button>`;
}

/** The panel that is looked at, under its tabs. */
export function stage(app: GlassvisorApp): TemplateResult {
  const { session, layout } = app;
  const { view, walk, frame, loaded } = session.store.state;
  const offered = STAGE.filter((panel) => isThere(panel.id, loaded));
  const current = offered.find((p) => p.id === view.scene) ?? offered[0];
  const count =
    current.id === 'walk' && walk && walk.total > 0
      ? html`<span class="count"><b>${session.store.state.reference ?? (walk.tlb.use === 'hit' ? 0 : walk.references.length)}</b> ${app.t(walk.total === 1 ? 'walk.ofOne' : 'walk.of', { total: walk.total })}</span>`
      : nothing;
  return html`<div class="scenes"><div class="tabs scrolls" role="tablist" aria-label=${app.t('stage.label')} @keydown=${rove}>${offered.map(
    (panel) =>
      html`<button role="tab" id="tab-${panel.id}" aria-selected=${panel === current} aria-controls="stage" tabindex=${panel === current ? 0 : -1} @click=${() => session.store.look({ scene: panel.id })}><kbd>${SCENE_KEYS[panel.id].toUpperCase()}</kbd> ${app.t(panel.title)}</button>`,
  )}</div>${layout === 'phone' ? nothing : html`<div class="aside">${count}</div>`}</div>
  ${layout === 'phone' ? html`<div class="instruction">${nextLine(frame, app.t('code.next'))}<span class="space"></span>${count}</div>` : nothing}
  <div class="panel" id="stage" role="tabpanel" aria-labelledby="tab-${current.id}">${current.render(session, layout)}</div>`;
}

/** On a small window the row of tabs scrolls: the chosen one comes into sight. */
export function revealTab(root: ParentNode): void {
  const tabs = root.querySelector('.scenes .tabs');
  const chosen = tabs?.querySelector<HTMLElement>('[aria-selected=true]');
  if (!tabs || !chosen || tabs.scrollWidth <= tabs.clientWidth) return;
  const [row, tab] = [tabs.getBoundingClientRect(), chosen.getBoundingClientRect()];
  if (tab.left < row.left) tabs.scrollLeft -= row.left - tab.left + MARGIN;
  else if (tab.right > row.right) tabs.scrollLeft += tab.right - row.right + MARGIN;
}

/** Who was here before, and how far; from the visit before. */
function offer(app: GlassvisorApp): TemplateResult | typeof nothing {
  const { keeper } = app.sharing;
  if (!keeper?.offer) return nothing;
  const { tick, name } = keeper.offer;
  return html`<div class="trouble offer" role="status"><span>${app.t('keep.offer', { tick: grouped(tick), name })}</span>
    <button class="link" @click=${() => keeper.take()}>${app.t('keep.take')}</button><span class="space"></span>
    <button class="link" @click=${() => keeper.forget()}>${app.t('keep.forget')}</button></div>`;
}

/** What went wrong, as a sentence, with the way out. */
export function trouble(app: GlassvisorApp): TemplateResult | typeof nothing {
  const { trouble: what, host, place, view } = app.session.store.state;
  if (!what && app.sharing.keeper?.offer) return offer(app);
  if (!what)
    return place === 'page' && host ? html`<div class="trouble quiet-trouble" role="status">${app.t('app.onPage')}</div>` : nothing;
  // The machine's own sentences are in English.
  if (what.isOurs)
    return html`<div class=${what.isNote ? 'trouble quiet-trouble' : 'trouble'} role=${what.isNote ? 'status' : 'alert'}>${what.isNote ? nothing : html`<b aria-hidden="true">✕</b> `}<span>${what.message}</span><span class="space"></span><button class="link" @click=${() => app.session.store.update({ trouble: null })}>${app.t('keys.close')}</button></div>`;
  const kept = app.sharing.keeper?.last;
  const sentence = html`<span lang="en">${what.message} ${what.hint}</span>`;
  return html`<div class="trouble" role="alert"><b aria-hidden="true">✕</b> <span>${host ? html`${view.language === 'en' ? nothing : app.t('app.refused')} ${sentence}` : html`${kept ? app.t('keep.lost', { tick: grouped(kept.tick) }) : app.t('app.lost')} <span lang="en">(${what.message})</span>`}</span><span class="space"></span>
    ${host ? html`<button class="link" @click=${() => app.session.store.update({ trouble: null })}>${app.t('keys.close')}</button>` : html`<button class="link" @click=${() => app.sharing.recover()}>${app.t(kept ? 'keep.take' : 'app.restart')}</button>`}</div>`;
}

import { bringFrench } from '../i18n/second-language.ts';
import { Keeper } from '../share/keeper.ts';
import { openShelf } from '../share/shelf.ts';
import { GlassvisorApp } from './app.ts';
import { restoreView } from './preferences.ts';

/** The built page works without a network from the second visit on; where service workers are refused (file://, frames), it does not. */
function workOffline(): void {
  // Only the built page has a manifest.
  if (document.querySelector('link[rel=manifest]') && 'serviceWorker' in navigator)
    void navigator.serviceWorker.register(new URL('service-worker.js', document.baseURI)).catch(() => {});
}

/** Shows the page, as the reader looked last time. */
export async function showPage(): Promise<void> {
  const view = restoreView();
  if (view.language === 'fr') await bringFrench().catch(() => {});
  document.documentElement.dataset['theme'] = view.theme;
  document.documentElement.lang = view.language;
  const app = new GlassvisorApp();
  app.session.store.look(view);
  app.sharing.keeper = new Keeper(app.session, openShelf());
  app.sharing.keeper.onLesson = (lesson) => app.sharing.takeUp(lesson);
  document.body.replaceChildren(app);
  await app.sharing.keeper.remember();
  workOffline();
}

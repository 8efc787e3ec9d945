import { GlassvisorApp } from './app.ts';
import { restoreView } from './preferences.ts';

/** Shows the page, as the reader looked last time. */
export function showPage(): void {
  const view = restoreView();
  document.documentElement.dataset['theme'] = view.theme;
  document.documentElement.lang = view.language;
  const app = new GlassvisorApp();
  app.session.store.look(view);
  document.body.replaceChildren(app);
}

/** The page's first code, and little of it: the worker starts at once, and the page is fetched beside it. */
import { startEarly } from './start.ts';

startEarly();
void import('./show-page.ts').then(({ showPage }) => showPage());

/** The entry of the page in one file (scripts/build-page.mjs): everything is in it, French too. */
import '../i18n/french.ts';
import { showPage } from './show-page.ts';

void showPage();

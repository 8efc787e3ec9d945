/** English words of panels, lessons and stories: in the element's builds they are not in the first catalogue (scripts/build-embed.mjs), and come with what needs them. */
import { EN } from '../ui/i18n/en.ts';
import { addEnglish } from '../ui/i18n/messages.ts';

addEnglish(EN);

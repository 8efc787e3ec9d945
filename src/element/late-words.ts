/** English words of device panels and stories: in the element's builds they are not in the first catalogue (scripts/build-embed.mjs), and come with what needs them. */
import { EN_BUS } from '../ui/i18n/en-bus.ts';
import { EN_DEVICES } from '../ui/i18n/en-devices.ts';
import { addEnglish } from '../ui/i18n/messages.ts';

addEnglish({ ...EN_DEVICES, ...EN_BUS });

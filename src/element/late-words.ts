/** English words of panels, lessons and stories: in the element's builds they are not in the first catalogue (scripts/build-embed.mjs), and come with what needs them. */
import { EN_BUS } from '../ui/i18n/en-bus.ts';
import { EN_CONSOLE } from '../ui/i18n/en-console.ts';
import { EN_DEVICES } from '../ui/i18n/en-devices.ts';
import { EN_EDIT } from '../ui/i18n/en-edit.ts';
import { EN_LESSONS } from '../ui/i18n/en-lessons.ts';
import { EN_MAP } from '../ui/i18n/en-map.ts';
import { EN_MEMORY } from '../ui/i18n/en-memory.ts';
import { EN_PAGE } from '../ui/i18n/en-page.ts';
import { EN_STOPS } from '../ui/i18n/en-stops.ts';
import { EN_TABLES } from '../ui/i18n/en-tables.ts';
import { EN_TLB } from '../ui/i18n/en-tlb.ts';
import { EN_VMX } from '../ui/i18n/en-vmx.ts';
import { addEnglish } from '../ui/i18n/messages.ts';

addEnglish({
  ...EN_BUS,
  ...EN_CONSOLE,
  ...EN_DEVICES,
  ...EN_EDIT,
  ...EN_LESSONS,
  ...EN_MAP,
  ...EN_MEMORY,
  ...EN_PAGE,
  ...EN_STOPS,
  ...EN_TABLES,
  ...EN_TLB,
  ...EN_VMX,
});

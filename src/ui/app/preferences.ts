import { restoreKeymap } from '../keymap.ts';
import { DEFAULT_VIEW, type View } from '../store.ts';

const KEY = 'glassvisor';
type Preferences = Pick<View, 'language' | 'isBilingual' | 'theme' | 'scale' | 'isTimeTall' | 'hiddenTracks'>;

/** How the reader looked last time; where storage is refused, or for the first time, as the browser is set. `?lang=fr&theme=dark` go first. */
export function restoreView(): View {
  const query = new URLSearchParams(location.search);
  const kept = read();
  const language = oneOf(query.get('lang'), ['en', 'fr']) ?? kept.language ?? (navigator.language.startsWith('fr') ? 'fr' : 'en');
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
  const theme = oneOf(query.get('theme'), ['light', 'dark']) ?? kept.theme ?? (isDark ? 'dark' : 'light');
  return { ...DEFAULT_VIEW, isBilingual: readsBoth(navigator.languages), ...kept, keymap: restoreKeymap(), language, theme };
}

/** Whether somebody whose browser names these languages reads both of the page's. */
export function readsBoth(languages: readonly string[]): boolean {
  return ['en', 'fr'].every((wanted) => languages.some((tag) => new RegExp(`^${wanted}\\b`, 'i').test(tag)));
}

/** Keeps what should be the same next time. Storage may be refused: then it is not. */
export function keepView({ language, isBilingual, theme, scale, isTimeTall, hiddenTracks }: View): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ language, isBilingual, theme, scale, isTimeTall, hiddenTracks }));
  } catch {
    // Third-party frames and strict settings refuse storage; the page works without.
  }
}

function read(): Partial<Preferences> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    const { language, isBilingual, theme, scale, isTimeTall, hiddenTracks } = kept as Record<string, unknown>;
    const result: { -readonly [K in keyof Preferences]?: Preferences[K] } = {};
    if (language === 'en' || language === 'fr') result.language = language;
    if (typeof isBilingual === 'boolean') result.isBilingual = isBilingual;
    if (theme === 'light' || theme === 'dark') result.theme = theme;
    if (typeof scale === 'number' && scale >= 0.75 && scale <= 2.5) result.scale = scale;
    if (typeof isTimeTall === 'boolean') result.isTimeTall = isTimeTall;
    if (Array.isArray(hiddenTracks)) result.hiddenTracks = hiddenTracks.filter((id) => typeof id === 'string');
    return result;
  } catch {
    return {};
  }
}

function oneOf<const T extends string>(text: string | null, choices: readonly T[]): T | undefined {
  return choices.find((c) => c === text);
}

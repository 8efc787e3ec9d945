/** The page's tokens as an element has them: on its host, so that the page around it can set each; without fonts, which an embed does not bring. */
import text from '../ui/theme/tokens.css?inline';
import { posterSheet } from './poster.ts';

type Theme = 'light' | 'dark';

const sheets = new Map<Theme, CSSStyleSheet>();

export const TOKENS = {
  /** Gives `root` the tokens of a theme, in place of those that it had. */
  adopt(root: ShadowRoot, theme: Theme): void {
    root.adoptedStyleSheets = [posterSheet(), sheetOf(theme)];
  },
};

/** Rules of `:root` and of the theme become the host's; all else is for a page. The browser's own parser reads them. */
function sheetOf(theme: Theme): CSSStyleSheet {
  const known = sheets.get(theme);
  if (known) return known;
  const page = new CSSStyleSheet();
  page.replaceSync(text);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync([...page.cssRules].map((rule) => hosted(rule, theme)).join('\n'));
  sheets.set(theme, sheet);
  return sheet;
}

function hosted(rule: CSSRule, theme: Theme): string {
  if (rule instanceof CSSMediaRule) {
    // An element does not know how wide the window is.
    if (rule.conditionText.includes('width')) return '';
    return `@media ${rule.conditionText} { ${[...rule.cssRules].map((inner) => hosted(inner, theme)).join(' ')} }`;
  }
  if (!(rule instanceof CSSStyleRule)) return '';
  const selectors = rule.selectorText.split(',').map((s) => s.trim());
  const isOurs = selectors.some((s) => s === ':root' || s.includes(`"${theme}"`));
  // A page that says --gv-font means the instrument's own voice.
  const sans = rule.style.getPropertyValue('--gv-sans').trim();
  if (isOurs && sans) rule.style.setProperty('--gv-sans', `var(--gv-font, ${sans})`);
  return isOurs ? `:host { ${rule.style.cssText} }` : '';
}

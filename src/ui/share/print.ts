/** The present moment on paper: what stands on the stage as a picture, the same as tables, why in a sentence, and a QR code that leads back here. */
import { css, html, nothing, render, type TemplateResult } from 'lit';
import type { MessageKey } from '../i18n/en.ts';
import { translate } from '../i18n/messages.ts';
import { prose } from '../i18n/typography.ts';
import { grouped } from '../reading.ts';
import type { Session } from '../session.ts';
import { SHARED } from '../theme/shared.ts';
import { typeset } from '../widgets/sentence.ts';
import { whatHappened, whyOf } from '../why/why.ts';
import { svgOf } from './picture.ts';
import type { qrPath } from './qr.ts';

/** What is printed of a moment, beside the stage itself. */
export interface Printed {
  readonly tick: number;
  readonly link: string;
  readonly qr: ReturnType<typeof qrPath>;
  readonly title: string;
}

/** Rows of cells, as text. */
type Table = readonly (readonly string[])[];

/** On paper there is nothing but the sheet; on the screen it is not there. */
const ALONE = new CSSStyleSheet();
ALONE.replaceSync(`
  @page { margin: 14mm; }
  @media screen { .gv-print { display: none; } }
  @media print { body:has(> .gv-print) > :not(.gv-print) { display: none !important; } }
`);

const SHEET = css`
  :host { display: block; color: var(--gv-fg); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header { display: flex; align-items: start; gap: var(--s6); border-bottom: 1px solid var(--gv-fg); padding-bottom: var(--s3); }
  header > div { flex: 1; }
  h1 { font: 400 1.25rem/1.3 var(--gv-serif); margin: 0; }
  h1, p { margin-bottom: var(--s2); }
  p { font: 400 var(--t-lead)/1.42 var(--gv-serif); }
  .qr { flex: none; width: 32mm; height: 32mm; }
  .link { font: 400 var(--t-micro)/1.4 var(--gv-mono); overflow-wrap: anywhere; text-decoration: none; white-space: normal; color: var(--ink2); }
  .picture svg { display: block; max-width: 100%; height: auto; margin: var(--s4) 0; }
  .picture { break-inside: avoid; }
  table { width: 100%; margin-bottom: var(--s4); }
  tr { break-inside: avoid; border-bottom: 1px solid var(--rule2); }
  tr:first-child { border-bottom-color: var(--rule-strong); font-weight: 600; }
  td { padding: .05rem var(--s3) .05rem 0; vertical-align: top; font-size: var(--t-small); line-height: 1.4; }
`;

/** Prints the moment: the stage is looked at in the light theme, drawn and as tables, then everything is as it was. */
export async function printMoment(session: Session, stage: Element, printed: Printed): Promise<void> {
  const { store } = session;
  const { theme, isTable, language } = store.state.view;
  let close = (): void => {};
  try {
    store.look({ theme: 'light', isTable: false });
    await drawn();
    const picture = svgOf(stage);
    store.look({ isTable: true });
    await drawn();
    close = lay(sheet(session, printed, tablesOf(stage)), picture, language);
    // The sheet is read in the light theme, as long as the browser takes.
    await drawn();
    print();
  } finally {
    store.look({ theme, isTable });
    close();
  }
}

/** Every table in there, through all shadows. */
export function tablesOf(root: ParentNode): readonly Table[] {
  return [...root.querySelectorAll('*')].flatMap((element): readonly Table[] => {
    const inside = element.shadowRoot ? tablesOf(element.shadowRoot) : [];
    if (!(element instanceof HTMLTableElement)) return inside;
    return [[...element.rows].map((row) => [...row.cells].map((cell) => cell.innerText.replace(/\s+/g, ' ').trim()))];
  });
}

/** Puts the sheet into the page; returns the way to take it out. */
function lay(content: TemplateResult, picture: string, language: string): () => void {
  const place = document.createElement('div');
  place.className = 'gv-print';
  place.lang = language;
  const root = place.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [SHARED, SHEET].flatMap(({ styleSheet }) => styleSheet ?? []);
  render(content, root);
  // As a document of its own, and not as markup of this one: a policy lets no markup set styles.
  const read = new DOMParser().parseFromString(picture, 'image/svg+xml').documentElement;
  read.setAttribute('aria-hidden', 'true');
  root.querySelector('.picture')?.append(document.importNode(read, true));
  document.adoptedStyleSheets.push(ALONE);
  document.body.append(place);
  return () => {
    place.remove();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== ALONE);
  };
}

function sheet({ store }: Session, { tick, link, qr, title }: Printed, tables: readonly Table[]): TemplateResult {
  const { state } = store;
  const { language, scene } = state.view;
  const t = (key: MessageKey, values = {}): string => translate(language, key, values);
  const happened = whatHappened(state);
  const why = whyOf(state);
  return html`<header>
      <div><h1>${title}</h1>
        <p>${t('print.where', { tick: grouped(tick), scene: t(`${scene}.title`) })}${happened ? html` ${typeset(language, happened)}.` : nothing}</p>
        ${why ? html`<p>${typeset(language, why.sentence)}</p>` : nothing}
        <p class="link">${qr ? prose(language, t('print.back')) : link}</p></div>
      ${qr ? html`<svg class="qr" viewBox="0 0 ${qr.size} ${qr.size}" role="img" aria-label=${t('share.qr')} shape-rendering="crispEdges"><path d=${qr.path} fill="#000" /></svg>` : nothing}
    </header>
    <div class="picture"></div>
    ${tables.map((rows) => html`<table>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</table>`)}`;
}

/** Resolves when panels that ask the machine have been drawn. */
async function drawn(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setTimeout(resolve, 60));
  await new Promise((resolve) => requestAnimationFrame(resolve));
}

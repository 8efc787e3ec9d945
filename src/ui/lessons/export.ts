/** A lesson as one HTML file: the page in one file (scripts/build-page.mjs) with the lesson's name in it. */

/** The page that `npm run build` puts beside this one. */
const ONE_PAGE = 'one-page.html';
const META = /(<meta name="glassvisor-lesson" content=")[\w-]*(")/;

/** The lesson that the page was exported for; '' where it is no export. */
export function lessonOfPage(): string {
  return contentOf('glassvisor-lesson');
}

/** The whole file of somebody's own lesson that the page was exported for; '' where it comes with the page. */
export function fileOfPage(): string {
  return contentOf('glassvisor-lesson-file');
}

function contentOf(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content ?? '';
}

/** The file's bytes; null where the page is not built, or there is no network for it. `text` is that of somebody's own lesson. */
export async function lessonFile(id: string, text: string | null): Promise<Uint8Array | null> {
  const answer = await fetch(new URL(ONE_PAGE, document.baseURI)).catch(() => null);
  const html = answer?.ok ? await answer.text() : '';
  return META.test(html) ? new TextEncoder().encode(withLesson(html, id, text)) : null;
}

/** `html` of the page in one file, opening the lesson `id`; or with its file, `text`, somebody's own. */
export function withLesson(html: string, id: string, text: string | null = null): string {
  const file = text === null ? '' : ` />\n<meta name="glassvisor-lesson-file" content="${escaped(text)}"`;
  return html.replace(META, (_, before: string, after: string) => `${before}${id.replace(/[^\w-]/g, '')}${after}${file}`);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

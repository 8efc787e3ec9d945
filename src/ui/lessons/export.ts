/** A lesson as one HTML file: the page in one file (scripts/build-page.mjs) with the lesson's name in it. */

/** The page that `npm run build` puts beside this one. */
const ONE_PAGE = 'one-page.html';
const META = /(<meta name="glassvisor-lesson" content=")[\w-]*(")/;

/** The lesson that the page was exported for; '' where it is no export. */
export function lessonOfPage(): string {
  return document.querySelector<HTMLMetaElement>('meta[name=glassvisor-lesson]')?.content ?? '';
}

/** The file's bytes; null where the page is not built, or there is no network for it. */
export async function lessonFile(id: string): Promise<Uint8Array | null> {
  const answer = await fetch(new URL(ONE_PAGE, document.baseURI)).catch(() => null);
  const html = answer?.ok ? await answer.text() : '';
  return META.test(html) ? new TextEncoder().encode(withLesson(html, id)) : null;
}

/** `html` of the page in one file, opening the lesson `id`. */
export function withLesson(html: string, id: string): string {
  return html.replace(META, (_, before: string, after: string) => `${before}${id.replace(/[^\w-]/g, '')}${after}`);
}

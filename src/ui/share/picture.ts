/** A picture of what is on the stage, whatever it is made of: every text, rule, ground and drawing at the place where the browser has laid it out, as plain SVG that
 *  any program reads. A PNG is that SVG painted. */
const NAMESPACE = 'http://www.w3.org/2000/svg';
/** Of a drawing's own styles, what a sheet may have said. */
const DRAWN = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-opacity',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'font-style',
  'text-anchor',
  'dominant-baseline',
  'letter-spacing',
  'shape-rendering',
  'display',
  'visibility',
] as const;
const SIDES = ['Top', 'Right', 'Bottom', 'Left'] as const;
const PNG_SCALE = 2;

interface Sheet {
  readonly out: string[];
  /** What is drawn is counted from here. */
  readonly frame: DOMRect;
  readonly measure: CanvasRenderingContext2D | null;
}

/** An SVG document of `root`, as it is seen now. */
export function svgOf(root: Element): string {
  const frame = root.getBoundingClientRect();
  const sheet: Sheet = { out: [], frame, measure: document.createElement('canvas').getContext('2d') };
  draw(root, sheet);
  const ground = getComputedStyle(root).getPropertyValue('--gv-bg').trim() || '#fff';
  const [width, height] = [Math.ceil(frame.width), Math.ceil(frame.height)];
  return `<svg xmlns="${NAMESPACE}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><rect width="${width}" height="${height}" fill="${ground}"/>${sheet.out.join('')}</svg>\n`;
}

/** The same as PNG, at twice the size, in the page's own fonts. */
export async function pngOf(root: Element): Promise<Uint8Array> {
  const image = new Image();
  const svg = svgOf(root).replace('>', `><style>${await fonts()}</style>`);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width * PNG_SCALE;
  canvas.height = image.height * PNG_SCALE;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('The browser makes no PNG of this size.');
  return new Uint8Array(await blob.arrayBuffer());
}

/** The page's fonts as rules that need nothing from outside: an image may fetch nothing. */
async function fonts(): Promise<string> {
  const faces = [...document.styleSheets].flatMap((sheet) =>
    facesOf(sheet).map((rule) => ({ rule, base: sheet.href ?? document.baseURI })),
  );
  const texts = faces.map(async ({ rule, base }) => {
    const address = /url\(["']?([^"')]+)/.exec(rule.style.getPropertyValue('src'))?.[1];
    if (address === undefined) return '';
    const bytes = new Uint8Array(await (await fetch(new URL(address, base))).arrayBuffer());
    const data = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    return rule.cssText.replace(/url\([^)]*\)/, `url(data:font/woff2;base64,${data})`);
  });
  // Where they cannot be had, the system's stand in.
  return Promise.all(texts).then(
    (all) => all.join(''),
    () => '',
  );
}

function facesOf(sheet: CSSStyleSheet): readonly CSSFontFaceRule[] {
  try {
    return [...sheet.cssRules].filter((rule) => rule instanceof CSSFontFaceRule);
  } catch {
    // A sheet of somebody else's server.
    return [];
  }
}

function draw(element: Element, sheet: Sheet): void {
  const style = getComputedStyle(element);
  if (style.display === 'none' || style.visibility === 'hidden' || style.clipPath.startsWith('inset(50%')) return;
  const box = element.getBoundingClientRect();
  if (style.display !== 'contents') {
    // Behind the edge of the panel, or nothing at all.
    if (isOutside(box, sheet.frame) && box.width > 0) return;
    if (element instanceof SVGSVGElement) return drawing(element, box, sheet);
    ground(style, box, sheet);
    borders(style, box, sheet);
    marks(element, style, box, sheet);
  }
  for (const node of childrenOf(element)) {
    if (node instanceof Element) draw(node, sheet);
    else if (node instanceof Text) words(node, getComputedStyle(node.parentElement ?? element), sheet);
  }
}

/** As they are seen: those of the shadow, and for a slot what was put in. */
function childrenOf(element: Element): readonly Node[] {
  if (element instanceof HTMLSlotElement) return element.assignedNodes({ flatten: true });
  return [...(element.shadowRoot ?? element).childNodes];
}

function isOutside(box: DOMRect, frame: DOMRect): boolean {
  return box.right < frame.left || box.left > frame.right || box.bottom < frame.top || box.top > frame.bottom;
}

// What CSS paints ----------------------------------------------------------------------------------------------------------------------------
function ground(style: CSSStyleDeclaration, box: DOMRect, sheet: Sheet): void {
  if (isClear(style.backgroundColor)) return;
  sheet.out.push(`<rect ${place(box, sheet)} rx="${round(Math.min(radius(style), box.height / 2))}" fill="${style.backgroundColor}"/>`);
}

/** Four alike are a frame, others are lines. */
function borders(style: CSSStyleDeclaration, box: DOMRect, { out, frame }: Sheet): void {
  const sides = SIDES.map((side) => ({
    width: Number.parseFloat(style[`border${side}Width`]),
    line: style[`border${side}Style`],
    colour: style[`border${side}Color`],
  })).map((side) => (side.line === 'none' || side.line === 'hidden' || isClear(side.colour) ? { ...side, width: 0 } : side));
  const [{ width, line, colour }] = sides;
  const [x, y, right, bottom] = [box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top];
  if (width > 0 && sides.every((s) => s.width === width && s.line === line && s.colour === colour)) {
    const dashes = line === 'dashed' ? ` stroke-dasharray="${round(width * 3)}"` : '';
    const stroke = line === 'double' ? width / 3 : width;
    for (const inset of line === 'double' ? [stroke / 2, width - stroke / 2] : [width / 2]) {
      const corner = round(Math.max(0, Math.min(radius(style), box.height / 2) - inset));
      out.push(
        `<rect x="${round(x + inset)}" y="${round(y + inset)}" width="${round(box.width - 2 * inset)}" height="${round(box.height - 2 * inset)}" rx="${corner}" fill="none" stroke="${colour}" stroke-width="${round(stroke)}"${dashes}/>`,
      );
    }
    return;
  }
  const ends = [
    [x, y + sides[0].width / 2, right, y + sides[0].width / 2],
    [right - sides[1].width / 2, y, right - sides[1].width / 2, bottom],
    [x, bottom - sides[2].width / 2, right, bottom - sides[2].width / 2],
    [x + sides[3].width / 2, y, x + sides[3].width / 2, bottom],
  ];
  sides.forEach((side, i) => {
    if (side.width === 0 || box.width + box.height === 0) return;
    const [x1, y1, x2, y2] = ends[i].map(round);
    const dashes = side.line === 'dashed' ? ` stroke-dasharray="${round(side.width * 3)}"` : '';
    out.push(`<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${side.colour}" stroke-width="${round(side.width)}"${dashes}/>`);
  });
}

/** Rules and dots that a sheet adds before and after: those that it places itself. */
function marks(element: Element, style: CSSStyleDeclaration, box: DOMRect, sheet: Sheet): void {
  for (const which of ['::before', '::after']) {
    const mark = getComputedStyle(element, which);
    if (mark.content === 'none' || mark.content === 'normal' || mark.position !== 'absolute' || style.position === 'static') continue;
    const at = (text: string): number => Number.parseFloat(text) || 0;
    const x = box.left + at(style.borderLeftWidth) + at(mark.left);
    const y = box.top + at(style.borderTopWidth) + at(mark.top);
    const place = new DOMRect(x, y, at(mark.width), at(mark.height));
    ground(mark, place, sheet);
    borders(mark, place, sheet);
  }
}

// Text ---------------------------------------------------------------------------------------------------------------------------------------
function words(node: Text, style: CSSStyleDeclaration, { out, frame, measure }: Sheet): void {
  if (node.data.trim() === '' || !measure) return;
  measure.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  for (const { text: written, box } of linesOf(node)) {
    if (isOutside(box, frame) || box.width === 0) continue;
    const text = asWide(written, box.width, measure);
    const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = measure.measureText(text);
    const baseline = box.top - frame.top + (box.height - above - below) / 2 + above;
    const line = style.textDecorationLine === 'none' ? '' : ` text-decoration="${style.textDecorationLine}"`;
    const slant = style.fontStyle === 'normal' ? '' : ` font-style="${style.fontStyle}"`;
    out.push(
      `<text x="${round(box.left - frame.left)}" y="${round(baseline)}" textLength="${round(box.width)}" lengthAdjust="spacingAndGlyphs" font-family="${escaped(style.fontFamily)}" font-size="${style.fontSize}" font-weight="${style.fontWeight}"${slant} fill="${style.color}"${line} xml:space="preserve">${escaped(text)}</text>`,
    );
  }
}

/** Blanks are collapsed, at an end they are shown or not: as the text is wide. */
function asWide(text: string, width: number, measure: CanvasRenderingContext2D): string {
  const plain = text.replace(/[ \t\n\r]+/g, ' ');
  const choices = [text, plain, plain.trimStart(), plain.trimEnd(), plain.trim()];
  const off = choices.map((choice) => Math.abs(measure.measureText(choice).width - width));
  return choices[off.lastIndexOf(Math.min(...off))];
}

/** The text as it is broken, with the place of each line. */
function linesOf(node: Text): readonly { readonly text: string; readonly box: DOMRect }[] {
  const range = document.createRange();
  range.selectNodeContents(node);
  const boxes = [...range.getClientRects()];
  if (boxes.length <= 1) return boxes.map((box) => ({ text: node.data, box }));
  const lines: { text: string; box: DOMRect }[] = [];
  for (let i = 0; i < node.length; i++) {
    range.setStart(node, i);
    range.setEnd(node, i + 1);
    const box = range.getBoundingClientRect();
    if (box.width === 0) continue;
    const last = lines.at(-1);
    if (last && Math.abs(last.box.top - box.top) < 1) {
      last.text += node.data[i];
      last.box = new DOMRect(last.box.left, last.box.top, box.right - last.box.left, box.height);
    } else lines.push({ text: node.data[i], box });
  }
  return lines;
}

// Drawings -----------------------------------------------------------------------------------------------------------------------------------
/** As it is, with what its sheet says written into it. */
function drawing(svg: SVGSVGElement, box: DOMRect, sheet: Sheet): void {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const copies = [copy, ...copy.querySelectorAll('*')];
  [svg, ...svg.querySelectorAll('*')].forEach((from, i) => {
    const style = getComputedStyle(from);
    const to = copies[i];
    for (const name of ['style', 'class', 'part', 'role', 'tabindex']) to.removeAttribute(name);
    for (const name of DRAWN) to.setAttribute(name, style.getPropertyValue(name));
  });
  for (const [name, value] of [
    ['x', box.left - sheet.frame.left],
    ['y', box.top - sheet.frame.top],
    ['width', box.width],
    ['height', box.height],
  ] as const)
    copy.setAttribute(name, round(value));
  // Comments are Lit's own.
  sheet.out.push(new XMLSerializer().serializeToString(copy).replace(/<!--.*?-->/gs, ''));
}

function place(box: DOMRect, { frame }: Sheet): string {
  return `x="${round(box.left - frame.left)}" y="${round(box.top - frame.top)}" width="${round(box.width)}" height="${round(box.height)}"`;
}

function radius(style: CSSStyleDeclaration): number {
  const { borderTopLeftRadius } = style;
  return borderTopLeftRadius.endsWith('%') ? Number.POSITIVE_INFINITY : Number.parseFloat(borderTopLeftRadius) || 0;
}

function isClear(colour: string): boolean {
  return colour === 'transparent' || /,\s*0\)$|\/\s*0\)$/.test(colour);
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

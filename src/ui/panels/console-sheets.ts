/** xterm.js writes its theme into <style> elements, which a policy of `style-src 'self'` refuses, and complains of. A constructed style sheet is no inline style:
 *  while the terminal opens, all at once, each <style> that it makes becomes one of those. */

/** Does `open`, which makes elements in `root`; returns the way to take their sheets away again. */
export function withSheets(root: ShadowRoot, open: () => void): () => void {
  const made: CSSStyleSheet[] = [];
  // The element itself, not its prototype: nobody else can see it between these lines.
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    if (name !== 'style') return Document.prototype.createElement.call(document, name, options);
    const sheet = new CSSStyleSheet();
    made.push(sheet);
    return standIn(sheet);
  }) as typeof document.createElement;
  try {
    open();
  } finally {
    // What is left is the prototype's.
    Reflect.deleteProperty(document, 'createElement');
  }
  root.adoptedStyleSheets.push(...made);
  return () => {
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter((sheet) => !made.includes(sheet));
  };
}

/** An element that shows nothing; text put into it goes to `sheet`. */
function standIn(sheet: CSSStyleSheet): HTMLElement {
  const element = Document.prototype.createElement.call(document, 'template');
  Object.defineProperty(element, 'textContent', { set: (text: string) => sheet.replaceSync(text) });
  return element;
}

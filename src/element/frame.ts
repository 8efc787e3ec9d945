/** The page inside an iframe: one element that fills it, made from the address, and a port to the page around. */
import type { GlassVisorElement } from './class.ts';
import {
  ASKING,
  COMMANDS,
  FRAME_EVENTS,
  FRAME_VERSION,
  type FrameAnswer,
  type FrameMethod,
  type FrameRequest,
  type Hello,
  READABLE,
  type Welcome,
} from './frame-protocol.ts';
import type { StopPlaces } from './types.ts';

/** Attributes that the address may set: `embed.html#guest=paging&lang=fr`. Editors of learning platforms strip the hash: `?` does as well. */
const FROM_ADDRESS = [
  ...['guest', 'src', 'lesson', 'checkpoint', 'label', 'lang', 'theme', 'density', 'font-scale'],
  ...['scene', 'scenes', 'controls', 'lens', 'tick', 'step', 'granularity', 'speed'],
  ...['reveal', 'autoplay', 'norun', 'keys', 'editable', 'readonly', 'persist'],
];
/** Attributes that a page may set later. */
const SETTABLE: readonly string[] = [...FROM_ADDRESS, 'app'];

/** Fills the page with one element; the attributes of `more` stand where the address says nothing. */
export function fillFrame(more: Readonly<Record<string, string>> = {}): GlassVisorElement {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('html, body { margin: 0; height: 100% } glass-visor { block-size: 100%; border: 0 }');
  document.adoptedStyleSheets = [sheet];
  const address = parameters();
  const element = document.createElement('glass-visor');
  for (const name of FROM_ADDRESS) {
    const value = address.get(name);
    if (value !== null) element.setAttribute(name, value);
  }
  for (const [name, value] of Object.entries(more)) if (!element.hasAttribute(name)) element.setAttribute(name, value);
  document.documentElement.lang = address.get('lang') ?? 'en';
  document.body.replaceChildren(element);
  listen(element, address.get('origin'));
  return element;
}

/** The query, and the hash over it. */
function parameters(): URLSearchParams {
  const all = new URLSearchParams(location.search);
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) all.set(name, value);
  return all;
}

/** Answers the page around, and nobody else, once. */
function listen(element: GlassVisorElement, origin: string | null): void {
  const hear = (event: MessageEvent<Partial<Hello> | null>): void => {
    const hello = event.data;
    if (event.source !== window.parent || window.parent === window) return;
    if (typeof hello !== 'object' || hello?.gv !== FRAME_VERSION || hello.type !== 'hello' || typeof hello.id !== 'string') return;
    removeEventListener('message', hear);
    const trusted = isTrusted(event.origin, origin);
    const { port1, port2 } = new MessageChannel();
    serve(port1, element, trusted);
    const welcome: Welcome = { gv: FRAME_VERSION, type: 'welcome', id: hello.id, trusted };
    (event.source as Window).postMessage(welcome, { targetOrigin: '*', transfer: [port2] });
  };
  addEventListener('message', hear);
}

/** The origin that the address names (`*`: any), else the one that the browser says led here. */
function isTrusted(from: string, named: string | null): boolean {
  if (named !== null) return named === '*' || named === from;
  try {
    return document.referrer !== '' && new URL(document.referrer).origin === from;
  } catch {
    return false;
  }
}

function serve(port: MessagePort, element: GlassVisorElement, trusted: boolean): void {
  port.addEventListener('message', (event: MessageEvent<FrameRequest>) => {
    void answer(element, event.data, trusted).then((reply) => port.postMessage(reply));
  });
  for (const type of FRAME_EVENTS) {
    element.addEventListener(type, (event) => port.postMessage({ event: type, detail: event.detail }));
  }
  port.start();
}

async function answer(element: GlassVisorElement, request: FrameRequest, trusted: boolean): Promise<FrameAnswer> {
  const id = Number(request?.id);
  const params = Array.isArray(request?.params) ? (request.params as readonly unknown[]) : [];
  const method = request?.method;
  const isCommand = isIn(COMMANDS, method);
  if (!isCommand && !isIn(READABLE, method) && !isIn(ASKING, method))
    return { id, error: { code: 'unknown-method', message: `There is no method "${method}".` } };
  if (isCommand && !trusted)
    return {
      id,
      error: { code: 'not-trusted', message: 'The frame does not know this page: name its origin in ?origin= of the frame’s address.' },
    };
  try {
    return { id, result: await call(element, method, params) };
  } catch (error) {
    return { id, error: { code: 'refused', message: (error as Error).message } };
  }
}

async function call(element: GlassVisorElement, method: FrameMethod, params: readonly unknown[]): Promise<unknown> {
  if (isIn(READABLE, method)) return element[method];
  if (method === 'get' || method === 'set') return attribute(element, method, params);
  if (method === 'breakAt') {
    element.breakpoints = params[0] as Partial<StopPlaces>;
    return null;
  }
  const work = element[method] as (...args: unknown[]) => unknown;
  // A method that has no answer of its own tells where the machine stands.
  return (await work.apply(element, [...params])) ?? element.position;
}

/** The value of an attribute, null for none; or sets it, `null` takes it away. */
function attribute(element: GlassVisorElement, method: 'get' | 'set', [given, value]: readonly unknown[]): string | null {
  const name = String(given);
  if (!SETTABLE.includes(name)) throw new Error(`A page cannot ${method} "${name}".`);
  if (method === 'get') return element.getAttribute(name);
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, String(value));
  return null;
}

function isIn<T extends string>(list: readonly T[], name: string): name is T {
  return (list as readonly string[]).includes(name);
}

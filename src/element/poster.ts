/** What stands on the page until somebody asks for the machine. */
import { type Tongue, WORDS } from './words.ts';

/** Ground and ink are the viewer's, so that nothing jumps when it comes. */
const STYLES = `
:host{display:block;box-sizing:border-box;position:relative;min-width:0;contain:content;block-size:420px;--bg:var(--gv-bg,#faf8f2);--fg:var(--gv-fg,#1b1a17);--soft:#55524a;background:var(--bg);color:var(--fg);border:1px solid #8a857866;border-radius:var(--gv-radius,2px);overflow:hidden}
@media (prefers-color-scheme:dark){:host(:not([theme=light])){--bg:var(--gv-bg,#141412);--fg:var(--gv-fg,#ece8dd);--soft:#aba698}}
:host([theme=dark]){--bg:var(--gv-bg,#141412);--fg:var(--gv-fg,#ece8dd);--soft:#aba698}
:host([density=full]),:host([lesson]){block-size:640px}
:host([hidden]){display:none}
.frame{display:flex;flex-direction:column;block-size:100%}
.place{flex:1;min-block-size:0;position:relative}
button{all:unset;box-sizing:border-box;position:absolute;inset:0;display:grid;grid-template-rows:1fr auto;cursor:pointer;font:15px/1.4 var(--gv-font,system-ui,sans-serif);color:inherit}
button:focus-visible{outline:2px solid currentColor;outline-offset:-4px}
.picture{display:grid;place-items:center;min-block-size:0;overflow:hidden;padding:1rem;text-align:center}
.word{font:20px/1.3 Charter,Cambria,Georgia,serif}
.note{color:var(--soft);font-size:13px}
.bar{border-top:1px solid currentColor;padding:.6rem 1rem;display:flex;gap:.75rem;align-items:baseline}
.bar b{font-weight:600}
.bar span{color:var(--soft);margin-inline-start:auto;font:13px/1.4 ui-monospace,Menlo,Consolas,monospace;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
button[aria-busy=true]{cursor:progress}
::slotted(:is([slot=poster],[slot=fallback])){max-width:100%;max-height:100%;display:block}
.alone{margin:0;padding:1rem;font:15px/1.4 var(--gv-font,system-ui,sans-serif);color:var(--soft)}
.caption{padding:0 1rem;font:13px/1.5 var(--gv-font,system-ui,sans-serif);color:var(--soft)}
`;

let sheet: CSSStyleSheet | null = null;

/** The sheet of every poster: one for all. */
export function posterSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
  }
  return sheet;
}

/** The poster's parts. */
export interface Poster {
  readonly frame: HTMLElement;
  /** Where the viewer goes. */
  readonly place: HTMLElement;
  readonly button: HTMLButtonElement;
  /** Says what is the matter. */
  say(language: Tongue, state: 'waits' | 'starts' | 'failed', name: string, why?: string): void;
}

/** Builds a poster; without innerHTML, which a page's policy may refuse. */
export function makePoster(): Poster {
  const make = <K extends keyof HTMLElementTagNameMap>(tag: K, part = '', ...children: Node[]): HTMLElementTagNameMap[K] => {
    const element = document.createElement(tag);
    if (part) element.className = part;
    element.append(...children);
    return element;
  };
  const slotOf = (name: string, ...children: Node[]): HTMLSlotElement => {
    const slot = make('slot', '', ...children);
    slot.name = name;
    return slot;
  };
  const slot = slotOf('poster');
  const instead = slotOf('fallback');
  const [word, note, verb, name] = [make('div', 'word'), make('div', 'note'), make('b'), make('span')];
  const about = make('div', '', word, note);
  slot.append(about);
  const picture = make('div', 'picture', slot);
  const button = make('button', '', picture, make('div', 'bar', verb, name));
  button.type = 'button';
  button.setAttribute('part', 'poster button');
  const place = make('div', 'place', button);
  const frame = make('div', 'frame', place, make('div', 'caption', slotOf('caption')));
  frame.setAttribute('part', 'frame');
  word.textContent = 'Glassvisor';
  const say: Poster['say'] = (language, state, what, why) => {
    const words = { waits: WORDS.start, starts: WORDS.starting, failed: WORDS.again }[state];
    verb.textContent = words[language];
    name.textContent = what;
    note.textContent = state === 'failed' ? `${WORDS.failed[language]} ${why ?? ''}` : WORDS.about[language];
    if (state === 'failed') {
      // What the page has for readers without a machine, else its poster; and why.
      instead.append(slot);
      picture.replaceChildren(instead, note);
    } else {
      about.append(note);
      picture.replaceChildren(slot);
    }
    button.setAttribute('aria-busy', String(state === 'starts'));
    button.lang = language;
  };
  return { frame, place, button, say };
}

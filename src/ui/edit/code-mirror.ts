/** CodeMirror 6 for our assembler's language, in the page's type. Loaded only when a text is edited. */
import { autocompletion, type CompletionContext, type CompletionResult, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, linter, lintKeymap } from '@codemirror/lint';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers, type Tooltip } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { InstructionHelp, SourceProblem } from '../../api/protocol.ts';
import { DIRECTIVES, labelsIn, REGISTERS } from './words.ts';

/** What the editor asks of the page. */
export interface EditorPage {
  /** For those who listen. */
  readonly label: string;
  readonly text: string;
  readonly help: readonly InstructionHelp[];
  changed(text: string): void;
  /** The problems of `text`, when typing pauses. */
  check(text: string): Promise<readonly SourceProblem[]>;
  /** The cursor stands at this line and column, from 1. */
  moved(line: number, column: number): void;
  /** A few lines about a mnemonic. */
  describe(help: InstructionHelp): HTMLElement;
  run(): void;
}

/** Milliseconds without typing before the text is assembled. */
const PAUSE_MS = 400;

const LANGUAGE = StreamLanguage.define<{ isStart: boolean }>({
  name: 'assembly',
  startState: () => ({ isStart: true }),
  token: (stream, state) => {
    if (stream.sol()) state.isStart = true;
    if (stream.eatSpace()) return null;
    if (stream.match(/^;.*/)) return 'comment';
    if (stream.match(/^("[^"]*"|'[^']*'|`[^`]*`)/)) return 'string';
    if (stream.match(/^%\w+/)) return 'meta';
    if (state.isStart && stream.match(/^[.A-Za-z_?@][\w.$#@~?]*(?=:|\s+equ\b)/)) return 'labelName';
    state.isStart = false;
    if (stream.match(/^[.A-Za-z_?@][\w.$#@~?]*/) || stream.match(/^\d\w*/)) return null;
    stream.next();
    return null;
  },
});

/** Ink alone: labels stand out, comments step back. Hue means an address, or now. */
const TYPE = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--ink3)' },
  { tag: tags.string, color: 'var(--ink2)' },
  { tag: tags.meta, color: 'var(--ink2)' },
  { tag: tags.labelName, fontWeight: '600' },
]);

const LOOK = EditorView.theme({
  '&': { height: '100%', color: 'var(--gv-fg)', backgroundColor: 'var(--gv-bg)', fontSize: 'var(--t-mono)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--gv-mono)', lineHeight: '1.25rem', fontVariantLigatures: 'none' },
  '.cm-content': { caretColor: 'var(--gv-now)' },
  '.cm-cursor': { borderLeft: '2px solid var(--gv-now)' },
  '.cm-gutters': { backgroundColor: 'var(--gv-bg)', color: 'var(--ink3)', border: '0' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--sunk)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { background: 'var(--gv-changed)' },
  '.cm-tooltip': { border: '1px solid var(--gv-fg)', backgroundColor: 'var(--sheet)', color: 'var(--gv-fg)' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--gv-mono)' },
  '.cm-tooltip-autocomplete > ul > li': { minHeight: '1.5rem', lineHeight: '1.5rem' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'var(--now-t)',
    color: 'var(--gv-fg)',
    boxShadow: 'inset 2px 0 var(--gv-now)',
  },
  '.cm-completionDetail': { color: 'var(--ink3)', fontStyle: 'normal' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600' },
  '.cm-lintRange-error': { backgroundImage: 'none', borderBottom: '3px double var(--gv-fg)' },
  '.cm-diagnostic-error': { borderLeft: '3px double var(--gv-fg)' },
  '.cm-lintPoint::after': { borderBottomColor: 'var(--gv-fg)' },
});

/** Makes an editor in `parent`, whose shadow root gets its styles. */
export function makeEditor(parent: HTMLElement, page: EditorPage): EditorView {
  const root = parent.getRootNode() as ShadowRoot;
  return new EditorView({ parent, root, state: EditorState.create({ doc: page.text, extensions: extensions(page) }) });
}

function extensions(page: EditorPage): Extension[] {
  const byName = new Map(page.help.map((help) => [help.name, help]));
  return [
    keymap.of([{ key: 'Mod-Enter', run: () => (page.run(), true) }]),
    keymap.of([...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap, { key: 'Escape', run: leave }]),
    lineNumbers(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    LANGUAGE,
    syntaxHighlighting(TYPE),
    autocompletion({ override: [(context) => complete(context, page.help)], icons: false }),
    hoverTooltip((view, at) => helpAt(view, at, (name) => byName.get(name) ?? null, page)),
    linter((view) => problems(view, page), { delay: PAUSE_MS }),
    EditorView.contentAttributes.of({ 'aria-label': page.label, lang: 'en', tabindex: '0' }),
    EditorView.updateListener.of(({ state, docChanged, selectionSet }) => {
      if (docChanged) page.changed(state.doc.toString());
      if (!docChanged && !selectionSet) return;
      const line = state.doc.lineAt(state.selection.main.head);
      page.moved(line.number, state.selection.main.head - line.from + 1);
    }),
    LOOK,
  ];
}

/** Escape gives the keys back to the page. */
function leave(view: EditorView): boolean {
  view.contentDOM.blur();
  return true;
}

async function problems(view: EditorView, page: EditorPage): Promise<Diagnostic[]> {
  const { doc } = view.state;
  const found = await page.check(doc.toString());
  return found.map(({ line, column, length, message, hint }) => {
    const at = doc.line(Math.max(1, Math.min(line, doc.lines)));
    const from = Math.min(at.from + column - 1, at.to);
    return { from, to: Math.min(from + Math.max(1, length), at.to), severity: 'error', message: hint ? `${message} ${hint}` : message };
  });
}

function complete(context: CompletionContext, help: readonly InstructionHelp[]): CompletionResult | null {
  const word = context.matchBefore(/[%.\w?@]+/);
  if (!word || (word.from === word.to && !context.explicit) || /^\d/.test(word.text)) return null;
  const text = context.state.doc.toString();
  const own = labelsIn(text).filter((label) => label !== word.text);
  return {
    from: word.from,
    options: [
      ...help.map(({ name, title }) => ({ label: name, detail: title, type: 'function' })),
      ...REGISTERS.map((label) => ({ label, type: 'variable' })),
      ...DIRECTIVES.map((label) => ({ label, type: 'keyword' })),
      ...own.map((label) => ({ label, type: 'constant', boost: 1 })),
    ],
    validFor: /^[%.\w?@]*$/,
  };
}

function helpAt(view: EditorView, at: number, find: (name: string) => InstructionHelp | null, page: EditorPage): Tooltip | null {
  const word = view.state.wordAt(at);
  if (!word) return null;
  const line = view.state.doc.lineAt(at);
  if (line.text.slice(0, word.from - line.from).includes(';')) return null;
  const help = find(view.state.sliceDoc(word.from, word.to).toLowerCase());
  return help && { pos: word.from, end: word.to, above: true, create: () => ({ dom: page.describe(help) }) };
}

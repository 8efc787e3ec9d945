/** What the reader can do, each once: buttons, keys and the help list read this. */
import type { MessageKey } from './i18n/en.ts';
import type { Session } from './session.ts';

export interface Command {
  readonly id: string;
  readonly title: MessageKey;
  /** As KeyboardEvent.key, with `Shift+` in front where needed; the first is the one shown. */
  readonly keys: readonly string[];
  run(session: Session, key: string): unknown;
}

export const COMMANDS: readonly Command[] = [
  { id: 'step', title: 'keys.step', keys: ['ArrowRight', ' '], run: (s) => s.step() },
  { id: 'back', title: 'keys.back', keys: ['ArrowLeft'], run: (s) => s.back() },
  { id: 'nextExit', title: 'keys.nextExit', keys: ['Shift+ArrowRight'], run: (s) => s.step('exit') },
  { id: 'previousExit', title: 'keys.previousExit', keys: ['Shift+ArrowLeft'], run: (s) => s.back('exit') },
  { id: 'run', title: 'keys.run', keys: ['c'], run: (s) => s.run() },
  { id: 'pause', title: 'keys.pause', keys: ['p'], run: (s) => s.pause() },
  { id: 'breakpoint', title: 'keys.breakpoint', keys: ['b'], run: (s) => s.toggleBreakpointHere() },
  { id: 'go', title: 'keys.go', keys: ['g'], run: (s) => s.focus('tick') },
  { id: 'lens', title: 'keys.lens', keys: ['l'], run: (s) => s.focus('lens') },
  { id: 'scene', title: 'keys.scene', keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'], run: (s, key) => s.showScene(Number(key) - 1) },
  { id: 'table', title: 'keys.table', keys: ['t'], run: (s) => s.toggleTable() },
  { id: 'reset', title: 'keys.reset', keys: ['Shift+R'], run: (s) => s.reset() },
  { id: 'help', title: 'keys.help', keys: ['?'], run: (s) => s.focus('help') },
];

/** Keys that mean something to a focused control and are left to it. */
const CONTROL_KEYS = new Set([' ', 'Enter', 'ArrowLeft', 'ArrowRight']);

/** The command for a key press, or null. Single keys never reach us from text fields, nor a control's own keys from that control. */
export function commandFor(event: KeyboardEvent): { command: Command; key: string } | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const target = event.composedPath()[0];
  if (target instanceof HTMLElement) {
    if (target.matches('input, textarea, select, [contenteditable]')) return null;
    if (
      CONTROL_KEYS.has(event.key) &&
      target.matches('button, a, summary, [role=radio], [role=tab], [role=slider]') &&
      event.key !== 'ArrowRight' &&
      event.key !== 'ArrowLeft'
    )
      return null;
    if (target.matches('[role=radio], [role=slider], [role=tab]') && event.key.startsWith('Arrow')) return null;
  }
  const key =
    event.shiftKey && event.key.length > 1
      ? `Shift+${event.key}`
      : event.shiftKey && /^[A-Z]$/.test(event.key)
        ? `Shift+${event.key}`
        : event.key;
  const command = COMMANDS.find((c) => c.keys.includes(key));
  return command ? { command, key } : null;
}

/** What the reader can do, each once: buttons, keys and the help list read this. */
import { openSource } from './edit/writing.ts';
import type { MessageKey } from './i18n/en.ts';
import { SCENE_KEYS, sceneOf } from './scenes.ts';
import type { Session } from './session.ts';
import { toggleBookmark } from './steps.ts';

export interface Command {
  readonly id: string;
  readonly title: MessageKey;
  /** As KeyboardEvent.key, with `Shift+` in front where needed; all are shown. */
  readonly keys: readonly string[];
  run(session: Session, key: string): unknown;
}

export const COMMANDS: readonly Command[] = [
  { id: 'step', title: 'keys.step', keys: ['ArrowRight', ' '], run: (s) => s.step() },
  { id: 'back', title: 'keys.back', keys: ['ArrowLeft'], run: (s) => s.back() },
  { id: 'nextExit', title: 'keys.nextExit', keys: ['Shift+ArrowRight'], run: (s) => s.step('exit') },
  { id: 'previousExit', title: 'keys.previousExit', keys: ['Shift+ArrowLeft'], run: (s) => s.back('exit') },
  { id: 'nextReference', title: 'keys.nextReference', keys: ['Ctrl+ArrowRight'], run: (s) => s.step('reference') },
  { id: 'previousReference', title: 'keys.previousReference', keys: ['Ctrl+ArrowLeft'], run: (s) => s.back('reference') },
  { id: 'bookmark', title: 'keys.bookmark', keys: ['m'], run: (s) => toggleBookmark(s) },
  { id: 'run', title: 'keys.run', keys: ['c'], run: (s) => s.run() },
  { id: 'runBack', title: 'keys.runBack', keys: ['Shift+C'], run: (s) => s.runBack() },
  { id: 'pause', title: 'keys.pause', keys: ['p'], run: (s) => s.pause() },
  { id: 'reset', title: 'keys.reset', keys: ['Shift+R'], run: (s) => s.reset() },
  { id: 'go', title: 'keys.go', keys: ['g'], run: (s) => s.focus('tick') },
  { id: 'breakpoint', title: 'keys.breakpoint', keys: ['b'], run: (s) => s.toggleBreakpointHere() },
  { id: 'lens', title: 'keys.lens', keys: ['l'], run: (s) => s.focus('lens') },
  { id: 'operand', title: 'keys.operand', keys: ['o'], run: (s) => s.pinOperand() },
  { id: 'follow', title: 'keys.follow', keys: ['f'], run: (s) => s.setPinned(!s.store.state.view.isPinned) },
  { id: 'scene', title: 'keys.scene', keys: Object.values(SCENE_KEYS), run: (s, key) => s.showScene(sceneOf(key)) },
  { id: 'table', title: 'keys.table', keys: ['t'], run: (s) => s.toggleTable() },
  { id: 'zoom', title: 'keys.zoom', keys: ['+', '-'], run: (s, key) => s.focus(key === '+' ? 'zoomIn' : 'zoomOut') },
  { id: 'console', title: 'keys.console', keys: ['i'], run: (s) => s.focus('console') },
  { id: 'source', title: 'keys.source', keys: ['e'], run: (s) => openSource(s) },
  { id: 'lesson', title: 'keys.lesson', keys: ['n'], run: (s) => s.focus('lesson') },
  { id: 'share', title: 'keys.share', keys: ['s'], run: (s) => s.focus('share') },
  { id: 'present', title: 'keys.present', keys: ['Shift+P'], run: (s) => s.focus('present') },
  { id: 'help', title: 'keys.help', keys: ['?'], run: (s) => s.focus('help') },
];

/** The command behind `key`, written as in `Command.keys`. */
export function commandOf(key: string): Command | undefined {
  return COMMANDS.find((command) => command.keys.includes(key));
}

/** Who may import whom, and what a file may contain. The test beside this folder reads these tables; change the architecture here and in src/README.md. */

export interface FolderRule {
  /** A folder of src, or one of the top level. `element` is src/element.ts. */
  readonly folder: string;
  /** A file imports from strictly lower ranks and from its own folder. */
  readonly rank: number;
  /** Narrower than the rank: path prefixes from the root, its own folder apart. */
  readonly only?: readonly string[];
  /** Packages and Node modules it may import, by prefix. */
  readonly packages?: readonly string[];
  readonly because: string;
}

const SHOWN = ['src/base/', 'src/arch/', 'src/trace/', 'src/isa/decode.ts', 'src/isa/format.ts', 'src/isa/explain.ts'];
const PAGE = [...SHOWN, 'src/api/protocol.ts', 'src/api/connect.ts', 'src/ui/', 'lessons/', 'src/element/', 'src/element.ts'];

export const FOLDERS: readonly FolderRule[] = [
  { folder: 'base', rank: 0, because: 'base knows nothing of x86' },
  { folder: 'arch', rank: 1, because: 'facts depend on nothing but base' },
  { folder: 'trace', rank: 1, because: 'events are data' },
  { folder: 'time', rank: 1, because: 'time replays through its own interface, which machine implements' },
  { folder: 'isa', rank: 2, because: 'a meaning must not know who reads it' },
  { folder: 'memory', rank: 3, because: 'address translation is testable without a CPU' },
  { folder: 'cpu', rank: 4, because: 'the CPU declares ports; devices and vmx implement them' },
  { folder: 'devices', rank: 4, because: 'a device is given a host, never the CPU' },
  { folder: 'jit', rank: 5, because: 'an optional engine: the machine runs without' },
  { folder: 'vmx', rank: 5, because: 'an optional engine: the CPU declares its port' },
  { folder: 'vmm', rank: 6, because: 'the hosted hypervisor does only what a guest could do' },
  { folder: 'machine', rank: 7, because: 'the composition root; nothing below imports it' },
  { folder: 'api', rank: 8, packages: ['comlink'], because: 'the one surface between a machine and whoever looks at it' },
  {
    folder: 'guests',
    rank: 8,
    only: ['src/isa/', 'src/base/', 'src/machine/config.ts', 'src/vmm/commands.ts'],
    because: 'a guest is source text and prose, assembled by our assembler; what it wants of its machine is plain data',
  },
  { folder: 'lessons', rank: 8, only: [], because: 'a lesson is a text: the page reads it' },
  { folder: 'workers', rank: 9, packages: ['comlink'], because: 'a worker only exposes the host' },
  { folder: 'cli', rank: 9, packages: ['node:'], because: 'the command drives the same host as the worker' },
  {
    folder: 'ui',
    rank: 10,
    only: PAGE,
    packages: ['lit', 'comlink', 'uqr', '@codemirror/', '@lezer/', '@xterm/'],
    because: 'the page shows a copy and never touches the machine',
  },
  { folder: 'element', rank: 10, only: PAGE, packages: ['lit', 'virtual:'], because: 'the element is the page, embedded' },
];

/** Single imports that a rule above would forbid. */
export const EXCEPTIONS: readonly { readonly from: string; readonly to: string; readonly because: string }[] = [
  { from: 'src/ui/app/start.ts', to: 'src/api/host.ts', because: 'where workers are refused, the page itself runs the host' },
  { from: 'src/element/machines.ts', to: 'workers/make-host.ts', because: 'likewise for the element' },
  { from: 'src/cli/lesson.ts', to: 'src/ui/lessons/read.ts', because: 'a lesson is read by one reader, on the page and off it' },
  { from: 'src/cli/main.ts', to: 'package.json', because: 'which says what is installed' },
  { from: 'src/ui/app/start.ts', to: 'guests/index.ts', because: 'and the guests that the worker would have brought' },
];

/** Folders of src that must give the same results everywhere, for ever: no DOM, no Node, no clock, no chance. */
export const CORE: readonly string[] = ['base', 'arch', 'trace', 'time', 'isa', 'memory', 'cpu', 'devices', 'vmx', 'vmm', 'machine'];

export interface NameRule {
  /** A global, or a member of one: `Math.random`. */
  readonly name: string;
  readonly because: string;
}

const DETERMINISM = 'results must not depend on when or where the machine runs';
const SEPARATION = 'the core has no DOM and no Node';
const SAFETY = 'code is made from data in one place alone, and WebAssembly nowhere';

export const FORBIDDEN_IN_CORE: readonly NameRule[] = [
  ...['Date', 'performance', 'Math.random', 'crypto', 'setTimeout', 'setInterval'].map((name) => ({ name, because: DETERMINISM })),
  ...['document', 'window', 'self', 'navigator', 'console', 'process', 'globalThis'].map((name) => ({ name, because: SEPARATION })),
  ...['eval', 'Function', 'WebAssembly'].map((name) => ({ name, because: SAFETY })),
];

/** At run time only `Execute` runs rows: the same functions under several recorders fall from 72 to 13 MIPS. */
export const MAY_RUN_ROWS: readonly string[] = ['src/cpu/', 'src/isa/record.ts'];

export interface ListRule {
  /** The list. */
  readonly list: string;
  /** What must be reachable from it by imports: every module of this folder, or `*` / a file of each of its folders. */
  readonly lists: 'files' | 'folders';
  /** Not modules of the kind that is listed. */
  readonly except?: readonly string[];
}

export const LISTS: readonly ListRule[] = [
  { list: 'src/isa/rows/index.ts', lists: 'files' },
  { list: 'src/devices/index.ts', lists: 'files', except: ['ports.ts'] },
  { list: 'src/ui/panels/index.ts', lists: 'files' },
  { list: 'guests/index.ts', lists: 'folders', except: ['lib'] },
];

export const MAX_LINES = 400;
/** Tables may be long. */
export const LONG: readonly string[] = ['src/isa/rows/', 'src/arch/', 'src/ui/i18n/'];

/** Places that exist on one machine only. */
export const FOREIGN_PATHS = /(?<![\w.])\/(?:work|tmp|root|home|Users)\/|[A-Z]:\\Users\\/;

/** The tracks of the timeline, from who ran down to what was pinned. To add one, add an entry. */
import { EXCEPTIONS } from '../../arch/exceptions.ts';
import { type FlushScope, WALK_RESULTS } from '../../trace/schema.ts';
import type { FillRecord, FlushRecord, WalkRecord } from '../fine-history.ts';
import { type EventRecord, type ExitRecord, type History, type Transition, within } from '../history.ts';
import { reasonName } from '../reading.ts';
import { exitDetail } from '../widgets/exit-detail.ts';
import { hexText } from '../widgets/number.ts';
import { LETTERS } from '../widgets/pins.ts';
import { at, say, type Sentence } from '../widgets/sentence.ts';
import { DEVICE_TRACK } from './timeline-devices.ts';
import { type Drawing, merged, type Source, type Told, type Track, track } from './timeline-marks.ts';

const PAGE = 12;
/** References of the longest walk: a two-level guest's tables under a four-level EPT. */
const LONGEST = 14;
/** Nearer than this, blocks would run into one another. */
const BLOCK_GAP = 7;

/** Interruption types: external, NMI. SDM vol. 3, "Interruption-Information Field". */
const INTERRUPTS = [0, 2];

/** What made entries go, in the word of the instruction or register that did. */
const FLUSHED_BY: Readonly<Record<FlushScope, string>> = {
  context: 'CR0/CR4',
  'context but global': 'CR3',
  address: 'INVLPG',
  INVVPID: 'INVVPID',
  INVEPT: 'INVEPT',
  'VM transition': 'VPID 0',
  'page fault': '#PF',
  'EPT violation': 'EPT',
  refilled: '',
};

/** These take the entries of one address, which refused an access: no flush that somebody ordered. */
const REFUSALS: ReadonlySet<FlushScope> = new Set(['page fault', 'EPT violation', 'refilled']);

/** What accesses are called on a pin's row. */
const LETTER_OF: Readonly<Record<number, string>> = { 0: '?', 1: 'R', 2: 'W', 4: 'X' };
const ACCESS_OF = { 1: 'time.read', 2: 'time.write', 4: 'time.fetch' } as const;

/** In the range of the source: what shows from its first tick to its last. */
export function inRange<T extends { readonly record: number; readonly at: number }>({ range }: Source, list: readonly T[]): readonly T[] {
  return within(list, range.from - 1, range.to);
}

const full = (list: (history: History) => readonly unknown[]): Track['presence'] => {
  return ({ history }) => (list(history).length > 0 ? 'full' : 'empty');
};

const WORLD = track<Transition>({
  ...{ id: 'world', title: 'time.world', legend: 'time.world.legend' },
  // The spans are its picture, and always there.
  presence: () => 'full',
  items: (source) => inRange(source, source.history.transitions).filter(({ world }) => world === 'guest'),
  mark: () => ({ glyph: 'bar', label: '' }),
  tell: ({ guestEip, injection }) => ({
    what: say('band.entry'),
    detail:
      injection >>> 31
        ? say('time.injects', { address: at('v', guestEip), vector: { mono: hexText(injection & 0xff, 2) } })
        : say('exit.plain', { text: at('v', guestEip) }),
  }),
});

/** A VM exit; or a VM entry that failed without one. */
type Leaving = ExitRecord | { readonly record: number; readonly at: number };

const EXITS = track<Leaving>({
  ...{ id: 'exits', title: 'time.exits', legend: 'time.exits.legend' },
  presence: ({ history }) => (history.exits.length + history.failures.length > 0 ? 'full' : 'empty'),
  items: (source) => {
    const exits: readonly Leaving[] = inRange(source, source.history.exits);
    const known = new Set(exits.map(({ record }) => record));
    return merged(
      exits,
      inRange(source, source.history.failures).filter(({ record }) => !known.has(record)),
    );
  },
  mark: ([first]) => ({ glyph: 'bar', label: 'reason' in first ? `${first.isFailedEntry ? '×' : ''}${first.reason}` : 'VMfail' }),
  tell: (exit) => {
    if (!('reason' in exit)) return { what: say('time.vmFail'), detail: null };
    const detail = exitDetail(exit);
    const name = (): string => reasonName(exit.reason);
    return {
      what: say(exit.isFailedEntry ? 'time.failedEntry' : 'time.exit', { reason: exit.reason }),
      detail: detail ? say('time.named', { name, detail }) : say('exit.plain', { text: name }),
    };
  },
});

/** A track of what went through the IDT. */
function idt(isInterrupt: boolean, names: Pick<Track, 'id' | 'title' | 'legend'>, tell: Drawing<EventRecord>['tell']): Track {
  const wanted = ({ type }: EventRecord): boolean => INTERRUPTS.includes(type) === isInterrupt;
  return track<EventRecord>({
    ...names,
    presence: ({ history }) => (history.events.some(wanted) ? 'full' : 'empty'),
    items: (source) => inRange(source, source.history.events).filter(wanted),
    mark: ([event]) => ({ glyph: 'bar', label: eventName(event) }),
    tell,
  });
}

const EXCEPTION_TRACK = idt(false, { id: 'exceptions', title: 'time.exceptions', legend: 'time.exceptions.legend' }, (event) => {
  const row = exceptionOf(event);
  const where = at('v', event.eip);
  if (!row)
    return { what: say('time.softwareInterrupt', { vector: { mono: hexText(event.vector, 2) } }), detail: say('time.atCode', { where }) };
  const name = (): string => row.name;
  const isPageFault = row.mnemonic === '#PF';
  return {
    what: say('exit.plain', { text: row.mnemonic }),
    detail: isPageFault ? say('time.pageFault', { name, linear: at('v', event.linear), where }) : say('time.exception', { name, where }),
  };
});

const IRQ_TRACK = idt(true, { id: 'irq', title: 'time.irq', legend: 'time.irq.legend' }, ({ vector, type, eip }) => ({
  what: say(type === 2 ? 'time.nmi' : 'time.external', { vector: { mono: hexText(vector, 2) } }),
  detail: say('time.atCode', { where: at('v', eip) }),
}));

const WALKS = track<WalkRecord>({
  ...{ id: 'walks', title: 'time.walks', legend: 'time.walks.legend', isFine: true, gap: BLOCK_GAP },
  presence: full((history) => history.walks),
  items: (source) => inRange(source, source.history.walks),
  mark: (walks) => {
    const sum = walks.reduce((total, { references }) => total + references, 0);
    const most = Math.min(LONGEST, Math.max(...walks.slice(0, 64).map(({ references }) => references)));
    return { glyph: walks.some(isRefused) ? 'refused' : 'block', label: String(sum), share: most / LONGEST };
  },
  tell: (walk) => ({
    what: say(walk.references === 1 ? 'time.walk.one' : 'time.walk', { n: walk.references }),
    detail: walked(walk),
  }),
});

function isRefused({ result }: WalkRecord): boolean {
  return result !== 0;
}

function walked({ access, linear, physical, references, result }: WalkRecord): Sentence {
  const values = { access: say(ACCESS_OF[access as 1 | 2 | 4] ?? 'time.probe'), linear: at('v', linear) };
  // More entries than a guest's own two are of two dimensions.
  if (result === 0) return say('time.walked', { ...values, physical: at(references > 2 ? 'g' : 'h', physical) });
  return say('time.refused', { ...values, name: () => WALK_RESULTS[result] ?? '' });
}

const TLB = track<FillRecord | FlushRecord>({
  ...{ id: 'tlb', title: 'time.tlb', legend: 'time.tlb.legend', isFine: true, gap: 4 },
  presence: ({ history }) => (history.fills.length + history.flushes.length > 0 ? 'full' : 'empty'),
  items: (source) => {
    const { fills, evictions, flushes } = source.history;
    return merged<FillRecord | FlushRecord>(inRange(source, evictions), inRange(source, fills), inRange(source, flushes));
  },
  mark: (items) => {
    const flush = items.find((item): item is FlushRecord => 'scope' in item && !REFUSALS.has(item.scope));
    if (flush) return { glyph: 'double', label: FLUSHED_BY[flush.scope] };
    const isLost = items.some((item) => 'scope' in item || item.isEviction);
    return { glyph: isLost ? 'cross' : 'dot', label: '' };
  },
  tell: (item) => ('scope' in item ? flushed(item) : filled(item)),
});

function filled({ isEviction, linear, host, vpid }: FillRecord): Pick<Told, 'what' | 'detail'> {
  return {
    what: say(isEviction ? 'time.evicted' : 'time.filled'),
    detail: say('time.entry', { linear: at('v', linear), host: at('h', host), vpid }),
  };
}

function flushed({ scope, linear, vpid, count }: FlushRecord): Pick<Told, 'what' | 'detail'> {
  const gone = say(count === 1 ? 'time.gone.one' : 'time.gone', { n: count });
  const isOne = scope === 'address' || REFUSALS.has(scope);
  if (scope === 'refilled') return { what: say('time.refilled'), detail: say('time.goneAt', { gone, linear: at('v', linear) }) };
  return {
    what: say(REFUSALS.has(scope) ? 'time.dropped' : 'time.flush', {
      by: scope === 'VM transition' ? say('time.flush.transition') : FLUSHED_BY[scope],
    }),
    detail: isOne ? say('time.goneAt', { gone, linear: at('v', linear) }) : say('time.goneOf', { gone, vpid }),
  };
}

/** One row for each letter of the lens: the walks that its page needed, and INVLPG of it. */
const PINS = LETTERS.map((letter, i) =>
  track<WalkRecord | FlushRecord>({
    ...{ id: `pin${letter}`, title: `time.pin${letter}`, legend: 'time.pin.legend', isFine: true, gap: BLOCK_GAP },
    presence: ({ pins }) => (pins[i] === null || pins[i] === undefined ? 'absent' : 'full'),
    items: (source) => {
      const page = (source.pins[i] ?? 0) >>> PAGE;
      const walks = inRange(source, source.history.walks).filter(({ linear }) => linear >>> PAGE === page);
      const flushes = inRange(source, source.history.flushes).filter(
        ({ scope, linear }) => scope === 'address' && linear >>> PAGE === page,
      );
      return merged<WalkRecord | FlushRecord>(walks, flushes);
    },
    mark: (items) => {
      const walks = items.filter((item): item is WalkRecord => 'references' in item);
      if (walks.length < items.length) return { glyph: 'double', label: 'INVLPG' };
      const letters = [...new Set(walks.map(({ access }) => LETTER_OF[access] ?? '?'))].join('');
      return { glyph: 'bar', label: `${letters}${walks.some(isRefused) ? ' ×' : ''}` };
    },
    tell: (item) => ('scope' in item ? flushed(item) : { what: say('time.touch', { letter }), detail: walked(item) }),
  }),
);

/** All of them. */
export const TRACKS: readonly Track[] = [WORLD, EXITS, WALKS, TLB, DEVICE_TRACK, EXCEPTION_TRACK, IRQ_TRACK, ...PINS];

function exceptionOf({ vector, type }: EventRecord): (typeof EXCEPTIONS)[number] | undefined {
  return type === 3 || type === 5 || type === 6 ? EXCEPTIONS.find((e) => e.vector === vector) : undefined;
}

/** `#PF`, or the vector. */
export function eventName(event: EventRecord): string {
  return exceptionOf(event)?.mnemonic ?? hexText(event.vector, 2);
}

/** How much of what a range has. */
export interface Sums {
  readonly exits: number;
  readonly walks: number;
  readonly references: number;
  readonly evictions: number;
}

/** What happened from `from` (which it begins behind) up to `to`. */
export function sumsOf(history: History, from: number, to: number): Sums {
  const walks = within(history.walks, from, to);
  return {
    exits: within(history.exits, from, to).length,
    walks: walks.length,
    references: walks.reduce((sum, { references }) => sum + references, 0),
    evictions: within(history.evictions, from, to).length,
  };
}

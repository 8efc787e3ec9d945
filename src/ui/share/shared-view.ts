/** How a reader looked, of what belongs to a moment: what is given away, and what is taken from strangers. The reader's own language, theme and type stay. */
import type { AccessKind, DeviceEvent, WalkContext, Watchpoint } from '../../api/protocol.ts';
import { type Draft, withDraft } from '../edit/draft.ts';
import { type Scene, SCENES } from '../scenes.ts';
import { STEP_SIZES, type StepSize } from '../steps.ts';
import type { Lens, View } from '../store.ts';
import { LETTERS, type Pins } from '../widgets/pins.ts';
import { BadLink, good, list, record } from './bad-link.ts';

const KEYS = [
  ...(['scene', 'isTable', 'isPinned', 'lens', 'granularity', 'pins', 'bookmarks'] as const),
  ...(['breakpoints', 'stopReasons', 'watchpoints', 'fieldStops', 'eventStops', 'stopsOff', 'drafts'] as const),
];

export type SharedView = Pick<View, (typeof KEYS)[number]>;

const MOST_POINTS = 1000;
const MOST_DRAFTS = 32;
const MOST_TEXT = 2 ** 20;
const MOST_NAME = 200;
/** Bytes that a lens looks at, and that a watchpoint watches (api/watched.ts). */
const MOST_LENS = 4096;
const MOST_WATCHED = 65_536;

/** Reads each part of any value. All throw BadLink. */
const READERS: { readonly [K in keyof SharedView]: (value: unknown) => SharedView[K] } = {
  scene: (value) => good(value, oneOf<Scene>(SCENES)),
  isTable: (value) => good(value, isFlag),
  isPinned: (value) => good(value, isFlag),
  lens: lensOf,
  granularity: (value) => good(value, oneOf<StepSize>(STEP_SIZES)),
  pins: pinsOf,
  bookmarks: (value) => list(value, MOST_POINTS, (tick) => good(tick, isTick)),
  breakpoints: words,
  stopReasons: words,
  watchpoints: (value) => list(value, MOST_POINTS, watchpointOf),
  fieldStops: words,
  eventStops: (value) => list(value, MOST_POINTS, eventOf),
  stopsOff: (value) => list(value, MOST_POINTS, (key) => good(key, isText(MOST_NAME))),
  drafts: (value) => list(value, MOST_DRAFTS, draftOf),
};

/** How the reader looks, of what belongs to a moment. */
export function sharedView(view: View): SharedView {
  return Object.fromEntries(KEYS.map((key) => [key, view[key]])) as unknown as SharedView;
}

/** Reads how somebody looked, of any value; only what is known is taken over. Throws BadLink. */
export function sharedViewOf(value: unknown): Partial<SharedView> {
  const given = record(value);
  const told = KEYS.filter((key) => given[key] !== undefined);
  return Object.fromEntries(told.map((key) => [key, READERS[key](given[key])])) as Partial<SharedView>;
}

/** The reader's texts, and those that come with a moment. A text of the reader's own that would be written over stays, under a name of its own. */
export function mergeDrafts(own: readonly Draft[], given: readonly Draft[]): readonly Draft[] {
  let all = own;
  for (const draft of given) {
    const mine = all.find(({ name, text }) => name === draft.name && text !== draft.text);
    if (mine) all = withDraft(all, { ...mine, name: freeName(all, mine.name) });
    all = withDraft(all, draft);
  }
  return all;
}

function freeName(all: readonly Draft[], name: string): string {
  for (let free = `${name}~`; ; free = `${free}~`) if (!all.some((draft) => draft.name === free)) return free;
}

function lensOf(value: unknown): Lens {
  const { linear, size, access, context, isUser } = record(value);
  return {
    linear: good(linear, isWord),
    size: good(size, isSize(MOST_LENS)),
    access: good(access, oneOf<AccessKind>(['read', 'write', 'fetch'])),
    context: good(context, oneOf<WalkContext>(['current', 'guest'])),
    isUser: isUser === null ? null : good(isUser, isFlag),
  };
}

function pinsOf(value: unknown): Pins {
  const pins = list(value, LETTERS.length, (pin) => (pin === null ? null : good(pin, isWord)));
  if (pins.length !== LETTERS.length) throw new BadLink('share.badLink');
  return pins;
}

function watchpointOf(value: unknown): Watchpoint {
  const { space, address, length, access } = record(value);
  return {
    space: good(space, oneOf<Watchpoint['space']>(['v', 'g', 'h'])),
    address: good(address, isWord),
    length: good(length, isSize(MOST_WATCHED)),
    access: good(access, oneOf<Watchpoint['access']>(['read', 'write', 'any'])),
  };
}

/** Its form; whether there is such a device and such an event, the host says (api/watched.ts). */
function eventOf(value: unknown): DeviceEvent {
  const { on, ...rest } = record(value);
  const isPlain = Object.values(rest).every(
    (part) => part === null || isWord(part) || (typeof part === 'string' && part.length <= MOST_NAME),
  );
  if (!isPlain) throw new BadLink('share.badLink');
  return { on: good(on, oneOf(['access', 'interrupt', 'queue', 'dma', 'balloon'])), ...rest } as unknown as DeviceEvent;
}

function draftOf(value: unknown): Draft {
  const { name, guestId, text } = record(value);
  return {
    name: good(name, isText(MOST_NAME)),
    guestId: guestId === null ? null : good(guestId, isText(MOST_NAME)),
    text: good(text, isText(MOST_TEXT)),
  };
}

function words(value: unknown): readonly number[] {
  return list(value, MOST_POINTS, (word) => good(word, isWord));
}

function oneOf<T extends string>(choices: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => (choices as readonly unknown[]).includes(value);
}

function isText(most: number): (value: unknown) => value is string {
  return (value): value is string => typeof value === 'string' && value.length <= most;
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isWord(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff;
}

function isSize(most: number): (value: unknown) => value is number {
  return (value): value is number => isWord(value) && value >= 1 && value <= most;
}

function isTick(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The sentence to the reader about what has just happened, with the manual's section; and the short one for those who listen. */
import { EXCEPTIONS, PF_VECTOR } from '../../arch/exceptions.ts';
import type { Edit, EntryFailure, Frame, Language, LastInstruction, WalkExplanation, Watchpoint } from '../../api/protocol.ts';
import type { Mark } from '../edit/marks.ts';
import type { EventRecord, History, Transition } from '../history.ts';
import { checkRule, exceptionName, vmErrorName } from '../i18n/facts.ts';
import { fieldName, reasonName, words, worldOf } from '../reading.ts';
import type { State } from '../store.ts';
import { exitDetail } from '../widgets/exit-detail.ts';
import { pageText } from '../widgets/instruction.ts';
import { hexText } from '../widgets/number.ts';
import { at, say, type Sentence } from '../widgets/sentence.ts';
import { deviceActs, followedBy } from './devices.ts';
import { type BookSource, busSentence, busSource } from './buses.ts';
import { ranSentence } from './effects.ts';
import { exitSentence, exitSource } from './exits.ts';
import { type Happened, happenedIn } from './happened.ts';
import { atStop } from './stops.ts';

export interface Why {
  readonly sentence: Sentence;
  /** Volume and title of the manual's section, or another book's; null where there is none to cite. */
  readonly source: { readonly volume: 2 | 3; readonly title: string } | BookSource | null;
}

/** Why things are as `state` shows them. Null before the first frame. */
export function whyOf(state: State): Why | null {
  const { frame, history, touched, edits } = state;
  if (!frame) return null;
  const happened = happenedIn(frame, history);
  const sentence = changedByHand(edits, frame, wholeSentence(happened, frame, state));
  return {
    sentence: isAtBreakpoint(frame, happened)
      ? say('why.atBreakpoint', { sentence })
      : atStop(frame, behindAccess(frame, touched, sentence)),
    source: sourceOf(happened),
  };
}

/** What happened, then where: one line. */
export function whatHappened(state: State): Sentence | null {
  const sentence = inShort(state);
  const { frame, touched, edits } = state;
  return frame && sentence && atStop(frame, behindAccess(frame, touched, changedByHand(edits, frame, sentence)));
}

function inShort(state: State): Sentence | null {
  const read = state.reference === null ? undefined : state.walk?.references[state.reference - 1];
  if (read)
    return say('said.reference', {
      n: read.number,
      total: state.walk?.references.length ?? 0,
      entry: `${read.dimension === 'ept' ? 'EPT ' : ''}${read.entry}[${read.index}]`,
      address: at('h', read.host),
      value: { mono: hexText(read.low) },
    });
  const { frame, history } = state;
  if (!frame) return null;
  const happened = happenedIn(frame, history);
  if (happened.kind === 'entryFailed') return failureInShort(happened.failure);
  if (happened.kind !== 'exit' || happened.exit.isFailedEntry) return wholeSentence(happened, frame, state);
  const { exit } = happened;
  const detail = exitDetail(exit);
  const values = { n: exit.reason, name: reasonName(exit.reason), address: at('v', exit.guestEip) };
  return detail ? say('said.exitDetail', { ...values, detail }) : say('said.exit', values);
}

/** What happened, and what devices did meanwhile. */
function wholeSentence(happened: Happened, frame: Frame, { history, walk, loaded }: State): Sentence {
  // Behind the HLT to which exits return works a hypervisor of ours, if there is one.
  if (happened.kind === 'halt' && frame.isVmPaused) return say('why.vmPaused');
  const isHosted = happened.kind === 'waited' && loaded?.has.includes('vms') && worldOf(words(frame.cpu)) === 'root';
  const sentence = isHosted ? say('why.hosted') : sentenceOf(happened, { frame, history, walk });
  return followedBy(sentence, actsIn(happened, frame, history));
}

/** What devices did meanwhile; a run is told of by its end. */
function actsIn({ kind }: Happened, { tick }: Frame, history: History): readonly Sentence[] {
  return kind === 'running' || kind === 'loaded' || kind === 'start' ? [] : deviceActs(history, tick);
}

function failureInShort({ rule, field, value }: EntryFailure): Sentence {
  const values = { rule: (language: Language) => checkRule(language, rule) };
  if (field === null) return say('said.entryFailed', values);
  return say('said.entryFailedField', { ...values, field: fieldName(field), value: { mono: hexText(value) } });
}

function isAtBreakpoint(frame: Frame, happened: Happened): boolean {
  return frame.stop.reason === 'breakpoint' && !frame.running && happened.kind !== 'running';
}

/** What the reader has changed at this instant comes first. */
function changedByHand(edits: readonly Mark[], { tick, running }: Frame, sentence: Sentence): Sentence {
  const now = running ? [] : edits.filter((mark) => mark.tick === tick);
  return now.length === 0 ? sentence : say('why.byHand', { what: now.map(({ edit }) => changeOf(edit)), sentence });
}

function changeOf(edit: Edit): Sentence {
  if (edit.kind === 'memory') return say('why.wrote', { address: at(edit.space, edit.address) });
  const value = { mono: hexText(edit.value) };
  return edit.kind === 'register'
    ? say('why.set', { register: edit.name, value })
    : say('why.fieldSet', { field: fieldName(edit.field), value });
}

/** At a watchpoint: what was done to which memory, and by whom, then the rest. */
function behindAccess({ stop, running }: Frame, touched: Watchpoint | null, sentence: Sentence): Sentence {
  const { touch } = stop;
  if (running || !touch || !touched) return sentence;
  const place = at(touched.space, touched.address);
  if (touch.linear === null) return say('why.byOthers', { place, sentence });
  return say('why.atWatchpoint', { access: say(`why.access.${touch.access}`), address: at('v', touch.linear), place, sentence });
}

function sentenceOf(
  happened: Happened,
  { frame, history, walk }: { frame: Frame; history: History; walk: WalkExplanation | null },
): Sentence {
  switch (happened.kind) {
    case 'debugExit':
      return say('why.debugExit', { code: happened.code });
    case 'exit':
      return exitSentence(happened.exit, frame.vmcs, walk);
    case 'entryFailed':
      return say('why.entryFailed');
    case 'entry':
      return entrySentence(happened.entry);
    case 'event':
      return eventSentence(happened.event, walk);
    case 'bus':
      return busSentence(happened.happening);
    case 'vmFailed':
      return vmFailedSentence(happened.last, happened.error);
    case 'ran':
      return ranSentence(frame, happened.last, history);
    default:
      return say(`why.${happened.kind}`);
  }
}

function entrySentence({ guestEip, injection }: Transition): Sentence {
  const address = at('v', guestEip);
  if (injection >>> 31 === 0) return say('why.entry', { address });
  const vector = injection & 0xff;
  const type = (injection >>> 8) & 7;
  const exception = type === 3 ? EXCEPTIONS.find((e) => e.vector === vector)?.mnemonic : undefined;
  return say('why.entryInjected', { address, event: exception ?? hexText(vector, 2) });
}

function eventSentence(event: EventRecord, walk: WalkExplanation | null): Sentence {
  const { vector, type, errorCode, linear, eip } = event;
  if (type === 3 && vector === PF_VECTOR) return pageFault(event, walk?.linear === linear ? walk : null);
  const exception = type === 3 || type === 5 || type === 6 ? EXCEPTIONS.find((e) => e.vector === vector) : undefined;
  if (!exception) return say(type === 4 ? 'why.softwareInterrupt' : 'why.interrupt', { vector: { mono: hexText(vector, 2) } });
  const values = { name: exception.mnemonic, what: (language: Language) => exceptionName(language, vector), address: at('v', eip) };
  return exception.hasErrorCode
    ? say('why.exceptionCode', { ...values, code: { mono: hexText(errorCode, 1) } })
    : say('why.exception', values);
}

function pageFault({ linear, errorCode }: EventRecord, walk: WalkExplanation | null): Sentence {
  const values = { address: at('v', linear), code: { mono: hexText(errorCode, 1) } };
  if (walk?.outcome.kind !== 'pageFault' || !walk.missing) return say('why.pageFault', values);
  const reference = walk.references.find((r) => r.number === walk.missing?.reference);
  const bit = { mono: `${reference?.entry} ${walk.missing.bit} = ${walk.missing.value}` };
  if (walk.outcome.cause === 'not present') return say('why.pageFaultMissing', { ...values, bit });
  return say('why.pageFaultRights', { ...values, bit, access: say(`why.access.${walk.access}`) });
}

function vmFailedSentence(last: LastInstruction, error: number | null): Sentence {
  const values = { text: { mono: pageText(last) } };
  if (error === null) return say('why.vmFailInvalid', values);
  return say('why.vmFailValid', { ...values, error, meaning: (language) => vmErrorName(language, error) });
}

function sourceOf(happened: Happened): Why['source'] {
  switch (happened.kind) {
    case 'exit':
      return { volume: 3, title: exitSource(happened.exit) };
    case 'entryFailed':
      return { volume: 3, title: happened.failure.title };
    case 'entry':
      return { volume: 3, title: 'VM Entries' };
    case 'event':
      return { volume: 3, title: happened.event.vector === PF_VECTOR ? 'Page-Fault Exceptions' : 'Exception and Interrupt Reference' };
    case 'bus':
      return busSource(happened.happening);
    case 'vmFailed':
      return { volume: 3, title: 'VM Instruction Error Numbers' };
    case 'ran':
      return { volume: 2, title: happened.last.title };
    default:
      return null;
  }
}

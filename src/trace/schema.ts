/** Events as data. A record is 8 words: kind, tick low, tick high, then five arguments named here. Strings are made by the reader. */
export interface TraceEvent {
  readonly name: string;
  /** Names of the five argument words, absent ones left out. */
  readonly args: readonly string[];
}

/** The kind of an event is its place in this list, plus 1. */
export const TRACE_EVENTS = [
  { name: 'vmExit', args: ['reason', 'qualification', 'guestEip', 'guestPhysical', 'guestLinear'] },
  { name: 'vmEntry', args: ['isLaunch', 'guestEip', 'interruptionInfo', 'vpid', 'eptpLow'] },
  { name: 'vmEntryFailed', args: ['reason', 'checkIndex', 'field', 'value', 'instructionError'] },
  { name: 'interrupt', args: ['vector', 'type', 'errorCode', 'linear', 'eip'] },
  { name: 'walk', args: ['linear', 'access', 'references', 'result', 'physical'] },
  { name: 'tlbFill', args: ['linear', 'host', 'vpid', 'eptpLow', 'set'] },
  { name: 'tlbFlush', args: ['scope', 'linear', 'vpid', 'eptpLow', 'count'] },
  { name: 'device', args: ['device', 'operation', 'address', 'value', 'size'] },
  { name: 'shutdown', args: ['eip'] },
  { name: 'virtioStatus', args: ['device', 'status', 'reason', 'queue', 'value'] },
  { name: 'virtqueue', args: ['device', 'queue', 'operation', 'index', 'length'] },
] as const satisfies readonly TraceEvent[];

export type TraceName = (typeof TRACE_EVENTS)[number]['name'];

export const TRACE_KIND = Object.fromEntries(TRACE_EVENTS.map((e, i) => [e.name, i + 1])) as Readonly<Record<TraceName, number>>;

/** Words of a record. */
export const RECORD_WORDS = 8;

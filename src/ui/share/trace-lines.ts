import type { TraceRecords } from '../../api/protocol.ts';
import { RECORD_WORDS, TRACE_EVENTS } from '../../trace/schema.ts';

/** The trace as JSON lines: `{"record":3,"tick":120,"event":"vmExit","reason":48,…}`, each word of a record under its name, unsigned. */
export function traceLines({ first, words }: TraceRecords): string {
  let text = '';
  for (let at = 0; at < words.length; at += RECORD_WORDS) {
    const event = TRACE_EVENTS[words[at] - 1];
    if (!event) continue;
    const tick = (words[at + 1] >>> 0) + words[at + 2] * 2 ** 32;
    const args = event.args.map((name, i): [string, number] => [name, words[at + 3 + i] >>> 0]);
    text += `${JSON.stringify({ record: first + at / RECORD_WORDS, tick, event: event.name, ...Object.fromEntries(args) })}\n`;
  }
  return text;
}

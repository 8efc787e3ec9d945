import { expect, test } from 'vitest';
import { RECORD_WORDS, TRACE_KIND } from '../../src/trace/schema.ts';
import { Trace } from '../../src/trace/trace.ts';

/** Arguments of the records that `trace` gives from `from` on. */
function read(trace: Trace, from: number): { first: number; args: number[] } {
  const { first, words } = trace.read(from);
  return { first, args: Array.from({ length: words.length / RECORD_WORDS }, (_, i) => words[i * RECORD_WORDS + 3]) };
}

test('a trace is read in order where its ring has come round, from any record that it still has', () => {
  const trace = new Trace(8);
  expect(read(trace, 0)).toEqual({ first: 0, args: [] });
  for (let n = 0; n < 21; n++) {
    trace.clock = () => n;
    trace.emit(TRACE_KIND.shutdown, n);
    const kept = Array.from({ length: Math.min(n + 1, 8) }, (_, i) => Math.max(0, n - 7) + i);
    expect(read(trace, 0)).toEqual({ first: Math.max(0, n - 7), args: kept });
    expect(read(trace, n - 2).args).toEqual(kept.slice(-3));
    expect(read(trace, n + 1).args).toEqual([]);
  }
});

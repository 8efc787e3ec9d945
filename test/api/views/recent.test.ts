import { describe, expect, it } from 'vitest';
import { lastDma, lastFaults, lastTake, type Traces } from '../../../src/api/views/recent.ts';
import { TRACE_KIND, type TraceName } from '../../../src/trace/schema.ts';
import { Trace } from '../../../src/trace/trace.ts';

/** Name, tick, arguments. */
type Recorded = readonly [TraceName, number, ...number[]];

/** A trace of these records. */
function traceOf(...records: readonly Recorded[]): Trace {
  const trace = new Trace();
  for (const [name, tick, ...args] of records) {
    trace.clock = () => tick;
    trace.emit(TRACE_KIND[name], ...args);
  }
  return trace;
}

describe('what the trace remembers', () => {
  const fine = traceOf(['dma', 10, 0x101, 0, 0x1000, 0, 4], ['tlbFill', 20, 0x1000, 0x1000, 0, 0, 1], ['dma', 30, 0x101, 1, 0x2000, 0, 4]);
  const trace = traceOf(
    ['iommuFault', 20, 0x102, 5, 1, 0xffff_f000, 2],
    ['dma', 20, 0x102, 3, 0xffff_f000, 2, 512],
    ['virtqueue', 25, 7, 2, 1, 0, 0],
    ['virtqueue', 26, 7, 2, 0, 0, 0],
  );

  it('is the last access up to an instant, done or refused', () => {
    expect(lastDma({ trace, fine }, 30)).toEqual({ requester: 0x101, address: 0x2000, isWrite: true, isDone: true, tick: 30 });
    expect(lastDma({ trace, fine }, 29)).toEqual({ requester: 0x102, address: 0x2_ffff_f000, isWrite: true, isDone: false, tick: 20 });
    expect(lastDma({ trace, fine }, 10)).toEqual({ requester: 0x101, address: 0x1000, isWrite: false, isDone: true, tick: 10 });
    expect(lastDma({ trace, fine }, 9)).toBe(null);
  });

  it('is a refusal where no access was told of, as when a ring is only asked about', () => {
    const asked = traceOf(['iommuFault', 5, 0x102, 6, 0, 0x3000, 0]);
    expect(lastDma({ trace: asked, fine: traceOf() }, 6)).toEqual({
      requester: 0x102,
      address: 0x3000,
      isWrite: false,
      isDone: false,
      tick: 5,
    });
  });

  it('is the last faults, the newest first, no more than are wanted', () => {
    const faults = traceOf(['iommuFault', 1, 1, 5, 1, 0, 0], ['iommuFault', 2, 2, 6, 0, 0x1000, 0], ['iommuFault', 3, 3, 6, 0, 0x2000, 0]);
    expect(lastFaults(faults, 2, 8).map((f) => [f.tick, f.requester, f.reason])).toEqual([
      [2, 2, 6],
      [1, 1, 5],
    ]);
    expect(lastFaults(faults, 9, 1)).toEqual([{ requester: 3, address: 0x2000, isWrite: false, reason: 6, tick: 3 }]);
  });

  it('is when a device last took a buffer of a queue', () => {
    expect([lastTake(trace, 25, 7, 2), lastTake(trace, 24, 7, 2), lastTake(trace, 40, 7, 1)]).toEqual([25, null, null]);
  });

  it('goes back beyond many other records, but not for ever', () => {
    const doneAmid = (others: readonly Recorded[]): Traces => ({
      trace: traceOf(),
      fine: traceOf(['dma', 10, 1, 0, 0, 0, 4], ...others),
    });
    const noise = Array.from({ length: 5000 }, (_, i) => ['device', 50 + i, 0, 0, 0, 0, 0] as const);
    expect(lastDma(doneAmid(noise), 1e6)?.tick).toBe(10);
    const more = Array.from({ length: 20_000 }, (_, i) => ['device', 50 + i, 0, 0, 0, 0, 0] as const);
    expect(lastDma(doneAmid(more), 1e6)).toBe(null);
  });
});

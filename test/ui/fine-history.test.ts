import { describe, expect, test } from 'vitest';
import { DEVICE_OPERATIONS, DMA_OPERATIONS, FLUSH_SCOPES } from '../../src/trace/schema.ts';
import { History, within } from '../../src/ui/history.ts';
import { type Recorded, trace } from './frames.ts';

const WALK = (tick: number): Recorded => ['walk', tick, 0x401238, 2, 14, 2, 0x5238];

function recorded(...records: Recorded[]): History {
  const history = new History();
  history.takeFine({ ...trace(records), from: 0, until: 1000 });
  return history;
}

describe('the history of what is frequent', () => {
  test('has walks, fills, evictions and flushes at the instant behind their tick', () => {
    const { walks, fills, evictions, flushes } = recorded(
      WALK(10),
      ['tlbEvict', 11, 0x1000, 0x41000, 7, 0x2000, 9],
      ['tlbFill', 11, 0x9000, 0x49000, 0, 0, 9],
      ['tlbFlush', 12, FLUSH_SCOPES.indexOf('INVEPT'), 0, 0, 0x1e, 5],
    );
    expect(walks).toEqual([{ record: 0, at: 11, linear: 0x401238, access: 2, references: 14, result: 2, physical: 0x5238 }]);
    expect(evictions).toEqual([{ record: 1, at: 12, linear: 0x1000, host: 0x41000, vpid: 7, eptpLow: 0x2000, set: 9, isEviction: true }]);
    expect(fills).toEqual([{ record: 2, at: 12, linear: 0x9000, host: 0x49000, vpid: 0, eptpLow: 0, set: 9, isEviction: false }]);
    expect(flushes).toEqual([{ record: 3, at: 13, scope: 'INVEPT', linear: 0, vpid: 0, count: 5 }]);
  });

  test('tells ports from device memory, and has what bus masters did at its own tick: between two instructions', () => {
    const { ports, dma } = recorded(
      ['device', 5, 6, DEVICE_OPERATIONS.indexOf('OUT'), 0x3f8, 0x48, 1],
      ['device', 6, 0, DEVICE_OPERATIONS.indexOf('MMIO read'), 0xfee0_0020, 0, 4],
      ['dma', 7, 8, DMA_OPERATIONS.indexOf('write'), 0xffff_f000, 2, 512],
    );
    expect(ports.map((p) => [p.at, p.device, p.isMemory, p.isWrite, p.address])).toEqual([
      [6, 6, false, true, 0x3f8],
      [7, -1, true, false, 0xfee0_0020],
    ]);
    expect(dma).toEqual([{ record: 2, at: 7, requester: 8, isWrite: true, address: 0x2_ffff_f000, size: 512 }]);
  });

  test('drops what is older than a gap, and says from where on it is whole', () => {
    const history = recorded(WALK(10), WALK(20));
    history.takeFine({ ...trace([WALK(90), WALK(95)], 50), from: 91, until: 1000 });
    expect([within(history.walks, 0, 1000).map((w) => w.at), history.fineFrom]).toEqual([[91, 96], 91]);
  });

  test('drops what a changed past no longer has', () => {
    const history = recorded(WALK(10), WALK(20), WALK(30));
    history.takeFine({ ...trace([WALK(25)], 2), from: 0, until: 1000 });
    expect(history.walks.map((w) => w.at)).toEqual([11, 21, 26]);
  });

  test('keeps the latest of very many, and says so', () => {
    const many = Array.from({ length: 70_000 }, (_, i) => WALK(i));
    const history = recorded(...many);
    expect([history.walks.length, history.walks[0].at, history.fineFrom]).toEqual([70_000 - 32_768, 32_769, 32_768]);
  });

  test('changes its version only when there is something new', () => {
    const history = recorded(WALK(10));
    const { version } = history;
    history.takeFine({ ...trace([], 1), from: 0, until: 1000 });
    expect(history.version).toBe(version);
    history.takeFine({ ...trace([WALK(20)], 1), from: 0, until: 1000 });
    expect(history.version).toBeGreaterThan(version);
    history.clear();
    expect(history.walks).toEqual([]);
  });
});

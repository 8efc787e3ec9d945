import { describe, expect, test } from 'vitest';
import { History } from '../../src/ui/history.ts';
import type { State } from '../../src/ui/store.ts';
import { busHappening, busSentence } from '../../src/ui/why/buses.ts';
import { whyOf } from '../../src/ui/why/why.ts';
import { plain } from '../../src/ui/widgets/sentence.ts';
import { trace } from './frames.ts';
import { after, sessionOf } from './machine.ts';

/** The device word of a balloon of the first virtual machine. */
const BALLOON = (5 << 16) | (1 << 8) | 4;

function saidAt(tick: number, history: History): string {
  const happening = busHappening(tick, history);
  return happening ? plain('en', busSentence(happening)).replace(/[\u00a0\u202f]/g, ' ') : '';
}

function said(state: State): string {
  return plain('en', whyOf(state)?.sentence ?? { key: 'why.nothing' }).replace(/[\u00a0\u202f]/g, ' ');
}

function historyOf(...records: Parameters<typeof trace>[0]): History {
  const history = new History();
  history.take(trace(records));
  return history;
}

describe('why, of devices', () => {
  test('a request that the IOMMU refused names the function, the address and the reason, at the device’s own tick', () => {
    const history = historyOf(['iommuFault', 20, 0x101, 5, 1, 0x2000, 0], ['iommuFault', 40, 0x102, 6, 0, 0x3000, 1]);
    expect(saidAt(20, history)).toBe('The IOMMU did not let 01:00.1 write io:0x00002000: no write permission. Memory was not touched.');
    expect([saidAt(19, history), saidAt(21, history)]).toEqual(['', '']);
    expect(saidAt(40, history)).toContain('01:00.2 read io:0x100003000');
  });

  test('virtual functions come and go, one tick after the instruction that wrote', () => {
    const history = historyOf(['virtualFunctions', 10, 0x100, 2, 0x101], ['virtualFunctions', 30, 0x100, 0, 0]);
    expect(saidAt(11, history)).toBe(
      'Software set VF enable of 01:00.0: 2 virtual functions answer on the bus from now on, the first as 01:00.1.',
    );
    expect(saidAt(31, history)).toBe('Software cleared VF enable of 01:00.0: its virtual functions are gone from the bus.');
    expect(saidAt(10, history)).toBe('');
  });

  test('a balloon is inflated and deflated by as many pages as there were numbers', () => {
    const history = historyOf(
      ['virtqueue', 5, BALLOON, 0, 1, 0, 32],
      ['virtqueue', 9, BALLOON, 1, 1, 0, 8],
      ['virtqueue', 12, BALLOON, 2, 1, 0, 20],
    );
    expect(saidAt(5, history)).toMatch(/^The guest gave 8 pages to its balloon/);
    expect(saidAt(9, history)).toMatch(/^The guest took 2 pages out of its balloon/);
    expect(saidAt(12, history), 'statistics').toBe('');
  });

  test('what a changed past no longer has is forgotten', () => {
    const history = historyOf(['iommuFault', 20, 0x101, 5, 1, 0x2000, 0], ['virtualFunctions', 30, 0x100, 2, 0x101]);
    history.take({ first: 1, words: new Int32Array(0), recorded: 1 });
    expect([history.refusals.length, history.vfs.length]).toEqual([1, 0]);
  });

  test('a guest whose disk is refused shows it, with the book to read', async () => {
    const session = await sessionOf('dma-isolation');
    await after(session, () => session.run());
    const { history } = session.store.state;
    expect(history.refusals).toHaveLength(1);
    const state = await after(session, () => session.seek(history.refusals[0].at));
    expect(said(state)).toMatch(/^The IOMMU did not let 00:01.0 write io:0x00410000: no write permission\./);
    expect(whyOf(state)?.source).toEqual({ book: 'VT-d', title: 'Primary Fault Logging' });
  });

  test('a guest that enables virtual functions is told so', async () => {
    const session = await sessionOf('sriov');
    await after(session, () => session.run());
    const [first] = session.store.state.history.vfs;
    expect(first.count).toBe(2);
    const state = await after(session, () => session.seek(first.at));
    expect(said(state)).toMatch(/^Software set VF enable of \S+: 2 virtual functions answer/);
  });
});

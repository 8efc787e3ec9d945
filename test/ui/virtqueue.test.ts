import { describe, expect, test } from 'vitest';
import { DESC_F_INDIRECT, DESC_F_NEXT } from '../../src/arch/virtio.ts';
import { VIRTIO_REASONS } from '../../src/arch/virtio-reasons.ts';
import { VIRTIO_COMMON_FEATURES, VIRTIO_STATUS_BITS } from '../../src/arch/virtio.ts';
import { VIRTIO_TYPES } from '../../src/arch/virtio-devices.ts';
import type { DescriptorView, QueueView, VirtioView } from '../../src/api/protocol.ts';
import { virtioReason } from '../../src/ui/i18n/virtio-facts.ts';
import '../../src/ui/i18n/french.ts';
import { FR_VIRTIO_MEANINGS, FR_VIRTIO_REASONS } from '../../src/ui/i18n/fr-virtio.ts';
import { configText } from '../../src/ui/panels/virtio-facts.ts';
import { nextEvent } from '../../src/ui/panels/virtio-next.ts';
import { changedPlaces, latestPlace, nextPlaces } from '../../src/ui/panels/virtio-rings.ts';
import { linesOf, linksOf, textOf } from '../../src/ui/panels/virtio-table.ts';
import { shareOf, stretchOf } from '../../src/ui/panels/vms-schedule.ts';
import { plain } from '../../src/ui/widgets/sentence.ts';
import { whyOf } from '../../src/ui/why/why.ts';
import { after, sessionOf } from './machine.ts';

const DESCRIPTOR: DescriptorView = {
  ...{ index: 0, address: 0, length: 0, flags: 0, next: 0, bytes: null, host: null },
  ...{ owner: 'free', head: null, position: 0, table: null },
};

function queueOf(descriptors: readonly Partial<DescriptorView>[], rest: Partial<QueueView> = {}): QueueView {
  return {
    ...{ index: 0, name: 'requestq1', size: descriptors.length, maxSize: 256, isReady: true, allowsIndirect: true, usesEventIdx: false },
    ...{ desc: 0x1000, driver: 0x2000, device: 0x3000, nextAvail: 0, nextUsed: 0, active: null, dueAt: null, isWanted: true },
    available: { flags: 0, idx: 0, ring: descriptors.map(() => 0), usedEvent: 0 },
    used: { flags: 0, idx: 0, ring: descriptors.map(() => ({ id: 0, length: 0 })), availEvent: 0 },
    descriptors: descriptors.map((d, index) => ({ ...DESCRIPTOR, index, ...d })),
    counters: {
      ...{ notifications: 0, notificationsSaved: 0, chains: 0, bytesRead: 0, bytesWritten: 0 },
      ...{ interrupts: 0, interruptsSuppressed: 0 },
    },
    ...rest,
  };
}

describe('the lines of a descriptor table', () => {
  test('are all of a small table, and the entries of an indirect one under it', () => {
    const table = [0, 1].map((index) => ({ ...DESCRIPTOR, index }));
    const queue = queueOf([{ owner: 'held', head: 0, flags: DESC_F_INDIRECT, table }, {}, {}]);
    expect(linesOf(queue).map(({ key }) => key)).toEqual(['0', '0.0', '0.1', '1', '2']);
  });

  test('of a large table leave out whoever is free', () => {
    const queue = queueOf(Array.from({ length: 64 }, (_, i) => (i === 3 ? { owner: 'posted' as const, head: 3 } : {})));
    expect(linesOf(queue).map((l) => (l.kind === 'rest' ? [l.from, l.to] : l.key))).toEqual([[0, 2], '3', [4, 63]]);
  });

  test('are linked as their chains are, each chain in a lane of its own', () => {
    const chained = (head: number, next: number): Partial<DescriptorView> => ({ owner: 'held', head, flags: DESC_F_NEXT, next });
    const queue = queueOf([chained(0, 2), chained(1, 3), { owner: 'held', head: 0 }, { owner: 'held', head: 1 }]);
    const links = linksOf(linesOf(queue));
    expect(links.map(({ from, to }) => [from, to])).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(links[0].lane).not.toBe(links[1].lane);
  });

  test('are not linked to descriptors that are not there', () => {
    const queue = queueOf([{ owner: 'posted', head: 0, flags: DESC_F_NEXT, next: 999 }]);
    expect(linksOf(linesOf(queue))).toEqual([]);
  });
});

describe('a ring', () => {
  test('marks the places that changed, and none where the ring is another one', () => {
    const isSame = (a: number, b: number): boolean => a === b;
    expect([...changedPlaces([1, 2, 3], [1, 5, 3], isSame)]).toEqual([1]);
    expect(changedPlaces([1, 2], [1], isSame).size).toBe(0);
    expect(changedPlaces([1], undefined, isSame).size).toBe(0);
  });

  test('finds where a chain was named last, through the wrap of the index', () => {
    expect(latestPlace([7, 0, 7, 0], 6, 7)).toBe(0);
    expect(latestPlace([7, 0, 7, 0], 4, 7)).toBe(2);
    // Never written: zeros of fresh memory are no entries.
    expect(latestPlace([0, 0, 0, 0], 0, 0)).toBeNull();
  });

  test('shows where something happens next', () => {
    const available = { flags: 0, idx: 65_537, ring: [0, 0, 0, 0], usedEvent: 0 };
    expect(nextPlaces(queueOf([{}, {}, {}, {}], { available, nextAvail: 65_535 }))).toEqual({ available: 3, used: null });
    expect(nextPlaces(queueOf([{}, {}, {}, {}], { available, active: { head: 0, progress: 0 }, nextUsed: 6 }))).toEqual({
      available: null,
      used: 2,
    });
  });
});

describe('the next event', () => {
  const view = { isLive: true, fault: null } as VirtioView;
  const available = { flags: 0, idx: 1, ring: [2, 0, 0, 0], usedEvent: 0 };
  const told = (queue: Partial<QueueView>, device: Partial<VirtioView> = {}): string =>
    plain('en', nextEvent({ ...view, ...device }, queueOf([{}, {}, {}, {}], queue))).replace(/[\u00a0\u202f]/g, ' ');

  test('is the driver’s while both sides are level', () => {
    expect(told({})).toBe('Both sides are level. Next the driver puts a descriptor’s number into ring[0] and makes idx 1.');
  });

  test('is a notification where the device knows of nothing', () => {
    expect(told({ available })).toBe('Posted: 1. The device does not know yet: it looks when the driver notifies queue 0.');
    expect(told({ available, isWanted: false })).toContain('In stock: 1.');
  });

  test('is the device’s where it has looked, or is at work', () => {
    expect(told({ available, dueAt: 1234 })).toBe('At tick 1 234 the device takes the chain from descriptor 2, which ring[0] names.');
    expect(told({ active: { head: 2, progress: 0 }, dueAt: 99 })).toContain('goes on at tick 99');
    expect(told({ active: { head: 2, progress: 0 } })).toContain('keeps the chain from descriptor 2');
  });

  test('is a reset behind a fault, and nothing before DRIVER_OK', () => {
    const fault = { reason: 1, value: 0, limit: 0, queue: 0, tick: 1, isNow: true };
    expect(told({ available }, { fault, isLive: false })).toContain('only a reset leads back');
    expect(told({ available }, { isLive: false })).toContain('has not set DRIVER_OK');
    expect(told({ isReady: false })).toContain('has not made this queue ready');
    expect(told({ available: null })).toContain('reaches no memory');
  });
});

describe('facts', () => {
  test('show a card’s address byte by byte, other fields as numbers', () => {
    expect(configText({ name: 'mac', offset: 0, size: 6, value: 0x0100_0054_52 })).toBe('52:54:00:00:01:00');
    expect(configText({ name: 'capacity', offset: 0, size: 8, value: 1234 }).replace('\u202f', ' ')).toBe('1 234');
  });

  test('are in French what they are in English', () => {
    const meanings = [...VIRTIO_STATUS_BITS, ...VIRTIO_COMMON_FEATURES, ...VIRTIO_TYPES.flatMap(({ features }) => [...features])];
    expect(meanings.filter(({ meaning }) => !(meaning in FR_VIRTIO_MEANINGS)).map(({ name }) => name)).toEqual([]);
    const places = (text: string): string[] => (text.match(/\{[^}]+\}/g) ?? []).sort();
    for (const { id, sentence } of VIRTIO_REASONS) expect(places(FR_VIRTIO_REASONS[id]), id).toEqual(places(sentence));
    expect(virtioReason('fr', { reason: VIRTIO_REASONS.findIndex(({ id }) => id === 'chainLoop') + 1, value: 2, limit: 4 })).toMatch(
      /descripteur 2\u00a0: c’est une boucle/,
    );
  });

  test('show bytes as letters', () => {
    expect(textOf(Uint8Array.of(0x68, 0x69, 0, 0xff))).toBe('hi··');
  });
});

describe('the schedule', () => {
  test('gives each its part of the ticks that are drawn', () => {
    const turns = [
      { vm: 0, from: 100, to: 150, exits: 1 },
      { vm: 1, from: 150, to: 200, exits: 1 },
      { vm: 0, from: 250, to: 300, exits: 0 },
    ];
    const stretch = stretchOf({ turns, tick: 300 } as never);
    expect(stretch).toEqual({ from: 100, to: 300 });
    expect([shareOf(turns, 0, stretch), shareOf(turns, 1, stretch), shareOf(turns, 2, stretch)]).toEqual([50, 25, 0]);
    expect(stretchOf({ turns: [], tick: 0 } as never)).toEqual({ from: 0, to: 1 });
  });
});

describe('what a device did', () => {
  test.each(['virtio-block', 'ping'])('is seen from the instant on at which it is told: %s', async (guest) => {
    const session = await sessionOf(guest);
    await after(session, () => session.run());
    const records = session.store.state.history.queues.slice(0, 10);
    const seen = async (tick: number, { device, queue, operation }: (typeof records)[number]): Promise<number> => {
      await after(session, () => session.seek(tick));
      const view = (await session.ask((machine) => machine.devices()))?.virtio.find(({ traceWord }) => traceWord === device);
      const found = view?.queues.find(({ index }) => index === queue);
      if (!found) return -1;
      const { notifications, interrupts, interruptsSuppressed } = found.counters;
      return { notify: notifications, take: found.nextAvail, use: found.nextUsed, interrupt: interrupts, suppress: interruptsSuppressed }[
        operation
      ];
    };
    for (const record of records) {
      const before = await seen(record.at - 1, record);
      expect(await seen(record.at, record), `${record.operation} at ${record.at}`).toBe(before + 1);
    }
  });
});

describe('why', () => {
  test('tells what a device does at the instant at which it shows', async () => {
    const session = await sessionOf('virtio-block');
    await after(session, () => session.run());
    const { queues } = session.store.state.history;
    expect(queues.slice(0, 4).map(({ operation }) => operation)).toEqual(['notify', 'take', 'use', 'interrupt']);
    const said = (state: typeof session.store.state, language: 'en' | 'fr'): string =>
      plain(language, whyOf(state)?.sentence ?? { key: 'why.nothing' }).replace(/[\u00a0\u202f]/g, ' ');
    const kick = await after(session, () => session.seek(queues[0].at));
    expect(said(kick, 'en')).toContain(
      'The disk is notified: there are new buffers in queue 0. The disk takes the chain from descriptor 0',
    );
    expect(said(kick, 'fr')).toContain('Le disque reçoit un avertissement');
    // What it did by itself is there at its own tick, not behind it.
    const [view] = (await session.ask((host) => host.devices()))?.virtio ?? [];
    expect(view.queues[0].active).toEqual({ head: 0, progress: 0 });
    expect(queues[1].at).toBe(queues[0].at);
    const used = await after(session, () => session.seek(queues[2].at));
    expect(said(used, 'en')).toContain(
      'The disk returns descriptor 0 in the used ring; bytes written: 1. The disk interrupts: the used idx is 1.',
    );
  });

  test('does not take the work of our hypervisor for a wait', async () => {
    const session = await sessionOf('ping');
    await after(session, () => session.step('exit'));
    // HLT itself first.
    await after(session, () => session.step());
    const state = await after(session, () => session.step());
    expect(plain('en', whyOf(state)?.sentence ?? { key: 'why.nothing' })).toContain('The hypervisor was at work');
  });

  test('names what was wrong with a ring', async () => {
    const session = await sessionOf('virtio-malicious');
    await after(session, () => session.run());
    const broken = session.store.state.history.statuses.filter(({ reason }) => reason !== 0);
    expect(broken.length).toBeGreaterThan(2);
    const state = await after(session, () => session.seek(broken[0].at));
    expect(plain('en', whyOf(state)?.sentence ?? { key: 'why.nothing' })).toMatch(/stops and asks for a reset\. \S/);
  });
});

import { describe, expect, it } from 'vitest';
import {
  F_EVENT_IDX,
  F_INDIRECT_DESC,
  F_VERSION_1,
  STATUS_DEVICE_NEEDS_RESET,
  STATUS_DRIVER_OK,
  STATUS_FEATURES_OK,
} from '../../../src/arch/virtio.ts';
import { VIRTIO_TYPES } from '../../../src/arch/virtio-devices.ts';
import { StateHash } from '../../../src/base/hash.ts';
import type { VirtioModel } from '../../../src/devices/virtio/model.ts';
import { Fuzzer } from './fuzzer.ts';
import { type Captured, MODEL_NAMES, MODELS, type ModelName, Rig, TRANSPORTS } from './rig.ts';

/** What every virtio device must do, whatever it is. */
type AnyRig = Rig<VirtioModel>;

const EVERY = TRANSPORTS.flatMap((transport) => MODEL_NAMES.map((name) => ({ name, transport })));

/** A transfer that takes several instants, by a driver by the book. */
const TRANSFERS: Readonly<Record<ModelName, (rig: AnyRig) => void>> = {
  console: (rig) =>
    send(
      rig,
      1,
      Uint8Array.from({ length: 30_000 }, (_, i) => i),
    ),
  block: (rig) => {
    for (let sector = 0; sector < 4; sector++) {
      send(rig, 0, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, sector, 0, 0, 0, 0, 0, 0, 0), new Uint8Array(1024).fill(sector + 1), 1);
    }
  },
  network: (rig) => {
    for (let i = 0; i < 3; i++) send(rig, 1, new Uint8Array(12 + 500 * (i + 1)).fill(i));
    send(rig, 0, 1600);
    (rig.model as ReturnType<typeof MODELS.network>).receive(new Uint8Array(100).fill(7));
  },
  entropy: (rig) => {
    for (let i = 0; i < 7; i++) send(rig, 0, 100 + i);
  },
  balloon: (rig) => send(rig, 0, new Uint8Array(Uint32Array.from({ length: 5000 }, (_, i) => i).buffer)),
};

function send(rig: AnyRig, index: number, ...pieces: (Uint8Array | number)[]): void {
  rig.driver.queues[index].add(...pieces);
  rig.driver.queues[index].kick();
}

/** Places at which two lists of bytes differ. The runner's own comparison takes its time over large arrays. */
function differing(one: readonly Uint8Array[], other: readonly Uint8Array[]): number[] {
  return one.flatMap((bytes, i) => (Buffer.compare(bytes, other[i]) === 0 ? [] : [i]));
}

/** Fingerprint of everything that is state, as a machine takes it. */
function hashOf({ parts, memory }: Captured): string {
  const hash = new StateHash();
  for (const bytes of parts) hash.add(bytes);
  return hash.add(memory).digest();
}

function expectEqual(one: Captured, other: Captured): void {
  expect(other.tick).toBe(one.tick);
  expect(other.line).toBe(one.line);
  expect(differing(one.parts, other.parts)).toEqual([]);
  expect(Buffer.compare(other.memory, one.memory)).toBe(0);
  const changed: number[] = [];
  if (one.pages && other.pages)
    other.pages.differences(one.pages, (index, page) => page.every((b, i) => b === one.pages?.get(index)[i]) || changed.push(index));
  expect(changed).toEqual([]);
}

it('every type in the tables has a device', () => {
  expect(MODEL_NAMES.map((name) => new Rig<VirtioModel>(MODELS[name]).model.type.name).sort()).toEqual(
    VIRTIO_TYPES.map(({ name }) => name).sort(),
  );
});

describe.each(EVERY)('the virtio $name device over $transport', ({ name, transport }) => {
  const build = (): AnyRig => new Rig<VirtioModel>(MODELS[name], {}, transport);

  it('has parts with names of their own, and exactly the bytes of their layouts, for life', () => {
    const rig = build();
    const arrays = rig.parts.map(({ bytes }) => bytes);
    const ids = rig.parts.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^dev(\.[a-z0-9]+)?$/);
    rig.driver.start([]);
    TRANSFERS[name](rig);
    rig.settle();
    rig.powerCycle();
    for (const [i, part] of rig.parts.entries()) {
      expect(part.bytes).toBe(arrays[i]);
      expect(part.bytes.length).toBe(part.layout.size);
    }
  });

  it('agrees with its table: features, queues and configuration fields', () => {
    const { model } = build();
    for (const feature of model.offered) expect(model.type.features.some(({ bit }) => bit === feature)).toBe(true);
    for (const { requires, bit } of model.type.features as readonly { bit: number; requires?: number }[]) {
      // "The device MUST NOT offer a feature which requires another feature which was not offered."
      if (requires !== undefined && model.offered.includes(bit)) expect(model.offered).toContain(requires);
    }
    expect(model.queueSizes.length).toBeLessThanOrEqual(model.type.queues.length);
    for (const { offset, size } of model.type.config) expect(offset + size).toBeLessThanOrEqual(model.configSize);
  });

  it('accepts any subset of what it offers, and works with it', () => {
    const rig = build();
    for (let round = 0; round < 40; round++) {
      const all = [F_INDIRECT_DESC, F_EVENT_IDX, ...rig.model.offered];
      const features = all.filter((_, i) => ((round * 2654435761) >>> (i + 3)) & 1);
      const lacking = rig.model.type.features.some((f) => features.includes(f.bit) && 'requires' in f && !features.includes(f.requires));
      expect(rig.driver.negotiate(features)).toBe(!lacking);
      if (lacking) continue;
      rig.driver.start(features);
      TRANSFERS[name](rig);
      rig.settle();
      expect(rig.access.status & STATUS_DEVICE_NEEDS_RESET).toBe(0);
    }
  });

  it('does nothing before DRIVER_OK', () => {
    const rig = build();
    rig.driver.negotiate([]);
    for (let i = 0; i < 6; i++) if (rig.access.queueMax(i) > 0) rig.driver.openQueue(i, 8);
    rig.memory.log = [];
    for (let i = 0; i < 6; i++) rig.access.notify(i);
    rig.settle();
    expect(rig.memory.log).toEqual([]);
    expect(rig.line).toBe(false);
  });

  it('is after power-on what it was when it was new', () => {
    const rig = build();
    const fresh = rig.parts.map(({ bytes }) => bytes.slice());
    rig.driver.start([]);
    // What is on a disk survives the power, so this disk is only asked for its name.
    if (name === 'block') send(rig, 0, Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 21);
    else TRANSFERS[name](rig);
    rig.settle();
    rig.powerCycle();
    const now = rig.parts.map(({ bytes }) => bytes);
    expect(differing(fresh, now).map((i) => rig.parts[i].id)).toEqual([]);
  });

  it('after a reset by the driver has no queue, no features and no interrupt', () => {
    const rig = build();
    rig.driver.start([F_EVENT_IDX]);
    TRANSFERS[name](rig);
    rig.runTo(rig.ticks + 2);
    rig.access.status = 0;
    expect([rig.access.status, rig.line, rig.transport.nextWake()]).toEqual([0, false, Number.POSITIVE_INFINITY]);
    expect(rig.device.has(F_VERSION_1)).toBe(false);
    for (const { state } of rig.device.queues)
      expect(state).toMatchObject({ isReady: 0, isActive: 0, nextAvail: 0, nextUsed: 0, descLow: 0 });
    rig.driver.start([]);
    expect(rig.access.status & (STATUS_DRIVER_OK | STATUS_FEATURES_OK)).toBe(STATUS_DRIVER_OK | STATUS_FEATURES_OK);
    TRANSFERS[name](rig);
    rig.settle();
    expect(rig.access.status & STATUS_DEVICE_NEEDS_RESET).toBe(0);
  });

  it('goes on in the same way from a snapshot at any instant of a transfer', () => {
    const rig = build();
    rig.driver.start([]);
    rig.settle();
    TRANSFERS[name](rig);
    const middle: Captured[] = [];
    for (let i = 0; rig.transport.nextWake() < Number.POSITIVE_INFINITY; i++) {
      if (i < 20) middle.push(rig.capture());
      rig.runTo(rig.transport.nextWake());
    }
    const end = rig.capture();
    expect(middle.length).toBeGreaterThan(0);
    for (const instant of middle) {
      const other = build();
      other.restore(instant);
      other.settle();
      expectEqual(end, other.capture());
    }
  });

  it('does the same again when it is done the same to', () => {
    const endings = [0, 1].map(() => {
      const fuzzer = new Fuzzer(name, 77, transport);
      fuzzer.run(3000);
      return { stats: JSON.stringify(fuzzer.stats), end: fuzzer.capture() };
    });
    expect(endings[1].stats).toBe(endings[0].stats);
    expectEqual(endings[0].end, endings[1].end);
    expect(hashOf(endings[1].end)).toBe(hashOf(endings[0].end));
  });

  it('does the same however time is cut', () => {
    const [whole, cut] = [false, true].map((isCut) => {
      const rig = build();
      rig.driver.start([]);
      TRANSFERS[name](rig);
      const until = rig.ticks + 50_000;
      for (let tick = rig.ticks; isCut && tick < until; tick += 7) rig.runTo(tick);
      rig.runTo(until);
      return rig.capture();
    });
    expectEqual(whole, cut);
  });

  it('answers every register, at every width, with a value that fits', () => {
    const rig = build();
    rig.driver.start([]);
    for (const size of [1, 2, 4] as const) {
      for (let offset = 0; offset < rig.windowSize; offset += size) {
        const value = rig.window.read(offset, size);
        expect(value >= 0 && value < 2 ** (8 * size)).toBe(true);
      }
    }
  });
});

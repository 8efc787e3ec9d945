import { beforeEach, describe, expect, it } from 'vitest';
import { PartitionedPort, type PartitionShare } from '../../../src/devices/pci/npar.ts';
import type { Link, Station } from '../../../src/devices/virtio/link.ts';
import { MockHost } from '../mock-host.ts';

/** 1 Gbit/s at 100 MHz: 0.8 ticks for a byte. */
const BYTES_PER_SECOND = 125_000_000;
const MILLISECOND = 100_000;

class Wire implements Link {
  readonly stations: Station[] = [];
  /** `[tick, station, length]` of each frame. */
  readonly sent: [number, number, number][] = [];
  private readonly host: MockHost;

  constructor(host: MockHost) {
    this.host = host;
  }

  join(station: Station): void {
    this.stations.push(station);
  }

  send(from: Station, frame: Uint8Array): void {
    this.sent.push([this.host.ticks, this.stations.indexOf(from), frame.length]);
  }
}

let host: MockHost;
let wire: Wire;
let port: PartitionedPort;
let stations: (Station & { got: Uint8Array[] })[];

function build(...shares: readonly PartitionShare[]): void {
  host = new MockHost();
  wire = new Wire(host);
  port = new PartitionedPort('nic.port', host, wire, { bytesPerSecond: BYTES_PER_SECOND, shares });
  stations = shares.map(() => {
    const got: Uint8Array[] = [];
    const station = { got, receive: (frame: Uint8Array) => got.push(frame) };
    port.join(station);
    return station;
  });
}

/** Runs to `tick`, waking the port when it asks. */
function runTo(tick: number): void {
  for (let wake = port.nextWake(); wake <= tick; wake = port.nextWake()) {
    host.ticks = Math.max(host.ticks, wake);
    port.wake(host.ticks);
    if (port.nextWake() <= host.ticks) throw new Error('the port wants to wake in the past');
  }
  host.ticks = tick;
}

/** Keeps the queues of `busy` partitions full for `ticks`, with frames of `size(partition)`; returns the bytes that each moved. */
function saturate(busy: readonly number[], ticks: number, size = (_partition: number) => 1000): number[] {
  const before = stations.map((_, i) => port.state.bytesSent.at(i));
  for (const end = host.ticks + ticks; host.ticks < end; ) {
    for (const i of busy) while (port.state.used.at(i) < 4000) port.send(stations[i], new Uint8Array(size(i)));
    runTo(Math.min(end, host.ticks + 1000));
  }
  return stations.map((_, i) => port.state.bytesSent.at(i) - before[i]);
}

/** Percent of what the wire can move in `ticks`. */
const percent = (bytes: readonly number[], ticks: number): number[] => bytes.map((b) => Math.round((100 * b) / (ticks * 1.25)));

describe('a partitioned port', () => {
  beforeEach(() => {
    build({ min: 10, max: 100 }, { min: 20, max: 50 }, { min: 30, max: 100 }, { min: 40, max: 40 });
  });

  it('takes as long for a frame as the wire does', () => {
    port.send(stations[0], new Uint8Array(1001));
    expect(port.nextWake()).toBe(801);
    runTo(MILLISECOND);
    expect(wire.sent).toEqual([[801, 0, 1001]]);
  });

  it('gives each partition its guaranteed share when all have enough to send', () => {
    expect(percent(saturate([0, 1, 2, 3], 10 * MILLISECOND), 10 * MILLISECOND)).toEqual([10, 20, 30, 40]);
  });

  it('counts bytes and not frames', () => {
    const sizes = [1500, 60, 700, 300];
    expect(
      percent(
        saturate([0, 1, 2, 3], 20 * MILLISECOND, (i) => sizes[i]),
        20 * MILLISECOND,
      ),
    ).toEqual([10, 20, 30, 40]);
  });

  it('divides what is left idle by the same weights', () => {
    expect(percent(saturate([0, 2], 20 * MILLISECOND), 20 * MILLISECOND)).toEqual([25, 0, 75, 0]);
  });

  it('keeps to a largest share, even if the wire stays idle', () => {
    expect(percent(saturate([1], 20 * MILLISECOND), 20 * MILLISECOND)).toEqual([0, 50, 0, 0]);
    expect(percent(saturate([1, 3], 20 * MILLISECOND), 20 * MILLISECOND)).toEqual([0, 50, 0, 40]);
  });

  it('lets a partition that was held back claim no credit for it later', () => {
    saturate([0, 3], 20 * MILLISECOND);
    const bytes = saturate([0, 1, 2, 3], MILLISECOND);
    expect(percent(bytes, MILLISECOND)[2]).toBeGreaterThanOrEqual(29);
    expect(percent(bytes, MILLISECOND)[3]).toBeLessThanOrEqual(41);
  });

  it('drops what does not fit a queue, and what is no frame', () => {
    for (let i = 0; i < 20; i++) port.send(stations[2], new Uint8Array(1500));
    port.send(stations[1], new Uint8Array(4000));
    runTo(MILLISECOND);
    expect([port.state.framesDropped.at(2), port.state.framesSent.at(2), port.state.framesDropped.at(1)]).toEqual([10, 10, 1]);
  });

  it('hands what comes from outside to the partition it is for', () => {
    wire.stations[2].receive(Uint8Array.of(1, 2));
    expect(stations.map((s) => s.got.length)).toEqual([0, 0, 1, 0]);
  });

  it('measures bytes for each virtual second', () => {
    // 100 MHz for ten milliseconds is not a second; look at the last whole one.
    port.send(stations[0], new Uint8Array(1000));
    runTo(host.ticksPerSecond);
    expect(port.bytesPerSecond(0)).toBe(1000);
    port.send(stations[0], new Uint8Array(500));
    runTo(2 * host.ticksPerSecond);
    expect(port.bytesPerSecond(0)).toBe(500);
    runTo(3 * host.ticksPerSecond);
    expect(port.bytesPerSecond(0)).toBe(0);
  });

  it('does not depend on when it is looked at, and goes on from its bytes', () => {
    const load = (): void => {
      for (let i = 0; i < 12; i++) port.send(stations[i % 4], new Uint8Array(100 * i + 60));
    };
    load();
    runTo(50_000);
    const quiet = wire.sent.slice();
    build(...port.shares);
    load();
    for (let tick = 7; tick < 3000; tick += 7) {
      runTo(tick);
      port.wake(tick);
    }
    const saved = port.bytes.slice();
    const half = wire.sent.slice();
    const now = host.ticks;
    build(...port.shares);
    port.bytes.set(saved);
    port.rebuild();
    host.ticks = now;
    runTo(50_000);
    expect([...half, ...wire.sent]).toEqual(quiet);
  });
});

describe('bytes from a file', () => {
  it('are refused where they name a partition that is not there, or more than a queue holds', () => {
    build({ min: 100, max: 100 });
    const good = port.bytes.slice();
    expect(port.misfit(good)).toBe('');
    port.state.sender = 3;
    expect(port.misfit(port.bytes)).toBe('partition 3 is sending, of 1');
    port.bytes.set(good);
    port.state.used.set(0, 0x4001);
    expect(port.misfit(port.bytes)).not.toBe('');
  });

  it('that fit but mean nothing end all the same', () => {
    build({ min: 60, max: 80 }, { min: 40, max: 100 });
    let x = 5;
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < port.bytes.length; i++) {
        x = Math.imul(x, 1664525) + 1013904223;
        port.bytes[i] = x >>> 24;
      }
      port.state.sender = round % 3 === 2 ? 255 : round % 3 && 1;
      for (let i = 0; i < 8; i++) port.state.used.set(i, port.state.used.at(i) % 0x4001);
      expect(port.misfit(port.bytes)).toBe('');
      port.rebuild();
      for (let i = 0; i < 20; i++) {
        port.send(stations[i % 2], new Uint8Array(100));
        host.ticks += 1000;
        port.wake(host.ticks);
      }
    }
  });
});

describe('shares', () => {
  it('make 100 percent, and the largest is at least the guaranteed', () => {
    expect(() => build({ min: 50, max: 100 }, { min: 49, max: 100 })).toThrow();
    expect(() => build({ min: 50, max: 40 }, { min: 50, max: 100 })).toThrow();
    expect(() => build()).toThrow();
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { Device, InputDevice } from '../../src/devices/device.ts';
import { createDevices } from '../../src/devices/index.ts';
import { Ports } from '../../src/devices/ports.ts';
import { Trace } from '../../src/trace/trace.ts';
import { MockHost } from '../devices/mock-host.ts';

/** What every device in the list must do. */
const NAMES = Object.keys(build().devices);

interface Bench {
  host: MockHost;
  devices: Record<string, Device>;
  ports: Ports;
}

function build(): Bench {
  const host = new MockHost();
  const devices = createDevices(host, { ramMiB: 16, startSeconds: 1_000_000_000 });
  return { host, devices, ports: new Ports(Object.values(devices), new Trace(16)) };
}

/** Pushes and pulls at `device` for `steps` random steps; returns everything that could be seen from outside. */
function shake(bench: Bench, device: Device, seed: number, steps: number): number[] {
  let x = seed | 1;
  const next = (): number => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
  const seen: number[] = [];
  const edges = bench.host.edges.length;
  for (let i = 0; i < steps; i++) {
    const range = device.ports[next() % device.ports.length];
    const port = range.first + (next() % range.count);
    const size = [1, 1, 1, 2, 4][next() % 5];
    switch (next() % 4) {
      case 0:
        seen.push(bench.ports.read(port, size));
        break;
      case 1:
        bench.ports.write(port, size, next() % 2 ** (8 * size));
        break;
      case 2:
        bench.host.runTo(device, bench.host.ticks + (next() % 2) * (next() % 300_000));
        break;
      default:
        if ('input' in device) (device as InputDevice).input(Uint8Array.of(next() & 255, next() & 255));
    }
    const wake = device.nextWake();
    if (!(wake > bench.host.ticks)) throw new Error(`${device.id}: next wake ${wake} is not after ${bench.host.ticks}`);
    seen.push(wake);
  }
  for (const edge of bench.host.edges.slice(edges)) seen.push(edge[0], edge[1], edge[2] ? 1 : 0);
  return seen;
}

describe.each(NAMES)('the device %s', (name) => {
  let bench: Bench;
  let device: Device;

  beforeEach(() => {
    bench = build();
    device = bench.devices[name];
  });

  it('has an id of its own, which is its name in the list, and registers at ports that it answers', () => {
    expect(device.id).toBe(name);
    for (const register of device.registers) {
      expect(device.ports.some((r) => register.port >= r.first && register.port < r.first + r.count)).toBe(true);
    }
  });

  it('keeps exactly the bytes that its layout lays out, in one array for life', () => {
    const bytes = device.bytes;
    shake(bench, device, 11, 200);
    device.reset();
    device.rebuild();
    expect(device.bytes).toBe(bytes);
    expect(bytes.length).toBe(device.layout.size);
  });

  it('survives absurd accesses, answers unsigned values that fit, and never wakes in the past', () => {
    for (let seed = 1; seed <= 10; seed++) {
      for (const value of shake(bench, device, seed * 104729, 600)) expect(value).toBeGreaterThanOrEqual(0);
    }
  });

  it('never wants to be woken if it says so', () => {
    if (!device.isPassive) return;
    shake(bench, device, 31, 500);
    expect(device.nextWake()).toBe(Number.POSITIVE_INFINITY);
  });

  it('is after reset what it is after power-on', () => {
    const fresh = build().devices[name].bytes.slice();
    shake(bench, device, 5, 500);
    bench.host.ticks = 0;
    device.reset();
    expect(device.bytes).toEqual(fresh);
  });

  it('goes on in the same way from a snapshot taken in the middle', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const first = build();
      shake(first, first.devices[name], seed * 31, 300);
      // The port's neighbours matter too: the timer's gate sits behind port 61H.
      const second = build();
      second.host.ticks = first.host.ticks;
      for (const [other, part] of Object.entries(first.devices)) {
        second.devices[other].bytes.set(part.bytes);
        second.devices[other].rebuild();
      }
      second.host.lines.splice(0, 16, ...first.host.lines);
      expect(shake(second, second.devices[name], seed, 300)).toEqual(shake(first, first.devices[name], seed, 300));
      expect(second.devices[name].bytes).toEqual(first.devices[name].bytes);
    }
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { Device } from '../../src/devices/device.ts';
import { createDevices } from '../../src/devices/index.ts';
import { Ports } from '../../src/devices/ports.ts';
import { Trace } from '../../src/trace/trace.ts';
import { MockHost } from './mock-host.ts';

let host: MockHost;
let ports: Ports;
let devices: Record<string, Device>;
let trace: Trace;

beforeEach(() => {
  host = new MockHost();
  trace = new Trace(64);
  devices = createDevices(host, { ramMiB: 16, startSeconds: 0 });
  ports = new Ports(Object.values(devices), trace);
});

describe('the I/O bus', () => {
  it('reads all ones at absent ports, at every size, also round the end', () => {
    expect([ports.read(0x1f0, 1), ports.read(0x1f0, 2), ports.read(0x1f0, 4)]).toEqual([0xff, 0xffff, 0xffffffff]);
    expect(ports.read(0xffff, 4)).toBe(0xffffffff);
    ports.write(0xffff, 4, 0x12345678);
  });

  it('splits a wide access into bytes for byte devices', () => {
    ports.write(0x3d4, 2, 0x120e); // index 14, data 12H
    expect(ports.read(0x3d5, 1)).toBe(0x12);
    expect(ports.read(0x3d4, 2)).toBe(0x12ff);
    expect(ports.read(0x20, 4)).toBe(0xffffff00); // IRR, mask, and two absent ports
  });

  it('traces each access to a device with its value', () => {
    ports.write(0xe9, 1, 0x41);
    ports.read(0x99, 1);
    expect(trace.written).toBe(1);
    expect([...trace.read(0).words.slice(3, 8)]).toEqual([Object.keys(devices).indexOf('debugConsole'), 1, 0xe9, 0x41, 1]);
  });
});

describe('the debug ports', () => {
  it('E9H shows what is written and reads E9H', () => {
    ports.write(0xe9, 1, 0x21);
    expect(host.sent.debug).toEqual([0x21]);
    expect(ports.read(0xe9, 1)).toBe(0xe9);
  });

  it('F4H ends the run with 2v + 1, from byte and double word alike', () => {
    ports.write(0xf4, 1, 0);
    ports.write(0xf4, 4, 0x10);
    ports.write(0xf4, 4, 0xffffffff);
    expect(host.exits).toEqual([1, 0x21, 0xffffffff]);
  });
});

describe('port 61H', () => {
  it('gates channel 2 of the timer and shows its output', () => {
    ports.write(0x61, 1, 1);
    ports.write(0x43, 1, 0xb0);
    ports.write(0x42, 1, 0xff);
    ports.write(0x42, 1, 0x00);
    expect(ports.read(0x61, 1) & 0x21).toBe(1);
    host.ticks += 25_000;
    expect(ports.read(0x61, 1) & 0x21).toBe(0x21);
  });

  it('toggles the refresh bit every 15 microseconds', () => {
    let toggles = 0;
    for (let last = ports.read(0x61, 1) & 0x10; host.ticks < 10_000_000; host.ticks += 100) {
      const now = ports.read(0x61, 1) & 0x10;
      if (now !== last) toggles++;
      last = now;
    }
    expect(toggles).toBe(Math.floor(1193182 / 10 / 18));
  });
});

describe('the display', () => {
  it('keeps cursor and start address, and has no registers beyond 17', () => {
    for (const [index, value] of [
      [12, 1],
      [13, 2],
      [14, 3],
      [15, 4],
    ] as const) {
      ports.write(0x3d4, 1, index);
      ports.write(0x3d5, 1, value);
      expect(ports.read(0x3d5, 1)).toBe(value);
    }
    ports.write(0x3d4, 1, 18);
    expect(ports.read(0x3d5, 1)).toBe(0xff);
  });

  it('retraces sixty times a second, and is blank then', () => {
    let frames = 0;
    let wasRetracing = false;
    for (host.ticks = 0; host.ticks < 100_000_000; host.ticks += 3000) {
      const status = ports.read(0x3da, 1);
      if (status & 8) expect(status & 1).toBe(1);
      if (status & 8 && !wasRetracing) frames++;
      wasRetracing = (status & 8) !== 0;
    }
    expect(frames).toBe(60);
  });
});

describe('A20 and reset', () => {
  it('A20 is on, whatever is asked', () => {
    ports.write(0x92, 1, 0);
    expect(ports.read(0x92, 1)).toBe(2);
    ports.write(0x64, 1, 0xd0);
    expect(ports.read(0x64, 1) & 3).toBe(1);
    expect(ports.read(0x60, 1)).toBe(3);
    expect(ports.read(0x64, 1) & 3).toBe(0);
  });

  it('resets by port 92H, by the pulse command FEH and by the output port', () => {
    ports.write(0x92, 1, 3);
    ports.write(0x64, 1, 0xfe);
    ports.write(0x64, 1, 0xd1);
    ports.write(0x60, 1, 0xdd);
    ports.write(0x64, 1, 0xd1);
    ports.write(0x60, 1, 0xde);
    expect(host.resets.length).toBe(3);
  });
});

describe('ACPI power management', () => {
  it('is on, and has no events', () => {
    expect([devices['acpi'].readPort(0x604, 2), devices['acpi'].readPort(0x600, 2)]).toEqual([1, 0]);
    devices['acpi'].writePort(0x602, 2, 0xffff);
    expect([devices['acpi'].readPort(0x602, 2), devices['acpi'].readPort(0x603, 1)]).toEqual([0x721, 0x07]);
  });

  it('switches off by S5 and sleep together, byte by byte too', () => {
    devices['acpi'].writePort(0x604, 2, 5 << 10);
    expect([host.isOff, devices['acpi'].readPort(0x604, 2)]).toEqual([false, 0x1401]);
    devices['acpi'].writePort(0x604, 2, (1 << 13) | (5 << 10));
    expect(host.isOff).toBe(false);
    devices['acpi'].writePort(0x605, 1, 1 << 5);
    expect([host.isOff, devices['acpi'].readPort(0x604, 2)]).toEqual([true, 1]);
  });
});

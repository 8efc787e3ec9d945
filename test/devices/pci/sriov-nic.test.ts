import { beforeEach, describe, expect, it } from 'vitest';
import { Chipset } from '../../../src/devices/pci/chipset.ts';
import { SrIovNic } from '../../../src/devices/pci/sriov-nic.ts';
import { Pic } from '../../../src/devices/pic.ts';
import { LearningSwitch } from '../../../src/devices/virtio/switch.ts';
import { PLATFORM } from '../../../src/machine/firmware/platform.ts';
import { setUpPci } from '../../../src/machine/firmware/pci-setup.ts';
import { Bus } from '../../../src/memory/bus.ts';
import { Physical } from '../../../src/memory/physical.ts';
import { Trace } from '../../../src/trace/trace.ts';
import { PciAccess } from '../virtio/access.ts';
import { MockHost } from '../mock-host.ts';
import { APERTURE, at, makeBridge } from './rig.ts';

const IOMMU = 0xfed9_0000;
const LAPIC = 0xfee0_0000;
/** Where each function's driver has its queues and buffers, as the function sees them; and how far apart they are in host memory. */
const [RECEIVE, TRANSMIT, BUFFER] = [0x0000, 0x1000, 0x2000];
const VM = 0x1_0000;
const HEADER = 12;
/** ACCESS_PLATFORM and VERSION_1, in the upper word. */
const FEATURES = 0b11;

let host: MockHost;
let bus: Bus;
let chipset: Chipset;
let nic: SrIovNic;

/** Root table at 20000H; function n (0 the PF) has domain n + 1 with two levels of tables that map its first 64 KiB to host memory n * 64 KiB. */
function setTables(functions: number): void {
  const write = (address: number, low: number, high = 0): void => {
    bus.write32(address, low);
    bus.write32(address + 4, high);
  };
  const base = 0x8_0000;
  write(base + 16, (base + 0x1000) | 1);
  for (let n = 0; n < functions; n++) {
    const table = base + 0x2000 + 0x2000 * n;
    write(base + 0x1000 + 16 * n, table | 1);
    write(base + 0x1000 + 16 * n + 8, (n + 1) << 8);
    write(table, (table + 0x1000) | 3);
    for (let page = 0; page < 16; page++) write(table + 0x1000 + 8 * page, (n * VM + page * 0x1000) | 3);
  }
  bus.write32(IOMMU + 0x20, base);
  bus.write32(IOMMU + 0x18, 0x4000_0000);
  bus.write32(IOMMU + 0x18, 0x8000_0000);
}

/** Brings function `n` up: features, both queues of two entries, a receive buffer, and MSI-X vector 1 as 50H + n for the receive queue. */
function startDriver(n: number): PciAccess {
  const fn = n === 0 ? nic.pf : nic.pf.vfs[n - 1];
  fn.writeConfig(4, 2, 6);
  const access = new PciAccess(fn);
  const [, table] = fn.decodes();
  for (const [i, word] of [0xfee0_0000, 0, 0x50 + n, 0].entries()) table.target.write(16 + 4 * i, 4, word);
  const msix = fn.capabilities.find((c) => c.name === 'MSI-X');
  fn.writeConfig((msix?.offset ?? 0) + 2, 2, 0x8000);
  access.status = 0;
  access.status = 3;
  access.accept(1, FEATURES);
  access.status = 11;
  for (const [queue, where] of [RECEIVE, TRANSMIT].entries())
    access.setQueue(queue, { size: 2, desc: where, driver: where + 0x100, device: where + 0x200 });
  access.set('queue_select', 0);
  access.set('queue_msix_vector', 1);
  access.status = 15;
  offer(n, RECEIVE, BUFFER, 1526, 2);
  access.notify(0);
  return access;
}

/** Puts one buffer into a queue of function `n`. */
function offer(n: number, queue: number, address: number, length: number, flags: number): void {
  const desc = n * VM + queue;
  for (const [i, word] of [address, 0, length, flags].entries()) bus.write32(desc + 4 * i, word);
  const available = bus.read16(desc + 0x102);
  bus.write16(desc + 0x104 + 2 * (available % 2), 0);
  bus.write16(desc + 0x102, available + 1);
}

/** A frame from function `from` to function `to`, whose payload is `payload`. */
function send(from: number, to: number, payload: number, access: PciAccess): void {
  const buffer = from * VM + BUFFER + 0x1000;
  const frame = [2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 8, 0, payload];
  for (const [i, byte] of frame.entries()) bus.write8(buffer + HEADER + i, byte);
  offer(from, TRANSMIT, BUFFER + 0x1000, HEADER + frame.length, 0);
  access.notify(1);
}

function run(ticks: number): void {
  for (const end = host.ticks + ticks; ; ) {
    const next = Math.min(...nic.transports.map((t) => t.nextWake()));
    if (next > end) break;
    host.ticks = next;
    for (const transport of nic.transports) if (transport.nextWake() <= next) transport.wake(next);
  }
}

beforeEach(() => {
  host = new MockHost();
  bus = new Bus(new Physical(1 << 20));
  chipset = new Chipset(
    { host, bus, pic: new Pic(host) },
    { aperture: APERTURE, ecam: PLATFORM.pci.ecam, lines: PLATFORM.pci.lines, iommu: {} },
  );
  const port = makeBridge();
  chipset.fabric.root.attach(1, 0, port);
  const trace = new Trace(64);
  const parts = { now: () => host.ticks, rewake: () => {}, trace };
  const options = { id: 'nic', number: 1, mac: [2, 0, 0, 0, 0, 0], totalVfs: 4, byteTicks: 0.8, isBehindIommu: true } as const;
  nic = new SrIovNic(parts, new LearningSwitch('nic.switch'), options);
  port.bus.attach(0, 0, nic.pf);
  setUpPci(chipset.fabric, PLATFORM);
  bus.write32(LAPIC + 0xf0, 0x1ff);
  const sriov = nic.pf.capabilities.find((c) => c.name === 'SR-IOV')?.offset ?? 0;
  nic.pf.writeConfig(sriov + 0x10, 2, 2);
  nic.pf.writeConfig(sriov + 0x08, 2, 9);
  setTables(3);
});

describe('a network card with virtual functions', () => {
  it('moves a frame from one VF to another, each in its own domain, and interrupts the receiver', () => {
    const first = startDriver(1);
    startDriver(2);
    send(1, 2, 0x77, first);
    run(1000);
    expect(bus.read8(2 * VM + BUFFER + HEADER + 14)).toBe(0x77);
    expect([bus.read16(2 * VM + RECEIVE + 0x202), bus.read32(2 * VM + RECEIVE + 0x208)]).toEqual([1, HEADER + 15]);
    expect(bus.read8(BUFFER + HEADER + 14)).toBe(0);
    expect([chipset.lapic.asserted, chipset.lapic.acknowledge()]).toEqual([true, 0x52]);
    expect(chipset.iommu?.faults.records).toEqual([]);
  });

  it('reaches its physical function like any other', () => {
    const vf = startDriver(1);
    startDriver(0);
    send(1, 0, 0x66, vf);
    run(1000);
    expect(bus.read8(BUFFER + HEADER + 14)).toBe(0x66);
  });

  it('cannot read beyond its domain: the access is blocked and recorded under the VF’s own ID', () => {
    const vf = startDriver(1);
    offer(1, TRANSMIT, VM + 0x3000, 60, 0);
    vf.notify(1);
    run(1000);
    expect(chipset.iommu?.faults.records).toMatchObject([{ requester: at(1, 0, 1), address: VM + 0x3000, isWrite: false, reason: 6 }]);
    expect(vf.status & 0x40).toBe(0x40);
  });

  it('insists on a driver that knows of the IOMMU', () => {
    const access = new PciAccess(nic.pf.vfs[0]);
    access.status = 3;
    access.accept(1, 1);
    access.status = 11;
    expect(access.status).toBe(3);
  });

  it('is as many parts as it has pieces, under names of their own', () => {
    expect(new Set(nic.parts.map((p) => p.id)).size).toBe(nic.parts.length);
    expect(nic.parts.map((p) => p.id)).toContain('nic.vf4.network');
  });

  it('goes silent when VF enable is cleared', () => {
    const first = startDriver(1);
    startDriver(2);
    send(1, 2, 0x55, first);
    nic.pf.writeConfig((nic.pf.capabilities.find((c) => c.name === 'SR-IOV')?.offset ?? 0) + 8, 2, 0);
    run(1000);
    expect([bus.read16(2 * VM + RECEIVE + 0x202), nic.transports[1].device.status]).toEqual([0, 0]);
  });
});

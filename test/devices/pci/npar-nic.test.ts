import { describe, expect, it } from 'vitest';
import { examineGroup } from '../../../src/devices/iommu/groups.ts';
import { NparNic } from '../../../src/devices/pci/npar-nic.ts';
import { describeTopology } from '../../../src/devices/pci/topology.ts';
import type { Station } from '../../../src/devices/virtio/link.ts';
import { LearningSwitch } from '../../../src/devices/virtio/switch.ts';
import { Trace } from '../../../src/trace/trace.ts';
import { PciAccess } from '../virtio/access.ts';
import { at, makeBridge, Rig } from './rig.ts';

const SHARES = [
  { min: 10, max: 100 },
  { min: 20, max: 30 },
  { min: 70, max: 100 },
];

function build(): { rig: Rig; nic: NparNic; heard: Uint8Array[] } {
  const rig = new Rig();
  const { host } = rig;
  const parts = { now: () => host.ticks, rewake: () => {}, ticksPerSecond: host.ticksPerSecond, trace: new Trace(64) };
  const wire = new LearningSwitch('wire');
  const heard: Uint8Array[] = [];
  const listener: Station = { receive: (frame) => heard.push(frame.slice()) };
  wire.join(listener);
  const options = {
    id: 'nic',
    number: 1,
    mac: [2, 0, 0, 0, 0, 0x10],
    isBehindIommu: false,
    bytesPerSecond: 125_000_000,
    shares: SHARES,
  } as const;
  const nic = new NparNic(parts, wire, options);
  const port = makeBridge();
  rig.fabric.root.attach(1, 0, port);
  nic.attachTo(port.bus, 0);
  rig.openBridge(at(0, 1, 0), 1, 1, [0xc000_0000, 0xc0ff_ffff]);
  return { rig, nic, heard };
}

describe('a partitioned network card', () => {
  it('is several ordinary functions of one device, without SR-IOV', () => {
    const { rig, nic } = build();
    expect([0, 1, 2, 3].map((fn) => rig.read(at(1, 0, fn), 0))).toEqual([0x1041_1af4, 0x1041_1af4, 0x1041_1af4, 0xffff_ffff]);
    expect(rig.read(at(1, 0, 0), 0x0e, 1)).toBe(0x80);
    expect(nic.functions.every((fn) => fn.virtualFunctions.length === 0)).toBe(true);
    expect(new Set(nic.parts.map((p) => p.id)).size).toBe(nic.parts.length);
  });

  it('sends a partition’s frames through the port', () => {
    const { rig, nic, heard } = build();
    rig.write(at(1, 0, 1), 0x10, 4, 0xc000_0000);
    rig.write(at(1, 0, 1), 4, 2, 6);
    const access = new PciAccess(nic.functions[1]);
    access.status = 3;
    access.accept(1, 1);
    access.status = 11;
    access.setQueue(1, { size: 2, desc: 0x1000, driver: 0x1100, device: 0x1200 });
    access.status = 15;
    for (const [i, word] of [0x2000, 0, 112, 0].entries()) rig.bus.write32(0x1000 + 4 * i, word);
    // To everybody, behind a header of 12 bytes.
    for (let i = 0; i < 6; i++) rig.bus.write8(0x200c + i, 0xff);
    rig.bus.write16(0x1102, 1);
    access.notify(1);
    for (const end = 10_000; ; ) {
      const next = Math.min(nic.port.nextWake(), ...nic.transports.map((t) => t.nextWake()));
      if (next > end) break;
      rig.host.ticks = next;
      for (const device of [nic.port, ...nic.transports]) if (device.nextWake() <= next) device.wake(next);
    }
    expect([heard.length, heard[0].length, nic.port.state.bytesSent.at(1)]).toEqual([1, 100, 100]);
  });

  it('has partitions that cannot be told apart, so that one alone cannot be given away', () => {
    const { rig } = build();
    const drivers = new Map([
      [at(1, 0, 0), 'vfio-pci'],
      [at(1, 0, 2), 'virtio-pci'],
    ]);
    const examined = examineGroup(at(1, 0, 0), describeTopology(rig.fabric), drivers);
    expect([examined?.isViable, examined?.group.members]).toEqual([false, [0, 1, 2].map((fn) => at(1, 0, fn))]);
    expect(examined?.sentence).toContain('01:00.2 is used by virtio-pci');
  });
});

/** A chipset with a card that has virtual functions behind a port that isolates them, and one with partitions behind a port that does not; with tables for the IOMMU. */
import { Chipset } from '../../../src/devices/pci/chipset.ts';
import { NparNic } from '../../../src/devices/pci/npar-nic.ts';
import { SrIovNic } from '../../../src/devices/pci/sriov-nic.ts';
import { Pic } from '../../../src/devices/pic.ts';
import { LearningSwitch } from '../../../src/devices/virtio/switch.ts';
import { PLATFORM } from '../../../src/machine/firmware/platform.ts';
import { setUpPci } from '../../../src/machine/firmware/pci-setup.ts';
import { Bus } from '../../../src/memory/bus.ts';
import { Physical } from '../../../src/memory/physical.ts';
import { Trace } from '../../../src/trace/trace.ts';
import { MockHost } from '../../devices/mock-host.ts';
import { APERTURE, makeBridge } from '../../devices/pci/rig.ts';

const IOMMU = 0xfed9_0000;
export const ROOT = 0x8_0000;
export const SHARES = [
  { min: 25, max: 100 },
  { min: 75, max: 80 },
];

export class Board {
  readonly host = new MockHost();
  readonly bus = new Bus(new Physical(1 << 20));
  readonly chipset = new Chipset(
    { host: this.host, bus: this.bus, pic: new Pic(this.host) },
    { aperture: APERTURE, ecam: PLATFORM.pci.ecam, lines: PLATFORM.pci.lines, iommu: {} },
  );
  readonly nic: SrIovNic;
  readonly npar: NparNic;

  constructor() {
    const { host, chipset } = this;
    const parts = { now: () => host.ticks, rewake: () => {}, ticksPerSecond: host.ticksPerSecond, trace: new Trace(64) };
    const link = new LearningSwitch('switch');
    const common = { mac: [2, 0, 0, 0, 0, 0], isBehindIommu: true } as const;
    this.nic = new SrIovNic(parts, link, { ...common, id: 'nic', number: 1, totalVfs: 4, byteTicks: 0.8 });
    this.npar = new NparNic(parts, link, { ...common, id: 'npar', number: 9, bytesPerSecond: 125_000_000, shares: SHARES });
    const port = makeBridge({ id: 'port0' });
    chipset.fabric.root.attach(1, 0, port);
    port.bus.attach(0, 0, this.nic.pf);
    const open = makeBridge({ id: 'port1', acs: 0 });
    chipset.fabric.root.attach(2, 0, open);
    this.npar.attachTo(open.bus, 0);
    setUpPci(chipset.fabric, PLATFORM);
  }

  get sriov(): number {
    return this.nic.pf.capabilities.find((c) => c.name === 'SR-IOV')?.offset ?? 0;
  }

  enableVfs(count: number): this {
    this.nic.pf.writeConfig(this.sriov + 0x10, 2, count);
    this.nic.pf.writeConfig(this.sriov + 0x08, 2, 9);
    return this;
  }

  /** Puts functions 01:00.n into domain n + 1, whose first 16 pages are the host's from n * 64 KiB on; and translation on. */
  enableIommu(functions = 3): this {
    this.write(ROOT + 16, (ROOT + 0x1000) | 1);
    for (let n = 0; n < functions; n++) {
      const table = ROOT + 0x2000 + 0x2000 * n;
      this.write(ROOT + 0x1000 + 16 * n, table | 1);
      this.write(ROOT + 0x1000 + 16 * n + 8, (n + 1) << 8);
      this.write(table, (table + 0x1000) | 3);
      for (let page = 0; page < 16; page++) this.map(n, page, n * 0x1_0000 + page * 0x1000);
    }
    this.bus.write32(IOMMU + 0x20, ROOT);
    this.bus.write32(IOMMU + 0x18, 0x4000_0000);
    this.bus.write32(IOMMU + 0x18, 0x8000_0000);
    return this;
  }

  /** Page `page` of function n's domain. */
  map(n: number, page: number, host: number, rights = 3): void {
    this.write(ROOT + 0x3000 + 0x2000 * n + 8 * page, host | rights);
  }

  /** An access of VF n, of four bytes. */
  access(n: number, address: number, isWrite = false): boolean {
    const fn = n === 0 ? this.nic.pf : this.nic.pf.vfs[n - 1];
    fn.writeConfig(4, 2, 6);
    return isWrite ? fn.dma.write(address, new Uint8Array(4)) : fn.dma.read(address, new Uint8Array(4));
  }

  private write(address: number, low: number): void {
    this.bus.write32(address, low);
    this.bus.write32(address + 4, 0);
  }
}

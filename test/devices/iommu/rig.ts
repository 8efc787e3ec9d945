/** A unit over a small memory, and words to write its tables with. */
import { Iommu, type IommuOptions } from '../../../src/devices/iommu/iommu.ts';
import { Bus } from '../../../src/memory/bus.ts';
import { Physical } from '../../../src/memory/physical.ts';

export const R = 1;
export const W = 2;
export const RW = 3;
export const PS = 0x80;
/** Where the tests put their tables. */
export const ROOT = 0x1_0000;
export const CONTEXTS = 0x1_1000;
export const TABLES = { 4: 0x2_0000, 3: 0x2_1000, 2: 0x2_2000, 1: 0x2_3000 } as const;
export const QUEUE = 0x3_0000;
/** The device of most tests: 00:03.0. */
export const DEVICE = 0x18;

export const REGISTER = {
  ...{ CAP: 0x08, ECAP: 0x10, GCMD: 0x18, GSTS: 0x1c, RTADDR: 0x20, CCMD: 0x28, FSTS: 0x34, FECTL: 0x38, FEDATA: 0x3c, FEADDR: 0x40 },
  ...{ IQH: 0x80, IQT: 0x88, IQA: 0x90, ICS: 0x9c, IECTL: 0xa0, IEDATA: 0xa4, IEADDR: 0xa8, IVA: 0xf0, IOTLB: 0xf8, FRCD: 0x220 },
} as const;
export const TE = 0x8000_0000;
export const SRTP = 0x4000_0000;
export const QIE = 0x0400_0000;

export class Rig {
  readonly physical = new Physical(1 << 20);
  readonly bus = new Bus(this.physical);
  /** `[address, data]` of the unit's interrupts. */
  readonly messages: [number, number][] = [];
  readonly iommu: Iommu;

  constructor(options: IommuOptions = {}) {
    this.iommu = new Iommu(this.bus, (address, data) => this.messages.push([address, data]), options);
  }

  get(register: number): number {
    return this.iommu.read(register, 4);
  }

  set(register: number, low: number, high?: number): void {
    this.iommu.write(register, 4, low >>> 0);
    if (high !== undefined) this.iommu.write(register + 4, 4, high >>> 0);
  }

  write64(host: number, low: number, high = 0): void {
    this.bus.write32(host, low);
    this.bus.write32(host + 4, high);
  }

  /** A present root entry for bus `bus`, with its context table at `contexts`. */
  setRoot(bus = 0, contexts = CONTEXTS, flags = 1): void {
    this.write64(ROOT + 16 * bus, contexts | flags);
  }

  /** The context entry of a function on bus 0. */
  setContext(devfn: number, { table = TABLES[4] as number, levels = 4, domain = 1, type = 0, flags = 1 } = {}): void {
    this.write64(CONTEXTS + 16 * devfn, table | (type << 2) | flags);
    this.write64(CONTEXTS + 16 * devfn + 8, (levels - 2) | (domain << 8));
  }

  /** Tables of `levels` levels for addresses below 2 MiB. */
  setTables(levels = 4): void {
    for (let level = levels; level > 1; level--) this.write64(TABLES[level as 2 | 3 | 4], TABLES[(level - 1) as 1 | 2 | 3] | RW);
  }

  /** Maps the page of `address` (below 2 MiB) to `host`. */
  map(address: number, host: number, rights = RW): void {
    this.write64(TABLES[1] + 8 * (address >>> 12), host | rights);
  }

  /** Translation on, with a root table, device 00:03.0 in domain 1, and tables of `levels` levels. */
  enable(levels = 4): this {
    this.setRoot();
    this.setContext(DEVICE, { levels, table: TABLES[levels as 2 | 3 | 4] });
    this.setTables(levels);
    this.set(REGISTER.RTADDR, ROOT, 0);
    this.set(REGISTER.GCMD, SRTP);
    this.set(REGISTER.GCMD, TE);
    return this;
  }

  read(address: number, requester = DEVICE): number {
    return this.iommu.translate(requester, address, false);
  }

  write(address: number, requester = DEVICE): number {
    return this.iommu.translate(requester, address, true);
  }

  /** The reason of the fault that was recorded last; 0 if none is. */
  get lastReason(): number {
    return this.iommu.faults.records.at(-1)?.reason ?? 0;
  }

  /** Clears all records and status, as a driver does. */
  clearFaults(): void {
    for (let record = 0; record < 8; record++) this.set(REGISTER.FRCD + 16 * record + 12, 0x8000_0000);
    this.set(REGISTER.FSTS, 0x7f);
  }

  /** What `access` is refused with; 0 if it is not. */
  reasonOf(access: () => number): number {
    this.clearFaults();
    return access() < 0 ? this.lastReason : 0;
  }

  // Invalidation by register.
  flushContexts(granularity = 1, domain = 0, requester = 0, functionMask = 0): number {
    this.set(REGISTER.CCMD, domain | (requester << 16), 0x8000_0000 | (granularity << 29) | functionMask);
    return (this.get(REGISTER.CCMD + 4) >>> 27) & 3;
  }

  flushIotlb(granularity = 1, domain = 0, address = 0, mask = 0): number {
    this.set(REGISTER.IVA, address | mask, Math.floor(address / 2 ** 32));
    this.set(REGISTER.IOTLB, 0, 0x8000_0000 | (granularity << 28) | domain);
    return (this.get(REGISTER.IOTLB + 4) >>> 25) & 3;
  }

  /** Puts descriptors, four dwords each, at the tail of a queue of one page at QUEUE, and moves the tail. */
  submit(...descriptors: readonly (readonly number[])[]): void {
    let tail = this.get(REGISTER.IQT);
    for (const words of descriptors) {
      for (let i = 0; i < 4; i++) this.bus.write32(QUEUE + tail + 4 * i, words[i] ?? 0);
      tail = (tail + 16) % 4096;
    }
    this.set(REGISTER.IQT, tail);
  }

  enableQueue(): void {
    this.set(REGISTER.IQA, QUEUE, 0);
    this.set(REGISTER.GCMD, (this.get(REGISTER.GSTS) & TE) | QIE);
  }
}

/** A small machine's memory and bus tree for the tests of this folder, and a device whose every access is written down. */
import { ACS_ISOLATION, routingId } from '../../../src/arch/pci.ts';
import { PciBridge, type BridgeDescription } from '../../../src/devices/pci/bridge.ts';
import { BusMasters } from '../../../src/devices/pci/bus-master.ts';
import { type EndpointDescription, type EndpointModel, PciEndpoint } from '../../../src/devices/pci/endpoint.ts';
import { PciFabric } from '../../../src/devices/pci/fabric.ts';
import { createHostFunction, PciHost } from '../../../src/devices/pci/host-bridge.ts';
import { type Aperture, PciWindows } from '../../../src/devices/pci/windows.ts';
import { Bus } from '../../../src/memory/bus.ts';
import { Physical } from '../../../src/memory/physical.ts';
import { MockHost } from '../mock-host.ts';

export const APERTURE: Aperture = { memory: { base: 0xc000_0000, end: 0xe000_0000 }, io: { base: 0xc000, end: 0x1_0000 } };
export const ALL_ACS = ACS_ISOLATION;

/** Remembers accesses to its BARs; reads answer 0x11 times the offset, in as many bytes as asked. */
export class ToyModel implements EndpointModel {
  readonly log: string[] = [];
  resets = 0;

  readBar(bar: number, offset: number, size: 1 | 2 | 4): number {
    this.log.push(`read BAR ${bar} +${offset} x${size}`);
    return (0x11 * offset) % 2 ** (8 * size);
  }

  writeBar(bar: number, offset: number, size: 1 | 2 | 4, value: number): void {
    this.log.push(`write BAR ${bar} +${offset} x${size} = ${value.toString(16)}`);
  }

  resetFunction(): void {
    this.resets++;
  }
}

export interface Toy {
  readonly model: ToyModel;
  readonly fn: PciEndpoint;
}

/** A device with a 4-KiB memory BAR 0, a 32-byte I/O BAR 1, and INTA. */
export function makeToy(more: Partial<EndpointDescription> = {}): Toy {
  const model = new ToyModel();
  const description: EndpointDescription = {
    ...{ id: 'toy', title: 'Toy', vendor: 0x4756, device: 0x1000, classCode: 0x020000, pin: 1 },
    bars: [
      { index: 0, kind: 'memory32', size: 4096 },
      { index: 1, kind: 'io', size: 32 },
    ],
    ...more,
  };
  return { model, fn: new PciEndpoint(description, model) };
}

export function makeBridge(more: Partial<BridgeDescription> = {}): PciBridge {
  return new PciBridge({ id: 'port', title: 'Port', type: 'rootPort', vendor: 0x4756, device: 2, acs: ALL_ACS, ...more });
}

export class Rig {
  readonly host = new MockHost();
  readonly physical = new Physical(1 << 20);
  readonly bus = new Bus(this.physical);
  readonly windows = new PciWindows(this.bus, APERTURE);
  readonly masters = new BusMasters(this.bus, APERTURE);
  readonly fabric = new PciFabric(this.windows, this.masters);
  readonly pciHost = new PciHost(this.host, this.fabric);
  /** `[address, data]` of messages. */
  readonly messages: [number, number][] = [];
  /** `[link, level]` of changes. */
  readonly links: [number, boolean][] = [];

  constructor() {
    createHostFunction(this.fabric);
    this.masters.deliver = (address, data) => this.messages.push([address, data]);
    this.fabric.onLink = (link, level) => this.links.push([link, level]);
  }

  /** Configuration accesses the way software makes them, through CF8H and CFCH. */
  read(rid: number, offset: number, size = 4): number {
    this.pciHost.writePort(0xcf8, 4, 0x8000_0000 + rid * 256 + (offset & 0xfc));
    return this.pciHost.readPort(0xcfc + (offset & 3), size);
  }

  write(rid: number, offset: number, size: number, value: number): void {
    this.pciHost.writePort(0xcf8, 4, 0x8000_0000 + rid * 256 + (offset & 0xfc));
    this.pciHost.writePort(0xcfc + (offset & 3), size, value);
  }

  /** Gives a bridge its bus numbers, a memory window, and lets it pass everything on. */
  openBridge(rid: number, secondary: number, subordinate: number, window?: readonly [base: number, last: number]): void {
    this.write(rid, 0x18, 4, (rid >> 8) | (secondary << 8) | (subordinate << 16));
    if (window !== undefined) this.write(rid, 0x20, 4, ((window[0] >>> 16) | (window[1] & 0xfff0_0000)) >>> 0);
    this.write(rid, 4, 2, 7);
  }
}

export const at = routingId;

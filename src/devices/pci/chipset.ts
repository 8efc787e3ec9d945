/** APICs, PCI and IOMMU wired to one another and to the memory bus: what stands between the processor, the devices and memory. */
import { IOAPIC_BASE, IOAPIC_SIZE, LAPIC_BASE, LAPIC_SIZE } from '../../arch/apic.ts';
import { VTD_BASE, VTD_SIZE } from '../../arch/vtd.ts';
import type { Bus } from '../../memory/bus.ts';
import type { Stateful } from '../../time/stateful.ts';
import type { DeviceHost } from '../device.ts';
import { IoApic } from '../ioapic/ioapic.ts';
import { Iommu, type IommuOptions } from '../iommu/iommu.ts';
import { type ExternalController, LocalApic } from '../lapic/lapic.ts';
import { BusMasters, INTERRUPT_BASE, INTERRUPT_END } from './bus-master.ts';
import type { PciEndpoint } from './endpoint.ts';
import { PciFabric } from './fabric.ts';
import { createHostFunction, ecamWindow, PciHost } from './host-bridge.ts';
import { type Aperture, PciWindows } from './windows.ts';

/** The PIC as the chipset drives it. */
export interface LineController extends ExternalController {
  setLine(line: number, level: boolean): void;
}

export interface ChipsetOptions {
  readonly aperture: Aperture;
  readonly ecam: { readonly base: number; readonly buses: number };
  /** Interrupt line of each of the root's four links. */
  readonly lines: readonly [number, number, number, number];
  /** Null: no IOMMU, and DMA goes where it says. */
  readonly iommu: IommuOptions | null;
}

/** What the chipset is built into. */
export interface ChipsetPlace {
  readonly host: DeviceHost;
  readonly bus: Bus;
  readonly pic: LineController;
}

/** Built once for a machine. The processor's interrupt controller is `lapic`; interrupt lines go through `setLine`. */
export class Chipset {
  readonly lapic: LocalApic;
  readonly ioapic: IoApic;
  readonly fabric: PciFabric;
  readonly pciHost: PciHost;
  readonly hostFunction: PciEndpoint;
  readonly iommu: Iommu | null;
  /** In the order of snapshots. Functions that are attached later are parts too, and so is what is behind them. */
  readonly parts: readonly Stateful[];
  private readonly pic: LineController;

  constructor({ host, bus, pic }: ChipsetPlace, { aperture, ecam, lines, iommu }: ChipsetOptions) {
    this.pic = pic;
    this.lapic = new LocalApic(host, pic);
    this.ioapic = new IoApic(this.lapic);
    this.lapic.onEoi = (vector) => this.ioapic.endOfInterrupt(vector);
    const masters = new BusMasters(bus, aperture);
    masters.deliver = (address, data) => this.lapic.deliver(address, data);
    this.iommu = iommu === null ? null : new Iommu(bus, (address, data) => this.sendMessage(address, data), iommu);
    masters.iommu = this.iommu;
    this.fabric = new PciFabric(new PciWindows(bus, aperture), masters);
    // Links may share a line: it is asserted while one of them is.
    this.fabric.onLink = (changed) => {
      const isAsserted = lines.some((line, link) => line === lines[changed] && this.fabric.isAsserted(link));
      this.setLine(lines[changed], isAsserted);
    };
    this.pciHost = new PciHost(host, this.fabric);
    this.hostFunction = createHostFunction(this.fabric);
    this.parts = [this.lapic, this.ioapic, this.pciHost, this.hostFunction, ...(this.iommu === null ? [] : [this.iommu])];
    const config = ecamWindow(this.fabric, ecam.buses);
    bus.mapMmio(ecam.base, config.size, config.handler);
    bus.mapMmio(LAPIC_BASE, LAPIC_SIZE, this.lapic);
    bus.mapMmio(IOAPIC_BASE, IOAPIC_SIZE, this.ioapic);
    if (this.iommu !== null) bus.mapMmio(VTD_BASE, VTD_SIZE, this.iommu);
  }

  /** Drives interrupt line `line`, 0 to 15, at PIC and I/O APIC; the timer's is pin 2 of the latter. */
  setLine(line: number, level: boolean): void {
    this.pic.setLine(line, level);
    this.ioapic.setPin(pinOf(line), level);
  }

  /** Whether a rise of `line` would interrupt the processor as things stand. */
  letsThrough(line: number): boolean {
    return this.lapic.letsThrough(line) || this.ioapic.letsThrough(pinOf(line));
  }

  /** Conventional reset of everything, the functions too. */
  reset(): void {
    for (const { fn } of this.fabric.functions) fn.reset();
    this.pciHost.reset();
    this.iommu?.reset();
    this.ioapic.reset();
    this.lapic.reset();
  }

  /** The IOMMU's own messages pass no IOMMU. Elsewhere than in the interrupt range nobody listens. */
  private sendMessage(address: number, data: number): void {
    if (address >= INTERRUPT_BASE && address < INTERRUPT_END) this.lapic.deliver(address, data);
  }
}

function pinOf(line: number): number {
  return line === 0 ? 2 : line;
}

/** Single-root I/O virtualization: a physical function that multiplies itself. Single Root I/O Virtualization and Sharing Specification 1.1. */
import {
  ARI,
  COMMAND,
  COMMAND_MASTER,
  DEVICE_ID,
  NO_VENDOR,
  SRIOV,
  SRIOV_ARI_HIERARCHY,
  SRIOV_CONTROL,
  SRIOV_FIRST_OFFSET,
  SRIOV_INITIAL_VFS,
  SRIOV_MEMORY_ENABLE,
  SRIOV_NUM_VFS,
  SRIOV_STRIDE,
  SRIOV_SUPPORTED_PAGE_SIZES,
  SRIOV_SYSTEM_PAGE_SIZE,
  SRIOV_TOTAL_VFS,
  SRIOV_VF_BAR0,
  SRIOV_VF_DEVICE_ID,
  SRIOV_VF_ENABLE,
  VENDOR_ID,
} from '../../arch/pci.ts';
import { assert } from '../../base/assert.ts';
import { addBars, type BarSpec, baseOf } from './bars.ts';
import type { ConfigTemplate } from './config-space.ts';
import { type EndpointDescription, type EndpointModel, endpointTemplate, PciEndpoint } from './endpoint.ts';
import type { Decode, DecodeTarget, PciFunction, PciSlot } from './function.ts';
import type { MsixPlacement } from './msi.ts';

/** How a physical function multiplies. */
export interface SrIovOptions {
  /** Most VFs that it can have; each is there from the beginning, as a part of the machine that does not answer yet. */
  readonly totalVfs: number;
  /** Device ID of each VF. */
  readonly device: number;
  /** VF BARs, of one VF; memory only. */
  readonly bars: readonly BarSpec[];
  readonly msix?: MsixPlacement;
  /** Adds further capabilities to each VF. */
  readonly extend?: (template: ConfigTemplate) => void;
  /** Physical functions of the device, whose VFs lie between one another. */
  readonly physicalFunctions?: number;
}

/** Makes the device behind VF `number`, from 1. */
export type MakeVf = (number: number) => EndpointModel;

/** 4, 8, 64, 256 KiB, 1 and 4 MiB: what every PF must support. */
const PAGE_SIZES = 0x553;
const LAST_FUNCTION = 7;
const LAST_ARI_FUNCTION = 255;

/** A virtual function: its own requester ID, bus mastering, MSI-X and reset; no identity, BARs or INTx of its own. */
export class VirtualFunction extends PciEndpoint {
  /** From 1. */
  readonly number: number;
  private readonly physical: SrIovFunction;
  private readonly targets: readonly DecodeTarget[];

  constructor(physical: SrIovFunction, number: number, model: EndpointModel) {
    super(virtualDescription(physical, number), model, virtualTemplate(physical));
    this.physical = physical;
    this.number = number;
    this.targets = physical.sriov.bars.map(({ index }) => this.targetOf(index));
  }

  /** Where the PF's VF BARs put it; the PF's VF MSE counts, not its own command register. */
  override decodes(): readonly Decode[] {
    const { physical, number } = this;
    if (!physical.isVfMemoryEnabled) return [];
    return physical.sriov.bars.map((bar, i): Decode => {
      const size = physical.vfBarSize(bar);
      return {
        space: 'memory',
        base: physical.vfBarBase(bar) + (number - 1) * size,
        size: bar.size,
        bar: bar.index,
        target: this.targets[i],
      };
    });
  }
}

/** A physical function with the SR-IOV capability. */
export class SrIovFunction extends PciEndpoint {
  readonly sriov: SrIovOptions;
  readonly description: EndpointDescription;
  /** All of them, whether they answer or not. Parts of the machine, as this is. */
  readonly vfs: readonly VirtualFunction[];
  /** Told when virtual functions have come or gone by a write of the capability. */
  onVirtualFunctions: () => void = () => {};
  private readonly capability: number;

  constructor(description: EndpointDescription, model: EndpointModel, sriov: SrIovOptions, makeVf: MakeVf) {
    super(description, model, physicalTemplate(description, sriov));
    assert(sriov.totalVfs > 0 && sriov.bars.every((b) => b.kind !== 'io'), 'VFs have memory BARs only');
    this.description = description;
    this.sriov = sriov;
    this.capability = this.config.find(SRIOV.id, true) ?? 0;
    this.vfs = Array.from({ length: sriov.totalVfs }, (_, i) => new VirtualFunction(this, i + 1, makeVf(i + 1)));
    this.placeVfs();
  }

  override attach(slot: PciSlot): void {
    super.attach(slot);
    this.placeVfs();
    for (const vf of this.vfs) vf.attach(slot.slotFor(vf, () => this.routingIdOf(vf.number)));
  }

  override get virtualFunctions(): readonly PciFunction[] {
    return this.isVfEnabled ? this.vfs.slice(0, this.config.get16(this.capability + SRIOV_NUM_VFS)) : [];
  }

  get isVfEnabled(): boolean {
    return (this.config.get16(this.capability + SRIOV_CONTROL) & SRIOV_VF_ENABLE) !== 0;
  }

  get isVfMemoryEnabled(): boolean {
    return (this.config.get16(this.capability + SRIOV_CONTROL) & SRIOV_MEMORY_ENABLE) !== 0;
  }

  /** Routing ID of VF `number`; it may lie on a later bus than the PF's. */
  routingIdOf(number: number): number {
    const own = this.slot?.routingId ?? 0;
    const { config, capability } = this;
    return (own + config.get16(capability + SRIOV_FIRST_OFFSET) + (number - 1) * config.get16(capability + SRIOV_STRIDE)) & 0xffff;
  }

  /** Bytes from one VF's share of a VF BAR to the next: the BAR's size, a system page at least. */
  vfBarSize(bar: BarSpec): number {
    const pages = this.config.get32(this.capability + SRIOV_SYSTEM_PAGE_SIZE);
    return Math.max(bar.size, pages === 0 ? 0 : 2 ** (12 + Math.min(31 - Math.clz32(pages & -pages), 18)));
  }

  /** What VF BAR `bar` holds: where the first VF's share begins. */
  vfBarBase(bar: BarSpec): number {
    return baseOf(this.config, this.capability + SRIOV_VF_BAR0 + 4 * bar.index, bar);
  }

  override writeConfig(offset: number, size: number, value: number): void {
    const { config, capability } = this;
    const wasEnabled = this.isVfEnabled;
    const numVfs = config.get16(capability + SRIOV_NUM_VFS);
    const pageSize = config.get32(capability + SRIOV_SYSTEM_PAGE_SIZE);
    config.write(offset, size, value);
    if (wasEnabled) {
      // Both hold while VFs are enabled, and so does what follows from them.
      config.set16(capability + SRIOV_NUM_VFS, numVfs);
      config.set32(capability + SRIOV_SYSTEM_PAGE_SIZE, pageSize);
      if (!this.isVfEnabled) this.resetVfs();
    }
    this.alignVfBars();
    if (!this.isVfEnabled) this.placeVfs();
    this.afterConfigWrite(offset, size);
    if (wasEnabled !== this.isVfEnabled) this.onVirtualFunctions();
  }

  /** A reset of the PF takes its VFs with it. */
  override reset(): void {
    super.reset();
    this.resetVfs();
    this.placeVfs();
  }

  private resetVfs(): void {
    for (const vf of this.vfs) vf.reset();
  }

  /** Address bits below the size cannot be written; the size follows the system page size. */
  private alignVfBars(): void {
    for (const bar of this.sriov.bars) {
      const at = this.capability + SRIOV_VF_BAR0 + 4 * bar.index;
      const low = this.config.get32(at);
      this.config.set32(at, ((low & -this.vfBarSize(bar)) | (low & 0xf)) >>> 0);
    }
  }

  /** First VF offset and VF stride: behind the physical functions where the device number stays 0 or the port above forwards to all functions; else on the
   *  next bus. So they change with NumVFs and the ARI bit, and software must read them again. */
  private placeVfs(): void {
    const { config, capability } = this;
    const { physicalFunctions = 1 } = this.sriov;
    const own = (this.slot?.routingId ?? 0) & 0xff;
    const last = own + config.get16(capability + SRIOV_NUM_VFS) * physicalFunctions;
    const isAri = (config.get16(capability + SRIOV_CONTROL) & SRIOV_ARI_HIERARCHY) !== 0;
    const isNear = last <= (isAri ? LAST_ARI_FUNCTION : LAST_FUNCTION);
    config.set16(capability + SRIOV_FIRST_OFFSET, isNear ? physicalFunctions : 0x100);
    config.set16(capability + SRIOV_STRIDE, physicalFunctions);
  }
}

function physicalTemplate(description: EndpointDescription, { totalVfs, device, bars }: SrIovOptions): ConfigTemplate {
  const template = endpointTemplate(description);
  template.add(ARI);
  const offset = template.add(SRIOV);
  template.set(offset + SRIOV_INITIAL_VFS, 2, totalVfs);
  template.set(offset + SRIOV_TOTAL_VFS, 2, totalVfs);
  template.set(offset + SRIOV_VF_DEVICE_ID, 2, device);
  template.set(offset + SRIOV_SUPPORTED_PAGE_SIZES, 4, PAGE_SIZES);
  template.set(offset + SRIOV_SYSTEM_PAGE_SIZE, 4, 1);
  addBars(template, offset + SRIOV_VF_BAR0, bars);
  return template;
}

function virtualDescription(physical: SrIovFunction, number: number): EndpointDescription {
  const { description, sriov } = physical;
  return {
    ...{ id: `${description.id}.vf${number}`, title: `${description.title}, virtual function ${number}` },
    ...{ vendor: description.vendor, device: sriov.device, classCode: description.classCode, revision: description.revision ?? 0 },
    ...{ subsystemVendor: description.subsystemVendor ?? description.vendor, subsystem: description.subsystem ?? description.device },
    bars: [],
    express: description.express ?? 'endpoint',
    ...(sriov.msix === undefined ? {} : { msix: sriov.msix }),
    ...(sriov.extend === undefined ? {} : { extend: sriov.extend }),
  };
}

/** Vendor and device read FFFFH, so that no bus scan takes it for a function: who wants it asks the PF. Of the command register only bus mastering is there. */
function virtualTemplate(physical: SrIovFunction): ConfigTemplate {
  const template = endpointTemplate(virtualDescription(physical, 1));
  template.set(VENDOR_ID, 2, NO_VENDOR);
  template.set(DEVICE_ID, 2, NO_VENDOR);
  template.setWritable(COMMAND, COMMAND_MASTER);
  return template;
}

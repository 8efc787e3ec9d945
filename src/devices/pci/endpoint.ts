import {
  BAR0,
  CLASS_CODE,
  COMMAND,
  COMMAND_INTX_DISABLE,
  COMMAND_IO,
  COMMAND_MASTER,
  COMMAND_MEMORY,
  DEVICE_ID,
  EXPRESS,
  EXPRESS_DEVICE_CAPABILITIES,
  EXPRESS_DEVICE_CONTROL,
  EXPRESS_FLAGS,
  EXPRESS_FLR_CAPABLE,
  EXPRESS_INITIATE_FLR,
  EXPRESS_TYPES,
  type ExpressType,
  HEADER_0,
  HEADER_MULTIFUNCTION,
  HEADER_TYPE,
  INTERRUPT_LINE,
  INTERRUPT_PIN,
  MSI,
  type PciCapability,
  REVISION_ID,
  STATUS,
  STATUS_INTERRUPT,
  STATUS_RECEIVED_MASTER_ABORT,
  SUBSYSTEM_ID,
  SUBSYSTEM_VENDOR_ID,
  VENDOR_ID,
} from '../../arch/pci.ts';
import { type ArrayField, type Layout, layout } from '../../base/layout.ts';
import { addBars, type BarSpec, decodeOf } from './bars.ts';
import { ConfigSpace, ConfigTemplate } from './config-space.ts';
import type { Decode, DecodeTarget, DmaPort, PciFunction, PciSlot } from './function.ts';
import { addMsi, addMsix, Msi, Msix, type MsixPlacement, msixWords } from './msi.ts';

/** What an endpoint shows in its configuration space. */
export interface EndpointDescription {
  readonly id: string;
  readonly title: string;
  readonly vendor: number;
  readonly device: number;
  readonly subsystemVendor?: number;
  readonly subsystem?: number;
  readonly revision?: number;
  /** Base class, subclass, programming interface. */
  readonly classCode: number;
  readonly isMultifunction?: boolean;
  readonly bars: readonly BarSpec[];
  /** INTx pin, 1 to 4; none where left out. */
  readonly pin?: number;
  readonly msi?: { readonly log2Vectors: number };
  readonly msix?: MsixPlacement;
  /** Has the PCI Express capability, with function-level reset. Without it the function is conventional and has no extended space. */
  readonly express?: ExpressType;
  /** Adds further capabilities, behind those above. */
  readonly extend?: (template: ConfigTemplate) => void;
}

/** What a device does behind its registers: the part that the author of a device writes. */
export interface EndpointModel {
  /** Accesses to BAR `bar`, aligned, `size` 1, 2 or 4, unsigned; MSI-X table and pending bits never arrive here. */
  readBar(bar: number, offset: number, size: 1 | 2 | 4): number;
  writeBar(bar: number, offset: number, size: 1 | 2 | 4, value: number): void;
  /** Function-level or conventional reset: the model's own state is that after power-on. */
  resetFunction(): void;
  /** Before software reads configuration space at `offset`: the model may put fresh values there, and have side effects. */
  beforeConfigRead?(offset: number, size: number): void;
  /** After software wrote there. */
  afterConfigWrite?(offset: number, size: number): void;
}

/** Adds a PCI Express capability and returns its offset. */
export function addExpress(template: ConfigTemplate, type: ExpressType): number {
  const offset = template.add(EXPRESS);
  template.set(offset + EXPRESS_FLAGS, 2, 2 | (EXPRESS_TYPES[type] << 4));
  return offset;
}

/** The state of an endpoint as the machine sees it: configuration space, and the MSI-X table and pending bits. */
interface EndpointState {
  readonly config: ArrayField;
  readonly msixTable: ArrayField;
  readonly msixPending: ArrayField;
}

/** An ordinary function: header type 0, BARs, interrupts of every kind, bus mastering, resets. The device behind it is its model. */
export class PciEndpoint implements PciFunction {
  readonly id: string;
  readonly title: string;
  readonly layout: Layout;
  readonly bytes: Uint8Array;
  readonly config: ConfigSpace;
  readonly pin: number;
  private place: PciSlot | null = null;
  protected readonly model: EndpointModel;
  private readonly bars: readonly { readonly spec: BarSpec; readonly target: DecodeTarget }[];
  private readonly msi: Msi | null;
  private readonly msix: Msix | null;

  constructor(description: EndpointDescription, model: EndpointModel, template = endpointTemplate(description)) {
    const { id, title, pin = 0, bars, msix } = description;
    this.id = id;
    this.title = title;
    this.pin = pin;
    this.model = model;
    const words = msixWords(msix?.vectors ?? 0);
    const form = layout({ config: ['u8', template.size], msixTable: ['u32', words.table], msixPending: ['u32', words.pending] });
    this.layout = form;
    this.bytes = new Uint8Array(form.size);
    const state: EndpointState = form.view(this.bytes);
    this.config = new ConfigSpace(template, this.bytes.subarray(0, template.size));
    const send = (address: number, data: number): void => this.sendMessage(address, data);
    const msiAt = this.config.find(MSI.id);
    this.msi = msiAt === undefined ? null : new Msi(this.config, msiAt, send);
    this.msix = msix === undefined ? null : new Msix(this.config, msix, { table: state.msixTable, pending: state.msixPending }, send);
    this.bars = bars.map((spec) => ({ spec, target: this.targetOf(spec.index) }));
  }

  get slot(): PciSlot | null {
    return this.place;
  }

  attach(slot: PciSlot): void {
    this.place = slot;
  }

  get virtualFunctions(): readonly PciFunction[] {
    return [];
  }

  get registers(): ConfigTemplate['registers'] {
    return this.config.template.registers;
  }

  get capabilities(): ConfigTemplate['capabilities'] {
    return this.config.template.capabilities;
  }

  get isMaster(): boolean {
    return (this.config.get16(COMMAND) & COMMAND_MASTER) !== 0;
  }

  /** How it interrupts now. */
  get interruptMode(): 'intx' | 'msi' | 'msix' {
    return this.msix?.isEnabled ? 'msix' : this.msi?.isEnabled ? 'msi' : 'intx';
  }

  get isPinAsserted(): boolean {
    const isPending = (this.config.get16(STATUS) & STATUS_INTERRUPT) !== 0;
    return isPending && this.pin !== 0 && this.interruptMode === 'intx' && (this.config.get16(COMMAND) & COMMAND_INTX_DISABLE) === 0;
  }

  /** Memory as the device sees it: through the IOMMU, with its requester ID, and only while it may master the bus. */
  readonly dma: DmaPort = {
    check: (address, size, isWrite) => this.slot?.dma.check(address, size, isWrite) ?? false,
    read: (address, into) => {
      if (this.slot !== null) return this.slot.dma.read(address, into);
      into.fill(0xff);
      return false;
    },
    write: (address, bytes) => this.slot?.dma.write(address, bytes) ?? false,
  };

  /** The level of INTx as the device would have it. It shows in the status register, and on the pin where that is how the function interrupts. */
  setIntx(level: boolean): void {
    const status = this.config.get16(STATUS);
    const after = level ? status | STATUS_INTERRUPT : status & ~STATUS_INTERRUPT;
    if (after === status) return;
    this.config.set16(STATUS, after);
    this.slot?.pinChanged();
  }

  /** Sends vector `vector` as the message that software chose for it. Nothing while interrupts go by INTx. */
  signal(vector: number): void {
    if (this.msix?.isEnabled) this.msix.signal(vector);
    else if (this.msi?.isEnabled) this.msi.signal(vector);
  }

  readConfig(offset: number, size: number): number {
    this.model.beforeConfigRead?.(offset, size);
    return this.config.read(offset, size);
  }

  peekConfig(offset: number, size: number): number {
    return this.config.read(offset, size);
  }

  writeConfig(offset: number, size: number, value: number): void {
    this.config.write(offset, size, value);
    this.afterConfigWrite(offset, size);
  }

  /** Does what the written registers ask for. */
  protected afterConfigWrite(offset: number, size: number): void {
    this.checkFlr();
    this.msi?.afterWrite();
    this.msix?.afterWrite();
    this.model.afterConfigWrite?.(offset, size);
    this.slot?.decodesChanged();
    this.slot?.pinChanged();
  }

  decodes(): readonly Decode[] {
    const command = this.config.get16(COMMAND);
    return this.bars
      .filter(({ spec }) => (command & (spec.kind === 'io' ? COMMAND_IO : COMMAND_MEMORY)) !== 0)
      .map(({ spec, target }) => decodeOf(this.config, BAR0, spec, target));
  }

  reset(): void {
    this.config.reset();
    this.msix?.reset();
    this.model.resetFunction();
    this.slot?.decodesChanged();
    this.slot?.pinChanged();
  }

  rebuild(): void {}

  noteMasterAbort(): void {
    this.config.set16(STATUS, this.config.get16(STATUS) | STATUS_RECEIVED_MASTER_ABORT);
  }

  /** Function-level reset: all but what firmware left in the interrupt line. It takes no time here. */
  private checkFlr(): void {
    const express = this.config.find(EXPRESS.id);
    if (express === undefined || (this.config.get16(express + EXPRESS_DEVICE_CONTROL) & EXPRESS_INITIATE_FLR) === 0) return;
    const line = this.config.get8(INTERRUPT_LINE);
    this.reset();
    this.config.set8(INTERRUPT_LINE, line);
  }

  private sendMessage(address: number, data: number): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, data, true);
    this.dma.write(address, bytes);
  }

  /** What answers at BAR `bar`: the MSI-X table where it lies, else the model. */
  protected targetOf(bar: number): DecodeTarget {
    return {
      read: (offset, size) => (this.msix?.covers(bar, offset) ? this.msix.read(offset, size) : this.model.readBar(bar, offset, size)),
      write: (offset, size, value) => {
        if (this.msix?.covers(bar, offset)) this.msix.write(offset, size, value);
        else this.model.writeBar(bar, offset, size, value);
      },
    };
  }
}

/** The template of an endpoint's configuration space. */
export function endpointTemplate(description: EndpointDescription): ConfigTemplate {
  const { vendor, device, classCode, bars, pin = 0, express, msi, msix } = description;
  const template = new ConfigTemplate(HEADER_0);
  template.set(VENDOR_ID, 2, vendor);
  template.set(DEVICE_ID, 2, device);
  template.set(REVISION_ID, 1, description.revision ?? 0);
  template.set(CLASS_CODE, 1, classCode & 0xff);
  template.set(CLASS_CODE + 1, 2, classCode >> 8);
  template.set(HEADER_TYPE, 1, description.isMultifunction ? HEADER_MULTIFUNCTION : 0);
  template.set(SUBSYSTEM_VENDOR_ID, 2, description.subsystemVendor ?? vendor);
  template.set(SUBSYSTEM_ID, 2, description.subsystem ?? device);
  template.set(INTERRUPT_PIN, 1, pin);
  addBars(template, BAR0, bars);
  if (bars.some((b) => b.kind === 'io')) template.writable[COMMAND] |= COMMAND_IO;
  if (bars.some((b) => b.kind !== 'io')) template.writable[COMMAND] |= COMMAND_MEMORY;
  if (express !== undefined) {
    const at = addExpress(template, express);
    template.set(at + EXPRESS_DEVICE_CAPABILITIES, 4, EXPRESS_FLR_CAPABLE);
    // Initiate FLR.
    template.writable[at + EXPRESS_DEVICE_CONTROL + 1] |= EXPRESS_INITIATE_FLR >> 8;
  }
  if (msi !== undefined) addMsi(template, msi.log2Vectors);
  if (msix !== undefined) addMsix(template, msix);
  description.extend?.(template);
  return template;
}

/** A vendor-specific capability, as virtio uses several of. `bytes` follow the header's two. */
export function addVendorCapability(
  template: ConfigTemplate,
  capability: Omit<PciCapability, 'id' | 'isExtended'>,
  bytes: Uint8Array,
): number {
  const offset = template.add({ ...capability, id: 0x09, isExtended: false });
  template.initial.set(bytes, offset + 2);
  return offset;
}

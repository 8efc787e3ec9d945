import {
  ACS,
  ACS_CAPABILITY,
  ACS_CONTROL,
  BRIDGE_CONTROL,
  BRIDGE_SECONDARY_RESET,
  CLASS_CODE,
  CLASS_PCI_BRIDGE,
  COMMAND,
  COMMAND_IO,
  COMMAND_MASTER,
  COMMAND_MEMORY,
  DEVICE_ID,
  EXPRESS,
  EXPRESS_ARI_FORWARDING,
  EXPRESS_DEVICE_CAPABILITIES_2,
  EXPRESS_DEVICE_CONTROL_2,
  type ExpressType,
  HEADER_1,
  HEADER_BRIDGE,
  HEADER_MULTIFUNCTION,
  HEADER_TYPE,
  IO_BASE,
  IO_LIMIT,
  MEMORY_BASE,
  MEMORY_LIMIT,
  PREFETCHABLE_BASE,
  PREFETCHABLE_LIMIT,
  SECONDARY_BUS,
  STATUS,
  STATUS_RECEIVED_MASTER_ABORT,
  SUBORDINATE_BUS,
  VENDOR_ID,
} from '../../arch/pci.ts';
import { type Layout, layout } from '../../base/layout.ts';
import { PciBus } from './bus.ts';
import { ConfigSpace, ConfigTemplate } from './config-space.ts';
import { addExpress } from './endpoint.ts';
import type { Bridge, Decode, PciFunction, PciSlot } from './function.ts';

/** What a bridge or port is. */
export interface BridgeDescription {
  readonly id: string;
  readonly title: string;
  readonly type: Extract<ExpressType, 'rootPort' | 'upstreamPort' | 'downstreamPort' | 'bridgeToPci'>;
  readonly vendor: number;
  readonly device: number;
  readonly isMultifunction?: boolean;
  /** Services that its ACS capability offers (bits of ACS_BITS), all of them on after reset as an operating system leaves them; 0 or none: no capability. */
  readonly acs?: number;
}

/** A port of PCI Express, or the bridge to a conventional bus: it passes on what belongs to the buses and windows behind it. */
export class PciBridge implements Bridge {
  readonly id: string;
  readonly title: string;
  readonly layout: Layout;
  readonly bytes: Uint8Array;
  readonly config: ConfigSpace;
  readonly type: BridgeDescription['type'];
  readonly bus: PciBus;
  readonly pin = 0;
  readonly isPinAsserted = false;
  readonly virtualFunctions: readonly PciFunction[] = [];
  private place: PciSlot | null = null;

  constructor(description: BridgeDescription) {
    const { id, title, type } = description;
    this.id = id;
    this.title = title;
    this.type = type;
    const template = bridgeTemplate(description);
    const form = layout({ config: ['u8', template.size] });
    this.layout = form;
    this.bytes = new Uint8Array(form.size);
    this.config = new ConfigSpace(template, this.bytes.subarray(0, template.size));
    this.bus = new PciBus(this);
  }

  get isLink(): boolean {
    return this.type === 'rootPort' || this.type === 'downstreamPort';
  }

  get slot(): PciSlot | null {
    return this.place;
  }

  attach(slot: PciSlot): void {
    this.place = slot;
  }

  get registers(): ConfigTemplate['registers'] {
    return this.config.template.registers;
  }

  get capabilities(): ConfigTemplate['capabilities'] {
    return this.config.template.capabilities;
  }

  get secondary(): number {
    return this.config.get8(SECONDARY_BUS);
  }

  get subordinate(): number {
    return this.config.get8(SUBORDINATE_BUS);
  }

  get isMaster(): boolean {
    return (this.config.get16(COMMAND) & COMMAND_MASTER) !== 0;
  }

  get acs(): number {
    const offset = this.config.find(ACS.id, true);
    return offset === undefined ? 0 : this.config.get16(offset + ACS_CONTROL);
  }

  get isAriForwarding(): boolean {
    const express = this.config.find(EXPRESS.id) ?? 0;
    return (this.config.get16(express + EXPRESS_DEVICE_CONTROL_2) & EXPRESS_ARI_FORWARDING) !== 0;
  }

  /** Whether the bus numbered `bus` lies behind it. */
  leadsTo(bus: number): boolean {
    return this.secondary !== 0 && bus >= this.secondary && bus <= this.subordinate;
  }

  lets(decode: Decode): boolean {
    const { config } = this;
    const command = config.get16(COMMAND);
    if (decode.space === 'io') {
      const base = (config.get8(IO_BASE) & 0xf0) << 8;
      return (command & COMMAND_IO) !== 0 && isWithin(decode, base, ((config.get8(IO_LIMIT) & 0xf0) << 8) + 0xfff);
    }
    if ((command & COMMAND_MEMORY) === 0) return false;
    return (
      isWithin(decode, ...this.window(MEMORY_BASE, MEMORY_LIMIT)) || isWithin(decode, ...this.window(PREFETCHABLE_BASE, PREFETCHABLE_LIMIT))
    );
  }

  readConfig(offset: number, size: number): number {
    return this.config.read(offset, size);
  }

  peekConfig(offset: number, size: number): number {
    return this.config.read(offset, size);
  }

  writeConfig(offset: number, size: number, value: number): void {
    const before = this.config.get16(BRIDGE_CONTROL) & BRIDGE_SECONDARY_RESET;
    this.config.write(offset, size, value);
    if ((this.config.get16(BRIDGE_CONTROL) & ~before & BRIDGE_SECONDARY_RESET) !== 0) this.resetBelow();
    this.slot?.decodesChanged();
    this.slot?.pinChanged();
  }

  decodes(): readonly Decode[] {
    return [];
  }

  reset(): void {
    this.config.reset();
    this.slot?.decodesChanged();
  }

  rebuild(): void {}

  noteMasterAbort(): void {
    this.config.set16(STATUS, this.config.get16(STATUS) | STATUS_RECEIVED_MASTER_ABORT);
  }

  private resetBelow(): void {
    for (const [, fn] of this.bus.functions) {
      fn.reset();
      if (fn instanceof PciBridge) fn.resetBelow();
    }
  }

  private window(base: number, limit: number): [first: number, last: number] {
    return [(this.config.get16(base) & 0xfff0) * 0x1_0000, (this.config.get16(limit) & 0xfff0) * 0x1_0000 + 0xf_ffff];
  }
}

function isWithin(decode: Decode, first: number, last: number): boolean {
  return decode.base >= first && decode.base + decode.size - 1 <= last;
}

function bridgeTemplate({ type, vendor, device, isMultifunction, acs = 0 }: BridgeDescription): ConfigTemplate {
  const template = new ConfigTemplate(HEADER_1);
  template.set(VENDOR_ID, 2, vendor);
  template.set(DEVICE_ID, 2, device);
  template.set(CLASS_CODE, 1, CLASS_PCI_BRIDGE & 0xff);
  template.set(CLASS_CODE + 1, 2, CLASS_PCI_BRIDGE >> 8);
  template.set(HEADER_TYPE, 1, HEADER_BRIDGE | (isMultifunction ? HEADER_MULTIFUNCTION : 0));
  template.writable[COMMAND] |= COMMAND_IO | COMMAND_MEMORY;
  const express = addExpress(template, type);
  if (type === 'rootPort' || type === 'downstreamPort') {
    template.set(express + EXPRESS_DEVICE_CAPABILITIES_2, 4, EXPRESS_ARI_FORWARDING);
    template.writable[express + EXPRESS_DEVICE_CONTROL_2] |= EXPRESS_ARI_FORWARDING;
  }
  if (acs !== 0) addAcs(template, acs, acs);
  return template;
}

/** Adds an ACS capability that offers the services `offered`, of which `enabled` are on after reset. */
export function addAcs(template: ConfigTemplate, offered: number, enabled: number): void {
  const offset = template.add(ACS);
  template.set(offset + ACS_CAPABILITY, 2, offered);
  template.set(offset + ACS_CONTROL, 2, enabled);
  template.writable[offset + ACS_CONTROL] = offered;
}

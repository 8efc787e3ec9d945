import { CLASS_HOST_BRIDGE, CONFIG_ADDRESS_PORT, CONFIG_DATA_PORT, CONFIG_ENABLE } from '../../arch/pci.ts';
import { layout } from '../../base/layout.ts';
import type { MmioHandler } from '../../memory/bus.ts';
import type { Device, DeviceHost } from '../device.ts';
import { type EndpointDescription, type EndpointModel, PciEndpoint } from './endpoint.ts';
import type { PciFabric } from './fabric.ts';

const RESET_CONTROL_PORT = 0xcf9;
const RESET_CPU = 1 << 2;
const RESET_TYPE = 1 << 1;

const HOST_BRIDGE_LAYOUT = layout({
  /** CONFIG_ADDRESS. */
  address: 'u32',
  resetControl: 'u8',
});

/** The processor's way to PCI: configuration mechanism 1 at CF8H and CFCH, the I/O ports of the aperture, and reset control at CF9H. PCI Local Bus
 *  Specification 3.0, "Software Generation of Configuration Transactions". */
export class PciHost implements Device {
  readonly id = 'pciHost';
  readonly title = 'PCI host bridge (configuration mechanism 1)';
  readonly isPassive = true;
  readonly layout = HOST_BRIDGE_LAYOUT;
  readonly bytes = new Uint8Array(HOST_BRIDGE_LAYOUT.size);
  readonly ports: Device['ports'];
  readonly registers = [
    {
      port: CONFIG_ADDRESS_PORT,
      name: 'CONFIG_ADDRESS',
      access: 'read/write',
      meaning: 'bus, device, function and dword that CFCH reaches; bit 31 enables',
    },
    { port: RESET_CONTROL_PORT, name: 'reset control', access: 'read/write', meaning: 'bit 2 rising resets' },
    {
      port: CONFIG_DATA_PORT,
      name: 'CONFIG_DATA',
      access: 'read/write',
      meaning: 'the four bytes of configuration space that CONFIG_ADDRESS names',
    },
  ] as const;
  private readonly state = HOST_BRIDGE_LAYOUT.view(this.bytes);
  private readonly host: DeviceHost;
  private readonly fabric: PciFabric;

  constructor(host: DeviceHost, fabric: PciFabric) {
    this.host = host;
    this.fabric = fabric;
    const { base, end } = fabric.windows.aperture.io;
    this.ports = [
      { first: CONFIG_ADDRESS_PORT, count: 4, width: 4 },
      { first: CONFIG_DATA_PORT, count: 4, width: 4 },
      { first: base, count: end - base, width: 4 },
    ];
  }

  /** The functions are reset as parts of their own. */
  reset(): void {
    this.bytes.fill(0);
  }

  /** All functions' bytes are in place when this runs, whatever the order of parts. */
  rebuild(): void {
    this.fabric.rebuild();
  }

  nextWake(): number {
    return Number.POSITIVE_INFINITY;
  }

  wake(): void {}

  readPort(port: number, size: number): number {
    if (port >= CONFIG_DATA_PORT + 4) return this.fabric.windows.readPort(port, size);
    if (port >= CONFIG_DATA_PORT) return this.readData(port & 3, size);
    // Only a whole dword is CONFIG_ADDRESS; narrower accesses go on to other ports of the same numbers.
    if (size === 4) return this.state.address;
    return port === RESET_CONTROL_PORT && size === 1 ? this.state.resetControl : 2 ** (8 * size) - 1;
  }

  writePort(port: number, size: number, value: number): void {
    if (port >= CONFIG_DATA_PORT + 4) this.fabric.windows.writePort(port, size, value);
    else if (port >= CONFIG_DATA_PORT) this.writeData(port & 3, size, value);
    else if (size === 4) this.state.address = (value & 0x80ff_fffc) >>> 0;
    else if (port === RESET_CONTROL_PORT && size === 1) this.writeResetControl(value);
  }

  private readData(offset: number, size: number): number {
    const { address } = this.state;
    if (address < CONFIG_ENABLE) return 2 ** (8 * size) - 1;
    return this.fabric.readConfig((address >>> 8) & 0xffff, (address & 0xfc) | offset, size);
  }

  private writeData(offset: number, size: number, value: number): void {
    const { address } = this.state;
    if (address >= CONFIG_ENABLE) this.fabric.writeConfig((address >>> 8) & 0xffff, (address & 0xfc) | offset, size, value);
  }

  private writeResetControl(value: number): void {
    const isRising = (value & ~this.state.resetControl & RESET_CPU) !== 0;
    this.state.resetControl = value & (RESET_CPU | RESET_TYPE);
    if (isRising) this.host.reset('port CF9H');
  }
}

/** Enhanced configuration access: all 4096 bytes of each function of `buses` buses, a MiB for a bus. PCI Express Base Specification, "PCI Express Enhanced
 *  Configuration Access Mechanism (ECAM)". To be mapped by whoever owns the address space. */
export function ecamWindow(fabric: PciFabric, buses: number): { readonly size: number; readonly handler: MmioHandler } {
  return {
    size: buses * 2 ** 20,
    handler: {
      read: (offset, size) => fabric.readConfig(offset >>> 12, offset & 0xfff, size),
      write: (offset, size, value) => fabric.writeConfig(offset >>> 12, offset & 0xfff, size, value),
    },
  };
}

/** Vendor ID of parts that no manufacturer made. It is nobody's. */
export const GLASSVISOR_VENDOR = 0x4756;

const NOTHING_BEHIND: EndpointModel = { readBar: () => 0, writeBar: () => {}, resetFunction: () => {} };

/** The host bridge's own function, 00:00.0: it is there, and that is all. */
export function createHostFunction(fabric: PciFabric): PciEndpoint {
  const description: EndpointDescription = {
    ...{ id: 'pciHostFunction', title: 'Host bridge', vendor: GLASSVISOR_VENDOR, device: 0x0001, classCode: CLASS_HOST_BRIDGE },
    bars: [],
  };
  const fn = new PciEndpoint(description, NOTHING_BEHIND);
  fabric.root.attach(0, 0, fn);
  return fn;
}

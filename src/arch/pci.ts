/** PCI configuration space: headers and capabilities. PCI Local Bus Specification 3.0, "Configuration Space"; PCI-to-PCI Bridge Architecture
 *  Specification, "Configuration Space"; PCI Express Base Specification, "PCI Express Capability Structure" and "ACS Extended Capability".
 *
 *            31            24 23     19 18  16 15     11 10   8 7            2  1 0
 *  CF8      | E | reserved 0 |        bus     | device  | func | dword of space | 0 |   E: accesses of CFC reach configuration space
 *  RID                        |      bus      | device  | func |                        routing ID, requester ID, 16 bits
 *  ECAM      base + bus << 20 | device << 15 | function << 12 | offset
 *  I/O BAR  | base 31:2                                               | 0 | 1 |
 *  memory   | base 31:4                                 | P | type    | 0 |            P: prefetchable; type 0: 32 bits, 2: 64 bits, next BAR is its upper half
 *  extended | next 31:20      | version 19:16  | id 15:0                                header of a capability at 100H and above
 *
 *  A register's `writable` bits take what is written, its `clears` bits go to 0 where 1 is written, all others hold. */
import type { BitField } from './bit-field.ts';

/** A register of a header or capability. */
export interface PciRegister {
  readonly name: string;
  /** Into configuration space, or into the capability. */
  readonly offset: number;
  readonly size: 1 | 2 | 4;
  readonly meaning: string;
  /** Bits that software may set and clear; none where left out. */
  readonly writable?: number;
  /** Bits that a written 1 clears. */
  readonly clears?: number;
  readonly bits?: readonly BitField[];
}

export const CONFIG_SIZE = 256;
export const EXTENDED_CONFIG_SIZE = 4096;
export const CONFIG_ADDRESS_PORT = 0xcf8;
export const CONFIG_DATA_PORT = 0xcfc;
export const CONFIG_ENABLE = 0x8000_0000;
/** What reads as vendor where no function is, and in a virtual function. */
export const NO_VENDOR = 0xffff;

// Offsets that code names; the tables below have all.
export const VENDOR_ID = 0x00;
export const DEVICE_ID = 0x02;
export const COMMAND = 0x04;
export const STATUS = 0x06;
export const REVISION_ID = 0x08;
export const CLASS_CODE = 0x09;
export const HEADER_TYPE = 0x0e;
export const BAR0 = 0x10;
export const PRIMARY_BUS = 0x18;
export const SECONDARY_BUS = 0x19;
export const SUBORDINATE_BUS = 0x1a;
export const IO_BASE = 0x1c;
export const IO_LIMIT = 0x1d;
export const MEMORY_BASE = 0x20;
export const MEMORY_LIMIT = 0x22;
export const PREFETCHABLE_BASE = 0x24;
export const PREFETCHABLE_LIMIT = 0x26;
export const SUBSYSTEM_VENDOR_ID = 0x2c;
export const SUBSYSTEM_ID = 0x2e;
export const CAPABILITIES_POINTER = 0x34;
export const INTERRUPT_LINE = 0x3c;
export const INTERRUPT_PIN = 0x3d;
export const BRIDGE_CONTROL = 0x3e;

export const COMMAND_IO = 1 << 0;
export const COMMAND_MEMORY = 1 << 1;
export const COMMAND_MASTER = 1 << 2;
export const COMMAND_PARITY = 1 << 6;
export const COMMAND_SERR = 1 << 8;
export const COMMAND_INTX_DISABLE = 1 << 10;
export const STATUS_INTERRUPT = 1 << 3;
export const STATUS_CAPABILITIES = 1 << 4;
export const STATUS_RECEIVED_MASTER_ABORT = 1 << 13;
export const STATUS_CLEARS = 0xf900;
export const HEADER_MULTIFUNCTION = 1 << 7;
export const HEADER_BRIDGE = 1;
export const BRIDGE_SECONDARY_RESET = 1 << 6;

export const COMMAND_BITS = [
  { name: 'I/O', bit: 0, meaning: 'answers at its I/O BARs' },
  { name: 'memory', bit: 1, meaning: 'answers at its memory BARs' },
  { name: 'master', bit: 2, meaning: 'may access memory by itself: DMA and MSI' },
  { name: 'parity', bit: 6, meaning: 'parity errors are reported' },
  { name: 'SERR', bit: 8, meaning: 'system errors are reported' },
  { name: 'INTx off', bit: 10, meaning: 'may not assert INTx' },
] as const satisfies readonly BitField[];

export const STATUS_BITS = [
  { name: 'interrupt', bit: 3, meaning: 'an INTx interrupt is pending, whether or not it may be asserted' },
  { name: 'capabilities', bit: 4, meaning: 'there is a capability list' },
  { name: 'parity', bit: 8, meaning: 'a parity error as master' },
  { name: 'sent abort', bit: 11, meaning: 'it ended a request with a target abort' },
  { name: 'target abort', bit: 12, meaning: 'its request was ended with a target abort' },
  { name: 'master abort', bit: 13, meaning: 'nobody took its request, or the IOMMU refused it' },
  { name: 'sent SERR', bit: 14, meaning: 'it reported a system error' },
  { name: 'saw parity', bit: 15, meaning: 'it saw a parity error' },
] as const satisfies readonly BitField[];

const COMMON = [
  { name: 'vendor ID', offset: 0x00, size: 2, meaning: 'who made it; FFFFH where no function is' },
  { name: 'device ID', offset: 0x02, size: 2, meaning: 'what it is, by its maker' },
  // I/O and memory space are writable where a BAR of the kind is.
  { name: 'command', offset: 0x04, size: 2, meaning: 'what it may do', writable: 0x0544, bits: COMMAND_BITS },
  { name: 'status', offset: 0x06, size: 2, meaning: 'what happened; 1 clears an error', clears: STATUS_CLEARS, bits: STATUS_BITS },
  { name: 'revision ID', offset: 0x08, size: 1, meaning: 'revision' },
  { name: 'class code', offset: 0x09, size: 1, meaning: 'programming interface' },
  { name: 'subclass', offset: 0x0a, size: 1, meaning: 'subclass' },
  { name: 'base class', offset: 0x0b, size: 1, meaning: 'base class' },
  { name: 'cache line size', offset: 0x0c, size: 1, meaning: 'no effect in PCI Express', writable: 0xff },
  { name: 'latency timer', offset: 0x0d, size: 1, meaning: 'no effect in PCI Express' },
  { name: 'header type', offset: 0x0e, size: 1, meaning: 'layout from 10H on; bit 7: other functions may exist in the device' },
  { name: 'BIST', offset: 0x0f, size: 1, meaning: 'no self-test' },
] as const satisfies readonly PciRegister[];

const INTERRUPT = [
  { name: 'capabilities pointer', offset: 0x34, size: 1, meaning: 'offset of the first capability' },
  {
    name: 'interrupt line',
    offset: 0x3c,
    size: 1,
    meaning: "for software: where firmware says that the pin's interrupt arrives",
    writable: 0xff,
  },
  { name: 'interrupt pin', offset: 0x3d, size: 1, meaning: '0 none, 1 to 4 INTA to INTD' },
] as const satisfies readonly PciRegister[];

/** Header of an ordinary function. BARs get their writable bits from their sizes. */
export const HEADER_0 = [
  ...COMMON,
  ...[0, 1, 2, 3, 4, 5].map((n) => ({ name: `BAR ${n}`, offset: 0x10 + 4 * n, size: 4, meaning: 'base address' }) as const),
  { name: 'CardBus CIS', offset: 0x28, size: 4, meaning: 'none' },
  { name: 'subsystem vendor ID', offset: 0x2c, size: 2, meaning: 'who made the board' },
  { name: 'subsystem ID', offset: 0x2e, size: 2, meaning: 'which board' },
  { name: 'expansion ROM', offset: 0x30, size: 4, meaning: 'none' },
  ...INTERRUPT,
  { name: 'min grant', offset: 0x3e, size: 1, meaning: 'no effect in PCI Express' },
  { name: 'max latency', offset: 0x3f, size: 1, meaning: 'no effect in PCI Express' },
] as const satisfies readonly PciRegister[];

/** Header of a bridge or port: which buses and addresses lie behind it. */
export const HEADER_1 = [
  ...COMMON,
  { name: 'BAR 0', offset: 0x10, size: 4, meaning: 'none' },
  { name: 'BAR 1', offset: 0x14, size: 4, meaning: 'none' },
  { name: 'primary bus', offset: 0x18, size: 1, meaning: 'bus that it is on', writable: 0xff },
  { name: 'secondary bus', offset: 0x19, size: 1, meaning: 'bus behind it', writable: 0xff },
  { name: 'subordinate bus', offset: 0x1a, size: 1, meaning: 'last bus behind it', writable: 0xff },
  { name: 'secondary latency', offset: 0x1b, size: 1, meaning: 'no effect in PCI Express' },
  { name: 'I/O base', offset: 0x1c, size: 1, meaning: 'bits 15:12 of the first I/O port behind it', writable: 0xf0 },
  { name: 'I/O limit', offset: 0x1d, size: 1, meaning: 'bits 15:12 of the last', writable: 0xf0 },
  { name: 'secondary status', offset: 0x1e, size: 2, meaning: 'what happened behind it', clears: STATUS_CLEARS },
  { name: 'memory base', offset: 0x20, size: 2, meaning: 'bits 31:20 of the first address behind it', writable: 0xfff0 },
  { name: 'memory limit', offset: 0x22, size: 2, meaning: 'bits 31:20 of the last', writable: 0xfff0 },
  { name: 'prefetchable base', offset: 0x24, size: 2, meaning: 'a second window', writable: 0xfff0 },
  { name: 'prefetchable limit', offset: 0x26, size: 2, meaning: 'its end', writable: 0xfff0 },
  ...INTERRUPT,
  { name: 'bridge control', offset: 0x3e, size: 2, meaning: 'bit 6 resets what is behind it', writable: 0x0043 },
] as const satisfies readonly PciRegister[];

/** A capability, as it is laid out behind its header. */
export interface PciCapability {
  readonly id: number;
  readonly name: string;
  /** Bytes, header included. */
  readonly size: number;
  /** At 100H and above, with a header of four bytes. */
  readonly isExtended: boolean;
  /** Offsets count from the header's first byte. */
  readonly registers: readonly PciRegister[];
}

// Message signalled interrupts.
export const MSI_CONTROL = 2;
export const MSI_ADDRESS = 4;
export const MSI_DATA = 12;
export const MSI_MASK = 16;
export const MSI_PENDING = 20;
export const MSI_ENABLE = 1 << 0;
export const MSIX_CONTROL = 2;
export const MSIX_TABLE = 4;
export const MSIX_PBA = 8;
export const MSIX_MASK_ALL = 1 << 14;
export const MSIX_ENABLE = 1 << 15;
/** Bytes of a table entry; its last dword's bit 0 masks the vector. */
export const MSIX_ENTRY_SIZE = 16;

/** Capability list IDs that have no table here. */
export const VENDOR_CAPABILITY = 0x09;

/** With 64-bit address and per-vector masking. */
export const MSI = {
  id: 0x05,
  name: 'MSI',
  size: 24,
  isExtended: false,
  registers: [
    {
      ...{ name: 'message control', offset: 2, size: 2, meaning: 'enable, vectors wanted and given', writable: 0x0071 },
      bits: [
        { name: 'enable', bit: 0, meaning: 'interrupts are sent as messages' },
        { name: 'capable', bit: 1, width: 3, meaning: 'log2 of the vectors that it would like' },
        { name: 'enabled', bit: 4, width: 3, meaning: 'log2 of the vectors that it got' },
        { name: '64-bit', bit: 7, meaning: 'the address has two halves' },
        { name: 'masking', bit: 8, meaning: 'each vector can be masked' },
      ],
    },
    { name: 'message address', offset: 4, size: 4, meaning: 'where the message is written', writable: 0xffff_fffc },
    { name: 'message upper address', offset: 8, size: 4, meaning: 'its upper half', writable: 0xffff_ffff },
    { name: 'message data', offset: 12, size: 2, meaning: 'what is written; its low bits are the vector number', writable: 0xffff },
    { name: 'mask', offset: 16, size: 4, meaning: 'a bit for each vector that must wait', writable: 0xffff_ffff },
    { name: 'pending', offset: 20, size: 4, meaning: 'a bit for each vector that waits' },
  ],
} as const satisfies PciCapability;

export const MSIX = {
  id: 0x11,
  name: 'MSI-X',
  size: 12,
  isExtended: false,
  registers: [
    {
      ...{ name: 'message control', offset: 2, size: 2, meaning: 'enable, mask, size', writable: MSIX_MASK_ALL | MSIX_ENABLE },
      bits: [
        { name: 'size', bit: 0, width: 11, meaning: 'entries of the table, minus 1' },
        { name: 'mask', bit: 14, meaning: 'all vectors must wait' },
        { name: 'enable', bit: 15, meaning: 'interrupts are sent as messages' },
      ],
    },
    { name: 'table', offset: 4, size: 4, meaning: 'BAR (bits 2:0) and offset of the table' },
    { name: 'pending bits', offset: 8, size: 4, meaning: 'BAR (bits 2:0) and offset of the pending bit array' },
  ],
} as const satisfies PciCapability;

// PCI Express.
export const EXPRESS_FLAGS = 0x02;
export const EXPRESS_DEVICE_CAPABILITIES = 0x04;
export const EXPRESS_DEVICE_CONTROL = 0x08;
export const EXPRESS_DEVICE_CAPABILITIES_2 = 0x24;
export const EXPRESS_DEVICE_CONTROL_2 = 0x28;
export const EXPRESS_FLR_CAPABLE = 1 << 28;
export const EXPRESS_INITIATE_FLR = 1 << 15;
/** In device capabilities 2 and device control 2. */
export const EXPRESS_ARI_FORWARDING = 1 << 5;

/** Device/port types of the PCI Express capability, bits 7:4 of its flags. */
export const EXPRESS_TYPES = {
  endpoint: 0,
  rootPort: 4,
  upstreamPort: 5,
  downstreamPort: 6,
  bridgeToPci: 7,
  integratedEndpoint: 9,
} as const;
export type ExpressType = keyof typeof EXPRESS_TYPES;

export const EXPRESS = {
  id: 0x10,
  name: 'PCI Express',
  size: 0x3c,
  isExtended: false,
  registers: [
    { name: 'flags', offset: 0x02, size: 2, meaning: 'version (3:0), type of device or port (7:4)' },
    { name: 'device capabilities', offset: 0x04, size: 4, meaning: 'bit 28: function-level reset' },
    { name: 'device control', offset: 0x08, size: 2, meaning: 'bit 15 of a function resets it', writable: 0x7fff },
    { name: 'device status', offset: 0x0a, size: 2, meaning: 'errors seen', clears: 0x000f },
    { name: 'link capabilities', offset: 0x0c, size: 4, meaning: 'speed and width' },
    { name: 'link control', offset: 0x10, size: 2, meaning: 'no effect', writable: 0x00fb },
    { name: 'link status', offset: 0x12, size: 2, meaning: 'speed and width' },
    { name: 'device capabilities 2', offset: 0x24, size: 4, meaning: 'bit 5: ARI forwarding' },
    {
      name: 'device control 2',
      offset: 0x28,
      size: 2,
      meaning: 'bit 5 of a port: all 256 functions of the device below are reached',
      writable: 0x001f,
    },
  ],
} as const satisfies PciCapability;

// Access control services.
export const ACS_CAPABILITY = 4;
export const ACS_CONTROL = 6;
export const ACS_BITS = [
  { name: 'SV', bit: 0, meaning: 'source validation: a requester ID must lie on a bus behind the port' },
  { name: 'TB', bit: 1, meaning: 'translation blocking: only untranslated addresses pass' },
  { name: 'RR', bit: 2, meaning: 'request redirect: requests between peers go up to the root complex, past the IOMMU' },
  { name: 'CR', bit: 3, meaning: 'completion redirect: so do their completions' },
  { name: 'UF', bit: 4, meaning: 'upstream forwarding: what comes up from a port and would turn round goes on up' },
  { name: 'EC', bit: 5, meaning: 'egress control: peers by a vector' },
  { name: 'DT', bit: 6, meaning: 'direct translated requests between peers' },
] as const satisfies readonly BitField[];
export const ACS_RR = 1 << 2;
/** What an operating system demands before it takes two functions for separate: SV, RR, CR, UF. */
export const ACS_ISOLATION = 0b1_1101;

export const ACS = {
  id: 0x000d,
  name: 'ACS',
  size: 8,
  isExtended: true,
  registers: [
    { name: 'capability', offset: 4, size: 2, meaning: 'what it can enforce', bits: ACS_BITS },
    { name: 'control', offset: 6, size: 2, meaning: 'what it enforces', bits: ACS_BITS },
  ],
} as const satisfies PciCapability;

export const ARI = {
  id: 0x000e,
  name: 'ARI',
  size: 8,
  isExtended: true,
  registers: [
    { name: 'capability', offset: 4, size: 2, meaning: 'next function of the device (15:8), 0 ends' },
    { name: 'control', offset: 6, size: 2, meaning: 'function groups: none' },
  ],
} as const satisfies PciCapability;

// Single-root I/O virtualization.
export const SRIOV_CONTROL = 0x08;
export const SRIOV_INITIAL_VFS = 0x0c;
export const SRIOV_TOTAL_VFS = 0x0e;
export const SRIOV_NUM_VFS = 0x10;
export const SRIOV_DEPENDENCY_LINK = 0x12;
export const SRIOV_FIRST_OFFSET = 0x14;
export const SRIOV_STRIDE = 0x16;
export const SRIOV_VF_DEVICE_ID = 0x1a;
export const SRIOV_SUPPORTED_PAGE_SIZES = 0x1c;
export const SRIOV_SYSTEM_PAGE_SIZE = 0x20;
export const SRIOV_VF_BAR0 = 0x24;
export const SRIOV_VF_ENABLE = 1 << 0;
export const SRIOV_MEMORY_ENABLE = 1 << 3;
export const SRIOV_ARI_HIERARCHY = 1 << 4;

/** Single Root I/O Virtualization and Sharing Specification 1.1, "SR-IOV Extended Capability". NumVFs and the page size hold while VFs are enabled. */
export const SRIOV = {
  id: 0x0010,
  name: 'SR-IOV',
  size: 0x40,
  isExtended: true,
  registers: [
    { name: 'capabilities', offset: 0x04, size: 4, meaning: 'no VF migration' },
    {
      ...{
        name: 'control',
        offset: 0x08,
        size: 2,
        meaning: 'VFs on and off',
        writable: SRIOV_VF_ENABLE | SRIOV_MEMORY_ENABLE | SRIOV_ARI_HIERARCHY,
      },
      bits: [
        { name: 'VF enable', bit: 0, meaning: 'NumVFs virtual functions answer on the bus' },
        { name: 'VF MSE', bit: 3, meaning: 'they answer at their memory BARs' },
        { name: 'ARI', bit: 4, meaning: 'the port above forwards to all 256 functions' },
      ],
    },
    { name: 'status', offset: 0x0a, size: 2, meaning: 'no VF migration' },
    { name: 'InitialVFs', offset: 0x0c, size: 2, meaning: 'VFs that it starts with' },
    { name: 'TotalVFs', offset: 0x0e, size: 2, meaning: 'most VFs that it can have' },
    { name: 'NumVFs', offset: 0x10, size: 2, meaning: 'how many VFs there shall be', writable: 0xffff },
    { name: 'dependency link', offset: 0x12, size: 1, meaning: 'function that it depends on: itself' },
    { name: 'first VF offset', offset: 0x14, size: 2, meaning: 'routing ID of the first VF, less that of the PF' },
    { name: 'VF stride', offset: 0x16, size: 2, meaning: 'from one VF to the next' },
    { name: 'VF device ID', offset: 0x1a, size: 2, meaning: 'device ID of each VF' },
    { name: 'supported page sizes', offset: 0x1c, size: 4, meaning: 'bit n: pages of 2^(n + 12) bytes' },
    { name: 'system page size', offset: 0x20, size: 4, meaning: 'one bit; VF BARs are at least that large', writable: 0xffff_ffff },
    ...[0, 1, 2, 3, 4, 5].map(
      (n) => ({ name: `VF BAR ${n}`, offset: 0x24 + 4 * n, size: 4, meaning: 'base address of the first VF' }) as const,
    ),
    { name: 'migration state', offset: 0x3c, size: 4, meaning: 'none' },
  ],
} as const satisfies PciCapability;

/** Names of capabilities by ID, those without a table here too, for whoever walks a list. */
export const CAPABILITY_NAMES: Readonly<Record<number, string>> = {
  0x01: 'power management',
  0x05: 'MSI',
  0x09: 'vendor-specific',
  0x10: 'PCI Express',
  0x11: 'MSI-X',
};
export const EXTENDED_CAPABILITY_NAMES: Readonly<Record<number, string>> = {
  ...{
    0x0001: 'AER',
    0x000b: 'vendor-specific',
    0x000d: 'ACS',
    0x000e: 'ARI',
    0x000f: 'ATS',
    0x0010: 'SR-IOV',
    0x0013: 'page request',
    0x001b: 'PASID',
  },
};

/** Class codes of what is built here: base class, subclass, programming interface. */
export const CLASS_HOST_BRIDGE = 0x060000;
export const CLASS_PCI_BRIDGE = 0x060400;
export const CLASS_ETHERNET = 0x020000;

/** A function's routing ID. `device` 0 to 31, `fn` 0 to 7. */
export function routingId(bus: number, device: number, fn: number): number {
  return (bus << 8) | (device << 3) | fn;
}

/** `01:02.3`, as people write a routing ID. */
export function formatRoutingId(rid: number): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return `${hex(rid >> 8)}:${hex((rid >> 3) & 31)}.${rid & 7}`;
}

/** virtio 1.2 as a driver sees it: status bits, feature bits common to all devices, the split virtqueue, and the registers of the MMIO transport.
 *
 *  Descriptor (16 bytes)      0 addr (8) | 8 len (4) | 12 flags (2) | 14 next (2)
 *  Available ring (6 + 2N)    0 flags | 2 idx | 4 ring[N], two bytes each | 4 + 2N used_event
 *  Used ring (6 + 8N)         0 flags | 2 idx | 4 ring[N] of { id (4), len (4) } | 4 + 8N avail_event
 */
import type { BitField } from './bit-field.ts';

// Device status. virtio 1.2, "Device Status Field".
export const STATUS_ACKNOWLEDGE = 1 << 0;
export const STATUS_DRIVER = 1 << 1;
export const STATUS_DRIVER_OK = 1 << 2;
export const STATUS_FEATURES_OK = 1 << 3;
export const STATUS_DEVICE_NEEDS_RESET = 1 << 6;
export const STATUS_FAILED = 1 << 7;

export const VIRTIO_STATUS_BITS = [
  { name: 'ACKNOWLEDGE', bit: 0, meaning: 'the guest has noticed the device' },
  { name: 'DRIVER', bit: 1, meaning: 'the guest knows how to drive it' },
  { name: 'DRIVER_OK', bit: 2, meaning: 'the driver is set up: the device is live' },
  { name: 'FEATURES_OK', bit: 3, meaning: 'the device agrees to the features that the driver accepted' },
  { name: 'DEVICE_NEEDS_RESET', bit: 6, meaning: 'the device met an error from which only a reset leads back' },
  { name: 'FAILED', bit: 7, meaning: 'the driver has given up' },
] as const satisfies readonly BitField[];

/** A feature that a device may offer; bit 0 to 63. */
export interface FeatureBit {
  /** As in the standard, without `VIRTIO_F_` or the device's prefix. */
  readonly name: string;
  readonly bit: number;
  readonly meaning: string;
  /** Bit of a feature without which a driver must not accept this one. */
  readonly requires?: number;
}

export const F_INDIRECT_DESC = 28;
export const F_EVENT_IDX = 29;
export const F_VERSION_1 = 32;
export const F_ACCESS_PLATFORM = 33;
export const F_IN_ORDER = 35;
export const F_RING_RESET = 40;

/** virtio 1.2, "Reserved Feature Bits". Those of a device type are below 24 and above 49. */
export const VIRTIO_COMMON_FEATURES = [
  { name: 'INDIRECT_DESC', bit: F_INDIRECT_DESC, meaning: 'a descriptor may refer to a table of descriptors' },
  { name: 'EVENT_IDX', bit: F_EVENT_IDX, meaning: 'used_event and avail_event say when to notify, instead of the flags' },
  { name: 'VERSION_1', bit: F_VERSION_1, meaning: 'virtio 1.0 or later; without it the driver is a legacy one' },
  { name: 'ACCESS_PLATFORM', bit: F_ACCESS_PLATFORM, meaning: 'addresses pass the IOMMU' },
  { name: 'RING_PACKED', bit: 34, meaning: 'packed virtqueues' },
  { name: 'IN_ORDER', bit: F_IN_ORDER, meaning: 'buffers are used in the order in which they were made available' },
  { name: 'ORDER_PLATFORM', bit: 36, meaning: 'memory is ordered as the platform orders it' },
  { name: 'SR_IOV', bit: 37, meaning: 'the PCI function has virtual functions' },
  { name: 'NOTIFICATION_DATA', bit: 38, meaning: 'notifications say how far the driver is' },
  { name: 'NOTIF_CONFIG_DATA', bit: 39, meaning: 'the device says what to write to notify it' },
  { name: 'RING_RESET', bit: F_RING_RESET, meaning: 'one queue can be reset alone' },
] as const satisfies readonly FeatureBit[];

/** virtio 1.2, "Device Types": those that this product knows by name. */
export const VIRTIO_DEVICE_IDS: Readonly<Record<number, string>> = {
  1: 'network',
  2: 'block',
  3: 'console',
  4: 'entropy',
  5: 'memory balloon',
  8: 'SCSI host',
  9: '9P transport',
  16: 'GPU',
  18: 'input',
  19: 'socket',
  20: 'crypto',
  23: 'IOMMU',
  24: 'memory',
  25: 'sound',
  26: 'file system',
};

// The split virtqueue. virtio 1.2, "Split Virtqueues".
export const DESC_SIZE = 16;
export const DESC_F_NEXT = 1 << 0;
export const DESC_F_WRITE = 1 << 1;
export const DESC_F_INDIRECT = 1 << 2;
/** Offset of ring[0] in the available and in the used ring; flags and idx stand before it. */
export const RING_OFFSET = 4;
export const IDX_OFFSET = 2;
export const AVAIL_ENTRY_SIZE = 2;
export const USED_ENTRY_SIZE = 8;
export const AVAIL_F_NO_INTERRUPT = 1 << 0;
export const USED_F_NO_NOTIFY = 1 << 0;
/** The largest queue that free-running 16-bit indexes can serve. */
export const QUEUE_SIZE_LIMIT = 32768;
/** "Drivers MUST NOT add a descriptor chain longer than 2^32 bytes in total." */
export const CHAIN_BYTES_LIMIT = 0x1_0000_0000;

export const DESC_FLAGS = [
  { name: 'NEXT', bit: 0, meaning: 'the buffer goes on in descriptor `next`' },
  { name: 'WRITE', bit: 1, meaning: 'the device writes this buffer; without it, the device reads it' },
  { name: 'INDIRECT', bit: 2, meaning: 'the buffer is a table of descriptors' },
] as const satisfies readonly BitField[];

export interface VirtqueuePart {
  /** As "Virtqueues" calls it, and as the split ring does. */
  readonly area: string;
  readonly name: string;
  /** Alignment in bytes. */
  readonly alignment: number;
  /** Bytes for `size` entries. */
  readonly bytes: (size: number) => number;
}

/** virtio 1.2, "Split Virtqueues". */
export const VIRTQUEUE_PARTS = {
  desc: { area: 'Descriptor Area', name: 'descriptor table', alignment: 16, bytes: (size) => DESC_SIZE * size },
  driver: { area: 'Driver Area', name: 'available ring', alignment: 2, bytes: (size) => 6 + AVAIL_ENTRY_SIZE * size },
  device: { area: 'Device Area', name: 'used ring', alignment: 4, bytes: (size) => 6 + USED_ENTRY_SIZE * size },
} as const satisfies Readonly<Record<string, VirtqueuePart>>;

export type VirtqueuePartName = keyof typeof VIRTQUEUE_PARTS;

// The MMIO transport. virtio 1.2, "MMIO Device Register Layout".
export const MMIO_MAGIC = 0x74726976;
export const MMIO_VERSION = 2;
/** "GLVR", little-endian. */
export const MMIO_VENDOR = 0x52564c47;
export const MMIO_CONFIG = 0x100;
/** Bytes of the window: registers, then 256 bytes of configuration space. */
export const MMIO_SIZE = 0x200;
export const MMIO_INTERRUPT_USED = 1 << 0;
export const MMIO_INTERRUPT_CONFIG = 1 << 1;

export interface MmioRegister {
  readonly offset: number;
  readonly name: string;
  readonly access: 'R' | 'W' | 'RW';
  readonly meaning: string;
}

/** All registers are 32 bits wide, and are accessed as such only. */
export const MMIO_REGISTERS = [
  { offset: 0x000, name: 'MagicValue', access: 'R', meaning: '"virt"' },
  { offset: 0x004, name: 'Version', access: 'R', meaning: '2; legacy devices say 1' },
  { offset: 0x008, name: 'DeviceID', access: 'R', meaning: 'device type' },
  { offset: 0x00c, name: 'VendorID', access: 'R', meaning: 'who made it' },
  { offset: 0x010, name: 'DeviceFeatures', access: 'R', meaning: 'features offered, 32 of them' },
  { offset: 0x014, name: 'DeviceFeaturesSel', access: 'W', meaning: 'which 32' },
  { offset: 0x020, name: 'DriverFeatures', access: 'W', meaning: 'features accepted, 32 of them' },
  { offset: 0x024, name: 'DriverFeaturesSel', access: 'W', meaning: 'which 32' },
  { offset: 0x030, name: 'QueueSel', access: 'W', meaning: 'the queue that the next registers speak of' },
  { offset: 0x034, name: 'QueueNumMax', access: 'R', meaning: 'largest size; 0: no such queue' },
  { offset: 0x038, name: 'QueueNum', access: 'W', meaning: 'size' },
  { offset: 0x044, name: 'QueueReady', access: 'RW', meaning: '1: the device may use the queue' },
  { offset: 0x050, name: 'QueueNotify', access: 'W', meaning: 'index of a queue with new buffers' },
  { offset: 0x060, name: 'InterruptStatus', access: 'R', meaning: 'bit 0: buffers were used, 1: the configuration changed' },
  { offset: 0x064, name: 'InterruptACK', access: 'W', meaning: 'bits of InterruptStatus to clear' },
  { offset: 0x070, name: 'Status', access: 'RW', meaning: 'device status; writing 0 resets' },
  { offset: 0x080, name: 'QueueDescLow', access: 'W', meaning: 'address of the descriptor table' },
  { offset: 0x084, name: 'QueueDescHigh', access: 'W', meaning: 'its upper half' },
  { offset: 0x090, name: 'QueueDriverLow', access: 'W', meaning: 'address of the available ring' },
  { offset: 0x094, name: 'QueueDriverHigh', access: 'W', meaning: 'its upper half' },
  { offset: 0x0a0, name: 'QueueDeviceLow', access: 'W', meaning: 'address of the used ring' },
  { offset: 0x0a4, name: 'QueueDeviceHigh', access: 'W', meaning: 'its upper half' },
  { offset: 0x0ac, name: 'SHMSel', access: 'W', meaning: 'a region of shared memory; there are none' },
  { offset: 0x0b0, name: 'SHMLenLow', access: 'R', meaning: 'its length: -1' },
  { offset: 0x0b4, name: 'SHMLenHigh', access: 'R', meaning: 'upper half' },
  { offset: 0x0b8, name: 'SHMBaseLow', access: 'R', meaning: 'its address: -1' },
  { offset: 0x0bc, name: 'SHMBaseHigh', access: 'R', meaning: 'upper half' },
  { offset: 0x0c0, name: 'QueueReset', access: 'RW', meaning: '1: reset this queue alone (with RING_RESET)' },
  { offset: 0x0fc, name: 'ConfigGeneration', access: 'R', meaning: 'changes with the configuration' },
] as const satisfies readonly MmioRegister[];

export type MmioRegisterName = (typeof MMIO_REGISTERS)[number]['name'];

/** Registers of the legacy layout that a version 2 device does not have. virtio 1.2, "Virtio Over MMIO", "Legacy interface". */
export const MMIO_LEGACY_REGISTERS = [
  { offset: 0x028, name: 'GuestPageSize', access: 'W', meaning: 'legacy page size' },
  { offset: 0x03c, name: 'QueueAlign', access: 'W', meaning: 'legacy ring alignment' },
  { offset: 0x040, name: 'QueuePFN', access: 'RW', meaning: 'legacy ring page' },
] as const satisfies readonly MmioRegister[];

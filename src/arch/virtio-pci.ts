/** The PCI transport of virtio 1.2: identity, capabilities, and the common configuration structure. virtio 1.2, "Virtio Over PCI Bus".
 *
 *  Capability (16 bytes)   0 cap_vndr 09H | 1 cap_next | 2 cap_len | 3 cfg_type | 4 bar | 5 id | 6 padding (2) | 8 offset (4) | 12 length (4)
 *    NOTIFY_CFG            16 notify_off_multiplier (4)
 *    PCI_CFG               16 pci_cfg_data (4)
 */

export const VIRTIO_PCI_VENDOR = 0x1af4;
/** Device ID of a device that is not transitional: this plus its type. */
export const VIRTIO_PCI_DEVICE = 0x1040;
/** "0x40 or higher" keeps legacy drivers away. */
export const VIRTIO_PCI_SUBSYSTEM = 0x40;
/** 1 or higher: not transitional. */
export const VIRTIO_PCI_REVISION = 1;

/** Class, subclass and programming interface by device type, as other makers of virtio devices have them. */
export const VIRTIO_PCI_CLASSES: Readonly<Record<number, number>> = { 1: 0x020000, 2: 0x010000, 3: 0x078000, 4: 0x00ff00, 5: 0x00ff00 };

/** cfg_type. */
export const VIRTIO_PCI_CAPS = { COMMON_CFG: 1, NOTIFY_CFG: 2, ISR_CFG: 3, DEVICE_CFG: 4, PCI_CFG: 5 } as const;
export type VirtioPciCap = keyof typeof VIRTIO_PCI_CAPS;

// Offsets in a capability.
export const CAP_LENGTH = 2;
export const CAP_TYPE = 3;
export const CAP_BAR = 4;
export const CAP_OFFSET = 8;
export const CAP_SIZE = 12;
/** notify_off_multiplier, or pci_cfg_data. */
export const CAP_EXTRA = 16;

/** Where this product has the structures, all in one BAR; the order in which the capabilities are listed. */
export const VIRTIO_PCI_BAR = 0;
export const VIRTIO_PCI_BAR_SIZE = 0x4000;
export const VIRTIO_PCI_STRUCTURES = {
  COMMON_CFG: { offset: 0x0000, size: 0x40 },
  ISR_CFG: { offset: 0x1000, size: 4 },
  DEVICE_CFG: { offset: 0x2000, size: 0x100 },
  NOTIFY_CFG: { offset: 0x3000, size: 0x1000 },
} as const satisfies Readonly<Partial<Record<VirtioPciCap, { readonly offset: number; readonly size: number }>>>;
/** Bytes between the notification addresses of two queues. */
export const NOTIFY_OFF_MULTIPLIER = 4;

/** The BAR of the MSI-X table and its pending bits. */
export const VIRTIO_PCI_MSIX_BAR = 1;
export const VIRTIO_PCI_MSIX_PENDING = 0x800;
export const VIRTIO_PCI_MSIX_SIZE = 0x1000;
/** "No vector": such events are not signalled. */
export const NO_VECTOR = 0xffff;

export const ISR_QUEUE = 1 << 0;
export const ISR_CONFIG = 1 << 1;

export interface CommonField {
  readonly offset: number;
  readonly name: string;
  readonly size: 1 | 2 | 4;
  readonly access: 'R' | 'RW';
  readonly meaning: string;
}

/** "Common configuration structure layout"; each 64-bit address as its two halves, "two independent 32-bit fields". */
export const COMMON_FIELDS = [
  { offset: 0, name: 'device_feature_select', size: 4, access: 'RW', meaning: 'which 32 features device_feature shows' },
  { offset: 4, name: 'device_feature', size: 4, access: 'R', meaning: 'features offered' },
  { offset: 8, name: 'driver_feature_select', size: 4, access: 'RW', meaning: 'which 32 features driver_feature shows' },
  { offset: 12, name: 'driver_feature', size: 4, access: 'RW', meaning: 'features accepted' },
  { offset: 16, name: 'config_msix_vector', size: 2, access: 'RW', meaning: 'MSI-X vector of configuration changes' },
  { offset: 18, name: 'num_queues', size: 2, access: 'R', meaning: 'queues at most' },
  { offset: 20, name: 'device_status', size: 1, access: 'RW', meaning: 'device status; writing 0 resets' },
  { offset: 21, name: 'config_generation', size: 1, access: 'R', meaning: 'changes with the configuration' },
  { offset: 22, name: 'queue_select', size: 2, access: 'RW', meaning: 'the queue that the next fields speak of' },
  { offset: 24, name: 'queue_size', size: 2, access: 'RW', meaning: 'its size, the largest after reset; 0: no such queue' },
  { offset: 26, name: 'queue_msix_vector', size: 2, access: 'RW', meaning: 'its MSI-X vector' },
  { offset: 28, name: 'queue_enable', size: 2, access: 'RW', meaning: '1: the device may use the queue' },
  { offset: 30, name: 'queue_notify_off', size: 2, access: 'R', meaning: 'where to notify: times the multiplier, in bytes' },
  { offset: 32, name: 'queue_desc_low', size: 4, access: 'RW', meaning: 'address of the descriptor table' },
  { offset: 36, name: 'queue_desc_high', size: 4, access: 'RW', meaning: 'its upper half' },
  { offset: 40, name: 'queue_driver_low', size: 4, access: 'RW', meaning: 'address of the available ring' },
  { offset: 44, name: 'queue_driver_high', size: 4, access: 'RW', meaning: 'its upper half' },
  { offset: 48, name: 'queue_device_low', size: 4, access: 'RW', meaning: 'address of the used ring' },
  { offset: 52, name: 'queue_device_high', size: 4, access: 'RW', meaning: 'its upper half' },
  { offset: 56, name: 'queue_notify_data', size: 2, access: 'R', meaning: 'what to write there' },
  { offset: 58, name: 'queue_reset', size: 2, access: 'RW', meaning: '1: reset this queue alone (with RING_RESET)' },
] as const satisfies readonly CommonField[];

export type CommonFieldName = (typeof COMMON_FIELDS)[number]['name'];

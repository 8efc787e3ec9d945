/** The virtio device types that this product has: ids, queues, features and configuration space. virtio 1.2, "Device Types". */
import type { FeatureBit } from './virtio.ts';

export interface VirtioQueueKind {
  /** As the standard names it. */
  readonly name: string;
  /** Bit of the feature without which the queue does not exist. */
  readonly feature?: number;
}

export interface VirtioConfigField {
  readonly name: string;
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 6 | 8;
  readonly access: 'R' | 'RW';
  /** Bit of the feature without which the field means nothing. */
  readonly feature?: number;
}

export interface VirtioType {
  readonly id: number;
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly queues: readonly VirtioQueueKind[];
  readonly features: readonly FeatureBit[];
  readonly config: readonly VirtioConfigField[];
}

// Network device.
export const NET_F_MTU = 3;
export const NET_F_MAC = 5;
export const NET_F_STATUS = 16;
export const NET_RECEIVEQ = 0;
export const NET_TRANSMITQ = 1;
export const NET_S_LINK_UP = 1 << 0;
export const NET_HEADER_SIZE = 12;
/** Offset of num_buffers in the header. */
export const NET_HEADER_NUM_BUFFERS = 10;

export const VIRTIO_NET = {
  id: 1,
  name: 'network',
  title: 'Network card (virtio-net)',
  queues: [{ name: 'receiveq1' }, { name: 'transmitq1' }],
  features: [
    { name: 'MTU', bit: NET_F_MTU, meaning: 'mtu is valid' },
    { name: 'MAC', bit: NET_F_MAC, meaning: 'mac is valid' },
    { name: 'STATUS', bit: NET_F_STATUS, meaning: 'status is valid' },
  ],
  config: [
    { name: 'mac', offset: 0, size: 6, access: 'R', feature: NET_F_MAC },
    { name: 'status', offset: 6, size: 2, access: 'R', feature: NET_F_STATUS },
    { name: 'max_virtqueue_pairs', offset: 8, size: 2, access: 'R', feature: 22 },
    { name: 'mtu', offset: 10, size: 2, access: 'R', feature: NET_F_MTU },
  ],
} as const satisfies VirtioType;

// Block device.
export const BLK_F_SIZE_MAX = 1;
export const BLK_F_SEG_MAX = 2;
export const BLK_F_RO = 5;
export const BLK_F_BLK_SIZE = 6;
export const BLK_F_FLUSH = 9;
export const BLK_F_CONFIG_WCE = 11;
export const BLK_F_DISCARD = 13;
export const BLK_F_WRITE_ZEROES = 14;
export const BLK_SECTOR = 512;
export const BLK_HEADER_SIZE = 16;
export const BLK_SEGMENT_SIZE = 16;
export const BLK_ID_SIZE = 20;
/** virtio_blk_discard_write_zeroes.flags. */
export const BLK_SEGMENT_UNMAP = 1 << 0;

/** Request types. virtio 1.2, "Block Device", "Device Operation". */
export const BLK_TYPES = { IN: 0, OUT: 1, FLUSH: 4, GET_ID: 8, GET_LIFETIME: 10, DISCARD: 11, WRITE_ZEROES: 13, SECURE_ERASE: 14 } as const;
export const BLK_STATUS = { OK: 0, IOERR: 1, UNSUPP: 2 } as const;

export const VIRTIO_BLOCK = {
  id: 2,
  name: 'block',
  title: 'Disk (virtio-blk)',
  queues: [{ name: 'requestq1' }],
  features: [
    { name: 'SIZE_MAX', bit: BLK_F_SIZE_MAX, meaning: 'size_max is valid' },
    { name: 'SEG_MAX', bit: BLK_F_SEG_MAX, meaning: 'seg_max is valid' },
    { name: 'RO', bit: BLK_F_RO, meaning: 'the disk is read-only' },
    { name: 'BLK_SIZE', bit: BLK_F_BLK_SIZE, meaning: 'blk_size is valid' },
    { name: 'FLUSH', bit: BLK_F_FLUSH, meaning: 'there is a flush command' },
    { name: 'CONFIG_WCE', bit: BLK_F_CONFIG_WCE, meaning: 'writeback chooses between writeback and writethrough', requires: BLK_F_FLUSH },
    { name: 'DISCARD', bit: BLK_F_DISCARD, meaning: 'there is a discard command' },
    { name: 'WRITE_ZEROES', bit: BLK_F_WRITE_ZEROES, meaning: 'there is a write zeroes command' },
  ],
  config: [
    { name: 'capacity', offset: 0, size: 8, access: 'R' },
    { name: 'size_max', offset: 8, size: 4, access: 'R', feature: BLK_F_SIZE_MAX },
    { name: 'seg_max', offset: 12, size: 4, access: 'R', feature: BLK_F_SEG_MAX },
    { name: 'blk_size', offset: 20, size: 4, access: 'R', feature: BLK_F_BLK_SIZE },
    { name: 'writeback', offset: 32, size: 1, access: 'RW', feature: BLK_F_CONFIG_WCE },
    { name: 'max_discard_sectors', offset: 36, size: 4, access: 'R', feature: BLK_F_DISCARD },
    { name: 'max_discard_seg', offset: 40, size: 4, access: 'R', feature: BLK_F_DISCARD },
    { name: 'discard_sector_alignment', offset: 44, size: 4, access: 'R', feature: BLK_F_DISCARD },
    { name: 'max_write_zeroes_sectors', offset: 48, size: 4, access: 'R', feature: BLK_F_WRITE_ZEROES },
    { name: 'max_write_zeroes_seg', offset: 52, size: 4, access: 'R', feature: BLK_F_WRITE_ZEROES },
    { name: 'write_zeroes_may_unmap', offset: 56, size: 1, access: 'R', feature: BLK_F_WRITE_ZEROES },
  ],
} as const satisfies VirtioType;

// Console device.
export const CONSOLE_F_SIZE = 0;
export const CONSOLE_F_MULTIPORT = 1;
export const CONSOLE_F_EMERG_WRITE = 2;
export const CONSOLE_CONTROL_RECEIVEQ = 2;
export const CONSOLE_CONTROL_TRANSMITQ = 3;
/** Bytes of a control message: id (4), event (2), value (2). */
export const CONSOLE_CONTROL_SIZE = 8;
export const CONSOLE_EVENTS = {
  DEVICE_READY: 0,
  DEVICE_ADD: 1,
  DEVICE_REMOVE: 2,
  PORT_READY: 3,
  CONSOLE_PORT: 4,
  RESIZE: 5,
  PORT_OPEN: 6,
  PORT_NAME: 7,
} as const;
/** Ports that the queue list below has room for. */
export const CONSOLE_PORTS = 4;

export const VIRTIO_CONSOLE = {
  id: 3,
  name: 'console',
  title: 'Console (virtio-console)',
  queues: [
    { name: 'receiveq(port0)' },
    { name: 'transmitq(port0)' },
    { name: 'control receiveq', feature: CONSOLE_F_MULTIPORT },
    { name: 'control transmitq', feature: CONSOLE_F_MULTIPORT },
    { name: 'receiveq(port1)', feature: CONSOLE_F_MULTIPORT },
    { name: 'transmitq(port1)', feature: CONSOLE_F_MULTIPORT },
    { name: 'receiveq(port2)', feature: CONSOLE_F_MULTIPORT },
    { name: 'transmitq(port2)', feature: CONSOLE_F_MULTIPORT },
    { name: 'receiveq(port3)', feature: CONSOLE_F_MULTIPORT },
    { name: 'transmitq(port3)', feature: CONSOLE_F_MULTIPORT },
  ],
  features: [
    { name: 'SIZE', bit: CONSOLE_F_SIZE, meaning: 'cols and rows are valid' },
    { name: 'MULTIPORT', bit: CONSOLE_F_MULTIPORT, meaning: 'several ports, and control queues' },
    { name: 'EMERG_WRITE', bit: CONSOLE_F_EMERG_WRITE, meaning: 'emerg_wr prints a character without a queue' },
  ],
  config: [
    { name: 'cols', offset: 0, size: 2, access: 'R', feature: CONSOLE_F_SIZE },
    { name: 'rows', offset: 2, size: 2, access: 'R', feature: CONSOLE_F_SIZE },
    { name: 'max_nr_ports', offset: 4, size: 4, access: 'R', feature: CONSOLE_F_MULTIPORT },
    { name: 'emerg_wr', offset: 8, size: 4, access: 'RW', feature: CONSOLE_F_EMERG_WRITE },
  ],
} as const satisfies VirtioType;

// Entropy device.
export const VIRTIO_ENTROPY = {
  id: 4,
  name: 'entropy',
  title: 'Random numbers (virtio-rng)',
  queues: [{ name: 'requestq' }],
  features: [],
  config: [],
} as const satisfies VirtioType;

// Traditional memory balloon device.
export const BALLOON_F_MUST_TELL_HOST = 0;
export const BALLOON_F_STATS_VQ = 1;
export const BALLOON_F_DEFLATE_ON_OOM = 2;
export const BALLOON_F_FREE_PAGE_HINT = 3;
export const BALLOON_F_PAGE_POISON = 4;
export const BALLOON_F_PAGE_REPORTING = 5;
export const BALLOON_INFLATEQ = 0;
export const BALLOON_DEFLATEQ = 1;
export const BALLOON_STATSQ = 2;
export const BALLOON_FREE_PAGE_VQ = 3;
export const BALLOON_REPORTING_VQ = 4;
/** Page numbers are addresses divided by this, whatever the guest's page size. */
export const BALLOON_PAGE = 4096;
/** Bytes of a statistic: tag (2), value (8). The 1.2 text still asks for buffers of a multiple of 6, a slip of the pen. */
export const BALLOON_STAT_SIZE = 10;
export const BALLOON_CMD_ID_STOP = 0;
export const BALLOON_CMD_ID_DONE = 1;
/** The smallest command ID that starts hinting. */
export const BALLOON_CMD_ID_FIRST = 2;

/** Statistics by tag. virtio 1.2, "Memory Statistics Tags". */
export const BALLOON_STATS = [
  { name: 'SWAP_IN', unit: 'bytes', meaning: 'swapped in' },
  { name: 'SWAP_OUT', unit: 'bytes', meaning: 'swapped out' },
  { name: 'MAJFLT', unit: 'count', meaning: 'major page faults' },
  { name: 'MINFLT', unit: 'count', meaning: 'minor page faults' },
  { name: 'MEMFREE', unit: 'bytes', meaning: 'free' },
  { name: 'MEMTOT', unit: 'bytes', meaning: 'all there is' },
  { name: 'AVAIL', unit: 'bytes', meaning: 'available without swapping' },
  { name: 'CACHES', unit: 'bytes', meaning: 'quickly reclaimed' },
  { name: 'HTLB_PGALLOC', unit: 'count', meaning: 'huge pages allocated' },
  { name: 'HTLB_PGFAIL', unit: 'count', meaning: 'huge pages refused' },
] as const;

/** The queues have the fixed indexes of the text. Linux and QEMU number only those that exist; both agree if no feature below that of a queue in use is
 *  left out, so offer STATS_VQ with FREE_PAGE_HINT, and both with PAGE_REPORTING. */
export const VIRTIO_BALLOON = {
  id: 5,
  name: 'balloon',
  title: 'Memory balloon (virtio-balloon)',
  queues: [
    { name: 'inflateq' },
    { name: 'deflateq' },
    { name: 'statsq', feature: BALLOON_F_STATS_VQ },
    { name: 'free_page_vq', feature: BALLOON_F_FREE_PAGE_HINT },
    { name: 'reporting_vq', feature: BALLOON_F_PAGE_REPORTING },
  ],
  features: [
    { name: 'MUST_TELL_HOST', bit: BALLOON_F_MUST_TELL_HOST, meaning: 'pages are used again only after the device was told' },
    { name: 'STATS_VQ', bit: BALLOON_F_STATS_VQ, meaning: 'there is a queue for statistics' },
    { name: 'DEFLATE_ON_OOM', bit: BALLOON_F_DEFLATE_ON_OOM, meaning: 'the guest may take pages back when it has none' },
    { name: 'FREE_PAGE_HINT', bit: BALLOON_F_FREE_PAGE_HINT, meaning: 'there is a queue for hints at free pages' },
    { name: 'PAGE_POISON', bit: BALLOON_F_PAGE_POISON, meaning: 'the guest fills free pages with poison_val' },
    { name: 'PAGE_REPORTING', bit: BALLOON_F_PAGE_REPORTING, meaning: 'there is a queue for reports of free pages' },
  ],
  config: [
    { name: 'num_pages', offset: 0, size: 4, access: 'R' },
    { name: 'actual', offset: 4, size: 4, access: 'RW' },
    { name: 'free_page_hint_cmd_id', offset: 8, size: 4, access: 'R', feature: BALLOON_F_FREE_PAGE_HINT },
    { name: 'poison_val', offset: 12, size: 4, access: 'RW', feature: BALLOON_F_PAGE_POISON },
  ],
} as const satisfies VirtioType;

export const VIRTIO_TYPES = [
  VIRTIO_NET,
  VIRTIO_BLOCK,
  VIRTIO_CONSOLE,
  VIRTIO_ENTROPY,
  VIRTIO_BALLOON,
] as const satisfies readonly VirtioType[];

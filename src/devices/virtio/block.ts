import {
  BLK_F_BLK_SIZE,
  BLK_F_CONFIG_WCE,
  BLK_F_DISCARD,
  BLK_F_FLUSH,
  BLK_F_RO,
  BLK_F_SEG_MAX,
  BLK_F_WRITE_ZEROES,
  BLK_HEADER_SIZE,
  BLK_ID_SIZE,
  BLK_SECTOR,
  BLK_SEGMENT_SIZE,
  BLK_SEGMENT_UNMAP,
  BLK_STATUS,
  BLK_TYPES,
  VIRTIO_BLOCK,
} from '../../arch/virtio-devices.ts';
import { layout } from '../../base/layout.ts';
import type { Chain } from './chain.ts';
import type { Disk } from './disk.ts';
import { NO_PORT, type VirtioModel, type VirtioPort } from './model.ts';
import type { Virtqueue } from './queue.ts';

const QUEUE_SIZE = 128;
const CONFIG_SIZE = 60;
const WRITEBACK = 32;
/** Segments of one discard or write zeroes command, and sectors of one segment. */
const MOST_SEGMENTS = 16;
const MOST_SECTORS = 1 << 16;
/** Bytes that pass through our hands at once. */
const PIECE = 0x10000;
const STATUS_SIZE = 1;

export const BLOCK_LAYOUT = layout({
  // Configuration space.
  capacityLow: 'u32',
  capacityHigh: 'u32',
  sizeMax: 'u32',
  segMax: 'u32',
  geometry: 'u32',
  blkSize: 'u32',
  topology: ['u32', 2],
  writeback: 'u8',
  unused0: 'u8',
  numQueues: 'u16',
  maxDiscardSectors: 'u32',
  maxDiscardSeg: 'u32',
  discardSectorAlignment: 'u32',
  maxWriteZeroesSectors: 'u32',
  maxWriteZeroesSeg: 'u32',
  writeZeroesMayUnmap: 'u8',
  unused1: ['u8', 3],
  /** Grows with whatever changes the disk, and depends on it: the disk's part in the hash of the machine. */
  contents: ['u32', 2],
  /** Sectors written since the last flush: with a volatile cache they would be lost with the power. */
  unflushed: 'f64',
  // Counters since power-on, for display.
  reads: 'f64',
  writes: 'f64',
  flushes: 'f64',
  errors: 'f64',
  sectorsRead: 'f64',
  sectorsWritten: 'f64',
});

export interface BlockOptions {
  /** At most 20 characters of ASCII. */
  readonly serial: string;
  /** Ticks that a request takes, and that each sector adds: virtual time, so that a transfer can be watched. */
  readonly requestTicks: number;
  readonly sectorTicks: number;
}

/** 2000 ticks are 20 microseconds at 100 MHz; 20 ticks a sector are 2.5 GB a second. */
export const BLOCK_DEFAULTS: BlockOptions = { serial: 'glassvisor', requestTicks: 2000, sectorTicks: 20 };

interface Request {
  readonly type: number;
  readonly sector: number;
  /** Bytes of data to read or write: all but header and status. */
  readonly dataOut: number;
  readonly dataIn: number;
}

type Status = (typeof BLK_STATUS)[keyof typeof BLK_STATUS];
type Command = (block: VirtioBlock, request: Request, chain: Chain) => Status;

/** A disk. One request is under way at a time. virtio 1.2, "Block Device". */
export class VirtioBlock implements VirtioModel {
  readonly id: string;
  readonly type = VIRTIO_BLOCK;
  readonly offered: readonly number[];
  readonly queueSizes = [QUEUE_SIZE] as const;
  readonly configSize = CONFIG_SIZE;
  readonly layout = BLOCK_LAYOUT;
  readonly bytes = new Uint8Array(BLOCK_LAYOUT.size);
  readonly state = BLOCK_LAYOUT.view(this.bytes);
  readonly disk: Disk;
  readonly options: BlockOptions;
  readonly piece = new Uint8Array(PIECE);
  private readonly header = new Uint8Array(BLK_HEADER_SIZE);
  private port = NO_PORT;

  constructor(id: string, disk: Disk, options: Partial<BlockOptions> = {}) {
    this.id = id;
    this.disk = disk;
    this.options = { ...BLOCK_DEFAULTS, ...options };
    const common = [BLK_F_SEG_MAX, BLK_F_BLK_SIZE, BLK_F_FLUSH, BLK_F_CONFIG_WCE];
    this.offered = [...common, ...(disk.isReadOnly ? [BLK_F_RO] : [BLK_F_DISCARD, BLK_F_WRITE_ZEROES])];
  }

  connect(port: VirtioPort): void {
    this.port = port;
  }

  rebuild(): void {}

  powerOn(): void {
    const { contents } = this.state;
    const kept = [contents.at(0), contents.at(1)];
    this.bytes.fill(0);
    for (const [i, word] of kept.entries()) contents.set(i, word);
    const s = this.state;
    s.capacityLow = this.disk.sectors % 0x1_0000_0000;
    s.capacityHigh = Math.floor(this.disk.sectors / 0x1_0000_0000);
    // Header and status take two descriptors of a chain as long as the queue.
    s.segMax = QUEUE_SIZE - 2;
    s.blkSize = BLK_SECTOR;
    if (!this.disk.isReadOnly) {
      s.maxDiscardSectors = MOST_SECTORS;
      s.maxDiscardSeg = MOST_SEGMENTS;
      s.discardSectorAlignment = 1;
      s.maxWriteZeroesSectors = MOST_SECTORS;
      s.maxWriteZeroesSeg = MOST_SEGMENTS;
      s.writeZeroesMayUnmap = 1;
    }
    this.reset();
  }

  reset(): void {
    this.state.writeback = 1;
  }

  /** "If VIRTIO_BLK_F_CONFIG_WCE is negotiated but VIRTIO_BLK_F_FLUSH is not" cannot be: the one requires the other here. */
  start(): void {
    // Without FLUSH the driver takes the cache for a writethrough one.
    if (!this.port.has(BLK_F_FLUSH)) this.state.writeback = 0;
  }

  wants(): boolean {
    return true;
  }

  delay(_queue: number, chain: Chain): number {
    const { requestTicks, sectorTicks } = this.options;
    const sectors = Math.floor((chain.readableBytes + chain.writableBytes) / BLK_SECTOR);
    return requestTicks + sectorTicks * Math.min(sectors, this.disk.sectors);
  }

  /** virtio 1.2, "Block Device", "Device Operation": header, data, and a status byte last. Where one descriptor ends and the next begins means nothing. */
  process(queue: Virtqueue, chain: Chain): number {
    if (chain.readableBytes < BLK_HEADER_SIZE || chain.writableBytes < STATUS_SIZE) {
      const isHeader = chain.readableBytes < BLK_HEADER_SIZE;
      const value = isHeader ? chain.readableBytes : chain.writableBytes;
      this.port.fail(queue.index, { reason: 'requestTooShort', value, limit: isHeader ? BLK_HEADER_SIZE : STATUS_SIZE });
      return 0;
    }
    if (!chain.read(0, this.header)) return 0;
    const view = new DataView(this.header.buffer);
    const request = {
      type: view.getUint32(0, true),
      sector: view.getUint32(8, true) + view.getUint32(12, true) * 0x1_0000_0000,
      dataOut: chain.readableBytes - BLK_HEADER_SIZE,
      dataIn: chain.writableBytes - STATUS_SIZE,
    };
    const status = (COMMANDS.get(request.type) ?? unsupported)(this, request, chain);
    if (status !== BLK_STATUS.OK) this.state.errors++;
    if (!chain.write(request.dataIn, Uint8Array.of(status))) return 0;
    // Bytes are counted from the first writable one: behind data that was not written, the status does not count.
    const isFilled = status === BLK_STATUS.OK && FILLING.has(request.type);
    return isFilled || request.dataIn === 0 ? chain.writableBytes : 0;
  }

  writeConfig(offset: number, size: number, value: number): void {
    if (offset === WRITEBACK && size === 1 && this.port.has(BLK_F_CONFIG_WCE)) this.state.writeback = value & 1;
  }

  /** Whether the range lies on the disk. */
  covers(sector: number, count: number): boolean {
    return sector + count <= this.disk.sectors;
  }

  /** Sectors from `sector` on changed; `sum` depends on how. */
  noteChange(sector: number, count: number, sum: number): void {
    const { contents } = this.state;
    contents.set(0, Math.imul(contents.at(0) ^ sum, 0x01000193));
    contents.set(1, Math.imul(contents.at(1) ^ sector ^ (count << 16), 0x85ebca6b) + 1);
    this.state.sectorsWritten += count;
    this.state.unflushed = this.state.writeback ? this.state.unflushed + count : 0;
  }
}

const COMMANDS: ReadonlyMap<number, Command> = new Map<number, Command>([
  [BLK_TYPES.IN, read],
  [BLK_TYPES.OUT, write],
  [BLK_TYPES.FLUSH, flush],
  [BLK_TYPES.GET_ID, getId],
  [BLK_TYPES.DISCARD, zeroSegments],
  [BLK_TYPES.WRITE_ZEROES, zeroSegments],
]);

/** Commands that write data. */
const FILLING: ReadonlySet<number> = new Set([BLK_TYPES.IN, BLK_TYPES.GET_ID]);

function unsupported(): Status {
  return BLK_STATUS.UNSUPP;
}

function read(block: VirtioBlock, { sector, dataIn }: Request, chain: Chain): Status {
  const count = dataIn / BLK_SECTOR;
  if (!Number.isInteger(count) || count === 0 || !block.covers(sector, count)) return BLK_STATUS.IOERR;
  for (let done = 0; done < dataIn; done += PIECE) {
    const piece = block.piece.subarray(0, Math.min(PIECE, dataIn - done));
    block.disk.read(sector * BLK_SECTOR + done, piece);
    if (!chain.write(done, piece)) return BLK_STATUS.IOERR;
  }
  block.state.reads++;
  block.state.sectorsRead += count;
  return BLK_STATUS.OK;
}

function write(block: VirtioBlock, { sector, dataOut }: Request, chain: Chain): Status {
  const count = dataOut / BLK_SECTOR;
  if (block.disk.isReadOnly || !Number.isInteger(count) || count === 0 || !block.covers(sector, count)) return BLK_STATUS.IOERR;
  let sum = 0;
  let done = 0;
  while (done < dataOut) {
    const piece = block.piece.subarray(0, Math.min(PIECE, dataOut - done));
    if (!chain.read(BLK_HEADER_SIZE + done, piece)) break;
    block.disk.write(sector * BLK_SECTOR + done, piece);
    const words = new Int32Array(piece.buffer, 0, piece.length >> 2);
    for (let i = 0; i < words.length; i++) sum = Math.imul(sum ^ words[i], 0x01000193);
    done += piece.length;
  }
  block.state.writes++;
  block.noteChange(sector, done / BLK_SECTOR, sum);
  return done === dataOut ? BLK_STATUS.OK : BLK_STATUS.IOERR;
}

function flush(block: VirtioBlock): Status {
  block.disk.flush();
  block.state.flushes++;
  block.state.unflushed = 0;
  return BLK_STATUS.OK;
}

/** "The length of data MUST be 20 bytes"; a string that fills them has no NUL. */
function getId(block: VirtioBlock, { dataIn }: Request, chain: Chain): Status {
  if (dataIn !== BLK_ID_SIZE) return BLK_STATUS.IOERR;
  const id = new Uint8Array(BLK_ID_SIZE);
  for (let i = 0; i < Math.min(BLK_ID_SIZE, block.options.serial.length); i++) id[i] = block.options.serial.charCodeAt(i);
  return chain.write(0, id) ? BLK_STATUS.OK : BLK_STATUS.IOERR;
}

/** DISCARD and WRITE_ZEROES: here both make sectors read as zeros and free their pages. All segments are checked before the first is done. */
function zeroSegments(block: VirtioBlock, { type, dataOut }: Request, chain: Chain): Status {
  const count = dataOut / BLK_SEGMENT_SIZE;
  if (block.disk.isReadOnly || !Number.isInteger(count) || count === 0 || count > MOST_SEGMENTS) return BLK_STATUS.IOERR;
  const bytes = new Uint8Array(dataOut);
  if (!chain.read(BLK_HEADER_SIZE, bytes)) return BLK_STATUS.IOERR;
  const view = new DataView(bytes.buffer);
  const segments = Array.from({ length: count }, (_, i) => ({
    sector: view.getUint32(16 * i, true) + view.getUint32(16 * i + 4, true) * 0x1_0000_0000,
    sectors: view.getUint32(16 * i + 8, true),
    flags: view.getUint32(16 * i + 12, true),
  }));
  const allowed = type === BLK_TYPES.WRITE_ZEROES ? BLK_SEGMENT_UNMAP : 0;
  if (segments.some(({ flags }) => (flags & ~allowed) !== 0)) return BLK_STATUS.UNSUPP;
  if (segments.some(({ sector, sectors }) => sectors > MOST_SECTORS || !block.covers(sector, sectors))) return BLK_STATUS.IOERR;
  for (const { sector, sectors } of segments) {
    block.disk.zero(sector * BLK_SECTOR, sectors * BLK_SECTOR);
    block.noteChange(sector, sectors, 0);
  }
  return BLK_STATUS.OK;
}

import { beforeEach, describe, expect, it } from 'vitest';
import {
  BLK_F_CONFIG_WCE,
  BLK_F_DISCARD,
  BLK_F_FLUSH,
  BLK_F_RO,
  BLK_F_WRITE_ZEROES,
  BLK_STATUS,
  BLK_TYPES,
} from '../../../src/arch/virtio-devices.ts';
import { F_INDIRECT_DESC } from '../../../src/arch/virtio.ts';
import { reasonAt } from '../../../src/arch/virtio-reasons.ts';
import { PageDisk } from '../../../src/devices/virtio/disk.ts';
import { VIRTIO_MODELS } from '../../../src/devices/virtio/index.ts';
import type { Piece } from './driver.ts';
import { MODELS, Rig } from './rig.ts';

const SECTORS = 256;
const build = (): Rig<ReturnType<typeof MODELS.block>> => new Rig((id) => MODELS.block(id));
let rig = build();

beforeEach(() => {
  rig = build();
  rig.driver.start([BLK_F_FLUSH, BLK_F_CONFIG_WCE, BLK_F_DISCARD, BLK_F_WRITE_ZEROES, F_INDIRECT_DESC]);
});

function header(type: number, sector = 0): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(8, sector % 2 ** 32, true);
  view.setUint32(12, Math.floor(sector / 2 ** 32), true);
  return bytes;
}

/** One request; returns status, used length and the data before the status. */
function request(...pieces: Piece[]): { status: number; length: number; data: Uint8Array } {
  const [queue] = rig.driver.queues;
  queue.add(...pieces);
  queue.kick();
  rig.settle();
  const [{ data, length }] = queue.reap();
  return { status: data[data.length - 1], length, data: data.subarray(0, -1) };
}

const pattern = (size: number, seed: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 7 + seed) & 0xff);

function segment(sector: number, sectors: number, flags = 0): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sector, true);
  view.setUint32(8, sectors, true);
  view.setUint32(12, flags, true);
  return bytes;
}

describe('a virtio disk', () => {
  it('says how large it is', () => {
    expect([rig.access.config(0, 4), rig.access.config(4, 4), rig.access.config(20, 4)]).toEqual([SECTORS, 0, 512]);
  });

  it('reads back what was written, over odd pieces and across pages', () => {
    const data = pattern(512 * 20, 3);
    const written = request(header(BLK_TYPES.OUT, 5), data.subarray(0, 100), data.subarray(100, 5000), data.subarray(5000), 1);
    expect(written).toMatchObject({ status: BLK_STATUS.OK, length: 1 });
    const read = request(header(BLK_TYPES.IN, 5), 1000, 512 * 20 - 1000, 1);
    expect(read).toMatchObject({ status: BLK_STATUS.OK, length: 512 * 20 + 1 });
    expect(read.data).toEqual(data);
    expect(request(header(BLK_TYPES.IN, 0), 512, 1).data).toEqual(new Uint8Array(512));
  });

  it('moves more than it holds in its hands at once', () => {
    const data = pattern(512 * 250, 77);
    expect(request(header(BLK_TYPES.OUT, 3), data.subarray(0, 70_001), data.subarray(70_001), 1).status).toBe(BLK_STATUS.OK);
    const read = request(header(BLK_TYPES.IN, 3), 66_000, data.length - 66_000, 1);
    expect(Buffer.compare(read.data, data)).toBe(0);
    expect(rig.model.state).toMatchObject({ sectorsRead: 250, sectorsWritten: 250, reads: 1, writes: 1, errors: 0 });
  });

  it('takes the header apart and the status together with data, as framing means nothing', () => {
    const head = header(BLK_TYPES.OUT, 0);
    expect(request(head.subarray(0, 3), head.subarray(3), pattern(512, 9), 1).status).toBe(BLK_STATUS.OK);
    const both = request(header(BLK_TYPES.IN, 0), 513);
    expect(both).toMatchObject({ status: BLK_STATUS.OK, data: pattern(512, 9) });
  });

  it('takes time: a request is under way, and can be found so', () => {
    const [queue] = rig.driver.queues;
    rig.settle();
    const start = rig.ticks;
    queue.add(header(BLK_TYPES.OUT, 0), pattern(512, 1), 1);
    queue.kick();
    rig.runTo(start + 1000);
    expect(rig.device.queues[0].state).toMatchObject({ isActive: 1, nextAvail: 1, nextUsed: 0 });
    expect(rig.line).toBe(false);
    rig.settle();
    expect(rig.line).toBe(true);
    expect(rig.ticks - start).toBeGreaterThan(2000);
  });

  it.each([
    ['a read behind the end', BLK_STATUS.IOERR, [header(BLK_TYPES.IN, SECTORS - 1), 1024, 1]],
    ['a write behind the end', BLK_STATUS.IOERR, [header(BLK_TYPES.OUT, SECTORS), pattern(512, 0), 1]],
    ['a sector of 2^63', BLK_STATUS.IOERR, [header(BLK_TYPES.IN, 2 ** 63), 512, 1]],
    ['half a sector', BLK_STATUS.IOERR, [header(BLK_TYPES.IN, 0), 256, 1]],
    ['no data', BLK_STATUS.IOERR, [header(BLK_TYPES.OUT, 0), 1]],
    ['an unknown type', BLK_STATUS.UNSUPP, [header(99), 1]],
    ['a legacy SCSI command', BLK_STATUS.UNSUPP, [header(2), 512, 1]],
    ['a serial number into 19 bytes', BLK_STATUS.IOERR, [header(BLK_TYPES.GET_ID), 19, 1]],
    ['a discard of half a segment', BLK_STATUS.IOERR, [header(BLK_TYPES.DISCARD), new Uint8Array(8), 1]],
    ['a discard behind the end', BLK_STATUS.IOERR, [header(BLK_TYPES.DISCARD), segment(SECTORS, 1), 1]],
    ['a discard with unmap', BLK_STATUS.UNSUPP, [header(BLK_TYPES.DISCARD), segment(0, 1, 1), 1]],
    ['write zeroes with an unknown flag', BLK_STATUS.UNSUPP, [header(BLK_TYPES.WRITE_ZEROES), segment(0, 1, 4), 1]],
  ] as const)('answers %s with status %i', (_what, status, pieces) => {
    const answer = request(...pieces);
    expect(answer.status).toBe(status);
    // Where data was asked for and not given, no byte counts as written.
    expect(answer.length).toBe(answer.data.length > 0 ? 0 : 1);
    expect(rig.device.status & 0x40).toBe(0);
  });

  it('gives its serial number', () => {
    const { data } = request(header(BLK_TYPES.GET_ID), 20, 1);
    expect(String.fromCharCode(...data).replaceAll('\0', '')).toBe('disk for tests');
  });

  it('writes zeros, and what was discarded reads as zeros and costs nothing', () => {
    request(header(BLK_TYPES.OUT, 0), pattern(512 * 32, 5), 1);
    expect(request(header(BLK_TYPES.WRITE_ZEROES), segment(1, 2, 1), segment(4, 1), 1).status).toBe(BLK_STATUS.OK);
    const { data } = request(header(BLK_TYPES.IN, 0), 512 * 6, 1);
    expect([0, 1, 2, 3, 4, 5].map((sector) => data.subarray(512 * sector, 512 * (sector + 1)).every((byte) => byte === 0))).toEqual([
      ...[false, true, true, false, true, false],
    ]);
    expect(request(header(BLK_TYPES.DISCARD), segment(0, 32), 1).status).toBe(BLK_STATUS.OK);
    let pages = 0;
    (rig.model.disk as PageDisk).pages.forEach(() => pages++);
    expect(pages).toBe(0);
  });

  it('knows what would be lost without a flush, and nothing with a writethrough cache', () => {
    request(header(BLK_TYPES.OUT, 0), pattern(1024, 1), 1);
    expect(rig.model.state.unflushed).toBe(2);
    request(header(BLK_TYPES.FLUSH), 1);
    expect(rig.model.state.unflushed).toBe(0);
    rig.access.setConfig(32, 1, 0);
    expect(rig.access.config(32, 1)).toBe(0);
    request(header(BLK_TYPES.OUT, 0), pattern(1024, 1), 1);
    expect(rig.model.state.unflushed).toBe(0);
  });

  it('is writethrough for a driver without FLUSH', () => {
    rig.driver.start([]);
    expect(rig.access.config(32, 1)).toBe(0);
  });

  it('asks for a reset where it cannot even answer', () => {
    const [queue] = rig.driver.queues;
    queue.add(header(BLK_TYPES.OUT, 0), pattern(512, 1));
    queue.kick();
    rig.settle();
    expect(reasonAt(rig.device.state.fault)?.id).toBe('requestTooShort');
  });

  it('has other bytes for other contents', () => {
    const hash = (seed: number, sector: number): string => {
      rig = build();
      rig.driver.start([]);
      request(header(BLK_TYPES.OUT, sector), pattern(512, seed), 1);
      return rig.model.bytes.subarray(0, 72).join();
    };
    expect(new Set([hash(1, 0), hash(2, 0), hash(1, 1)]).size).toBe(3);
    expect(hash(1, 0)).toBe(hash(1, 0));
  });

  it('that is read-only refuses all that would change it', () => {
    const disk = new PageDisk(pattern(1024, 6), { isReadOnly: true });
    rig = new Rig((id) => VIRTIO_MODELS.block(id, disk));
    expect(rig.access.features(0) & (1 << BLK_F_RO)).not.toBe(0);
    rig.driver.start([BLK_F_RO]);
    for (const type of [BLK_TYPES.OUT, BLK_TYPES.DISCARD, BLK_TYPES.WRITE_ZEROES]) {
      expect(request(header(type, 0), pattern(512, 0), 1).status).toBe(BLK_STATUS.IOERR);
    }
    expect(request(header(BLK_TYPES.IN, 0), 1024, 1).data).toEqual(pattern(1024, 6));
  });
});

describe('a disk of pages', () => {
  it('is at any instant a value that can be put back', () => {
    const disk = new PageDisk(pattern(10_000, 1), { sectors: 64 });
    expect(disk.sectors).toBe(64);
    const before = disk.pages;
    disk.write(4000, pattern(512, 9));
    const now = new Uint8Array(600);
    disk.read(3950, now);
    expect(now.subarray(50, 562)).toEqual(pattern(512, 9));
    disk.pages = before;
    disk.read(0, now);
    expect(now).toEqual(pattern(600, 1));
  });

  it('shares every page that did not change', () => {
    const disk = new PageDisk(pattern(4096 * 64, 1));
    const before = disk.pages;
    disk.write(4096 * 7, pattern(512, 9));
    disk.zero(4096 * 9, 4096);
    const changed: number[] = [];
    disk.pages.differences(before, (index) => changed.push(index));
    expect(changed).toEqual([7, 9]);
  });
});

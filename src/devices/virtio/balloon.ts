import {
  BALLOON_CMD_ID_DONE,
  BALLOON_CMD_ID_FIRST,
  BALLOON_CMD_ID_STOP,
  BALLOON_DEFLATEQ,
  BALLOON_F_DEFLATE_ON_OOM,
  BALLOON_F_FREE_PAGE_HINT,
  BALLOON_F_MUST_TELL_HOST,
  BALLOON_F_PAGE_POISON,
  BALLOON_F_PAGE_REPORTING,
  BALLOON_F_STATS_VQ,
  BALLOON_FREE_PAGE_VQ,
  BALLOON_INFLATEQ,
  BALLOON_PAGE,
  BALLOON_REPORTING_VQ,
  BALLOON_STAT_SIZE,
  BALLOON_STATS,
  BALLOON_STATSQ,
  VIRTIO_BALLOON,
} from '../../arch/virtio-devices.ts';
import { type Layout, layout } from '../../base/layout.ts';
import type { Chain } from './chain.ts';
import { AGAIN, HOLD, NO_PORT, type VirtioModel, type VirtioPort } from './model.ts';
import type { Virtqueue } from './queue.ts';

const QUEUE_SIZE = 128;
const CONFIG_SIZE = 16;
const ACTUAL = 4;
const POISON_VAL = 12;
/** Page numbers that are looked at at one tick. */
const SLICE = 1024;
const NUMBER_SIZE = 4;
/** Statistics of one buffer that are looked at. */
const MOST_STATS = 64;

/** Why a page goes back to the host: the guest gave it up, or told that it is free and may want it back at any time. */
export type ReleaseReason = 'inflated' | 'reported';

/** Who owns the memory. Frames are guest-physical addresses divided by 4096, all inside the guest's memory. */
export interface BalloonHost {
  /** The guest does without `count` frames from `frame` on: their memory is the host's, and a later touch by the guest must bring a page of zeros. Some may be
   *  the host's already. */
  release(frame: number, count: number, reason: ReleaseReason): void;
  /** The guest takes an inflated frame back; it may be given memory at once, or when it is touched. */
  reclaim(frame: number): void;
  /** The contents of these frames mean nothing at present. Nothing may be taken away: the guest may be writing there by now. For migration. */
  hint(frame: number, count: number): void;
  /** The driver has written how large the balloon is: it has done something about the last wish, or can do nothing. */
  settled?(pages: number): void;
}

/** The state depends on the size of the guest: a bit for each frame. */
function balloonLayout(frames: number) {
  return layout({
    // Configuration space.
    numPages: 'u32',
    actual: 'u32',
    freePageHintCmdId: 'u32',
    poisonVal: 'u32',
    /** The last statistics, by tag, and a bit for each tag that was given. */
    stats: ['f64', BALLOON_STATS.length],
    statsGiven: 'u32',
    /** The host waits for newer ones. */
    isStatsWanted: 'u8',
    /** Statistics buffers received. */
    statsCount: 'f64',
    /** Command ID under which the driver hints now, or STOP. */
    hintCommand: 'u32',
    /** The driver has said STOP, or never begun: the next command ID may be used. */
    isHintIdle: 'u8',
    nextCommand: 'u32',
    /** Frames in the balloon. */
    inflatedCount: 'u32',
    // Counters since power-on, for display.
    pagesInflated: 'f64',
    pagesDeflated: 'f64',
    pagesReported: 'f64',
    pagesHinted: 'f64',
    /** Page numbers outside of the guest's memory, given twice, or taken back without having been given. */
    pagesRefused: 'f64',
    inflated: ['u8', Math.ceil(frames / 8)],
  });
}

export interface BalloonOptions {
  /** Frames of the guest's memory. */
  readonly frames: number;
  /** Offered of DEFLATE_ON_OOM, FREE_PAGE_HINT, PAGE_POISON, PAGE_REPORTING; MUST_TELL_HOST and STATS_VQ always are. */
  readonly features?: readonly number[];
}

const ALL = [BALLOON_F_DEFLATE_ON_OOM, BALLOON_F_FREE_PAGE_HINT, BALLOON_F_PAGE_POISON, BALLOON_F_PAGE_REPORTING];

/** Takes memory from the guest, and gives it back. virtio 1.2, "Traditional Memory Balloon Device". */
export class VirtioBalloon implements VirtioModel {
  readonly id: string;
  readonly type = VIRTIO_BALLOON;
  readonly offered: readonly number[];
  readonly queueSizes = [QUEUE_SIZE, QUEUE_SIZE, QUEUE_SIZE, QUEUE_SIZE, QUEUE_SIZE] as const;
  readonly configSize = CONFIG_SIZE;
  readonly layout: Layout;
  readonly bytes: Uint8Array;
  readonly state: ReturnType<ReturnType<typeof balloonLayout>['view']>;
  private readonly frames: number;
  private readonly host: BalloonHost;
  private readonly buffer = new Uint8Array(SLICE * NUMBER_SIZE);
  private port = NO_PORT;

  constructor(id: string, host: BalloonHost, { frames, features = ALL }: BalloonOptions) {
    this.id = id;
    this.host = host;
    this.frames = frames;
    this.offered = [BALLOON_F_MUST_TELL_HOST, BALLOON_F_STATS_VQ, ...features];
    const ownLayout = balloonLayout(frames);
    this.layout = ownLayout;
    this.bytes = new Uint8Array(ownLayout.size);
    this.state = ownLayout.view(this.bytes);
  }

  connect(port: VirtioPort): void {
    this.port = port;
  }

  rebuild(): void {}

  powerOn(): void {
    this.reclaimAll();
    this.bytes.fill(0);
    this.state.isHintIdle = 1;
    this.state.nextCommand = BALLOON_CMD_ID_FIRST;
  }

  /** The new driver knows nothing of what the old one gave. The target stays: it is the host's wish. */
  reset(): void {
    const s = this.state;
    this.reclaimAll();
    s.actual = 0;
    s.poisonVal = 0;
    s.freePageHintCmdId = BALLOON_CMD_ID_STOP;
    s.hintCommand = BALLOON_CMD_ID_STOP;
    s.isHintIdle = 1;
    s.isStatsWanted = 0;
  }

  start(): void {}

  // The host's side -----------------------------------------------------------------------------------------------------------------------
  /** Asks for a balloon of `pages`. The guest sees `num_pages`, and does what it can. */
  setTarget(pages: number): void {
    this.state.numPages = Math.min(pages, this.frames);
    this.port.configChanged();
  }

  /** Asks for new statistics: gives the driver its buffer back. "Communication is driven by the device." */
  requestStats(): void {
    this.state.isStatsWanted = 1;
    this.port.look(BALLOON_STATSQ);
  }

  /** Begins a round of free page hinting. False where the driver has not ended the last one: "the device MUST NOT reuse a command ID until it has received an
   *  output buffer containing VIRTIO_BALLOON_CMD_ID_STOP". */
  startHinting(): boolean {
    const s = this.state;
    if (!this.port.has(BALLOON_F_FREE_PAGE_HINT) || !s.isHintIdle) return false;
    s.freePageHintCmdId = s.nextCommand;
    s.nextCommand = s.nextCommand === 0xffff_ffff ? BALLOON_CMD_ID_FIRST : s.nextCommand + 1;
    this.port.configChanged();
    return true;
  }

  /** No use for more hints; with `isDone` the guest may have its pages back too. */
  stopHinting(isDone: boolean): void {
    this.state.freePageHintCmdId = isDone ? BALLOON_CMD_ID_DONE : BALLOON_CMD_ID_STOP;
    this.port.configChanged();
  }

  // Queues --------------------------------------------------------------------------------------------------------------------------------
  wants(): boolean {
    return true;
  }

  delay(): number {
    return 0;
  }

  process(queue: Virtqueue, chain: Chain): number {
    switch (queue.index) {
      case BALLOON_INFLATEQ:
        return this.takeNumbers(queue, chain, (frame) => this.inflate(frame));
      case BALLOON_DEFLATEQ:
        return this.takeNumbers(queue, chain, (frame) => this.deflate(frame));
      case BALLOON_STATSQ:
        return this.takeStats(queue, chain);
      case BALLOON_FREE_PAGE_VQ:
        return chain.readableBytes > 0 ? this.takeCommand(chain) : this.takeRanges(queue, chain);
      default:
        return this.takeRanges(queue, chain);
    }
  }

  /** `actual` and `poison_val` are the driver's to write. */
  writeConfig(offset: number, size: number, value: number): void {
    if (size !== NUMBER_SIZE) return;
    if (offset === ACTUAL) {
      this.state.actual = value;
      this.host.settled?.(value);
    } else if (offset === POISON_VAL && this.port.has(BALLOON_F_PAGE_POISON)) this.state.poisonVal = value;
  }

  /** Whether a frame is in the balloon. */
  isInflated(frame: number): boolean {
    return ((this.state.inflated.at(frame >>> 3) >>> (frame & 7)) & 1) !== 0;
  }

  /** An array of 32-bit page numbers, "independent of the guest page size". */
  private takeNumbers(queue: Virtqueue, chain: Chain, take: (frame: number) => void): number {
    const { state, index } = queue;
    if (chain.readableBytes === 0 || chain.readableBytes % NUMBER_SIZE !== 0) {
      this.port.fail(index, { reason: 'pageArrayLength', value: chain.readableBytes, limit: NUMBER_SIZE });
      return 0;
    }
    // The chain may be shorter than it was at the last tick: a hostile driver has changed it.
    const left = Math.max(0, chain.readableBytes - state.progress);
    const bytes = this.buffer.subarray(0, Math.min(this.buffer.length, left));
    if (!chain.read(chain.readableBytes - left, bytes)) return 0;
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length; at += NUMBER_SIZE) take(view.getUint32(at, true));
    state.progress += bytes.length;
    return state.progress < chain.readableBytes ? AGAIN : 0;
  }

  private inflate(frame: number): void {
    const s = this.state;
    if (frame >= this.frames || this.isInflated(frame)) {
      s.pagesRefused++;
      return;
    }
    this.mark(frame, true);
    s.pagesInflated++;
    this.host.release(frame, 1, 'inflated');
  }

  private deflate(frame: number): void {
    const s = this.state;
    if (frame >= this.frames || !this.isInflated(frame)) {
      s.pagesRefused++;
      return;
    }
    this.mark(frame, false);
    s.pagesDeflated++;
    this.host.reclaim(frame);
  }

  private mark(frame: number, isInflated: boolean): void {
    const { inflated } = this.state;
    inflated.set(frame >>> 3, inflated.at(frame >>> 3) ^ (1 << (frame & 7)));
    this.state.inflatedCount += isInflated ? 1 : -1;
  }

  private reclaimAll(): void {
    for (let frame = 0; this.state.inflatedCount > 0 && frame < this.frames; frame++) {
      if (!this.isInflated(frame)) continue;
      this.mark(frame, false);
      this.host.reclaim(frame);
    }
  }

  /** virtio 1.2, "Memory Statistics": entries of 10 bytes in any order; unknown tags are passed over. The buffer stays here until newer ones are wanted. */
  private takeStats(queue: Virtqueue, chain: Chain): number {
    const s = this.state;
    if (queue.state.progress === 0) {
      const size = Math.min(MOST_STATS, Math.floor(chain.readableBytes / BALLOON_STAT_SIZE)) * BALLOON_STAT_SIZE;
      const bytes = new Uint8Array(size);
      if (!chain.read(0, bytes)) return 0;
      const view = new DataView(bytes.buffer);
      s.statsGiven = 0;
      for (let at = 0; at < size; at += BALLOON_STAT_SIZE) {
        const tag = view.getUint16(at, true);
        if (tag >= BALLOON_STATS.length) continue;
        s.stats.set(tag, view.getUint32(at + 2, true) + view.getUint32(at + 6, true) * 0x1_0000_0000);
        s.statsGiven |= 1 << tag;
      }
      s.statsCount++;
      queue.state.progress = 1;
    }
    if (!s.isStatsWanted) return HOLD;
    s.isStatsWanted = 0;
    return 0;
  }

  /** A command ID begins or ends a row of hints. virtio 1.2, "Free Page Hinting". */
  private takeCommand(chain: Chain): number {
    const s = this.state;
    if (chain.readableBytes !== NUMBER_SIZE) {
      this.port.fail(BALLOON_FREE_PAGE_VQ, { reason: 'hintCommandLength', value: chain.readableBytes, limit: NUMBER_SIZE });
      return 0;
    }
    const bytes = new Uint8Array(NUMBER_SIZE);
    if (!chain.read(0, bytes)) return 0;
    s.hintCommand = new DataView(bytes.buffer).getUint32(0, true);
    s.isHintIdle = s.hintCommand === BALLOON_CMD_ID_STOP ? 1 : 0;
    return 0;
  }

  /** Buffers that are free pages themselves; one of them at a tick. */
  private takeRanges(queue: Virtqueue, chain: Chain): number {
    const { state, index } = queue;
    const piece = chain.readableCount + state.progress;
    if (piece < chain.count) this.takeRange(index, chain.addresses[piece], chain.lengths[piece]);
    state.progress++;
    return piece + 1 < chain.count ? AGAIN : 0;
  }

  /** The whole frames of a buffer. */
  private takeRange(queue: number, address: number, length: number): void {
    const s = this.state;
    const frame = Math.ceil(address / BALLOON_PAGE);
    const count = Math.min(Math.floor((address + length) / BALLOON_PAGE), this.frames) - frame;
    if (count <= 0) {
      s.pagesRefused++;
    } else if (queue === BALLOON_REPORTING_VQ) {
      s.pagesReported += count;
      // "The device MUST NOT modify the content of a reported page to a value other than poison_val": what comes back are zeros.
      if (!this.port.has(BALLOON_F_PAGE_POISON) || s.poisonVal === 0) this.host.release(frame, count, 'reported');
    } else if (s.hintCommand >= BALLOON_CMD_ID_FIRST && s.hintCommand === s.freePageHintCmdId) {
      // "The device MUST ignore pages that are provided with a command ID that does not match".
      s.pagesHinted += count;
      this.host.hint(frame, count);
    }
  }
}

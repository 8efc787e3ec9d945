/** Magic number of a capture with times in nanoseconds; little-endian. */
const MAGIC = 0xa1b23c4d;
const LINKTYPE_ETHERNET = 1;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const NANOSECONDS = 1_000_000_000;

interface Captured {
  readonly tick: number;
  readonly bytes: Uint8Array;
}

/** Frames as they passed, for Wireshark and its like. Derived, never part of a snapshot, as the trace is: a replay does not record twice. */
export class Capture {
  private readonly frames: Captured[] = [];
  private readonly most: number;
  /** Frames at ticks below this are known already. */
  recordedUntil = 0;

  /** `most` frames are kept, the latest ones. */
  constructor(most = 4096) {
    this.most = most;
  }

  get length(): number {
    return this.frames.length;
  }

  /** A frame passes at `tick`; it is copied. */
  add(tick: number, frame: Uint8Array): void {
    if (tick < this.recordedUntil) return;
    this.frames.push({ tick, bytes: frame.slice() });
    if (this.frames.length > this.most) this.frames.shift();
  }

  /** Forgets everything at or after `tick`: the past was changed there. */
  truncate(tick: number): void {
    while (this.frames.length > 0 && this.frames[this.frames.length - 1].tick >= tick) this.frames.pop();
    this.recordedUntil = Math.min(this.recordedUntil, tick);
  }

  /** The file: times are virtual, counted from tick 0. Format: "PCAP Capture File Format" (IETF draft). */
  toFile(ticksPerSecond: number): Uint8Array {
    const size = this.frames.reduce((sum, { bytes }) => sum + RECORD_HEADER + bytes.length, FILE_HEADER);
    const file = new Uint8Array(size);
    const view = new DataView(file.buffer);
    for (const [at, word] of [MAGIC, 2 | (4 << 16), 0, 0, 0xffff, LINKTYPE_ETHERNET].entries()) view.setUint32(4 * at, word, true);
    let at = FILE_HEADER;
    for (const { tick, bytes } of this.frames) {
      view.setUint32(at, Math.floor(tick / ticksPerSecond), true);
      view.setUint32(at + 4, Math.floor(((tick % ticksPerSecond) * NANOSECONDS) / ticksPerSecond), true);
      view.setUint32(at + 8, bytes.length, true);
      view.setUint32(at + 12, bytes.length, true);
      file.set(bytes, at + RECORD_HEADER);
      at += RECORD_HEADER + bytes.length;
    }
    return file;
  }
}

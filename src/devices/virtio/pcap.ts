import type { LearningSwitch } from './switch.ts';

/** Magic number of a capture with times in nanoseconds; little-endian. */
const MAGIC = 0xa1b23c4d;
const LINKTYPE_ETHERNET = 1;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const NANOSECONDS = 1_000_000_000;

/** Frames that a capture keeps of one switch, where nothing else is said. */
const MOST = 16_384;

interface Captured {
  readonly tick: number;
  readonly bytes: Uint8Array;
}

/** What is known of one switch: frames number `end - frames.length` to `end - 1` of all that it ever carried. */
interface Tape {
  readonly link: LearningSwitch;
  readonly frames: Captured[];
  end: number;
}

/** Frames as they passed, for Wireshark and its like. Derived, never part of a snapshot, as the console is: the switch's bytes say how many it has carried, so
 *  that a replay does not record twice. */
export class Capture {
  /** Frames that are kept of each switch, the latest ones. */
  most = MOST;
  private readonly tapes: readonly Tape[];

  /** Listens to `links` from now on; `now` is the machine's clock. */
  constructor(links: readonly LearningSwitch[], now: () => number) {
    this.tapes = links.map((link) => ({ link, frames: [], end: link.carried }));
    for (const tape of this.tapes) tape.link.onFrame = (frame) => this.add(tape, now(), frame);
  }

  /** Frames that are known. */
  get length(): number {
    return this.tapes.reduce((sum, { frames }) => sum + frames.length, 0);
  }

  /** The machine has become another without having carried anything: a saved moment. What it carried before is not known. */
  forget(): void {
    for (const tape of this.tapes) {
      tape.frames.length = 0;
      tape.end = tape.link.carried;
    }
  }

  /** Another history begins here: what was to come is void. */
  fork(): void {
    for (const tape of this.tapes) {
      const surplus = tape.end - tape.link.carried;
      if (surplus <= 0) continue;
      tape.frames.length = Math.max(0, tape.frames.length - surplus);
      tape.end -= surplus;
    }
  }

  /** The file: times are virtual, counted from tick 0. Format: "PCAP Capture File Format" (IETF draft). */
  toFile(ticksPerSecond: number): Uint8Array {
    const frames = this.tapes.flatMap((tape) => tape.frames).sort((a, b) => a.tick - b.tick);
    const size = frames.reduce((sum, { bytes }) => sum + RECORD_HEADER + bytes.length, FILE_HEADER);
    const file = new Uint8Array(size);
    const view = new DataView(file.buffer);
    for (const [at, word] of [MAGIC, 2 | (4 << 16), 0, 0, 0xffff, LINKTYPE_ETHERNET].entries()) view.setUint32(4 * at, word, true);
    let at = FILE_HEADER;
    for (const { tick, bytes } of frames) {
      view.setUint32(at, Math.floor(tick / ticksPerSecond), true);
      view.setUint32(at + 4, Math.floor(((tick % ticksPerSecond) * NANOSECONDS) / ticksPerSecond), true);
      view.setUint32(at + 8, bytes.length, true);
      view.setUint32(at + 12, bytes.length, true);
      file.set(bytes, at + RECORD_HEADER);
      at += RECORD_HEADER + bytes.length;
    }
    return file;
  }

  private add(tape: Tape, tick: number, frame: Uint8Array): void {
    if (tape.link.carried < tape.end) return;
    tape.frames.push({ tick, bytes: frame.slice() });
    tape.end = tape.link.carried + 1;
    if (tape.frames.length > this.most) tape.frames.shift();
  }
}

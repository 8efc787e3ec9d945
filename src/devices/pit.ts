import { layout } from '../base/layout.ts';
import type { Device, DeviceHost } from './device.ts';
import { cyclesAt, tickOfCycle } from './device-time.ts';
import { countAt, highPulses, nextEdge, outputAt, switchPoint } from './pit-count.ts';

/** Frequency of the 8254's clock in a PC. */
export const PIT_HERTZ = 1193182;
const CONTROL = 0x43;
const CHANNELS = [0, 1, 2] as const;
const SPEAKER = 2;
const TIMER_IRQ = 0;

// What a channel is doing.
/** No count has been written since the control word. */
const IDLE = 0;
/** A count is there; modes 1 and 5 (and 2 and 3 with the gate low) wait for a rising gate. */
const ARMED = 1;
const COUNTING = 2;
/** Modes 0 and 4 with the gate low. */
const PAUSED = 3;

/** `access` of the control word. */
const LSB = 1;
const MSB = 2;
const BOTH = 3;

const EACH = ['u8', 3] as const;
const PIT_LAYOUT = layout({
  mode: EACH,
  access: EACH,
  isBcd: EACH,
  gate: EACH,
  phase: EACH,
  /** OUT while nothing counts, and until a count just written is loaded. */
  restOutput: EACH,
  /** The next read, or write, is of the more significant byte. */
  readsHigh: EACH,
  writesHigh: EACH,
  lowWritten: EACH,
  /** Bytes of the latched count still to be read (LSB, MSB, BOTH), and whether a status is latched. */
  latched: EACH,
  isStatusLatched: EACH,
  statusLatch: EACH,
  isNull: EACH,
  countLatch: ['u16', 3],
  /** The counting element while nothing counts. */
  restCount: ['u32', 3],
  /** Count in force, and one that takes its place later (0: none). */
  count: ['u32', 3],
  nextCount: ['u32', 3],
  /** Clock pulse at which the count was or will be loaded; at which `nextCount` takes over; pulses counted before a pause. */
  start: ['f64', 3],
  switchAt: ['f64', 3],
  elapsed: ['f64', 3],
  /** Tick of the next change of channel 0's OUT. */
  wakeAt: 'f64',
});

/** The 8254 interval timer: channel 0 drives IRQ 0, channel 1 once refreshed memory, channel 2 sounds the speaker and has its gate at port 61H.
 *  A count is loaded at the first clock pulse after it is written. Intel 8254 data sheet. */
export class Pit implements Device {
  readonly id = 'pit';
  readonly title = 'Interval timer (8254)';
  readonly irq = TIMER_IRQ;
  readonly layout = PIT_LAYOUT;
  readonly bytes = new Uint8Array(PIT_LAYOUT.size);
  readonly ports = [{ first: 0x40, count: 4 }] as const;
  readonly registers = [
    { port: 0x40, name: 'channel 0', access: 'read/write', meaning: 'count: IRQ 0' },
    { port: 0x41, name: 'channel 1', access: 'read/write', meaning: 'count: memory refresh, unused' },
    { port: 0x42, name: 'channel 2', access: 'read/write', meaning: 'count: speaker; gate and output at port 61H' },
    { port: 0x43, name: 'control', access: 'write', meaning: 'channel, access, mode, BCD; counter latch; read-back' },
  ] as const;
  private readonly state = PIT_LAYOUT.view(this.bytes);
  private readonly host: DeviceHost;

  constructor(host: DeviceHost) {
    this.host = host;
    this.reset();
  }

  /** As a PC's firmware leaves it: channel 0 at 18.2 Hz, channel 1 at 66 kHz, channel 2 without a gate. */
  reset(): void {
    this.bytes.fill(0);
    this.state.gate.set(0, 1);
    this.state.gate.set(1, 1);
    for (const [channel, mode, count] of [
      [0, 3, 0x10000],
      [1, 2, 18],
      [2, 3, 0x10000],
    ] as const) {
      this.state.mode.set(channel, mode);
      this.state.access.set(channel, BOTH);
      this.state.restOutput.set(channel, 1);
      this.loadCount(channel, count);
    }
    this.state.wakeAt = this.nextTimerEdge();
  }

  rebuild(): void {}

  readPort(port: number): number {
    if (port === CONTROL) return 0xff;
    const s = this.state;
    const channel = port & 3;
    if (s.isStatusLatched.at(channel)) {
      s.isStatusLatched.set(channel, 0);
      return s.statusLatch.at(channel);
    }
    const latched = s.latched.at(channel);
    if (latched !== 0) {
      const isLow = (latched & LSB) !== 0;
      s.latched.set(channel, isLow ? latched & MSB : 0);
      return isLow ? s.countLatch.at(channel) & 0xff : s.countLatch.at(channel) >> 8;
    }
    const access = s.access.at(channel);
    const isHigh = access === MSB || (access === BOTH && s.readsHigh.at(channel) !== 0);
    if (access === BOTH) s.readsHigh.set(channel, isHigh ? 0 : 1);
    const value = this.readCount(channel);
    return isHigh ? value >> 8 : value & 0xff;
  }

  writePort(port: number, _size: number, value: number): void {
    if (port === CONTROL) this.writeControl(value);
    else this.writeCount(port & 3, value);
    this.settleTimer();
  }

  nextWake(): number {
    return this.state.wakeAt;
  }

  wake(): void {
    this.settleTimer();
  }

  /** The gate of channel 2, bit 0 of port 61H. */
  setSpeakerGate(level: boolean): void {
    const s = this.state;
    const isHigh = level ? 1 : 0;
    if (s.gate.at(SPEAKER) === isHigh) return;
    this.settle(SPEAKER);
    if (level) this.raiseGate(SPEAKER);
    else this.lowerGate(SPEAKER);
    s.gate.set(SPEAKER, isHigh);
  }

  /** OUT of channel 2, bit 5 of port 61H. */
  speakerOutput(): number {
    return this.output(SPEAKER);
  }

  /** OUT of a channel: 1 high, 0 low. */
  private output(channel: number): number {
    this.settle(channel);
    const s = this.state;
    const d = this.clock() - s.start.at(channel);
    if (s.phase.at(channel) !== COUNTING || d < 0) return s.restOutput.at(channel);
    return outputAt(s.mode.at(channel), s.count.at(channel), d);
  }

  /** The count as a program reads it: binary, or four BCD digits. */
  private readCount(channel: number): number {
    this.settle(channel);
    const s = this.state;
    const d = this.clock() - s.start.at(channel);
    const modulus = s.isBcd.at(channel) ? 10000 : 65536;
    const isRunning = s.phase.at(channel) === COUNTING && d >= 0;
    const value = isRunning ? countAt(s.mode.at(channel), s.count.at(channel), d, modulus) : s.restCount.at(channel) % modulus;
    return s.isBcd.at(channel) ? toBcd(value) : value;
  }

  private clock(): number {
    return cyclesAt(this.host.now(), PIT_HERTZ, this.host.ticksPerSecond);
  }

  /** Brings a pending count into force if its instant has come. */
  private settle(channel: number): void {
    const s = this.state;
    if (s.phase.at(channel) !== COUNTING) return;
    if (this.clock() >= s.start.at(channel) && s.nextCount.at(channel) === 0) s.isNull.set(channel, 0);
    const switchAt = s.switchAt.at(channel);
    const next = s.nextCount.at(channel);
    const isPeriodic = s.mode.at(channel) === 2 || s.mode.at(channel) === 3;
    if (!isPeriodic || next === 0 || this.clock() < switchAt) return;
    // In mode 3 the new count may begin with its low half.
    const beginsLow = s.mode.at(channel) === 3 && (switchAt - s.start.at(channel)) % s.count.at(channel) !== 0;
    s.start.set(channel, beginsLow ? switchAt - highPulses(next) : switchAt);
    s.count.set(channel, next);
    s.nextCount.set(channel, 0);
    s.isNull.set(channel, 0);
  }

  private settleTimer(): void {
    this.host.setIrq(TIMER_IRQ, this.output(0) === 1);
    this.state.wakeAt = this.nextTimerEdge();
    this.host.rewake();
  }

  /** Channel 0 is settled: the tick at which its OUT next changes. */
  private nextTimerEdge(): number {
    const s = this.state;
    if (s.phase.at(0) !== COUNTING) return Number.POSITIVE_INFINITY;
    const start = s.start.at(0);
    const d = this.clock() - start;
    // Until the count is loaded OUT keeps its level; the pulse that loads it may change it.
    const edge = start + (d < 0 ? 0 : nextEdge(s.mode.at(0), s.count.at(0), d));
    const pulse = s.nextCount.at(0) === 0 ? edge : Math.min(edge, s.switchAt.at(0));
    return pulse === Number.POSITIVE_INFINITY ? pulse : tickOfCycle(pulse, PIT_HERTZ, this.host.ticksPerSecond);
  }

  private writeControl(value: number): void {
    const channel = value >> 6;
    if (channel === 3) {
      for (const c of CHANNELS) {
        if ((value & (2 << c)) === 0) continue;
        if ((value & 0x20) === 0) this.latchCount(c);
        if ((value & 0x10) === 0) this.latchStatus(c);
      }
      return;
    }
    const access = (value >> 4) & 3;
    if (access === 0) {
      this.latchCount(channel);
      return;
    }
    const s = this.state;
    const count = this.readCount(channel);
    const mode = (value >> 1) & 7;
    s.restCount.set(channel, s.isBcd.at(channel) ? fromBcd(count) : count);
    s.mode.set(channel, mode > 5 ? mode - 4 : mode);
    s.access.set(channel, access);
    s.isBcd.set(channel, value & 1);
    s.phase.set(channel, IDLE);
    s.restOutput.set(channel, s.mode.at(channel) === 0 ? 0 : 1);
    s.isNull.set(channel, 1);
    for (const field of [s.readsHigh, s.writesHigh, s.latched, s.isStatusLatched]) field.set(channel, 0);
  }

  private latchCount(channel: number): void {
    const s = this.state;
    if (s.latched.at(channel) !== 0) return;
    s.countLatch.set(channel, this.readCount(channel));
    const access = s.access.at(channel);
    s.latched.set(channel, access === BOTH && s.readsHigh.at(channel) !== 0 ? MSB : access);
  }

  private latchStatus(channel: number): void {
    const s = this.state;
    if (s.isStatusLatched.at(channel)) return;
    const out = this.output(channel);
    s.statusLatch.set(
      channel,
      (out << 7) | (s.isNull.at(channel) << 6) | (s.access.at(channel) << 4) | (s.mode.at(channel) << 1) | s.isBcd.at(channel),
    );
    s.isStatusLatched.set(channel, 1);
  }

  private writeCount(channel: number, value: number): void {
    const s = this.state;
    const access = s.access.at(channel);
    let raw = access === MSB ? value << 8 : value;
    if (access === BOTH) {
      if (s.writesHigh.at(channel) === 0) {
        s.lowWritten.set(channel, value);
        s.writesHigh.set(channel, 1);
        if (s.mode.at(channel) === 0) this.stop(channel);
        return;
      }
      s.writesHigh.set(channel, 0);
      raw = (value << 8) | s.lowWritten.at(channel);
    }
    const modulus = s.isBcd.at(channel) ? 10000 : 65536;
    const count = s.isBcd.at(channel) ? fromBcd(raw) % modulus : raw;
    this.loadCount(channel, count === 0 ? modulus : count);
  }

  /** Mode 0: the first byte of a new count stops the counting and sets OUT low. */
  private stop(channel: number): void {
    const s = this.state;
    const count = this.readCount(channel);
    s.restCount.set(channel, s.isBcd.at(channel) ? fromBcd(count) : count);
    s.restOutput.set(channel, 0);
    s.phase.set(channel, IDLE);
  }

  /** A whole count, 1 to 65536, has been written. */
  private loadCount(channel: number, count: number): void {
    const s = this.state;
    this.settle(channel);
    const mode = s.mode.at(channel);
    const phase = s.phase.at(channel);
    s.isNull.set(channel, 1);
    if (mode === 1 || mode === 5) {
      if (phase === IDLE) s.phase.set(channel, ARMED);
      s.nextCount.set(channel, count);
    } else if ((mode === 2 || mode === 3) && phase === COUNTING && this.clock() >= s.start.at(channel)) {
      s.switchAt.set(channel, s.start.at(channel) + switchPoint(mode, s.count.at(channel), this.clock() - s.start.at(channel)));
      s.nextCount.set(channel, count);
    } else if ((mode === 2 || mode === 3) && s.gate.at(channel) === 0) {
      s.phase.set(channel, ARMED);
      s.nextCount.set(channel, count);
    } else {
      this.begin(channel, count);
      if (mode === 0 || mode === 4) this.pauseIfGated(channel);
    }
  }

  /** Loads `count` at the next clock pulse and counts from there. */
  private begin(channel: number, count: number): void {
    const s = this.state;
    const out = s.mode.at(channel) === 0 ? 0 : this.output(channel);
    const before = this.readCount(channel);
    s.restCount.set(channel, s.isBcd.at(channel) ? fromBcd(before) : before);
    s.restOutput.set(channel, out);
    s.count.set(channel, count);
    s.nextCount.set(channel, 0);
    s.start.set(channel, this.clock() + 1);
    s.phase.set(channel, COUNTING);
  }

  /** Modes 0 and 4 with the gate low: the count is loaded, but not counted. */
  private pauseIfGated(channel: number): void {
    const s = this.state;
    if (s.gate.at(channel) !== 0) return;
    s.restCount.set(channel, s.count.at(channel));
    s.elapsed.set(channel, 0);
    s.isNull.set(channel, 0);
    s.phase.set(channel, PAUSED);
  }

  private raiseGate(channel: number): void {
    const s = this.state;
    const phase = s.phase.at(channel);
    if (phase === PAUSED) {
      s.start.set(channel, this.clock() - s.elapsed.at(channel));
      s.phase.set(channel, COUNTING);
    } else if (phase !== IDLE && s.mode.at(channel) !== 0 && s.mode.at(channel) !== 4) {
      this.begin(channel, s.nextCount.at(channel) || s.count.at(channel));
    }
  }

  private lowerGate(channel: number): void {
    const s = this.state;
    if (s.phase.at(channel) !== COUNTING) return;
    const mode = s.mode.at(channel);
    if (mode === 1 || mode === 5) return;
    const count = this.readCount(channel);
    const out = this.output(channel);
    s.restCount.set(channel, s.isBcd.at(channel) ? fromBcd(count) : count);
    if (mode === 2 || mode === 3) {
      s.restOutput.set(channel, 1);
      s.phase.set(channel, ARMED);
      return;
    }
    s.restOutput.set(channel, out);
    s.elapsed.set(channel, Math.max(0, this.clock() - s.start.at(channel)));
    s.phase.set(channel, PAUSED);
  }
}

function toBcd(value: number): number {
  return (value % 10) | ((Math.floor(value / 10) % 10) << 4) | ((Math.floor(value / 100) % 10) << 8) | (Math.floor(value / 1000) << 12);
}

/** Digits above 9 count as what they are: the data sheet leaves them open. */
function fromBcd(raw: number): number {
  return (raw & 15) + 10 * ((raw >> 4) & 15) + 100 * ((raw >> 8) & 15) + 1000 * ((raw >> 12) & 15);
}

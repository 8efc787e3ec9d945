import { layout } from '../base/layout.ts';
import { dateOf, daysOf, weekdayOf } from './calendar.ts';
import type { Device, DeviceHost } from './device.ts';
import { cyclesAt, tickOfCycle } from './device-time.ts';

// Registers of the clock, then memory.
const SECONDS = 0;
const SECONDS_ALARM = 1;
const MINUTES = 2;
const MINUTES_ALARM = 3;
const HOURS = 4;
const HOURS_ALARM = 5;
const WEEKDAY = 6;
const DAY = 7;
const MONTH = 8;
const YEAR = 9;
const A = 10;
const B = 11;
const C = 12;
const D = 13;
/** Where a PC keeps the century. */
const CENTURY = 0x32;

const A_UPDATING = 0x80;
const A_DIVIDER = 0x70;
/** The divider's setting for a 32768 Hz crystal; others keep the chain in reset. */
const A_RUNNING = 0x20;
const A_RATE = 0x0f;
const B_SET = 0x80;
const B_BINARY = 0x04;
const B_24_HOURS = 0x02;
// The same bits enable in B and flag in C.
const PERIODIC = 0x40;
const ALARM = 0x20;
const UPDATE_ENDED = 0x10;
const C_IRQ = 0x80;
const D_VALID = 0x80;
const PM = 0x80;
/** An alarm byte from here on matches anything. */
const ANY = 0xc0;
const RTC_IRQ = 8;
/** Update-in-progress shows this long before the registers change: 244 microseconds, 1/4096 s. */
const UPDATE_WARNING_HERTZ = 4096;
const SECONDS_PER_DAY = 86400;

const RTC_LAYOUT = layout({
  /** Clock registers as last brought up to date, then the battery-backed memory. */
  cells: ['u8', 128],
  index: 'u8',
  /** Tick at which some second began; may lie before tick 0. */
  phase: 'f64',
  /** Seconds, and periods of the periodic interrupt, accounted for since `phase`. */
  seconds: 'f64',
  periods: 'f64',
});

export interface RtcOptions {
  readonly ramMiB: number;
  /** Seconds since 1970 that the clock shows at reset. */
  readonly startSeconds: number;
}

/** The MC146818 clock with its CMOS memory, as a PC has it at ports 70H and 71H. Motorola MC146818A data sheet. Daylight saving and the square wave are
 *  not there. */
export class Rtc implements Device {
  readonly id = 'rtc';
  readonly title = 'Real-time clock (MC146818) and CMOS memory';
  readonly irq = RTC_IRQ;
  readonly layout = RTC_LAYOUT;
  readonly bytes = new Uint8Array(RTC_LAYOUT.size);
  readonly ports = [{ first: 0x70, count: 2 }] as const;
  readonly registers = [
    { port: 0x70, name: 'index', access: 'write', meaning: 'register for port 71H; bit 7 masked NMI' },
    { port: 0x71, name: 'data', access: 'read/write', meaning: 'clock registers 0 to 13, then memory' },
  ] as const;
  private readonly state = RTC_LAYOUT.view(this.bytes);
  private readonly host: DeviceHost;
  private readonly options: RtcOptions;

  constructor(host: DeviceHost, options: RtcOptions) {
    this.host = host;
    this.options = options;
    this.reset();
  }

  reset(): void {
    this.bytes.fill(0);
    const { cells } = this.state;
    cells.set(A, A_RUNNING | 6);
    cells.set(B, B_24_HOURS);
    cells.set(D, D_VALID);
    this.showTime(this.options.startSeconds);
    for (const [index, value] of memorySizes(this.options.ramMiB)) cells.set(index, value);
    this.state.phase = this.host.now();
  }

  misfit(bytes: Uint8Array): string {
    const { index } = RTC_LAYOUT.view(bytes);
    return index < 128 ? '' : `register ${index} is selected, of 128`;
  }

  rebuild(): void {}

  readPort(port: number): number {
    if ((port & 1) === 0) return 0xff; // the index cannot be read
    const { cells, index } = this.state;
    this.settle();
    this.signal();
    if (index === A) return cells.at(A) | (this.isUpdating() ? A_UPDATING : 0);
    const value = cells.at(index);
    if (index === C) {
      cells.set(C, 0);
      this.signal();
    }
    return value;
  }

  writePort(port: number, _size: number, value: number): void {
    if ((port & 1) === 0) {
      this.state.index = value & 0x7f;
      return;
    }
    const { index, cells } = this.state;
    this.settle();
    if (index === A) this.writeA(value);
    else if (index === B) this.writeB(value);
    else if (index !== C && index !== D) cells.set(index, value);
    this.signal();
  }

  nextWake(): number {
    const { cells, phase, seconds, periods } = this.state;
    const enabled = cells.at(B);
    const rate = this.periodicHertz();
    let next = Number.POSITIVE_INFINITY;
    if (enabled & PERIODIC && rate !== 0) next = Math.ceil(phase + tickOfCycle(periods + 1, rate, this.host.ticksPerSecond));
    if (enabled & UPDATE_ENDED && this.isCounting()) next = Math.min(next, this.tickOfSecond(seconds + 1));
    if (enabled & ALARM && this.isCounting()) next = Math.min(next, this.tickOfSecond(seconds + this.secondsToAlarm()));
    return next;
  }

  wake(): void {
    this.settle();
    this.signal();
  }

  /** Shows a time in the registers, in their present format. */
  private showTime(time: number): void {
    const { cells } = this.state;
    const days = Math.floor(time / SECONDS_PER_DAY);
    const second = time - days * SECONDS_PER_DAY;
    const date = dateOf(days);
    const hour = Math.floor(second / 3600);
    cells.set(SECONDS, this.encode(second % 60));
    cells.set(MINUTES, this.encode(Math.floor(second / 60) % 60));
    cells.set(HOURS, this.encodeHour(hour));
    cells.set(WEEKDAY, this.encode(weekdayOf(days)));
    cells.set(DAY, this.encode(date.day));
    cells.set(MONTH, this.encode(date.month));
    cells.set(YEAR, this.encode(date.year % 100));
    cells.set(CENTURY, this.encode(Math.floor(date.year / 100)));
  }

  /** The time that the registers show, as seconds since 1970. Impossible dates run over. */
  private shownTime(): number {
    const { cells } = this.state;
    const year = this.decode(cells.at(CENTURY)) * 100 + this.decode(cells.at(YEAR));
    const days = daysOf({ year, month: this.decode(cells.at(MONTH)), day: this.decode(cells.at(DAY)) });
    return days * SECONDS_PER_DAY + this.secondOfDay();
  }

  private secondOfDay(): number {
    const { cells } = this.state;
    return this.decodeHour(cells.at(HOURS)) * 3600 + this.decode(cells.at(MINUTES)) * 60 + this.decode(cells.at(SECONDS));
  }

  private encode(value: number): number {
    return this.state.cells.at(B) & B_BINARY ? value : (Math.floor(value / 10) << 4) | (value % 10);
  }

  private decode(raw: number): number {
    return this.state.cells.at(B) & B_BINARY ? raw : (raw >> 4) * 10 + (raw & 15);
  }

  private encodeHour(hour: number): number {
    if (this.state.cells.at(B) & B_24_HOURS) return this.encode(hour);
    return this.encode(hour % 12 === 0 ? 12 : hour % 12) | (hour >= 12 ? PM : 0);
  }

  private decodeHour(raw: number): number {
    if (this.state.cells.at(B) & B_24_HOURS) return this.decode(raw);
    return (this.decode(raw & ~PM) % 12) + (raw & PM ? 12 : 0);
  }

  private isRunning(): boolean {
    return (this.state.cells.at(A) & A_DIVIDER) === A_RUNNING;
  }

  /** Seconds go by: the divider runs and the program is not setting the time. */
  private isCounting(): boolean {
    return this.isRunning() && (this.state.cells.at(B) & B_SET) === 0;
  }

  private tickOfSecond(second: number): number {
    return Math.ceil(this.state.phase + second * this.host.ticksPerSecond);
  }

  private isUpdating(): boolean {
    const { ticksPerSecond } = this.host;
    const untilUpdate = this.tickOfSecond(this.state.seconds + 1) - this.host.now();
    return this.isCounting() && untilUpdate <= ticksPerSecond / UPDATE_WARNING_HERTZ;
  }

  /** Periodic rate; 0 for none. Data sheet, "Rate Selection": rates 1 and 2 stand for 8 and 9. */
  private periodicHertz(): number {
    const rate = this.state.cells.at(A) & A_RATE;
    if (rate === 0 || !this.isRunning()) return 0;
    return 32768 >> ((rate < 3 ? rate + 7 : rate) - 1);
  }

  /** Accounts for the time since the last look: moves the clock on and sets the flags in C. */
  private settle(): void {
    if (!this.isRunning()) return;
    const s = this.state;
    const { ticksPerSecond } = this.host;
    const passed = Math.max(0, Math.floor(this.host.now() - s.phase));
    const second = Math.floor(passed / ticksPerSecond);
    const rate = this.periodicHertz();
    if (rate !== 0) {
      const period = cyclesAt(passed, rate, ticksPerSecond);
      if (period > s.periods) this.flag(PERIODIC);
      s.periods = period;
    }
    const steps = second - s.seconds;
    if (steps > 0 && this.isCounting()) {
      if (this.secondsToAlarm() <= steps) this.flag(ALARM);
      this.showTime(this.shownTime() + steps);
      this.flag(UPDATE_ENDED);
    }
    s.seconds = Math.max(s.seconds, second);
  }

  private flag(bit: number): void {
    this.state.cells.set(C, this.state.cells.at(C) | bit);
  }

  /** Seconds from the time shown to the next one that the alarm matches, 1 to 86400; Infinity if it never does. */
  private secondsToAlarm(): number {
    const { cells } = this.state;
    const now = this.secondOfDay();
    const [second, minute] = [SECONDS_ALARM, MINUTES_ALARM].map((at) => (cells.at(at) >= ANY ? -1 : this.decode(cells.at(at))));
    const hour = cells.at(HOURS_ALARM) >= ANY ? -1 : this.decodeHour(cells.at(HOURS_ALARM));
    if (second > 59) return Number.POSITIVE_INFINITY;
    const thisHour = Math.floor(now / 3600);
    const thisMinute = Math.floor(now / 60);
    for (let h = thisHour; h <= thisHour + 24; h++) {
      if (hour >= 0 && h % 24 !== hour) continue;
      // In the present minute the second may be over: then it is the next minute that counts.
      const first = Math.max(h * 60, thisMinute);
      for (let m = minute < 0 ? first : h * 60 + minute; m < h * 60 + 60 && m <= first + 60; m++) {
        const least = Math.max(m * 60, now + 1);
        const match = second < 0 ? least : m * 60 + second;
        if (match >= least && match < m * 60 + 60) return match - now;
        if (minute >= 0) break;
      }
    }
    return Number.POSITIVE_INFINITY;
  }

  private writeA(value: number): void {
    const s = this.state;
    const wasRunning = this.isRunning();
    s.cells.set(A, value & ~A_UPDATING);
    // Leaving reset, the chain counts its first second half-way. Data sheet, "Divider Control".
    if (!wasRunning && this.isRunning()) {
      s.phase = this.host.now() - this.host.ticksPerSecond / 2;
      s.seconds = 0;
    }
    const rate = this.periodicHertz();
    s.periods = rate === 0 ? 0 : cyclesAt(Math.max(0, Math.floor(this.host.now() - s.phase)), rate, this.host.ticksPerSecond);
  }

  private writeB(value: number): void {
    // Setting SET also clears the update-ended enable.
    this.state.cells.set(B, value & B_SET ? value & ~UPDATE_ENDED : value);
  }

  /** Drives IRQ 8: high from the first enabled flag until register C is read. */
  private signal(): void {
    const { cells } = this.state;
    const isPending = (cells.at(C) & cells.at(B) & (PERIODIC | ALARM | UPDATE_ENDED)) !== 0;
    cells.set(C, isPending ? cells.at(C) | C_IRQ : cells.at(C) & ~C_IRQ);
    this.host.setIrq(RTC_IRQ, isPending);
    this.host.rewake();
  }
}

/** CMOS memory as a PC's firmware fills it: equipment, memory sizes in KiB and (above 16 MiB) in 64 KiB, no disks, and the checksum over 10H to 2DH. */
function memorySizes(ramMiB: number): readonly (readonly [index: number, value: number])[] {
  const baseKiB = 640;
  const extendedKiB = Math.min(0xffff, Math.max(0, (ramMiB - 1) * 1024));
  const above16 = Math.max(0, (ramMiB - 16) * 16);
  const equipment = 0x20; // an 80-column colour display, no floppy, no x87
  const summed = [
    [0x14, equipment],
    [0x15, baseKiB & 0xff],
    [0x16, baseKiB >> 8],
    [0x17, extendedKiB & 0xff],
    [0x18, extendedKiB >> 8],
  ] as const;
  const sum = summed.reduce((total, [, value]) => total + value, 0);
  return [
    ...summed,
    [0x2e, sum >> 8],
    [0x2f, sum & 0xff],
    [0x30, extendedKiB & 0xff],
    [0x31, extendedKiB >> 8],
    [0x34, above16 & 0xff],
    [0x35, above16 >> 8],
  ];
}

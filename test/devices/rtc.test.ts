import { beforeEach, describe, expect, it } from 'vitest';
import { dateOf, daysOf, weekdayOf } from '../../src/devices/calendar.ts';
import { Rtc } from '../../src/devices/rtc.ts';
import { MockHost } from './mock-host.ts';

const SECOND = 100_000_000;
/** Thursday 31 December 2026, 23:59:58. */
const LATE = daysOf({ year: 2026, month: 12, day: 31 }) * 86400 + 86398;

let host: MockHost;
let rtc: Rtc;

function read(index: number): number {
  rtc.writePort(0x70, 1, index);
  return rtc.readPort(0x71);
}

function write(index: number, value: number): void {
  rtc.writePort(0x70, 1, index);
  rtc.writePort(0x71, 1, value);
}

function time(): string {
  return [0x32, 9, 8, 7, 4, 2, 0].map((index) => read(index).toString(16).padStart(2, '0')).join(' ');
}

beforeEach(() => {
  host = new MockHost(SECOND);
  rtc = new Rtc(host, { ramMiB: 64, startSeconds: LATE });
});

describe('the calendar', () => {
  it('knows leap years and weekdays', () => {
    expect(daysOf({ year: 1970, month: 1, day: 1 })).toBe(0);
    expect(dateOf(daysOf({ year: 2000, month: 2, day: 29 }))).toEqual({ year: 2000, month: 2, day: 29 });
    expect(dateOf(daysOf({ year: 2100, month: 2, day: 29 }))).toEqual({ year: 2100, month: 3, day: 1 });
    expect(weekdayOf(0)).toBe(5);
  });

  it('goes there and back for each day of four centuries', () => {
    for (let days = -1; days < 146097 + 1; days++) if (daysOf(dateOf(days)) !== days) throw new Error(`day ${days}`);
  });
});

describe('the real-time clock', () => {
  it('starts at the configured instant and carries into the next century field', () => {
    expect(time()).toBe('20 26 12 31 23 59 58');
    expect(read(6)).toBe(5);
    host.ticks = 2 * SECOND;
    expect(time()).toBe('20 27 01 01 00 00 00');
    expect(read(6)).toBe(6);
  });

  it('is right after a long time without a look', () => {
    host.ticks = 86400 * 365 * 3 * SECOND;
    expect(time()).toBe('20 29 12 30 23 59 58');
  });

  it('shows update-in-progress for 244 microseconds before the second changes', () => {
    host.ticks = SECOND - SECOND / 4000;
    expect(read(10) & 0x80).toBe(0);
    host.ticks = SECOND - SECOND / 5000;
    expect(read(10) & 0x80).toBe(0x80);
    host.ticks = SECOND;
    expect(read(10) & 0x80).toBe(0);
    expect(read(0)).toBe(0x59);
  });

  it('stands still while SET is 1 and goes on from what was written', () => {
    write(11, 0x82);
    for (const [index, value] of [
      [0, 0x30],
      [2, 0x59],
      [4, 0x12],
    ] as const)
      write(index, value);
    host.ticks = 5 * SECOND;
    expect(time()).toBe('20 26 12 31 12 59 30');
    write(11, 0x02);
    host.ticks = 36 * SECOND;
    expect(time()).toBe('20 26 12 31 13 00 01');
  });

  it('speaks binary and twelve hours when register B says so', () => {
    write(11, 0x80 | 4);
    for (const [index, value] of [
      [0, 59],
      [2, 59],
      [4, 11 | 0x80],
      [7, 28],
      [8, 2],
      [9, 24],
      [0x32, 20],
    ] as const)
      write(index, value);
    write(11, 4);
    host.ticks = SECOND;
    expect([read(4), read(7), read(8), read(9)]).toEqual([12, 29, 2, 24]);
  });

  it('raises IRQ 8 once a second with the update interrupt, and lowers it when C is read', () => {
    write(11, 0x12);
    host.runTo(rtc, SECOND - 1);
    expect(host.lines[8]).toBe(false);
    host.runTo(rtc, SECOND);
    expect(host.lines[8]).toBe(true);
    expect(read(12)).toBe(0xd0); // IRQF, PF (never enabled), UF
    expect(host.lines[8]).toBe(false);
    expect(read(12)).toBe(0);
    expect(rtc.nextWake()).toBe(2 * SECOND);
  });

  it('gives 1024 periodic interrupts a second at rate 6', () => {
    write(11, 0x42);
    let count = 0;
    for (let wake = rtc.nextWake(); wake <= SECOND; wake = rtc.nextWake()) {
      host.ticks = wake;
      rtc.wake();
      if (read(12) & 0x40) count++;
    }
    expect(count).toBe(1024);
  });

  it('rings the alarm at the named time, and every minute where hours and minutes do not care', () => {
    for (const [index, value] of [
      [1, 0x05],
      [3, 0xff],
      [5, 0xff],
      [11, 0x22],
    ] as const)
      write(index, value);
    expect(rtc.nextWake()).toBe(7 * SECOND);
    host.runTo(rtc, 7 * SECOND);
    expect(host.lines[8]).toBe(true);
    expect(read(12) & 0xa0).toBe(0xa0);
    expect(rtc.nextWake()).toBe(67 * SECOND);
  });

  it('notices an alarm that passed while its interrupt was off', () => {
    for (const [index, value] of [
      [1, 0x00],
      [3, 0x30],
      [5, 0x07],
    ] as const)
      write(index, value);
    host.ticks = 7 * 3600 * SECOND;
    expect(read(12) & 0x20).toBe(0);
    host.ticks = 8 * 3600 * SECOND;
    expect(read(12) & 0x20).toBe(0x20);
  });

  it('rings when a search second by second would say, whatever cares and does not', () => {
    let x = 7;
    const random = (n: number): number => {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return (x >>> 0) % n;
    };
    for (let i = 0; i < 300; i++) {
      const now = random(86400);
      const [second, minute, hour] = [random(3) ? -1 : random(60), random(3) ? -1 : random(60), random(2) ? -1 : random(24)];
      rtc = new Rtc(host, { ramMiB: 1, startSeconds: now });
      for (const [index, value] of [
        [1, second],
        [3, minute],
        [5, hour],
      ] as const)
        write(index, value < 0 ? 0xff : (Math.floor(value / 10) << 4) | (value % 10));
      write(11, 0x22);
      let wait = 1;
      const matches = (time: number): boolean =>
        (second < 0 || time % 60 === second) &&
        (minute < 0 || Math.floor(time / 60) % 60 === minute) &&
        (hour < 0 || Math.floor(time / 3600) === hour);
      while (!matches((now + wait) % 86400)) wait++;
      expect(rtc.nextWake() / SECOND, `${now} ${hour}:${minute}:${second}`).toBe(wait);
    }
  });

  it('never rings an impossible alarm', () => {
    write(3, 0x61);
    write(11, 0x22);
    expect(rtc.nextWake()).toBe(Number.POSITIVE_INFINITY);
  });

  it('starts half a second into its second when the divider leaves reset', () => {
    write(10, 0x76);
    host.ticks = 10 * SECOND;
    write(10, 0x26);
    expect(read(0)).toBe(0x58);
    host.ticks += SECOND / 2;
    expect(read(0)).toBe(0x59);
  });

  it('tells memory sizes and their checksum in CMOS', () => {
    expect([read(0x15) | (read(0x16) << 8), read(0x17) | (read(0x18) << 8), read(0x34) | (read(0x35) << 8)]).toEqual([
      640,
      63 * 1024,
      48 * 16,
    ]);
    let sum = 0;
    for (let i = 0x10; i <= 0x2d; i++) sum += read(i);
    expect((read(0x2e) << 8) | read(0x2f)).toBe(sum);
    expect(read(13)).toBe(0x80);
  });
});

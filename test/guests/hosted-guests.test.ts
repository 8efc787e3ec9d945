import { describe, expect, it } from 'vitest';
import '../../src/api/all-parts.ts';
import { arrive, Computer } from '../../src/api/computer.ts';
import { CATALOGUE } from '../../src/cli/image-arguments.ts';
import type { Vmm } from '../../src/vmm/vmm.ts';
import { placeOf } from '../../src/devices/virtio/places.ts';
import type { VirtioBalloon } from '../../src/devices/virtio/balloon.ts';
import { BALLOON_STATS } from '../../src/arch/virtio-devices.ts';

const open = (id: string): Computer => Computer.open({ image: { kind: 'guest', id } }, CATALOGUE);
const vmmOf = ({ hosted }: Computer): Vmm => hosted?.vmm ?? expect.fail('the guest has virtual machines');
const balloonOf = (computer: Computer, vm = 0): VirtioBalloon =>
  vmmOf(computer).vms[vm].devices.virtio.transports[placeOf('balloon').slot].device.model as VirtioBalloon;

/** What the guest `balloon` owns: page numbers. */
const FIRST = 0x40;
const PAGES = 64;
/** Ticks of its script at which it sleeps. */
const BEFORE = 199_000;
const INFLATED = 299_000;
const DEFLATED = 400_000;

/** Pages of the guest that its EPT maps. */
function mapped(computer: Computer): number[] {
  const { ept } = vmmOf(computer).vms[0];
  return Array.from({ length: PAGES }, (_, i) => FIRST + i).filter((page) => ept.frameOf(page * 4096) >= 0);
}

/** First tick from `low` to `high` at which `holds`, which then stays so. */
function firstTick(computer: Computer, low: number, high: number, holds: () => boolean): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    arrive(computer.seek(middle));
    if (holds()) to = middle;
    else from = middle + 1;
  }
  return from;
}

describe('the guest balloon', () => {
  it('gives frames to the host as it inflates; what a program takes back comes when it is touched', () => {
    const computer = open('balloon');
    const { frames, vms } = vmmOf(computer);
    arrive(computer.run({ until: BEFORE }));
    const [{ state }] = vms;
    const [free, own] = [frames.free, state.ownPages];
    expect([mapped(computer).length, state.ballooned]).toEqual([PAGES, 0]);
    arrive(computer.run({ until: INFLATED }));
    // 40 were given, 8 of them came back without being touched.
    expect([state.ballooned, state.balloonTarget, state.balloonDue]).toEqual([32, 40, 0]);
    expect(mapped(computer)).toHaveLength(PAGES - 40);
    // Beside them: pages of the driver's lists, written for the first time.
    expect(frames.free - free).toBe(own - state.ownPages);
    expect(frames.free - free).toBeGreaterThanOrEqual(38);
    for (const page of mapped(computer)) expect(balloonOf(computer).isInflated(page)).toBe(false);
  });

  it('finds zeros in a page that comes back, and each is one EPT violation', () => {
    const computer = open('balloon');
    arrive(computer.run({ until: INFLATED }));
    const [vm] = vmmOf(computer).vms;
    const gone = PAGES - mapped(computer).length;
    const faults = vm.state.demandFaults;
    arrive(computer.run({ until: DEFLATED }));
    expect([vm.state.ballooned, balloonOf(computer).state.actual]).toEqual([0, 0]);
    expect(mapped(computer)).toHaveLength(PAGES);
    expect(vm.state.demandFaults - faults).toBe(gone);
    const zeros = mapped(computer).filter((page) => computer.machine.bus.read32(vm.ept.frameOf(page * 4096)) === 0);
    expect(zeros).toHaveLength(40);
  });

  it('tells the statistics that are true when it is asked', () => {
    const computer = open('balloon');
    arrive(computer.run({ until: 340_000 }));
    const { stats, statsCount } = balloonOf(computer).state;
    const [free, total] = ['MEMFREE', 'MEMTOT'].map((name) => stats.at(BALLOON_STATS.findIndex((s) => s.name.endsWith(name))));
    expect([free, total, statsCount]).toEqual([32 * 4096, 2 ** 20, 2]);
  });

  it('hints at its free pages, and keeps them; reports them, and they are gone', () => {
    const computer = open('balloon');
    arrive(computer.run());
    const { pagesHinted, pagesReported, pagesRefused } = balloonOf(computer).state;
    expect([pagesHinted, pagesReported, pagesRefused]).toEqual([PAGES, PAGES, 0]);
    // One was looked at again behind the report.
    expect(mapped(computer)).toEqual([FIRST]);
  });

  it('is stepped back over the tick at which an EPT entry goes, and forward again', () => {
    const computer = open('balloon');
    arrive(computer.run({ until: INFLATED }));
    const page = FIRST + PAGES - 1;
    const isGone = (): boolean => !mapped(computer).includes(page);
    const tick = firstTick(computer, BEFORE, INFLATED, isGone);
    arrive(computer.seek(tick));
    const after = computer.hash();
    const { free } = vmmOf(computer).frames;
    // The whole balloon goes at one tick: one buffer of page numbers.
    expect(mapped(computer)).toHaveLength(PAGES - 40);
    arrive(computer.seek(tick - 1));
    const before = computer.hash();
    expect(mapped(computer)).toHaveLength(PAGES);
    expect(vmmOf(computer).frames.free).toBe(free - 40);
    for (let i = 0; i < 3; i++) {
      arrive(computer.seek(tick));
      expect([computer.hash(), isGone()]).toEqual([after, true]);
      arrive(computer.back());
      expect(isGone()).toBe(false);
      arrive(computer.seek(tick - 1));
      expect(computer.hash()).toBe(before);
    }
  });

  it('goes on from a file that was saved in the middle of a balloon’s transfer, to the same end', () => {
    const computer = open('balloon');
    arrive(computer.run());
    const end = computer.hash();
    const tick = firstTick(computer, BEFORE, INFLATED, () => mapped(computer).length < PAGES);
    // The driver has written the notification; the exit has been handled; the device has used the buffer, and the guest does not know yet.
    for (const moment of [tick - 401, tick - 200, tick - 1, tick, tick + 1]) {
      arrive(computer.seek(moment));
      const hash = computer.hash();
      const other = Computer.restore(computer.save(), CATALOGUE);
      expect([other.tick, other.hash()]).toEqual([moment, hash]);
      arrive(other.run());
      expect(other.hash()).toBe(end);
    }
  });
});

describe('the guest overcommit', () => {
  it('has three machines on memory for two, and nobody is stopped for want of it', () => {
    const computer = open('overcommit');
    const { frames, vms } = vmmOf(computer);
    expect(vms.reduce((sum, { state }) => sum + state.ramPages, 0)).toBeGreaterThan(frames.count);
    let most = 0;
    for (let until = 100_000; arrive(computer.run({ until })).reason === 'budget'; until += 100_000) {
      const own = vms.reduce((sum, { state }) => sum + state.ownPages, 0);
      most = Math.max(most, own);
      expect(own).toBeLessThanOrEqual(frames.count);
    }
    // It was tight.
    expect(most).toBeGreaterThan(frames.count - 60);
    for (const vm of vms) expect([vm.stopReason, vm.state.waitTicks > 0]).toEqual(['halt', true]);
  });

  it.each([
    [2, 1],
    [4, 2],
    [3, 1],
  ])('runs %i machines to their end on a host of %i MiB', (count, ramMiB) => {
    const guest = CATALOGUE.guests.find(({ id }) => id === 'overcommit') ?? expect.fail('the guest is in the catalogue');
    const images = guest.hosted?.images ?? [];
    const commands = Array.from({ length: count }, () => ({ do: 'create', image: 0, ramMiB: 1 }) as const);
    const guests = [{ ...guest, ramMiB, hosted: { images, commands, places: count } }];
    const computer = Computer.open({ image: { kind: 'guest', id: 'overcommit' } }, { ...CATALOGUE, guests });
    arrive(computer.run());
    expect(vmmOf(computer).vms.map((vm) => vm.stopReason)).toEqual(Array.from({ length: count }, () => 'halt'));
  });

  it('wastes more ticks and exits for the same work where all work at once', () => {
    const computer = open('overcommit');
    const { vms } = vmmOf(computer);
    const sums = (): number[] => {
      const of = (read: (state: (typeof vms)[number]['state']) => number): number => vms.reduce((sum, { state }) => sum + read(state), 0);
      return [of((s) => s.exits.at(48)), of((s) => s.waitTicks), of((s) => s.rootTicks)];
    };
    // Second turns: two passes of each machine, as later all at once.
    arrive(computer.run({ until: 1_560_000 }));
    const begin = sums();
    arrive(computer.run({ until: 2_780_000 }));
    const middle = sums();
    arrive(computer.run());
    const end = sums();
    for (const i of begin.keys()) expect(end[i] - middle[i]).toBeGreaterThan(middle[i] - begin[i]);
  });
});

describe('the guest ping', () => {
  it('sends frames whose checksums are right, and only to whom they are for', () => {
    const computer = open('ping');
    const frames: Uint8Array[] = [];
    const { link } = vmmOf(computer);
    link.onFrame = (frame) => frames.push(frame.slice());
    arrive(computer.run());
    expect(frames).toHaveLength(10);
    for (const frame of frames.filter((f) => f[12] === 8 && f[13] === 0)) {
      expect([onesComplement(frame.subarray(14, 34)), onesComplement(frame.subarray(34))]).toEqual([0xffff, 0xffff]);
      expect(frame).toHaveLength(98);
    }
    // The question by ARP goes to all, for nobody knows yet.
    expect([link.state.flooded, link.state.forwarded]).toEqual([1, 9]);
  });

  it('goes on from a file that was saved while a frame was on its way, to the same end', () => {
    const computer = open('ping');
    arrive(computer.run());
    const end = computer.hash();
    const last = computer.tick;
    for (let tick = last - 12_000; tick < last; tick += 731) {
      arrive(computer.seek(tick));
      const other = Computer.restore(computer.save(), CATALOGUE);
      arrive(other.run());
      expect(other.hash()).toBe(end);
    }
  });
});

/** Sum of 16-bit words, high byte first; FFFFH where a checksum among them is right. RFC 1071. */
function onesComplement(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] << 8) | bytes[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

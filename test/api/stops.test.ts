import { describe, expect, it } from 'vitest';
import { FIELD } from '../../src/arch/vmcs-fields.ts';
import { arrive, type Computer } from '../../src/api/computer.ts';
import { Host } from '../../src/api/host.ts';
import type { Breakpoints, DeviceEvent, FieldChange, Stop } from '../../src/api/protocol.ts';
import { deviceNumber } from '../../src/trace/schema.ts';
import { bothWays } from './both-ways.ts';
import { CATALOGUE, computerWith, guest, SLEEPER } from './rig.ts';

const fields = (...encodings: number[]): Breakpoints => ({ code: [], exitReasons: [], fields: encodings });
const events = (...list: DeviceEvent[]): Breakpoints => ({ code: [], exitReasons: [], events: list });

/** Runs to tick `until`; each stop on the way, `most` at most. */
function stopsOf(computer: Computer, breakpoints: Breakpoints, most = 1000, until = 300_000): Stop[] {
  computer.setBreakpoints(breakpoints);
  const stops: Stop[] = [];
  for (let stop = arrive(computer.run({ until })); stop.change || stop.event; stop = arrive(computer.run({ until }))) {
    stops.push(stop);
    if (stops.length === most) break;
  }
  return stops;
}

function changes(id: string, ...encodings: number[]): FieldChange[] {
  return stopsOf(guest(id), fields(...encodings)).flatMap(({ change }) => (change ? [change] : []));
}

describe('a watched VMCS field', () => {
  it('stops a run behind the VMWRITE that changes it', () => {
    const { symbols } = guest('first-exit').loaded;
    const [change] = changes('first-exit', FIELD.hostRip);
    expect(change).toMatchObject({ encoding: FIELD.hostRip, before: [0], by: 'instruction', exitReason: null });
    expect(Object.values(symbols)).toContain(change.after[0]);
  });

  it('stops it behind the VM exit that saves the guest, with the reason', () => {
    const all = changes('first-exit', FIELD.guestRip);
    expect(all.map(({ by }) => by)).toContain('exit');
    const exit = all.find(({ by }) => by === 'exit');
    expect(exit?.exitReason).not.toBeNull();
    expect(exit?.linear).toBe(exit?.after[0]);
  });

  it('is not met where the same value is written again', () => {
    const reasons = changes('ept-on-demand', FIELD.exitReason).map(({ after }) => after[0]);
    expect(reasons).toEqual([48, 12]);
  });

  it('is met whole, both halves of 64 bits', () => {
    const [first] = changes('ept-on-demand', FIELD.eptPointer);
    expect(first.before).toEqual([0, 0]);
    expect(first.after[0]).toBe(0);
    expect(first.after[1] & 0xfff).toBe(0x1e);
    expect(changes('ept-on-demand', FIELD.guestPhysicalAddress).every(({ by }) => by === 'exit')).toBe(true);
  });

  it('says that a VM entry failed, and that an instruction did', () => {
    const all = changes('entry-failures', FIELD.vmInstructionError, FIELD.exitReason);
    expect(all.find(({ encoding }) => encoding === FIELD.vmInstructionError)?.by).toBe('instruction');
    expect(all.find(({ encoding }) => encoding === FIELD.exitReason)).toMatchObject({ by: 'entry', exitReason: 33 });
  });

  it('is met by the hosted hypervisor, which no instruction stands for', () => {
    const all = stopsOf(guest('ping'), fields(FIELD.entryInterruptionInfo), 20).flatMap(({ change }) => (change ? [change] : []));
    const written = all.find(({ by }) => by === 'hypervisor');
    expect(written).toMatchObject({ linear: null, exitReason: null });
    expect(all.some(({ by }) => by === 'exit')).toBe(true);
  });

  it('stops forwards and back at the same instants', () => {
    const { guestRip, exitReason, entryInterruptionInfo, vmInstructionError } = FIELD;
    expect(bothWays(() => guest('two-guests'), fields(guestRip, exitReason), 4000).length).toBeGreaterThan(3);
    expect(bothWays(() => guest('entry-failures'), fields(vmInstructionError, exitReason), 4000, 31).length).toBeGreaterThan(0);
    expect(bothWays(() => guest('ping'), fields(exitReason, guestRip, entryInterruptionInfo), 12_000, 5003).length).toBeGreaterThan(1);
  });

  it('is told of going back as it was going on', () => {
    const computer = guest('first-exit');
    const [first, second] = stopsOf(computer, fields(FIELD.guestRip));
    arrive(computer.seek(computer.timeline.recordedUntil));
    const back: Stop[] = [];
    for (let stop = arrive(computer.runBack()); stop.change; stop = arrive(computer.runBack())) back.unshift(stop);
    expect(back.slice(0, 2)).toEqual([first, second]);
  });

  it('is not met by an edit, nor by a step', () => {
    const computer = guest('first-exit');
    computer.setBreakpoints(fields(FIELD.guestRip));
    arrive(computer.run());
    computer.edit({ kind: 'vmcs', field: 'guestRip', value: 0x1234 });
    expect(arrive(computer.step()).reason).toBe('step');
    expect(arrive(computer.run()).change?.before).not.toEqual([0]);
  });
});

describe('a device event', () => {
  it('is an access to a device by name, at ports and in memory, of the kind that is wanted', () => {
    const out = stopsOf(computerWith(SLEEPER), events({ on: 'access', device: 'pit', access: 'write' }));
    expect(out.map(({ event }) => event)).toMatchObject([
      { on: 'access', device: 'pit', isPort: true, isWrite: true, address: 0x43, size: 1 },
      { address: 0x40 },
      { address: 0x40 },
    ]);
    expect(stopsOf(computerWith(SLEEPER), events({ on: 'access', device: 'pit', access: 'read' }))).toEqual([]);
    const [first] = stopsOf(guest('virtio-entropy'), events({ on: 'access', device: 'virtio-entropy', access: 'read' }));
    expect(first.event).toMatchObject({ isPort: false, isWrite: false, address: 0xfeb03000, value: 0x74726976 });
  });

  it('is an interrupt that a controller is asked for, and one that the processor takes', () => {
    const both = events({ on: 'interrupt', phase: 'request', vector: 0x20 }, { on: 'interrupt', phase: 'delivery', vector: 0x20 });
    const met = stopsOf(computerWith(SLEEPER), both, 4, 1e9).map(({ event }) => event);
    expect(met).toMatchObject([
      { event: 0, phase: 'request' },
      { event: 1, phase: 'delivery' },
      { event: 0, phase: 'request' },
      { event: 1, phase: 'delivery' },
    ]);
    expect(stopsOf(computerWith(SLEEPER), events({ on: 'interrupt', phase: 'delivery', vector: 0x21 }), 4, 50e6)).toEqual([]);
  });

  it('is what happens to a queue, of one device or of any', () => {
    const take = { on: 'queue', operation: 'take', device: null } as const;
    const any = stopsOf(guest('virtio-entropy'), events(take));
    expect(any.length).toBeGreaterThan(0);
    expect(any[0].event).toMatchObject({ on: 'queue', operation: 'take', queue: 0 });
    expect(stopsOf(guest('virtio-entropy'), events({ ...take, device: deviceNumber(null, 3) })).length).toBe(any.length);
    expect(stopsOf(guest('virtio-entropy'), events({ ...take, device: deviceNumber(0, 3) }))).toEqual([]);
  });

  it('is an access of a bus master, done or refused by the IOMMU', () => {
    const [refused] = stopsOf(guest('dma-isolation'), events({ on: 'dma', outcome: 'refused' }), 1, 5e6);
    expect(refused.event).toMatchObject({ on: 'dma', outcome: 'refused', requester: 0x08, isWrite: true, address: 0x41_0000, reason: 5 });
    const [done] = stopsOf(guest('dma-isolation'), events({ on: 'dma', outcome: 'done' }), 1);
    expect(done.event).toMatchObject({ on: 'dma', outcome: 'done' });
  });

  it('is a balloon that takes pages or gives some back', () => {
    const met = stopsOf(guest('balloon'), events({ on: 'balloon' }), 400).flatMap(({ event }) => (event?.on === 'balloon' ? [event] : []));
    expect(met.some(({ isInflating }) => isInflating)).toBe(true);
    expect(met.every(({ pages }) => pages > 0)).toBe(true);
  });

  it('stops forwards and back at the same instants', () => {
    const all: DeviceEvent[] = [
      { on: 'access', device: 'pit', access: 'any' },
      { on: 'interrupt', phase: 'request', vector: 0x20 },
      { on: 'interrupt', phase: 'delivery', vector: 0x20 },
    ];
    expect(bothWays(() => computerWith(SLEEPER), events(...all), 30_000_000, 1009).length).toBeGreaterThan(3);
    const queue: DeviceEvent[] = (['notify', 'take', 'use', 'interrupt'] as const).map((operation) => ({
      on: 'queue',
      device: null,
      operation,
    }));
    expect(bothWays(() => guest('virtio-entropy'), events(...queue), 1_000_000, 5003).length).toBeGreaterThan(1);
    const dma: DeviceEvent[] = [
      { on: 'dma', outcome: 'done' },
      { on: 'dma', outcome: 'refused' },
    ];
    expect(bothWays(() => guest('dma-isolation'), events(...dma), 20_000, 1009).length).toBeGreaterThan(3);
    expect(bothWays(() => guest('balloon'), events({ on: 'balloon' }, ...queue), 208_000, 20_011).length).toBeGreaterThan(3);
  });

  it('leaves hashes as they are', () => {
    for (const id of ['virtio-entropy', 'dma-isolation', 'rings']) {
      const [plain, watched] = [guest(id), guest(id)];
      arrive(plain.run());
      const all: DeviceEvent[] = [{ on: 'queue', device: null, operation: 'take' }, { on: 'dma', outcome: 'done' }, { on: 'balloon' }];
      stopsOf(watched, { ...events(...all), fields: [FIELD.guestRip, FIELD.exitReason] });
      expect([watched.tick, watched.hash()]).toEqual([plain.tick, plain.hash()]);
    }
  });
});

describe('stops that are none', () => {
  it('are refused whole', async () => {
    const host = new Host(CATALOGUE);
    const refuse = (breakpoints: unknown, why: RegExp): Promise<void> =>
      expect(host.setBreakpoints({ code: [], exitReasons: [], ...(breakpoints as object) })).rejects.toThrow(why);
    for (const code of [null, undefined, 7, ['7'], [1.5]]) await refuse({ code }, /^Breakpoints and exit reasons are lists\.$/);
    await refuse({ exitReasons: null }, /lists/);
    await refuse({ events: null }, /^The device events are no list\.$/);
    await refuse({ data: [null] }, /^A watchpoint is in the space undefined\.$/);
    for (const encoding of [-1, 1, 0x2011, 0x7fff0000, 1.5, '0x4000'])
      await refuse({ fields: [encoding] }, /^No VMCS field has the encoding /);
    await refuse({ fields: Array.from({ length: 65 }, () => FIELD.guestRip) }, /^65 watched fields are too many/);
    for (const event of [null, {}, { on: 'toString' }, 7]) await refuse({ events: [event] }, /^There is no device event of the kind /);
    for (const event of [
      { on: 'access', device: 'sound', access: 'any' },
      { on: 'access', device: 'pit', access: 'run' },
      { on: 'interrupt', vector: 256, phase: 'request' },
      { on: 'interrupt', vector: 32, phase: 'both' },
      { on: 'queue', device: -1, operation: 'take' },
      { on: 'queue', device: null, operation: 'lose' },
      { on: 'dma', outcome: 'any' },
    ]) {
      await refuse({ events: [event] }, /^A device event is not as it must be: /);
    }
  });
});

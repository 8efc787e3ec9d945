import { describe, expect, test } from 'vitest';
import { BASE, CPL, CS, EBP, ESP, NON_ROOT, RIGHTS, SS, VMX_ON } from '../../src/arch/cpu-state.ts';
import { RIGHTS_DB } from '../../src/arch/descriptors.ts';
import type { CodeWindow, DataAccess, FineRecords, LastInstruction } from '../../src/api/protocol.ts';
import { followed } from '../../src/ui/follow.ts';
import { History } from '../../src/ui/history.ts';
import { frame, processor, type Recorded, trace } from './frames.ts';

const ROOT = processor({ [VMX_ON]: 1 });
const GUEST = processor({ [VMX_ON]: 1, [NON_ROOT]: 1 });

function ran(access: DataAccess | null): LastInstruction {
  return { linear: 0, bytes: new Uint8Array(1), text: '', parts: [], line: 0, file: 0, label: '', title: '', access };
}

function history(...records: Recorded[]): History {
  const made = new History();
  made.take(trace(records));
  return made;
}

function fine(...records: Recorded[]): FineRecords {
  return { ...trace(records), from: 0, until: 2 ** 20 };
}

/** Code that goes on at `current`. */
function code(current: number): CodeWindow {
  return { current, lines: [], operand: null } as unknown as CodeWindow;
}

const WRITE: DataAccess = { linear: 0x5000, size: 4, access: 'write' };

describe('a lens that follows', () => {
  test('goes to the memory that the last instruction named', () => {
    const lens = followed(frame({ last: ran(WRITE) }), history(), null);
    expect(lens).toEqual({ linear: 0x5000, size: 4, access: 'write', context: 'current', isUser: null });
  });

  test('goes to what the program wants seen when there was none, else to the next instruction', () => {
    const idle = frame({ last: ran(null), code: code(0x7c05) });
    const wanted = { size: 1, context: 'current', isUser: null };
    expect(followed(idle, history(), 0x400000)).toEqual({ ...wanted, linear: 0x400000, access: 'read' });
    expect(followed(idle, history(), null)).toEqual({ ...wanted, linear: 0x7c05, access: 'fetch' });
  });

  test('goes to the stack where an instruction used nothing else', () => {
    const stack = (esp: number, more: Readonly<Record<number, number>> = {}): Uint8Array =>
      processor({ [ESP]: esp, [SS + RIGHTS]: RIGHTS_DB, [SS + BASE]: 0x100000, ...more });
    const after = (text: string, before: Uint8Array, now: Uint8Array): unknown =>
      followed(frame({ tick: 7, last: { ...ran(null), text }, cpuBefore: before, cpu: now }), history(), null);
    expect(after('push eax', stack(0x8000), stack(0x7ffc))).toMatchObject({ linear: 0x107ffc, size: 4, access: 'write' });
    expect(after('pusha', stack(0x8000), stack(0x7fe0))).toMatchObject({ linear: 0x107fe0, size: 32, access: 'write' });
    expect(after('call far_away', stack(0x8000), stack(0x7ffc))).toMatchObject({ linear: 0x107ffc, access: 'write' });
    expect(after('ret', stack(0x7ffc), stack(0x8000))).toMatchObject({ linear: 0x107ffc, size: 4, access: 'read' });
    expect(after('leave', stack(0x7f00, { [EBP]: 0x7ff8 }), stack(0x7ffc))).toMatchObject({ linear: 0x107ff8, access: 'read' });
    expect(after('add esp, 8', stack(0x7ff8), stack(0x8000))).toBeNull();
    const left = after('int 0x80', stack(0x8000, { [NON_ROOT]: 1, [VMX_ON]: 1 }), stack(0x90000, { [VMX_ON]: 1 }));
    expect(left).toBeNull();
  });

  test('goes to the frame that an interrupt puts on a stack of 16 bits', () => {
    const [before, now] = [0x5_0000, 0x5_fffa].map((esp) => processor({ [ESP]: esp, [SS + BASE]: 0x2000 }));
    const past = history(['interrupt', 6, 8, 0, 0, 0, 0x7c10]);
    const lens = followed(frame({ tick: 7, last: ran(null), cpuBefore: before, cpu: now }), past, null);
    expect(lens).toMatchObject({ linear: 0x11ffa, size: 4, access: 'write' });
  });

  test('goes to the access that an EPT violation reports, in the eyes of the guest, and stays until the guest runs again', () => {
    const past = history(['vmExit', 20, 48, 0x182, 0x10512, 0x200000, 0x401238], ['vmEntry', 40, 0, 0x10512, 0, 0, 0]);
    const wanted = { linear: 0x401238, size: 1, access: 'write', context: 'guest', isUser: null };
    expect(followed(frame({ tick: 21, cpu: ROOT }), past, null)).toEqual(wanted);
    expect(followed(frame({ tick: 30, cpu: ROOT, last: ran(WRITE) }), past, null)).toEqual(wanted);
    expect(followed(frame({ tick: 41, cpu: GUEST, last: ran(WRITE) }), past, null)).toMatchObject({ linear: 0x5000 });
  });

  test('reads fetch from the qualification, and nothing where no linear address is valid', () => {
    const fetched = history(['vmExit', 20, 48, 0x184, 0, 0x201000, 0x201000]);
    expect(followed(frame({ tick: 21, cpu: ROOT }), fetched, null)?.access).toBe('fetch');
    const unknown = history(['vmExit', 20, 48, 0x002, 0, 0x201000, 0x777]);
    expect(followed(frame({ tick: 21, cpu: ROOT }), unknown, null)).toBeNull();
  });

  test('finds the access of an EPT misconfiguration, which reports no linear address, in the walk that came upon it', () => {
    const past = history(['vmExit', 20, 49, 0, 0x10512, 0x200000, 0]);
    past.takeFine(fine(['walk', 20, 0x5000, 2, 8, 3, 0x200000]));
    const wanted = { linear: 0x5000, access: 'write', context: 'guest' };
    expect(followed(frame({ tick: 21, cpu: ROOT }), past, null)).toMatchObject(wanted);
    expect(followed(frame({ tick: 25, cpu: ROOT, last: ran({ ...WRITE, linear: 1 }) }), past, null)).toMatchObject(wanted);
  });

  test('at any other exit goes to what the guest touched, else to the instruction of the guest, and then on with root', () => {
    const past = history(['vmExit', 20, 10, 0, 0x476, 0, 0]);
    const cpuBefore = processor({ [VMX_ON]: 1, [NON_ROOT]: 1, [CS + BASE]: 0x10000 });
    const at = (tick: number, access: DataAccess | null, look: number | null = null): unknown =>
      followed(frame({ tick, cpu: ROOT, cpuBefore, last: ran(access), code: code(0x10300) }), past, look);
    expect(at(21, WRITE)).toEqual({ linear: 0x5000, size: 4, access: 'write', context: 'guest', isUser: null });
    expect(at(21, null)).toEqual({ linear: 0x10476, size: 1, access: 'fetch', context: 'guest', isUser: null });
    expect(at(21, null, 0x400000)).toMatchObject({ linear: 0x400000, access: 'read', context: 'guest' });
    const root = (access: DataAccess | null): unknown =>
      followed(frame({ tick: 25, cpu: ROOT, cpuBefore: ROOT, last: ran(access), code: code(0x10300) }), past, null);
    expect(root(WRITE)).toMatchObject({ linear: 0x5000, context: 'current' });
    expect(root(null)).toMatchObject({ linear: 0x10300, access: 'fetch', context: 'current' });
  });

  test('takes no operand of an instruction of the guest that an interrupt has kept from beginning', () => {
    const past = history(['vmExit', 20, 1, 0, 0x476, 0, 0]);
    const lens = followed(frame({ tick: 21, cpu: ROOT, cpuBefore: GUEST, last: ran(WRITE) }), past, null);
    expect(lens).toMatchObject({ linear: 0x476, access: 'fetch', context: 'guest' });
  });

  test('goes to the address of a page fault with the privilege it was made at, and stays until the handler has let it through', () => {
    const past = history(['interrupt', 20, 14, 3, 6, 0x400000, 0x10123]);
    const wanted = { linear: 0x400000, size: 1, access: 'write', context: 'current', isUser: true };
    const at = (tick: number): unknown => followed(frame({ tick, cpu: processor({ [ESP]: 0x1fe0 }), last: ran(WRITE) }), past, null);
    past.takeFine(fine(['walk', 20, 0x400000, 2, 2, 1, 0], ['walk', 39, 0x400000, 2, 2, 0, 0x9000]));
    expect([at(21), at(25), at(39)]).toEqual([wanted, wanted, wanted]);
    expect(at(40)).toMatchObject({ linear: 0x5000 });
    // As when one comes there from behind.
    expect(at(25)).toEqual(wanted);
    expect(at(2 ** 20)).toMatchObject({ linear: 0x5000 });
    const user = frame({ tick: 30, cpu: processor({ [CPL]: 3 }), last: ran(WRITE) });
    expect(followed(user, past, null)).toMatchObject({ linear: 0x5000 });
  });
});

import { describe, expect, test } from 'vitest';
import { BASE, EBP, ESP, NON_ROOT, RIGHTS, SS, VMX_ON } from '../../src/arch/cpu-state.ts';
import { RIGHTS_DB } from '../../src/arch/descriptors.ts';
import type { DataAccess, LastInstruction } from '../../src/api/protocol.ts';
import { Follower } from '../../src/ui/follow.ts';
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

const WRITE: DataAccess = { linear: 0x5000, size: 4, access: 'write' };

describe('a lens that follows', () => {
  test('goes to the memory that the last instruction named', () => {
    const lens = new Follower().next(frame({ last: ran(WRITE) }), history());
    expect(lens).toEqual({ linear: 0x5000, size: 4, access: 'write', context: 'current', isUser: null });
  });

  test('stays where it is when there was none', () => {
    expect(new Follower().next(frame({ last: ran(null) }), history())).toBeNull();
  });

  test('goes to the stack where an instruction used nothing else', () => {
    const stack = (esp: number, more: Readonly<Record<number, number>> = {}): Uint8Array =>
      processor({ [ESP]: esp, [SS + RIGHTS]: RIGHTS_DB, [SS + BASE]: 0x100000, ...more });
    const after = (text: string, before: Uint8Array, now: Uint8Array): unknown =>
      new Follower().next(frame({ tick: 7, last: { ...ran(null), text }, cpuBefore: before, cpu: now }), history());
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
    const lens = new Follower().next(frame({ tick: 7, last: ran(null), cpuBefore: before, cpu: now }), past);
    expect(lens).toMatchObject({ linear: 0x11ffa, size: 4, access: 'write' });
  });

  test('goes to the access that an EPT violation reports, in the eyes of the guest, and stays until the guest runs again', () => {
    const past = history(['vmExit', 20, 48, 0x182, 0x10512, 0x200000, 0x401238], ['vmEntry', 40, 0, 0x10512, 0, 0, 0]);
    const follower = new Follower();
    const wanted = { linear: 0x401238, size: 1, access: 'write', context: 'guest', isUser: null };
    expect(follower.next(frame({ tick: 21, cpu: ROOT }), past)).toEqual(wanted);
    expect(follower.next(frame({ tick: 30, cpu: ROOT, last: ran(WRITE) }), past)).toEqual(wanted);
    expect(follower.next(frame({ tick: 41, cpu: GUEST, last: ran(WRITE) }), past)).toMatchObject({ linear: 0x5000 });
  });

  test('reads fetch from the qualification, and nothing where no linear address is valid', () => {
    const fetched = history(['vmExit', 20, 48, 0x184, 0, 0x201000, 0x201000]);
    expect(new Follower().next(frame({ tick: 21, cpu: ROOT }), fetched)?.access).toBe('fetch');
    const unknown = history(['vmExit', 20, 48, 0x002, 0, 0x201000, 0x777]);
    expect(new Follower().next(frame({ tick: 21, cpu: ROOT }), unknown)).toBeNull();
  });

  test('takes the operand of the guest for an EPT misconfiguration, which reports no linear address', () => {
    const past = history(['vmExit', 20, 49, 0, 0x10512, 0x200000, 0]);
    const follower = new Follower();
    const lens = follower.next(frame({ tick: 21, cpu: ROOT, last: ran(WRITE) }), past);
    expect(lens).toMatchObject({ linear: 0x5000, context: 'guest' });
    expect(follower.next(frame({ tick: 25, cpu: ROOT, last: ran({ ...WRITE, linear: 1 }) }), past)).toEqual(lens);
  });

  test('goes to the address of a page fault with the privilege it was made at, and stays while its handler is at work', () => {
    const past = history(['interrupt', 20, 14, 3, 6, 0x400000, 0x10123]);
    const follower = new Follower();
    const wanted = { linear: 0x400000, size: 1, access: 'write', context: 'current', isUser: true };
    expect(follower.next(frame({ tick: 21, cpu: processor({ [ESP]: 0x1ff0 }) }), past)).toEqual(wanted);
    expect(follower.next(frame({ tick: 25, cpu: processor({ [ESP]: 0x1fe0 }), last: ran(WRITE) }), past)).toEqual(wanted);
    expect(follower.next(frame({ tick: 40, cpu: processor({ [ESP]: 0x2000 }), last: ran(WRITE) }), past)).toMatchObject({ linear: 0x5000 });
  });
});

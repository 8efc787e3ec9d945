import { describe, expect, test } from 'vitest';
import { VMCS_FIELDS } from '../../src/arch/vmcs-fields.ts';
import { isMemoryByHand, isRegisterByHand, marked } from '../../src/ui/edit/marks.ts';
import { bytesRequest, entryRequest, fieldRequest, registerRequest } from '../../src/ui/edit/requests.ts';
import { plain } from '../../src/ui/widgets/sentence.ts';
import { whyOf } from '../../src/ui/why/why.ts';
import { after, sessionOf } from './machine.ts';

describe('a change by hand', () => {
  test('of a register is made now, told of, and given up when one goes back before it', async () => {
    const session = await sessionOf('hello');
    await after(session, () => session.step());
    const request = registerRequest('EBX', 0);
    const state = await after(session, () => session.edit(request.read('2A') as never));
    expect(new Uint32Array(state.frame?.cpu.buffer ?? new ArrayBuffer(0))[3]).toBe(0x2a);
    const sentence = whyOf(state)?.sentence;
    expect(sentence && plain('en', sentence)).toMatch(/^By hand: EBX is now 0x0000002A\. /);
    expect(isRegisterByHand(state.edits, 'EBX', state.frame?.tick ?? 0)).toBe(true);
    await after(session, () => session.reset());
    expect(session.store.state.edits).toEqual([]);
  });

  test('that the machine refuses is refused in its words, and marks nothing', async () => {
    const session = await sessionOf('hello');
    expect(await session.edit({ kind: 'register', name: 'EFLAGS', value: 0xffff_ffff })).toMatch(
      /^EFLAGS cannot be 0xFFFFFFFF: bit \d+ is fixed/,
    );
    expect(await session.edit({ kind: 'vmcs', field: 'guestRip', value: 0 })).toBe('There is no current VMCS.');
    expect(session.store.state.edits).toEqual([]);
  });

  test('of an EPT entry lets the access through that it refused', async () => {
    const session = await sessionOf('ept-on-demand');
    const { walk } = await after(session, () => session.step('exit'));
    const leaf = walk?.references.at(-1);
    const request = leaf && entryRequest(leaf);
    expect(request?.what).toMatch(/^EPT PT\[\d+\] h:0x/);
    const write = request?.bits?.find(({ name }) => name === 'W');
    const read = request?.bits?.find(({ name }) => name === 'R');
    const low = ((leaf?.low ?? 0) | (1 << (write?.bit ?? 31)) | (1 << (read?.bit ?? 31))) >>> 0;
    const state = await after(session, () => session.edit(request?.read(low.toString(16)) as never));
    expect(state.walk?.references.at(-1)?.low).toBe(low);
    expect(isMemoryByHand(state.edits, { space: 'h', address: leaf?.host ?? 0, length: 8 }, state.frame?.tick ?? 0)).toBe(true);
  });
});

describe('what is typed over a value', () => {
  test('is bytes for memory, and eight of them for an EPT entry', async () => {
    expect(bytesRequest(0x10000, [0], { context: 'current' }).read('0x2A')).toMatchObject({
      space: 'v',
      address: 0x10000,
      bytes: [0x2a, 0, 0, 0],
    });
    expect(bytesRequest(0x10000, [0], { context: 'guest' }).read('xyz')).toBeNull();
    const reference = { dimension: 'ept', level: 'PT', entry: 'PTE', index: 5, host: 0x13028, low: 7, high: 0, isLeaf: true } as never;
    expect(entryRequest(reference).read('1_0000_0007')).toMatchObject({ space: 'h', address: 0x13028, bytes: [7, 0, 0, 0, 1, 0, 0, 0] });
  });

  test('has both words for a field of 64 bits', () => {
    const field = VMCS_FIELDS.find(({ key }) => key === 'eptPointer');
    expect(field && fieldRequest(field, [0, 0x1001e], []).read('500010000')).toEqual({
      kind: 'vmcs',
      field: 'eptPointer',
      value: 0x10000,
      high: 5,
    });
    expect(field && fieldRequest(field, [5, 0x10000], []).text).toBe('0x500010000');
  });
});

describe('marks', () => {
  test('behind the instant of an edit are given up with the future', () => {
    const edit = { kind: 'register', name: 'EAX', value: 1 } as const;
    const later = marked(marked([], edit, 5), edit, 9);
    expect(marked(later, edit, 7).map(({ tick }) => tick)).toEqual([5, 7]);
  });
});

import { describe, expect, test } from 'vitest';
import type { MemoryRequest, MemoryView } from '../../../src/api/protocol.ts';
import type { Host } from '../../../src/api/host.ts';
import { hostWith } from '../rig.ts';

const ASK: MemoryRequest = { space: 'v', address: 0x10000, length: 64, cursor: 0x10000, context: 'current' };

async function guest(id: string): Promise<Host> {
  return (await hostWith({ image: { kind: 'guest', id } })).host;
}

async function program(source: string): Promise<Host> {
  const bytes = new TextEncoder().encode(`    bits 32\n    org 0x10000\n${source}`);
  const image = { kind: 'file', name: 'test.asm', bytes, load: 0x10000, entry: 0x10000, mode: 'protected' } as const;
  return (await hostWith({ image })).host;
}

const factsAt = async (host: Host, cursor: number, space: MemoryRequest['space'] = 'v'): Promise<string[]> => {
  const view = await host.memoryView({ ...ASK, space, address: cursor & -16, length: 16, cursor });
  return view.cursor.facts.map(({ kind, name, says, to }) =>
    [kind, name, says, to ? `${to.space}:${to.address.toString(16)}` : ''].filter((text) => text !== '').join(' '),
  );
};

/** Bits of `heat` by kind: what the byte at `address` was. */
const warmth = ({ heat, address: from }: MemoryView, address: number): string =>
  ['r', 'w', 'x'].filter((_, kind) => (((heat?.[address - from] ?? 0) >>> (2 * kind)) & 3) !== 0).join('');

describe('memory', () => {
  test('is given in each space, and says where a byte lies in the others', async () => {
    const host = await guest('ept-on-demand');
    await host.step(2, 'exit');
    await host.back(1);
    const linear = await host.memoryView({ ...ASK, address: 0x200000, length: 16, cursor: 0x200004 });
    expect(linear.cursor).toMatchObject({ physical: 0x200004, target: 'ram' });
    const atHost = linear.cursor.host ?? 0;
    expect(atHost).not.toBe(0x200004);
    const direct = await host.memoryView({ ...ASK, space: 'h', address: atHost - 4, length: 16, cursor: atHost });
    const between = await host.memoryView({ ...ASK, space: 'g', address: 0x200000, length: 16, cursor: 0x200004 });
    expect(direct.bytes).toEqual(linear.bytes);
    expect(between.bytes).toEqual(linear.bytes);
    // The page behind it has no frame yet.
    const open = await host.memoryView({ ...ASK, address: 0x204ff0, length: 32, cursor: 0x205000 });
    expect(open.cursor.host).toBeNull();
    expect(new Set(open.bytes)).toEqual(new Set([null]));
  });

  test('knows the entries of translation tables, of the EPT too, wherever one looks at them', async () => {
    const host = await guest('ept-on-demand');
    await host.step(2, 'exit');
    await host.back(1);
    const { guest: own, ept } = await host.tables({
      ...{ linear: 0x200000, access: 'write', context: 'current', isUser: null },
      opened: [],
      closed: [],
    });
    expect(await factsAt(host, own?.host ?? 0, 'h')).toContainEqual(expect.stringMatching(/^pageTable PDE\[0\] P R\/W g:/));
    expect(await factsAt(host, (ept?.host ?? 0) + 12, 'h')).toContainEqual('eptTable EPT PML4E[1] not present');
    const view = await host.memoryView({ ...ASK, space: 'h', address: own?.host ?? 0, length: 16, cursor: 0 });
    expect([...view.starts]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
    expect(view.marks).toContainEqual({ kind: 'pageTable', name: 'PD', address: own?.host, length: 16, isContinued: false });
  });

  test('knows instructions, names, stack, and where registers point', async () => {
    const host = await program('    mov esp, 0x8000\n    push eax\nloop_here:\n    jmp loop_here\n');
    await host.step(2);
    const view = await host.memoryView({ ...ASK, length: 8 });
    expect([...view.starts]).toEqual([1, 0, 0, 0, 0, 1, 1, 0]);
    expect(view.marks).toContainEqual(expect.objectContaining({ kind: 'symbol', name: 'loop_here', address: 0x10006 }));
    expect(view.marks).toContainEqual(expect.objectContaining({ kind: 'register', name: 'EIP', address: 0x10006 }));
    expect(await factsAt(host, 0x10002)).toEqual([expect.stringMatching(/^code mov esp, 0x8000/)]);
    expect(await factsAt(host, 0x7ffe)).toEqual(['stack [ESP+2]']);
  });

  test('knows descriptor tables and the fields of the VMCS', async () => {
    const host = await guest('first-exit');
    await host.step(1, 'exit');
    const gdt = (await host.memoryView({ ...ASK, address: 0, length: 16 })).marks;
    expect(gdt.every(({ kind }) => kind !== 'vmcs')).toBe(true);
    const found: string[] = [];
    for (let page = 0; page < 0x100; page++) {
      const { marks } = await host.memoryView({ ...ASK, space: 'h', address: page << 12, length: 4096, cursor: page << 12 });
      for (const { kind, address } of marks)
        if (kind === 'vmcs' || kind === 'gdt')
          found.push(...(await factsAt(host, kind === 'gdt' ? address + 8 : address + 0x100 + 0x80 * 9 + 2, 'h')));
    }
    expect(found).toContainEqual(expect.stringMatching(/^gdt GDT\[1\] code, execute\/read, DPL 0 v:0$/));
    expect(found.some((fact) => fact.startsWith('vmcs '))).toBe(true);
  });

  test('knows rings, and the buffers that a chain has', async () => {
    const host = await guest('virtio-ring');
    await host.run();
    const { virtio } = await host.devices();
    const [, queue] = virtio[0].queues;
    expect(await factsAt(host, queue.desc + 8, 'h')).toContainEqual(expect.stringMatching(/^desc desc\[0\]\.len \d+$/));
    expect(await factsAt(host, queue.driver + 2, 'h')).toContainEqual(`avail avail.idx ${queue.available?.idx}`);
    expect(await factsAt(host, queue.device + 4, 'h')).toContainEqual(expect.stringMatching(/^used used\.ring\[0\]\.id \d+$/));
  });

  test('a window from outside is bounded, whatever it says', async () => {
    const host = await guest('hello');
    const view = await host.memoryView({ ...ASK, address: 0xfffffff0, length: 1e9, cursor: Number.NaN });
    expect(view.bytes).toHaveLength(16);
    expect((await host.memoryView({ ...ASK, address: 0, length: 1e9, cursor: -5 })).bytes).toHaveLength(4096);
    expect(view.strip.pages).toHaveLength(256);
  });
});

describe('heat', () => {
  const LOOP = `
    mov esp, 0x8000
    mov ecx, 200
again:
    mov eax, [0x20000]
    add [0x20010], eax
    loop again
    mov byte [0x20021], 1
    push eax
done:
    jmp done
`;

  test('tells what was read, written and executed, and how long ago, and leaves the present as it is', async () => {
    const host = await program(LOOP);
    await host.step(605);
    const before = await host.hash();
    expect(await host.recall(1000)).toBe(605);
    expect(await host.hash()).toBe(before);
    const data = await host.memoryView({ ...ASK, address: 0x20000, length: 64 });
    expect(warmth(data, 0x20000)).toBe('r');
    expect(warmth(data, 0x20003)).toBe('r');
    expect(warmth(data, 0x20004)).toBe('');
    expect(warmth(data, 0x20010)).toBe('rw');
    // A store of one byte has touched one byte.
    expect([0x20020, 0x20021, 0x20022].map((at) => warmth(data, at))).toEqual(['', 'w', '']);
    const code = await host.memoryView({ ...ASK, length: 64 });
    expect(warmth(code, 0x10000)).toBe('x');
    const stack = await host.memoryView({ ...ASK, address: 0x7ff8, length: 16, cursor: 0x7ffc });
    expect([0x7ffb, 0x7ffc, 0x7fff].map((at) => warmth(stack, at))).toEqual(['', 'w', 'w']);
    expect(stack.cursor.ages).toEqual([-1, 2, -1]);
    // The beginning is long past.
    expect((code.heat?.[0] ?? 0) >>> 4).toBe(1);
  });

  test('knows the tick of a store across two pages, and that it was the instruction’s', async () => {
    const host = await program('    mov dword [0x20ffe], 0x01020304\n    nop\n    nop\n');
    await host.step(3);
    await host.recall(3);
    const ages: unknown[] = [];
    for (const cursor of [0x20ffd, 0x20ffe, 0x20fff, 0x21000, 0x21001, 0x21002])
      ages.push((await host.memoryView({ ...ASK, address: 0x20ff0, cursor })).cursor.ages?.[1]);
    expect(ages).toEqual([-1, 3, 3, 3, 3, -1]);
  });

  test('knows the tick of a store that is a walk’s: that of the access which it was for', async () => {
    const host = await program(`
    mov dword [0x31000], 0x83
    mov eax, 0x31000
    mov cr3, eax
    mov eax, 0x10
    mov cr4, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    nop
    mov byte [0x20021], 1
    nop
    nop
`);
    await host.step(12);
    await host.recall(12);
    const written = async (cursor: number): Promise<number | undefined> =>
      (await host.memoryView({ ...ASK, address: cursor, length: 16, cursor })).cursor.ages?.[1];
    expect([await written(0x20021), await written(0x31000), await written(0x31001)]).toEqual([3, 3, 12]);
  });

  test('covers the ticks asked for and no more, and is forgotten when time goes on', async () => {
    const host = await program(LOOP);
    await host.step(605);
    expect(await host.recall(2)).toBe(2);
    const data = await host.memoryView({ ...ASK, address: 0x20000, length: 64 });
    expect(warmth(data, 0x20010)).toBe('');
    await host.step(1);
    expect((await host.memoryView(ASK)).heat).toBeNull();
  });

  test('sees what no instruction has stored: a device’s ring, and the A and D bits that a walk sets', async () => {
    const host = await guest('virtio-ring');
    await host.run();
    const { virtio } = await host.devices();
    const [, queue] = virtio[0].queues;
    await host.recall(10_000);
    const ring = await host.memoryView({ ...ASK, space: 'h', address: queue.device, length: 16 });
    expect(warmth(ring, queue.device + 2)).toContain('w');
    const paging = await guest('paging');
    await paging.run();
    const { guest: directory } = await paging.tables({
      ...{ linear: 0x400000, access: 'write', context: 'current', isUser: null },
      opened: [],
      closed: [],
    });
    const table = directory?.rows.find(({ first }) => first === 1)?.table?.host ?? 0;
    await paging.recall(10_000);
    // The guest writes whole entries; the walk that follows writes again, later.
    const marked = await paging.memoryView({ ...ASK, space: 'h', address: table, length: 16, cursor: table });
    const unmarked = await paging.memoryView({ ...ASK, space: 'h', address: table, length: 16, cursor: table + 3 });
    expect(marked.cursor.ages?.[1]).toBeLessThan(unmarked.cursor.ages?.[1] ?? 0);
  });

  test.each(['paging', 'ept-on-demand', 'timer', 'two-guests', 'stale-tlb', 'three-ways', 'virtio-block'])(
    'changes nothing of %s, at any instant',
    async (id) => {
      const host = await guest(id);
      for (const ticks of [3000, 5000, 20_000]) {
        await host.step(ticks).catch(() => {});
        const before = await host.hash();
        await host.recall(10_000);
        expect(await host.hash()).toBe(before);
      }
      // The way on is the same as without.
      const other = await guest(id);
      for (const ticks of [3000, 5000, 20_000, 500]) await other.step(ticks);
      await host.step(500);
      expect(await host.hash()).toBe(await other.hash());
    },
  );

  test('writes nothing into the traces a second time', async () => {
    const host = await guest('ept-on-demand');
    await host.step(2, 'exit');
    const { words } = await host.records();
    await host.recall(10_000);
    expect((await host.records()).words).toEqual(words);
  });

  test('makes way for whoever wants the machine, and the present is as it was', async () => {
    const host = await program(LOOP);
    await host.step(605);
    const recalled = host.recall(10_000);
    const stepped = host.step(1);
    await Promise.all([recalled, stepped]);
    const other = await program(LOOP);
    await other.step(606);
    expect(await host.hash()).toBe(await other.hash());
    // While it runs, nothing is recalled.
    const running = host.run();
    expect(await host.recall(100)).toBeNull();
    await host.pause();
    await running;
  });
});

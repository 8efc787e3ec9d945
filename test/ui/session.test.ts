import { describe, expect, test } from 'vitest';
import { after, sessionOf } from './machine.ts';

const text = (source: string): Uint8Array => new TextEncoder().encode(source);

describe('a session', () => {
  test('shows a frame together with the walk that belongs to it', async () => {
    const session = await sessionOf('ept-on-demand');
    const { walk, view } = await after(session, () => session.step('exit'));
    expect(view.lens).toMatchObject({ linear: 0x200000, access: 'write', context: 'guest' });
    expect(walk).toMatchObject({ linear: 0x200000, total: 14, missing: { reference: 14, bit: 'W' } });
  });

  test('leaves a pinned lens where it is, and lets it follow again', async () => {
    const session = await sessionOf('ept-on-demand');
    await session.pin({ linear: 0x10000 });
    const pinned = await after(session, () => session.step('exit'));
    expect(pinned.view).toMatchObject({ isPinned: true, lens: { linear: 0x10000 } });
    await session.setPinned(false);
    expect(session.store.state.view).toMatchObject({ isPinned: false, lens: { linear: 0x200000 } });
  });

  test('far back in a long stream shows what was written there', async () => {
    const session = await sessionOf('hello');
    // So often all letters that neither the machine nor the page can have kept the first.
    const writer = `bits 32\norg 0x10000\nmov dx, 0xE9\nmov ebx, 24\nagain: mov esi, letters\nmov ecx, 52000\nrep outsb\ndec ebx\njnz again\ncli\nhlt\nletters: times 2000 db "abcdefghijklmnopqrstuvwxyz"\n`;
    await after(session, () => session.open('writer.asm', text(writer)));
    const end = await after(session, () => session.run());
    expect([session.store.log.end, end.console.slice(-3)]).toEqual([24 * 52_000, 'xyz']);
    const { console, consoleLost } = await after(session, () => session.seek(100));
    expect(console.length).toBeGreaterThan(50);
    expect(['abcdefghijklmnopqrstuvwxyz'.repeat(5).startsWith(console), consoleLost]).toEqual([true, 0]);
  }, 60_000);

  test('keeps the machine when a file is none, and says why', async () => {
    const session = await sessionOf('hello');
    await after(session, () => session.step());
    await session.open('bad.asm', text('bits 32\nmov eax, [nowhere]\n'));
    const { trouble, guestId, frame } = session.store.state;
    expect(trouble?.message).toMatch(/nowhere/);
    expect([guestId, frame?.tick]).toEqual(['hello', 1]);
    await after(session, () => session.step());
    expect(session.store.state.trouble).toBeNull();
  });

  test('stops that hold for one run and are refused are told of, and the reader’s own stay', async () => {
    const session = await sessionOf('hello');
    await session.toggleBreakpoint(0x7c05);
    const nowhere = { space: 'v', address: 0, length: -1, access: 'read' } as const;
    expect(await session.watching([nowhere], (host) => host.run())).toBeUndefined();
    expect(session.store.state.trouble).not.toBeNull();
    const { view } = session.store.state;
    expect([view.breakpoints, view.watchpoints]).toEqual([[0x7c05], []]);
  });

  test('opens assembly, and a moment that it saved', async () => {
    const session = await sessionOf('hello');
    await after(session, () => session.open('mine.asm', text('bits 32\norg 0x10000\nmov eax, 42\nhlt\n')));
    await after(session, () => session.step());
    const saved = await session.save();
    await after(session, () => session.load({ kind: 'guest', id: 'paging' }));
    const { loaded, guestId, frame } = await after(session, () => session.open('mine.glass', saved ?? new Uint8Array(0)));
    expect([loaded?.name, guestId, frame?.tick]).toEqual(['mine.asm', null, 1]);
  });

  test('puts the lens on the first instruction of a program that says nothing else', async () => {
    const session = await sessionOf('ept-on-demand');
    await after(session, () => session.open('mine.asm', text('bits 32\norg 0x30000\nnop\nhlt\n')));
    const { view, walk } = session.store.state;
    expect([view.lens, walk?.linear]).toEqual([{ linear: 0x30000, size: 1, access: 'fetch', context: 'current', isUser: null }, 0x30000]);
  });

  test('knows where the past of a saved moment begins', async () => {
    const session = await sessionOf('hello');
    await after(session, () => session.run());
    await after(session, () => session.seek(20));
    const saved = await session.save();
    expect(session.store.state.begin).toBe(0);
    await after(session, () => session.open('hello.glass', saved ?? new Uint8Array(0)));
    expect([session.store.state.begin, session.store.state.frame?.tick]).toEqual([20, 20]);
    await after(session, () => session.step());
    expect((await after(session, () => session.back('exit'))).frame?.tick).toBe(20);
    await after(session, () => session.reset());
    expect([session.store.state.begin, session.store.state.frame?.tick]).toEqual([0, 0]);
  });

  test('of many seeks in a row goes to the last', async () => {
    const session = await sessionOf('hello');
    await after(session, () => session.run());
    await Promise.all([30, 60, 90, 120].map((tick) => session.seek(tick)));
    await after(session, () => session.seek(100));
    expect(session.store.state.frame?.tick).toBe(100);
  });

  test('stops at a breakpoint, and at an exit reason that was asked for', async () => {
    const session = await sessionOf('trap-and-emulate');
    const { code } = (await after(session, () => session.step())).frame ?? {};
    await session.toggleBreakpoint(code?.current ?? 0);
    await after(session, () => session.reset());
    expect((await after(session, () => session.run())).frame).toMatchObject({ tick: 1, stop: { reason: 'breakpoint' } });
    await session.toggleBreakpoint(code?.current ?? 0);
    await session.toggleStopReason(28);
    const { frame, history } = await after(session, () => session.run());
    expect(frame?.stop.reason).toBe('exit');
    expect(history.exitBefore(frame?.tick ?? 0)?.reason).toBe(28);
  });

  test('begins afresh with another guest', async () => {
    const session = await sessionOf('ept-on-demand');
    await after(session, () => session.step('exit'));
    await session.toggleBreakpoint(0x10000);
    await after(session, () => session.load({ kind: 'guest', id: 'paging' }));
    const { history, view, console } = session.store.state;
    expect([history.exits.length, view.breakpoints, console]).toEqual([0, [], '']);
  });
});

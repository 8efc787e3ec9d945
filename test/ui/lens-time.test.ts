import { describe, expect, test } from 'vitest';
import { ask, watchedFor } from '../../src/ui/lens-time.ts';
import { after, sessionOf } from './machine.ts';

describe('the lens through time', () => {
  test('goes to the last write, and the reader’s own stops are as they were', async () => {
    const session = await sessionOf('ept-on-demand');
    await session.toggleStopReason(48);
    await after(session, () => session.run());
    await session.toggleStopReason(48);
    const ended = await after(session, () => session.run());
    await session.pin({ linear: 0x200000, context: 'guest', access: 'read', size: 4 });
    expect(watchedFor('lastWrite', session.store.state.view.lens, session.store.state.walk)).toMatchObject([
      { space: 'h', length: 4, access: 'write' },
    ]);
    const found = await after(session, () => ask(session, 'lastWrite'));
    expect(found.frame?.stop).toMatchObject({ reason: 'watchpoint', touch: { access: 'write' } });
    expect(found.frame?.tick).toBeLessThan(ended.frame?.tick ?? 0);
    expect(found.touched).toMatchObject({ space: 'h' });
    expect([found.view.watchpoints, found.trouble]).toEqual([[], null]);
  });

  test('goes to the instruction that mapped it, and says where there was none', async () => {
    const session = await sessionOf('paging');
    await after(session, () => session.run());
    const end = session.store.state.frame?.tick;
    await session.pin({ linear: session.store.state.loaded?.look ?? 0x10000, access: 'read' });
    const found = await after(session, () => ask(session, 'mapped'));
    expect(found.frame?.stop.reason).toBe('watchpoint');
    expect(found.frame?.stop.touch?.linear).not.toBeNull();
    await after(session, () => session.seek(end ?? 0));
    await session.pin({ linear: 0xf0000 });
    await ask(session, 'lastWrite');
    expect(session.store.state.trouble?.message).toBe('Nothing has written there in the recorded past.');
    expect(session.store.state.frame?.tick).toBe(end);
  });
});

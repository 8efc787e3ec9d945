import { describe, expect, test } from 'vitest';
import { lensTo } from '../../src/ui/lens-to.ts';
import { ask } from '../../src/ui/lens-time.ts';
import { after, sessionOf } from './machine.ts';

describe('the lens on an address of any space', () => {
  test('finds the linear address that leads to a guest-physical one, and to a host one', async () => {
    const session = await sessionOf('ept-on-demand');
    await after(session, () => session.step('exit'));
    await after(session, () => session.step('exit'));
    expect(await lensTo(session, { space: 'h', address: 0x800010, context: 'guest' })).toBe(true);
    expect(session.store.state.view.lens).toMatchObject({ linear: 0x200010, context: 'guest' });
    expect(await lensTo(session, { space: 'g', address: 0x10020, context: 'guest' })).toBe(true);
    expect(session.store.state.view.lens).toMatchObject({ linear: 0x10020, context: 'guest' });
  });

  test('looks through the other world where its own does not lead there', async () => {
    const session = await sessionOf('ept-permissions');
    await after(session, () => session.step('exit'));
    // Guest-physical addresses are the guest's: who runs knows only the host's.
    await lensTo(session, { space: 'g', address: 0x201000, context: 'current' });
    expect(session.store.state.view.lens).toMatchObject({ linear: 0x201000, context: 'guest' });
  });

  test('finds the one at which the guest meets a guest-physical address that its EPT does not map', async () => {
    const session = await sessionOf('ept-on-demand');
    await after(session, () => session.step('exit'));
    expect(await lensTo(session, { space: 'g', address: 0x200000, context: 'guest' })).toBe(true);
    expect(session.store.state.view.lens).toMatchObject({ linear: 0x200000, context: 'guest' });
    expect(session.store.state.walk?.outcome.kind).toBe('eptViolation');
  });

  test('stays where it is, and says so, where nothing leads there', async () => {
    const session = await sessionOf('paging');
    await after(session, () => session.run());
    const { lens } = session.store.state.view;
    expect(await lensTo(session, { space: 'h', address: 0x900000 })).toBe(false);
    expect(session.store.state.view.lens).toBe(lens);
    expect(session.store.state.trouble?.message).toContain('No linear address');
  });
});

describe('the last TLB fill', () => {
  test('is gone to by the record, for the page that the lens is on', async () => {
    const session = await sessionOf('paging');
    const ended = await after(session, () => session.run());
    await session.pin({ linear: 0x10000, access: 'read', context: 'current' });
    const found = await after(session, () => ask(session, 'lastFill'));
    expect(found.frame?.tick).toBeLessThan(ended.frame?.tick ?? 0);
    expect(found.history.fills.some(({ at, linear }) => at === found.frame?.tick && linear === 0x10000)).toBe(true);
  });

  test('is told of where there was none', async () => {
    const session = await sessionOf('paging');
    await after(session, () => session.run());
    await session.pin({ linear: 0x3f0000 });
    await ask(session, 'lastFill');
    expect(session.store.state.trouble?.message).toContain('TLB');
  });
});

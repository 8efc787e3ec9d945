import { describe, expect, test } from 'vitest';
import { FIELD } from '../../src/arch/vmcs-fields.ts';
import { inForce, keyOf, runTo, stopsOf } from '../../src/ui/stops.ts';
import { after, sessionOf } from './machine.ts';

describe('the reader’s stops', () => {
  test('are in one list, and each can be switched off and stays there', async () => {
    const session = await sessionOf('ept-on-demand');
    await session.toggleFieldStop(FIELD.guestRip);
    await session.toggleStopReason(12);
    await session.setStops({ eventStops: [{ on: 'interrupt', phase: 'delivery', vector: 0x20 }] });
    const all = stopsOf(session.store.state.view);
    expect(all.map(({ kind }) => kind)).toEqual(['field', 'event', 'exit']);
    await session.setStops({ stopsOff: [keyOf(all[0])] });
    expect(inForce(session.store.state.view)).toMatchObject({ fields: [], exitReasons: [12] });
    expect(stopsOf(session.store.state.view)).toEqual(all);
    const stopped = await after(session, () => session.run());
    expect(stopped.frame?.stop.reason).toBe('exit');
    // Taken away while it was off, it is on when it is set again.
    await session.toggleFieldStop(FIELD.guestRip);
    await session.toggleFieldStop(FIELD.guestRip);
    expect(inForce(session.store.state.view).fields).toEqual([FIELD.guestRip]);
  });

  test('end with the guest for which they were set', async () => {
    const session = await sessionOf('ept-on-demand');
    await session.toggleFieldStop(FIELD.guestRip);
    await after(session, () => session.load({ kind: 'guest', id: 'first-exit' }));
    expect(stopsOf(session.store.state.view)).toEqual([]);
    const state = await after(session, () => session.run());
    expect(state.frame?.stop.reason).not.toBe('field');
  });
});

describe('a run to', () => {
  test('a tick ends there, whether it is recorded or not', async () => {
    const session = await sessionOf('ept-on-demand');
    const ahead = await after(session, () => runTo(session, { to: 'tick', tick: 300 }));
    expect(ahead.frame).toMatchObject({ tick: 300, stop: { reason: 'seek' } });
    const back = await after(session, () => runTo(session, { to: 'tick', tick: 120 }));
    expect(back.frame).toMatchObject({ tick: 120, endTick: 300 });
  });

  test('an address or an exit leaves the reader’s own stops as they were', async () => {
    const session = await sessionOf('ept-on-demand');
    const exit = await after(session, () => runTo(session, { to: 'exit', reason: 12 }));
    expect(exit.frame?.stop.reason).toBe('exit');
    expect(exit.view.stopReasons).toEqual([]);
    const entry = exit.loaded?.symbols['start'] ?? exit.frame?.code?.current ?? 0;
    await after(session, () => session.reset());
    const first = (await after(session, () => session.step())).frame?.code?.current ?? entry;
    await after(session, () => session.reset());
    const there = await after(session, () => runTo(session, { to: 'address', linear: first }));
    expect(there.frame).toMatchObject({ tick: 1, stop: { reason: 'breakpoint' } });
    expect(there.view.breakpoints).toEqual([]);
    expect((await after(session, () => session.run())).frame?.stop.reason).toBe('halt');
  });
});

import { describe, expect, test } from 'vitest';
import '../../src/ui/i18n/french.ts';
import { CPU_WORDS, ESP } from '../../src/arch/cpu-state.ts';
import { readBytes, readHex, readPlace, readPlaceOrRegister } from '../../src/ui/edit/read.ts';
import { plain } from '../../src/ui/widgets/sentence.ts';
import { whatHappened, whyOf } from '../../src/ui/why/why.ts';
import { after, sessionOf } from './machine.ts';

describe('what a reader types', () => {
  test('is an address in hexadecimal, with its space or without, or a label', () => {
    expect(readPlace('g:0x5000', {})).toEqual({ space: 'g', address: 0x5000 });
    expect(readPlace(' 401238h', {})).toEqual({ space: null, address: 0x401238 });
    expect(readPlace('h:start', { start: -16 })).toEqual({ space: 'h', address: 0xffff_fff0 });
    expect([readPlace('nowhere', {}), readPlace('', {}), readPlace('x:5', {}), readPlace('123456789', {})]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  test('is a register, for the linear address that it holds, where no label is called so', () => {
    const state = new Uint32Array(CPU_WORDS);
    state[ESP] = 0x7c00;
    expect(readPlaceOrRegister(' v:esp', {}, state)).toEqual({ space: 'v', address: 0x7c00 });
    expect(readPlaceOrRegister('esp', { esp: 5 }, state)).toEqual({ space: null, address: 5 });
    expect([readPlaceOrRegister('esp', {}, null), readPlaceOrRegister('h:esp', {}, state)]).toEqual([null, null]);
  });

  test('is a number with its zeros apart', () => {
    expect([readHex('0000_002A'), readHex('80 00'), readHex('2G'), readHex('')]).toEqual([0x2a, 0x8000, null, null]);
  });

  test('is bytes in their order, or a dword with its lowest byte first', () => {
    expect(readBytes('2A 0 ff')).toEqual([0x2a, 0, 0xff]);
    expect(readBytes('0x12345678')).toEqual([0x78, 0x56, 0x34, 0x12]);
    expect([readBytes('123'), readBytes('0x123456789'), readBytes('')]).toEqual([null, null, null]);
  });
});

describe('a run', () => {
  test('stops behind an access to watched memory, forwards and backwards, and is told of by what did it', async () => {
    const session = await sessionOf('ept-on-demand');
    await session.setStops({ watchpoints: [{ space: 'v', address: 0x200000, length: 4, access: 'write' }] });
    const stopped = await after(session, () => session.run());
    expect(stopped.frame?.stop).toMatchObject({ reason: 'watchpoint', touch: { access: 'write', linear: 0x200000 } });
    const sentence = whyOf(stopped)?.sentence;
    expect(sentence && plain('en', sentence)).toMatch(/^Stopped behind this write at v:0x00200000: v:0x00200000 is watched\. /);
    const tick = stopped.frame?.tick ?? 0;
    await session.setStops({ watchpoints: [] });
    await after(session, () => session.run());
    await session.setStops({ watchpoints: [{ space: 'v', address: 0x200000, length: 4, access: 'write' }] });
    const back = await after(session, () => session.runBack());
    expect(back.frame).toMatchObject({ tick, stop: { reason: 'watchpoint' } });
    expect(back.isSearching).toBe(false);
  });

  test('says that a page walk has changed watched memory', async () => {
    const session = await sessionOf('paging');
    const walk = (await after(session, () => session.run())).frame;
    await session.pin({ linear: session.store.state.loaded?.look ?? 0x10000 });
    const entry = session.store.state.walk?.references.at(-1)?.host ?? 0;
    await session.setStops({ watchpoints: [{ space: 'h', address: entry, length: 4, access: 'write' }] });
    let state = await after(session, () => session.reset().then(() => session.run()));
    while (state.frame?.stop.touch && state.frame.stop.touch.linear !== null) state = await after(session, () => session.run());
    const said = whatHappened(state);
    expect(walk?.stop.reason).not.toBe('watchpoint');
    expect(said && plain('en', said)).toMatch(
      /^Stopped: h:0x[0-9A-F]{8}, which is watched, has changed, and no instruction’s own access did it/,
    );
  });

  test('says who changed a VMCS field, where, from what to what', async () => {
    const session = await sessionOf('first-exit');
    await session.toggleFieldStop(0x4402);
    const stopped = await after(session, () => session.run());
    expect(stopped.frame?.stop).toMatchObject({ reason: 'field', change: { by: 'exit', exitReason: 10, after: [10] } });
    const sentence = whyOf(stopped)?.sentence;
    expect(sentence && plain('en', sentence)).toMatch(
      /^Stopped: VM exit 10 CPUID has changed Exit reason from 0x00000000 to 0x0000000A; the guest was at v:0x[0-9A-F]{8}\. /,
    );
    expect(sentence && plain('fr', sentence)).toMatch(
      /^Arrêt\s: la sortie de VM 10 CPUID a changé Exit reason de 0x00000000 en 0x0000000A\s; /,
    );
  });

  test('says what a device did', async () => {
    const session = await sessionOf('timer');
    await session.setStops({ eventStops: [{ on: 'access', device: 'pit', access: 'write' }] });
    const stopped = await after(session, () => session.run());
    const said = whatHappened(stopped);
    expect(said && plain('en', said)).toMatch(/^Stopped at a device event: PIT \(8254\), 0x[0-9A-F]{2} written to port 0x00(40|43)\. /);
    expect(said && plain('fr', said)).toMatch(
      /^Arrêt à un événement de périphérique\s: PIT \(8254\), 0x[0-9A-F]{2} écrit au port 0x00(40|43)\. /,
    );
  });

  test('with another guest watches nothing', async () => {
    const session = await sessionOf('ept-on-demand');
    await session.setStops({ watchpoints: [{ space: 'v', address: 0x200000, length: 4, access: 'any' }] });
    await after(session, () => session.load({ kind: 'guest', id: 'paging' }));
    expect(session.store.state.view.watchpoints).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import type { State } from '../../src/ui/store.ts';
import { whatHappened, whyOf } from '../../src/ui/why/why.ts';
import { plain } from '../../src/ui/widgets/sentence.ts';
import { after, sessionOf } from './machine.ts';
import '../../src/ui/i18n/french.ts';

/** Why, as text; spaces that do not break made plain. */
const said = (state: State, language: 'en' | 'fr' = 'en'): string =>
  plain(language, whyOf(state)?.sentence ?? { key: 'why.nothing' }).replace(/[\u00a0\u202f]/g, ' ');

/** What is said at the exits of `guest`, one after the other. */
async function atExits(guest: string, count: number): Promise<State[]> {
  const session = await sessionOf(guest);
  const states: State[] = [];
  for (let i = 0; i < count; i++) states.push(await after(session, () => session.step('exit')));
  return states;
}

describe('why', () => {
  test('a machine that has not run says what to do', async () => {
    const { store } = await sessionOf('hello');
    expect(said(store.state)).toBe('Nothing has run yet. Step with →, or run.');
  });

  test('a host whose only virtual machine is paused rests, and is not at its end', async () => {
    const session = await sessionOf('balloon');
    await after(session, () => session.step('exit'));
    await after(session, () => session.try((host) => host.command({ do: 'pause', vm: 0 })));
    const paused = await after(session, () => session.run());
    expect([paused.frame?.stop.reason, paused.frame?.isVmPaused]).toEqual(['halt', true]);
    expect(said(paused)).toBe('The hypervisor rests in HLT: a virtual machine is paused, and no other can run. Resume it among the VMs.');
  });

  test('an instruction says what it changed', async () => {
    const session = await sessionOf('paging');
    const state = await after(session, () => session.step());
    expect(said(state)).toMatch(/^jmp .*: it goes on at v:0x[0-9A-F]{8}\.$/);
    expect(whyOf(state)?.source).toEqual({ volume: 2, title: 'JMP—Jump' });
  });

  test('what is neither a register nor memory is told too: flags, ports, the VMCS, MSRs', async () => {
    const told = async (source: string, steps: number): Promise<string> => {
      const session = await sessionOf('hello');
      await after(session, () => session.open('mine.asm', new TextEncoder().encode(`bits 32\norg 0x10000\n${source}\nhlt\n`)));
      let state = session.store.state;
      for (let i = 0; i < steps; i++) state = await after(session, () => session.step());
      return said(state);
    };
    expect(await told('cmp eax, eax', 1)).toBe('cmp eax, eax has run, and changed nothing but EIP and flags: PF = 1, ZF = 1.');
    expect(await told('nop', 1)).toBe('nop has run, and changed nothing but EIP.');
    expect(await told('mov ecx, 1\ndec ecx', 2)).toBe('dec ecx: ECX is now 0x0, ZF = 1.');
    expect(await told('je $', 1)).toMatch(/^je .*: the condition is not met, so the next instruction follows\.$/);
    expect(await told('push eax', 1)).toMatch(/^push eax: memory at v:0x\w{8} is written, ESP is now 0x\w+\.$/);
    expect(await told('mov al, 0x41\nout 0xE9, al', 2)).toBe('out 0xE9, al: 0x41 goes to port 0x0E9.');
    expect(await told('mov ecx, 0x3A\nrdmsr', 2)).toMatch(/^rdmsr: IA32_FEATURE_CONTROL is read/);
    expect(await told('cli\nhlt', 2)).toBe('hlt: the processor rests until something wakes it.');
  });

  test('VMWRITE names the field', async () => {
    const session = await sessionOf('first-exit');
    let state = session.store.state;
    while (!state.frame?.last?.text.startsWith('vmwrite')) state = await after(session, () => session.step());
    expect(said(state)).toMatch(/^vmwrite e\w\w, .*: the field “[A-Z][^”]+” is now 0x\w+/);
  });

  test('an EPT violation names the page, the entry and the bits, in both languages', async () => {
    const [state] = await atExits('ept-on-demand', 1);
    expect(said(state)).toBe(
      'The guest’s own page table allows this write (RW = 1). The EPT maps nothing at g:0x00200000: in PTE[0], R = W = X = 0. So the processor leaves the guest with reason 48.',
    );
    expect(said(state, 'fr')).toContain('L’EPT ne projette rien en g:0x00200000');
    expect(whyOf(state)?.source).toEqual({ volume: 3, title: 'EPT Violations' });
  });

  test('a right that lacks is named', async () => {
    const [written, fetched] = await atExits('ept-permissions', 2);
    expect(said(written)).toContain('The EPT leaf for g:0x00200000 does not allow it (W = 0)');
    expect(said(fetched)).toContain('The EPT leaf for g:0x00201000 does not allow it (X = 0)');
  });

  test('an exit by instruction is told by its cause', async () => {
    const [cpuid, hlt] = await atExits('first-exit', 2);
    expect(said(cpuid)).toMatch(/^CPUID always leaves the guest/);
    expect(said(hlt)).toContain('“HLT exiting” is 1');
    const [io] = await atExits('trap-and-emulate', 1);
    expect(said(io)).toContain('the bit of port 0x500 in the I/O bitmaps is 1');
    const [cr] = await atExits('cr-shadow', 1);
    expect(said(cr)).toMatch(/would change a bit of CR[04] that the guest\/host mask keeps/);
  });

  test('a page fault names the entry that is not present', async () => {
    const session = await sessionOf('paging');
    await after(session, () => session.run());
    const [fault] = session.store.state.history.events;
    const state = await after(session, () => session.seek(fault.at));
    expect(said(state)).toBe(
      'Nothing is mapped at v:0x00400000 (PTE P = 0), so the processor raises a page fault with error code 0x2. CR2 holds the address.',
    );
  });

  test('an exception, an interrupt and a software interrupt are told apart', async () => {
    const session = await sessionOf('rings');
    await after(session, () => session.run());
    const events = [...session.store.state.history.events];
    const gp = events.find((e) => e.vector === 13);
    expect(said(await after(session, () => session.seek(gp?.at ?? 0)))).toMatch(
      /^#GP, general protection, at v:0x\w+, with error code 0x0\.$/,
    );
    const call = events.find((e) => e.type === 4);
    expect(said(await after(session, () => session.seek(call?.at ?? 0)))).toContain('The program itself asked for vector 0x80');
    const timer = await sessionOf('timer');
    await after(timer, () => timer.run());
    const [tick] = timer.store.state.history.events;
    expect(said(await after(timer, () => timer.seek(tick.at)))).toContain('vector 0x20 goes through the IDT');
  });

  test('an injected event is told at the VM entry', async () => {
    const session = await sessionOf('injection');
    await after(session, () => session.run());
    const entry = session.store.state.history.transitions.find((t) => t.injection >>> 31);
    const state = await after(session, () => session.seek(entry?.at ?? 0));
    expect(said(state)).toContain('the guest first takes 0x30 through its IDT');
  });

  test('a failed entry gives its rule in the reader’s language', async () => {
    const session = await sessionOf('entry-failures');
    await after(session, () => session.run());
    const [first] = session.store.state.history.failures;
    const state = await after(session, () => session.seek(first.at));
    const happened = whatHappened(state);
    expect(happened && plain('en', happened)).toMatch(
      /^VM entry failed, Pin-based VM-execution controls.=.0x00000000: Reserved bits must be set/,
    );
    expect(happened && plain('fr', happened)).toContain('Les bits réservés doivent être comme le dit');
  });

  test('an end is an end', async () => {
    const session = await sessionOf('hello');
    expect(said(await after(session, () => session.run()))).toMatch(/^HLT, and nothing is left/);
  });
});

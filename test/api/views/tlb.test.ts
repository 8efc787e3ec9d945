import { describe, expect, it } from 'vitest';
import type { VpidStudy } from '../../../src/api/protocol.ts';
import { type TlbState, tlbState } from '../../../src/api/views/tlb.ts';
import { type StudiedAccess, studyVpid } from '../../../src/api/views/vpid-study.ts';
import { arrive, Computer } from '../../../src/api/computer.ts';
import { FLUSH_SCOPES, RECORD_WORDS, TRACE_KIND } from '../../../src/trace/schema.ts';
import { GUESTS } from '../../../guests/index.ts';
import { CATALOGUE, consoleText, guest } from '../rig.ts';

/** The page that the hypervisor of `stale-tlb` moves. */
const WINDOW = 0x400000;
const OLD = 0x200000;
const NEW = 0x201000;
const VMCALL = 18;
const ENABLE_VPID = 0x20;

const READ: StudiedAccess = { linear: WINDOW, access: 'read', context: 'current', isUser: null };

/** Behind the `count`th VM exit. */
function behindExit(id: string, count: number): Computer {
  const computer = guest(id);
  arrive(computer.stepToExit(count));
  return computer;
}

function ran(id: string, until = 2_000_000): Computer {
  const computer = guest(id);
  arrive(computer.run({ until }));
  return computer;
}

const windowIn = ({ entries }: TlbState): TlbState['entries'] => entries.filter(({ linear }) => linear === WINDOW);

describe('the TLB at one instant', () => {
  it('knows whose an entry is, and that the tables say otherwise', () => {
    const computer = behindExit('stale-tlb', 1);
    expect(windowIn(tlbState(computer))).toMatchObject([
      { owner: 'guest', vpid: 1, host: OLD, isStale: false, tables: { host: OLD, size: 4096 } },
    ]);
    // To where the guest reads again.
    arrive(computer.stepToExit(1));
    const state = tlbState(computer);
    expect(windowIn(state)).toMatchObject([{ owner: 'guest', host: OLD, isStale: true, tables: { host: NEW } }]);
    expect(state.isVpidOn).toBe(true);
    expect(state.context).toEqual({ vpid: 0, ep4ta: null });
  });

  it('says what INVVPID took in the last instant, and of what came that it is new', () => {
    const computer = behindExit('stale-tlb', 2);
    const before = tlbState(computer).entries.filter(({ vpid }) => vpid === 1).length;
    const gone: number[] = [];
    const came: number[] = [];
    while (consoleText(computer).split('I read').length < 4) {
      arrive(computer.step());
      const state = tlbState(computer);
      if (state.gone.length > 0) gone.push(state.gone.length);
      came.push(state.entries.filter(({ isNew }) => isNew).length);
    }
    expect(before).toBeGreaterThan(1);
    expect(gone[0]).toBe(before);
    // An instruction fetches itself and reads its operand.
    expect(Math.max(...came)).toBe(2);
    expect(windowIn(tlbState(computer))).toEqual([]);
  });

  it('has no VPID to tell of before a guest has run', () => {
    expect(tlbState(guest('stale-tlb'))).toMatchObject({ entries: [], gone: [], isVpidOn: null, context: null, sets: 512, ways: 4 });
  });

  it('accounts for every fill of the guests that fill it', () => {
    for (const id of ['paging', 'rings', 'stale-tlb', 'ept-permissions', 'ept-on-demand', 'first-exit', 'injection']) {
      const computer = ran(id);
      const { words } = computer.machine.fine.read(0);
      let expected = 0;
      for (let at = 0; at < words.length; at += RECORD_WORDS) {
        if (words[at] === TRACE_KIND.tlbFill) expected++;
        if (words[at] === TRACE_KIND.tlbEvict) expected--;
        if (words[at] === TRACE_KIND.tlbFlush) expected -= words[at + 7];
        if (words[at] === TRACE_KIND.tlbFlush) expect(FLUSH_SCOPES[words[at + 3]]).toBeDefined();
      }
      expect(tlbState(computer).entries.length, id).toBe(expected);
    }
  });
});

describe('the same machine with VPID the other way', () => {
  const study = (computer: Computer, access = READ): Promise<VpidStudy | null> => studyVpid(async (glance) => glance(computer), access);

  it('would walk where this one hits', async () => {
    const computer = behindExit('stale-tlb', 1);
    arrive(computer.step(60));
    const found = await study(computer);
    expect(found).toMatchObject({ tick: computer.tick, isVpidOn: true, from: 0, isAlike: true });
    const { here, there } = found ?? { here: null, there: null };
    expect(here?.walks).toBeLessThan(there?.walks ?? 0);
    expect(here?.references).toBeLessThan(there?.references ?? 0);
  });

  it('counts from the tick on which one of the two remembers all walks', async () => {
    const computer = behindExit('stale-tlb', 1);
    const { tick, machine } = computer;
    machine.fine.clear();
    arrive(computer.step(60));
    expect((await study(computer))?.from).toBe(tick);
  });

  it('has lost what this one keeps behind an exit', async () => {
    const computer = behindExit('stale-tlb', 1);
    const found = await study(computer, { ...READ, context: 'guest' });
    expect(found?.use).toBe('miss');
    expect(found?.held.there).toBe(0);
    expect(found?.missing.length).toBe(found?.held.here);
    expect(computer.machine.mmu.context.vpid).toBe(0);
  });

  it('reads the new frame where this one reads the stale entry, and then they are two', async () => {
    const computer = behindExit('stale-tlb', 2);
    expect(consoleText(computer)).toContain('I read old \nroot: the page moves to another frame\nguest: I read old');
    const found = await study(computer);
    expect(found?.isAlike).toBe(false);
  });

  it('may stop for good where this one goes on', async () => {
    const { source = '' } = GUESTS.find(({ id }) => id === 'stale-tlb') ?? {};
    const split = source.replace(
      /call look +; still old.*/,
      "call look\n    cmp  dword [WINDOW], 'new '\n    jne  .stale\n    hlt\n.stale:",
    );
    expect(split).not.toBe(source);
    const computer = Computer.open({ image: { kind: 'guest', id: 'stale-tlb', source: split } }, CATALOGUE);
    arrive(computer.run());
    const found = await study(computer);
    expect(found?.reached).toBeLessThan(computer.tick);
    expect(found).toMatchObject({ tick: computer.tick, isAlike: false });
    expect(consoleText(computer)).toContain('I read new');
  });

  it('comes along, forwards and back, and counts alike whatever the way', async () => {
    const computer = behindExit('stale-tlb', 1);
    const first = await study(computer);
    arrive(computer.step(40));
    const second = await study(computer);
    arrive(computer.back(40));
    expect(await study(computer)).toEqual(first);
    expect(second?.tick).toBe((first?.tick ?? 0) + 40);
    expect(second).toEqual(await study(ran('stale-tlb', second?.tick)));
  });

  it('is made anew when the past has become another', async () => {
    const computer = behindExit('stale-tlb', 1);
    await study(computer);
    computer.edit({ kind: 'register', name: 'EDI', value: 0x1234 });
    arrive(computer.step(3));
    expect((await study(computer))?.isAlike).toBe(true);
  });

  it('leaves the machine that is shown as it was', async () => {
    const computer = behindExit('stale-tlb', 2);
    const before = computer.hash();
    await study(computer);
    expect(computer.hash()).toBe(before);
  });

  it('is asked of no machine without a guest', async () => {
    expect(await study(guest('paging'))).toBeNull();
  });

  it('gives a guest without VPID one, and keeps what transitions flush', async () => {
    const computer = behindExit('ept-on-demand', 3);
    const found = await study(computer, { ...READ, linear: 0x1000 });
    expect(found?.isVpidOn).toBe(false);
    expect(found?.held.there).toBeGreaterThan(found?.held.here ?? 0);
    expect(found?.there.walks).toBeLessThan(found?.here.walks ?? 0);
    expect(found?.isAlike).toBe(true);
  });
});

it('constants of this test are the machine’s', () => {
  const computer = behindExit('stale-tlb', 1);
  expect(computer.machine.vmx.controls[2] & ENABLE_VPID).toBe(ENABLE_VPID);
  expect(computer.machine.exitCounts[VMCALL]).toBe(1);
});

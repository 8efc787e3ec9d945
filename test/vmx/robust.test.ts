/** What nobody meant: VMCS regions full of garbage, pointers to nowhere, budgets of any size. The result is always the architecture's, and the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as w from '../../src/arch/cpu-state.ts';
import { StateHash } from '../../src/base/hash.ts';
import { VMCS_FIELDS, type VmcsFieldKey } from '../../src/arch/vmcs-fields.ts';
import { controls } from './controls.ts';
import { type FieldValues, GOOD_VMCS, VMCS_REGION } from './good-vmcs.ts';
import { DATA, GUEST, GUEST_IDT, GUEST_STACK, HANDLER, HOST, Rig } from './rig.ts';

const RUNS = { numRuns: 60 };

/** One rig for all: startHost and the good VMCS put back what a run can break, but for RAM. */
function fresh(rig: Rig): void {
  rig.cpu.words[w.NON_ROOT] = 0;
  rig.cpu.words[w.ACTIVITY] = 0;
  rig.cpu.words[w.INTERRUPTIBILITY] = 0;
  rig.cpu.words[w.PENDING_DEBUG] = 0;
  rig.mmu.setNested(false, 0, 0, 0);
  rig.mmu.flushAll(true);
  rig.startHost();
}

const interesting = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, -1, 0x80000000 | 0, 0x7fffffff, 0x10, 0x2010, 0x80000031 | 0, 0x6000, 0x7000, 0xffff, 0x1000),
  fc.integer(),
  fc.integer({ min: 0, max: 31 }).map((bit) => 1 << bit),
);
const someField = fc.constantFrom(...VMCS_FIELDS.map((f) => f.key));

describe('a VMCS with garbage in it', () => {
  it('lets VM entry fail, or the guest run: nothing else', () => {
    const rig = new Rig();
    fc.assert(
      fc.property(fc.array(fc.tuple(someField, interesting, interesting), { maxLength: 6 }), fc.boolean(), (garbage, isGood) => {
        fresh(rig);
        const fields: FieldValues = {
          ...(isGood ? GOOD_VMCS : {}),
          guestIdtrBase: GUEST_IDT,
          guestRip: GUEST,
          guestRsp: GUEST_STACK,
          hostRip: HANDLER,
        };
        for (let i = 0; i < 1024; i++) rig.write(VMCS_REGION + 12 + 4 * (i % 1021), 0);
        rig.launch('mov eax, [esi]\nadd [edi], eax\ncpuid', fields, 1);
        fresh(rig);
        rig.vmcs(fields);
        for (const [key, low, high] of garbage) rig.vmcs({ [key as VmcsFieldKey]: [low, high] as const });
        rig.vmx.vmcs.launchState = 0;
        rig.cpu.words[w.EIP] = HOST;
        rig.run(300);
        // Whatever happened, the processor is in one of its states and its clock has moved.
        expect(rig.cpu.words[w.ACTIVITY]).toBeLessThanOrEqual(3);
        expect([0, 1]).toContain(rig.cpu.words[w.NON_ROOT]);
      }),
      RUNS,
    );
  });

  it('of random bytes is refused by name', () => {
    const rig = new Rig();
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 512, maxLength: 512 }), (bytes) => {
        fresh(rig);
        bytes.forEach((word, i) => rig.write(VMCS_REGION + 0x100 + 4 * i, word));
        rig.vmx.vmcs.launchState = 0;
        rig.host('vmlaunch');
        expect(rig.outcome).toMatch(/^VMfailValid [78]$/);
        expect(rig.vmx.entryFailure?.rule).toMatch(/\.$/);
      }),
      RUNS,
    );
  });

  it('in the guest’s reach, overwritten anywhere while the guest runs, ends in an exit or an abort', () => {
    const rig = new Rig();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1023 }), fc.integer({ min: 1, max: 64 }), interesting, (first, count, word) => {
        fresh(rig);
        const source = `mov edi, ${VMCS_REGION + 4 * first}\nmov ecx, ${Math.min(count, 1024 - first)}\nmov eax, ${word}\nrep stosd\ncpuid`;
        rig.launch(source, {}, 2000);
        expect(rig.cpu.words[w.NON_ROOT] === 0 || rig.cpu.words[w.ACTIVITY] === 2).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('pointers', () => {
  it('to anywhere are taken or refused', () => {
    const rig = new Rig();
    const mnemonics = ['vmclear', 'vmptrld', 'vmptrst', 'vmxon'];
    fc.assert(
      fc.property(interesting, interesting, fc.constantFrom(...mnemonics), (low, high, mnemonic) => {
        fresh(rig);
        rig.write(DATA, low, high);
        rig.host(`${mnemonic} [${DATA}]`);
        expect(rig.outcome).toMatch(/^VM(succeed|failInvalid|failValid (2|3|9|10|11|15))$/);
      }),
      RUNS,
    );
  });
});

describe('the same guest', () => {
  const SOURCE = `start: mov ecx, 3
    again: inc eax
    sti
    mov edi, ${DATA}
    push ecx
    mov ecx, 20
    rep stosb
    pop ecx
    int 0x50
    cpuid
    loop again
    mov dr7, eax
    pushf
    or dword [esp], 0x100
    popf
    nop
    nop
    vmcall`;

  /** Runs the guest and its hypervisor, a few exits, in budgets that `next` gives; the hash of all state at every 16th tick. */
  function hashes(next: () => number, fields: FieldValues): string[] {
    const rig = new Rig();
    const { cpu, vmx } = rig;
    rig.code(0x12000 + 16 * 0x50, 'iret');
    rig.code(
      HANDLER,
      `cmp dword [${DATA + 0x800}], 40\nja done\ninc dword [${DATA + 0x800}]\nmov eax, 0x681e\nvmread ebx, eax\nmov eax, 0x4402
      vmread ecx, eax\ncmp ecx, 10\njne resume\nadd ebx, 2\nmov eax, 0x681e\nvmwrite eax, ebx\nresume: vmresume\ndone: hlt`,
    );
    rig.code(HOST, 'vmlaunch\nhlt');
    rig.code(GUEST, SOURCE);
    rig.vmcs({
      ...GOOD_VMCS,
      guestIdtrBase: GUEST_IDT,
      guestRip: GUEST,
      guestRsp: GUEST_STACK,
      hostRip: HANDLER,
      hostRsp: 0x28000,
      ...fields,
    });
    const seen: string[] = [];
    const start = cpu.ticks;
    for (let mark = 16; mark <= 960; mark += 16) {
      while (cpu.ticks < start + mark) {
        const reason = cpu.run(Math.min(next(), start + mark - cpu.ticks));
        if (reason === 'halted') cpu.advance(1);
        if (reason === 'shutdown') return seen;
      }
      seen.push(new StateHash().add(cpu.bytes).add(vmx.bytes).add(rig.physical.ram8).digest());
    }
    return seen;
  }

  it.each([
    ['alone', {}],
    ['with the preemption timer', { ...controls('activatePreemptionTimer'), preemptionTimer: 17 }],
    ['with the monitor trap flag', controls('monitorTrapFlag')],
    ['with the interrupt window', controls('interruptWindowExiting')],
    ['with #DB intercepted and RF set', { exceptionBitmap: 2, guestRflags: 0x10002 }],
  ] as const)('%s is in the same state at every tick, whatever the budgets', (_what, fields) => {
    const whole = hashes(() => 1000, fields);
    expect(hashes(() => 1, fields)).toEqual(whole);
    let seed = 12345;
    const random = (): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return 1 + ((seed >>> 8) % 23);
    };
    expect(hashes(random, fields)).toEqual(whole);
  });
});

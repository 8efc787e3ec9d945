import { describe, expect, it } from 'vitest';
import * as w from '../../src/arch/cpu-state.ts';
import { FIELD, LAUNCH_STATE_OFFSET, VMCS_FIELDS } from '../../src/arch/vmcs-fields.ts';
import { REVISION_ID } from '../../src/arch/vmx-capabilities.ts';
import { OTHER_VMCS, VMCS_REGION, VMXON_REGION } from './good-vmcs.ts';
import { DATA, HOST, Rig } from './rig.ts';

/** A host outside VMX operation, all set for VMXON. */
function outside(): Rig {
  const rig = new Rig();
  const { words } = rig.cpu;
  words[w.VMX_ON] = 0;
  words[w.VMXON_POINTER] = -1;
  words[w.VMCS_POINTER] = -1;
  rig.write(DATA, VMXON_REGION, 0);
  return rig;
}

/** Vector of the fault that the host's code ended with: the rig's host IDT is set so that the handler tells. */
function faultOf(rig: Rig, source: string): number | null {
  for (let vector = 0; vector < 32; vector++) {
    rig.gate(0x2000, vector, 0xa100 + 16 * vector);
    rig.code(0xa100 + 16 * vector, 'hlt');
  }
  rig.host(source);
  const offset = rig.register(w.EIP) - 0xa101;
  return offset >= 0 && offset < 512 ? offset >> 4 : null;
}

const VMXON = `vmxon [${DATA}]`;
const pointer = (rig: Rig, low: number, high = 0): Rig => {
  rig.write(DATA, low, high);
  return rig;
};

describe('VMXON', () => {
  it('enters VMX operation without a current VMCS', () => {
    const rig = outside();
    rig.host(VMXON);
    expect(rig.outcome).toBe('VMsucceed');
    expect([rig.register(w.VMX_ON), rig.register(w.VMXON_POINTER), rig.register(w.VMCS_POINTER)]).toEqual([1, VMXON_REGION, 0xffffffff]);
  });

  it.each([
    ['#UD without CR4.VMXE, before #GP by privilege', (rig: Rig) => void (rig.cpu.words[w.CR4] = 0x10), 6],
    ['#GP while IA32_FEATURE_CONTROL is not locked', (rig: Rig) => void (rig.cpu.words[w.FEATURE_CONTROL] = 4), 13],
    ['#GP while IA32_FEATURE_CONTROL does not enable it', (rig: Rig) => void (rig.cpu.words[w.FEATURE_CONTROL] = 1), 13],
    ['#GP without CR0.NE', (rig: Rig) => void (rig.cpu.words[w.CR0] &= ~0x20), 13],
    ['#GP without paging', (rig: Rig) => void (rig.cpu.words[w.CR0] &= 0x7fffffff), 13],
  ])('is %s', (_what, break_, vector) => {
    const rig = outside();
    break_(rig);
    rig.cpu.reloadDerived();
    expect(faultOf(rig, VMXON)).toBe(vector);
    expect(rig.register(w.VMX_ON)).toBe(0);
  });

  it.each([
    ['an unaligned pointer', VMXON_REGION + 0x10, 0],
    ['a pointer beyond the physical-address width', VMXON_REGION, 0x10],
    ['a region beyond RAM', 0x4000_0000, 0],
    ['a region beyond 4 GiB', VMXON_REGION, 1],
    ['a region with another revision identifier', 0x15000, 0],
  ])('is VMfailInvalid with %s', (_what, low, high) => {
    const rig = pointer(outside(), low, high);
    rig.host(VMXON);
    expect(rig.outcome).toBe('VMfailInvalid');
    expect(rig.register(w.VMX_ON)).toBe(0);
  });

  it('in root operation is VMfail 15, whatever the pointer', () => {
    const rig = pointer(new Rig(), 1);
    rig.host(VMXON);
    expect(rig.outcome).toBe('VMfailValid 15');
  });

  it('faults on its operand like any read', () => {
    expect(faultOf(outside(), 'push 0\npop ds\nvmxon [0x100]')).toBe(13);
  });
});

describe('VMX instructions outside VMX operation', () => {
  it.each([
    'vmxoff',
    'vmcall',
    'vmlaunch',
    'vmresume',
    'vmread eax, ecx',
    'vmwrite eax, ecx',
    `vmptrld [${DATA}]`,
    `vmptrst [${DATA}]`,
    `vmclear [${DATA}]`,
  ])('%s is #UD', (source) => expect(faultOf(outside(), source)).toBe(6));
  it.each([`invept eax, [${DATA}]`, `invvpid eax, [${DATA}]`, 'vmfunc'])('%s is #UD', (source) =>
    expect(faultOf(outside(), source)).toBe(6),
  );
});

describe('VMXOFF and VMCALL', () => {
  it('VMXOFF leaves VMX operation', () => {
    const rig = new Rig();
    rig.host('vmxoff');
    expect(rig.register(w.VMX_ON)).toBe(0);
    expect(faultOf(rig, 'vmxoff')).toBe(6);
  });

  it('VMCALL in root operation is VMfail 1', () => {
    // Without the dual-monitor treatment the manual leaves nothing else (vol. 3, "VMCALL—Call to VM Monitor").
    const rig = new Rig();
    rig.host('vmcall');
    expect(rig.outcome).toBe('VMfailValid 1');
  });

  it('VMFUNC is #UD in root operation too', () => {
    expect(faultOf(new Rig(), 'vmfunc')).toBe(6);
  });

  it('CR4.VMXE, CR0.NE and CR0.PG cannot be cleared in VMX operation', () => {
    expect(faultOf(new Rig(), 'mov eax, cr4\nand eax, ~0x2000\nmov cr4, eax')).toBe(13);
    expect(faultOf(new Rig(), 'mov eax, cr0\nand eax, ~0x20\nmov cr0, eax')).toBe(13);
    expect(faultOf(new Rig(), 'mov eax, cr0\nand eax, 0x7fffffff\nmov cr0, eax')).toBe(13);
  });
});

describe('VMCLEAR, VMPTRLD, VMPTRST', () => {
  it.each([
    ['unaligned', OTHER_VMCS + 8, 0, 2, 9],
    ['beyond the width', OTHER_VMCS, 0x10, 2, 9],
    ['the VMXON pointer', VMXON_REGION, 0, 3, 10],
  ])('fail with a pointer that is %s', (_what, low, high, clearError, loadError) => {
    const rig = pointer(new Rig(), low, high);
    rig.host(`vmclear [${DATA}]`);
    expect(rig.outcome).toBe(`VMfailValid ${clearError}`);
    rig.host(`vmptrld [${DATA}]`);
    expect(rig.outcome).toBe(`VMfailValid ${loadError}`);
    expect(rig.register(w.VMCS_POINTER)).toBe(VMCS_REGION);
  });

  it.each([REVISION_ID + 1, REVISION_ID | 0x80000000])('VMPTRLD of a region with revision identifier %i is VMfail 11', (revision) => {
    const rig = pointer(new Rig(), OTHER_VMCS);
    rig.write(OTHER_VMCS, revision);
    rig.host(`vmptrld [${DATA}]`);
    expect(rig.outcome).toBe('VMfailValid 11');
  });

  it('VMPTRLD makes a VMCS current, VMPTRST tells which', () => {
    const rig = pointer(new Rig(), OTHER_VMCS);
    rig.host(`vmptrld [${DATA}]\nvmptrst [${DATA + 8}]`);
    expect([rig.read(DATA + 8), rig.read(DATA + 12)]).toEqual([OTHER_VMCS, 0]);
  });

  it('VMCLEAR clears the launch state of any region, and ends the current VMCS', () => {
    const rig = pointer(new Rig(), OTHER_VMCS);
    rig.write(OTHER_VMCS, 0x12345678);
    rig.write(OTHER_VMCS + LAUNCH_STATE_OFFSET, 1);
    rig.host(`vmclear [${DATA}]\nvmptrst [${DATA + 8}]`);
    expect(rig.read(OTHER_VMCS + LAUNCH_STATE_OFFSET)).toBe(0);
    expect(rig.read(DATA + 8)).toBe(VMCS_REGION);
    pointer(rig, VMCS_REGION).host(`vmclear [${DATA}]\nvmptrst [${DATA + 8}]`);
    expect([rig.read(DATA + 8), rig.read(DATA + 12)]).toEqual([0xffffffff, 0xffffffff]);
  });

  it('VMCLEAR beyond 4 GiB writes to open bus', () => {
    const rig = pointer(new Rig(), VMCS_REGION, 1);
    rig.vmx.vmcs.launchState = 1;
    rig.host(`vmclear [${DATA}]`);
    expect(rig.outcome).toBe('VMsucceed');
    expect([rig.vmx.vmcs.launchState, rig.register(w.VMCS_POINTER)]).toEqual([1, VMCS_REGION]);
  });

  it('VMPTRST that faults in its second half writes nothing', () => {
    const rig = new Rig();
    rig.write(0x4000, 0xe003); // linear 0 to 4 MiB by a page table whose second page is missing
    for (let i = 0; i < 1024; i++) rig.write(0xe000 + 4 * i, (i << 12) | 3);
    rig.write(0xe000 + 4 * 0x1b, 0);
    rig.write(0x1affc, 0x5555);
    rig.mmu.flushAll(true);
    expect(faultOf(rig, 'vmptrst [0x1affc]')).toBe(14);
    expect(rig.read(0x1affc)).toBe(0x5555);
    expect(rig.register(w.CR2)).toBe(0x1b000);
  });
});

describe('VMREAD and VMWRITE', () => {
  it('fail without a current VMCS', () => {
    const rig = new Rig();
    rig.cpu.words[w.VMCS_POINTER] = -1;
    rig.host(`mov eax, ${FIELD.guestRip}\nvmread [${DATA}], eax`);
    expect(rig.outcome).toBe('VMfailInvalid');
    rig.host('vmwrite eax, eax');
    expect(rig.outcome).toBe('VMfailInvalid');
  });

  it.each([0x7777, FIELD.guestRip + 1, FIELD.guestCsSelector | 0x10000, 0x2806, 0x401c])(
    'of component %i, which does not exist, are VMfail 12',
    (encoding) => {
      const rig = new Rig();
      rig.host(`mov eax, ${encoding}\nvmread ebx, eax`);
      expect(rig.outcome).toBe('VMfailValid 12');
      rig.host(`mov eax, ${encoding}\nvmwrite eax, ebx`);
      expect(rig.outcome).toBe('VMfailValid 12');
    },
  );

  it('carry every field there and back', () => {
    const rig = new Rig();
    VMCS_FIELDS.forEach(({ encoding }, i) => {
      rig.host(`mov eax, ${encoding}\nmov ebx, ${0x1000 + i}\nvmwrite eax, ebx\nmov ecx, 0\nvmread ecx, eax`);
      expect([rig.outcome, rig.register(w.ECX)]).toEqual(['VMsucceed', 0x1000 + i]);
    });
    VMCS_FIELDS.forEach(({ encoding }, i) => expect(rig.vmx.vmcs.get(encoding)).toBe(0x1000 + i));
  });

  it('move 16-bit fields zero-extended and cut off', () => {
    const rig = new Rig();
    rig.host(`mov eax, ${FIELD.guestCsSelector}\nmov ebx, 0xffff1234\nvmwrite eax, ebx\nvmread ecx, eax`);
    expect(rig.register(w.ECX)).toBe(0x1234);
    expect(rig.field('guestSsSelector')).toBe(0);
  });

  it('VMWRITE of a 64-bit field clears its upper half, of its high encoding keeps the lower', () => {
    const rig = new Rig();
    rig.vmcs({ vmcsLinkPointer: [-1, -1] });
    rig.host(`mov eax, ${FIELD.vmcsLinkPointer}\nmov ebx, 0x7000\nvmwrite eax, ebx`);
    expect([rig.field('vmcsLinkPointer'), rig.high('vmcsLinkPointer')]).toEqual([0x7000, 0]);
    rig.host(`mov eax, ${FIELD.vmcsLinkPointer + 1}\nmov ebx, 0x55\nvmwrite eax, ebx\nvmread ecx, eax`);
    expect([rig.field('vmcsLinkPointer'), rig.high('vmcsLinkPointer'), rig.register(w.ECX)]).toEqual([0x7000, 0x55, 0x55]);
  });

  it('VMWRITE reaches read-only data, as IA32_VMX_MISC[29] says', () => {
    const rig = new Rig();
    rig.host(`mov eax, ${FIELD.exitReason}\nmov ebx, 0x77\nvmwrite eax, ebx`);
    expect([rig.outcome, rig.reason]).toEqual(['VMsucceed', 0x77]);
  });

  it('use memory operands, and fault on them', () => {
    const rig = new Rig();
    rig.write(DATA, 0xabcd);
    rig.host(`mov eax, ${FIELD.guestRip}\nvmwrite eax, [${DATA}]\nvmread [${DATA + 4}], eax`);
    expect(rig.read(DATA + 4)).toBe(0xabcd);
    expect(faultOf(rig, `push 0\npop es\nmov eax, ${FIELD.guestRip}\nvmread [es:0x10], eax`)).toBe(13);
  });

  it('see what stores put into the region', () => {
    const rig = new Rig();
    rig.host(`mov eax, ${FIELD.guestRip}\nmov ebx, 0x1111\nvmwrite eax, ebx\nmov ecx, 0`);
    const at = Array.from({ length: 1024 }, (_, i) => VMCS_REGION + 4 * i).find((a) => rig.read(a) === 0x1111) as number;
    rig.host(`mov dword [${at}], 0x2222\nmov eax, ${FIELD.guestRip}\nvmread ecx, eax`);
    expect(rig.register(w.ECX)).toBe(0x2222);
  });

  it('clear the status flags', () => {
    const rig = new Rig();
    rig.host(`mov eax, ${FIELD.guestRip}\nmov ebx, 0x7fffffff\nadd ebx, ebx\nstc\nvmread ebx, eax`);
    expect(rig.cpu.eflags() & 0x8d5).toBe(0);
  });
});

describe('INVEPT and INVVPID', () => {
  const descriptor = (rig: Rig, ...words: number[]): Rig => {
    rig.write(DATA, ...words);
    return rig;
  };

  it.each([
    [1, [0xb01e, 0, 0, 0], 'VMsucceed'],
    [1, [0xb05e, 0, 0, 0], 'VMsucceed'],
    [2, [0, 0, 0, 0], 'VMsucceed'],
    [0, [0xb01e, 0, 0, 0], 'VMfailValid 28'],
    [3, [0xb01e, 0, 0, 0], 'VMfailValid 28'],
    [-1, [0xb01e, 0, 0, 0], 'VMfailValid 28'],
    [1, [0, 0, 0, 0], 'VMfailValid 28'],
    [1, [0xb09e, 0, 0, 0], 'VMfailValid 28'],
    [1, [0xb01c, 0, 0, 0], 'VMfailValid 28'],
    [1, [0xb01e, 0x10, 0, 0], 'VMfailValid 28'],
  ])('INVEPT of type %i with descriptor %j is %s', (type, words, outcome) => {
    const rig = descriptor(new Rig(), ...words);
    rig.host(`mov ecx, ${type}\ninvept ecx, [${DATA}]`);
    expect(rig.outcome).toBe(outcome);
  });

  it.each([
    [0, [1, 0, 0x1000, 0], 'VMsucceed'],
    [1, [0xffff, 0, 0, 0], 'VMsucceed'],
    [2, [0, 0, 0, 0], 'VMsucceed'],
    [3, [1, 0, 0, 0], 'VMsucceed'],
    [4, [1, 0, 0, 0], 'VMfailValid 28'],
    [0, [0, 0, 0x1000, 0], 'VMfailValid 28'],
    [1, [0, 0, 0, 0], 'VMfailValid 28'],
    [3, [0, 0, 0, 0], 'VMfailValid 28'],
    [1, [0x10001, 0, 0, 0], 'VMfailValid 28'],
    [2, [0, 1, 0, 0], 'VMfailValid 28'],
  ])('INVVPID of type %i with descriptor %j is %s', (type, words, outcome) => {
    const rig = descriptor(new Rig(), ...words);
    rig.host(`mov ecx, ${type}\ninvvpid ecx, [${DATA}]`);
    expect(rig.outcome).toBe(outcome);
  });

  it('end with the next instruction, whatever the outcome', () => {
    const rig = new Rig();
    rig.host(`mov ecx, 9\ninvept ecx, [${DATA}]\nmov edx, 0x66`);
    expect(rig.register(w.EDX)).toBe(0x66);
    expect(rig.register(w.EIP)).toBeGreaterThan(HOST);
  });
});

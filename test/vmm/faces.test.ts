import { describe, expect, it } from 'vitest';
import type { FaceName } from '../../src/vmm/vm-layout.ts';
import type { Vm } from '../../src/vmm/vm.ts';
import { host, say, text } from './build.ts';

const FOREVER = 20_000_000;

/** Runs `source` under `face`, and returns the doublewords that it left from 0x90000 on. */
function words(face: FaceName, source: string, count: number): { values: number[]; vm: Vm; output: string } {
  const hosted = host([`mov edi, 0x90000\ncld\n${source}\ncli\nhlt`]);
  const vm = hosted.vmm.create({ image: 0, ramPages: 256, face }) as Vm;
  hosted.machine.run(FOREVER);
  expect(vm.stopReason).toBe('halt');
  const frame = vm.ept.frameOf(0x90000);
  return { values: Array.from({ length: count }, (_, i) => hosted.machine.bus.read32(frame + 4 * i) >>> 0), vm, output: text(hosted) };
}

const leaf = (n: number): string =>
  `mov eax, ${n}\nxor ecx, ecx\ncpuid\nstosd\nxchg eax, ebx\nstosd\nxchg eax, ecx\nstosd\nxchg eax, edx\nstosd`;
const rdmsr = (n: number): string => `mov ecx, ${n}\nrdmsr\nstosd\nxchg eax, edx\nstosd`;
const wrmsr = (n: number, low: number, high = 0): string => `mov ecx, ${n}\nmov eax, ${low}\nmov edx, ${high}\nwrmsr`;

function signature([, b, c, d]: number[]): string {
  return [b, c, d].map((v) => String.fromCharCode(v & 255, (v >> 8) & 255, (v >> 16) & 255, v >>> 24)).join('');
}

describe('which hypervisor am I on?', () => {
  it.each([
    ['kvm', 'KVMKVMKVM\0\0\0', 0x40000001],
    ['xen', 'XenVMMXenVMM', 0x40000002],
    ['hyperv', 'Microsoft Hv', 0x40000005],
    ['vmware', 'VMwareVMware', 0x40000010],
  ] as const)('%s says so in leaf 40000000H', (face, expected, last) => {
    const { values } = words(face, leaf(0x40000000) + '\n' + leaf(1), 8);
    expect(values[0]).toBe(last);
    expect(signature(values)).toBe(expected);
    expect(values[6] >>> 31).toBe(1);
  });

  it('nothing says so without a face, and VMX is nowhere', () => {
    const { values } = words('none', `${leaf(1)}\n${leaf(0x40000000)}\n${rdmsr(0x3a)}`, 10);
    expect(values[2] >>> 31).toBe(0);
    expect(values[2] & (1 << 5)).toBe(0);
    expect(signature(values.slice(4))).not.toMatch(/^[A-Z]/);
    expect(values[8]).toBe(1);
  });

  it('VMX instructions and VMCALL are undefined', () => {
    const { output } = words(
      'none',
      `lidt [idtr]
    lgdt [gdtr]
    mov esp, 0x80000
    vmxoff
    vmcall
    rdpmc
    jmp done
undefined: ${say('u')}
    add dword [esp], 3
    iret
protected: ${say('p')}
    add esp, 4
    add dword [esp], 2
    iret
align 8, db 0
gdt: dq 0, 0x00CF9B000000FFFF
gdtr: dw 15
    dd gdt
idtr: dw 0x6F
    dd idt
align 8, db 0
idt: times 6 dq 0
    dw undefined - $$, 8, 0x8E00, 1
    times 6 dq 0
    dw protected - $$, 8, 0x8E00, 1
done:`,
      0,
    );
    expect(output).toBe('uup');
  });
});

describe('KVM', () => {
  it('gives system time in the structure that Linux reads, at the rate of the TSC', () => {
    const at = 0x91000;
    const source = `${wrmsr(0x4b564d01, at | 1)}\n${[0, 8, 16, 20, 24, 28].map((o) => `mov eax, [${at + o}]\nstosd`).join('\n')}\nrdtsc\nstosd`;
    const { values, vm } = words('kvm', source, 7);
    const [version, tsc, nanoseconds, high, multiplier, flags, later] = values;
    expect(version % 2).toBe(0);
    expect(nanoseconds).toBe(tsc * 10);
    expect(high).toBe(0);
    const shift = (flags << 24) >> 24;
    expect((tsc * 2 ** shift * multiplier) / 2 ** 32).toBeCloseTo(tsc * 10, 3);
    expect((flags >> 8) & 1).toBe(1);
    expect(later).toBeGreaterThan(tsc);
    expect(vm.state.faceRegisters.at(1)).toBe(at | 1);
  });

  it('keeps stolen time up to date, answers known hypercalls, and -1000 to others', () => {
    const read = 'mov eax, [0x91000]\nstosd';
    const { values } = words(
      'kvm',
      `${wrmsr(0x4b564d03, 0x91000 | 1)}\n${read}\nmov eax, 5\nvmcall\nstosd\n${read}\nmov eax, 77\nvmcall\nstosd`,
      4,
    );
    expect(values[0]).toBeGreaterThan(4_000);
    expect(values[2]).toBeGreaterThan(values[0] + 4_000);
    expect([values[1], values[3]]).toEqual([0, -1000 >>> 0]);
  });

  it('has a wall clock that begins with the machine’s', () => {
    const { values } = words('kvm', `${wrmsr(0x4b564d00, 0x91000)}\nmov eax, [0x91004]\nstosd`, 1);
    expect(values[0]).toBe(1_767_225_600);
  });
});

describe('Xen', () => {
  it('fills the hypercall page, through which the guest asks for the version and writes', () => {
    const source = `${wrmsr(0x40000000, 0x92000)}
    xor ebx, ebx
    call 0x92000 + 32 * 17
    stosd
    mov ebx, 0
    mov ecx, 5
    mov edx, message
    call 0x92000 + 32 * 18
    stosd
    mov eax, [0x92000 + 32 * 23]
    stosd
    jmp done
message: db 'xen', 33, 10
done:`;
    const { values, output } = words('xen', `mov esp, 0x80000\n${source}`, 3);
    expect(values.slice(0, 2)).toEqual([0x00040011, 0]);
    expect(values[2] & 0xffff).toBe(0x0b0f);
    expect(output).toBe('xen!\n');
  });

  it('takes pages out of a guest that gives them up, and gives them back as zeros', () => {
    const memoryOp = (command: number): string => `mov eax, 12\nmov ebx, ${command}\nmov ecx, reservation\nvmcall\nstosd`;
    const { values, vm } = words(
      'xen',
      `mov dword [0xA0000], 7
    mov dword [0xA1000], 8
    ${memoryOp(1)}
    ${memoryOp(3)}
    mov eax, [0xA1000]
    stosd
    jmp done
reservation: dd list, 2, 0, 0, 0x7FF0
list: dd 0xA0, 0xA1
done:`,
      3,
    );
    expect(values).toEqual([2, 254, 0]);
    // 0xA1000 was touched again.
    expect(vm.ept.frameOf(0xa0000)).toBe(-1);
    expect(vm.ept.frameOf(0xa1000)).toBeGreaterThan(0);
  });

  it('blocks the guest as HLT does, and shuts it down for the reason it gives', () => {
    const hosted = host(['mov dword [0x90000], 3\nmov eax, 29\nmov ebx, 2\nmov ecx, 0x90000\nvmcall']);
    const vm = hosted.vmm.create({ image: 0, ramPages: 256, face: 'xen' });
    hosted.machine.run(FOREVER);
    expect([vm?.stopReason, vm?.state.detail]).toEqual(['shutdown', 3]);
  });
});

describe('Hyper-V', () => {
  it('counts 100-nanosecond units, and has hypercalls once the guest has said who it is', () => {
    const source = `cpuid
    ${rdmsr(0x40000020)}
    ${wrmsr(0x40000001, 0x93001)}
    ${rdmsr(0x40000001)}
    ${wrmsr(0x40000000, 0x1234, 0x8100)}
    ${wrmsr(0x40000001, 0x93001)}
    ${rdmsr(0x40000001)}
    mov eax, 8
    call 0x93000
    stosd
    mov eax, 0x5C
    call 0x93000
    stosd`;
    const { values } = words('hyperv', `mov esp, 0x80000\n${source}`, 8);
    expect(values[0]).toBeGreaterThan(40);
    expect(values[1]).toBe(0);
    expect([values[2], values[4]]).toEqual([0x93000, 0x93001]);
    expect([values[6], values[7]]).toEqual([0, 2]);
  });

  it('names its interface and its limits', () => {
    const { values } = words('hyperv', `${leaf(0x40000001)}\n${leaf(0x40000003)}\n${leaf(0x40000005)}`, 12);
    expect(values[0]).toBe(0x31237648);
    expect(values[4] & 0x22).toBe(0x22);
    expect(values[8]).toBe(1);
  });
});

describe('VMware', () => {
  const call = (command: number): string =>
    `mov eax, 0x564D5868\nmov ebx, 0\nmov ecx, ${command}\nmov edx, 0x5658\nin eax, dx\nstosd\nxchg eax, ebx\nstosd`;

  it('answers through the backdoor: version, memory, time, frequency', () => {
    const { values } = words('vmware', [10, 20, 23, 45].map(call).join('\n'), 8);
    expect(values.slice(0, 3)).toEqual([6, 0x564d5868, 1]);
    expect(values[4]).toBe(1_767_225_600);
    expect(values[6]).toBe(100_000_000);
  });

  it('is deaf without the magic number, and on any other hypervisor', () => {
    expect(words('vmware', call(10).replace('0x564D5868', '0x12345678'), 1).values[0]).toBe(0xffffffff);
    expect(words('kvm', call(10), 1).values[0]).toBe(0xffffffff);
  });

  it('answers programs without port rights too, which get #GP for any other port', () => {
    const source = `
    lgdt [gdtr]
    lidt [idtr]
    mov esp, 0x80000
    mov dword [0x94004], 0x80000
    mov dword [0x94008], 0x10
    mov ax, 0x28
    ltr ax
    push dword 0x23
    push dword 0x88000
    push dword 2
    push dword 0x1B
    push dword program
    iret
program:
    mov ax, 0x23
    mov ds, ax
    mov es, ax
    ${call(10)}
    mov edx, 0x60
    in  al, dx
    hlt
protected:
    mov ax, 0x10
    mov ds, ax
    mov es, ax
    mov eax, 0x99
    stosd
    cli
    hlt
align 8, db 0
gdt: dq 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF, 0x00CFFB000000FFFF, 0x00CFF3000000FFFF, 0x0000890940000067
gdtr: dw 47
    dd gdt
idtr: dw 0x6F
    dd idt
align 8, db 0
idt: times 13 dq 0
    dw protected - $$, 8, 0x8E00, 1`;
    const { values } = words('vmware', source, 3);
    expect(values).toEqual([6, 0x564d5868, 0x99]);
  });
});

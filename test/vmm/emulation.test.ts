import { describe, expect, it } from 'vitest';
import { isGuarded, type Row } from '../../src/isa/define.ts';
import { recordingOf, sizesOf } from '../../src/isa/record.ts';
import { ROWS } from '../../src/isa/rows/index.ts';
import type { HostedMachine } from '../../src/machine/hosted.ts';
import type { MmioHandler } from '../../src/memory/bus.ts';
import { host, image, say, text } from './build.ts';

const FOREVER = 20_000_000;
const RAM = 0x50000;
const DEVICE = 0x400000;
const RESULTS = 0xf0000;
const RESULT_BYTES = 0x40000;

/** Memory that is a device: every access to it is an EPT violation that the hypervisor has to emulate. */
class Registers implements MmioHandler {
  readonly bytes = new Uint8Array(4096);
  accesses = 0;
  private readonly view = new DataView(this.bytes.buffer);
  read(offset: number, size: 1 | 2 | 4): number {
    this.accesses++;
    return size === 1 ? this.view.getUint8(offset) : size === 2 ? this.view.getUint16(offset, true) : this.view.getUint32(offset, true);
  }
  write(offset: number, size: 1 | 2 | 4, value: number): void {
    this.accesses++;
    if (size === 1) this.view.setUint8(offset, value);
    else if (size === 2) this.view.setUint16(offset, value, true);
    else this.view.setUint32(offset, value, true);
  }
}

function start(program: string): { hosted: HostedMachine; device: Registers } {
  const hosted = host([image(program, {}, 2)], { ramMiB: 8 });
  const device = new Registers();
  hosted.vmm.vms[0].devices.windows.push({ base: DEVICE, size: 4096, handler: device });
  hosted.vmm.create({ image: 0, ramPages: 512 });
  hosted.machine.run(FOREVER);
  return { hosted, device };
}

/** One instruction with a memory operand, as bytes, for a given address. */
interface Case {
  readonly row: Row;
  readonly text: string;
  bytes(address: number): number[];
}

const EDGES = [0, 0xffffffff, 0x80000000, 0x7fffffff, 1, 0xff, 0xffff, 0x8080];

const CONTROL = /^(CALL|JMP|J|LOOP|RET|INT|ENTER|LEAVE|POPA|PUSHA|POP|PUSH|XLAT)/;

/** Every form with an operand in memory, of every row whose meaning is in its recording. */
function cases(): Case[] {
  const found: Case[] = [];
  for (const row of ROWS) {
    if (isGuarded(row) || CONTROL.test(row.mnemonic)) continue;
    if (sizesOf(row).some((size) => recordingOf(row, size).nodes.some((n) => n.word === 'system'))) continue;
    for (const [opcode, codes] of Object.entries(row.forms)) {
      if (/\b[EM][bwvd]|\bO[bv]/.test(codes)) found.push(...encodings(row, opcode, codes));
    }
  }
  return found;
}

function encodings(row: Row, opcode: string, codes: string): Case[] {
  const tokens = opcode.split(' ').filter((t) => t !== 'NP');
  const extension = tokens.find((t) => t.startsWith('/'));
  const head = tokens.filter((t) => !t.startsWith('/')).map((t) => Number.parseInt(t, 16));
  const isOffset = /\bO[bv]/.test(codes);
  const hasWide = /[GEIO][vz]|sIb/.test(codes);
  const make = (prefix: number[], reg: number): Case => {
    const immediates = codes
      .split(', ')
      .flatMap((code) => (code === 'Iz' ? (prefix.length ? [1, 2] : [3, 4]) : code === 'Ib' || code === 'sIb' ? [1] : []));
    const size = immediates.reduce((sum, n) => sum + n, 0) > 3 ? 4 : codes.includes('Iz') ? 2 : immediates.length;
    const immediate = [0x93, 0x27, 0x5a, 0x81].slice(0, size);
    return {
      row,
      text: `${prefix.length ? '66 ' : ''}${opcode} reg ${reg}`,
      bytes: (address) => [
        ...prefix,
        ...head,
        ...(isOffset ? [] : [(reg << 3) | 5]),
        ...[0, 8, 16, 24].map((shift) => (address >>> shift) & 0xff),
        ...immediate,
      ],
    };
  };
  const registers = extension === undefined && !isOffset ? [0, 3, 6] : [Number(extension?.[1] ?? 0)];
  return registers.flatMap((reg) => [make([], reg), ...(hasWide ? [make([0x66], reg)] : [])]);
}

/** Runs all cases at `address`, each with registers and flags of its own; their results lie below RESULTS. */
function programOf(all: readonly Case[], address: number, seed: number): string {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // Often one of the values at which carries and signs change.
    return (state & 0x700) === 0 ? EDGES[(state >>> 20) % EDGES.length] : (state ^ (state >>> 13)) >>> 0;
  };
  const lines = all.map((c) => {
    const isBit = c.row.mnemonic.startsWith('BT');
    const value = (): number => (isBit ? random() & 31 : random());
    return [
      `mov dword [${address}], ${random()}`,
      `mov dword [${address + 4}], ${random()}`,
      ...['eax', 'ecx', 'edx', 'ebx', 'ebp', 'esi', 'edi'].map((r) => `mov ${r}, ${value()}`),
      `push dword ${(random() & 0x8d5) | 2}`,
      'popfd',
      `db ${c.bytes(address).join(', ')}`,
      'pushfd',
      'pushad',
      `mov eax, [${address}]`,
      'push eax',
      `mov eax, [${address + 4}]`,
      'push eax',
    ].join('\n');
  });
  return `mov esp, ${RESULTS}\n${lines.join('\n')}\ncli\nhlt`;
}

/** Bytes of guest memory, through its EPT. */
function memory({ vmm, machine }: HostedMachine, from: number, size: number): number[] {
  const [vm] = vmm.vms;
  return Array.from({ length: size / 4 }, (_, i) => {
    const at = from + 4 * i;
    const frame = vm.ept.frameOf(at & ~0xfff);
    return frame < 0 ? 0 : machine.bus.read32(frame + (at & 0xfff)) >>> 0;
  });
}

const WORDS_PER_CASE = 11;

describe('an instruction that touches a device', () => {
  it.each([1, 2, 3])('does what it does to memory, in every form that has an operand there (values %i)', (seed) => {
    const all = cases();
    expect(all.length).toBeGreaterThan(200);
    const direct = start(programOf(all, RAM, seed));
    const emulated = start(programOf(all, DEVICE, seed));
    expect([direct.hosted.vmm.vms[0].stopReason, emulated.hosted.vmm.vms[0].stopReason]).toEqual(['halt', 'halt']);
    expect(emulated.device.accesses).toBeGreaterThan(all.length);
    const results = [direct, emulated].map(({ hosted }) => memory(hosted, RESULTS - RESULT_BYTES, RESULT_BYTES).reverse());
    all.forEach((c, n) => {
      const [a, b] = results.map((words) => words.slice(n * WORDS_PER_CASE, (n + 1) * WORDS_PER_CASE));
      expect(b, `${c.row.mnemonic} ${c.text}`).toEqual(a);
    });
  });

  it('moves strings to and from it, forwards, backwards, and longer than one exit takes', () => {
    const program = (at: number): string => `
    mov esp, 0x90000
    cld
    mov edi, ${at}
    mov ecx, 300
    mov al, 1
fill:
    mov [edi], al
    inc edi
    add al, 7
    loop fill
    mov esi, ${at}
    mov edi, ${at + 0x400}
    mov ecx, 150
    rep movsd
    mov esi, ${at + 0x80}
    mov edi, ${at + 0x881}
    std
    mov ecx, 33
    rep movsb
    cld
    mov edi, ${at + 0x900}
    mov eax, 0x11223344
    mov ecx, 70
    rep stosw
    mov edi, ${at}
    mov al, 0x8d
    mov ecx, 300
    repne scasb
    push ecx
    push edi
    mov esi, ${at}
    mov edi, ${at + 0x400}
    mov ecx, 1000
    repe cmpsb
    push ecx
    pushfd
    mov esi, ${at}
    lodsd
    push eax
    cli
    hlt`;
    const direct = start(program(RAM));
    const emulated = start(program(DEVICE));
    const bytes = memory(direct.hosted, RAM, 4096);
    expect([...new Uint32Array(emulated.device.bytes.buffer)]).toEqual(bytes);
    const stack = memory(direct.hosted, 0x90000 - 20, 20);
    expect(memory(emulated.hosted, 0x90000 - 20, 20).map((word, i) => (i === 3 ? word - DEVICE : word))).toEqual(
      stack.map((word, i) => (i === 3 ? word - RAM : word)),
    );
  });

  it('pushes and pops through it, calls and jumps by it', () => {
    const { hosted } = start(`
    mov esp, 0x90000
    mov dword [${DEVICE}], 0x1234
    push dword [${DEVICE}]
    pop dword [${DEVICE} + 8]
    mov eax, [${DEVICE} + 8]
    cmp eax, 0x1234
    jne bad
    mov dword [${DEVICE} + 16], routine
    call [${DEVICE} + 16]
    ${say('b')}
    mov dword [${DEVICE} + 16], ending
    jmp [${DEVICE} + 16]
bad: hlt
routine:
    ${say('a')}
    ret
ending:
    ${say('c')}
    cli
    hlt`);
    expect(text(hosted)).toBe('abc');
  });

  it('gives the guest its page fault where the other operand has none', () => {
    const { hosted } = start(`
    mov esp, 0x90000
    lidt [idtr]
    lgdt [gdtr]
    mov dword [0x80000], 0x00000083     ; 4 MiB, linear = physical
    mov dword [0x80004], 0x00400083
    mov eax, cr4
    or  eax, 16
    mov cr4, eax
    mov eax, 0x80000
    mov cr3, eax
    mov eax, cr0
    or  eax, 0x80010000
    mov cr0, eax
    mov dword [${DEVICE}], 77
    mov esi, ${DEVICE}
    mov edi, 0x900000                   ; not mapped
    cld
    movsd
    ${say('not here')}
    hlt
fault:
    mov eax, cr2
    cmp eax, 0x900000
    jne bad
    cmp dword [esp], 2
    jne bad
    ${say('#PF')}
bad: cli
    hlt
align 8, db 0
gdt: dq 0, 0x00CF9B000000FFFF
gdtr: dw 15
    dd gdt
idtr: dw 0x77
    dd idt
align 8, db 0
idt: times 14 dq 0
    dw fault - $$, 8, 0x8E00, 1
`);
    expect(text(hosted)).toBe('#PF');
  });

  it('is refused where only the processor can do it, and says where', () => {
    const { hosted } = start(`mov esp, 0x90000\ncmpxchg8b [${DEVICE} + 8]\nhlt`);
    const [vm] = hosted.vmm.vms;
    expect([vm.stopReason, vm.state.detail]).toEqual(['emulation', DEVICE + 8]);
  });
});

import { describe, expect, it } from 'vitest';
import type { DeviceSpec } from '../../src/machine/config.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { Snapshots } from '../../src/time/snapshot.ts';
import { Timeline } from '../../src/time/timeline.ts';
import { TRACE_EVENTS, TRACE_KIND } from '../../src/trace/schema.ts';
import { build, consoleText } from './build.ts';
import { APICS, IOMMU, LAPIC, PICS, program, READ_SECTOR, VIRTIO_PCI } from './drivers.ts';

const FOREVER = 10_000_000;
const FLAT = { load: 0x7c00, mode: 'protected' } as const;
const DISK: readonly DeviceSpec[] = [{ kind: 'block', bus: 'pci', contents: 'Pci' }];

/** A handler that shows `letter` and ends its interrupt at the local APIC. */
const handler = (letter: string, more = ''): string => `
handler:
    push eax
    mov  al, '${letter}'
    out  0xE9, al
    ${more}
    mov  dword [${LAPIC + 0xb0}], 0
    pop  eax
    iretd`;

const setGate = (vector: number): string => `
    mov  eax, ${vector}
    mov  edx, handler
    call gate`;

/** Three interrupts of the periodic APIC timer, 10,000 ticks apart. */
const APIC_TIMER = program(
  `${setGate(0x40)}
    call apic
    mov  dword [${LAPIC + 0x3e0}], 0x0B
    mov  dword [${LAPIC + 0x320}], 0x20040
    mov  dword [${LAPIC + 0x380}], 10000
    mov  ebp, 3
    sti
.wait:
    hlt
    dec  ebp
    jnz  .wait
    mov  dword [${LAPIC + 0x320}], 0x10040
    hlt
${handler('t')}`,
  APICS,
);

/** Sends back what comes in at COM1, interrupted through the I/O APIC. */
const APIC_UART = program(
  `${setGate(0x44)}
    call apic
    mov  eax, 4
    mov  edx, 0x44
    call route
    mov  dx, 0x3F9
    mov  al, 1
    out  dx, al
    mov  dx, 0x3FC
    mov  al, 0x0B
    out  dx, al
    sti
.wait:
    hlt
    jmp  .wait
${handler('<', "mov dx, 0x3F8\n in al, dx\n out dx, al\n mov al, '>'\n out 0xE9, al")}`,
  APICS,
);

/** Reads a sector of the disk at 00:01.0, told by MSI-X, and shows its first letter. */
const MSIX = program(
  `${setGate(0x51)}
    call apic
    call init
    mov  al, 0x51
    call msix
    xor  ecx, ecx
    mov  edx, 0x30000
    call queue
    call go
    call read
    sti
    hlt
    cli
    mov  al, [0x50100]
    out  0xE9, al
    hlt
${handler('m')}`,
  APICS,
  VIRTIO_PCI,
  READ_SECTOR,
);

/** The same, told by INTA at line 10 of the PIC, level-triggered: the handler must read the ISR. */
const INTX = program(
  `
    mov  ax, 0xFBFB
    call pics${setGate(0x2a)}
    call init
    mov  cx, -1
    mov  edx, 0x30000
    call queue
    call go
    call read
    sti
    hlt
    cli
    mov  al, [0x50100]
    out  0xE9, al
    hlt
handler:
    mov  al, [ebx + 0x1000]
    add  al, '0'
    out  0xE9, al
    mov  al, 0x20
    out  0xA0, al
    out  0x20, al
    iretd`,
  PICS,
  VIRTIO_PCI,
  READ_SECTOR,
);

/** The same, polled, behind an IOMMU whose tables map 0x30000 and 0x50000 only where \`isMapped\`. */
const behindIommu = (isMapped: boolean): string =>
  program(
    `
    mov  dword [0x10000], 0x11001
    mov  dword [0x11080], 0x12001
    mov  dword [0x11088], 0x100
    mov  dword [0x12000], 0x13003
    mov  dword [${0x13000 + 8 * 0x30}], 0x30003
    mov  dword [${0x13000 + 8 * 0x50}], ${isMapped ? '0x60003' : '0'}
    mov  dword [0x60000], 0
    mov  dword [${IOMMU + 0x20}], 0x10000
    mov  dword [${IOMMU + 0x18}], 0x40000000
    mov  dword [${IOMMU + 0x18}], 0x80000000
    call init
    mov  cx, -1
    mov  edx, 0x30000
    call queue
    call go
    call read
    mov  ecx, 20000
.wait:
    dec  ecx
    jnz  .wait
    mov  al, [0x60100]
    out  0xE9, al
    hlt`,
    VIRTIO_PCI,
    READ_SECTOR,
  );

function run(source: string, devices: readonly DeviceSpec[] = []): Machine {
  const machine = build(source, FLAT, { devices });
  machine.run(FOREVER);
  return machine;
}

/** Records of a kind, each as its arguments by name. */
function recorded(machine: Machine, name: 'dma' | 'iommuFault'): Record<string, number>[] {
  // What was done is frequent, and stands in the other ring.
  const { words } = (name === 'dma' ? machine.fine : machine.trace).read(0);
  const { args } = TRACE_EVENTS[TRACE_KIND[name] - 1];
  const found: Record<string, number>[] = [];
  for (let at = 0; at < words.length; at += 8) {
    if (words[at] === TRACE_KIND[name]) found.push(Object.fromEntries(args.map((arg, i) => [arg, words[at + 3 + i]])));
  }
  return found;
}

describe('the chipset of a machine', () => {
  it('interrupts by the APIC timer, for which a halted processor waits', () => {
    const machine = run(APIC_TIMER);
    expect([machine.stop, consoleText(machine)]).toEqual(['halt', 'ttt']);
    expect(machine.now()).toBeGreaterThan(30_000);
    expect(machine.now()).toBeLessThan(30_200);
    expect(machine.instructions).toBeLessThan(200);
  });

  it('routes the serial line through the I/O APIC', () => {
    const machine = run(APIC_UART);
    expect(machine.stop).toBe('halt');
    for (const letter of 'ab') {
      machine.applyInput({ tick: machine.now(), kind: 'com1', payload: new TextEncoder().encode(letter) });
      machine.run(machine.now() + FOREVER);
    }
    expect([machine.stop, consoleText(machine)]).toEqual(['halt', '<a><b>']);
  });

  it('has a disk on PCI that firmware has given its addresses, and that speaks by MSI-X', () => {
    const machine = run(MSIX, DISK);
    expect([machine.stop, consoleText(machine)]).toEqual(['halt', 'mP']);
    const { place, name } = machine.virtio[0];
    expect([name, place.bus === 'pci' && place.fn.interruptMode]).toEqual(['block-pci1', 'msix']);
  });

  it('carries INTA to the PIC, level-triggered', () => {
    const machine = run(INTX, DISK);
    expect([machine.stop, consoleText(machine)]).toEqual(['halt', '1P']);
  });

  it('moves DMA to where the tables of the IOMMU say', () => {
    const machine = run(behindIommu(true), DISK);
    expect([consoleText(machine), recorded(machine, 'iommuFault')]).toEqual(['P', []]);
    expect(machine.chipset.iommu?.state.iotlbMisses).toBeGreaterThan(0);
  });

  it('blocks DMA that the tables do not allow, and tells of it', () => {
    const machine = run(behindIommu(false), DISK);
    expect(consoleText(machine)).toBe('\0');
    const [fault] = recorded(machine, 'iommuFault');
    expect(fault).toMatchObject({ requester: 8, isWrite: 0, addressLow: 0x50000 });
    expect(machine.chipset.iommu?.faults.records).toMatchObject([{ requester: 8, address: 0x50000 }]);
  });

  it('records what DMA was done', () => {
    const machine = build(MSIX, FLAT, { devices: DISK });
    machine.run(FOREVER);
    expect(recorded(machine, 'dma')).toContainEqual({ requester: 8, operation: 1, addressLow: 0x50100, addressHigh: 0, size: 512 });
  });

  it('tells of the local APIC in CPUID and IA32_APIC_BASE, and lets it be switched off', () => {
    const machine = run(
      program(`
    mov  eax, 1
    cpuid
    mov  esi, edx
    mov  ecx, 0x1B
    rdmsr
    mov  edi, eax
    and  eax, ~0x800
    wrmsr
    mov  eax, 1
    cpuid
    mov  ebp, [${LAPIC + 0x30}]
    hlt`),
    );
    const { words } = machine.cpu;
    const [edx, ebp, esi, edi] = [words[2], words[5], words[6], words[7]];
    expect([(esi >> 9) & 1, edi >>> 0, (edx >> 9) & 1, ebp]).toEqual([1, 0xfee00900, 0, -1]);
  });
});

describe('machines with a chipset', () => {
  const PROGRAMS: readonly [string, string, readonly DeviceSpec[]][] = [
    ['APIC timer', APIC_TIMER, []],
    ['MSI-X', MSIX, DISK],
    ['INTx', INTX, DISK],
    ['IOMMU', behindIommu(true), DISK],
    ['blocked DMA', behindIommu(false), DISK],
  ];

  it.each(PROGRAMS)('go on from any instant to the same end: %s', (_name, source, devices) => {
    const machine = build(source, FLAT, { devices });
    const timeline = new Timeline(machine, { spacing: 50, fineSpacing: 8 });
    timeline.run(FOREVER);
    const end = machine.now();
    const hash = machine.hash();
    for (let i = 1; i < 8; i++) {
      timeline.seek(Math.floor((end * i) / 8));
      timeline.seek(end);
      expect(machine.hash()).toBe(hash);
    }
  });

  it.each(PROGRAMS)('go on in another machine: %s', (_name, source, devices) => {
    const first = build(source, FLAT, { devices });
    const whole = build(source, FLAT, { devices });
    whole.run(FOREVER);
    const instants = [...Array.from({ length: 12 }, (_, i) => 10 * i + 5), ...[1, 2, 3].map((i) => Math.floor((whole.now() * i) / 4))];
    for (const instant of instants.toSorted((a, b) => a - b)) {
      first.run(instant);
      const other = build(source, FLAT, { devices });
      new Snapshots(other).restore(new Snapshots(first).capture());
      expect(other.hash()).toBe(first.hash());
      other.run(FOREVER);
      expect(other.hash()).toBe(whole.hash());
    }
  });

  it('have parts with names of their own', () => {
    const devices: DeviceSpec[] = [
      ...(['console', 'block', 'network', 'entropy'] as const).map((kind) => ({ kind })),
      ...(['console', 'block', 'network', 'entropy'] as const).map((kind) => ({ kind, bus: 'pci' as const })),
      { kind: 'sriov-nic', vfs: 7 },
      { kind: 'sriov-nic', vfs: 2, behind: 'bridge' },
      { kind: 'npar-nic', shares: [{ min: 100, max: 100 }], behind: 'acs-bridge' },
    ];
    const machine = build('bits 32\norg 0x7C00\nhlt', FLAT, { devices });
    const ids = machine.parts.map(({ id }) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    for (const { bytes, layout } of machine.parts) expect(bytes.length).toBe(layout.size);
    expect(new Set(machine.virtio.map(({ name }) => name)).size).toBe(machine.virtio.length);
    expect(new Set(machine.virtio.map(({ number }) => number)).size).toBe(machine.virtio.length);
    expect(machine.virtio.length).toBe(4 + 4 + 8 + 3 + 1);
  });
});

describe('what firmware leaves', () => {
  it('is the pointer to the ACPI tables where software searches, and the tables themselves', () => {
    const { bus } = build('bits 32\norg 0x7C00\nhlt', FLAT, { devices: DISK });
    const text = (at: number, length: number): string => String.fromCharCode(...Array.from({ length }, (_, i) => bus.read8(at + i)));
    const found = Array.from({ length: 0x2000 }, (_, i) => 0xe0000 + 16 * i).filter((at) => text(at, 8) === 'RSD PTR ');
    expect(found.length).toBe(1);
    const rsdt = bus.read32(found[0] + 16);
    const count = (bus.read32(rsdt + 4) - 36) / 4;
    const names = Array.from({ length: count }, (_, i) => text(bus.read32(rsdt + 36 + 4 * i), 4));
    expect(names).toEqual(['FACP', 'APIC', 'MCFG', 'DMAR']);
  });

  it('gives way to a program that is loaded there', () => {
    const machine = build('bits 16\norg 0xF0000\nnop\nhlt', { load: 0xf0000, mode: 'real' });
    expect(machine.bus.read16(0xf0000)).toBe(0xf490);
  });

  it('is gone after a reset, and so is what the program did: the ROM begins anew', () => {
    const source = `
    bits 16
    org 0
start:
    mov dx, 0xCF8                   ; the command register of 00:01.0
    mov eax, 0x80000804
    out dx, eax
    mov dx, 0xCFC
    in  ax, dx
    out 0xE9, al
    mov al, 6
    out dx, ax
    mov al, 0xFE
    out 0x64, al
    times 0xFFF0 - ($ - $$) db 0
    jmp 0xF000:start
    times 0x10000 - ($ - $$) db 0`;
    const machine = build(source, { format: 'rom' }, { devices: DISK });
    machine.run(32);
    expect(consoleText(machine)).toBe('\0\0\0');
    machine.chipset.lapic.write(0x80, 4, 0x20);
    const tpr = (): number => machine.chipset.lapic.read(0x80, 4);
    expect(tpr()).toBe(0x20);
    machine.run(48);
    expect([tpr(), machine.chipset.lapic.letsThrough(0)]).toEqual([0, false]);
  });

  it('is nothing where a ROM is the firmware', () => {
    const rom = 'bits 16\norg 0\ntimes 0xFFF0 db 0\njmp 0xF000:0\ntimes 0x10000 - ($ - $$) db 0';
    const machine = build(rom, { format: 'rom' }, { devices: DISK });
    expect([machine.tables, machine.bus.read32(0xe0008010) & -16]).toEqual([[], 0]);
  });
});

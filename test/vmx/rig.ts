/** A CPU with VT-x and 2 MiB of RAM: no devices but one interrupt line. The host is in VMX root operation, flat and paged 1:1; it executes VMLAUNCH or VMRESUME,
 *  and halts when the guest exits. Guests are assembly. */
import * as w from '../../src/arch/cpu-state.ts';
import { FIELD, type VmcsFieldKey } from '../../src/arch/vmcs-fields.ts';
import { REVISION_ID } from '../../src/arch/vmx-capabilities.ts';
import { Cpu } from '../../src/cpu/cpu.ts';
import { CPU_SYSTEM_OPS } from '../../src/cpu/system-ops.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { Bus } from '../../src/memory/bus.ts';
import { Mmu } from '../../src/memory/mmu.ts';
import { Physical } from '../../src/memory/physical.ts';
import { Tlb, TLB_PROFILES } from '../../src/memory/tlb.ts';
import { Trace } from '../../src/trace/trace.ts';
import { VMX_SYSTEM_OPS } from '../../src/vmx/system-ops.ts';
import { Vmx } from '../../src/vmx/vmx.ts';
import { writeFields } from './breakers.ts';
import { type FieldValues, GOOD_VMCS, OTHER_VMCS, VMCS_REGION, VMXON_REGION } from './good-vmcs.ts';

export const GDT = 0x1000;
export const HOST_IDT = 0x2000;
export const PAGE_DIRECTORY = 0x4000;
export const HOST = 0x8000;
export const HANDLER = 0x9000;
export const HOST_FAULT = 0xa000;
export const GUEST_IDT = 0x11000;
/** The guest's handlers, 16 bytes each: push the vector, then HLT. */
export const GUEST_HANDLERS = 0x12000;
export const GUEST_STACK = 0x19000;
export const DATA = 0x1a000;
export const GUEST = 0x20000;
export const IO_BITMAPS = 0x30000;
export const MSR_BITMAP = 0x32000;
export const MSR_AREA = 0x33000;

const RAM = 2 << 20;

/** What was assembled before: most rigs run the same few lines. */
const assembled = new Map<string, { bytes: Uint8Array; symbols: Map<string, number> }>();

export class Rig {
  readonly physical = new Physical(RAM);
  readonly bus = new Bus(this.physical);
  readonly tlb = new Tlb(TLB_PROFILES.default);
  readonly trace = new Trace(1 << 10);
  readonly mmu = new Mmu(this.bus, this.tlb, this.trace);
  /** The interrupt line. */
  readonly interrupts = {
    asserted: false,
    vector: 0x20,
    acknowledged: 0,
    acknowledge: (): number => {
      this.interrupts.acknowledged++;
      this.interrupts.asserted = false;
      return this.interrupts.vector;
    },
  };
  /** Every port access, `out 3f8 55`. */
  readonly ports: string[] = [];
  readonly cpu: Cpu;
  readonly vmx: Vmx;

  constructor() {
    const io = {
      read: (port: number, size: number): number => {
        this.ports.push(`in${size} ${port.toString(16)}`);
        return 2 ** (8 * size) - 1;
      },
      write: (port: number, size: number, value: number): void => {
        this.ports.push(`out${size} ${port.toString(16)} ${value.toString(16)}`);
      },
    };
    this.cpu = new Cpu({ bus: this.bus, mmu: this.mmu, io, interrupts: this.interrupts, trace: this.trace });
    this.vmx = new Vmx(this.cpu);
    this.cpu.vmx = this.vmx;
    this.cpu.ops = { ...CPU_SYSTEM_OPS, ...VMX_SYSTEM_OPS };
    this.trace.clock = () => this.cpu.ticks;
    this.layMemory();
    this.startHost();
  }

  // Memory -------------------------------------------------------------------------------------------------------------------------------
  write(at: number, ...words: number[]): void {
    words.forEach((word, i) => this.bus.write32(at + 4 * i, word));
  }
  read(at: number): number {
    return this.bus.read32(at) >>> 0;
  }
  /** Assembles `source` to physical `at`; returns its symbols. */
  code(at: number, source: string, bits: 16 | 32 = 32): Map<string, number> {
    const key = `${at} ${bits} ${source}`;
    const { bytes, symbols } = assembled.get(key) ?? assemble(source, { bits, org: at });
    assembled.set(key, { bytes, symbols });
    bytes.forEach((byte, i) => this.bus.write8(at + i, byte));
    return symbols;
  }

  private layMemory(): void {
    for (let i = 0; i < 1024; i++) this.write(PAGE_DIRECTORY + 4 * i, (i << 22) | 0xe7);
    // null, code, data, host TSS, available TSS, guest TSS
    this.write(GDT, 0, 0, 0xffff, 0x00cf9b00, 0xffff, 0x00cf9300, 0x30000067, 0x00008b00, 0x28000067, 0x00008901, 0x20000067, 0x00008b01);
    for (let vector = 0; vector < 256; vector++) {
      this.gate(HOST_IDT, vector, HOST_FAULT);
      this.gate(GUEST_IDT, vector, GUEST_HANDLERS + 16 * vector);
      // push vector / hlt
      this.write(GUEST_HANDLERS + 16 * vector, 0x68 | (vector << 8), 0xf400);
    }
    this.code(HOST_FAULT, 'hlt');
    this.code(HANDLER, 'hlt');
  }

  /** A 32-bit interrupt gate. */
  gate(idt: number, vector: number, offset: number): void {
    this.write(idt + 8 * vector, 0x00080000 | (offset & 0xffff), (offset & 0xffff0000) | 0x8e00);
  }

  // The host -----------------------------------------------------------------------------------------------------------------------------
  /** Protected mode, 1:1 paging, VMX allowed by IA32_FEATURE_CONTROL, and VMX root operation with a clear, current VMCS. */
  startHost(): void {
    const { words } = this.cpu;
    const set: readonly (readonly [number, number])[] = [
      ...[w.ES, w.SS, w.DS, w.FS, w.GS].flatMap((s): [number, number][] => segment(s, 0x10, 0xc093)),
      ...segment(w.CS, 0x08, 0xc09b),
      ...segment(w.TR, 0x18, 0x8b, 0x3000, 0x67),
      ...segment(w.LDTR, 0, 0x10000),
      ...([
        [w.GDTR_BASE, GDT],
        [w.GDTR_LIMIT, 0x2f],
        [w.IDTR_BASE, HOST_IDT],
        [w.IDTR_LIMIT, 0x7ff],
      ] as const),
      ...([
        [w.CR0, 0x80000031 | 0],
        [w.CR3, PAGE_DIRECTORY],
        [w.CR4, 0x2010],
        [w.ESP, 0x28000],
        [w.EIP, HOST],
        [w.CPL, 0],
      ] as const),
      ...([
        [w.FEATURE_CONTROL, 5],
        [w.VMX_ON, 1],
        [w.VMXON_POINTER, VMXON_REGION],
        [w.VMCS_POINTER, VMCS_REGION],
      ] as const),
    ];
    for (const [word, value] of set) words[word] = value;
    this.cpu.setEflags(2);
    this.cpu.reloadDerived();
    for (const region of [VMXON_REGION, VMCS_REGION, OTHER_VMCS]) this.write(region, REVISION_ID);
  }

  /** Runs host code until it halts. The fault vector's handler halts too: then EIP is behind HOST_FAULT. */
  host(source: string): void {
    this.code(HOST, `${source}\nhlt`);
    this.cpu.words[w.EIP] = HOST;
    this.run();
  }

  /** Runs until the host halts, at most `ticks`. */
  run(ticks = 20_000): void {
    const { words } = this.cpu;
    words[w.ACTIVITY] = words[w.NON_ROOT] === 0 ? 0 : words[w.ACTIVITY];
    this.cpu.reloadDerived();
    const end = this.cpu.ticks + ticks;
    while (this.cpu.ticks < end) {
      const reason = this.cpu.run(end - this.cpu.ticks);
      if (reason === 'shutdown' || (reason === 'halted' && words[w.NON_ROOT] === 0)) return;
      if (reason === 'halted') this.cpu.advance(1);
    }
  }

  // The guest ----------------------------------------------------------------------------------------------------------------------------
  /** Puts `source` at GUEST and launches it with `fields` over the good VMCS; returns at the first exit or VMfail. */
  launch(source: string, fields: FieldValues = {}, ticks = 20_000): this {
    this.code(GUEST, source);
    this.vmcs({
      ...GOOD_VMCS,
      guestIdtrBase: GUEST_IDT,
      guestRip: GUEST,
      guestRsp: GUEST_STACK,
      hostRip: HANDLER,
      hostRsp: 0x28000,
      ...fields,
    });
    this.vmx.vmcs.launchState = 0;
    this.go('vmlaunch', ticks);
    return this;
  }
  resume(fields: FieldValues = {}, ticks = 20_000): this {
    this.vmcs(fields);
    this.go('vmresume', ticks);
    return this;
  }
  private go(mnemonic: string, ticks: number): void {
    this.code(HOST, `${mnemonic}\nhlt`);
    this.cpu.words[w.EIP] = HOST;
    this.run(ticks);
  }

  /** Sets fields of the current VMCS. */
  vmcs(fields: FieldValues): void {
    writeFields(fields, (encoding, value) => this.vmx.vmcs.set(encoding, value));
  }
  /** A field of the current VMCS, unsigned; the low word of a 64-bit one. */
  field(key: VmcsFieldKey): number {
    return this.vmx.vmcs.get(FIELD[key]) >>> 0;
  }
  high(key: VmcsFieldKey): number {
    return this.vmx.vmcs.get(FIELD[key] + 1) >>> 0;
  }

  // What came of it ------------------------------------------------------------------------------------------------------------------------
  get reason(): number {
    return this.field('exitReason');
  }
  get qualification(): number {
    return this.field('exitQualification');
  }
  /** Guest RIP as an offset in the guest's code. */
  get rip(): number {
    return this.field('guestRip') - GUEST;
  }
  /** Whether the host came to its exit handler. */
  get hasExited(): boolean {
    return this.cpu.words[w.EIP] === HANDLER + 1 && this.cpu.words[w.NON_ROOT] === 0;
  }
  /** Vector of the guest's handler that was reached, and its frame: [error code,] EIP, CS, EFLAGS. */
  handled(): { vector: number; frame: number[] } {
    const stack = this.field('guestRsp');
    const frame = [];
    for (let at = stack + 4; at < GUEST_STACK; at += 4) frame.push(this.read(at));
    return { vector: this.read(stack), frame };
  }
  register(word: number): number {
    return this.cpu.words[word] >>> 0;
  }
  /** Outcome of the VMX instruction that the host executed last, by the flags. */
  get outcome(): string {
    const flags = this.cpu.eflags();
    if (flags & 1) return 'VMfailInvalid';
    return flags & 0x40 ? `VMfailValid ${this.field('vmInstructionError')}` : 'VMsucceed';
  }
  /** Vector of the exception at which the host's code ended, or null. */
  get hostFaulted(): boolean {
    return this.cpu.words[w.EIP] === HOST_FAULT + 1;
  }
}

function segment(word: number, selector: number, rights: number, base = 0, limit = -1): [number, number][] {
  return [
    [word + w.SELECTOR, selector],
    [word + w.BASE, base],
    [word + w.LIMIT, limit],
    [word + w.RIGHTS, rights],
  ];
}

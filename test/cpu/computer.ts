import * as words from '../../src/arch/cpu-state.ts';
import { packDescriptor } from '../../src/arch/descriptors.ts';
import { Cpu, type StopReason } from '../../src/cpu/cpu.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { Bus } from '../../src/memory/bus.ts';
import { Mmu } from '../../src/memory/mmu.ts';
import { Physical } from '../../src/memory/physical.ts';
import { TLB_PROFILES, Tlb, type TlbProfile } from '../../src/memory/tlb.ts';
import { Trace } from '../../src/trace/trace.ts';

// Where things lie in the computers of these tests.
export const GDT = 0x1000;
export const IDT = 0x2000;
/** Handler of vector n: HLT at `HANDLERS + 16 * n`. */
export const HANDLERS = 0x3000;
export const TSS = 0x4000;
export const DIRECTORY = 0x5000;
export const TABLE = 0x6000;
export const STACK0 = 0x9000;
export const STACK1 = 0xa000;
export const STACK3 = 0xb000;
export const DATA = 0xc000;
export const CODE = 0x10000;
const RAM = 0x100000;

// Selectors.
export const CODE0 = 0x08;
export const DATA0 = 0x10;
export const CODE3 = 0x1b;
export const DATA3 = 0x23;
export const TSS_SELECTOR = 0x28;
export const CODE16 = 0x30;
export const DATA16 = 0x38;
export const CODE1 = 0x41;
export const DATA1 = 0x49;
export const CONFORMING = 0x50;
/** First of the selectors that a test fills itself. */
export const FREE = 0x60;

/** `equ`s for the sources. */
const NAMES = {
  ...{ GDT, IDT, TSS, STACK0, STACK1, STACK3, DATA, CODE },
  ...{ CODE0, DATA0, CODE3, DATA3, CODE16, DATA16, CODE1, DATA1, CONFORMING },
};

/** Access rights, VMCS format. */
export const RIGHTS = { code32: 0xc09b, data32: 0xc093, code16: 0x009b, data16: 0x0093, tss: 0x0089, ldt: 0x0082 };
export const dpl = (level: number) => level << 5;

/** A CPU, an MMU and 1 MiB of RAM. Bytes written to port 0xE9 are kept. */
export class Computer {
  readonly physical = new Physical(RAM);
  readonly bus = new Bus(this.physical);
  readonly trace = new Trace(256);
  readonly tlb: Tlb;
  readonly mmu: Mmu;
  readonly pins = { asserted: false, vector: 0x30, acknowledge: () => this.acknowledge() };
  readonly written: { port: number; size: number; value: number }[] = [];
  /** What IN reads, by port. */
  readonly ports = new Map<number, number>();
  /** Vectors on their way through the IDT, in order. */
  readonly events: number[] = [];
  readonly cpu: Cpu;

  constructor(profile: TlbProfile = TLB_PROFILES.default) {
    this.tlb = new Tlb(profile);
    this.mmu = new Mmu(this.bus, this.tlb, this.trace);
    const io = {
      read: (port: number, size: number) => this.ports.get(port) ?? 2 ** (8 * size) - 1,
      write: (port: number, size: number, value: number) => void this.written.push({ port, size, value }),
    };
    this.cpu = new Cpu({ bus: this.bus, mmu: this.mmu, io, interrupts: this.pins, trace: this.trace });
    this.cpu.probe = { event: (event) => void this.events.push(event.vector) };
  }

  private acknowledge(): number {
    this.pins.asserted = false;
    return this.pins.vector;
  }

  interrupt(vector: number): void {
    this.pins.vector = vector;
    this.pins.asserted = true;
    this.cpu.recheckEvents();
  }

  /** Assembles `source` at `origin` into RAM; its labels. */
  load(source: string, origin = CODE, bits: 16 | 32 = 32): Map<string, number> {
    const { bytes, symbols } = assemble(source, { bits, org: origin, defines: NAMES });
    this.poke(origin, bytes);
    return symbols;
  }

  poke(at: number, bytes: ArrayLike<number>): void {
    for (let i = 0; i < bytes.length; i++) this.bus.write8(at + i, bytes[i]);
  }
  poke32(at: number, ...values: number[]): void {
    values.forEach((v, i) => this.bus.write32(at + 4 * i, v));
  }
  peek32(at: number): number {
    return this.bus.read32(at) >>> 0;
  }
  peek16(at: number): number {
    return this.bus.read16(at) & 0xffff;
  }
  peek8(at: number): number {
    return this.bus.read8(at) & 0xff;
  }

  get(word: number): number {
    return this.cpu.words[word] >>> 0;
  }
  set(word: number, value: number): void {
    this.cpu.words[word] = value;
  }

  /** Runs to HLT or shutdown; more than `most` ticks are a failure. */
  run(most = 100_000): StopReason {
    return this.cpu.run(most);
  }

  /** The vector whose handler the CPU halted in, -1 for none. */
  get vector(): number {
    const at = this.get(words.EIP) - HANDLERS;
    return at >= 0 && at < 16 * 256 && this.cpu.words[words.ACTIVITY] === 1 ? at >> 4 : -1;
  }

  /** Dword number n on the present stack. */
  stack(n = 0): number {
    return this.peek32(this.get(words.SS + words.BASE) + this.get(words.ESP) + 4 * n);
  }

  descriptor(selector: number, base: number, limit: number, rights: number): void {
    this.poke32(GDT + (selector & 0xfff8), ...packDescriptor(base, limit, rights));
  }

  /** A gate in the GDT, or with `table` in the IDT (then `selector` is 8 x vector). */
  gate(selector: number, target: number, offset: number, rights: number, table = GDT): void {
    const at = table + (selector & 0xfff8);
    this.poke32(at, (target << 16) | (offset & 0xffff), (offset & 0xffff0000) | (rights << 8));
  }
}

/** A computer in 32-bit protected mode, CPL 0, flat, `source` at CODE, every vector's handler a HLT at CPL 0, interrupts off. */
export function protectedMode(source: string, profile?: TlbProfile): Computer {
  const c = new Computer(profile);
  c.load(source);
  c.descriptor(CODE0, 0, -1, RIGHTS.code32);
  c.descriptor(DATA0, 0, -1, RIGHTS.data32);
  c.descriptor(CODE3, 0, -1, RIGHTS.code32 | dpl(3));
  c.descriptor(DATA3, 0, -1, RIGHTS.data32 | dpl(3));
  c.descriptor(TSS_SELECTOR, TSS, 0x67, RIGHTS.tss);
  c.descriptor(CODE16, 0, 0xffff, RIGHTS.code16);
  c.descriptor(DATA16, 0, 0xffff, RIGHTS.data16);
  c.descriptor(CODE1, 0, -1, RIGHTS.code32 | dpl(1));
  c.descriptor(DATA1, 0, -1, RIGHTS.data32 | dpl(1));
  c.descriptor(CONFORMING, 0, -1, RIGHTS.code32 | 4);
  for (let vector = 0; vector < 256; vector++) {
    c.gate(8 * vector, CODE0, HANDLERS + 16 * vector, 0x8e, IDT);
    c.poke(HANDLERS + 16 * vector, [0xf4]);
  }
  c.poke32(TSS + 4, STACK0, DATA0, STACK1, DATA1);
  c.poke(TSS + 102, [0x68, 0]);
  enter(c);
  return c;
}

function enter(c: Computer): void {
  const w = c.cpu.words;
  for (const at of [words.ES, words.CS, words.SS, words.DS, words.FS, words.GS]) {
    w[at] = at === words.CS ? CODE0 : DATA0;
    w[at + words.BASE] = 0;
    w[at + words.LIMIT] = -1;
    w[at + words.RIGHTS] = at === words.CS ? RIGHTS.code32 : RIGHTS.data32;
  }
  w[words.TR] = TSS_SELECTOR;
  w[words.TR + words.BASE] = TSS;
  w[words.TR + words.LIMIT] = 0x67;
  w[words.TR + words.RIGHTS] = 0x8b;
  w[words.LDTR + words.RIGHTS] = 0x10000;
  w[words.GDTR_BASE] = GDT;
  w[words.GDTR_LIMIT] = 0x7ff;
  w[words.IDTR_BASE] = IDT;
  w[words.IDTR_LIMIT] = 0x7ff;
  w[words.CR0] = 0x11;
  w[words.ESP] = STACK0;
  w[words.EIP] = CODE;
  c.cpu.reloadDerived();
}

/** The same at CPL 3: the source runs after an IRET to it. */
export function userMode(source: string, eflags = 0x202, profile?: TlbProfile): Computer {
  const c = protectedMode('', profile);
  const start = 0x8000;
  c.load(
    `mov ax, DATA3\nmov ds, ax\nmov es, ax\nmov fs, ax\nmov gs, ax\npush dword DATA3\npush dword STACK3\npush dword ${eflags}
    push dword CODE3\npush dword CODE\niret`,
    start,
  );
  c.load(source);
  c.set(words.EIP, start);
  c.cpu.run(11);
  return c;
}

/** Turns paging on: linear = physical for the first MiB, all of it writable by all; the tests change entries at `TABLE`. */
export function withPaging(c: Computer): Computer {
  for (let page = 0; page < RAM >> 12; page++) c.poke32(TABLE + 4 * page, (page << 12) | 7);
  c.poke32(DIRECTORY, TABLE | 7);
  c.cpu.writeCr3(DIRECTORY);
  c.cpu.writeCr0(0x80010011 | 0);
  return c;
}

/** A computer in real-address mode, `source` at 0000:7C00, every vector's handler a HLT in segment 0. */
export function realMode(source: string): Computer {
  const c = new Computer();
  c.load(source, 0x7c00, 16);
  for (let vector = 0; vector < 256; vector++) {
    c.poke32(4 * vector, HANDLERS + 16 * vector);
    c.poke(HANDLERS + 16 * vector, [0xf4]);
  }
  const w = c.cpu.words;
  w[words.CS] = 0;
  w[words.CS + words.BASE] = 0;
  w[words.IDTR_LIMIT] = 0x3ff;
  w[words.ESP] = STACK0;
  w[words.EIP] = 0x7c00;
  c.cpu.reloadDerived();
  return c;
}

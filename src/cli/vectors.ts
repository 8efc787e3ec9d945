/** Instruction vectors: one JSON object a line says what the registers and a few bytes of memory are before and after one instruction, as a real processor
 *  left them. A CPU, an MMU and a little RAM run each; no machine, no devices. */
import * as words from '../arch/cpu-state.ts';
import { EFLAGS_RF } from '../arch/eflags.ts';
import { CR0_ET, CR0_PE, CR0_PG, CR0_WP, PTE_A, PTE_D, PTE_P, PTE_U, PTE_W } from '../arch/paging.ts';
import { GlassError } from '../base/errors.ts';
import { Cpu } from '../cpu/cpu.ts';
import { Bus } from '../memory/bus.ts';
import { Mmu } from '../memory/mmu.ts';
import { Physical } from '../memory/physical.ts';
import { Tlb } from '../memory/tlb.ts';
import { Trace } from '../trace/trace.ts';

/** One vector. The keys are the format's. */
export interface Vector {
  /** Mnemonic. */
  readonly n: string;
  /** The instruction's bytes, hexadecimal. */
  readonly b: string;
  /** Before: EAX ECX EDX EBX ESP EBP ESI EDI EFLAGS. */
  readonly r: readonly number[];
  /** Seed of the memory before. */
  readonly m: number;
  /** After: registers that changed, by index as in `r`. */
  readonly R: Readonly<Record<string, number>>;
  /** After: bytes that changed, by offset from 0x20000000. */
  readonly M: Readonly<Record<string, number>>;
  /** EFLAGS bits that are undefined here. */
  readonly u?: number;
  /** Exception vector. */
  readonly f?: number;
}

export interface VectorOptions {
  /** Receives each of the first mismatches, in full. */
  readonly report: (text: string) => void;
  /** How many are reported; 10 unless told. */
  readonly reports?: number;
  /** Name of the source, for messages about bad lines. */
  readonly name?: string;
}

export interface VectorResult {
  readonly passed: number;
  readonly failed: number;
}

/** Runs every line. Throws GlassError `bad-vector` for a line that is none. */
export async function runVectors(lines: Iterable<string> | AsyncIterable<string>, options: VectorOptions): Promise<VectorResult> {
  const bench = new VectorBench();
  let passed = 0;
  let failed = 0;
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === '') continue;
    const vector = parseVector(line, `${options.name ?? 'input'}, line ${number}`);
    const mismatches = bench.run(vector);
    if (mismatches.length === 0) passed++;
    else if (failed++ < (options.reports ?? 10)) options.report([`line ${number}: ${vector.n} ${vector.b}`, ...mismatches].join('\n  '));
  }
  return { passed, failed };
}

/** Reads a line. Throws GlassError `bad-vector` that says `where` and why. */
export function parseVector(line: string, where: string): Vector {
  const bad = (why: string): never => {
    throw new GlassError(
      'bad-vector',
      `${where}: ${why}.`,
      'Each line must be one JSON object with the keys n, b, r, m, R, M and maybe u, f.',
    );
  };
  let value: Partial<Record<keyof Vector, unknown>> | null = null;
  try {
    value = JSON.parse(line);
  } catch {
    bad('not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('not a JSON object');
  if (typeof value.n !== 'string') bad('"n" is not a mnemonic');
  if (typeof value.b !== 'string' || !/^([0-9a-fA-F]{2}){1,15}$/.test(value.b)) bad('"b" is not 1 to 15 bytes in hexadecimal');
  if (!Array.isArray(value.r) || value.r.length !== 9 || !value.r.every(isWord)) bad('"r" is not nine 32-bit numbers');
  if (!isWord(value.m)) bad('"m" is not a 32-bit number');
  if (!isChanges(value.R, 8, 0xffff_ffff)) bad('"R" is not a set of register changes');
  if (!isChanges(value.M, DATA_SIZE - 1, 0xff)) bad('"M" is not a set of byte changes');
  if (value.u !== undefined && !isWord(value.u)) bad('"u" is not a mask');
  if (value.f !== undefined && !(isWord(value.f) && value.f < 32)) bad('"f" is not an exception vector');
  return value as unknown as Vector;
}

function isWord(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff;
}

function isChanges(value: unknown, lastKey: number, lastValue: number): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([k, v]) => /^\d+$/.test(k) && Number(k) <= lastKey && isWord(v) && v <= lastValue);
}

// Linear addresses of the format, and where they lie in our RAM.
const CODE = 0x1000_0000;
const DATA = 0x2000_0000;
const DATA_SIZE = 0x2000;
const DIRECTORY = 0x1000;
const CODE_TABLE = 0x2000;
const DATA_TABLE = 0x3000;
const CODE_PAGE = 0x4000;
const DATA_PAGE = 0x6000;
const RAM = 0x10000;
/** The two windows of 64 dwords that the seed fills. */
const WINDOWS = [0, 0xe80];
const WINDOW_WORDS = 64;

const NAMES = [...words.GENERAL_REGISTERS, 'EFLAGS'];
/** REP with a count of at most 15, or a count of 2^32 that faults soon. */
const MOST_TICKS = 64;

const NO_PORTS = { read: () => -1, write: () => {} };
const NO_INTERRUPTS = { asserted: false, acknowledge: () => 0 };

/** A processor in 32-bit protected mode: flat segments, CPL 3, a page of code, two of data. */
export class VectorBench {
  private readonly physical = new Physical(RAM);
  private readonly cpu: Cpu;
  private readonly before = new Uint8Array(DATA_SIZE);
  private event = -1;

  constructor() {
    const bus = new Bus(this.physical);
    const trace = new Trace(16);
    const mmu = new Mmu(bus, new Tlb(), trace);
    this.cpu = new Cpu({ bus, mmu, trace, io: NO_PORTS, interrupts: NO_INTERRUPTS });
    this.cpu.probe = {
      event: (event) => {
        if (this.event < 0) this.event = event.vector;
      },
    };
    this.map(bus);
    this.enterUserMode();
  }

  /** Runs one vector; the result says what differs, a line each, and is empty if nothing does. */
  run(vector: Vector): string[] {
    this.prepare(vector);
    const { cpu } = this;
    this.event = -1;
    for (let i = 0; i < MOST_TICKS && this.event < 0 && cpu.words[words.EIP] === CODE; i++) cpu.step();
    const mismatches = [...this.compareRegisters(vector), ...this.compareMemory(vector)];
    const [expected, actual] = [vector.f ?? -1, this.event];
    if (expected !== actual) mismatches.unshift(`exception ${nameOf(actual)}, expected ${nameOf(expected)}`);
    return mismatches;
  }

  private map(bus: Bus): void {
    const rights = PTE_P | PTE_W | PTE_U | PTE_A;
    bus.write32(DIRECTORY + 4 * (CODE >>> 22), CODE_TABLE | rights);
    bus.write32(DIRECTORY + 4 * (DATA >>> 22), DATA_TABLE | rights);
    bus.write32(CODE_TABLE, CODE_PAGE | rights | PTE_D);
    bus.write32(DATA_TABLE, DATA_PAGE | rights | PTE_D);
    bus.write32(DATA_TABLE + 4, (DATA_PAGE + 0x1000) | rights | PTE_D);
  }

  private enterUserMode(): void {
    const w = this.cpu.words;
    for (let segment = words.ES; segment <= words.GS; segment += 4) {
      w[segment + words.SELECTOR] = segment === words.CS ? 0x23 : 0x2b;
      w[segment + words.BASE] = 0;
      w[segment + words.LIMIT] = -1;
      w[segment + words.RIGHTS] = segment === words.CS ? 0xc0fb : 0xc0f3;
    }
    w[words.CPL] = 3;
    w[words.CR0] = CR0_PE | CR0_PG | CR0_WP | CR0_ET;
    w[words.CR3] = DIRECTORY;
    // An empty IDT: what an exception leads to does not matter once it was seen.
    w[words.IDTR_LIMIT] = 0;
    this.cpu.reloadDerived();
  }

  private prepare(vector: Vector): void {
    const { cpu, physical } = this;
    const code = Uint8Array.from(vector.b.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
    physical.markWritten(CODE_PAGE >>> 12);
    physical.ram8.set(code, CODE_PAGE);
    physical.ram8.fill(0, DATA_PAGE, DATA_PAGE + DATA_SIZE);
    let w = vector.m | 0;
    for (const window of WINDOWS) {
      for (let i = 0; i < WINDOW_WORDS; i++) {
        w ^= w << 13;
        w ^= w >>> 17;
        w ^= w << 5;
        physical.ram32[(DATA_PAGE + window + 4 * i) >> 2] = w;
      }
    }
    this.before.set(physical.ram8.subarray(DATA_PAGE, DATA_PAGE + DATA_SIZE));
    for (let i = 0; i < 8; i++) cpu.words[i] = vector.r[i];
    cpu.setEflags(vector.r[8]);
    cpu.words[words.ACTIVITY] = 0;
    cpu.words[words.INTERRUPTIBILITY] = 0;
    cpu.setEip(CODE);
  }

  private compareRegisters(vector: Vector): string[] {
    const w = this.cpu.words;
    const mismatches: string[] = [];
    for (let i = 0; i < 8; i++) {
      const expected = vector.R[i] ?? vector.r[i];
      if (w[i] >>> 0 !== expected) mismatches.push(`${NAMES[i]} = ${hex(w[i])}, expected ${hex(expected)}, before ${hex(vector.r[i])}`);
    }
    if (vector.f !== undefined) return mismatches;
    const compared = ~((vector.u ?? 0) | EFLAGS_RF);
    const expected = vector.R[8] ?? vector.r[8];
    const wrong = (this.cpu.eflags() ^ expected) & compared;
    if (wrong !== 0) {
      mismatches.push(
        `EFLAGS = ${hex(this.cpu.eflags())}, expected ${hex(expected)}, before ${hex(vector.r[8])}: wrong bits ${hex(wrong)}`,
      );
    }
    return mismatches;
  }

  private compareMemory(vector: Vector): string[] {
    const mismatches: string[] = [];
    for (const window of WINDOWS) {
      for (let at = window; at < window + 4 * WINDOW_WORDS; at++) {
        const actual = this.physical.ram8[DATA_PAGE + at];
        const expected = vector.M[at] ?? this.before[at];
        if (actual !== expected) {
          mismatches.push(`byte at ${hex(DATA + at)} = ${hex(actual)}, expected ${hex(expected)}, before ${hex(this.before[at])}`);
        }
      }
    }
    return mismatches;
  }
}

function nameOf(vector: number): string {
  return vector < 0 ? 'none' : `${vector}`;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

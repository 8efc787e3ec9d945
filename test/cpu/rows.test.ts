import { describe, expect, test } from 'vitest';
import * as words from '../../src/arch/cpu-state.ts';
import { EFLAGS_RF } from '../../src/arch/eflags.ts';
import { HARDWARE_EXCEPTION } from '../../src/cpu/ports.ts';
import { decode } from '../../src/isa/decode.ts';
import { INVALID } from '../../src/isa/insn.ts';
import { FORMS, type Form } from '../../src/isa/opcode.ts';
import { randomNumbers } from '../isa/random-code.ts';
import { CODE, type Computer, DATA, DATA3, STACK3, TABLE, userMode, withPaging } from './computer.ts';

/** A byte string of `form` with random rest; its ModRM addresses `[edi + disp8]`, or a register. */
function bytesOf(form: Form, next: () => number, isMemory: boolean): number[] {
  const { mandatoryPrefix, bytes, plusRegister, extension, modrmByte } = form.opcode;
  const out: number[] = typeof mandatoryPrefix === 'number' ? [mandatoryPrefix] : [];
  if (mandatoryPrefix === 'none-required' && next() & 1) out.push(0x66);
  out.push(...bytes);
  if (plusRegister) out[out.length - 1] |= next() & 7;
  if (modrmByte >= 0) out.push(modrmByte);
  else if (form.hasModrm) {
    const reg = extension >= 0 ? extension : next() & 7;
    out.push(isMemory ? 0x47 | (reg << 3) : 0xc0 | (reg << 3) | (next() & 7));
  }
  while (out.length < 15) out.push(next() & 0x7f);
  return out;
}

/** Where nothing is mapped, or only the first of two pages, or only for reading. */
const HOLE = 0x40000;
const EDGE = HOLE - 3;
const READ_ONLY = 0x50100;
/** Ends of the stack: pushes fault, pops fault. */
const STACKS = [STACK3, HOLE, HOLE + 0x1000, HOLE - 6];
const PLACES = [DATA + 0x100, HOLE + 0x100, EDGE, READ_ONLY, EDGE - 0x20];

/** A computer at CPL 3, IOPL 3, whose first exception shuts it down. */
function makeBench(): Computer {
  const c = withPaging(userMode('', 0x3002));
  c.poke32(TABLE + 4 * (HOLE >> 12), 0);
  c.poke32(TABLE + 4 * (READ_ONLY >> 12), (READ_ONLY & ~0xfff) | 5);
  c.set(words.IDTR_LIMIT, 0);
  return c;
}

const MEMORY_END = 0x60000;
const saved = new Uint8Array(MEMORY_END - DATA);

interface Outcome {
  /** The first exception; -1 for none, or a software interrupt. */
  readonly fault: number;
  readonly changedWords: string[];
  readonly isMemoryChanged: boolean;
  readonly eflagsBefore: number;
  readonly eflagsAfter: number;
}

/** Words that a fault may change: CR2, and what shutdown and the clock do. */
const MAY_CHANGE = [words.CR2, words.ACTIVITY, words.TICKS_LO, words.TICKS_HI];

function runOne(c: Computer, code: number[], next: () => number): Outcome {
  c.poke(CODE, code);
  for (let n = 0; n < 8; n++) c.set(n, next());
  c.set(words.EDI, PLACES[next() % PLACES.length]);
  c.set(words.ESI, PLACES[next() % PLACES.length]);
  c.set(words.EBP, PLACES[next() % PLACES.length]);
  c.set(words.ESP, STACKS[next() % STACKS.length]);
  if (next() & 1) c.set(words.EAX, DATA3);
  for (let at = DATA; at < DATA + 0x200; at += 4) c.physical.ram32[at >> 2] = next() & 1 ? DATA3 : next();
  c.cpu.setEflags((next() & 0xcd5) | 0x3002);
  c.set(words.ACTIVITY, 0);
  c.cpu.setEip(CODE);
  let fault = -2;
  c.cpu.probe = { event: (event) => void (fault = fault > -2 ? fault : event.type === HARDWARE_EXCEPTION ? event.vector : -1) };
  const before = c.cpu.words.slice(0, words.CPU_WORDS);
  const memory = c.physical.ram8.subarray(DATA, MEMORY_END);
  saved.set(memory);
  const eflagsBefore = c.cpu.eflags();
  c.cpu.run(1);
  const after = c.cpu.words.slice(0, words.CPU_WORDS);
  after[words.EFLAGS] &= ~EFLAGS_RF;
  for (const word of MAY_CHANGE) after[word] = before[word];
  const changedWords = words.CPU_WORD_NAMES.filter((_, word) => before[word] !== after[word]);
  const isMemoryChanged = Buffer.compare(saved, memory) !== 0;
  return { fault: Math.max(fault, -1), changedWords, isMemoryChanged, eflagsBefore, eflagsAfter: c.cpu.eflags() };
}

const CASES: readonly (readonly [string, Form])[] = FORMS.map((form) => [`${form.row.mnemonic} ${form.text}`, form]);
/** Runs of each form at least, and until every flag claimed was seen to change. */
const LEAST_RUNS = 40;
const MOST_RUNS = 1000;
const FLAG_BITS: Record<string, number> = { O: 0x800, S: 0x80, Z: 0x40, A: 0x10, P: 4, C: 1, D: 0x400, I: 0x200 };
const maskOf = (letters: string) => [...letters].reduce((mask, letter) => mask | FLAG_BITS[letter], 0);
/** Instructions that replace EFLAGS whole, or that need VT-x or more privilege to get as far as the flags. */
const OTHER_FLAGS = ['POPF', 'IRET', 'STI', 'CLI', 'VM', 'INV', 'RSM', 'SYSENTER'];

describe('every row, really run', () => {
  const c = makeBench();
  const next = randomNumbers(2024);

  test.each(CASES)('%s: a fault changes nothing but CR2, and the flags written are those claimed', (name, form) => {
    const { writes = '', undefines = '', mnemonic } = form.row;
    const hasOtherFlags = OTHER_FLAGS.some((m) => mnemonic.startsWith(m));
    const mayWrite = maskOf(writes + undefines);
    let unseen = hasOtherFlags ? 0 : maskOf(writes);
    for (let i = 0; i < LEAST_RUNS || (unseen !== 0 && i < MOST_RUNS); i++) {
      const code = bytesOf(form, next, i % 4 !== 3);
      const insn = decode(Uint8Array.from(code), 0, 32);
      if (insn === null || insn.flags & INVALID || insn.row !== form.row) continue;
      const outcome = runOne(c, code, next);
      const where = `${name}: ${code
        .slice(0, insn.length)
        .map((b) => b.toString(16))
        .join(' ')}`;
      if (outcome.fault >= 0) {
        expect(outcome.changedWords, where).toEqual([]);
        expect(outcome.isMemoryChanged, where).toBe(false);
      } else if (!hasOtherFlags) {
        const changed = (outcome.eflagsBefore ^ outcome.eflagsAfter) & ~EFLAGS_RF;
        expect(changed & ~mayWrite, where).toBe(0);
        unseen &= ~changed;
      }
      restore(c);
    }
    expect(unseen, 'flags that were claimed and never changed').toBe(0);
  });
});

/** Instructions may have loaded segment registers. */
function restore(c: Computer): void {
  if (FLAT_SEGMENTS.every((segment) => c.cpu.words[segment] === DATA3)) return;
  for (const segment of FLAT_SEGMENTS) {
    for (const [i, value] of [DATA3, 0, -1, 0xc0f3].entries()) c.cpu.words[segment + i] = value;
  }
  c.cpu.reloadDerived();
}

const FLAT_SEGMENTS = [words.ES, words.SS, words.DS, words.FS, words.GS];

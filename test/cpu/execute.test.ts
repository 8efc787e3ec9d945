import { describe, expect, test } from 'vitest';
import * as words from '../../src/arch/cpu-state.ts';
import { EA } from '../../src/cpu/derived.ts';
import { decode } from '../../src/isa/decode.ts';
import { INVALID, MEMORY, REPEATS } from '../../src/isa/insn.ts';
import { FORMS, type Form } from '../../src/isa/opcode.ts';
import { recordingOf, sizesOf } from '../../src/isa/record.ts';
import type { Size } from '../../src/isa/semantics.ts';
import { evaluate, testMachine } from '../isa/evaluate.ts';
import { randomNumbers } from '../isa/random-code.ts';
import { CODE, type Computer, protectedMode } from './computer.ts';

const SPACE = 0x10000;
const EDGES = [0, 1, -1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, -0x80000000, 31, 32, 33];
const NAMES = [...words.GENERAL_REGISTERS, 'EIP', 'EFLAGS'];

/** Rows that are expressions: what `system` functions do has tests of its own. */
const CASES = FORMS.filter(({ row }) =>
  sizesOf(row).every((size) => recordingOf(row, size).nodes.every((node) => node.word !== 'system')),
).map((form) => [`${form.row.mnemonic} ${form.text}`, form] as const);

function bytesOf(form: Form, next: () => number): number[] {
  const { mandatoryPrefix, bytes, plusRegister, extension, modrmByte } = form.opcode;
  const out: number[] = typeof mandatoryPrefix === 'number' ? [mandatoryPrefix] : [];
  if (mandatoryPrefix === 'none-required' && next() & 1) out.push(0x66);
  out.push(...bytes);
  if (plusRegister) out[out.length - 1] |= next() & 7;
  if (modrmByte >= 0) out.push(modrmByte);
  // [ESI + disp8], [ESI + EBX * scale + disp8] or a register
  else if (form.hasModrm) {
    const reg = (extension >= 0 ? extension : next() & 7) << 3;
    const kind = next() % 3;
    if (kind === 0) out.push(0xc0 | reg | (next() & 7));
    else if (kind === 1) out.push(0x46 | reg, next() & 0x7f);
    else out.push(0x44 | reg, 0x1e | (next() & 0xc0), next() & 0x7f);
  }
  if (form.operands.some((code) => code === 'Ob' || code === 'Ov')) out.push(next() & 0xff, 0x40, 0, 0);
  while (out.length < 15) out.push(next() & 0xff);
  return out;
}

function value(next: () => number): number {
  const r = next();
  return r & 1 ? EDGES[(r >>> 8) % EDGES.length] : next();
}

function setUp(c: Computer, code: number[], next: () => number): void {
  c.poke(CODE, code);
  for (let n = 0; n < 8; n++) c.set(n, value(next));
  for (const pointer of [words.ESP, words.EBP, words.ESI, words.EDI]) c.set(pointer, 0x4000 + (next() & 0x3fff));
  c.set(words.EBX, next() & 0x3f);
  for (let at = 0; at < 0x200; at += 4) c.physical.ram32[(0x4000 + (next() & 0x3ffc)) >> 2] = value(next);
  c.cpu.setEflags(next() & 0xcd5);
  c.set(words.ACTIVITY, 0);
  c.cpu.setEip(CODE);
}

describe('every row that is an expression does what its recording says, by the mathematics of its words', () => {
  const c = protectedMode('');
  const next = randomNumbers(77);

  test.each(CASES)('%s', (name, form) => {
    let compared = 0;
    for (let i = 0; i < 60; i++) {
      const code = bytesOf(form, next);
      const insn = decode(Uint8Array.from(code), 0, 32);
      if (insn === null || insn.row !== form.row || insn.flags & (INVALID | REPEATS)) continue;
      setUp(c, code, next);
      const twin = testMachine(SPACE);
      twin.memory.set(c.physical.ram8.subarray(0, SPACE));
      twin.words.set(c.cpu.words.subarray(0, 8));
      twin.words[words.EIP] = CODE + insn.length;
      twin.words[words.EFLAGS] = c.cpu.eflags();
      c.events.length = 0;
      c.cpu.run(1);
      if (c.events.length > 0) continue;
      // BT and its kin may reach anywhere; the evaluator has 64 KiB.
      if (insn.flags & MEMORY && c.get(EA) > SPACE - 4) continue;
      evaluate(recordingOf(insn.row, insn.size as Size), insn, twin);
      const actual = [...c.cpu.words.subarray(0, 8), c.get(words.EIP) | 0, c.cpu.eflags()];
      const expected = [...twin.words.subarray(0, 8), twin.words[words.EIP], twin.words[words.EFLAGS]];
      const where = `${name}: ${code
        .slice(0, insn.length)
        .map((b) => b.toString(16))
        .join(' ')}`;
      expect(Object.fromEntries(NAMES.map((n, k) => [n, actual[k] >>> 0])), where).toEqual(
        Object.fromEntries(NAMES.map((n, k) => [n, expected[k] >>> 0])),
      );
      expect(Buffer.compare(twin.memory, c.physical.ram8.subarray(0, SPACE)), where).toBe(0);
      compared++;
    }
    expect(compared).toBeGreaterThan(5);
  });
});

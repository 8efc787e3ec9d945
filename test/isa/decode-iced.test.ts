/** Our decoder against iced-x86, which was written from the same manuals by somebody else: every string must have the same length, be an instruction for both
 *  or for neither, and have the same memory operand, immediates and target.
 *
 *      GLASSVISOR_DECODE_COUNT=1000000 GLASSVISOR_DECODE_SEED=7 npx vitest run test/isa/decode-iced.test.ts
 *
 *  compares that many strings for each code size instead of 40,000. */
import { Code, CpuidFeature, Decoder, DecoderOptions, Instruction } from 'iced-x86';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/isa/decode.ts';
import { INVALID, TOO_LONG } from '../../src/isa/insn.ts';
import { icedOperands, ourOperands } from './iced-operands.ts';
import { fillWithCode, randomNumbers, STRING_LENGTH } from './random-code.ts';

const COUNT = Number(process.env['GLASSVISOR_DECODE_COUNT'] ?? 40_000);
const SEED = Number(process.env['GLASSVISOR_DECODE_SEED'] ?? 1);

/** iced reads newer meanings into old opcodes; a P6 has the old ones. */
const OPTIONS =
  DecoderOptions.ForceReservedNop | // 0F 0D, 0F 18 to 0F 1F: hints that do nothing, not PREFETCH, BND or ENDBR
  DecoderOptions.NoMPFX_0FBC | // F3 0F BC is BSF, not TZCNT
  DecoderOptions.NoMPFX_0FBD | // F3 0F BD is BSR, not LZCNT
  DecoderOptions.NoWbnoinvd; // F3 0F 09 is WBINVD

/** What a P6 with VT-x has. An instruction belongs to the set if all its features do; MMX, SSE and everything later are #UD. */
const FEATURES = new Set<number>([
  ...[CpuidFeature.INTEL8086, CpuidFeature.INTEL186, CpuidFeature.INTEL286, CpuidFeature.INTEL386, CpuidFeature.INTEL486],
  ...[CpuidFeature.CPUID, CpuidFeature.MSR, CpuidFeature.TSC, CpuidFeature.CX8, CpuidFeature.CMOV, CpuidFeature.RDPMC, CpuidFeature.SEP],
  CpuidFeature.FPU,
  ...[CpuidFeature.MULTIBYTENOP, CpuidFeature.PAUSE, CpuidFeature.SMM, CpuidFeature.MONITOR],
  ...[CpuidFeature.VMX, CpuidFeature.INVEPT, CpuidFeature.INVVPID],
]);

/** Where the two differ by intent. */
const DIFFERENCES: readonly { readonly codes: readonly number[]; readonly ours: boolean; readonly because: string }[] = [
  { codes: [Code.Getsecd], ours: true, because: 'SMX instructions cause VM exits, so the row exists; it raises #UD outside' },
  { codes: [Code.Xsetbv], ours: true, because: 'XSETBV causes VM exits, so the row exists; it raises #UD outside' },
];

interface Verdict {
  readonly isValid: boolean;
  readonly length: number;
}

function icedOf(bytes: Uint8Array, bits: 16 | 32, instruction: Instruction): Verdict {
  const decoder = new Decoder(bits, withoutUndefinedEscapes(bytes), OPTIONS);
  decoder.decodeOut(instruction);
  decoder.free();
  const { code, length } = instruction;
  const difference = DIFFERENCES.find((entry) => entry.codes.includes(code));
  const isValid = difference?.ours ?? (code !== Code.INVALID && instruction.cpuidFeatures().every((feature) => FEATURES.has(feature)));
  return { isValid, length };
}

const PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);

/** The coprocessor's opcodes D8 to DF are one row here, which faults whatever ModRM says, for without a coprocessor nobody looks at it. All forms of D8
 *  exist in iced too, so it stands for the eight. */
function withoutUndefinedEscapes(bytes: Uint8Array): Uint8Array {
  const at = bytes.findIndex((byte) => !PREFIXES.has(byte));
  return at >= 0 && bytes[at] >= 0xd8 && bytes[at] <= 0xdf ? bytes.with(at, 0xd8) : bytes;
}

/** Descriptions of the strings on which the two differ (40 at most), and how many were instructions. */
function compare(bits: 16 | 32, count: number): { different: string[]; valid: number } {
  const next = randomNumbers(SEED);
  const bytes = new Uint8Array(STRING_LENGTH);
  const instruction = new Instruction();
  const different: string[] = [];
  let valid = 0;
  for (let i = 0; i < count && different.length < 40; i++) {
    fillWithCode(bytes, next);
    const insn = decode(bytes, 0, bits);
    if (insn === null) throw new Error('16 bytes are enough for every instruction');
    const isValid = (insn.flags & (INVALID | TOO_LONG)) === 0;
    const iced = icedOf(bytes, bits, instruction);
    if (isValid) valid++;
    const ours = textOf(isValid, insn.length, () => ourOperands(insn, instruction));
    const theirs = textOf(iced.isValid, iced.length, () => icedOperands(instruction));
    if (ours === theirs) continue;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    different.push(`${hex}: ours ${ours}, iced ${theirs} (${Code[instruction.code]})`);
  }
  instruction.free();
  return { different, valid };
}

function textOf(isValid: boolean, length: number, operands: () => string): string {
  return isValid ? `${length} bytes ${operands()}` : 'invalid';
}

describe('the decoder agrees with iced-x86', () => {
  it.each([16, 32] as const)(
    'on random strings of %i-bit code',
    (bits) => {
      const { different, valid } = compare(bits, COUNT);
      expect(different).toEqual([]);
      // Strings that are mostly nonsense would prove little.
      expect(valid / COUNT).toBeGreaterThan(0.5);
    },
    10_000 + COUNT / 10,
  );
});

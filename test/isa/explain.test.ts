import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/isa/decode.ts';
import { explain, explainText } from '../../src/isa/explain.ts';
import type { Insn } from '../../src/isa/insn.ts';

const OPTIONS = { address: 0x1000, bits: 32 } as const;

/** The instruction of these bytes, in 32-bit code. */
function insnOf(hex: string): Insn {
  const bytes = Uint8Array.from((hex.match(/../g) ?? []).map((digits) => Number.parseInt(digits, 16)));
  const insn = decode(bytes, 0, 32);
  if (insn === null) throw new Error(`${hex} is too short`);
  return insn;
}

const stepsOf = (hex: string) => explainText(insnOf(hex), OPTIONS).split(' · ');

describe('the micro-operations of', () => {
  it.each([
    ['add [esi], ecx', '010e', ['t0 <- [esi]', 't1 <- ecx', 't2 <- t0 add t1', '[esi] <- t2', 'OSZAPC <- add(t0, t1) = t2']],
    ['add eax, 5', '83c005', ['t0 <- eax', 't1 <- t0 add 5', 'eax <- t1', 'OSZAPC <- add(t0, 5) = t1']],
    ['mov eax, ecx', '89c8', ['eax <- ecx']],
    ['mov eax, [esi]', '8b06', ['t0 <- [esi]', 'eax <- t0']],
    ['inc byte [esi]', 'fe06', ['t0 <- [esi]', 't1 <- t0 add 1', '[esi] <- t1', 'OSZAP <- inc(t0) = t1']],
    ['push eax', '50', ['ss:[esp sub 4] <- eax', 'esp <- esp sub 4']],
    ['pop eax', '58', ['t0 <- ss:[esp]', 'esp <- esp add 4', 'eax <- t0']],
    ['ret 8', 'c20800', ['t0 <- ss:[esp]', 'eip <- t0', 'esp <- esp add 12']],
    ['jle short 0x1007', '7e05', ['eip <- 0x00001007 if ZF or (SF <> OF)']],
    ['loop 0x1007', 'e205', ['t0 <- ecx sub 1', 'eip <- 0x00001007 if t0 <> 0', 'ecx <- t0']],
    ['jcxz 0x1008', '67e305', ['eip <- 0x00001008 if cx = 0']],
    ['setb al', '0f92c0', ['al <- CF']],
    ['movsx eax, cl', '0fbec1', ['eax <- signExtend(cl)']],
    ['movzx eax, byte [esi]', '0fb606', ['t0 <- zeroExtend([esi])', 'eax <- t0']],
    ['cwde', '98', ['eax <- signExtend(ax)']],
    ['lea eax, [ebx+4]', '8d4304', ['eax <- ebx+4']],
    ['bt [ebx], ecx', '0fa30b', ['t0 <- ecx', 't1 <- [ebx+4*(t0 sar 5)]', 'CF <- (t1 shr (t0 and 31)) and 1']],
    ['xchg ebx, eax', '87d8', ['t0 <- eax', 'eax <- ebx', 'ebx <- t0']],
    ['cs xlatb', '2ed7', ['t0 <- cs:[ebx add zeroExtend8(al)]', 'al <- t0']],
    ['nop', '90', ['nothing']],
    ['div ecx', 'f7f1', ['div(ecx): accumulator <- high:accumulator / SRC; high <- remainder; #DE if it does not fit']],
  ])('%s', (_, hex, steps) => {
    expect(stepsOf(hex)).toEqual(steps);
  });

  it('CALL check the target before they push', () => {
    expect(stepsOf('e805000000')).toEqual([
      'check that 0x0000100A is within the limit of cs',
      'ss:[esp sub 4] <- 0x00001005',
      'esp <- esp sub 4',
      'eip <- 0x0000100A',
    ]);
  });

  it('POP address memory by the stack pointer after the pop', () => {
    expect(stepsOf('8f442404')).toEqual(['t0 <- ss:[esp]', 'check that [esp+8] may be written', 'esp <- esp add 4', '[esp+8] <- t0']);
  });

  it('a shift by an immediate say the bits that leave, and one by 0 says nothing of flags', () => {
    expect(stepsOf('c1e003')).toContain('t2 <- t0 shl 2');
    expect(stepsOf('c1e003').at(-1)).toContain('CF = sign(t2)');
    expect(stepsOf('c1e000').filter((step) => step.startsWith('OSZAPC'))).toEqual([]);
  });

  it('a shift by CL say on what its flags depend', () => {
    expect(stepsOf('d3e0').at(-1)).toMatch(/^OSZAPC <- .*, if t1 <> 0$/);
  });

  it('a repeated string instruction stand between a test and a count', () => {
    const steps = stepsOf('f3a4');
    expect(steps[0]).toBe('done if ecx = 0');
    expect(steps.slice(-2)).toEqual(['ecx <- ecx sub 1', 'again if ecx <> 0']);
    expect(stepsOf('f2ae').at(-1)).toBe('again if ecx <> 0 and ZF = 0');
    expect(stepsOf('a4')[0]).toBe('t0 <- esi');
  });

  it('name the kind of each step', () => {
    expect(explain(insnOf('010e'), OPTIONS).map((step) => step.kind)).toEqual(['read', 'read', 'compute', 'write', 'flags']);
    expect(explain(insnOf('ffd0'), OPTIONS).map((step) => step.kind)).toEqual(['read', 'check', 'write', 'write', 'jump']);
    expect(explain(insnOf('f4'), OPTIONS).map((step) => step.kind)).toEqual(['system']);
  });
});

describe('any bytes', () => {
  it('explain to steps without a hole, in 16- and 32-bit code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 15, maxLength: 15 }), fc.constantFrom(16 as const, 32 as const), (bytes, bits) => {
        const insn = decode(bytes, 0, bits);
        const text = insn === null ? 'null' : explainText(insn, { address: 0, bits });
        expect(text).not.toMatch(/undefined|null|NaN|\$\d|\[\]| {2}|<- *(·|$)/);
      }),
      { numRuns: 5000 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { CPU_WORDS, FLAG_A, FLAG_B, FLAG_C, FLAG_KIND, FLAG_R } from '../../src/arch/cpu-state.ts';
import {
  AF,
  CF,
  CONDITIONS,
  type Condition,
  conditionHolds,
  FLAG_KINDS,
  type FlagKind,
  OF,
  PF,
  SF,
  setCarryAndOverflow,
  setCarryFlag,
  setStatusFlags,
  STATUS,
  statusFlags,
  ZF,
} from '../../src/isa/flags.ts';

const words = new Int32Array(CPU_WORDS);

/** Leaves lazy flags as a row would: `at` is the operand size. */
function leave(kind: FlagKind, [a, b, r, c]: readonly number[], at: number): void {
  words[FLAG_KIND] = FLAG_KINDS[kind];
  words[FLAG_A] = signed(a, at);
  words[FLAG_B] = signed(b, at);
  words[FLAG_R] = signed(r, at);
  words[FLAG_C] = c;
}

function signed(value: number, size: number): number {
  return (value << (32 - size)) >> (32 - size);
}

function isEven(byte: number): boolean {
  return [...(byte & 255).toString(2)].filter((digit) => digit === '1').length % 2 === 0;
}

/** The flags of a sum by the book, with unlimited integers. A difference is a sum whose carries are borrows. */
function expectedFlags(a: number, b: number, carryIn: number, isDifference: boolean): number {
  const sign = isDifference ? -1 : 1;
  const unsigned = (a & 255) + sign * ((b & 255) + carryIn);
  const exact = signed(a, 8) + sign * (signed(b, 8) + carryIn);
  const digit = (a & 15) + sign * ((b & 15) + carryIn);
  const r = unsigned & 255;
  return (
    (unsigned < 0 || unsigned > 255 ? CF : 0) |
    (isEven(r) ? PF : 0) |
    (digit < 0 || digit > 15 ? AF : 0) |
    (r === 0 ? ZF : 0) |
    (r & 0x80 ? SF : 0) |
    (exact !== signed(r, 8) ? OF : 0)
  );
}

/** Every pair of bytes with every carry that leaves other flags than the book's. */
function disagreements(kind: FlagKind, isDifference: boolean, carries: readonly number[]): string[] {
  const wrong: string[] = [];
  for (let a = 0; a < 256; a++) {
    for (let b = 0; b < 256; b++) {
      for (const c of carries) {
        leave(kind, [a, b, isDifference ? a - b - c : a + b + c, c], 8);
        if (statusFlags(words) !== expectedFlags(a, b, c, isDifference)) wrong.push(`${a} ${b} ${c}`);
      }
    }
  }
  return wrong;
}

describe('the status flags of', () => {
  it('every 8-bit sum are those of the manual', () => {
    expect(disagreements('add', false, [0])).toEqual([]);
  });

  it('every 8-bit sum with carry are those of the manual', () => {
    expect(disagreements('adc', false, [0, 1])).toEqual([]);
  });

  it('every 8-bit difference are those of the manual', () => {
    expect(disagreements('sub', true, [0])).toEqual([]);
  });

  it('every 8-bit difference with borrow are those of the manual', () => {
    expect(disagreements('sbb', true, [0, 1])).toEqual([]);
  });

  it.each(['inc', 'dec'] as const)('every 8-bit %s are those of a step by 1, with the carry from before', (kind) => {
    for (let a = 0; a < 256; a++) {
      for (const c of [0, 1]) {
        leave(kind, [a, 0, kind === 'inc' ? a + 1 : a - 1, c], 8);
        expect(statusFlags(words)).toBe((expectedFlags(a, 1, 0, kind === 'dec') & ~CF) | c);
      }
    }
  });

  it('a 32-bit sum whose carry in makes it wrap to the first summand say carry', () => {
    leave('adc', [5, -1, 5, 1], 32);
    expect(statusFlags(words) & (CF | OF)).toBe(CF);
  });

  it('a 32-bit difference whose borrow in makes the subtrahend 2^32 say borrow', () => {
    leave('sbb', [-1, -1, -1, 1], 32);
    expect(statusFlags(words) & (CF | OF)).toBe(CF);
  });

  it('a logical result are of its sign, zero and parity alone', () => {
    leave('logic', [0xf0, 0x81, 0x80, 0], 8);
    expect(statusFlags(words)).toBe(SF);
    leave('logic', [0xf0, 0x0f, 0x00, 0], 8);
    expect(statusFlags(words)).toBe(ZF | PF);
  });

  it('a known result are its carry, overflow and adjust, and the rest from it', () => {
    leave('known', [0, 0, -1, CF | OF | AF], 16);
    expect(statusFlags(words)).toBe(CF | OF | AF | SF | PF);
  });

  it('a shift are the signs of two values, and the rest from its result', () => {
    leave('shift', [0x80, 0x7f, 0, 0], 8);
    expect(statusFlags(words)).toBe(CF | ZF | PF);
    leave('shift', [0x7f, 0x80, 0x80, 0], 8);
    expect(statusFlags(words)).toBe(OF | SF);
  });

  it('a literal are the bits it holds', () => {
    for (const bit of [CF, PF, AF, ZF, SF, OF]) {
      setStatusFlags(words, bit | 0x202);
      expect(statusFlags(words)).toBe(bit);
    }
  });
});

/** SDM vol. 1, "EFLAGS Condition Codes", over EFLAGS bits. */
const BOOK: Record<Condition, (f: number) => boolean> = {
  O: (f) => (f & OF) !== 0,
  NO: (f) => (f & OF) === 0,
  B: (f) => (f & CF) !== 0,
  AE: (f) => (f & CF) === 0,
  E: (f) => (f & ZF) !== 0,
  NE: (f) => (f & ZF) === 0,
  BE: (f) => (f & (CF | ZF)) !== 0,
  A: (f) => (f & (CF | ZF)) === 0,
  S: (f) => (f & SF) !== 0,
  NS: (f) => (f & SF) === 0,
  P: (f) => (f & PF) !== 0,
  NP: (f) => (f & PF) === 0,
  L: (f) => ((f & SF) !== 0) !== ((f & OF) !== 0),
  GE: (f) => ((f & SF) !== 0) === ((f & OF) !== 0),
  LE: (f) => (f & ZF) !== 0 || ((f & SF) !== 0) !== ((f & OF) !== 0),
  G: (f) => (f & ZF) === 0 && ((f & SF) !== 0) === ((f & OF) !== 0),
};

describe('a condition', () => {
  it('holds for each of the 64 combinations of literal flags as the manual says', () => {
    for (let eflags = 0; eflags < 4096; eflags++) {
      if (eflags & ~STATUS) continue;
      setStatusFlags(words, eflags);
      const held = CONDITIONS.map((_, tttn) => conditionHolds(words, tttn) === 1);
      expect(held).toEqual(CONDITIONS.map((cc) => BOOK[cc](eflags)));
    }
  });

  it.each(Object.keys(FLAG_KINDS) as FlagKind[])('after a result of kind %s is that of its flags', (kind) => {
    const interesting = [0, 1, 2, 0x7f, 0x80, 0x81, 0xfe, 0xff];
    for (const a of interesting) {
      for (const b of interesting) {
        leave(kind, [a, b, kind === 'add' || kind === 'adc' ? a + b : a - b, kind === 'literal' ? a & STATUS : b & 1], 8);
        const held = CONDITIONS.map((_, tttn) => conditionHolds(words, tttn) === 1);
        expect(held).toEqual(CONDITIONS.map((cc) => BOOK[cc](statusFlags(words))));
      }
    }
  });
});

describe('setting', () => {
  const everyKind = (Object.keys(FLAG_KINDS) as FlagKind[]).flatMap((kind) =>
    [0, 0x7f, 0x80, 0xff].flatMap((a) => [0, 1].map((c) => ({ kind, a, c }))),
  );

  it('CF leaves the five others as they were, whatever left them', () => {
    for (const { kind, a, c } of everyKind) {
      for (const carry of [0, 1]) {
        leave(kind, [a, 0x8f, a + 1, c], 8);
        const before = statusFlags(words);
        setCarryFlag(words, carry);
        expect(statusFlags(words)).toBe((before & ~CF) | carry);
      }
    }
  });

  it('CF and OF leaves the four others as they were, whatever left them', () => {
    for (const { kind, a, c } of everyKind) {
      for (const flags of [0, CF, OF, CF | OF]) {
        leave(kind, [a, 0x8f, a + 1, c], 8);
        const before = statusFlags(words);
        setCarryAndOverflow(words, flags & CF, flags >> 11);
        expect(statusFlags(words)).toBe((before & ~(CF | OF)) | flags);
      }
    }
  });
});

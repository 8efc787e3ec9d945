/** Names that are no labels: registers, sizes, prefixes. */

export type RegisterClass = 'general' | 'segment' | 'control' | 'debug' | 'foreign';

/** A register as an operand and as a part of an address. `number` is the one that encodings hold; `size` in bits. */
export interface Register {
  readonly name: string;
  readonly class: RegisterClass;
  readonly number: number;
  readonly size: number;
}

const GENERAL: readonly (readonly [size: number, names: string])[] = [
  [8, 'al cl dl bl ah ch dh bh'],
  [16, 'ax cx dx bx sp bp si di'],
  [32, 'eax ecx edx ebx esp ebp esi edi'],
];
/** Registers that NASM knows and this processor does not have; they cannot be labels either. */
const FOREIGN =
  'st0 st1 st2 st3 st4 st5 st6 st7 mm0 mm1 mm2 mm3 mm4 mm5 mm6 mm7 xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 xmm7 rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 spl bpl sil dil';

/** Register name in lower case -> register. */
export const REGISTERS: ReadonlyMap<string, Register> = new Map(
  [
    ...GENERAL.flatMap(([size, names]) => named(names, 'general', size)),
    ...named('es cs ss ds fs gs', 'segment', 16),
    ...named('cr0 cr1 cr2 cr3 cr4 cr5 cr6 cr7', 'control', 32),
    ...named('dr0 dr1 dr2 dr3 dr4 dr5 dr6 dr7', 'debug', 32),
    ...named(FOREIGN, 'foreign', 0),
  ].map((register) => [register.name, register]),
);

/** Operand size keyword -> bits. */
export const SIZES: Readonly<Record<string, number>> = { byte: 8, word: 16, dword: 32, qword: 64, tword: 80, oword: 128, yword: 256 };

/** Prefix keyword -> where it goes: a byte before the instruction, a segment override, or an operand or address size in bits. */
export const PREFIXES: Readonly<Record<string, { slot: 'lock' | 'repeat' | 'segment' | 'operandSize' | 'addressSize'; value: number }>> = {
  lock: { slot: 'lock', value: 0xf0 },
  rep: { slot: 'repeat', value: 0xf3 },
  repe: { slot: 'repeat', value: 0xf3 },
  repz: { slot: 'repeat', value: 0xf3 },
  repne: { slot: 'repeat', value: 0xf2 },
  repnz: { slot: 'repeat', value: 0xf2 },
  es: { slot: 'segment', value: 0x26 },
  cs: { slot: 'segment', value: 0x2e },
  ss: { slot: 'segment', value: 0x36 },
  ds: { slot: 'segment', value: 0x3e },
  fs: { slot: 'segment', value: 0x64 },
  gs: { slot: 'segment', value: 0x65 },
  o16: { slot: 'operandSize', value: 16 },
  o32: { slot: 'operandSize', value: 32 },
  a16: { slot: 'addressSize', value: 16 },
  a32: { slot: 'addressSize', value: 32 },
};

/** Segment register number (0 ES to 5 GS) -> override prefix. */
export const OVERRIDES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65] as const;

function named(names: string, registerClass: RegisterClass, size: number): Register[] {
  return names.split(' ').map((name, number) => ({ name, class: registerClass, number, size }));
}

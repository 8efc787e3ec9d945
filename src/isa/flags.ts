/** Lazy status flags: one format on every tier. An instruction leaves a kind, its operands and its result; whoever needs a flag computes it.
 *
 *  Values are sign-extended at the operand size, so SF is `r < 0` and ZF is `r === 0` in every kind, whatever the size. PF is the parity of r's low
 *  byte. CF, OF and AF depend on the kind. `LITERAL` holds all six as EFLAGS bits in `c` (after POPF, SAHF, IRET and where a formula would not do);
 *  its `r`, `a` and `b` are 0 and all six come from `c`. */

export const CF = 0x001;
export const PF = 0x004;
export const AF = 0x010;
export const ZF = 0x040;
export const SF = 0x080;
export const OF = 0x800;
/** The six status flags. */
export const STATUS = CF | PF | AF | ZF | SF | OF;

/** kind -> number stored in FLAG_KIND. `c` is the FLAG_C word:
 *  LITERAL: EFLAGS bits. ADD r = a + b. SUB r = a - b (CMP, NEG with a = 0). ADC r = a + b + c. SBB r = a - b - c. LOGIC: CF = OF = AF = 0.
 *  INC r = a + 1, DEC r = a - 1: c is the CF kept from before. SHIFT and every other producer whose CF and OF are known: c = CF | OF | AF as
 *  EFLAGS bits, SF ZF PF from r. */
export const FLAG_KINDS = { literal: 0, add: 1, sub: 2, adc: 3, sbb: 4, logic: 5, inc: 6, dec: 7, known: 8 } as const;
export type FlagKind = keyof typeof FLAG_KINDS;

/** Condition codes in encoding order (tttn). */
export const CONDITIONS = ['O', 'NO', 'B', 'AE', 'E', 'NE', 'BE', 'A', 'S', 'NS', 'P', 'NP', 'L', 'GE', 'LE', 'G'] as const;
export type Condition = (typeof CONDITIONS)[number];

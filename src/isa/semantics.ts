/** The vocabulary in which every instruction's meaning is written, once. A row's `run` is generic in V (a value) and O (an operand): it cannot look at
 *  a value, only combine values, so the same text is run by `Execute`, remembered by `Record`, and from the recording explained, linted and printed.
 *
 *  Values are 32-bit integers, *sign-extended at the operand size* of the instruction (8, 16 or 32 bits): carry, sign, equality and unsigned order then do
 *  not depend on the size. Words without a suffix work at the operand size; words with an A at the address size; `stack*` at the stack's. */
import type { Condition, FlagKind } from './flags.ts';

/** 8, 16 or 32 bits. */
export type Size = 8 | 16 | 32;

/** Status flags and DF and IF, as `flag` and `setFlag` name them. */
export type FlagName = 'CF' | 'PF' | 'AF' | 'ZF' | 'SF' | 'OF' | 'DF';

export interface Sem<V, O> {
  // Values ---------------------------------------------------------------------------------------------------------------------------
  /** The same number for every run. Any 32-bit integer; not narrowed. */
  constant(value: number): V;
  /** a + b, a - b at the operand size. */
  add(a: V, b: V): V;
  sub(a: V, b: V): V;
  and(a: V, b: V): V;
  or(a: V, b: V): V;
  xor(a: V, b: V): V;
  not(a: V): V;
  /** Low half of the product at the operand size. */
  mul(a: V, b: V): V;
  /** High half of the signed or unsigned double-width product at the operand size. */
  mulHigh(a: V, b: V): V;
  mulHighUnsigned(a: V, b: V): V;
  /** Shifts at the operand size; the count is taken as it is and must be 0 to 31; counts of the size or more shift everything out. */
  shl(a: V, count: V): V;
  shr(a: V, count: V): V;
  sar(a: V, count: V): V;
  /** 1 or 0. `below` is unsigned, `less` is signed. */
  equal(a: V, b: V): V;
  below(a: V, b: V): V;
  less(a: V, b: V): V;
  /** `a` where `condition` is not 0, else `b`. Both are evaluated. */
  select(condition: V, a: V, b: V): V;
  /** Narrows any 32-bit value to the operand size (sign-extending), or to `size` bits. */
  narrow(a: V, size?: Size): V;
  /** Zero-extends the low `size` bits (default: the operand size): the only way to an unsigned number below 32 bits. */
  zeroExtend(a: V, size?: Size): V;
  /** 32-bit arithmetic whatever the operand size, for flags words, bit offsets and double-width work. */
  add32(a: V, b: V): V;
  sub32(a: V, b: V): V;
  shl32(a: V, count: V): V;
  shr32(a: V, count: V): V;
  sar32(a: V, count: V): V;
  /** Operand size in bits, as a value. A recording is made once per size, so there it is a constant. */
  operandBits(): V;
  /** Index of the lowest or highest set bit of the operand-size value; the result for 0 is unspecified: guard with `select`. */
  lowestBit(a: V): V;
  highestBit(a: V): V;

  // Operands -------------------------------------------------------------------------------------------------------------------------
  /** Sign-extended at the *operand's own* size (an Eb under MOVSX is 8 bits). May fault. */
  read(o: O): V;
  /** Like `read`, but a memory operand is translated with write intent: the later `write` of the same operand cannot fault. */
  readForUpdate(o: O): V;
  /** Writes the low bits that the operand holds. A 16- or 8-bit register keeps its other bits. May fault unless `readForUpdate` came first. */
  write(o: O, v: V): void;
  /** Effective address of a memory operand (LEA), at address size, without its segment; narrowed by the write. */
  address(o: O): V;
  /** The memory or register operand that BT, BTS, BTR, BTC touch: a memory operand moves by the operand-size unit that holds bit `offset`. */
  bitOperand(o: O, offset: V): O;
  /** General register by number (0 EAX ... 7 EDI) at the operand size; `register32` whole; `register8` by its 8-bit number (4 = AH). */
  register(n: number): V;
  setRegister(n: number, v: V): void;
  register32(n: number): V;
  setRegister32(n: number, v: V): void;
  register8(n: number): V;
  setRegister8(n: number, v: V): void;
  register16(n: number): V;
  setRegister16(n: number, v: V): void;

  // Flags ----------------------------------------------------------------------------------------------------------------------------
  /** Leaves all six status flags as `kind` computes them from operands and result. EFLAGS come after the last line that can fault. */
  flags(kind: Exclude<FlagKind, 'literal' | 'known' | 'inc' | 'dec' | 'adc' | 'sbb'>, a: V, b: V, r: V): void;
  /** ADC and SBB: `carryIn` is 0 or 1. */
  flagsCarry(kind: 'adc' | 'sbb', a: V, b: V, r: V, carryIn: V): void;
  /** INC and DEC: CF is kept. */
  flagsKeepCarry(kind: 'inc' | 'dec', a: V, r: V): void;
  /** SF, ZF, PF from `r`; CF, OF and AF are given, each 0 or not 0. */
  flagsKnown(r: V, carry: V, overflow: V, adjust: V): void;
  /** As `flagsKnown`, but only where `condition` is not 0 (shifts by 0 leave the flags alone). */
  flagsKnownIf(condition: V, r: V, carry: V, overflow: V, adjust: V): void;
  /** One flag, 0 or 1. */
  flag(name: FlagName): V;
  /** Sets one flag to 0 or 1, the others stay. `v` must be 0 or 1. */
  setFlag(name: FlagName, v: V): void;
  /** 1 where the condition holds. */
  condition(cc: Condition): V;
  /** The whole EFLAGS image as PUSHF pushes it (VM and RF read as 0), and its low 8 bits written (SAHF). */
  eflags(): V;
  setStatusFlags(v: V): void;

  // Memory beside the operand (strings, XLAT, stack) -----------------------------------------------------------------------------------
  /** Reads or writes one operand-size unit at segment:offset, offset already at address size. `segment` is 'ES' for string destinations,
   *  'operand' for the instruction's segment (DS unless overridden). May fault. */
  load(segment: 'ES' | 'operand', offset: V): V;
  store(segment: 'ES' | 'operand', offset: V, v: V): void;
  /** One byte, zero-extended (XLAT). */
  load8(segment: 'ES' | 'operand', offset: V): V;
  /** General register at the address size (zero-extended for 16-bit), written likewise (a 16-bit write keeps the upper half). */
  registerA(n: number): V;
  setRegisterA(n: number, v: V): void;
  /** a + b at the address size, zero-extended for 16-bit. */
  addA(a: V, b: V): V;
  /** Operand-size unit at SS:(stack pointer + byteOffset), without moving the pointer. A push is `stackStore(-bytes, v)` then `stackMove(-bytes)`, so a
   *  fault leaves no trace; `bytes` is `operandBytes`. May fault (#SS). */
  stackLoad(byteOffset: number): V;
  stackStore(byteOffset: number, v: V): void;
  /** Moves SP or ESP (as the stack's size says). */
  stackMove(bytes: V | number): void;
  /** Stack pointer, or EBP as frame pointer, at the stack's size; and set (LEAVE). */
  stackPointer(): V;
  setStackPointer(v: V): void;
  framePointer(): V;
  /** Bytes of the operand size: 1, 2 or 4; known when recorded. Usable in plain arithmetic. */
  readonly operandBytes: number;

  // Control ----------------------------------------------------------------------------------------------------------------------------
  /** EIP of the next instruction, as CALL pushes it. */
  nextEip(): V;
  /** Near jump to a linear-in-CS offset, truncated to 16 bits at operand size 16; #GP(0) beyond the limit. */
  jump(target: V): void;
  /** The same where `condition` is not 0. Never faults otherwise. */
  jumpIf(condition: V, target: V): void;
  /** Checks a near target against the CS limit without going there: CALL checks before it pushes. May fault. */
  checkTarget(target: V): void;
  /** Raises an exception without error code, or with one of 0 where the vector has one, if `condition` is not 0 (DIV, BOUND, INTO). */
  faultIf(condition: V, vector: number): void;

  // Everything too large for an expression ---------------------------------------------------------------------------------------------
  /** A plain function of the CPU or of VMX, by name, with the instruction's operands in order. Printed tiers exit here. May fault, may exit. */
  system(name: SystemName, a?: O, b?: O, c?: O): void;
}

/** Names of the plain functions behind `system`; `cpu/` and `vmx/` implement each exactly once (a missing one is a type error). */
// biome-ignore format: a table
export const SYSTEM_NAMES = [
  // arithmetic too wide for a value
  'div', 'idiv', 'aaa', 'aas', 'aad', 'aam', 'daa', 'das', 'cmpxchg8b',
  // control transfer between segments and privilege levels
  'callFar', 'callFarMemory', 'jumpFar', 'jumpFarMemory', 'returnFar', 'interrupt', 'interrupt3', 'interrupt1', 'into', 'iret', 'sysenter', 'sysexit',
  // stack frames and flags
  'enter', 'pusha', 'popa', 'pushFlags', 'popFlags', 'bound', 'cli', 'sti',
  // segments and descriptors
  'loadSegment', 'storeSegment', 'pushSegment', 'popSegment', 'loadFarPointer', 'arpl', 'lar', 'lsl', 'verr', 'verw',
  'lgdt', 'lidt', 'sgdt', 'sidt', 'lldt', 'sldt', 'ltr', 'str', 'lmsw', 'smsw', 'clts',
  // control, debug and model-specific registers
  'movFromControl', 'movToControl', 'movFromDebug', 'movToDebug', 'rdmsr', 'wrmsr', 'rdtsc', 'rdpmc', 'cpuid',
  // input and output, waiting, caches
  'in', 'out', 'ins', 'outs', 'hlt', 'pause', 'wait', 'fpu', 'invd', 'wbinvd', 'invlpg', 'monitor', 'mwait', 'ud', 'rsm',
  // VMX
  'vmxon', 'vmxoff', 'vmclear', 'vmptrld', 'vmptrst', 'vmread', 'vmwrite', 'vmlaunch', 'vmresume', 'vmcall', 'vmfunc', 'invept', 'invvpid', 'getsec', 'xsetbv',
] as const;
export type SystemName = (typeof SYSTEM_NAMES)[number];

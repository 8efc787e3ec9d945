/** The vocabulary in which every instruction's meaning is written, once. A row's `run` is generic in V (a value) and O (an operand): it cannot look at
 *  a value, only combine values, so the same text is run by `Execute`, remembered by `Record`, and from the recording explained, linted and printed.
 *
 *  Values are 32-bit integers, *sign-extended at the operand size* of the instruction (8, 16 or 32 bits): carry, sign, equality and unsigned order then do
 *  not depend on the size, and `and`, `or`, `xor`, `not`, `equal`, `below` and `select` are the same at every size: they take whole words and never
 *  narrow. Words with a 32 work on whole words; words with an A at the address size; `stack*` at the stack's; the rest at the operand size.
 *
 *  An order that every row keeps, and a lint checks: whatever can fault comes before any register, flag or memory is written. */
/** 8, 16 or 32 bits. */
export type Size = 8 | 16 | 32;

/** The flags that `flag` and `setFlag` name. */
export type FlagName = 'CF' | 'PF' | 'AF' | 'ZF' | 'SF' | 'OF' | 'DF';

/** Segment of an access beside the operand: ES for string destinations, else the instruction's (DS unless overridden). */
export type MemorySegment = 'ES' | 'operand';

export interface Sem<V, O> {
  /** Bytes of the operand size: 1, 2 or 4. A plain number, known when recorded: a row may branch on it. */
  readonly operandBytes: number;

  // Values ---------------------------------------------------------------------------------------------------------------------------
  /** The same number for every run. Any 32-bit integer; not narrowed. */
  constant(value: number): V;
  /** a + b, a - b. */
  add(a: V, b: V): V;
  sub(a: V, b: V): V;
  /** Low half of the product. */
  mul(a: V, b: V): V;
  /** High half of the signed or unsigned double-width product. */
  mulHigh(a: V, b: V): V;
  mulHighUnsigned(a: V, b: V): V;
  and(a: V, b: V): V;
  or(a: V, b: V): V;
  xor(a: V, b: V): V;
  not(a: V): V;
  /** Shifts. The count is taken modulo 32; counts from the operand size to 31 shift everything out. `sar` copies the sign in. */
  shl(a: V, count: V): V;
  shr(a: V, count: V): V;
  sar(a: V, count: V): V;
  /** a + b of whole words, not narrowed. */
  add32(a: V, b: V): V;
  /** 1 or 0. `below` is unsigned. */
  equal(a: V, b: V): V;
  below(a: V, b: V): V;
  /** `a` where `condition` is not 0, else `b`. Both are evaluated. */
  select(condition: V, a: V, b: V): V;
  /** The low `size` bits, zero-extended. */
  zeroExtend(a: V, size: Size): V;
  /** Index of the lowest or highest set bit of the operand-size value; 0 for the value 0. */
  lowestBit(a: V): V;
  highestBit(a: V): V;

  // Operands -------------------------------------------------------------------------------------------------------------------------
  /** Sign-extended at the *operand's own* size (an Eb under MOVSX is 8 bits); a branch target is its whole offset. May fault. */
  read(o: O): V;
  /** The same, zero-extended at the operand's own size (MOVZX, RET imm16). May fault. */
  readUnsigned(o: O): V;
  /** Like `read`, but a memory operand is translated with write intent: the later `write` of the same operand cannot fault. */
  readForUpdate(o: O): V;
  /** Translates a memory operand with write intent without touching it: the later `write` cannot fault. May fault. */
  checkWrite(o: O): void;
  /** Writes the low bits that the operand holds. A 16- or 8-bit register keeps its other bits. May fault unless `readForUpdate` or `checkWrite` came
   *  first; a register never does. */
  write(o: O, v: V): void;
  /** Effective address of a memory operand (LEA), at address size, without its segment; narrowed by the write. */
  address(o: O): V;
  /** The operand that BT, BTS, BTR, BTC touch: a memory operand moves by operand-size units (at the address size) to the one that holds bit `offset`, a
   *  signed number; a register stays. */
  bitOperand(o: O, offset: V): O;
  /** The operand as POP addresses it, as if the stack pointer had moved up by the operand size: a memory operand with base ESP moves by that. */
  afterPop(o: O): O;
  /** General register by number (0 EAX ... 7 EDI; at 8 bits 0 AL ... 7 BH) at the operand size, or at the size named. */
  register(n: number): V;
  register8(n: number): V;
  register16(n: number): V;
  setRegister(n: number, v: V): void;
  setRegister8(n: number, v: V): void;
  setRegister16(n: number, v: V): void;

  // Flags ----------------------------------------------------------------------------------------------------------------------------
  /** Leaves all six status flags as `kind` computes them from operands and result (isa/flags.ts). */
  flags(kind: 'add' | 'sub' | 'logic', a: V, b: V, r: V): void;
  /** The same for ADC and SBB: r = a + b + carryIn, r = a - b - carryIn. `carryIn` is 0 or 1. */
  flagsAdc(a: V, b: V, r: V, carryIn: V): void;
  flagsSbb(a: V, b: V, r: V, carryIn: V): void;
  /** INC and DEC: CF is kept. */
  flagsKeepCarry(kind: 'inc' | 'dec', a: V, r: V): void;
  /** SF, ZF, PF from `r`; CF, OF and AF are given, each 0 or not 0. */
  flagsKnown(r: V, carry: V, overflow: V, adjust: V): void;
  /** SF, ZF, PF from `r`; CF and OF are the signs of `carry` and `overflow`, AF = 0; only where `condition` is not 0 (shifts by 0 leave the flags alone). */
  flagsShift(condition: V, r: V, carry: V, overflow: V): void;
  /** CF and OF by signs likewise; the others stay (rotates). */
  flagsRotate(condition: V, carry: V, overflow: V): void;
  /** One flag, 0 or 1. */
  flag(name: FlagName): V;
  /** Sets one flag to `v`, which is 0 or 1; the others stay. */
  setFlag(name: FlagName, v: V): void;
  /** 1 or 0: whether the condition of encoding tttn holds (`CONDITIONS[tttn]` of isa/flags.ts). */
  condition(tttn: number): V;
  /** SF ZF AF PF CF in their EFLAGS places, with bit 1 set (LAHF); and written from such a byte, OF staying (SAHF). */
  statusFlags(): V;
  setStatusFlags(v: V): void;

  // Memory beside the operand (strings, XLAT, stack) -----------------------------------------------------------------------------------
  /** Reads or writes one operand-size unit at segment:offset, offset already at address size. May fault. */
  load(segment: MemorySegment, offset: V): V;
  store(segment: MemorySegment, offset: V, v: V): void;
  /** General register at the address size (zero-extended for 16-bit), written likewise (a 16-bit write keeps the upper half). */
  registerA(n: number): V;
  setRegisterA(n: number, v: V): void;
  /** a + b at the address size, zero-extended for 16-bit. */
  addA(a: V, b: V): V;
  /** Operand-size unit at SS:(stack pointer + byteOffset), without moving the pointer. A push is `stackStore(-bytes, v)` then `stackMove(-bytes)`, so a
   *  fault leaves no trace; `bytes` is `operandBytes`. May fault (#SS). */
  stackLoad(byteOffset: number): V;
  stackStore(byteOffset: number, v: V): void;
  /** Operand-size unit at SS:(frame pointer), which is BP or EBP as the stack's size says (LEAVE). May fault. */
  frameLoad(): V;
  /** Moves SP or ESP; `stackMoveToFrame` sets it to the frame pointer + byteOffset. */
  stackMove(byteOffset: number): void;
  stackMoveBy(bytes: V): void;
  stackMoveToFrame(byteOffset: number): void;

  // Control ----------------------------------------------------------------------------------------------------------------------------
  /** EIP of the next instruction, as CALL pushes it. */
  nextEip(): V;
  /** Near jump to an offset in CS, truncated to 16 bits at operand size 16; #GP(0) beyond the limit. */
  jump(target: V): void;
  /** The same where `condition` is not 0. Never faults otherwise. */
  jumpIf(condition: V, target: V): void;
  /** Checks a near target against the CS limit without going there (CALL checks before it pushes): a later `jump` to it cannot fault. */
  checkTarget(target: V): void;

  // Everything too large for an expression ---------------------------------------------------------------------------------------------
  /** A plain function of the CPU or of VMX, by name, with the instruction's operands in order. Printed tiers exit here. May fault, may exit. */
  system(name: SystemName, a?: O, b?: O, c?: O): void;
}

/** Names of the plain functions behind `system`; `cpu/` and `vmx/` implement each exactly once (a missing one is a type error). What is not in the operands
 *  is found in the instruction: the segment of `loadFarPointer` by its opcode, far immediates in `immediate` and `immediate2`, one iteration of `ins` and
 *  `outs` (which move their index register themselves) by size and segment. Ports, vectors and divisors given as Ib are unsigned. */
// biome-ignore format: a table
export const SYSTEM_NAMES = [
  // arithmetic too wide for a value
  'div', 'idiv', 'aam', 'cmpxchg8b',
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

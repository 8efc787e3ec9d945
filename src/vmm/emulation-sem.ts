import { BASE, CS, EBP, EFLAGS, EIP, ES, ESP, FLAG_A, FLAG_B, FLAG_C, FLAG_KIND, FLAG_R, LIMIT, RIGHTS, SS } from '../arch/cpu-state.ts';
import { RIGHTS_DB } from '../arch/descriptors.ts';
import { GP, UD } from '../arch/exceptions.ts';
import * as flags from '../isa/flags.ts';
import { ADDRESS16, type Insn } from '../isa/insn.ts';
import { IMM, IMM2, MEM8, ONE, R16, R8, TARGET } from '../isa/operands.ts';
import type { FlagName, MemorySegment, Sem, Size } from '../isa/semantics.ts';
import { type GuestMemory, Unfinished } from './guest-memory.ts';

const DF = 1 << 10;
const BITS = { CF: flags.CF, PF: flags.PF, AF: flags.AF, ZF: flags.ZF, SF: flags.SF, OF: flags.OF } as const;

/** The vocabulary of `isa/semantics.ts` for an instruction that the hypervisor emulates: registers are `words`, in the layout of the CPU's, and memory is a guest's,
 *  devices and all. Nobody runs rows on it: `instruction-emulation.ts` reads their recordings. */
export class EmulationSem implements Sem<number, number> {
  readonly words: Int32Array;
  insn: Insn;
  /** Effective address of the memory operand, and EIP of the next instruction. */
  ea = 0;
  next = 0;
  private readonly memory: GuestMemory;

  constructor(words: Int32Array, memory: GuestMemory, insn: Insn) {
    this.words = words;
    this.memory = memory;
    this.insn = insn;
  }

  /** Takes up `insn`, which stands at EIP. */
  begin(insn: Insn): void {
    const w = this.words;
    this.insn = insn;
    const sum = (w[insn.base] + (w[insn.index] << insn.scale) + insn.displacement) | 0;
    this.ea = insn.flags & ADDRESS16 ? sum & 0xffff : sum;
    this.next = (w[EIP] + insn.length) | 0;
  }

  get operandBytes(): number {
    return this.insn.size >> 3;
  }

  // Values -------------------------------------------------------------------------------------------------------------------------------
  private narrow(v: number): number {
    return (v << this.insn.shift) >> this.insn.shift;
  }
  private unsigned(v: number): number {
    return (v << this.insn.shift) >>> this.insn.shift;
  }
  constant(value: number): number {
    return value | 0;
  }
  add(a: number, b: number): number {
    return this.narrow(a + b);
  }
  sub(a: number, b: number): number {
    return this.narrow(a - b);
  }
  mul(a: number, b: number): number {
    return this.narrow(Math.imul(a, b));
  }
  mulHigh(a: number, b: number): number {
    return this.narrow(Number((BigInt(a) * BigInt(b)) >> BigInt(this.insn.size)));
  }
  mulHighUnsigned(a: number, b: number): number {
    const product = BigInt(this.unsigned(a)) * BigInt(this.unsigned(b));
    return this.narrow(Number(BigInt.asIntN(32, product >> BigInt(this.insn.size))));
  }
  and(a: number, b: number): number {
    return a & b;
  }
  or(a: number, b: number): number {
    return a | b;
  }
  xor(a: number, b: number): number {
    return a ^ b;
  }
  not(a: number): number {
    return ~a;
  }
  shl(a: number, count: number): number {
    return this.narrow(a << count);
  }
  shr(a: number, count: number): number {
    return this.narrow(this.unsigned(a) >>> count);
  }
  sar(a: number, count: number): number {
    return a >> count;
  }
  add32(a: number, b: number): number {
    return (a + b) | 0;
  }
  equal(a: number, b: number): number {
    return a === b ? 1 : 0;
  }
  below(a: number, b: number): number {
    return a >>> 0 < b >>> 0 ? 1 : 0;
  }
  select(condition: number, a: number, b: number): number {
    return condition !== 0 ? a : b;
  }
  zeroExtend(a: number, size: Size): number {
    return ((a << (32 - size)) >>> (32 - size)) | 0;
  }
  lowestBit(a: number): number {
    return a === 0 ? 0 : 31 - Math.clz32(a & -a);
  }
  highestBit(a: number): number {
    return a === 0 ? 0 : 31 - Math.clz32(this.unsigned(a));
  }

  // Operands -----------------------------------------------------------------------------------------------------------------------------
  read(o: number): number {
    if (o >= MEM8 && o < IMM) return this.loadAt(this.linear(this.insn.segment, this.ea), 8 << (o - MEM8));
    if (o < MEM8) return this.general(o & 7, o < R16 ? 32 : o < R8 ? 16 : 8);
    if (o === IMM) return this.insn.immediate;
    return o === TARGET ? (this.next + this.insn.immediate) | 0 : o === ONE ? 1 : o === IMM2 ? this.insn.immediate2 : o;
  }
  readUnsigned(o: number): number {
    const v = this.read(o);
    const size = o < R16 ? 32 : o < R8 ? 16 : o < MEM8 ? 8 : o < IMM ? 8 << (o - MEM8) : this.insn.size;
    return ((v << (32 - size)) >>> (32 - size)) | 0;
  }
  readForUpdate(o: number): number {
    this.checkWrite(o);
    return this.read(o);
  }
  checkWrite(o: number): void {
    if (o >= MEM8 && o < IMM) this.memory.checkWrite(this.linear(this.insn.segment, this.ea), 1 << (o - MEM8));
  }
  write(o: number, v: number): void {
    if (o >= MEM8) this.memory.write(this.linear(this.insn.segment, this.ea), 1 << (o - MEM8), v);
    else this.setGeneral(o & 7, v, o < R16 ? 32 : o < R8 ? 16 : 8);
  }
  address(_o: number): number {
    return this.ea;
  }
  bitOperand(o: number, offset: number): number {
    if (o >= MEM8) this.ea = this.addA(this.ea, this.insn.size === 32 ? (offset >> 5) << 2 : (offset >> 4) << 1);
    return o;
  }
  afterPop(o: number): number {
    if (o >= MEM8 && this.insn.base === ESP) this.ea = (this.ea + this.operandBytes) | 0;
    return o;
  }
  register(n: number): number {
    return this.general(n, this.insn.size);
  }
  register8(n: number): number {
    return this.general(n, 8);
  }
  register16(n: number): number {
    return this.general(n, 16);
  }
  setRegister(n: number, v: number): void {
    this.setGeneral(n, v, this.insn.size);
  }
  setRegister8(n: number, v: number): void {
    this.setGeneral(n, v, 8);
  }
  setRegister16(n: number, v: number): void {
    this.setGeneral(n, v, 16);
  }

  // Flags --------------------------------------------------------------------------------------------------------------------------------
  flags(kind: 'add' | 'sub' | 'logic', a: number, b: number, r: number): void {
    this.lazy(flags.FLAG_KINDS[kind], [a, b, r, 0]);
  }
  flagsAdc(a: number, b: number, r: number, carryIn: number): void {
    this.lazy(flags.FLAG_KINDS.adc, [a, b, r, carryIn]);
  }
  flagsSbb(a: number, b: number, r: number, carryIn: number): void {
    this.lazy(flags.FLAG_KINDS.sbb, [a, b, r, carryIn]);
  }
  flagsKeepCarry(kind: 'inc' | 'dec', a: number, r: number): void {
    this.lazy(flags.FLAG_KINDS[kind], [a, 1, r, flags.carryFlag(this.words)]);
  }
  flagsKnown(r: number, carry: number, overflow: number, adjust: number): void {
    const bits = (carry !== 0 ? flags.CF : 0) | (overflow !== 0 ? flags.OF : 0) | (adjust !== 0 ? flags.AF : 0);
    this.lazy(flags.FLAG_KINDS.known, [0, 0, r, bits]);
  }
  flagsShift(condition: number, r: number, carry: number, overflow: number): void {
    if (condition !== 0) this.lazy(flags.FLAG_KINDS.shift, [carry, overflow, r, 0]);
  }
  flagsRotate(condition: number, carry: number, overflow: number): void {
    if (condition !== 0) this.putStatus(flags.CF | flags.OF, (carry < 0 ? flags.CF : 0) | (overflow < 0 ? flags.OF : 0));
  }
  flag(name: FlagName): number {
    const image = name === 'DF' ? this.words[EFLAGS] : flags.statusFlags(this.words);
    return image & (name === 'DF' ? DF : BITS[name]) ? 1 : 0;
  }
  setFlag(name: FlagName, v: number): void {
    if (name === 'DF') this.words[EFLAGS] = v !== 0 ? this.words[EFLAGS] | DF : this.words[EFLAGS] & ~DF;
    else this.putStatus(BITS[name], v !== 0 ? BITS[name] : 0);
  }
  condition(tttn: number): number {
    return flags.conditionHolds(this.words, tttn);
  }
  statusFlags(): number {
    return (flags.statusFlags(this.words) & 0xff) | 2;
  }
  setStatusFlags(v: number): void {
    this.putStatus(flags.STATUS & 0xff, v);
  }

  // Memory beside the operand ----------------------------------------------------------------------------------------------------------------
  load(segment: MemorySegment, offset: number): number {
    return this.loadAt(this.linear(segment === 'ES' ? 0 : this.insn.segment, offset), this.insn.size);
  }
  store(segment: MemorySegment, offset: number, v: number): void {
    this.memory.write(this.linear(segment === 'ES' ? 0 : this.insn.segment, offset), this.operandBytes, v);
  }
  registerA(n: number): number {
    return this.insn.flags & ADDRESS16 ? this.words[n] & 0xffff : this.words[n];
  }
  setRegisterA(n: number, v: number): void {
    this.setGeneral(n, v, this.insn.flags & ADDRESS16 ? 16 : 32);
  }
  addA(a: number, b: number): number {
    return this.insn.flags & ADDRESS16 ? (a + b) & 0xffff : (a + b) | 0;
  }
  stackLoad(byteOffset: number): number {
    return this.loadAt(this.stackLinear(this.words[ESP] + byteOffset), this.insn.size);
  }
  stackStore(byteOffset: number, v: number): void {
    this.memory.write(this.stackLinear(this.words[ESP] + byteOffset), this.operandBytes, v);
  }
  frameLoad(): number {
    return this.loadAt(this.stackLinear(this.words[EBP]), this.insn.size);
  }
  stackMove(byteOffset: number): void {
    this.setStackPointer(this.words[ESP] + byteOffset);
  }
  stackMoveBy(bytes: number): void {
    this.stackMove(bytes);
  }
  stackMoveToFrame(byteOffset: number): void {
    this.setStackPointer(this.words[EBP] + byteOffset);
  }

  // Control ------------------------------------------------------------------------------------------------------------------------------
  nextEip(): number {
    return this.next;
  }
  jump(target: number): void {
    this.checkTarget(target);
    this.next = this.insn.size === 16 ? target & 0xffff : target;
  }
  jumpIf(condition: number, target: number): void {
    if (condition !== 0) this.jump(target);
  }
  checkTarget(target: number): void {
    const eip = this.insn.size === 16 ? target & 0xffff : target;
    if (eip >>> 0 > this.words[CS + LIMIT] >>> 0) throw new Unfinished('fault', GP);
  }
  /** Only what is no more than #UD; whatever else needs a function of the processor is not emulated. */
  system(name: string): void {
    if (name === 'ud') throw new Unfinished('fault', UD);
    throw new Unfinished('refuse');
  }

  // ------------------------------------------------------------------------------------------------------------------------------------------
  /** The processor has checked the limits of the access that exited; others of the same instruction are not checked again. */
  private linear(segment: number, offset: number): number {
    return (this.words[ES + 4 * segment + BASE] + offset) | 0;
  }
  private get stackMask(): number {
    return this.words[SS + RIGHTS] & RIGHTS_DB ? -1 : 0xffff;
  }
  private stackLinear(pointer: number): number {
    return (this.words[SS + BASE] + (pointer & this.stackMask)) | 0;
  }
  private setStackPointer(value: number): void {
    const mask = this.stackMask;
    this.words[ESP] = (this.words[ESP] & ~mask) | (value & mask);
  }
  private loadAt(linear: number, size: number): number {
    const shift = 32 - size;
    return (this.memory.read(linear, size >> 3) << shift) >> shift;
  }
  private general(n: number, size: number): number {
    const w = this.words;
    if (size === 32) return w[n];
    return size === 16 ? (w[n] << 16) >> 16 : (w[n & 3] << (24 - ((n & 4) << 1))) >> 24;
  }
  private setGeneral(n: number, v: number, size: number): void {
    const w = this.words;
    const at = size === 8 ? (n & 4) << 1 : 0;
    const mask = size === 32 ? -1 : (size === 16 ? 0xffff : 0xff) << at;
    const word = size === 8 ? n & 3 : n;
    w[word] = (w[word] & ~mask) | ((v << at) & mask);
  }
  private lazy(kind: number, [a, b, r, c]: readonly [number, number, number, number]): void {
    const w = this.words;
    w[FLAG_KIND] = kind;
    w[FLAG_A] = a;
    w[FLAG_B] = b;
    w[FLAG_R] = r;
    w[FLAG_C] = c;
  }
  private putStatus(mask: number, bits: number): void {
    flags.setStatusFlags(this.words, (flags.statusFlags(this.words) & ~mask) | (bits & mask));
  }
}

/** Words of the code segment that a decoder needs. */
export function codeBits(words: Int32Array): 16 | 32 {
  return words[CS + RIGHTS] & RIGHTS_DB ? 32 : 16;
}

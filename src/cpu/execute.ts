/** `Sem` over numbers: what an instruction does when it is done now. One instance in a machine; values are int32, sign-extended at their size; operands are
 *  the handles of `isa/operands.ts`. Hot words look the access up in the MMU's mirrors; whatever misses goes through `access.ts`. */
import { CS, EBP, EFLAGS, ESP, FLAG_A, FLAG_B, FLAG_C, FLAG_KIND, FLAG_R, LIMIT } from '../arch/cpu-state.ts';
import { GP } from '../arch/exceptions.ts';
import { ADDRESS16, type Insn } from '../isa/insn.ts';
import {
  ADC,
  ADD,
  AF,
  DEC,
  INC,
  LOGIC,
  SBB,
  SUB,
  CF,
  carryFlag,
  conditionHolds,
  OF,
  PF,
  SF,
  STATUS,
  setKnownFlags,
  setRotateFlags,
  setShiftFlags,
  setStatusFlags,
  statusFlags,
  ZF,
} from '../isa/flags.ts';
import { IMM, IMM2, MEM8, MEM16, MEM32, NONE, ONE, R8, R16, TARGET } from '../isa/operands.ts';
import type { FlagName, MemorySegment, Sem, Size, SystemName } from '../isa/semantics.ts';
import { raise } from '../memory/fault.ts';
import * as access from './access.ts';
import type { Cpu } from './cpu.ts';
import { EA, GUARD, NEXT, SEGMENT_GUARD, STACK_GUARD, STACK_MASK } from './derived.ts';
import { highProduct } from './product.ts';

/** A mirror look-up hits an aligned word or dword on plain RAM if these bits of linear ^ entry are 0. */
const DWORD = 0x8000_0003 | 0;
const WORD = 0x8000_0001 | 0;
const DF = 1 << 10;
const SS = 2;
const FLAG_BIT = { CF, PF, AF, ZF, SF, OF };

/** Does at once what a row says. Throws `Fault`, `EptFault` and `vmExitTaken`, for the interpreter. */
export class Execute implements Sem<number, number> {
  private readonly cpu: Cpu;
  private readonly w: Int32Array;
  private readonly ram8: Uint8Array;
  private readonly ram16: Int16Array;
  private readonly ram32: Int32Array;
  /** Mirrors of the present privilege and context; `Cpu` replaces them. */
  readMirror: Int32Array;
  writeMirror: Int32Array;
  /** The instruction that runs. */
  insn: Insn;

  constructor(cpu: Cpu, first: Insn) {
    this.cpu = cpu;
    this.w = cpu.words;
    this.ram8 = cpu.bus.physical.ram8;
    this.ram16 = new Int16Array(this.ram8.buffer);
    this.ram32 = cpu.bus.physical.ram32;
    this.readMirror = cpu.mmu.readMirror;
    this.writeMirror = cpu.mmu.writeMirror;
    this.insn = first;
  }

  // Values ---------------------------------------------------------------------------------------------------------------------------
  constant(value: number): number {
    return value | 0;
  }
  // speed only: `shift === 0`; two variable shifts less, 7 to 9 % of the bench's ALU and memory loops.
  add(a: number, b: number): number {
    const shift = this.insn.shift;
    return shift === 0 ? (a + b) | 0 : ((a + b) << shift) >> shift;
  }
  sub(a: number, b: number): number {
    const shift = this.insn.shift;
    return shift === 0 ? (a - b) | 0 : ((a - b) << shift) >> shift;
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
  mul(a: number, b: number): number {
    const shift = this.insn.shift;
    return (Math.imul(a, b) << shift) >> shift;
  }
  mulHigh(a: number, b: number): number {
    const { shift, size } = this.insn;
    if (shift !== 0) return ((Math.imul(a, b) >> size) << shift) >> shift;
    return (highProduct(a, b) - ((a >> 31) & b) - ((b >> 31) & a)) | 0;
  }
  mulHighUnsigned(a: number, b: number): number {
    const { shift, size } = this.insn;
    if (shift === 0) return highProduct(a, b);
    return ((Math.imul((a << shift) >>> shift, (b << shift) >>> shift) >>> size) << shift) >> shift;
  }
  shl(a: number, count: number): number {
    const shift = this.insn.shift;
    return shift === 0 ? a << count : ((a << count) << shift) >> shift;
  }
  shr(a: number, count: number): number {
    const shift = this.insn.shift;
    return shift === 0 ? (a >>> count) | 0 : ((((a << shift) >>> shift) >>> count) << shift) >> shift;
  }
  sar(a: number, count: number): number {
    return a >> count;
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
  add32(a: number, b: number): number {
    return (a + b) | 0;
  }
  lowestBit(a: number): number {
    return a === 0 ? 0 : 31 - Math.clz32(a & -a);
  }
  highestBit(a: number): number {
    const shift = this.insn.shift;
    return a === 0 ? 0 : 31 - Math.clz32((a << shift) >>> shift);
  }

  // Operands -------------------------------------------------------------------------------------------------------------------------
  // Registers and immediates are dealt with where V8 puts these words into a row; memory is a call, which keeps the rows' code small enough for that.
  read(o: number): number {
    if (o < R16) return this.w[o];
    return o === IMM ? this.insn.immediate : this.readOther(o);
  }
  private readOther(o: number): number {
    if (o !== MEM32) return this.readNarrow(o);
    const ea = this.w[EA];
    const x = (ea ^ this.readMirror[ea >>> 12]) | this.w[GUARD];
    return (x & DWORD) === 0 ? this.ram32[x >> 2] : access.read32(this.cpu, this.insn.segment, ea);
  }
  private readNarrow(o: number): number {
    const w = this.w;
    if (o < R8) return (w[o - R16] << 16) >> 16;
    if (o < MEM8) return (w[o & 3] << (24 - ((o & 4) << 1))) >> 24;
    const ea = w[EA];
    if (o === MEM8) {
      const x = (ea ^ this.readMirror[ea >>> 12]) | w[GUARD];
      return x >= 0 ? (this.ram8[x] << 24) >> 24 : access.read8(this.cpu, this.insn.segment, ea);
    }
    if (o === MEM16) {
      const x = (ea ^ this.readMirror[ea >>> 12]) | w[GUARD];
      return (x & WORD) === 0 ? this.ram16[x >> 1] : access.read16(this.cpu, this.insn.segment, ea);
    }
    if (o === TARGET) return (w[NEXT] + this.insn.immediate) | 0;
    return o === ONE ? 1 : o === IMM2 ? this.insn.immediate2 : o;
  }
  readUnsigned(o: number): number {
    const v = this.read(o);
    if (o < R16 || o === MEM32) return v;
    if (o < R8 || o === MEM16) return v & 0xffff;
    return o <= MEM8 ? v & 0xff : ((v << this.insn.shift) >>> this.insn.shift) | 0;
  }
  readForUpdate(o: number): number {
    return o < R16 ? this.w[o] : this.readOtherForUpdate(o);
  }
  private readOtherForUpdate(o: number): number {
    if (o < MEM8) return this.readNarrow(o);
    const ea = this.w[EA];
    const x = (ea ^ this.writeMirror[ea >>> 12]) | this.w[GUARD];
    if (o === MEM32 && (x & DWORD) === 0) return this.ram32[x >> 2];
    if (o === MEM8 && x >= 0) return (this.ram8[x] << 24) >> 24;
    return access.readForUpdate(this.cpu, this.insn.segment, ea, 8 << (o - MEM8));
  }
  checkWrite(o: number): void {
    if (o < MEM8) return;
    const ea = this.w[EA];
    const x = (ea ^ this.writeMirror[ea >>> 12]) | this.w[GUARD];
    if (x & DWORD) access.checkWrite(this.cpu, this.insn.segment, ea, 8 << (o - MEM8));
  }
  write(o: number, v: number): void {
    if (o < R16) this.w[o] = v;
    else this.writeOther(o, v);
  }
  private writeOther(o: number, v: number): void {
    if (o !== MEM32) {
      this.writeNarrow(o, v);
      return;
    }
    const ea = this.w[EA];
    const x = (ea ^ this.writeMirror[ea >>> 12]) | this.w[GUARD];
    if ((x & DWORD) === 0) this.ram32[x >> 2] = v;
    else access.write32(this.cpu, this.insn.segment, ea, v);
  }
  private writeNarrow(o: number, v: number): void {
    const w = this.w;
    if (o < R8) {
      w[o - R16] = (w[o - R16] & 0xffff_0000) | (v & 0xffff);
      return;
    }
    if (o < MEM8) {
      const at = (o & 4) << 1;
      w[o & 3] = (w[o & 3] & ~(0xff << at)) | ((v & 0xff) << at);
      return;
    }
    const ea = w[EA];
    const x = (ea ^ this.writeMirror[ea >>> 12]) | w[GUARD];
    if (o === MEM8) {
      if (x >= 0) this.ram8[x] = v;
      else access.write8(this.cpu, this.insn.segment, ea, v);
    } else if ((x & WORD) === 0) this.ram16[x >> 1] = v;
    else access.write16(this.cpu, this.insn.segment, ea, v);
  }
  address(_o: number): number {
    return this.w[EA];
  }
  bitOperand(o: number, offset: number): number {
    if (o < MEM8) return o;
    const step = this.insn.size === 32 ? (offset >> 5) << 2 : (offset >> 4) << 1;
    const ea = (this.w[EA] + step) | 0;
    this.w[EA] = this.insn.flags & ADDRESS16 ? ea & 0xffff : ea;
    return o;
  }
  afterPop(o: number): number {
    if (o >= MEM8 && this.insn.base === ESP) this.w[EA] += this.insn.size >> 3;
    return o;
  }
  register(n: number): number {
    const size = this.insn.size;
    return size === 32 ? this.w[n] : this.readNarrow((size === 16 ? R16 : R8) + n);
  }
  register8(n: number): number {
    return this.readNarrow(R8 + n);
  }
  register16(n: number): number {
    return (this.w[n] << 16) >> 16;
  }
  setRegister(n: number, v: number): void {
    const size = this.insn.size;
    if (size === 32) this.w[n] = v;
    else this.writeNarrow((size === 16 ? R16 : R8) + n, v);
  }
  setRegister8(n: number, v: number): void {
    this.writeNarrow(R8 + n, v);
  }
  setRegister16(n: number, v: number): void {
    this.w[n] = (this.w[n] & 0xffff_0000) | (v & 0xffff);
  }

  // Flags ----------------------------------------------------------------------------------------------------------------------------
  flags(kind: 'add' | 'sub' | 'logic', a: number, b: number, r: number): void {
    const w = this.w;
    w[FLAG_KIND] = kind === 'sub' ? SUB : kind === 'add' ? ADD : LOGIC;
    w[FLAG_A] = a;
    w[FLAG_B] = b;
    w[FLAG_R] = r;
    w[FLAG_C] = 0;
  }
  flagsAdc(a: number, b: number, r: number, carryIn: number): void {
    this.flags('add', a, b, r);
    this.w[FLAG_KIND] = ADC;
    this.w[FLAG_C] = carryIn;
  }
  flagsSbb(a: number, b: number, r: number, carryIn: number): void {
    this.flags('sub', a, b, r);
    this.w[FLAG_KIND] = SBB;
    this.w[FLAG_C] = carryIn;
  }
  flagsKeepCarry(kind: 'inc' | 'dec', a: number, r: number): void {
    const w = this.w;
    w[FLAG_C] = carryFlag(w);
    w[FLAG_KIND] = kind === 'inc' ? INC : DEC;
    w[FLAG_A] = a;
    w[FLAG_B] = 1;
    w[FLAG_R] = r;
  }
  flagsKnown(r: number, carry: number, overflow: number, adjust: number): void {
    setKnownFlags(this.w, r, (carry !== 0 ? CF : 0) | (overflow !== 0 ? OF : 0) | (adjust !== 0 ? AF : 0));
  }
  flagsShift(condition: number, r: number, carry: number, overflow: number): void {
    if (condition !== 0) setShiftFlags(this.w, r, carry, overflow);
  }
  flagsRotate(condition: number, carry: number, overflow: number): void {
    if (condition !== 0) setRotateFlags(this.w, carry, overflow);
  }
  flag(name: FlagName): number {
    if (name === 'CF') return carryFlag(this.w);
    if (name === 'DF') return (this.w[EFLAGS] >> 10) & 1;
    return (statusFlags(this.w) & FLAG_BIT[name]) === 0 ? 0 : 1;
  }
  setFlag(name: FlagName, v: number): void {
    const w = this.w;
    if (name === 'DF') w[EFLAGS] = v !== 0 ? w[EFLAGS] | DF : w[EFLAGS] & ~DF;
    else {
      const bit = FLAG_BIT[name];
      setStatusFlags(w, v !== 0 ? statusFlags(w) | bit : statusFlags(w) & ~bit);
    }
  }
  condition(tttn: number): number {
    return conditionHolds(this.w, tttn);
  }
  statusFlags(): number {
    return (statusFlags(this.w) & 0xff) | 2;
  }
  setStatusFlags(v: number): void {
    setStatusFlags(this.w, (v & STATUS & 0xff) | (statusFlags(this.w) & OF));
  }

  // Memory beside the operand ----------------------------------------------------------------------------------------------------------
  load(segment: MemorySegment, offset: number): number {
    const { shift, segment: own } = this.insn;
    const n = segment === 'ES' ? 0 : own;
    const x = (offset ^ this.readMirror[offset >>> 12]) | this.w[SEGMENT_GUARD + n];
    if (shift === 0 && (x & DWORD) === 0) return this.ram32[x >> 2];
    if (shift === 24 && x >= 0) return (this.ram8[x] << 24) >> 24;
    return access.read(this.cpu, n, offset, 32 - shift);
  }
  store(segment: MemorySegment, offset: number, v: number): void {
    const { shift, segment: own } = this.insn;
    const n = segment === 'ES' ? 0 : own;
    const x = (offset ^ this.writeMirror[offset >>> 12]) | this.w[SEGMENT_GUARD + n];
    if (shift === 0 && (x & DWORD) === 0) this.ram32[x >> 2] = v;
    else if (shift === 24 && x >= 0) this.ram8[x] = v;
    else access.write(this.cpu, n, offset, 32 - shift, v);
  }
  registerA(n: number): number {
    return this.insn.flags & ADDRESS16 ? this.w[n] & 0xffff : this.w[n];
  }
  setRegisterA(n: number, v: number): void {
    if (this.insn.flags & ADDRESS16) this.setRegister16(n, v);
    else this.w[n] = v;
  }
  addA(a: number, b: number): number {
    return this.insn.flags & ADDRESS16 ? (a + b) & 0xffff : (a + b) | 0;
  }
  stackLoad(byteOffset: number): number {
    const at = (this.w[ESP] + byteOffset) | 0;
    const x = (at ^ this.readMirror[at >>> 12]) | this.w[STACK_GUARD];
    if ((x & DWORD) === 0 && this.insn.shift === 0) return this.ram32[x >> 2];
    return access.stackLoad(this.cpu, byteOffset, this.insn.size);
  }
  stackStore(byteOffset: number, v: number): void {
    const at = (this.w[ESP] + byteOffset) | 0;
    const x = (at ^ this.writeMirror[at >>> 12]) | this.w[STACK_GUARD];
    if ((x & DWORD) === 0 && this.insn.shift === 0) this.ram32[x >> 2] = v;
    else access.stackStore(this.cpu, byteOffset, this.insn.size, v);
  }
  frameLoad(): number {
    return access.read(this.cpu, SS, this.w[EBP] & this.w[STACK_MASK], this.insn.size);
  }
  stackMove(byteOffset: number): void {
    const w = this.w;
    const mask = w[STACK_MASK];
    w[ESP] = (w[ESP] & ~mask) | ((w[ESP] + byteOffset) & mask);
  }
  stackMoveBy(bytes: number): void {
    this.stackMove(bytes);
  }
  stackMoveToFrame(byteOffset: number): void {
    const mask = this.w[STACK_MASK];
    this.w[ESP] = (this.w[ESP] & ~mask) | ((this.w[EBP] + byteOffset) & mask);
  }
  get operandBytes(): number {
    return this.insn.size >> 3;
  }

  // Control ----------------------------------------------------------------------------------------------------------------------------
  nextEip(): number {
    return this.w[NEXT];
  }
  jump(target: number): void {
    const w = this.w;
    const eip = this.insn.size === 16 ? target & 0xffff : target;
    if (eip >>> 0 > w[CS + LIMIT] >>> 0) raise(GP);
    w[NEXT] = eip;
  }
  jumpIf(condition: number, target: number): void {
    if (condition !== 0) this.jump(target);
  }
  checkTarget(target: number): void {
    const eip = this.insn.size === 16 ? target & 0xffff : target;
    if (eip >>> 0 > this.w[CS + LIMIT] >>> 0) raise(GP);
  }
  system(name: SystemName, a = NONE, b = NONE, c = NONE): void {
    this.cpu.system(name, a, b, c);
  }
}

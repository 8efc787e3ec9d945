/** Linear addresses as the CPU uses them. Fast: a mirror hit. Slow, and complete: TLB, walk, A/D flags, faults, devices, pages crossed. */
import type { Trace } from '../trace/trace.ts';
import type { Bus } from './bus.ts';
import { explainWalk, type WalkExplanation } from './explain.ts';
import { linearMappings, type MappingRange, physicalMappings } from './mappings.ts';
import { MirrorBank, type MirrorSet } from './mirror.ts';
import type { Observer } from './observer.ts';
import { peekBytes } from './peek.ts';
import type { Physical } from './physical.ts';
import { FETCH, OK, PROBE, READ, TableMemory, WRITE } from './tables.ts';
import type { Tlb } from './tlb.ts';
import { Translation } from './translation.ts';
import { type AccessKind, type PagingContext, walkerIn, type WalkRequest } from './walk.ts';
import { type WatchedAccess, type Watchpoint, Watchpoints } from './watchpoints.ts';

/** Bytes of a page behind the first. */
const LAST = 0xfff;

/** Addresses are int32 or unsigned alike. Reads of 8 and 16 bits return sign-extended values. Every access may throw a `Fault` (#PF) or an `EptFault`; then memory
 *  is as it was, but for A and D flags that the walk of an earlier page has set. */
export class Mmu {
  /** The present privilege's mirrors (see mirror.ts); `setPrivilege` exchanges them. */
  readMirror: Int32Array;
  writeMirror: Int32Array;
  fetchMirror: Int32Array;
  /** False leaves the mirrors empty. Only for tests: it must change nothing but speed. */
  isMirroring = true;
  private readonly bus: Bus;
  private readonly tlb: Tlb;
  private readonly physical: Physical;
  private readonly ram8: Uint8Array;
  private readonly ram32: Int32Array;
  private readonly mirrors = new MirrorBank();
  private readonly translation: Translation;
  private isUser = false;
  private watched: Watchpoints | null = null;
  private observer: Observer | null = null;

  constructor(bus: Bus, tlb: Tlb, fine: Trace) {
    this.bus = bus;
    this.tlb = tlb;
    this.physical = bus.physical;
    this.ram8 = bus.physical.ram8;
    this.ram32 = bus.physical.ram32;
    this.translation = new Translation(bus, tlb, fine, this.mirrors);
    this.readMirror = this.mirrors.supervisor.read.table;
    this.writeMirror = this.mirrors.supervisor.write.table;
    this.fetchMirror = this.mirrors.supervisor.fetch.table;
    bus.onRemap = () => this.mirrors.clear();
  }

  /** The context in force, a copy. */
  /** `listener` is called behind each walk that an access made. */
  watchWalks(listener: () => void): void {
    this.translation.onWalk = listener;
  }

  get context(): PagingContext {
    return this.translation.context;
  }

  /** CR0.PG and WP, CR3, CR4.PSE and PGE as in force. Flushes nothing: a caller that changes them also says what the architecture flushes. */
  setPaging(cr0: number, cr3: number, cr4: number): void {
    this.translation.setPaging(cr0, cr3, cr4);
  }

  /** True at CPL 3: accesses are user accesses from now on. */
  setPrivilege(isUser: boolean): void {
    this.isUser = isUser;
    const set = this.mirrorSet(isUser);
    this.readMirror = set.read.table;
    this.writeMirror = set.write.table;
    this.fetchMirror = set.fetch.table;
  }

  /** EPT in force with this EPTP (two words), and the present VPID (0 in root operation and with VPID off). Flushes nothing. */
  setNested(isNested: boolean, eptpLow: number, eptpHigh: number, vpid: number): void {
    this.translation.setNested(isNested, eptpLow, eptpHigh, vpid);
  }

  read8(linear: number): number {
    const x = linear ^ this.readMirror[linear >>> 12];
    return ((x >= 0 ? this.ram8[x] : this.readSlow(linear, 1, this.isUser)) << 24) >> 24;
  }

  read16(linear: number): number {
    const x = linear ^ this.readMirror[linear >>> 12];
    const value = x >= 0 && (x & LAST) !== LAST ? this.ram8[x] | (this.ram8[x + 1] << 8) : this.readSlow(linear, 2, this.isUser);
    return (value << 16) >> 16;
  }

  read32(linear: number): number {
    const x = linear ^ this.readMirror[linear >>> 12];
    if ((x & -0x7ffffffd) === 0) return this.ram32[x >> 2];
    if (x < 0 || (x & LAST) > LAST - 3) return this.readSlow(linear, 4, this.isUser);
    const b = this.ram8;
    return b[x] | (b[x + 1] << 8) | (b[x + 2] << 16) | (b[x + 3] << 24);
  }

  write8(linear: number, value: number): void {
    const x = linear ^ this.writeMirror[linear >>> 12];
    if (x >= 0) this.ram8[x] = value;
    else this.writeSlow(linear, 1, value, this.isUser);
  }

  write16(linear: number, value: number): void {
    const x = linear ^ this.writeMirror[linear >>> 12];
    if (x >= 0 && (x & LAST) !== LAST) {
      this.ram8[x] = value;
      this.ram8[x + 1] = value >> 8;
    } else this.writeSlow(linear, 2, value, this.isUser);
  }

  write32(linear: number, value: number): void {
    const x = linear ^ this.writeMirror[linear >>> 12];
    if ((x & -0x7ffffffd) === 0) this.ram32[x >> 2] = value;
    else if (x < 0 || (x & LAST) > LAST - 3) this.writeSlow(linear, 4, value, this.isUser);
    else for (let i = 0; i < 4; i++) this.ram8[x + i] = value >> (8 * i);
  }

  /** The system reads and writes are supervisor accesses whatever the CPL: descriptor tables, the TSS. */
  readSystem8(linear: number): number {
    return (this.readSlow(linear, 1, false) << 24) >> 24;
  }

  readSystem16(linear: number): number {
    return (this.readSlow(linear, 2, false) << 16) >> 16;
  }

  readSystem32(linear: number): number {
    const x = linear ^ this.mirrors.supervisor.read.table[linear >>> 12];
    return (x & -0x7ffffffd) === 0 ? this.ram32[x >> 2] : this.readSlow(linear, 4, false); // speed only
  }

  writeSystem8(linear: number, value: number): void {
    this.writeSlow(linear, 1, value, false);
  }

  writeSystem16(linear: number, value: number): void {
    this.writeSlow(linear, 2, value, false);
  }

  writeSystem32(linear: number, value: number): void {
    const x = linear ^ this.mirrors.supervisor.write.table[linear >>> 12];
    if ((x & -0x7ffffffd) === 0)
      this.ram32[x >> 2] = value; // speed only
    else this.writeSlow(linear, 4, value, false);
  }

  /** Translates with write intent every page that `size` bytes touch, so that a write there cannot fault next. */
  probeWrite(linear: number, size: number): void {
    const x = linear ^ this.writeMirror[linear >>> 12];
    if (x >= 0 && (x & LAST) + size <= LAST + 1) return; // speed only
    this.probe(linear, size, WRITE);
  }

  probeRead(linear: number, size: number): void {
    this.probe(linear, size, READ);
  }

  /** The byte at `linear` as an instruction fetch reads it, unsigned. */
  fetch8(linear: number): number {
    const x = linear ^ this.fetchMirror[linear >>> 12];
    if (x >= 0) return this.ram8[x];
    const offset = this.fetchPage(linear);
    if (offset >= 0) return this.ram8[offset | (linear & LAST)];
    const page = this.translation.translate(linear, FETCH, this.isUser);
    return page > 0xfffff ? 0xff : this.bus.read8((page << 12) | (linear & LAST));
  }

  /** Offset in ram8 of the page from which instructions at `linear` come, if it is RAM or ROM; -1 if `fetch8` must ask for each byte. */
  fetchPage(linear: number): number {
    const x = linear ^ this.fetchMirror[linear >>> 12];
    if (x >= 0) return x & ~LAST;
    const page = this.translation.translate(linear, FETCH, this.isUser);
    const offset = page > 0xfffff ? -1 : this.bus.readablePage(page << 12);
    if (offset >= 0 && this.isMirroring) this.mirrorSet(this.isUser).fetch.set(linear, offset);
    return offset;
  }

  // Architectural invalidations; invalidation.ts has their rules.
  /** MOV to CR3 (`includeGlobal` false), and the changes of CR0 and CR4 that flush (true). */
  flushAll(includeGlobal: boolean): void {
    this.translation.flushAll(includeGlobal);
  }

  invlpg(linear: number): void {
    this.translation.invlpg(linear);
  }

  /** `type` 0 to 3 and the descriptor, checked by the caller. */
  invvpid(type: number, vpid: number, linear: number): void {
    this.translation.invvpid(type, vpid, linear);
  }

  /** `type` 1 or 2 and the descriptor's EPTP, checked by the caller. */
  invept(type: number, eptpLow: number, eptpHigh: number): void {
    this.translation.invept(type, eptpLow, eptpHigh);
  }

  /** VM entry or VM exit with VPID off. */
  flushVpid0(): void {
    this.translation.flushVpid0();
  }

  // What derived state must forget.
  /** After `physical.dirty` was cleared. */
  dropWriteMirror(): void {
    this.mirrors.clearWrites();
  }

  /** After `physical.code[page]` was set: stores into that page must come to `Physical.markWritten`. */
  dropPage(page: number): void {
    this.mirrors.dropHostWrites(page << 12);
  }

  /** After the machine's bytes were replaced. */
  rebuild(): void {
    this.mirrors.clear();
  }

  /** Accesses to these are noted from now on; null: none are. */
  watch(watchpoints: readonly Watchpoint[]): Watchpoints | null {
    const watched = watchpoints.length === 0 ? null : new Watchpoints(watchpoints, this.physical, (linear) => this.guestPhysical(linear));
    this.watched = watched;
    this.physical.onStore = watched && ((page, at) => watched.beforeStore(page, at));
    this.mirrors.clear();
    return watched;
  }

  /** `observer` is told of every access from now on; null: nobody is. Meanwhile watchpoints are not asked about stores that are no instruction's own. */
  observe(observer: Observer | null): void {
    const { watched } = this;
    this.observer = observer;
    this.physical.onStore =
      observer === null ? watched && ((page, at) => watched.beforeStore(page, at)) : (page, at) => observer.store(page, at);
    this.mirrors.clear();
  }

  /** How the present context would translate an access; changes nothing. */
  explain(linear: number, access: AccessKind, isUser: boolean): WalkExplanation {
    return this.explainFor(this.context, { linear, access, isUser });
  }

  /** As `explain`, in any context. */
  explainFor(context: PagingContext, request: WalkRequest): WalkExplanation {
    return explainWalk(this.bus, this.tlb, context, request);
  }

  /** Ranges linear to guest-physical to host in `context`; see mappings.ts. */
  mappings(context: PagingContext = this.context): readonly MappingRange[] {
    return linearMappings(this.bus, context);
  }

  /** Ranges guest-physical to host by the EPT of an EPTP. */
  eptMappings(eptpLow: number, eptpHigh: number): readonly MappingRange[] {
    return physicalMappings(this.bus, { low: eptpLow, high: eptpHigh });
  }

  /** Bytes at `linear` in `context` without side effects; see peek.ts. */
  peek(linear: number, length: number, context: PagingContext = this.context): readonly (number | null)[] {
    return peekBytes(this.bus, context, linear, length);
  }

  private mirrorSet(isUser: boolean): MirrorSet {
    return isUser ? this.mirrors.user : this.mirrors.supervisor;
  }

  private readSlow(linear: number, size: number, isUser: boolean): number {
    const room = LAST + 1 - (linear & LAST);
    const page = this.translation.translate(linear, READ, isUser);
    if (size <= room) {
      if (page > 0xfffff) return -1;
      const host = (page << 12) | (linear & LAST);
      const offset = this.bus.readablePage(host);
      const isKept = this.meets({ linear, host, size, isWrite: false });
      if (offset >= 0 && this.isMirroring && !isKept) this.mirrorSet(isUser).read.set(linear, offset);
      return size === 4 ? this.bus.read32(host) : size === 2 ? this.bus.read16(host) : this.bus.read8(host);
    }
    const second = this.translation.translate(linear + room, READ, isUser);
    if (this.watched !== null || this.observer !== null) this.meetCrossing(linear, [page, second], size, false);
    let value = 0;
    for (let i = 0; i < size; i++) value |= this.readByte(i < room ? page : second, linear + i) << (8 * i);
    return value;
  }

  private readByte(page: number, linear: number): number {
    return page > 0xfffff ? 0xff : this.bus.read8((page << 12) | (linear & LAST));
  }

  private writeSlow(linear: number, size: number, value: number, isUser: boolean): void {
    const room = LAST + 1 - (linear & LAST);
    const page = this.translation.translate(linear, WRITE, isUser);
    if (size > room) {
      const second = this.translation.translate(linear + room, WRITE, isUser);
      if (this.watched !== null || this.observer !== null) this.meetCrossing(linear, [page, second], size, true);
      for (let i = 0; i < size; i++) {
        const host = i < room ? page : second;
        if (host <= 0xfffff) this.bus.write8((host << 12) | ((linear + i) & LAST), value >> (8 * i));
      }
      return;
    }
    if (page > 0xfffff) return;
    const host = (page << 12) | (linear & LAST);
    const isKept = this.meets({ linear, host, size, isWrite: true });
    if (size === 4) this.bus.write32(host, value);
    else if (size === 2) this.bus.write16(host, value);
    else this.bus.write8(host, value);
    // The store has made the page dirty; whoever found code in it was told, and may have marked it again.
    if (this.isMirroring && !isKept && this.bus.hostPage(host) >= 0 && this.physical.code[page] === 0) {
      this.mirrorSet(isUser).write.set(linear, page << 12);
    }
  }

  /** Whoever watches is told. True: the page must stay out of the mirrors. */
  private meets(access: WatchedAccess): boolean {
    this.observer?.access(access);
    return this.watched?.meets(access) === true || this.observer !== null;
  }

  /** An access to the end of one page and the beginning of the next. */
  private meetCrossing(linear: number, pages: readonly number[], size: number, isWrite: boolean): void {
    const room = LAST + 1 - (linear & LAST);
    const second = (linear + room) | 0;
    if (pages[0] <= 0xfffff) this.meets({ linear, host: (pages[0] << 12) | (linear & LAST), size: room, isWrite });
    if (pages[1] <= 0xfffff) this.meets({ linear: second, host: pages[1] << 12, size: size - room, isWrite });
  }

  /** By the tables as they are now; -1 without EPT, and where they lead nowhere. */
  private guestPhysical(linear: number): number {
    const { context } = this;
    if (!context.isNested) return -1;
    const walker = walkerIn(new TableMemory(this.bus, 'forget'), context);
    return walker.walk(linear, PROBE, false) === OK ? walker.physical >>> 0 : -1;
  }

  private probe(linear: number, size: number, access: typeof READ | typeof WRITE): void {
    let left = size;
    for (let at = linear; left > 0; ) {
      this.translation.translate(at, access, this.isUser);
      const room = LAST + 1 - (at & LAST);
      at = (at + room) | 0;
      left -= room;
    }
  }
}

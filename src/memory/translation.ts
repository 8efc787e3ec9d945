/** The translation in force: TLB first, a walk if need be, and the faults. Whatever leaves the TLB leaves the mirrors at once. */
import { CR0_PG, CR0_WP } from '../arch/paging.ts';
import { FLUSH_SCOPES, type FlushScope, TRACE_KIND } from '../trace/schema.ts';
import type { Trace } from '../trace/trace.ts';
import type { Bus } from './bus.ts';
import { eptFault, raisePageFault } from './fault.ts';
import * as invalidate from './invalidation.ts';
import type { MirrorBank } from './mirror.ts';
import { type Access, FETCH, MISCONFIGURATION, OK, PAGE_FAULT, READ, TableMemory, VIOLATION, WRITE, type WalkStatus } from './tables.ts';
import { DATA, ENTRY_WORDS, EP4TA, type Half, HOST, INSTRUCTION, PAGE_SIZE_SHIFTS, SIZE_SHIFT, type Tlb, VPID } from './tlb.ts';
import { neededFlags, type PagingContext, unsignedContext, Walker } from './walk.ts';

const PAGE = -1 << 12;

/** The present translation context of one MMU. */
export class Translation {
  /** Neither paging nor EPT: linear addresses are host addresses, and the TLB is not used. */
  isIdentity = true;
  private readonly tlb: Tlb;
  private readonly fine: Trace;
  private readonly mirrors: MirrorBank;
  private readonly walker: Walker;
  private cr0 = 0;
  private cr3 = 0;
  private cr4 = 0;
  private isNested = false;
  private eptpLow = 0;
  private eptpHigh = 0;
  private vpid = 0;
  /** Called behind each walk of the tables: the TLB did not have what an access needed. */
  onWalk: () => void = () => {};
  /** Flags that a TLB entry must have, by access, plus 8 for user mode. */
  private readonly needed = new Int32Array(16);

  constructor(bus: Bus, tlb: Tlb, fine: Trace, mirrors: MirrorBank) {
    this.tlb = tlb;
    this.fine = fine;
    this.mirrors = mirrors;
    this.walker = new Walker(new TableMemory(bus, 'store'));
    this.setNeeded();
  }

  /** The context in force, a copy. */
  get context(): PagingContext {
    const { cr0, cr3, cr4, isNested, eptpLow, eptpHigh, vpid } = this;
    return unsignedContext({ cr0, cr3, cr4, isNested, eptpLow, eptpHigh, vpid });
  }

  /** Flushes nothing but mirrors. A TLB entry does not depend on CR3 or CR4: a caller that changes them says what the architecture flushes. */
  setPaging(cr0: number, cr3: number, cr4: number): void {
    const changed = this.cr0 ^ cr0;
    this.cr0 = cr0;
    this.cr3 = cr3;
    this.cr4 = cr4;
    this.walker.setPaging(cr0, cr3, cr4);
    if ((changed & (CR0_PG | CR0_WP)) !== 0) this.contextChanged();
  }

  setNested(isNested: boolean, eptpLow: number, eptpHigh: number, vpid: number): void {
    if (isNested === this.isNested && eptpLow === this.eptpLow && eptpHigh === this.eptpHigh && vpid === this.vpid) return;
    this.isNested = isNested;
    this.eptpLow = eptpLow;
    this.eptpHigh = eptpHigh;
    this.vpid = vpid;
    this.walker.setNested(isNested, eptpLow, eptpHigh);
    this.tlb.setContext(isNested, vpid, invalidate.ep4taOf(eptpLow, eptpHigh));
    this.contextChanged();
  }

  /** Host page number (24 bits: beyond 4 GiB is open bus) for an access to `linear`. Throws a #PF or what the EPT refused, having changed nothing that the
   *  architecture does not let a faulting access change. */
  translate(linear: number, access: Access, isUser: boolean): number {
    if (this.isIdentity) return linear >>> 12;
    const half = access === FETCH ? INSTRUCTION : DATA;
    const at = this.tlb.find(half, linear);
    if (at >= 0) {
      const needed = this.needed[isUser ? access | 8 : access];
      if ((this.tlb.words[at] & needed) === needed) return this.tlb.hostPage(at, linear);
    }
    // An entry that would refuse, or whose D is clear, decides nothing: the tables are walked anew, and what they say now holds.
    const status = this.walker.walk(linear, access, isUser);
    this.onWalk();
    this.fine.emit(TRACE_KIND.walk, linear, access, this.walker.references, status, this.walker.physical);
    if (status !== OK) this.refuse(status, linear);
    if (at >= 0) this.dropHalf(half, linear);
    this.fill(half, linear);
    return this.walker.page;
  }

  /** MOV to CR3 (`includeGlobal` false), changes of CR0 and CR4 that flush (true). */
  flushAll(includeGlobal: boolean): void {
    const count = invalidate.invalidateVpid(this.tlb, this.vpid, includeGlobal);
    this.flushed(includeGlobal ? 'context' : 'context but global', 0, this.vpid, count);
  }

  invlpg(linear: number): void {
    const count = invalidate.invalidateAddress(this.tlb, this.vpid, linear);
    this.mirrors.dropRange(linear, this.tlb.droppedShift);
    this.traceFlush('address', linear, this.vpid, count);
  }

  invvpid(type: number, vpid: number, linear: number): void {
    this.flushed('INVVPID', linear, vpid, invalidate.invalidateByVpid(this.tlb, type, vpid, linear));
  }

  invept(type: number, eptpLow: number, eptpHigh: number): void {
    const count = invalidate.invalidateByEpt(this.tlb, type, invalidate.ep4taOf(eptpLow, eptpHigh));
    this.flushed('INVEPT', 0, 0, count);
  }

  /** VM entry or exit with VPID off. */
  flushVpid0(): void {
    this.flushed('VM transition', 0, 0, invalidate.invalidateVpid(this.tlb, 0, true));
  }

  private contextChanged(): void {
    this.isIdentity = (this.cr0 & CR0_PG) === 0 && !this.isNested;
    this.setNeeded();
    this.mirrors.clear();
  }

  private setNeeded(): void {
    for (const access of [READ, WRITE, FETCH] as const) {
      this.needed[access] = neededFlags(this.cr0, access, false);
      this.needed[access | 8] = neededFlags(this.cr0, access, true);
    }
  }

  private fill(half: Half, linear: number): void {
    const at = this.tlb.fill(half, linear, this.walker.page, this.walker.flags);
    if (this.tlb.displaced !== 0) this.dropMirrored(this.tlb.displaced);
    const set = (at / (this.tlb.ways * ENTRY_WORDS)) | 0;
    const { evicted } = this.tlb;
    // What went, went before what came.
    if (evicted[0] !== 0)
      this.fine.emit(TRACE_KIND.tlbEvict, evicted[0] & PAGE, evicted[HOST] << 12, evicted[VPID], evicted[EP4TA] << 12, set);
    this.fine.emit(TRACE_KIND.tlbFill, linear & PAGE, this.walker.page << 12, this.vpid, this.eptpLow, set);
  }

  /** Drops what one half holds for `linear` in the present context. */
  private dropHalf(half: Half, linear: number): void {
    let count = 0;
    for (let at = this.tlb.find(half, linear); at >= 0; at = this.tlb.find(half, linear)) {
      this.dropMirrored(this.tlb.words[at]);
      this.tlb.dropAt(at);
      count++;
    }
    this.traceFlush('refilled', linear, this.vpid, count);
  }

  private dropMirrored(entry: number): void {
    this.mirrors.dropRange(entry & PAGE, PAGE_SIZE_SHIFTS[(entry >> SIZE_SHIFT) & 3]);
  }

  /** Ends an access that the walk just made refuses. A #PF drops what the TLB has for its address; an EPT violation drops the combined mappings of the present
   *  context for it (SDM vol. 3, "Operations that Invalidate Cached Mappings"); a misconfiguration does as a violation. */
  private refuse(status: WalkStatus, linear: number): never {
    const count = this.tlb.dropAddress(linear, this.vpid, status !== PAGE_FAULT);
    if (count > 0) this.traceFlush(status === PAGE_FAULT ? 'page fault' : 'EPT violation', linear, this.vpid, count);
    this.mirrors.dropRange(linear, this.tlb.droppedShift);
    if (status === PAGE_FAULT) raisePageFault(linear, this.walker.code);
    eptFault.misconfiguration = status === MISCONFIGURATION;
    eptFault.qualification = status === VIOLATION ? this.walker.code : 0;
    eptFault.linear = linear;
    eptFault.physical = this.walker.physical;
    throw eptFault;
  }

  private flushed(scope: FlushScope, linear: number, vpid: number, count: number): void {
    if (count !== 0) this.mirrors.clear();
    this.traceFlush(scope, linear, vpid, count);
  }

  private traceFlush(scope: FlushScope, linear: number, vpid: number, count: number): void {
    this.fine.emit(TRACE_KIND.tlbFlush, FLUSH_SCOPES.indexOf(scope), linear, vpid, this.eptpLow, count);
  }
}

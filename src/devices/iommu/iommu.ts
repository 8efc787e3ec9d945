import {
  CAP_CM,
  EVENT_PENDING,
  FAULT,
  GCMD_QIE,
  GCMD_SRTP,
  GCMD_TE,
  ICS_IWC,
  VTD_CAP,
  VTD_CCMD,
  VTD_FECTL,
  VTD_FRCD,
  VTD_FSTS,
  VTD_GCMD,
  VTD_GSTS,
  VTD_ICS,
  VTD_IECTL,
  VTD_IOTLB,
  VTD_IQH,
  VTD_IQT,
  VTD_REGISTER_BYTES,
  VTD_RTADDR,
} from '../../arch/vtd.ts';
import { assert } from '../../base/assert.ts';
import { layout } from '../../base/layout.ts';
import type { Bus, MmioHandler } from '../../memory/bus.ts';
import type { Stateful } from '../../time/stateful.ts';
import {
  type CachedContext,
  type CacheState,
  CONTEXT_SETS,
  CONTEXT_WAYS,
  ContextCache,
  ENTRY_WORDS,
  Iotlb,
  IOTLB_SETS,
  IOTLB_WAYS,
  readContext,
} from './caches.ts';
import { FAULT_EVENT, FaultLog, INVALIDATION_EVENT, type RefusedRequest, type SendEvent, unmaskEvent } from './faults.ts';
import { contextCommand, type InvalidationParts, iotlbCommand, runQueue } from './invalidation.ts';
import { RegisterFile } from './registers.ts';
import { type EntrySource, resolve } from './resolve.ts';
import { type ContextEntry, type TableRoot, type Translation, walkTables } from './walk.ts';

const IOMMU_LAYOUT = layout({
  registers: ['u32', VTD_REGISTER_BYTES / 4],
  contexts: ['u32', CONTEXT_SETS * CONTEXT_WAYS * ENTRY_WORDS],
  iotlb: ['u32', IOTLB_SETS * IOTLB_WAYS * ENTRY_WORDS],
  nextContext: ['u8', CONTEXT_SETS],
  nextIotlb: ['u8', IOTLB_SETS],
  /** RTADDR as the last SRTP found it. */
  rootLow: 'u32',
  rootHigh: 'u32',
  isRootSet: 'u8',
  /** The fault record that is written next. */
  nextRecord: 'u8',
  // Counters since reset, for display.
  requests: 'f64',
  contextMisses: 'f64',
  iotlbMisses: 'f64',
  faults: 'f64',
  lostFaults: 'f64',
});

export interface IommuOptions {
  /** CAP.CM: absence is remembered too, so that software must invalidate after it maps, as emulated units demand. Default true. */
  readonly isCaching?: boolean;
}

/** A DMA-remapping unit for all PCI devices: VT-d in legacy mode. It translates what bus masters ask for by requester ID, believes its caches until told
 *  otherwise, and records what it refuses. No interrupt remapping, device TLBs, scalable mode or protected memory ranges. Intel VT-d Architecture Specification,
 *  "DMA Remapping". */
export class Iommu implements Stateful, MmioHandler {
  readonly id = 'iommu';
  readonly title = 'IOMMU (VT-d)';
  readonly layout = IOMMU_LAYOUT;
  readonly bytes = new Uint8Array(IOMMU_LAYOUT.size);
  readonly state = IOMMU_LAYOUT.view(this.bytes);
  readonly registers = new RegisterFile(this.words('registers'));
  readonly contexts = new ContextCache(this.cache('contexts', 'nextContext'));
  readonly iotlb = new Iotlb(this.cache('iotlb', 'nextIotlb'));
  readonly faults: FaultLog;
  readonly bus: Bus;
  /** Told of every request that it refuses, whether recorded or not. */
  onFault: (request: RefusedRequest) => void = () => {};
  private readonly isCaching: boolean;
  private readonly parts: InvalidationParts;
  private readonly send: SendEvent;
  /** Caches first; what they lack is fetched from the tables and remembered. */
  private readonly source: EntrySource = {
    context: (requester) => this.contexts.find(requester) ?? this.fetchContext(requester),
    translation: (context, address) => this.iotlb.find(context.domain, address) ?? this.fetchTranslation(context, address),
  };

  /** `send` writes the unit's own interrupt messages. */
  constructor(bus: Bus, send: SendEvent, { isCaching = true }: IommuOptions = {}) {
    this.bus = bus;
    this.send = send;
    this.isCaching = isCaching;
    this.faults = new FaultLog(this.registers, this.state, send);
    this.parts = { bus, registers: this.registers, contexts: this.contexts, iotlb: this.iotlb, faults: this.faults, send };
    this.reset();
  }

  reset(): void {
    this.bytes.fill(0);
    this.registers.reset();
    if (!this.isCaching) this.registers.clearBits(VTD_CAP, CAP_CM);
  }

  rebuild(): void {}

  /** Translation is on. */
  get isEnabled(): boolean {
    return this.registers.has(VTD_GSTS, GCMD_TE);
  }

  /** Where its tables are. */
  get tables(): TableRoot {
    const { isRootSet, rootLow, rootHigh } = this.state;
    return { bus: this.bus, root: isRootSet ? rootLow + rootHigh * 2 ** 32 : null };
  }

  // Requests -------------------------------------------------------------------------------------------------------------------------------
  /** Host-physical address for an access of function `requester` at `address`, good to the end of that 4-KiB page; -1 if it is refused, which has been
   *  recorded. Writes to the interrupt range are messages and never come here. */
  translate(requester: number, address: number, isWrite: boolean): number {
    if (!this.isEnabled) return address;
    this.state.requests++;
    const { host, fault } = resolve(this.source, { requester, address, isWrite });
    if (fault === null) return host;
    const request = { requester, address, isWrite, reason: fault.reason };
    if (!fault.isSilent) this.faults.record(request);
    this.onFault(request);
    return -1;
  }

  /** Absence is remembered in caching mode; what is malformed, or could not be read, never is. */
  private fetchContext(requester: number): CachedContext {
    this.state.contextMisses++;
    const found = readContext(this.tables, requester);
    const isAbsence = found.reason === FAULT.rootNotPresent || found.reason === FAULT.contextNotPresent;
    if (found.context !== null || (isAbsence && this.isCaching)) this.contexts.fill(found);
    return found;
  }

  private fetchTranslation(context: ContextEntry, address: number): Translation | { readonly reason: number } {
    this.state.iotlbMisses++;
    const found = walkTables(this.bus, context, address);
    if (!('reason' in found) && (this.isCaching || found.isReadable || found.isWritable)) this.iotlb.fill(context.domain, address, found);
    return found;
  }

  // Registers ------------------------------------------------------------------------------------------------------------------------------
  /** Dwords; narrower reads see their part. */
  read(offset: number, size: 1 | 2 | 4): number {
    const word = offset < VTD_REGISTER_BYTES ? this.registers.get(offset - (offset & 3)) : 0;
    return (word >>> (8 * (offset & 3))) % 2 ** (8 * size);
  }

  /** Only whole, aligned dwords count: "Software is expected to access 32-bit registers as aligned doublewords". A 64-bit register acts when the half that
   *  holds its command is written. */
  write(offset: number, size: 1 | 2 | 4, value: number): void {
    if (size !== 4 || offset >= VTD_REGISTER_BYTES) return;
    const { registers, parts, faults, send } = this;
    registers.write(offset, value);
    if (offset === VTD_GCMD) this.command(value);
    else if (offset === VTD_CCMD + 4) contextCommand(parts);
    else if (offset === VTD_IOTLB + 4) iotlbCommand(parts);
    else if (offset === VTD_IQT) runQueue(parts);
    else if (offset === VTD_FECTL) unmaskEvent(registers, FAULT_EVENT, send);
    else if (offset === VTD_IECTL) unmaskEvent(registers, INVALIDATION_EVENT, send);
    else if (offset === VTD_ICS && !registers.has(VTD_ICS, ICS_IWC)) registers.clearBits(VTD_IECTL, EVENT_PENDING);
    else if (offset === VTD_FSTS) {
      faults.updateStatus();
      runQueue(parts);
    } else if (offset >= VTD_FRCD) faults.updateStatus();
  }

  /** GCMD is write-only and absolute: each write restates all enables, and GSTS shows what is in force. "Global Command Register". */
  private command(value: number): void {
    const { registers, state } = this;
    if (value & GCMD_SRTP) {
      state.rootLow = registers.get(VTD_RTADDR);
      state.rootHigh = registers.get(VTD_RTADDR + 4);
      state.isRootSet = 1;
      registers.setBits(VTD_GSTS, GCMD_SRTP);
    }
    const enables = GCMD_TE | GCMD_QIE;
    registers.set(VTD_GSTS, (registers.get(VTD_GSTS) & ~enables) | (value & enables));
    // "When queued invalidation is disabled, the head is 0."
    if (registers.has(VTD_GSTS, GCMD_QIE)) runQueue(this.parts);
    else registers.set(VTD_IQH, 0);
  }

  private words(name: 'registers' | 'contexts' | 'iotlb'): Uint32Array {
    const { offset, count } = fieldOf(name);
    return new Uint32Array(this.bytes.buffer, offset, count);
  }

  private cache(words: 'contexts' | 'iotlb', next: 'nextContext' | 'nextIotlb'): CacheState {
    const { offset, count } = fieldOf(next);
    return { words: this.words(words), next: new Uint8Array(this.bytes.buffer, offset, count) };
  }
}

function fieldOf(name: string): { readonly offset: number; readonly count: number } {
  const field = IOMMU_LAYOUT.fields.find((f) => f.name === name);
  assert(field !== undefined, 'a part of the unit is a field of its layout');
  return field;
}

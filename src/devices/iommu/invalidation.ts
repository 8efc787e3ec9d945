/** Forgetting on command: by register, and by a queue in memory. Intel VT-d Architecture Specification, "Invalidation of Translation Caches". */
import {
  CCMD_START,
  DESCRIPTOR_SIZE,
  DESCRIPTOR_TYPES,
  DESCRIPTORS_PER_PAGE,
  DOMAIN,
  FSTS_IQE,
  GCMD_QIE,
  GLOBAL,
  ICS_IWC,
  IOTLB_START,
  MOST_MASK,
  SELECTIVE,
  VTD_CCMD,
  VTD_FSTS,
  VTD_GSTS,
  VTD_ICS,
  VTD_IOTLB,
  VTD_IQA,
  VTD_IQH,
  VTD_IQT,
  VTD_IVA,
} from '../../arch/vtd.ts';
import type { Bus } from '../../memory/bus.ts';
import { type ContextCache, domainOf, type Iotlb } from './caches.ts';
import { type FaultLog, INVALIDATION_EVENT, raiseEvent, type SendEvent } from './faults.ts';
import type { RegisterFile } from './registers.ts';

/** What an invalidation works on. */
export interface InvalidationParts {
  readonly bus: Bus;
  readonly registers: RegisterFile;
  readonly contexts: ContextCache;
  readonly iotlb: Iotlb;
  readonly faults: FaultLog;
  readonly send: SendEvent;
}

/** Function bits of a requester ID that do not matter, by function mask. */
const FUNCTION_MASKS = [0, 0b100, 0b110, 0b111] as const;

/** What context entries to forget. */
export interface ContextTarget {
  readonly granularity: number;
  readonly domain: number;
  readonly requester: number;
  readonly functionMask: number;
}

/** What translations to forget; `address` and `mask` count for pages. */
export interface IotlbTarget {
  readonly granularity: number;
  readonly domain: number;
  readonly address: number;
  readonly mask: number;
}

/** Forgets context entries and returns the granularity that it did, 0 for a wrong one. */
export function invalidateContexts(contexts: ContextCache, { granularity, domain, requester, functionMask }: ContextTarget): number {
  const care = 0xffff & ~FUNCTION_MASKS[functionMask];
  if (granularity === GLOBAL) contexts.drop(() => true);
  else if (granularity === DOMAIN) contexts.drop((e) => domainOf(e) === domain);
  else if (granularity !== SELECTIVE) return 0;
  // By device, and the tag must fit too: what is remembered as absent goes with domain 0 only.
  else contexts.drop((e) => ((e.requester ^ requester) & care) === 0 && domainOf(e) === domain);
  return granularity;
}

/** Forgets translations and returns the granularity that it did, 0 for a wrong one. */
export function invalidateIotlb(iotlb: Iotlb, { granularity, domain, address, mask }: IotlbTarget): number {
  if (granularity === GLOBAL) iotlb.drop(() => true);
  else if (granularity === DOMAIN) iotlb.drop((e) => e.domain === domain);
  else if (granularity === SELECTIVE && mask <= MOST_MASK) {
    const size = 2 ** (12 + mask);
    const first = Math.floor(address / size) * size;
    iotlb.drop((e) => e.domain === domain && e.address < first + size && first < e.address + 2 ** e.shift);
  } else return 0;
  return granularity;
}

/** The high half of CCMD was written. While the queue is enabled the registers do nothing, and say so. */
export function contextCommand({ registers, contexts }: InvalidationParts): void {
  const high = registers.get(VTD_CCMD + 4);
  if ((high & CCMD_START) === 0) return;
  const low = registers.get(VTD_CCMD);
  const target = { granularity: (high >>> 29) & 3, domain: low & 0xffff, requester: low >>> 16, functionMask: high & 3 };
  const done = isQueued(registers) ? 0 : invalidateContexts(contexts, target);
  registers.set(VTD_CCMD + 4, (high & ~(CCMD_START | (3 << 27))) | (done << 27));
}

/** The high half of IOTLB was written. */
export function iotlbCommand({ registers, iotlb }: InvalidationParts): void {
  const high = registers.get(VTD_IOTLB + 4);
  if ((high & IOTLB_START) === 0) return;
  const low = registers.get(VTD_IVA);
  const address = low - (low & 0xfff) + registers.get(VTD_IVA + 4) * 2 ** 32;
  const target = { granularity: (high >>> 28) & 3, domain: high & 0xffff, address, mask: low & 0x3f };
  const done = isQueued(registers) ? 0 : invalidateIotlb(iotlb, target);
  registers.set(VTD_IOTLB + 4, (high & ~(IOTLB_START | (3 << 25))) | (done << 25));
}

function isQueued(registers: RegisterFile): boolean {
  return registers.has(VTD_GSTS, GCMD_QIE);
}

/** Works on the queue until its head meets the tail or a descriptor is bad. At most one round: the head passes each descriptor once. */
export function runQueue(parts: InvalidationParts): void {
  const { registers, bus, faults } = parts;
  if (!isQueued(registers)) return;
  const base = registers.get(VTD_IQA) - (registers.get(VTD_IQA) & 0xfff) + registers.get(VTD_IQA + 4) * 2 ** 32;
  const size = DESCRIPTOR_SIZE * DESCRIPTORS_PER_PAGE * 2 ** (registers.get(VTD_IQA) & 7);
  for (let left = size / DESCRIPTOR_SIZE; left > 0 && !registers.has(VTD_FSTS, FSTS_IQE); left--) {
    const head = registers.get(VTD_IQH);
    const tail = registers.get(VTD_IQT);
    if (head === tail) return;
    const words = tail < size ? readDescriptor(bus, base + head) : null;
    if (words === null || !runDescriptor(parts, words)) faults.raise(FSTS_IQE);
    else registers.set(VTD_IQH, (head + DESCRIPTOR_SIZE) % size);
  }
}

function readDescriptor(bus: Bus, host: number): readonly number[] | null {
  return bus.targetAt(host) !== 'ram' ? null : [0, 4, 8, 12].map((at) => bus.peek32(host + at) >>> 0);
}

/** False for a descriptor that cannot be done. */
function runDescriptor(parts: InvalidationParts, words: readonly number[]): boolean {
  const type = words[0] & 0xf;
  const row = DESCRIPTOR_TYPES[type];
  if (row === undefined || words.some((word, i) => (word & row.reserved[i]) !== 0)) return false;
  const granularity = (words[0] >>> 4) & 3;
  const domain = words[0] >>> 16;
  if (type === 1) {
    const target = { granularity, domain, requester: words[1] & 0xffff, functionMask: (words[1] >>> 16) & 3 };
    return invalidateContexts(parts.contexts, target) !== 0;
  }
  if (type === 2) {
    const address = words[2] - (words[2] & 0xfff) + words[3] * 2 ** 32;
    return invalidateIotlb(parts.iotlb, { granularity, domain, address, mask: words[2] & 0x3f }) !== 0;
  }
  wait(parts, words);
  return true;
}

const WAIT_INTERRUPTS = 1 << 4;
const WAIT_WRITES_STATUS = 1 << 5;

function wait({ bus, registers, send }: InvalidationParts, words: readonly number[]): void {
  const host = words[2] + words[3] * 2 ** 32;
  if (words[0] & WAIT_WRITES_STATUS && bus.targetAt(host) === 'ram') bus.write32(host, words[1] | 0);
  if ((words[0] & WAIT_INTERRUPTS) === 0 || registers.has(VTD_ICS, ICS_IWC)) return;
  registers.setBits(VTD_ICS, ICS_IWC);
  raiseEvent(registers, INVALIDATION_EVENT, send);
}

import { FAULT, MOST_WIDTH } from '../../arch/vtd.ts';
import { type CachedContext, hostIn } from './caches.ts';
import { type ContextEntry, type Translation, type WalkFault, widthOf } from './walk.ts';

/** A memory request of a bus master. */
export interface DmaRequest {
  /** Requester ID. */
  readonly requester: number;
  readonly address: number;
  readonly isWrite: boolean;
}

/** Where entries come from: caches, tables, or caches before tables. */
export interface EntrySource {
  context(requester: number): CachedContext;
  translation(context: ContextEntry, address: number): Translation | { readonly reason: number };
}

/** What becomes of a request while translation is on, and what was used on the way. */
export interface Resolution {
  /** Host-physical address; meaningless with a fault. */
  readonly host: number;
  readonly fault: WalkFault | null;
  /** What was used on the way, as far as it came. */
  readonly cached: CachedContext | null;
  readonly translation: Translation | null;
}

export const INTERRUPT_BASE = 0xfee0_0000;
export const INTERRUPT_END = 0xfef0_0000;

/** Decides a request. Writes to the interrupt range are messages and never come here; reads of it are faults. */
export function resolve(source: EntrySource, { requester, address, isWrite }: DmaRequest): Resolution {
  if (address >= INTERRUPT_BASE && address < INTERRUPT_END) return refuse(FAULT.interruptRange, null);
  const cached = source.context(requester);
  const { context } = cached;
  if (context === null) return refuse(cached.reason, cached);
  if (context.isPassThrough) return { host: address, fault: null, cached, translation: null };
  if (address >= 2 ** Math.min(widthOf(context.levels), MOST_WIDTH)) return refuse(FAULT.addressBeyond, cached);
  const translation = source.translation(context, address);
  if ('reason' in translation) return refuse(translation.reason, cached);
  if (isWrite ? !translation.isWritable : !translation.isReadable)
    return refuse(isWrite ? FAULT.noWrite : FAULT.noRead, cached, translation);
  return { host: hostIn(translation, address), fault: null, cached, translation };
}

function refuse(reason: number, cached: CachedContext | null, translation: Translation | null = null): Resolution {
  return { host: -1, fault: { reason, isSilent: cached?.isSilent ?? false }, cached, translation };
}

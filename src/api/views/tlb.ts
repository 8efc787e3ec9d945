/** The TLB at one instant: what it holds, what the tables say of that now, and what the last instant took from it. */
import { NON_ROOT } from '../../arch/cpu-state.ts';
import { CR0_PG } from '../../arch/paging.ts';
import { CONTROL } from '../../arch/vmx-controls.ts';
import { guestContext, hostContext } from '../../machine/contexts.ts';
import type { Machine } from '../../machine/machine.ts';
import { ep4taOf } from '../../memory/invalidation.ts';
import { isStale, type TablesNow, tablesNow } from '../../memory/tlb-stale.ts';
import { tlbEntries, type TlbEntryView, viewEntry } from '../../memory/tlb-view.ts';
import { COMBINED, ENTRY_WORDS, EP4TA, VALID, VPID } from '../../memory/tlb.ts';
import type { PagingContext } from '../../memory/walk.ts';
import { SECONDARY } from '../../vmx/controls.ts';
import type { Computer } from '../computer.ts';

/** Whose translations: `now` of who runs, `guest` of the current VMCS's while the hypervisor runs, `hypervisor` the other way round; `other`: of a context whose
 *  CR3 nobody holds now, so that its tables are not known. */
export type EntryOwner = 'now' | 'guest' | 'hypervisor' | 'other';

/** A valid entry, and what the tables say of its page. */
export interface CachedEntry extends TlbEntryView {
  readonly owner: EntryOwner;
  /** What the tables of its context say of its page now; null where those are not known. */
  readonly tables: TablesNow | null;
  /** They say something else than the entry does. */
  readonly isStale: boolean;
  /** It was not there, or not so, one instant ago. */
  readonly isNew: boolean;
}

/** The TLB at one instant, and one instant ago. */
export interface TlbState {
  /** Of each half. */
  readonly sets: number;
  readonly ways: number;
  readonly entries: readonly CachedEntry[];
  /** What was there one instant ago and is not now. */
  readonly gone: readonly TlbEntryView[];
  /** The way that the next fill takes where a set is full, instruction half first. */
  readonly next: readonly number[];
  /** The tags under which translations are looked up and made now; null: neither paging nor EPT is on, and the TLB is not asked. */
  readonly context: { readonly vpid: number; readonly ep4ta: number | null } | null;
  /** “Enable VPID” in the controls that were in force last; null: no guest has run. */
  readonly isVpidOn: boolean | null;
}

/** Looks at the TLB of `machine`; `before` are its words one instant ago, null where nobody knows. */
export function tlbState({ machine, instantBefore }: Computer): TlbState {
  const { tlb, mmu } = machine;
  const { sets, ways, words } = tlb;
  const before = instantBefore?.tlb ?? null;
  const worlds = worldsOf(machine);
  const held = new Map<string, number>();
  const entries: CachedEntry[] = [];
  for (let at = 0; at < words.length; at += ENTRY_WORDS) {
    if ((words[at] & VALID) === 0) continue;
    const entry = viewEntry(words, tlb, at);
    const world = worlds.find(({ context }) => owns(context, words, at));
    const now = world ? tablesNow(machine.bus, world.context, entry.linear) : null;
    entries.push({
      ...entry,
      owner: world?.owner ?? 'other',
      tables: now && { host: now.host, size: now.size },
      isStale: now !== null && isStale(tlb, at, entry.linear, now),
      isNew: before !== null && !isThere(before, words, at),
    });
    held.set(tagOf(entry), at);
  }
  const { cr0, isNested, vpid, eptpLow, eptpHigh } = mmu.context;
  return {
    ...{ sets, ways, entries },
    gone: before === null ? [] : tlbEntries(before, sets, ways).filter((entry) => !held.has(tagOf(entry))),
    next: [...tlb.bytes.subarray(words.byteLength, words.byteLength + 2 * sets)],
    context: isNested || (cr0 & CR0_PG) !== 0 ? { vpid, ep4ta: isNested ? ep4taOf(eptpLow, eptpHigh) * 4096 : null } : null,
    isVpidOn: isVpidOn(machine),
  };
}

/** Whether the guest that runs, or ran last, has a VPID; null: none has run. */
export function isVpidOn({ cpu, vmx, exitCounts }: Machine): boolean | null {
  if (cpu.words[NON_ROOT] === 0 && Object.values(exitCounts).every((count) => count === 0)) return null;
  return (vmx.controls[SECONDARY] & CONTROL.enableVpid) !== 0;
}

/** Contexts whose tables are known, that of who runs first: with VPID off, guest and hypervisor tag alike, and then only that one has entries. */
function worldsOf(machine: Machine): readonly { readonly owner: EntryOwner; readonly context: PagingContext }[] {
  const guest = guestContext(machine);
  const host = hostContext(machine);
  return [
    { owner: 'now', context: machine.mmu.context },
    ...(guest ? [{ owner: 'guest', context: guest } as const] : []),
    ...(host ? [{ owner: 'hypervisor', context: host } as const] : []),
  ];
}

function owns({ isNested, vpid, eptpLow, eptpHigh }: PagingContext, words: Int32Array, at: number): boolean {
  if (((words[at] & COMBINED) !== 0) !== isNested || words[at + VPID] !== vpid) return false;
  return !isNested || words[at + EP4TA] === ep4taOf(eptpLow, eptpHigh);
}

function isThere(before: Int32Array, words: Int32Array, at: number): boolean {
  for (let i = at; i < at + ENTRY_WORDS; i++) if (before[i] !== words[i]) return false;
  return true;
}

/** What tells two entries apart, wherever in its set one stands. */
function tagOf({ half, linear, size, kind, vpid, ep4ta }: TlbEntryView): string {
  return [half, linear, size, kind, vpid, ep4ta].join(' ');
}

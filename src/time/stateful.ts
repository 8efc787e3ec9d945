import type { Layout } from '../base/layout.ts';

/** A part of the machine whose architectural state is bytes. A snapshot copies `bytes`, a hash reads them, a panel lays `layout` over them. */
export interface Stateful {
  /** Stable name in snapshots, hashes and frames: `cpu`, `tlb`, `pic`. */
  readonly id: string;
  readonly layout: Layout;
  /** Exactly `layout.size` bytes, the same array for the part's whole life. Owned by the part. */
  readonly bytes: Uint8Array;
  /** Why `bytes` (as many as its own) from an untrusted file cannot be this part's state, as a clause; empty where they can. A part that lacks this can bear
   *  any bytes: it may behave strangely, but throws nothing and never hangs. */
  misfit?(bytes: Uint8Array): string;
  /** Recomputes everything derived after `bytes` were replaced from outside. */
  rebuild(): void;
}

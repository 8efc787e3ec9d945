/** What is told of every access while somebody observes memory: the MMU then uses none of its mirrors, so that none is missed. No state of the machine, and nothing
 *  that its guest could see. */
import type { WatchedAccess } from './watchpoints.ts';

/** See above; `Mmu.observe` takes it, and calls it synchronously. */
export interface Observer {
  /** An instruction reads or writes. */
  access(access: WatchedAccess): void;
  /** Somebody is about to store into page `page` of RAM, at most four bytes from offset `at` or, if that is -1, anything in it. Also told of what an instruction
   *  stores, after `access`. */
  store(page: number, at: number): void;
}

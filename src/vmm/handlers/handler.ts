import type { GuestMemory } from '../guest-memory.ts';
import type { RootOperation } from '../root-operation.ts';
import type { Supply } from '../supply.ts';
import type { Vm } from '../vm.ts';

/** What exit handlers and faces use of the hypervisor. */
export interface Services {
  readonly root: RootOperation;
  readonly supply: Supply;
  readonly memory: GuestMemory;
  readonly ticksPerSecond: number;
  /** Seconds since 1970 at tick 0. */
  readonly startSeconds: number;
  /** There is no free frame for `vm`: it waits, and memory is asked back from others. */
  waitForMemory(vm: Vm): void;
  /** An interrupt of the host's own controllers. */
  hostInterrupt(vector: number): void;
  /** The turn of the running virtual machine ends. */
  yield(): void;
  output(vm: Vm, byte: number): void;
}

/** Deals with one VM exit of `vm`, whose VMCS is the current one and whose registers have been saved. When it returns the guest goes on, unless it has said otherwise. */
export type ExitHandler = (vm: Vm, services: Services) => void;

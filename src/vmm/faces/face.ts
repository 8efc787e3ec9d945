import type { CpuidResult } from '../../arch/cpuid.ts';
import type { Services } from '../handlers/handler.ts';
import type { Vm } from '../vm.ts';

export type Wide = readonly [low: number, high: number];

/** What makes a guest believe that it is on one product's hypervisor: CPUID leaves from 40000000H, MSRs, hypercalls, a port. */
export interface Face {
  /** As people call it. */
  readonly title: string;
  /** Twelve characters in EBX, ECX, EDX of leaf 40000000H. */
  readonly signature: string;
  /** The leaf numbers from 40000000H, less that. Absent ones are 0. */
  leaf(vm: Vm, services: Services, number: number): CpuidResult | null;
  /** Null: there is no such MSR. */
  readMsr(vm: Vm, services: Services, msr: number): Wide | null;
  /** False: #GP. */
  writeMsr(vm: Vm, services: Services, access: { msr: number; value: Wide }): boolean;
  /** VMCALL, behind which the guest goes on; false: #UD. */
  hypercall(vm: Vm, services: Services): boolean;
  /** Before each VM entry: what the guest reads from memory without asking. */
  refresh?(vm: Vm, services: Services): void;
}

/** Leaf 40000000H: the last leaf, and the signature. */
export function signatureLeaf(signature: string, last: number): CpuidResult {
  const word = (at: number): number =>
    signature.charCodeAt(at) |
    (signature.charCodeAt(at + 1) << 8) |
    (signature.charCodeAt(at + 2) << 16) |
    (signature.charCodeAt(at + 3) << 24);
  return [last | 0, word(0), word(4), word(8)];
}

/** A number of up to 53 bits as two words. */
export function wide(value: number): Wide {
  return [value | 0, Math.floor(value / 2 ** 32) | 0];
}

/** `ticks` of the host's clock in units of 1/`perSecond` seconds, rounded down. Exact below 2^53. */
export function scaled(ticks: number, perSecond: number, ticksPerSecond: number): number {
  const seconds = Math.floor(ticks / ticksPerSecond);
  return seconds * perSecond + Math.floor(((ticks - seconds * ticksPerSecond) * perSecond) / ticksPerSecond);
}

/** Address of guest-physical `physical` in host memory, for the hypervisor's own stores; -1 where there is no memory to write to. */
export function hostAddress(vm: Vm, services: Services, physical: number): number {
  const page = services.supply.back(vm, physical, true);
  return page < 0 ? -1 : page + (physical & 0xfff);
}

/** The guest's privilege level. */
export function privilegeOf(vm: Vm): number {
  return (vm.read('guestSsRights') >>> 5) & 3;
}

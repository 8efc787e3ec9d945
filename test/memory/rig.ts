/** A small machine's memory for the tests of this folder, and words to write page tables with. */
import { CR0_PG, CR0_WP, CR4_PGE, CR4_PSE } from '../../src/arch/paging.ts';
import { Bus } from '../../src/memory/bus.ts';
import { EptFault, Fault } from '../../src/memory/fault.ts';
import { Mmu } from '../../src/memory/mmu.ts';
import { Physical } from '../../src/memory/physical.ts';
import { Tlb, type TlbProfile } from '../../src/memory/tlb.ts';
import { Trace } from '../../src/trace/trace.ts';

export const P = 1;
export const W = 2;
export const U = 4;
export const A = 0x20;
export const D = 0x40;
export const PS = 0x80;
export const G = 0x100;
/** Where the tests put their tables. */
export const PD = 0x10000;
export const PT = 0x11000;
/** EPT leaf type WB. */
export const WB = 6 << 3;
export const EPT = { PML4: 0x20000, PDPT: 0x21000, PD: 0x22000, PT: 0x23000 } as const;
export const EPTP = EPT.PML4 | 0x1e;
export const EPTP_AD = EPTP | 0x40;
export const CR0 = CR0_PG | 1;
export const CR0_PROTECTED = CR0 | CR0_WP;
export const CR4 = CR4_PSE | CR4_PGE;

export interface Rig {
  readonly physical: Physical;
  readonly bus: Bus;
  readonly tlb: Tlb;
  readonly trace: Trace;
  readonly mmu: Mmu;
}

export function makeRig(profile?: TlbProfile, ramSize = 0x400000): Rig {
  const physical = new Physical(ramSize);
  const bus = new Bus(physical);
  const tlb = new Tlb(profile);
  const trace = new Trace(1024);
  return { physical, bus, tlb, trace, mmu: new Mmu(bus, tlb, trace) };
}

/** Paging on with the directory at PD and one table at PT for linear 0 to 4 MiB. */
export function makePaged(flags = P | W | U, profile?: TlbProfile): Rig {
  const rig = makeRig(profile);
  rig.bus.write32(PD, PT | flags);
  rig.mmu.setPaging(CR0_PROTECTED, PD, CR4);
  return rig;
}

/** Writes the PTE of `linear` (below 4 MiB). */
export function setPte(rig: Rig, linear: number, entry: number): void {
  rig.bus.write32(PT + ((linear >>> 10) & 0xffc), entry);
}

export function pte(rig: Rig, linear: number): number {
  return rig.bus.read32(PT + ((linear >>> 10) & 0xffc));
}

/** EPT tables that map guest-physical 0 to 2 MiB page by page to host + `offset`, with `rights`. */
export function setEpt(rig: Rig, rights = 7, offset = 0): void {
  write64(rig, EPT.PML4, EPT.PDPT | 7);
  write64(rig, EPT.PDPT, EPT.PD | 7);
  write64(rig, EPT.PD, EPT.PT | 7);
  for (let i = 0; i < 512; i++) write64(rig, EPT.PT + 8 * i, ((i << 12) + offset) | WB | rights);
}

export function write64(rig: Rig, address: number, low: number, high = 0): void {
  rig.bus.write32(address, low);
  rig.bus.write32(address + 4, high);
}

/** Writes the EPT's PTE of `physical` (below 2 MiB). */
export function setEptPte(rig: Rig, physical: number, low: number, high = 0): void {
  write64(rig, EPT.PT + 8 * (physical >>> 12), low, high);
}

/** What `access` throws, as a plain object; null if it throws nothing. */
export function faultOf(access: () => unknown): object | null {
  try {
    access();
    return null;
  } catch (thrown) {
    if (thrown instanceof Fault) return { vector: thrown.vector, errorCode: thrown.errorCode, linear: thrown.linear >>> 0 };
    if (!(thrown instanceof EptFault)) throw thrown;
    const { misconfiguration, qualification, linear, physical } = thrown;
    if (misconfiguration) return { misconfiguration, physical: physical >>> 0 };
    return { qualification, linear: linear >>> 0, physical: physical >>> 0 };
  }
}

export function pageFault(linear: number, errorCode: number): object {
  return { vector: 14, errorCode, linear };
}

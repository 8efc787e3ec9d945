/** What software in VMX root operation can do, as far as the hosted hypervisor uses it. Nothing here looks into the processor: each call is an instruction
 *  that a guest hypervisor could execute in its place, with the same checks and results. `machine/hosted.ts` implements it. */

/** Outcome of a VMX instruction: 0 VMsucceed, -1 VMfailInvalid, else the VM-instruction error of VMfailValid. SDM vol. 3, "Conventions" of "VMX Instruction
 *  Reference". */
export type VmxOutcome = number;

/** Loads and stores of the hypervisor, whose linear addresses are host-physical ones. Words are int32; `address` is any 32-bit number. */
export interface HostMemory {
  /** Bytes of host RAM, from address 0. */
  readonly size: number;
  read8(address: number): number;
  read16(address: number): number;
  read32(address: number): number;
  write8(address: number, value: number): void;
  write16(address: number, value: number): void;
  write32(address: number, value: number): void;
  /** Stores `bytes` at `address`, all of it RAM. */
  store(address: number, bytes: Uint8Array): void;
  /** Fills `into` from `address`, all of it RAM. */
  load(address: number, into: Uint8Array): void;
  /** Zeros, or a copy of page `from`, into the page at `address`. */
  clearPage(address: number): void;
  copyPage(address: number, from: number): void;
  /** Whether two pages hold the same bytes. */
  equalPages(a: number, b: number): boolean;
}

/** Registers that neither VM entry nor VM exit touches: whoever switches guests moves them. Numbers are words of arch/cpu-state.ts: EAX to EDI, CR2, DR0 to
 *  DR3, DR6. */
export interface UnswitchedRegisters {
  get(word: number): number;
  set(word: number, value: number): void;
}

export interface RootOperation {
  readonly memory: HostMemory;
  readonly registers: UnswitchedRegisters;

  // VMX instructions -------------------------------------------------------------------------------------------------------------------------
  vmclear(region: number): VmxOutcome;
  vmptrld(region: number): VmxOutcome;
  /** A field of the current VMCS as int32, or with `encoding + 1` the upper half of a 64-bit one. The field must exist. */
  vmread(encoding: number): number;
  /** The full encoding of a 64-bit field clears its upper half; write that by `encoding + 1` afterwards. */
  vmwrite(encoding: number, value: number): void;
  invept(type: number, eptp: number): VmxOutcome;
  /** `linear` matters to type 0 alone. */
  invvpid(type: number, vpid: number, linear?: number): VmxOutcome;
  /** VMLAUNCH or VMRESUME is the processor's next instruction. */
  enter(isLaunch: boolean): void;
  /** After an entry that came back: what the flags and the current VMCS say. */
  entryOutcome(): VmxOutcome;

  // The rest of the machine ----------------------------------------------------------------------------------------------------------------------
  /** RDMSR; null would be #GP. */
  rdmsr(index: number): readonly [low: number, high: number] | null;
  /** The time-stamp counter: ticks. */
  now(): number;
  /** OUT to a port of the host. */
  out(port: number, value: number): void;
  /** Whether the host's controllers assert an interrupt. */
  readonly hasInterrupt: boolean;
  /** The vector of an interrupt of the host's controllers, acknowledged; -1: none is asserted. */
  takeInterrupt(): number;
}

import type { Stateful } from '../time/stateful.ts';

/** A hosted hypervisor: code of ours that stands behind a HLT in VMX root operation (hosted.ts). */
export interface HostedCode {
  readonly parts: readonly Stateful[];
  /** The CPU has halted in root operation. Sends it on, or lets time pass, at most up to tick `limit`. False: it is not halted where this code
   *  takes over, or nothing will ever happen again. Twice at one tick is as once. */
  takeHalt(limit: number): boolean;
  /** Tick at which it goes on by itself while the CPU is halted in root operation. */
  nextWake(): number;
  /** Why an input of kind `vmm` cannot be taken now, as a sentence; empty when it can. */
  refusal(payload: Uint8Array): string;
  applyInput(payload: Uint8Array): void;
  /** Why the page of host memory at `host` cannot be edited, as a clause; empty where it can. */
  whyNotEdit(host: number): string;
}

/** Readings of a frame that several panels share: registers by word, worlds, VMCS fields, exits. Pure functions; nothing is kept. */
import * as cpu from '../arch/cpu-state.ts';
import { exitReason } from '../arch/exit-reasons.ts';
import { FIELD, fieldOffset, fieldWidth, VMCS_FIELDS } from '../arch/vmcs-fields.ts';
import { CONTROL } from '../arch/vmx-controls.ts';
import type { Frame, WalkExplanation } from '../api/protocol.ts';
import type { ExitRecord, History } from './history.ts';

/** The unsigned words of a `cpu` part (indexes of arch/cpu-state.ts). */
export function words(bytes: Uint8Array): Uint32Array {
  return bytes.byteOffset % 4 === 0
    ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
    : new Uint32Array(bytes.slice().buffer);
}

export type World = 'root' | 'guest' | 'processor';

/** Which world the words belong to: VMX root or non-root operation, or a processor outside VMX operation. */
export function worldOf(state: Uint32Array): World {
  if (state[cpu.NON_ROOT]) return 'guest';
  return state[cpu.VMX_ON] ? 'root' : 'processor';
}

/** The frame's panels can be read: the machine stands still, or goes slowly. */
export function isReadable(frame: Frame): boolean {
  return !frame.running || frame.code !== null;
}

/** The exit that root is dealing with in this frame. */
export function openExit(frame: Frame | null, history: History): ExitRecord | null {
  if (!frame || worldOf(words(frame.cpu)) !== 'root') return null;
  return history.openExit(frame.tick);
}

/** The manual's name of a basic exit reason. */
export function reasonName(reason: number): string {
  return exitReason(reason)?.name ?? `reason ${reason}`;
}

/** The manual's name of a VMCS field, from its key. */
export function fieldName(key: string): string {
  return VMCS_FIELDS.find((f) => f.key === key)?.name ?? key;
}

/** A field of a VMCS region: its words, the high one first. */
export function fieldWords(region: Uint8Array, encoding: number): readonly number[] {
  const data = new DataView(region.buffer, region.byteOffset, region.byteLength);
  const at = fieldOffset(encoding);
  const width = fieldWidth(encoding);
  if (width === 16) return [data.getUint16(at, true)];
  return width === 64 ? [data.getUint32(at + 4, true), data.getUint32(at, true)] : [data.getUint32(at, true)];
}

/** The low word of a field, unsigned. */
export function fieldValue(region: Uint8Array, encoding: number): number {
  return fieldWords(region, encoding).at(-1) ?? 0;
}

/** The guest of this VMCS runs under EPT. */
export function hasEpt(region: Uint8Array | null): boolean {
  if (!region || (fieldValue(region, FIELD.primaryControls) & CONTROL.activateSecondaryControls) === 0) return false;
  return (fieldValue(region, FIELD.secondaryControls) & CONTROL.enableEpt) !== 0;
}

/** Where the access of a walk ends up: where the TLB says, if that is asked, else where the tables do. Null: nowhere. */
export function reachedBy({ tlb, outcome }: WalkExplanation): number | null {
  if (tlb.use === 'hit' && tlb.host !== null) return tlb.host;
  return outcome.kind === 'ok' ? outcome.host : null;
}

/** A whole number with its thousands apart, the same in both languages: SI's thin space, which does not break. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

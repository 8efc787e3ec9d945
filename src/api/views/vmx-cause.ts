/** Which bit caused the exit that root is dealing with: read from the controls that were in force, as the manual's text on each reason says. */
import { ECX, ESP } from '../../arch/cpu-state.ts';
import { NMI_VECTOR, PF_VECTOR } from '../../arch/exceptions.ts';
import { EXIT, type ExitReason, exitReason } from '../../arch/exit-reasons.ts';
import { CR0_PE, CR0_TS } from '../../arch/paging.ts';
import { FIELD } from '../../arch/vmcs-fields.ts';
import { CONTROL, CONTROL_BY_KEY, type ControlKey } from '../../arch/vmx-controls.ts';
import { TRACE_KIND } from '../../trace/schema.ts';
import type { Trace } from '../../trace/trace.ts';
import { backwards } from './recent.ts';
import { bitOf, type FieldBit } from './vmx-exits.ts';
import {
  bitmapOf,
  type BitmapKey,
  controlsInForce,
  type ControlReading,
  type FieldReader,
  has,
  msrBit,
  portBit,
  vmcsReader,
  type VmxMachine,
} from './vmx-reading.ts';

/** How it was decided.
 *  `control`: a control is 1. `controlOff`: one is 0 (MSR bitmaps are not used). `bitmap`: a bit in memory is 1. `portWraps`, `msrOutside`: no bitmap has a bit for
 *  that. `exception`: a bit of the exception bitmap; for #PF it and the error code under the mask agree (`pageFault`). `hostOwned`: a host-owned bit of a control
 *  register differs from the read shadow. `injected`: a pending MTF VM exit was injected. `entry`: a check of VM entry. `unknown`: the operand that decided was in
 *  a register, which the hypervisor may have changed since. */
export type CauseRule =
  | 'always'
  | 'control'
  | 'controlOff'
  | 'bitmap'
  | 'portWraps'
  | 'msrOutside'
  | 'exception'
  | 'pageFault'
  | 'hostOwned'
  | 'injected'
  | 'entry'
  | 'unknown';

/** Why an exit came. Numbers are unsigned. */
export interface ExitCause {
  /** Basic reason. */
  readonly reason: number;
  /** Tick of the first instant that shows it. */
  readonly at: number;
  readonly rule: CauseRule;
  /** Bits of fields that took part, with their values at the exit, the one that decided last. */
  readonly bits: readonly (FieldBit & { readonly value: number })[];
  /** A bit in memory that did, as it is now. */
  readonly memory: { readonly bitmap: BitmapKey; readonly bit: number; readonly host: number; readonly value: number } | null;
  /** Of an exception: its vector; of #PF the error code, mask and match. */
  readonly vector: number | null;
  readonly pageFault: { readonly errorCode: number; readonly mask: number; readonly match: number } | null;
  /** The port or MSR that was asked for. */
  readonly number: number | null;
  /** Of a control register: which, its bits that are the host's and would have differed, and the read shadow. */
  readonly hostOwned: { readonly register: 0 | 4; readonly mask: number; readonly shadow: number } | null;
}

/** What the record of a VM exit says, or of a VM entry that ended like one. */
interface OpenExit {
  readonly tick: number;
  /** Basic reason. */
  readonly reason: number;
  readonly isFailedEntry: boolean;
  readonly qualification: number;
}

const WORLD_CHANGES = [TRACE_KIND.vmExit, TRACE_KIND.vmEntry, TRACE_KIND.vmEntryFailed];
const NOTHING = { bits: [], memory: null, vector: null, pageFault: null, number: null, hostOwned: null } as const;
type Found = Pick<ExitCause, 'rule'> & Partial<Omit<ExitCause, 'rule' | 'reason' | 'at'>>;

/** What a cause is read from. */
interface Scene {
  readonly machine: VmxMachine;
  readonly exit: OpenExit;
  readonly row: ExitReason;
  readonly controls: ControlReading;
  readonly get: FieldReader;
  /** The registers are still the guest's. */
  readonly isFresh: boolean;
}

/** Of the exit since which root runs; null: the guest runs, or there was none. */
export function exitCause(machine: VmxMachine): ExitCause | null {
  const now = machine.cpu.ticks;
  const exit = openExit(machine.trace, now);
  const row = exit && exitReason(exit.reason);
  if (!exit || !row) return null;
  const scene: Scene = {
    ...{ machine, exit, row, controls: controlsInForce(machine), get: vmcsReader(machine) },
    isFresh: exit.tick + 1 === now,
  };
  return { reason: exit.reason, at: exit.tick + 1, ...NOTHING, ...found(scene) };
}

/** The exit since which root runs, as it is at tick `now`; its effect shows one tick after its record's. */
function openExit(trace: Trace, now: number): OpenExit | null {
  for (const [kind, tick, reason, qualification] of backwards(trace, now - 1, WORLD_CHANGES)) {
    if (kind === TRACE_KIND.vmEntry) return null;
    if (kind === TRACE_KIND.vmExit) return { tick, reason: reason & 0xffff, isFailedEntry: false, qualification };
    // VMfail is no exit: root goes on with what it was dealing with.
    if (reason !== 0) return { tick, reason: reason & 0xffff, isFailedEntry: true, qualification: 0 };
  }
  return null;
}

function found(scene: Scene): Found {
  const { row, exit } = scene;
  if (exit.isFailedEntry) return { rule: 'entry' };
  if (row.cause === 'always' || row.cause === 'entry') return { rule: row.cause };
  return FINDERS[row.number]?.(scene) ?? { rule: 'control', bits: valued(scene, [row.cause[0]]) };
}

/** Reasons that the table does not tell in one bit. */
const FINDERS: Readonly<Record<number, (scene: Scene) => Found>> = {
  [EXIT.exceptionOrNmi]: exception,
  [EXIT.monitorTrapFlag]: (scene) =>
    has(scene.controls, 'primary', CONTROL.monitorTrapFlag)
      ? { rule: 'control', bits: valued(scene, ['monitorTrapFlag']) }
      : { rule: 'injected' },
  [EXIT.controlRegisterAccesses]: controlRegister,
  [EXIT.ioInstruction]: port,
  [EXIT.rdmsr]: (scene) => msr(scene, false),
  [EXIT.wrmsr]: (scene) => msr(scene, true),
};

/** The bits of controls, with “activate secondary controls” before a secondary one. */
function valued({ controls }: Scene, keys: readonly ControlKey[]): ExitCause['bits'] {
  const all = keys.flatMap((key): readonly ControlKey[] =>
    CONTROL_BY_KEY[key].word === 'secondary' ? ['activateSecondaryControls', key] : [key],
  );
  return all.map((key) => ({ ...bitOf(key), value: has(controls, CONTROL_BY_KEY[key].word, CONTROL[key]) ? 1 : 0 }));
}

function exception(scene: Scene): Found {
  const { get, controls } = scene;
  const info = get(FIELD.exitInterruptionInfo);
  const vector = info & 0xff;
  if (vector === NMI_VECTOR) return { rule: 'control', bits: valued(scene, ['nmiExiting']), vector };
  const bits = [{ field: 'exceptionBitmap', bit: vector, value: (controls.exceptionBitmap >>> vector) & 1 } as const];
  if (vector !== PF_VECTOR) return { rule: 'exception', bits, vector };
  const [mask, match] = [controls.pageFaultMask >>> 0, controls.pageFaultMatch >>> 0];
  return { rule: 'pageFault', bits, vector, pageFault: { errorCode: get(FIELD.exitInterruptionErrorCode) >>> 0, mask, match } };
}

// Bits of the qualification for control-register accesses.
const MOV_TO = 0;
const MOV_FROM = 1;
const CLTS = 2;
const LMSW_BITS = 0xe;

function controlRegister(scene: Scene): Found {
  const { qualification } = scene.exit;
  const access = (qualification >>> 4) & 3;
  const register = qualification & 15;
  if (register === 3) return { rule: 'control', bits: valued(scene, [access === MOV_FROM ? 'cr3StoreExiting' : 'cr3LoadExiting']) };
  if (access === CLTS) return hostOwned(scene, 0, CR0_TS);
  if (access === MOV_TO) {
    const value = registerThen(scene, (qualification >>> 8) & 15);
    const cr = register === 4 ? 4 : 0;
    if (value === null) return { rule: 'unknown', hostOwned: ownedBits(scene, cr, scene.controls.masks[cr]) };
    return hostOwned(scene, cr, (value ^ scene.controls.shadows[cr]) & scene.controls.masks[cr]);
  }
  const { masks, shadows } = scene.controls;
  const source = qualification >>> 16;
  return hostOwned(scene, 0, ((source ^ shadows[0]) & masks[0] & LMSW_BITS) | (source & masks[0] & ~shadows[0] & CR0_PE));
}

function ownedBits({ controls }: Scene, register: 0 | 4, mask: number): NonNullable<ExitCause['hostOwned']> {
  return { register, mask: mask >>> 0, shadow: controls.shadows[register] >>> 0 };
}

function hostOwned(scene: Scene, register: 0 | 4, mask: number): Found {
  const field = register === 0 ? 'cr0Mask' : 'cr4Mask';
  const owned = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (mask >>> bit) & 1);
  return { rule: 'hostOwned', bits: owned.map((bit) => ({ field, bit, value: 1 })), hostOwned: ownedBits(scene, register, mask) };
}

/** A general register of the guest at the exit, which changes none but ESP. */
function registerThen({ machine, get, isFresh }: Scene, gpr: number): number | null {
  if (gpr === ESP) return get(FIELD.guestRsp);
  return isFresh ? machine.cpu.words[gpr] : null;
}

/** The I/O bitmaps where they are in use. An access of several bytes exits for any of them. */
function port(scene: Scene): Found {
  const { machine, controls, exit } = scene;
  const first = exit.qualification >>> 16;
  if (!has(controls, 'primary', CONTROL.useIoBitmaps))
    return { rule: 'control', bits: valued(scene, ['unconditionalIoExiting']), number: first };
  const bits = valued(scene, ['useIoBitmaps']);
  const size = (exit.qualification & 7) + 1;
  if (first + size > 0x10000) return { rule: 'portWraps', bits, number: first };
  const ports = Array.from({ length: size }, (_, i) => first + i);
  const owned = ports.find((p) => bitmapOf(machine, controls, portBit(p)[0]).bit(portBit(p)[1])) ?? first;
  return { rule: 'bitmap', bits, memory: inMemory(scene, portBit(owned)), number: owned };
}

function msr(scene: Scene, isWrite: boolean): Found {
  const { controls, machine, isFresh } = scene;
  const bits = valued(scene, ['useMsrBitmaps']);
  const number = isFresh ? machine.cpu.words[ECX] >>> 0 : null;
  if (!has(controls, 'primary', CONTROL.useMsrBitmaps)) return { rule: 'controlOff', bits, number };
  if (number === null) return { rule: 'unknown', bits };
  const place = msrBit(number, isWrite);
  return place === null ? { rule: 'msrOutside', bits, number } : { rule: 'bitmap', bits, number, memory: inMemory(scene, place) };
}

function inMemory({ machine, controls }: Scene, [bitmap, bit]: readonly [BitmapKey, number]): NonNullable<ExitCause['memory']> {
  const value = bitmapOf(machine, controls, bitmap).bit(bit) ? 1 : 0;
  return { bitmap, bit, host: controls.bitmaps[bitmap] + (bit >>> 3), value };
}

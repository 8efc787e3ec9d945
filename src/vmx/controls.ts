/** The part `vmx`: the controls in force, as words. They are copied out of the VMCS at VM entry, as processors do: stores into the VMCS region change
 *  nothing until the next entry. Valid in non-root operation; the last ones stay readable after the exit. */
import { type FieldType, layout } from '../base/layout.ts';

export const PIN = 0;
export const PRIMARY = 1;
/** 0 unless “activate secondary controls” is 1. */
export const SECONDARY = 2;
export const EXIT_CONTROLS = 3;
export const ENTRY_CONTROLS = 4;
export const EXCEPTION_BITMAP = 5;
export const PAGE_FAULT_MASK = 6;
export const PAGE_FAULT_MATCH = 7;
export const CR0_MASK = 8;
export const CR4_MASK = 9;
export const CR0_SHADOW = 10;
export const CR4_SHADOW = 11;
export const CR3_COUNT = 12;
/** Four words. */
export const CR3_TARGET = 13;
/** Physical addresses as low and high word. */
export const IO_BITMAP_A = 17;
export const IO_BITMAP_B = 19;
export const MSR_BITMAP = 21;
export const TSC_OFFSET = 23;
export const EPTP = 25;
/** 0 where “enable VPID” is 0. */
export const VPID = 27;
/** Tick at which the preemption timer reaches 0, low and high word. */
export const TIMER_END = 28;
/** Whether a monitor-trap VM exit is due at the present instruction boundary. */
export const MONITOR_TRAP_DUE = 30;
/** The entry check that failed last: its place in ENTRY_CHECKS plus 1 (0: none), and the value of its field, low and high word. */
export const FAILED_CHECK = 31;
export const FAILED_VALUE = 32;
export const FAILED_VALUE_HIGH = 33;

/** Names in word order; the position of a name is its word. */
export const VMX_WORD_NAMES: readonly string[] = [
  ...['pin', 'primary', 'secondary', 'exitControls', 'entryControls'],
  ...['exceptionBitmap', 'pageFaultMask', 'pageFaultMatch', 'cr0Mask', 'cr4Mask', 'cr0Shadow', 'cr4Shadow'],
  ...['cr3Count', 'cr3Target0', 'cr3Target1', 'cr3Target2', 'cr3Target3'],
  ...['ioBitmapA', 'ioBitmapAHigh', 'ioBitmapB', 'ioBitmapBHigh', 'msrBitmap', 'msrBitmapHigh'],
  ...['tscOffset', 'tscOffsetHigh', 'eptp', 'eptpHigh', 'vpid', 'timerEnd', 'timerEndHigh', 'monitorTrapDue'],
  ...['failedCheck', 'failedValue', 'failedValueHigh'],
];

export const VMX_LAYOUT = layout(Object.fromEntries(VMX_WORD_NAMES.map((name): [string, FieldType] => [name, 'u32'])));

/** The local APIC and the I/O APIC. SDM vol. 3, "Advanced Programmable Interrupt Controller (APIC)"; Intel 82093AA I/O APIC data sheet.
 *
 *             31     24 23 20 19 18 17 16 15 14 13 12 11 10   8 7        0
 *  ICR low   |   reserved   | shorthand| -  |TM|Lv| -|DS|DM| mode | vector |        ICR high: destination 31:24
 *  LVT       |   reserved      |timer|Mask|TM|RI|Pol|DS| - | mode | vector |        timer: 0 one-shot, 1 periodic
 *  IOAPIC    |   reserved            |Mask|TM|RI|Pol|DS|DM| mode | vector |        high dword: destination 31:24
 *  MSI address  FEEH 31:20 | destination 19:12 | - | RH 3 | DM 2 | 0
 *  MSI data  |   reserved                 |TM|Lv|    -    | mode | vector |
 *
 *  TM: 1 level, 0 edge. DM: 1 logical, 0 physical. RI: remote IRR. DS: delivery status, always 0 here, as a message takes no time. */
import type { BitField } from './bit-field.ts';

/** A register of the local APIC. Registers are dwords, 16 bytes apart; those of 256 bits are eight of them. */
export interface ApicRegister {
  readonly name: string;
  readonly offset: number;
  readonly access: 'read' | 'write' | 'read/write';
  readonly meaning: string;
  /** Bits that software may write; all of a `write` register. */
  readonly writable?: number;
  /** How many in a row. */
  readonly count?: number;
  readonly bits?: readonly BitField[];
}

export const LAPIC_BASE = 0xfee0_0000;
export const LAPIC_SIZE = 0x1000;
/** An xAPIC with five entries in its local vector table, without EOI-broadcast suppression. */
export const LAPIC_VERSION = 0x14 | (4 << 16);

export const LAPIC_ID = 0x020;
export const LAPIC_TPR = 0x080;
export const LAPIC_EOI = 0x0b0;
export const LAPIC_LDR = 0x0d0;
export const LAPIC_DFR = 0x0e0;
export const LAPIC_SVR = 0x0f0;
export const LAPIC_ISR = 0x100;
export const LAPIC_TMR = 0x180;
export const LAPIC_IRR = 0x200;
export const LAPIC_ESR = 0x280;
export const LAPIC_ICR_LOW = 0x300;
export const LAPIC_ICR_HIGH = 0x310;
export const LAPIC_LVT_TIMER = 0x320;
export const LAPIC_LVT_PERFORMANCE = 0x340;
export const LAPIC_LVT_LINT0 = 0x350;
export const LAPIC_LVT_LINT1 = 0x360;
export const LAPIC_LVT_ERROR = 0x370;
export const LAPIC_TIMER_INITIAL = 0x380;
export const LAPIC_TIMER_CURRENT = 0x390;
export const LAPIC_TIMER_DIVIDE = 0x3e0;

export const SVR_ENABLE = 1 << 8;
export const LVT_MASK = 1 << 16;
export const LVT_PERIODIC = 1 << 17;
export const APIC_LEVEL = 1 << 15;
export const APIC_ASSERT = 1 << 14;
export const APIC_REMOTE_IRR = 1 << 14;
export const APIC_LOGICAL = 1 << 11;

/** Delivery modes, bits 10:8. A reserved mode delivers nothing. */
export const DELIVERY = { fixed: 0, lowest: 1, smi: 2, nmi: 4, init: 5, startup: 6, extInt: 7 } as const;
export const DELIVERY_NAMES = ['fixed', 'lowest priority', 'SMI', null, 'NMI', 'INIT', 'start-up', 'ExtINT'] as const;

/** Destination shorthands of the ICR, bits 19:18. */
export const SHORTHAND_NAMES = ['none', 'self', 'all including self', 'all excluding self'] as const;

// Errors.
export const ESR_SEND_ILLEGAL = 1 << 5;
export const ESR_RECEIVE_ILLEGAL = 1 << 6;
export const ESR_ILLEGAL_REGISTER = 1 << 7;
/** Vectors below this are illegal in a message. */
export const FIRST_LEGAL_VECTOR = 16;

const LVT_BITS = [
  { name: 'vector', bit: 0, width: 8, meaning: 'vector' },
  { name: 'mode', bit: 8, width: 3, meaning: '0 fixed, 2 SMI, 4 NMI, 5 INIT, 7 ExtINT' },
  { name: 'mask', bit: 16, meaning: 'no interrupt' },
] as const satisfies readonly BitField[];

export const ESR_BITS = [
  { name: 'send illegal', bit: 5, meaning: 'an ICR or LVT vector below 16' },
  { name: 'receive illegal', bit: 6, meaning: 'a message with a vector below 16 came' },
  { name: 'illegal register', bit: 7, meaning: 'an access to a register that is not there' },
] as const satisfies readonly BitField[];

export const LAPIC_REGISTERS = [
  { name: 'ID', offset: 0x020, access: 'read/write', meaning: 'APIC ID (31:24)', writable: 0xff00_0000 },
  { name: 'version', offset: 0x030, access: 'read', meaning: 'version (7:0), last LVT entry (23:16)' },
  { name: 'TPR', offset: 0x080, access: 'read/write', meaning: 'task priority: vectors of this class and below wait', writable: 0xff },
  { name: 'APR', offset: 0x090, access: 'read', meaning: 'arbitration priority' },
  { name: 'PPR', offset: 0x0a0, access: 'read', meaning: 'processor priority: the higher of TPR and the class in service' },
  { name: 'EOI', offset: 0x0b0, access: 'write', meaning: 'ends the interrupt in service with the highest priority' },
  { name: 'RRD', offset: 0x0c0, access: 'read', meaning: 'remote read: none' },
  { name: 'LDR', offset: 0x0d0, access: 'read/write', meaning: 'logical APIC ID (31:24)', writable: 0xff00_0000 },
  { name: 'DFR', offset: 0x0e0, access: 'read/write', meaning: 'model (31:28): F flat, 0 cluster', writable: 0xf000_0000 },
  {
    name: 'SVR',
    offset: 0x0f0,
    access: 'read/write',
    meaning: 'spurious vector (7:0), software enable (8), focus off (9)',
    writable: 0x3ff,
  },
  { name: 'ISR', offset: 0x100, access: 'read', meaning: 'in service', count: 8 },
  { name: 'TMR', offset: 0x180, access: 'read', meaning: 'trigger mode: 1 level', count: 8 },
  { name: 'IRR', offset: 0x200, access: 'read', meaning: 'requested', count: 8 },
  { name: 'ESR', offset: 0x280, access: 'read/write', meaning: 'errors up to the last write', writable: 0, bits: ESR_BITS },
  { name: 'ICR low', offset: 0x300, access: 'read/write', meaning: 'sends an interrupt', writable: 0x000c_cfff },
  { name: 'ICR high', offset: 0x310, access: 'read/write', meaning: 'destination (31:24)', writable: 0xff00_0000 },
  {
    name: 'LVT timer',
    offset: 0x320,
    access: 'read/write',
    meaning: 'what the timer does; bit 17: again and again',
    writable: 0x0003_00ff,
    bits: LVT_BITS,
  },
  { name: 'LVT performance', offset: 0x340, access: 'read/write', meaning: 'no counters: never', writable: 0x0001_07ff, bits: LVT_BITS },
  { name: 'LVT LINT0', offset: 0x350, access: 'read/write', meaning: 'the pin on which the PIC is', writable: 0x0001_a7ff, bits: LVT_BITS },
  { name: 'LVT LINT1', offset: 0x360, access: 'read/write', meaning: 'the NMI pin', writable: 0x0001_a7ff, bits: LVT_BITS },
  { name: 'LVT error', offset: 0x370, access: 'read/write', meaning: 'an error was seen', writable: 0x0001_00ff, bits: LVT_BITS },
  {
    name: 'timer initial',
    offset: 0x380,
    access: 'read/write',
    meaning: 'count to start from; writing it starts the timer',
    writable: 0xffff_ffff,
  },
  { name: 'timer current', offset: 0x390, access: 'read', meaning: 'count' },
  { name: 'timer divide', offset: 0x3e0, access: 'read/write', meaning: 'bus clocks for a count: bits 3, 1, 0', writable: 0x0b },
] as const satisfies readonly ApicRegister[];

/** Bus clocks for one count of the timer, by bits 3, 1, 0 of its divide register. */
export const TIMER_DIVISORS = [2, 4, 8, 16, 32, 64, 128, 1] as const;

// The I/O APIC.
export const IOAPIC_BASE = 0xfec0_0000;
export const IOAPIC_SIZE = 0x100;
export const IOAPIC_PINS = 24;
export const IOAPIC_VERSION = 0x11 | ((IOAPIC_PINS - 1) << 16);
/** In its window: which register, and its value. */
export const IOREGSEL = 0x00;
export const IOWIN = 0x10;
/** Register numbers. */
export const IOAPIC_ID = 0x00;
export const IOAPIC_VERSION_REGISTER = 0x01;
export const IOAPIC_ARBITRATION = 0x02;
export const IOAPIC_TABLE = 0x10;
/** Bits of the low dword of a redirection entry that software may write. */
export const REDIRECTION_WRITABLE = 0x0001_afff;

export const REDIRECTION_BITS = [
  { name: 'vector', bit: 0, width: 8, meaning: 'vector' },
  { name: 'mode', bit: 8, width: 3, meaning: '0 fixed, 1 lowest priority, 2 SMI, 4 NMI, 5 INIT, 7 ExtINT' },
  { name: 'logical', bit: 11, meaning: 'the destination is a set of logical IDs' },
  { name: 'low', bit: 13, meaning: 'the pin is active low' },
  { name: 'remote IRR', bit: 14, meaning: 'a level interrupt was taken and has not been ended' },
  { name: 'level', bit: 15, meaning: 'level-triggered' },
  { name: 'mask', bit: 16, meaning: 'no interrupt' },
] as const satisfies readonly BitField[];

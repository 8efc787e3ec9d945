/** Recording faults and interrupting for them. Intel VT-d Architecture Specification, "Primary Fault Logging", "Fault Event". */
import {
  EVENT_MASK,
  EVENT_PENDING,
  FAULT_RECORDS,
  FRCD_F,
  FRCD_READ,
  FSTS_FRI_SHIFT,
  FSTS_IQE,
  FSTS_PFO,
  FSTS_PPF,
  VTD_FEADDR,
  VTD_FECTL,
  VTD_FEDATA,
  VTD_FEUADDR,
  VTD_FSTS,
  VTD_IEADDR,
  VTD_IECTL,
  VTD_IEDATA,
  VTD_IEUADDR,
} from '../../arch/vtd.ts';
import { type RegisterFile, recordAt } from './registers.ts';

/** A request that was refused. */
export interface RefusedRequest {
  readonly requester: number;
  readonly address: number;
  readonly isWrite: boolean;
  readonly reason: number;
}

/** A fault as its record holds it. */
export interface FaultRecord extends RefusedRequest {
  readonly record: number;
}

const STATUS = FSTS_PFO | FSTS_PPF | FSTS_IQE;

/** One of the unit's two interrupts: control, data and address registers. */
export const FAULT_EVENT = { control: VTD_FECTL, data: VTD_FEDATA, address: VTD_FEADDR, upper: VTD_FEUADDR } as const;
export const INVALIDATION_EVENT = { control: VTD_IECTL, data: VTD_IEDATA, address: VTD_IEADDR, upper: VTD_IEUADDR } as const;
export type EventRegisters = typeof FAULT_EVENT | typeof INVALIDATION_EVENT;

/** Writes an interrupt message; `address` is 64 bits wide. */
export type SendEvent = (address: number, data: number) => void;

/** Sends the event's message, or notes it as pending while it is masked. */
export function raiseEvent(registers: RegisterFile, event: EventRegisters, send: SendEvent): void {
  if (registers.has(event.control, EVENT_MASK)) {
    registers.setBits(event.control, EVENT_PENDING);
    return;
  }
  registers.clearBits(event.control, EVENT_PENDING);
  send(registers.get(event.address) + registers.get(event.upper) * 2 ** 32, registers.get(event.data));
}

/** After a write of the control register: a pending event goes out when its mask goes. */
export function unmaskEvent(registers: RegisterFile, event: EventRegisters, send: SendEvent): void {
  if (!registers.has(event.control, EVENT_MASK) && registers.has(event.control, EVENT_PENDING)) raiseEvent(registers, event, send);
}

/** The fault records: a ring that software empties. `next` is kept by the unit. */
export class FaultLog {
  private readonly registers: RegisterFile;
  private readonly state: { nextRecord: number; faults: number; lostFaults: number };
  private readonly send: SendEvent;

  constructor(registers: RegisterFile, state: { nextRecord: number; faults: number; lostFaults: number }, send: SendEvent) {
    this.registers = registers;
    this.state = state;
    this.send = send;
  }

  /** Records a refused request; it is lost if the next record is still in use, and from then on all are until software clears PFO. */
  record({ requester, address, isWrite, reason }: RefusedRequest): void {
    const { registers, state } = this;
    state.faults++;
    if (registers.has(VTD_FSTS, FSTS_PFO)) {
      state.lostFaults++;
      return;
    }
    const at = recordAt(state.nextRecord);
    if (registers.has(at + 12, FRCD_F)) {
      state.lostFaults++;
      this.raise(FSTS_PFO);
      return;
    }
    registers.set(at, (address % 2 ** 32) - (address % 0x1000));
    registers.set(at + 4, Math.floor(address / 2 ** 32));
    registers.set(at + 8, requester);
    registers.set(at + 12, FRCD_F + (isWrite ? 0 : FRCD_READ) + reason);
    state.nextRecord = (state.nextRecord + 1) % FAULT_RECORDS;
    this.raise(FSTS_PPF);
  }

  /** Sets a status bit. It interrupts if no status was there before: else software has been called already. */
  raise(status: number): void {
    const wasQuiet = !this.registers.has(VTD_FSTS, STATUS);
    this.registers.setBits(VTD_FSTS, status);
    this.updateStatus();
    if (wasQuiet) raiseEvent(this.registers, FAULT_EVENT, this.send);
  }

  /** After software cleared status or records: PPF and FRI follow from the records, and without any status nothing is pending. */
  updateStatus(): void {
    const { registers, state } = this;
    let oldest = -1;
    for (let i = 0; i < FAULT_RECORDS && oldest < 0; i++) {
      const record = (state.nextRecord + i) % FAULT_RECORDS;
      if (registers.has(recordAt(record) + 12, FRCD_F)) oldest = record;
    }
    const kept = registers.get(VTD_FSTS) & (FSTS_PFO | FSTS_IQE);
    registers.set(VTD_FSTS, kept | (oldest < 0 ? 0 : FSTS_PPF | (oldest << FSTS_FRI_SHIFT)));
    if (!registers.has(VTD_FSTS, STATUS)) registers.clearBits(VTD_FECTL, EVENT_PENDING);
  }

  /** The faults that are recorded, oldest first. */
  get records(): readonly FaultRecord[] {
    const found: FaultRecord[] = [];
    for (let i = 0; i < FAULT_RECORDS; i++) {
      const record = (this.state.nextRecord + i) % FAULT_RECORDS;
      const at = recordAt(record);
      const last = this.registers.get(at + 12);
      if ((last & FRCD_F) === 0) continue;
      const address = this.registers.get(at) + this.registers.get(at + 4) * 2 ** 32;
      found.push({
        record,
        requester: this.registers.get(at + 8) & 0xffff,
        address,
        isWrite: (last & FRCD_READ) === 0,
        reason: last & 0xff,
      });
    }
    return found;
  }
}

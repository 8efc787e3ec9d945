import { EAX, ECX, EDX } from '../arch/cpu-state.ts';
import { combine, DF, HAS_ERROR_CODE, PF_VECTOR } from '../arch/exceptions.ts';
import { CR2 } from '../arch/cpu-state.ts';
import { FIELD, type VmcsFieldKey } from '../arch/vmcs-fields.ts';
import type { Stateful } from '../time/stateful.ts';
import type { EptBuilder } from './ept-builder.ts';
import { FIRST_FRAME } from './host-map.ts';
import type { RootOperation } from './root-operation.ts';
import {
  FACES,
  type FaceName,
  SAVED_WORDS,
  VM_LAYOUT,
  VM_STATUSES,
  VM_STOPS,
  type VmState,
  type VmStatus,
  type VmStop,
} from './vm-layout.ts';
import type { VmDevices } from './vm-devices.ts';

/** Interruption information of the VMCS. */
export const VALID = 0x80000000 | 0;
const ERROR_CODE = 1 << 11;
const EXTERNAL = 0;
const HARDWARE_EXCEPTION = 3;
const VECTOR_AND_TYPE = 0x7ff;
/** Interruptibility: blocking by STI and MOV SS. */
const SHADOWS = 3;
const EFLAGS_TF = 1 << 8;
const EFLAGS_RF = 1 << 16;
const PENDING_BS = 1 << 14;

/** One virtual machine: a view of its bytes, and what a hypervisor does to a guest. Fields of the VMCS can be used only while it is the current one. */
export class Vm implements Stateful {
  readonly id: string;
  /** Its place, from 0; VPID and frame owner are one higher. */
  readonly number: number;
  readonly layout = VM_LAYOUT;
  readonly bytes = new Uint8Array(VM_LAYOUT.size);
  readonly state: VmState = VM_LAYOUT.view(this.bytes);
  readonly ept: EptBuilder;
  readonly devices: VmDevices;
  private readonly root: RootOperation;

  constructor(number: number, root: RootOperation, parts: { ept: (rootOf: () => number) => EptBuilder; devices: (vm: Vm) => VmDevices }) {
    this.id = `vm${number}`;
    this.number = number;
    this.root = root;
    this.ept = parts.ept(() => this.state.eptRoot);
    this.devices = parts.devices(this);
  }

  rebuild(): void {}

  /** Why `bytes` from a file cannot be this part's. */
  misfit(bytes: Uint8Array): string {
    const s = VM_LAYOUT.view(bytes);
    const { size } = this.root.memory;
    if (s.status >= VM_STATUSES.length || s.stop >= VM_STOPS.length || s.face >= FACES.length)
      return 'a status, stop or face does not exist';
    if (s.status !== 0 && s.weight === 0) return 'the weight is 0';
    const isFrame = (address: number): boolean => address % 4096 === 0 && address < size && (address === 0 || address >= FIRST_FRAME);
    if (![s.vmcs, s.eptRoot, s.diskTable].every(isFrame)) return 'an address is none of a frame';
    if (s.ramPages > 2 ** 20) return 'its memory is larger than 4 GiB';
    const isRunnable = s.status !== 0 && VM_STATUSES[s.status] !== 'stopped';
    return isRunnable && (s.vmcs === 0 || s.eptRoot === 0) ? 'it has no VMCS or no EPT' : '';
  }

  get owner(): number {
    return this.number + 1;
  }
  get status(): VmStatus {
    return VM_STATUSES[this.state.status];
  }
  set status(status: VmStatus) {
    this.state.status = VM_STATUSES.indexOf(status);
  }
  get stopReason(): VmStop {
    return VM_STOPS[this.state.stop];
  }
  get face(): FaceName {
    return FACES[this.state.face];
  }
  /** It exists, and has not stopped for good. */
  get isAlive(): boolean {
    return this.status !== 'empty' && this.status !== 'stopped';
  }
  /** Bytes of its memory. */
  get ramSize(): number {
    return this.state.ramPages * 4096;
  }

  /** It never runs again; its memory stays as it is until it is destroyed. */
  stop(reason: VmStop, detail = 0): void {
    this.status = 'stopped';
    this.state.stop = VM_STOPS.indexOf(reason);
    this.state.detail = detail;
  }

  /** HLT: it gives the processor away until a device interrupts. */
  halt(now: number): void {
    this.state.isOpen = 1;
    this.rest('halted', now);
  }

  /** It does not run until `rise`. */
  rest(status: 'halted' | 'waiting', now: number): void {
    this.status = status;
    this.state.restsSince = now;
  }

  /** What it waited for has come. */
  rise(now: number): void {
    const { state } = this;
    if (this.status === 'halted') state.haltedTicks += now - state.restsSince;
    else state.waitTicks += now - state.restsSince;
    this.status = 'ready';
  }

  // Registers ------------------------------------------------------------------------------------------------------------------------------
  /** A general register or another that no VMCS holds, by its word. */
  register(word: number): number {
    return this.state.registers.at(SAVED_WORDS.indexOf(word)) | 0;
  }
  setRegister(word: number, value: number): void {
    this.state.registers.set(SAVED_WORDS.indexOf(word), value);
  }
  /** EDX:EAX. */
  setWide([low, high]: readonly [low: number, high: number]): void {
    this.setRegister(EAX, low);
    this.setRegister(EDX, high);
  }
  get ecx(): number {
    return this.register(ECX);
  }

  /** Takes the registers that the guest left in the processor; and puts them back there. */
  saveRegisters(): void {
    SAVED_WORDS.forEach((word, i) => this.state.registers.set(i, this.root.registers.get(word)));
  }
  loadRegisters(): void {
    SAVED_WORDS.forEach((word, i) => this.root.registers.set(word, this.state.registers.at(i)));
  }

  // VMCS -----------------------------------------------------------------------------------------------------------------------------------
  read(field: VmcsFieldKey): number {
    return this.root.vmread(FIELD[field]);
  }
  write(field: VmcsFieldKey, value: number): void {
    this.root.vmwrite(FIELD[field], value);
  }
  /** Both halves of a 64-bit field. */
  writeWide(field: VmcsFieldKey, low: number, high: number): void {
    this.root.vmwrite(FIELD[field], low);
    this.root.vmwrite(FIELD[field] + 1, high);
  }
  /** Sets or clears one bit of a control field. */
  control(field: VmcsFieldKey, bit: number, isSet: boolean): void {
    const value = this.read(field);
    const wanted = isSet ? value | bit : value & ~bit;
    if (wanted !== value) this.write(field, wanted);
  }

  // The guest's instruction ----------------------------------------------------------------------------------------------------------------
  /** The guest goes on behind the instruction that exited, as if it had been executed: blocking by STI and MOV SS ends, and a single step traps. */
  skip(): void {
    this.write('guestRip', this.read('guestRip') + this.read('exitInstructionLength'));
    this.endInstruction();
  }

  /** What every instruction that has been executed ends. */
  endInstruction(): void {
    const interruptibility = this.read('guestInterruptibility');
    if (interruptibility & SHADOWS) this.write('guestInterruptibility', interruptibility & ~SHADOWS);
    const flags = this.read('guestRflags');
    if (flags & EFLAGS_RF) this.write('guestRflags', flags & ~EFLAGS_RF);
    if (flags & EFLAGS_TF) this.write('guestPendingDebug', this.read('guestPendingDebug') | PENDING_BS);
  }

  // Events ---------------------------------------------------------------------------------------------------------------------------------
  get hasEvent(): boolean {
    return (this.state.eventInfo & VALID) !== 0;
  }

  /** The next entry delivers exception `vector`; with one on its way already, what the manual makes of the two. SDM vol. 3, "Interrupt 8—Double Fault
   *  Exception (#DF)". */
  injectException(vector: number, errorCode = 0): void {
    const { state } = this;
    const type = (state.eventInfo >>> 8) & 7;
    const first = this.hasEvent && type === HARDWARE_EXCEPTION ? combine(state.eventInfo & 0xff, vector) : 'serial';
    if (first === 'shutdown') {
      this.stop('tripleFault');
      return;
    }
    const isDouble = first === 'double fault';
    const number = isDouble ? DF : vector;
    const hasError = ((HAS_ERROR_CODE >> number) & 1) !== 0 && !this.isReal;
    state.eventInfo = VALID | (HARDWARE_EXCEPTION << 8) | number | (hasError ? ERROR_CODE : 0);
    state.eventError = isDouble ? 0 : errorCode;
    state.eventLength = 0;
  }

  injectPageFault(linear: number, errorCode: number): void {
    this.setRegister(CR2, linear);
    this.injectException(PF_VECTOR, errorCode);
  }

  injectInterrupt(vector: number): void {
    this.state.eventInfo = VALID | (EXTERNAL << 8) | vector;
  }

  /** The event that the exit broke off is delivered again by the next entry. SDM vol. 3, "Information for VM Exits That Occur During Event Delivery". */
  resumeDelivery(): void {
    const vectoring = this.read('idtVectoringInfo');
    if ((vectoring & VALID) === 0) return;
    this.state.eventInfo = VALID | (vectoring & (VECTOR_AND_TYPE | ERROR_CODE));
    this.state.eventError = vectoring & ERROR_CODE ? this.read('idtVectoringErrorCode') : 0;
    this.state.eventLength = this.read('exitInstructionLength');
  }

  /** Real mode has no error codes on its stack. */
  get isReal(): boolean {
    return (this.read('guestCr0') & 1) === 0;
  }

  /** An external interrupt would be taken before the next instruction. */
  get isInterruptible(): boolean {
    return (this.read('guestRflags') & (1 << 9)) !== 0 && (this.read('guestInterruptibility') & SHADOWS) === 0;
  }
}

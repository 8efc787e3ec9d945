import {
  APIC_ASSERT,
  APIC_LEVEL,
  APIC_LOGICAL,
  DELIVERY,
  ESR_ILLEGAL_REGISTER,
  ESR_RECEIVE_ILLEGAL,
  ESR_SEND_ILLEGAL,
  FIRST_LEGAL_VECTOR,
  LAPIC_EOI,
  LAPIC_ESR,
  LAPIC_ICR_LOW,
  LAPIC_LVT_ERROR,
  LAPIC_LVT_LINT0,
  LAPIC_LVT_LINT1,
  LAPIC_LVT_PERFORMANCE,
  LAPIC_LVT_TIMER,
  LAPIC_REGISTERS,
  LAPIC_SVR,
  LAPIC_TIMER_DIVIDE,
  LAPIC_TIMER_INITIAL,
  LAPIC_VERSION,
  LVT_MASK,
  SVR_ENABLE,
} from '../../arch/apic.ts';
import { layout } from '../../base/layout.ts';
import type { MmioHandler } from '../../memory/bus.ts';
import type { Device, DeviceHost } from '../device.ts';
import { ApicTimer } from './timer.ts';
import { VectorSet } from './vector-set.ts';

const VECTORS = ['u32', 8] as const;
const LAPIC_LAYOUT = layout({
  /** The global enable of IA32_APIC_BASE. */
  isEnabled: 'u8',
  id: 'u32',
  tpr: 'u32',
  ldr: 'u32',
  dfr: 'u32',
  svr: 'u32',
  isr: VECTORS,
  tmr: VECTORS,
  irr: VECTORS,
  /** As software reads it, and what has been seen since it last wrote. */
  esr: 'u32',
  errors: 'u32',
  icrLow: 'u32',
  icrHigh: 'u32',
  lvtTimer: 'u32',
  lvtPerformance: 'u32',
  lvtLint0: 'u32',
  lvtLint1: 'u32',
  lvtError: 'u32',
  timerInitial: 'u32',
  timerDivide: 'u32',
  timerExpires: 'f64',
});

type LapicState = ReturnType<typeof LAPIC_LAYOUT.view>;
type WordName = { [K in keyof LapicState]: LapicState[K] extends number ? K : never }[keyof LapicState];

/** Registers that are plain words of the state. */
const WORDS: Readonly<Record<number, WordName>> = {
  ...{
    0x020: 'id',
    0x080: 'tpr',
    0x0d0: 'ldr',
    0x0e0: 'dfr',
    0x0f0: 'svr',
    0x280: 'esr',
    0x300: 'icrLow',
    0x310: 'icrHigh',
    0x320: 'lvtTimer',
  },
  ...{ 0x340: 'lvtPerformance', 0x350: 'lvtLint0', 0x360: 'lvtLint1', 0x370: 'lvtError', 0x380: 'timerInitial', 0x3e0: 'timerDivide' },
};
const LVTS = [LAPIC_LVT_TIMER, LAPIC_LVT_PERFORMANCE, LAPIC_LVT_LINT0, LAPIC_LVT_LINT1, LAPIC_LVT_ERROR] as const;
const ROWS = new Map(LAPIC_REGISTERS.map((r) => [r.offset as number, r]));
/** Of DFR: logical IDs are plain bit sets. */
const FLAT = 0xf;
const BROADCAST = 0xff;
/** Low bits of DFR read ones. */
const DFR_ONES = 0x0fff_ffff;

/** The 8259A behind LINT0. */
export interface ExternalController {
  readonly asserted: boolean;
  acknowledge(): number;
  letsThrough(line: number): boolean;
}

/** The local APIC, between the processor and the PIC: its own interrupts first, then the PIC's through LINT0. SDM vol. 3, "Local APIC". One processor, so
 *  lowest-priority delivery has no choice. SMI and start-up messages do nothing, nor does ExtINT in a message. Its base cannot be moved. */
export class LocalApic implements Device, MmioHandler {
  readonly id = 'lapic';
  readonly title = 'Local APIC';
  readonly layout = LAPIC_LAYOUT;
  readonly bytes = new Uint8Array(LAPIC_LAYOUT.size);
  readonly ports = [] as const;
  readonly registers = [] as const;
  /** Level of INTR as the processor sees it. Derived. */
  asserted = false;
  /** Told when `asserted` changes; when an NMI or INIT message arrives; and of the vector of a level interrupt that was ended. */
  onChange: () => void = () => {};
  onNmi: () => void = () => {};
  onInit: () => void = () => {};
  onEoi: (vector: number) => void = () => {};
  /** Told of each vector that is requested of it. */
  onRequest: (vector: number) => void = () => {};
  private readonly state: LapicState = LAPIC_LAYOUT.view(this.bytes);
  private readonly timer = new ApicTimer(this.state, () => this.state.lvtTimer);
  private readonly isr = new VectorSet(this.state.isr);
  private readonly tmr = new VectorSet(this.state.tmr);
  private readonly irr = new VectorSet(this.state.irr);
  private readonly host: DeviceHost;
  private readonly pic: ExternalController;

  constructor(host: DeviceHost, pic: ExternalController) {
    this.host = host;
    this.pic = pic;
    this.reset();
  }

  /** SDM vol. 3, "Local APIC State After Power-Up or Reset": software-disabled, everything masked. */
  reset(): void {
    this.bytes.fill(0);
    this.state.isEnabled = 1;
    this.state.dfr = 0xffff_ffff;
    this.state.svr = 0xff;
    for (const offset of LVTS) this.state[WORDS[offset]] = LVT_MASK;
    this.state.timerExpires = Number.POSITIVE_INFINITY;
    this.rebuild();
  }

  /** As firmware leaves it: the PIC's interrupts pass through LINT0, NMI through LINT1. MultiProcessor Specification 1.4, "Virtual Wire Mode". */
  setVirtualWire(): void {
    this.state.svr = SVR_ENABLE | 0xff;
    this.state.lvtLint0 = DELIVERY.extInt << 8;
    this.state.lvtLint1 = DELIVERY.nmi << 8;
    this.update();
  }

  rebuild(): void {
    this.update();
  }

  /** The enable bit of IA32_APIC_BASE. Off, the PIC's pin goes straight to the processor and the registers are gone. */
  setEnabled(isEnabled: boolean): void {
    this.state.isEnabled = isEnabled ? 1 : 0;
    this.update();
  }

  // Wakes --------------------------------------------------------------------------------------------------------------------------------
  nextWake(): number {
    return this.timer.nextWake();
  }

  wake(now: number): void {
    if (this.timer.catchUp(now)) this.request(this.state.lvtTimer & 0xff, false);
    this.update();
  }

  readPort(): number {
    return 0xff;
  }

  writePort(): void {}

  // The processor's side -------------------------------------------------------------------------------------------------------------------
  /** Takes the interrupt: the APIC's own of the highest priority, else the PIC's, else the spurious vector. */
  acknowledge(): number {
    const vector = this.irr.highest();
    let taken = this.state.svr & 0xff;
    if (this.isDeliverable(vector)) {
      this.irr.set(vector, false);
      this.isr.set(vector, true);
      taken = vector;
    } else if (this.passesPic && this.pic.asserted) taken = this.pic.acknowledge();
    this.update();
    return taken;
  }

  /** Whether a rise of the PIC's `line` would assert INTR as things stand. */
  letsThrough(line: number): boolean {
    return this.passesPic && this.pic.letsThrough(line);
  }

  /** Whether a message with `vector` would. */
  wouldTake(vector: number): boolean {
    return this.isDeliverable(vector);
  }

  /** Whether the timer, when it is next due, interrupts: what a halted processor may wait for. */
  get timerWillInterrupt(): boolean {
    return this.nextWake() < Number.POSITIVE_INFINITY && this.wouldTake(this.state.lvtTimer & 0xff);
  }

  /** The PIC's INT pin, or the processor's view of it, changed. */
  update(): void {
    const asserted = (this.passesPic && this.pic.asserted) || this.isDeliverable(this.irr.highest());
    if (asserted === this.asserted) return;
    this.asserted = asserted;
    this.onChange();
  }

  /** Pulls the processor's NMI pin. */
  pulseNmi(): void {
    const { isEnabled, lvtLint1 } = this.state;
    if (!isEnabled) this.onNmi();
    else if ((lvtLint1 & LVT_MASK) === 0) this.take((lvtLint1 >> 8) & 7, lvtLint1 & 0xff, false);
  }

  // Messages -------------------------------------------------------------------------------------------------------------------------------
  /** A dword written into the interrupt range: a message of a device. SDM vol. 3, "Message Signalled Interrupts". */
  deliver(address: number, data: number): boolean {
    const isLogical = (address & (1 << 2)) !== 0;
    return this.receive((address >>> 12) & 0xff, isLogical, data);
  }

  /** A message for `destination`; `word` holds vector, delivery mode and trigger mode where the ICR does. True if this processor accepted it. */
  receive(destination: number, isLogical: boolean, word: number): boolean {
    if (!this.state.isEnabled || !this.isAddressed(destination, isLogical)) return false;
    return this.take((word >> 8) & 7, word & 0xff, (word & APIC_LEVEL) !== 0);
  }

  private take(mode: number, vector: number, isLevel: boolean): boolean {
    if (mode === DELIVERY.fixed || mode === DELIVERY.lowest) return this.isSoftwareEnabled && this.request(vector, isLevel);
    if (mode === DELIVERY.nmi) this.onNmi();
    else if (mode === DELIVERY.init) this.onInit();
    return true;
  }

  /** Sets the request of `vector`. False: the vector is illegal. */
  private request(vector: number, isLevel: boolean): boolean {
    if (vector < FIRST_LEGAL_VECTOR) {
      this.noteError(ESR_RECEIVE_ILLEGAL);
      return false;
    }
    this.irr.set(vector, true);
    this.tmr.set(vector, isLevel);
    this.onRequest(vector);
    this.update();
    return true;
  }

  private isAddressed(destination: number, isLogical: boolean): boolean {
    if (destination === BROADCAST) return true;
    const { id, ldr, dfr } = this.state;
    if (!isLogical) return destination === id >>> 24;
    const logical = ldr >>> 24;
    if (dfr >>> 28 === FLAT) return (destination & logical) !== 0;
    return destination >> 4 === logical >> 4 && (destination & logical & 0xf) !== 0;
  }

  private noteError(error: number): void {
    const isNew = (this.state.errors & error) === 0;
    this.state.errors |= error;
    const { lvtError } = this.state;
    // An error entry with an illegal vector of its own must not report itself for ever.
    if (isNew && (lvtError & LVT_MASK) === 0 && (lvtError & 0xff) >= FIRST_LEGAL_VECTOR) this.request(lvtError & 0xff, false);
  }

  // Priorities -----------------------------------------------------------------------------------------------------------------------------
  private get isSoftwareEnabled(): boolean {
    return this.state.isEnabled !== 0 && (this.state.svr & SVR_ENABLE) !== 0;
  }

  private get passesPic(): boolean {
    const { isEnabled, lvtLint0 } = this.state;
    return isEnabled === 0 || ((lvtLint0 & LVT_MASK) === 0 && ((lvtLint0 >> 8) & 7) === DELIVERY.extInt);
  }

  /** Processor priority: TPR, or the class in service if that is higher. SDM vol. 3, "Task Priority and Processor Priority". */
  get ppr(): number {
    const { tpr } = this.state;
    const served = Math.max(this.isr.highest(), 0) & 0xf0;
    return (tpr & 0xf0) >= served ? tpr & 0xff : served;
  }

  private isDeliverable(vector: number): boolean {
    return vector >= 0 && this.isSoftwareEnabled && (vector & 0xf0) > (this.ppr & 0xf0);
  }

  // Registers ------------------------------------------------------------------------------------------------------------------------------
  /** Narrow reads see their part of the dword; between registers everything reads 0. */
  read(offset: number, size: 1 | 2 | 4): number {
    if (!this.state.isEnabled) return 2 ** (8 * size) - 1;
    if ((offset & 0xf) + size > 4) return 0;
    return (this.readRegister(offset & ~0xf) >>> (8 * (offset & 3))) % 2 ** (8 * size);
  }

  /** Only whole, aligned dwords count. "Local APIC Register Address Map": anything else is undefined. */
  write(offset: number, size: 1 | 2 | 4, value: number): void {
    if (!this.state.isEnabled || size !== 4 || (offset & 0xf) !== 0) return;
    // What the timer did so far happened under the old values.
    this.wake(this.host.now());
    this.writeRegister(offset, value);
    this.update();
    this.host.rewake();
  }

  private readRegister(offset: number): number {
    const word = WORDS[offset];
    if (word !== undefined) return this.state[word] >>> 0;
    if (offset >= 0x100 && offset < 0x280) {
      const { isr, tmr, irr } = this.state;
      return (offset < 0x180 ? isr : offset < 0x200 ? tmr : irr).at((offset >> 4) & 7) >>> 0;
    }
    switch (offset) {
      case 0x030:
        return LAPIC_VERSION;
      case 0x090:
      case 0x0a0:
        return this.ppr;
      case 0x390:
        this.wake(this.host.now());
        return this.timer.count(this.host.now());
      default:
        if (!ROWS.has(offset)) this.noteError(ESR_ILLEGAL_REGISTER);
        return 0;
    }
  }

  private writeRegister(offset: number, value: number): void {
    const row = ROWS.get(offset);
    if (row === undefined) this.noteError(ESR_ILLEGAL_REGISTER);
    else if (offset === LAPIC_EOI) this.endOfInterrupt();
    else if (offset === LAPIC_ESR) this.latchErrors();
    else if (offset === LAPIC_TIMER_INITIAL) this.timer.start(value, this.host.now());
    else if (offset === LAPIC_TIMER_DIVIDE) this.timer.setDivide(value & 0x0b, this.host.now());
    else if (row.access === 'read/write' && 'writable' in row) this.writeWord(offset, value & row.writable);
  }

  private writeWord(offset: number, value: number): void {
    const s = this.state;
    const isLvt = LVTS.some((lvt) => lvt === offset);
    const mask = isLvt && !this.isSoftwareEnabled ? LVT_MASK : 0;
    s[WORDS[offset]] = (offset === 0x0e0 ? value | DFR_ONES : value | mask) >>> 0;
    if (isLvt && (value & LVT_MASK) === 0 && isIllegalLvt(value)) this.noteError(ESR_SEND_ILLEGAL);
    // "Local APIC State After It Has Been Software Disabled".
    if (offset === LAPIC_SVR && !this.isSoftwareEnabled) for (const lvt of LVTS) s[WORDS[lvt]] |= LVT_MASK;
    if (offset === LAPIC_ICR_LOW) this.sendIpi();
  }

  private latchErrors(): void {
    this.state.esr = this.state.errors;
    this.state.errors = 0;
  }

  private endOfInterrupt(): void {
    const vector = this.isr.highest();
    if (vector < 0) return;
    this.isr.set(vector, false);
    if (this.tmr.has(vector)) this.onEoi(vector);
  }

  /** SDM vol. 3, "Issuing Interprocessor Interrupts". The only processor that can be reached is this one. */
  private sendIpi(): void {
    const { icrLow, icrHigh } = this.state;
    const mode = (icrLow >> 8) & 7;
    const shorthand = (icrLow >> 18) & 3;
    const vector = icrLow & 0xff;
    if (mode <= DELIVERY.lowest && vector < FIRST_LEGAL_VECTOR) {
      this.noteError(ESR_SEND_ILLEGAL);
      return;
    }
    // INIT level de-assert only synchronises arbitration IDs.
    if (mode === DELIVERY.init && (icrLow & (APIC_LEVEL | APIC_ASSERT)) === APIC_LEVEL) return;
    const isForUs = shorthand === 0 ? this.isAddressed(icrHigh >>> 24, (icrLow & APIC_LOGICAL) !== 0) : shorthand !== 3;
    if (isForUs) this.take(mode, vector, false);
  }
}

function isIllegalLvt(value: number): boolean {
  return ((value >> 8) & 7) === DELIVERY.fixed && (value & 0xff) < FIRST_LEGAL_VECTOR;
}

import {
  APIC_LEVEL,
  APIC_LOGICAL,
  APIC_REMOTE_IRR,
  IOAPIC_ARBITRATION,
  IOAPIC_ID,
  IOAPIC_PINS,
  IOAPIC_TABLE,
  IOAPIC_VERSION,
  IOAPIC_VERSION_REGISTER,
  IOREGSEL,
  IOWIN,
  LVT_MASK,
  REDIRECTION_WRITABLE,
} from '../../arch/apic.ts';
import { layout } from '../../base/layout.ts';
import type { MmioHandler } from '../../memory/bus.ts';
import type { Stateful } from '../../time/stateful.ts';

const IOAPIC_LAYOUT = layout({
  id: 'u32',
  /** IOREGSEL. */
  select: 'u8',
  /** A bit for each pin that is asserted, whichever its polarity. */
  lines: 'u32',
  /** Redirection table. */
  low: ['u32', IOAPIC_PINS],
  high: ['u32', IOAPIC_PINS],
});

/** Where the messages go: true if a processor accepted one. `word` is laid out as the low half of the ICR. */
export interface ApicBus {
  receive(destination: number, isLogical: boolean, word: number): boolean;
  /** Whether a message with `vector` would interrupt the processor as things stand. */
  wouldTake(vector: number): boolean;
}

/** The I/O APIC: 24 pins, each with an entry that says which message it sends. Intel 82093AA data sheet. Pins are told as asserted or not, so polarity only
 *  stands in the entries. */
export class IoApic implements Stateful, MmioHandler {
  readonly id = 'ioapic';
  readonly title = 'I/O APIC';
  readonly layout = IOAPIC_LAYOUT;
  readonly bytes = new Uint8Array(IOAPIC_LAYOUT.size);
  private readonly state = IOAPIC_LAYOUT.view(this.bytes);
  private readonly bus: ApicBus;

  constructor(bus: ApicBus) {
    this.bus = bus;
    this.reset();
  }

  /** All pins masked. The pins' levels are not its own and stay. */
  reset(): void {
    const { lines } = this.state;
    this.bytes.fill(0);
    this.state.lines = lines;
    for (let pin = 0; pin < IOAPIC_PINS; pin++) this.state.low.set(pin, LVT_MASK);
  }

  rebuild(): void {}

  /** Asserts pin `pin` or lets it go. Repeating a level is no change. */
  setPin(pin: number, level: boolean): void {
    const s = this.state;
    const was = (s.lines & (1 << pin)) !== 0;
    if (was === level) return;
    s.lines = level ? s.lines | (1 << pin) : s.lines & ~(1 << pin);
    // A masked edge is lost; a level is looked at again when the mask goes.
    if (level) this.service(pin, true);
  }

  /** Whether a rise of `pin` would interrupt the processor as things stand. */
  letsThrough(pin: number): boolean {
    const low = this.state.low.at(pin);
    const waits = (low & APIC_LEVEL) !== 0 && (low & APIC_REMOTE_IRR) !== 0;
    return (low & LVT_MASK) === 0 && !waits && this.bus.wouldTake(low & 0xff);
  }

  /** EOI broadcast: level interrupts with `vector` are over, and those whose pins are still asserted come again. */
  endOfInterrupt(vector: number): void {
    const { low } = this.state;
    for (let pin = 0; pin < IOAPIC_PINS; pin++) {
      const entry = low.at(pin);
      if ((entry & APIC_LEVEL) === 0 || (entry & APIC_REMOTE_IRR) === 0 || (entry & 0xff) !== vector) continue;
      low.set(pin, entry & ~APIC_REMOTE_IRR);
      this.service(pin, false);
    }
  }

  /** Both registers are dwords; narrow reads see their part. */
  read(offset: number, size: 1 | 2 | 4): number {
    const register = offset & ~3;
    const value = register === IOREGSEL ? this.state.select : register === IOWIN ? this.readRegister(this.state.select) : 0;
    return (value >>> (8 * (offset & 3))) % 2 ** (8 * size);
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    if (offset === IOREGSEL) this.state.select = value & 0xff;
    else if (offset === IOWIN && size === 4) this.writeRegister(this.state.select, value);
  }

  private readRegister(register: number): number {
    if (register === IOAPIC_ID || register === IOAPIC_ARBITRATION) return this.state.id;
    if (register === IOAPIC_VERSION_REGISTER) return IOAPIC_VERSION;
    const pin = (register - IOAPIC_TABLE) >> 1;
    if (register < IOAPIC_TABLE || pin >= IOAPIC_PINS) return 0;
    return (register & 1 ? this.state.high : this.state.low).at(pin);
  }

  private writeRegister(register: number, value: number): void {
    const { low, high } = this.state;
    if (register === IOAPIC_ID) this.state.id = value & 0x0f00_0000;
    const pin = (register - IOAPIC_TABLE) >> 1;
    if (register < IOAPIC_TABLE || pin >= IOAPIC_PINS) return;
    if (register & 1) {
      high.set(pin, value & 0xff00_0000);
      return;
    }
    const kept = low.at(pin) & APIC_REMOTE_IRR;
    // Made edge-triggered, an entry forgets its remote IRR: software ends an interrupt that way where there is no EOI register.
    low.set(pin, (value & REDIRECTION_WRITABLE) | ((value & APIC_LEVEL) !== 0 ? kept : 0));
    this.service(pin, false);
  }

  /** Sends the pin's message if it is due: a level while asserted and not in service yet, an edge when it rises. */
  private service(pin: number, isRising: boolean): void {
    const { low, high, lines } = this.state;
    const entry = low.at(pin);
    const isLevel = (entry & APIC_LEVEL) !== 0;
    if ((entry & LVT_MASK) !== 0 || (isLevel ? (lines & (1 << pin)) === 0 || (entry & APIC_REMOTE_IRR) !== 0 : !isRising)) return;
    // Before it is sent: the processor may answer with an EOI at once.
    if (isLevel) low.set(pin, entry | APIC_REMOTE_IRR);
    const isTaken = this.bus.receive(high.at(pin) >>> 24, (entry & APIC_LOGICAL) !== 0, entry & ~APIC_REMOTE_IRR);
    if (isLevel && !isTaken) low.set(pin, low.at(pin) & ~APIC_REMOTE_IRR);
  }
}

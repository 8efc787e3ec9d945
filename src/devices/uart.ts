import { layout } from '../base/layout.ts';
import type { DeviceHost, InputDevice } from './device.ts';

const BASE = 0x3f8;
const COM1_IRQ = 4;
const FIFO_SIZE = 16;
const QUEUE_SIZE = 16384;
/** Bits per second with a divisor of 1. */
const BAUD_BASE = 115200;
/** Receiver trigger levels by FCR bits 7:6. */
const TRIGGERS = [1, 4, 8, 14] as const;
/** The character time-out comes after this many characters' time. */
const TIMEOUT_CHARACTERS = 4;

const IER_RECEIVED = 1 << 0;
const IER_THR_EMPTY = 1 << 1;
const IER_LINE = 1 << 2;
const IER_MODEM = 1 << 3;
const IIR_NONE = 1;
const IIR_MODEM = 0;
const IIR_THR_EMPTY = 2;
const IIR_RECEIVED = 4;
const IIR_LINE = 6;
const IIR_TIMEOUT = 12;
const IIR_FIFOS = 0xc0;
const FCR_ENABLE = 1 << 0;
const FCR_CLEAR_RECEIVER = 1 << 1;
const LCR_STOP = 1 << 2;
const LCR_PARITY = 1 << 3;
const LCR_DIVISOR = 1 << 7;
const MCR_DTR = 1 << 0;
const MCR_RTS = 1 << 1;
const MCR_OUT1 = 1 << 2;
const MCR_OUT2 = 1 << 3;
const MCR_LOOP = 1 << 4;
const LSR_READY = 1 << 0;
const LSR_OVERRUN = 1 << 1;
/** Sending takes no time: the holding register and the shift register are always empty. */
const LSR_TRANSMITTER = 0x60;
const MSR_CTS = 1 << 4;
const MSR_DSR = 1 << 5;
const MSR_RI = 1 << 6;
const MSR_DCD = 1 << 7;

const UART_LAYOUT = layout({
  ier: 'u8',
  fcr: 'u8',
  lcr: 'u8',
  mcr: 'u8',
  scratch: 'u8',
  hasOverrun: 'u8',
  /** Low half of MSR: what changed since it was read. */
  deltas: 'u8',
  isThrEmptyPending: 'u8',
  isTimeoutPending: 'u8',
  divisor: 'u16',
  fifo: ['u8', FIFO_SIZE],
  fifoCount: 'u32',
  /** Bytes from outside that have not yet been through the wire. */
  queue: ['u8', QUEUE_SIZE],
  queueHead: 'u32',
  queueCount: 'u32',
  /** Tick at which the next byte from the queue has arrived; and of the character time-out. */
  arrivesAt: 'f64',
  timeoutAt: 'f64',
});

/** The first serial line, a 16550A. Bytes from outside arrive at the speed that the guest has set, and wait while the FIFO is full, as with hardware flow
 *  control, so none is lost; sending takes no time. Parity, word length and break are not modelled. Interrupts come out whatever OUT2 says: the gate
 *  that most PCs have behind it is missing in QEMU, and kernels made there count on that. National Semiconductor PC16550D data sheet. */
export class Uart implements InputDevice {
  readonly id = 'uart';
  readonly title = 'Serial line COM1 (16550A)';
  readonly irq = COM1_IRQ;
  readonly layout = UART_LAYOUT;
  readonly bytes = new Uint8Array(UART_LAYOUT.size);
  readonly ports = [{ first: BASE, count: 8 }] as const;
  readonly registers = [
    { port: BASE, name: 'RBR, THR, DLL', access: 'read/write', meaning: 'received byte; byte to send; low half of the divisor' },
    {
      port: BASE + 1,
      name: 'IER, DLM',
      access: 'read/write',
      meaning: 'interrupts: received, THR empty, line, modem; high half of the divisor',
    },
    { port: BASE + 2, name: 'IIR, FCR', access: 'read/write', meaning: 'reads the cause of the interrupt, writes the FIFO control' },
    { port: BASE + 3, name: 'LCR', access: 'read/write', meaning: 'word format; bit 7: the divisor is at 0 and 1' },
    { port: BASE + 4, name: 'MCR', access: 'read/write', meaning: 'DTR, RTS, OUT1, OUT2, loopback' },
    { port: BASE + 5, name: 'LSR', access: 'read', meaning: 'data ready, overrun, THR empty, transmitter empty' },
    { port: BASE + 6, name: 'MSR', access: 'read', meaning: 'modem lines and what changed' },
    { port: BASE + 7, name: 'SCR', access: 'read/write', meaning: 'scratch' },
  ] as const;
  private readonly state = UART_LAYOUT.view(this.bytes);
  private readonly host: DeviceHost;

  constructor(host: DeviceHost) {
    this.host = host;
    this.reset();
  }

  /** As firmware leaves it: 115200 baud, 8 bits, no parity. */
  reset(): void {
    this.bytes.fill(0);
    this.state.lcr = 3;
    this.state.divisor = 1;
    this.state.arrivesAt = Number.POSITIVE_INFINITY;
    this.state.timeoutAt = Number.POSITIVE_INFINITY;
  }

  misfit(bytes: Uint8Array): string {
    const { fifoCount, queueHead, queueCount } = UART_LAYOUT.view(bytes);
    const isInside = fifoCount <= FIFO_SIZE && queueHead < QUEUE_SIZE && queueCount <= QUEUE_SIZE;
    return isInside ? '' : 'there are more bytes than the FIFO or the queue can hold';
  }

  rebuild(): void {}

  readPort(port: number): number {
    const s = this.state;
    const register = port & 7;
    if (register < 2 && s.lcr & LCR_DIVISOR) return register === 0 ? s.divisor & 0xff : s.divisor >> 8;
    switch (register) {
      case 0:
        return this.readReceiver();
      case 1:
        return s.ier;
      case 2:
        return this.readCause();
      case 3:
        return s.lcr;
      case 4:
        return s.mcr;
      case 5:
        return this.readLineStatus();
      case 6:
        return this.readModemStatus();
      default:
        return s.scratch;
    }
  }

  writePort(port: number, _size: number, value: number): void {
    const s = this.state;
    const register = port & 7;
    if (register < 2 && s.lcr & LCR_DIVISOR) {
      s.divisor = register === 0 ? (s.divisor & 0xff00) | value : (s.divisor & 0xff) | (value << 8);
    } else if (register === 0) {
      this.send(value);
    } else if (register === 1) {
      // Enabling the interrupt while THR is empty, as it always is, raises it at once.
      if (value & IER_THR_EMPTY && (s.ier & IER_THR_EMPTY) === 0) s.isThrEmptyPending = 1;
      s.ier = value & 0x0f;
    } else if (register === 2) {
      this.writeFifoControl(value);
    } else if (register === 3) {
      s.lcr = value;
    } else if (register === 4) {
      this.writeModemControl(value);
    } else if (register === 7) {
      s.scratch = value;
    }
    this.signal();
  }

  nextWake(): number {
    return Math.min(this.state.arrivesAt, this.state.timeoutAt);
  }

  wake(now: number): void {
    const s = this.state;
    if (now >= s.timeoutAt) {
      s.timeoutAt = Number.POSITIVE_INFINITY;
      s.isTimeoutPending = s.fifoCount > 0 ? 1 : 0;
    }
    if (now >= s.arrivesAt) {
      const byte = s.queue.at(s.queueHead);
      s.queueHead = (s.queueHead + 1) % QUEUE_SIZE;
      s.queueCount--;
      s.arrivesAt = Number.POSITIVE_INFINITY;
      this.receive(byte);
    }
    this.signal();
  }

  /** Bytes from outside that it keeps at most. */
  readonly inputCapacity = QUEUE_SIZE;

  inputRoom(): number {
    return QUEUE_SIZE - this.state.queueCount;
  }

  input(bytes: Uint8Array): void {
    const s = this.state;
    for (const byte of bytes.subarray(0, this.inputRoom())) {
      s.queue.set((s.queueHead + s.queueCount) % QUEUE_SIZE, byte);
      s.queueCount++;
    }
    this.signal();
  }

  private send(byte: number): void {
    if (this.state.mcr & MCR_LOOP) this.receive(byte);
    else this.host.output('com1', byte);
    this.state.isThrEmptyPending = 1;
  }

  private capacity(): number {
    return this.state.fcr & FCR_ENABLE ? FIFO_SIZE : 1;
  }

  private receive(byte: number): void {
    const s = this.state;
    if (s.fifoCount >= this.capacity()) {
      s.hasOverrun = 1;
      // Without FIFO the new byte replaces the old one; with it, the new one is lost.
      if ((s.fcr & FCR_ENABLE) === 0) s.fifo.set(0, byte);
      return;
    }
    s.fifo.set(s.fifoCount, byte);
    s.fifoCount++;
    this.startTimeout();
  }

  private readReceiver(): number {
    const s = this.state;
    if (s.fifoCount === 0) return 0;
    const byte = s.fifo.at(0);
    s.fifoCount--;
    for (let i = 0; i < s.fifoCount; i++) s.fifo.set(i, s.fifo.at(i + 1));
    this.startTimeout();
    this.signal();
    return byte;
  }

  /** Each received and each read byte puts the time-out off. */
  private startTimeout(): void {
    const s = this.state;
    s.isTimeoutPending = 0;
    const isRunning = (s.fcr & FCR_ENABLE) !== 0 && s.fifoCount > 0;
    s.timeoutAt = isRunning ? this.host.now() + TIMEOUT_CHARACTERS * this.characterTicks() : Number.POSITIVE_INFINITY;
  }

  /** Ticks that one character takes on the wire, at least 1. */
  private characterTicks(): number {
    const { lcr, divisor } = this.state;
    const bits = 1 + (5 + (lcr & 3)) + (lcr & LCR_PARITY ? 1 : 0) + (lcr & LCR_STOP ? 2 : 1);
    return Math.max(1, Math.ceil((bits * (divisor || 0x10000) * this.host.ticksPerSecond) / BAUD_BASE));
  }

  private readCause(): number {
    const s = this.state;
    const cause = this.cause();
    if (cause === IIR_THR_EMPTY) {
      s.isThrEmptyPending = 0;
      this.signal();
    }
    return cause | (s.fcr & FCR_ENABLE ? IIR_FIFOS : 0);
  }

  private readLineStatus(): number {
    const s = this.state;
    const value = LSR_TRANSMITTER | (s.fifoCount > 0 ? LSR_READY : 0) | (s.hasOverrun ? LSR_OVERRUN : 0);
    s.hasOverrun = 0;
    this.signal();
    return value;
  }

  private readModemStatus(): number {
    const s = this.state;
    const value = this.modemLines() | s.deltas;
    s.deltas = 0;
    this.signal();
    return value;
  }

  /** Upper half of MSR: the other end is always there and ready; in loopback, our own outputs. */
  private modemLines(): number {
    const { mcr } = this.state;
    if ((mcr & MCR_LOOP) === 0) return MSR_CTS | MSR_DSR | MSR_DCD;
    return (mcr & MCR_RTS ? MSR_CTS : 0) | (mcr & MCR_DTR ? MSR_DSR : 0) | (mcr & MCR_OUT1 ? MSR_RI : 0) | (mcr & MCR_OUT2 ? MSR_DCD : 0);
  }

  private writeModemControl(value: number): void {
    const s = this.state;
    const before = this.modemLines();
    s.mcr = value & 0x1f;
    const after = this.modemLines();
    // The ring indicator counts when it ends.
    const changed = ((before ^ after) & ~MSR_RI) | (before & ~after & MSR_RI);
    s.deltas |= changed >> 4;
  }

  private writeFifoControl(value: number): void {
    const s = this.state;
    const isToggled = ((s.fcr ^ value) & FCR_ENABLE) !== 0;
    s.fcr = value & FCR_ENABLE ? value & 0xc9 : 0;
    if (!isToggled && (value & FCR_CLEAR_RECEIVER) === 0) return;
    s.fifoCount = 0;
    s.isTimeoutPending = 0;
    s.timeoutAt = Number.POSITIVE_INFINITY;
  }

  /** Identification of the pending interrupt with the highest priority. Data sheet, "Interrupt Control Functions". */
  private cause(): number {
    const { ier, hasOverrun, fifoCount, fcr, isTimeoutPending, isThrEmptyPending, deltas } = this.state;
    const trigger = fcr & FCR_ENABLE ? TRIGGERS[fcr >> 6] : 1;
    if (ier & IER_LINE && hasOverrun) return IIR_LINE;
    if (ier & IER_RECEIVED && fifoCount >= trigger) return IIR_RECEIVED;
    if (ier & IER_RECEIVED && isTimeoutPending) return IIR_TIMEOUT;
    if (ier & IER_THR_EMPTY && isThrEmptyPending) return IIR_THR_EMPTY;
    if (ier & IER_MODEM && deltas) return IIR_MODEM;
    return IIR_NONE;
  }

  /** Drives IRQ 4 and starts the next byte on its way if there is room for it. */
  private signal(): void {
    const s = this.state;
    this.host.setIrq(COM1_IRQ, this.cause() !== IIR_NONE);
    const isReady = s.queueCount > 0 && s.fifoCount < this.capacity() && (s.mcr & MCR_LOOP) === 0;
    if (!isReady) s.arrivesAt = Number.POSITIVE_INFINITY;
    else if (s.arrivesAt === Number.POSITIVE_INFINITY) s.arrivesAt = this.host.now() + this.characterTicks();
    this.host.rewake();
  }
}

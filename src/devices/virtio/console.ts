import {
  CONSOLE_CONTROL_RECEIVEQ,
  CONSOLE_CONTROL_SIZE,
  CONSOLE_CONTROL_TRANSMITQ,
  CONSOLE_EVENTS,
  CONSOLE_F_EMERG_WRITE,
  CONSOLE_F_MULTIPORT,
  CONSOLE_F_SIZE,
  CONSOLE_PORTS,
  VIRTIO_CONSOLE,
} from '../../arch/virtio-devices.ts';
import { assert } from '../../base/assert.ts';
import { layout } from '../../base/layout.ts';
import type { Chain } from './chain.ts';
import { AGAIN, NO_PORT, type VirtioModel, type VirtioPort } from './model.ts';
import type { Virtqueue } from './queue.ts';

const QUEUE_SIZE = 64;
/** Bytes from outside that a port keeps while the guest has no buffer for them. */
const INPUT_SIZE = 4096;
/** Bytes that go through a port at one tick. */
const SLICE = 4096;
const CONFIG_SIZE = 12;
const EMERG_WR = 8;
const CONSOLE_CONTROL_QUEUES = 2;

export const CONSOLE_LAYOUT = layout({
  cols: 'u16',
  rows: 'u16',
  maxNrPorts: 'u32',
  emergWr: 'u32',
  /** Per port: the guest was told of it; has opened it; and control messages (bit: place in MESSAGES) that wait for a buffer. */
  isAdded: ['u8', CONSOLE_PORTS],
  isOpen: ['u8', CONSOLE_PORTS],
  pending: ['u8', CONSOLE_PORTS],
  /** Rings of bytes from outside, one after the other. */
  input: ['u8', CONSOLE_PORTS * INPUT_SIZE],
  inputHead: ['u16', CONSOLE_PORTS],
  inputCount: ['u16', CONSOLE_PORTS],
  received: 'f64',
  sent: 'f64',
});

/** Control messages from the device, in the order in which they go out. */
const MESSAGES = ['DEVICE_ADD', 'CONSOLE_PORT', 'PORT_NAME', 'PORT_OPEN', 'RESIZE'] as const;
type Message = (typeof MESSAGES)[number];

export interface ConsolePort {
  /** Tells the guest what it is for; ASCII. */
  readonly name: string;
  /** A console, that is a terminal for people; otherwise a pipe. */
  readonly isConsole: boolean;
}

export interface ConsoleOptions {
  /** 1 to 4; more than one, or a named pipe, needs MULTIPORT, which is offered then. */
  readonly ports: readonly ConsolePort[];
  readonly cols: number;
  readonly rows: number;
  /** Takes what the guest prints on a port; `bytes` are good during the call only. */
  readonly output: (port: number, bytes: Uint8Array) => void;
}

/** A console: bytes out, bytes in, on one port or several. virtio 1.2, "Console Device". */
export class VirtioConsole implements VirtioModel {
  readonly id: string;
  readonly type = VIRTIO_CONSOLE;
  readonly offered: readonly number[];
  readonly queueSizes: readonly number[];
  readonly configSize = CONFIG_SIZE;
  readonly layout = CONSOLE_LAYOUT;
  readonly bytes = new Uint8Array(CONSOLE_LAYOUT.size);
  readonly state = CONSOLE_LAYOUT.view(this.bytes);
  private readonly options: ConsoleOptions;
  private readonly buffer = new Uint8Array(SLICE);
  private port = NO_PORT;

  constructor(id: string, options: ConsoleOptions) {
    const { length } = options.ports;
    assert(length >= 1 && length <= CONSOLE_PORTS, `a console has 1 to ${CONSOLE_PORTS} ports`);
    const isMultiport = length > 1 || !options.ports[0].isConsole;
    this.id = id;
    this.options = options;
    this.offered = [CONSOLE_F_SIZE, CONSOLE_F_EMERG_WRITE, ...(isMultiport ? [CONSOLE_F_MULTIPORT] : [])];
    this.queueSizes = new Array<number>(isMultiport ? CONSOLE_CONTROL_QUEUES + 2 * length : 2).fill(QUEUE_SIZE);
  }

  connect(port: VirtioPort): void {
    this.port = port;
  }

  misfit(bytes: Uint8Array): string {
    const { inputHead, inputCount, pending } = CONSOLE_LAYOUT.view(bytes);
    for (let port = 0; port < CONSOLE_PORTS; port++) {
      if (inputHead.at(port) >= INPUT_SIZE || inputCount.at(port) > INPUT_SIZE) return `port ${port} keeps more input than it can`;
      const messages = port < this.options.ports.length ? (1 << MESSAGES.length) - 1 : 0;
      if ((pending.at(port) & ~messages) !== 0) return `port ${port} has messages that do not exist`;
    }
    return '';
  }

  rebuild(): void {}

  powerOn(): void {
    this.bytes.fill(0);
    this.state.cols = this.options.cols;
    this.state.rows = this.options.rows;
    this.state.maxNrPorts = this.options.ports.length;
  }

  /** What came from outside is kept for the next driver. */
  reset(): void {
    for (const field of [this.state.isAdded, this.state.isOpen, this.state.pending]) {
      for (let port = 0; port < CONSOLE_PORTS; port++) field.set(port, 0);
    }
  }

  start(): void {}

  // Outside -----------------------------------------------------------------------------------------------------------------------------
  /** Bytes that a port could take now. */
  inputRoom(port: number): number {
    assert(port < this.options.ports.length, 'input is for a port that exists');
    return INPUT_SIZE - this.state.inputCount.at(port);
  }

  /** Takes at most `inputRoom` bytes for a port. */
  input(port: number, bytes: Uint8Array): void {
    const { input, inputHead, inputCount } = this.state;
    for (const byte of bytes.subarray(0, this.inputRoom(port))) {
      input.set(port * INPUT_SIZE + ((inputHead.at(port) + inputCount.at(port)) % INPUT_SIZE), byte);
      inputCount.set(port, inputCount.at(port) + 1);
    }
    this.port.look(receiveQueue(port));
  }

  /** The terminal of port 0 has another size. */
  resize(cols: number, rows: number): void {
    this.state.cols = cols;
    this.state.rows = rows;
    this.port.configChanged();
    if (this.state.isAdded.at(0)) this.send(0, 'RESIZE');
  }

  // Queues ------------------------------------------------------------------------------------------------------------------------------
  wants(queue: number): boolean {
    if (queue === CONSOLE_CONTROL_RECEIVEQ) return this.nextMessage() !== null;
    if (queue === CONSOLE_CONTROL_TRANSMITQ || isTransmit(queue)) return true;
    const port = portOf(queue);
    const { inputCount, isOpen } = this.state;
    return inputCount.at(port) > 0 && (isOpen.at(port) !== 0 || !this.port.has(CONSOLE_F_MULTIPORT));
  }

  delay(): number {
    return 0;
  }

  /** "The driver MUST NOT put a device-readable buffer in a receiveq. The driver MUST NOT put a device-writable buffer in a transmitq." */
  process(queue: Virtqueue, chain: Chain): number {
    const { index } = queue;
    if (isTransmit(index) ? chain.writableBytes > 0 : chain.readableBytes > 0) {
      this.port.fail(index, { reason: isTransmit(index) ? 'bufferNotReadable' : 'bufferNotWritable', value: index, limit: 0 });
      return 0;
    }
    if (index === CONSOLE_CONTROL_RECEIVEQ) return this.sendMessage(chain);
    if (index === CONSOLE_CONTROL_TRANSMITQ) return this.takeMessage(chain);
    return isTransmit(index) ? this.transmit(queue, chain) : this.receive(portOf(index), chain);
  }

  /** `emerg_wr` works at any time, even before the driver has said anything. */
  writeConfig(offset: number, _size: number, value: number): void {
    if (offset === EMERG_WR) this.options.output(0, Uint8Array.of(value & 0xff));
  }

  private transmit(queue: Virtqueue, chain: Chain): number {
    const { state } = queue;
    // The chain may be shorter than it was at the last tick: a hostile driver has changed it.
    const left = Math.max(0, chain.readableBytes - state.progress);
    const bytes = this.buffer.subarray(0, Math.min(SLICE, left));
    if (!chain.read(chain.readableBytes - left, bytes)) return 0;
    state.progress += bytes.length;
    this.state.sent += bytes.length;
    this.options.output(portOf(queue.index), bytes);
    return state.progress < chain.readableBytes ? AGAIN : 0;
  }

  private receive(port: number, chain: Chain): number {
    const { input, inputHead, inputCount } = this.state;
    const bytes = this.buffer.subarray(0, Math.min(SLICE, chain.writableBytes, inputCount.at(port)));
    for (let i = 0; i < bytes.length; i++) bytes[i] = input.at(port * INPUT_SIZE + ((inputHead.at(port) + i) % INPUT_SIZE));
    if (!chain.write(0, bytes)) return 0;
    inputHead.set(port, (inputHead.at(port) + bytes.length) % INPUT_SIZE);
    inputCount.set(port, inputCount.at(port) - bytes.length);
    this.state.received += bytes.length;
    return bytes.length;
  }

  // Control. virtio 1.2, "Multiport Device Operation" ---------------------------------------------------------------------------------
  private send(port: number, message: Message): void {
    const { pending } = this.state;
    pending.set(port, pending.at(port) | (1 << MESSAGES.indexOf(message)));
    this.port.look(CONSOLE_CONTROL_RECEIVEQ);
  }

  private nextMessage(): { readonly port: number; readonly message: Message } | null {
    const { pending } = this.state;
    for (let port = 0; port < CONSOLE_PORTS; port++) {
      const waiting = pending.at(port);
      if (waiting !== 0) return { port, message: MESSAGES[31 - Math.clz32(waiting & -waiting)] };
    }
    return null;
  }

  private sendMessage(chain: Chain): number {
    const next = this.nextMessage();
    assert(next !== null, 'a buffer is taken for a message that waits');
    const { port, message } = next;
    const tail = this.tailOf(port, message);
    const bytes = new Uint8Array(CONSOLE_CONTROL_SIZE + tail.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, port, true);
    view.setUint16(4, CONSOLE_EVENTS[message], true);
    view.setUint16(6, 1, true);
    bytes.set(tail, CONSOLE_CONTROL_SIZE);
    if (chain.writableBytes < bytes.length) {
      this.port.fail(CONSOLE_CONTROL_RECEIVEQ, { reason: 'requestTooShort', value: chain.writableBytes, limit: bytes.length });
      return 0;
    }
    if (!chain.write(0, bytes)) return 0;
    const { pending } = this.state;
    pending.set(port, pending.at(port) & ~(1 << MESSAGES.indexOf(message)));
    return bytes.length;
  }

  private tailOf(port: number, message: Message): Uint8Array {
    if (message === 'PORT_NAME') return Uint8Array.from(this.options.ports[port].name, (character) => character.charCodeAt(0));
    const { cols, rows } = this.state;
    return message === 'RESIZE' ? Uint8Array.of(cols, cols >> 8, rows, rows >> 8) : new Uint8Array(0);
  }

  private takeMessage(chain: Chain): number {
    if (chain.readableBytes < CONSOLE_CONTROL_SIZE) {
      this.port.fail(CONSOLE_CONTROL_TRANSMITQ, { reason: 'requestTooShort', value: chain.readableBytes, limit: CONSOLE_CONTROL_SIZE });
      return 0;
    }
    const bytes = new Uint8Array(CONSOLE_CONTROL_SIZE);
    if (!chain.read(0, bytes)) return 0;
    const view = new DataView(bytes.buffer);
    this.obey(view.getUint32(0, true), view.getUint16(4, true), view.getUint16(6, true));
    return 0;
  }

  /** A message from the driver; one that makes no sense is passed over. */
  private obey(port: number, event: number, value: number): void {
    const { ports } = this.options;
    if (event === CONSOLE_EVENTS.DEVICE_READY && value === 1) for (let i = 0; i < ports.length; i++) this.announce(i);
    if (port >= ports.length || !this.state.isAdded.at(port)) return;
    if (event === CONSOLE_EVENTS.PORT_OPEN) {
      this.state.isOpen.set(port, value & 1);
      this.port.look(receiveQueue(port));
    } else if (event === CONSOLE_EVENTS.PORT_READY && value === 1) {
      if (ports[port].isConsole) this.send(port, 'CONSOLE_PORT');
      this.send(port, 'PORT_NAME');
      this.send(port, 'PORT_OPEN');
    }
  }

  /** "The device MUST NOT specify a port which exists in a DEVICE_ADD message." */
  private announce(port: number): void {
    if (this.state.isAdded.at(port)) return;
    this.state.isAdded.set(port, 1);
    this.send(port, 'DEVICE_ADD');
  }
}

/** Receive queues have even numbers; 2 and 3 are the control queues. */
function isTransmit(queue: number): boolean {
  return (queue & 1) !== 0;
}

function portOf(queue: number): number {
  return queue < CONSOLE_CONTROL_RECEIVEQ ? 0 : (queue - CONSOLE_CONTROL_QUEUES) >> 1;
}

function receiveQueue(port: number): number {
  return port === 0 ? 0 : CONSOLE_CONTROL_QUEUES + 2 * port;
}

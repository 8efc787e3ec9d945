import {
  NET_F_MAC,
  NET_F_MTU,
  NET_F_STATUS,
  NET_HEADER_NUM_BUFFERS,
  NET_HEADER_SIZE,
  NET_RECEIVEQ,
  NET_S_LINK_UP,
  NET_TRANSMITQ,
  VIRTIO_NET,
} from '../../arch/virtio-devices.ts';
import { layout } from '../../base/layout.ts';
import type { Chain } from './chain.ts';
import { ETHERNET_HEADER, type Link, type Station } from './link.ts';
import { HOLD, NO_PORT, type VirtioModel, type VirtioPort } from './model.ts';
import type { Virtqueue } from './queue.ts';

const QUEUE_SIZE = 128;
const CONFIG_SIZE = 12;
const MTU = 1500;
const MOST_FRAME = ETHERNET_HEADER + MTU;
/** Bytes of frames, each with its length before it, that wait for a receive buffer. */
const WAITING_SIZE = 0x8000;
const LENGTH_SIZE = 2;

export const NET_LAYOUT = layout({
  // Configuration space.
  mac: ['u8', 6],
  status: 'u16',
  maxVirtqueuePairs: 'u16',
  mtu: 'u16',
  /** Ring of frames from the link. */
  waiting: ['u8', WAITING_SIZE],
  waitingHead: 'u32',
  waitingBytes: 'u32',
  // Counters since power-on, for display.
  framesSent: 'f64',
  bytesSent: 'f64',
  framesReceived: 'f64',
  bytesReceived: 'f64',
  /** Frames from the link for which there was no room, or no buffer large enough. */
  framesDropped: 'f64',
  /** Frames from the driver that are no Ethernet frames. */
  framesRefused: 'f64',
});

export interface NetOptions {
  readonly mac: readonly [number, number, number, number, number, number];
  /** Ticks that a byte takes on its way out: 0.8 is 1 Gbit/s at 100 MHz. */
  readonly byteTicks: number;
}

/** A network card with one pair of queues and no offloads. Frames are 14 to 1514 bytes, without check sequence. virtio 1.2, "Network Device". */
export class VirtioNet implements VirtioModel, Station {
  readonly id: string;
  readonly type = VIRTIO_NET;
  readonly offered = [NET_F_MTU, NET_F_MAC, NET_F_STATUS] as const;
  readonly queueSizes = [QUEUE_SIZE, QUEUE_SIZE] as const;
  readonly configSize = CONFIG_SIZE;
  readonly layout = NET_LAYOUT;
  readonly bytes = new Uint8Array(NET_LAYOUT.size);
  readonly state = NET_LAYOUT.view(this.bytes);
  private readonly options: NetOptions;
  private readonly link: Link;
  private readonly frame = new Uint8Array(NET_HEADER_SIZE + MOST_FRAME);
  private port = NO_PORT;

  constructor(id: string, link: Link, options: NetOptions) {
    this.id = id;
    this.link = link;
    this.options = options;
    link.join(this);
  }

  connect(port: VirtioPort): void {
    this.port = port;
  }

  misfit(bytes: Uint8Array): string {
    const { waiting, waitingHead, waitingBytes } = NET_LAYOUT.view(bytes);
    if (waitingHead >= WAITING_SIZE || waitingBytes > WAITING_SIZE) return 'more frames wait than there is room for';
    const byteAt = (at: number): number => waiting.at((waitingHead + at) % WAITING_SIZE);
    for (let at = 0; at < waitingBytes; ) {
      const length = byteAt(at) | (byteAt(at + 1) << 8);
      at += LENGTH_SIZE + length;
      if (length > MOST_FRAME || at > waitingBytes) return `a frame of ${length} bytes waits`;
    }
    return '';
  }

  rebuild(): void {}

  powerOn(): void {
    this.bytes.fill(0);
    for (const [i, byte] of this.options.mac.entries()) this.state.mac.set(i, byte);
    this.state.status = NET_S_LINK_UP;
    this.state.maxVirtqueuePairs = 1;
    this.state.mtu = MTU;
  }

  /** What came for the old driver is not for the new one. */
  reset(): void {
    this.state.waitingHead = 0;
    this.state.waitingBytes = 0;
  }

  start(): void {}

  /** The cable is in, or out. */
  setLink(isUp: boolean): void {
    this.state.status = isUp ? NET_S_LINK_UP : 0;
    this.port.configChanged();
  }

  /** A frame from the link, 14 to 1514 bytes. */
  receive(frame: Uint8Array): void {
    const s = this.state;
    const size = LENGTH_SIZE + frame.length;
    if (s.status === 0 || frame.length > MOST_FRAME || s.waitingBytes + size > WAITING_SIZE) {
      s.framesDropped++;
      return;
    }
    this.append(frame.length & 0xff);
    this.append(frame.length >> 8);
    for (const byte of frame) this.append(byte);
    this.port.look(NET_RECEIVEQ);
  }

  wants(queue: number): boolean {
    return queue === NET_TRANSMITQ || this.state.waitingBytes > 0;
  }

  delay(queue: number, chain: Chain): number {
    return queue === NET_TRANSMITQ ? Math.floor(this.options.byteTicks * Math.min(chain.readableBytes, MOST_FRAME)) : 0;
  }

  process(queue: Virtqueue, chain: Chain): number {
    return queue.index === NET_TRANSMITQ ? this.transmit(chain) : this.deliver(chain);
  }

  writeConfig(): void {}

  /** virtio 1.2, "Packet Transmission". The header says nothing, as no offload was offered. */
  private transmit(chain: Chain): number {
    const length = chain.readableBytes - NET_HEADER_SIZE;
    if (length < 0) {
      this.port.fail(NET_TRANSMITQ, { reason: 'requestTooShort', value: chain.readableBytes, limit: NET_HEADER_SIZE });
      return 0;
    }
    if (length < ETHERNET_HEADER || length > MOST_FRAME || this.state.status === 0) {
      this.state.framesRefused++;
      return 0;
    }
    const frame = this.frame.subarray(0, length);
    if (!chain.read(NET_HEADER_SIZE, frame)) return 0;
    this.state.framesSent++;
    this.state.bytesSent += length;
    this.link.send(this, frame);
    return 0;
  }

  /** virtio 1.2, "Processing of Incoming Packets". Without MRG_RXBUF a frame goes into one buffer, and one that does not fit is lost. */
  private deliver(chain: Chain): number {
    const s = this.state;
    if (chain.writableBytes === 0) {
      this.port.fail(NET_RECEIVEQ, { reason: 'bufferNotWritable', value: NET_RECEIVEQ, limit: 0 });
      return 0;
    }
    while (s.waitingBytes > 0) {
      const length = this.takeByte() | (this.takeByte() << 8);
      const size = NET_HEADER_SIZE + length;
      const bytes = this.frame.subarray(0, size);
      bytes.fill(0, 0, NET_HEADER_SIZE);
      bytes[NET_HEADER_NUM_BUFFERS] = 1;
      for (let i = NET_HEADER_SIZE; i < size; i++) bytes[i] = this.takeByte();
      if (chain.writableBytes >= size) {
        s.framesReceived++;
        s.bytesReceived += length;
        return chain.write(0, bytes) ? size : 0;
      }
      s.framesDropped++;
    }
    return HOLD;
  }

  private append(byte: number): void {
    const s = this.state;
    s.waiting.set((s.waitingHead + s.waitingBytes) % WAITING_SIZE, byte);
    s.waitingBytes++;
  }

  private takeByte(): number {
    const s = this.state;
    const byte = s.waiting.at(s.waitingHead);
    s.waitingHead = (s.waitingHead + 1) % WAITING_SIZE;
    s.waitingBytes--;
    return byte;
  }
}

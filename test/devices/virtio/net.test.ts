import { beforeEach, describe, expect, it } from 'vitest';
import { NET_F_MAC, NET_F_STATUS } from '../../../src/arch/virtio-devices.ts';
import { reasonAt } from '../../../src/arch/virtio-reasons.ts';
import { Capture } from '../../../src/devices/virtio/pcap.ts';
import { LearningSwitch } from '../../../src/devices/virtio/switch.ts';
import { MODELS, Rig } from './rig.ts';

const build = (): Rig<ReturnType<typeof MODELS.network>> => new Rig(MODELS.network);
let rig = build();

beforeEach(() => {
  rig = build();
  rig.driver.start([NET_F_MAC, NET_F_STATUS]);
  rig.settle();
});

/** A frame from station `from` to station `to`; 255 is everybody. */
function frame(to: number, from: number, size = 60): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(to === 255 ? [255, 255, 255, 255, 255, 255] : [2, 0, 0, 0, 0, to]);
  bytes.set([2, 0, 0, 0, 0, from], 6);
  for (let i = 14; i < size; i++) bytes[i] = i;
  return bytes;
}

function transmit(...pieces: Uint8Array[]): void {
  const [, transmitq] = rig.driver.queues;
  transmitq.add(...pieces);
  transmitq.kick();
  rig.settle();
  transmitq.reap();
}

describe('a virtio network card', () => {
  it('has an address and a link', () => {
    expect([0, 1, 2, 3, 4, 5].map((i) => rig.access.config(i, 1))).toEqual([2, 0, 0, 0, 0, 1]);
    expect(rig.access.config(6, 2)).toBe(1);
    rig.model.setLink(false);
    expect([rig.access.config(6, 2), rig.access.takeInterrupts()]).toEqual([0, 2]);
  });

  it('sends what follows the header', () => {
    transmit(new Uint8Array(12), frame(9, 1, 100));
    const both = new Uint8Array(12 + 60);
    both.set(frame(8, 1), 12);
    transmit(both);
    expect(rig.outside.frames).toEqual([frame(9, 1, 100), frame(8, 1)]);
  });

  it('takes the time of the wire to send', () => {
    const [, transmitq] = rig.driver.queues;
    const start = rig.ticks;
    transmitq.add(new Uint8Array(12), frame(9, 1, 1000));
    transmitq.kick();
    rig.runTo(start + 1000);
    expect(rig.outside.frames).toHaveLength(0);
    rig.settle();
    expect(rig.outside.frames).toHaveLength(1);
  });

  it('does not send what is no frame, and goes on', () => {
    transmit(new Uint8Array(12), new Uint8Array(13));
    transmit(new Uint8Array(12), frame(9, 1, 1515));
    transmit(new Uint8Array(12), frame(9, 1, 1514));
    transmit(new Uint8Array(12), frame(9, 1, 14));
    expect(rig.outside.frames.map(({ length }) => length)).toEqual([1514, 14]);
    expect(rig.model.state.framesRefused).toBe(2);
  });

  it('delivers a frame with a header that says one buffer', () => {
    const [receiveq] = rig.driver.queues;
    receiveq.add(12, 1514);
    receiveq.kick();
    rig.settle();
    rig.model.receive(frame(1, 9, 200));
    rig.settle();
    const [{ data, length }] = receiveq.reap();
    expect(length).toBe(212);
    expect([...data.subarray(0, 12)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(data.subarray(12, 212)).toEqual(frame(1, 9, 200));
  });

  it('keeps frames until there are buffers, and drops what it has no room for', () => {
    for (let i = 0; i < 40; i++) rig.model.receive(frame(1, i, 1514));
    expect(rig.model.state.framesDropped).toBe(40 - Math.floor(0x8000 / 1516));
    const [receiveq] = rig.driver.queues;
    for (let i = 0; i < 16; i++) receiveq.add(1526);
    receiveq.kick();
    rig.settle();
    expect(receiveq.reap().map(({ data }) => data[12 + 11])).toEqual(Array.from({ length: 16 }, (_, i) => i));
  });

  it('drops a frame that is larger than the buffer, and uses the buffer for the next', () => {
    const [receiveq] = rig.driver.queues;
    receiveq.add(100);
    receiveq.kick();
    rig.model.receive(frame(1, 5, 300));
    rig.model.receive(frame(1, 6, 60));
    rig.settle();
    expect(receiveq.reap().map(({ data }) => data[12 + 11])).toEqual([6]);
    expect(rig.model.state.framesDropped).toBe(1);
    receiveq.add(80);
    receiveq.kick();
    rig.model.receive(frame(1, 5, 300));
    rig.settle();
    expect(receiveq.reap()).toEqual([]);
    rig.model.receive(frame(1, 7, 60));
    rig.settle();
    expect(receiveq.reap()).toHaveLength(1);
  });

  it.each([
    [0, 'bufferNotWritable', new Uint8Array(20)],
    [1, 'requestTooShort', new Uint8Array(11)],
  ] as const)('asks for a reset where a buffer of queue %i cannot be used: %s', (index, reason, piece) => {
    rig.model.receive(frame(1, 5));
    rig.driver.queues[index].add(piece);
    rig.driver.queues[index].kick();
    rig.settle();
    expect(reasonAt(rig.device.state.fault)?.id).toBe(reason);
  });
});

describe('a learning switch', () => {
  const got: Uint8Array[][] = [];
  let link: LearningSwitch;
  const stations = [0, 1, 2].map((i) => ({ receive: (bytes: Uint8Array) => void got[i].push(bytes) }));

  beforeEach(() => {
    link = new LearningSwitch('switch');
    got.splice(0, 3, [], [], []);
    for (const station of stations) link.join(station);
  });

  const counts = (): number[] => got.map((frames) => frames.length);

  it('sends to everybody else until it knows where an address is', () => {
    link.send(stations[0], frame(11, 10));
    expect(counts()).toEqual([0, 1, 1]);
    link.send(stations[1], frame(10, 11));
    expect(counts()).toEqual([1, 1, 1]);
    link.send(stations[0], frame(11, 10));
    expect(counts()).toEqual([1, 2, 1]);
    link.send(stations[2], frame(255, 12));
    expect(counts()).toEqual([2, 3, 1]);
  });

  it('follows an address that moves, and keeps frames on their own port to themselves', () => {
    link.send(stations[0], frame(11, 10));
    link.send(stations[1], frame(11, 10));
    link.send(stations[2], frame(10, 12));
    expect(counts()).toEqual([1, 2, 2]);
    link.send(stations[1], frame(10, 13));
    expect(counts()).toEqual([1, 2, 2]);
    expect(link.state.filtered).toBe(1);
  });

  it('does not believe that a group sent something, and forgets the oldest of too many', () => {
    const bytes = frame(11, 10);
    bytes[6] = 3;
    link.send(stations[0], bytes);
    expect(link.portOf(bytes.subarray(6, 12))).toBe(-1);
    for (let i = 0; i < 65; i++) link.send(stations[0], frame(99, i + 100));
    expect(link.portOf(frame(100, 0).subarray(0, 6))).toBe(-1);
    expect(link.portOf(frame(101, 0).subarray(0, 6))).toBe(0);
  });

  it('is its bytes', () => {
    link.send(stations[2], frame(11, 10));
    const other = new LearningSwitch('switch');
    for (const station of stations) other.join(station);
    other.bytes.set(link.bytes);
    other.rebuild();
    other.send(stations[0], frame(10, 11));
    expect(counts()).toEqual([1, 1, 1]);
  });
});

describe('a capture', () => {
  const link = (): LearningSwitch => {
    const made = new LearningSwitch('switch');
    for (const station of [{ receive: () => {} }, { receive: () => {} }]) made.join(station);
    return made;
  };
  const sender = (made: LearningSwitch) => {
    const station = { receive: () => {} };
    made.join(station);
    return (bytes: Uint8Array) => made.send(station, bytes);
  };

  it('is a pcap file with virtual times, of several switches in their order', () => {
    let tick = 150_000_001;
    const [one, two] = [link(), link()];
    const [sendOne, sendTwo] = [sender(one), sender(two)];
    const capture = new Capture([one, two], () => tick);
    sendTwo(frame(1, 2, 60));
    tick = 100_000_000;
    sendOne(frame(3, 4, 64));
    const file = capture.toFile(100_000_000);
    const view = new DataView(file.buffer);
    expect([0, 16, 20].map((at) => view.getUint32(at, true))).toEqual([0xa1b23c4d, 0xffff, 1]);
    expect([view.getUint16(4, true), view.getUint16(6, true)]).toEqual([2, 4]);
    expect([24, 28, 32, 36].map((at) => view.getUint32(at, true))).toEqual([1, 0, 64, 64]);
    expect([104, 108, 112, 116].map((at) => view.getUint32(at, true))).toEqual([1, 500_000_010, 60, 60]);
    expect(file.subarray(120)).toEqual(frame(1, 2, 60));
  });

  it('keeps the latest, does not repeat what is replayed, and forgets a future that was given up', () => {
    const made = link();
    const send = sender(made);
    const capture = new Capture([made], () => 0);
    capture.most = 3;
    const last = (): number => capture.toFile(1).at(-1) ?? -1;
    for (let i = 1; i <= 2; i++) send(frame(1, i, 60).fill(i, 14));
    const before = made.bytes.slice();
    for (let i = 3; i <= 5; i++) send(frame(1, i, 60).fill(i, 14));
    expect([capture.length, last()]).toEqual([3, 5]);
    made.bytes.set(before);
    for (let i = 3; i <= 4; i++) send(frame(1, i, 60).fill(i, 14));
    expect([capture.length, last()]).toEqual([3, 5]);
    capture.fork();
    expect([capture.length, last()]).toEqual([2, 4]);
    send(frame(1, 9, 60).fill(9, 14));
    expect([capture.length, last()]).toEqual([3, 9]);
    capture.forget();
    expect(capture.length).toBe(0);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { CONSOLE_EVENTS, CONSOLE_F_MULTIPORT, CONSOLE_F_SIZE } from '../../../src/arch/virtio-devices.ts';
import { reasonAt } from '../../../src/arch/virtio-reasons.ts';
import { VIRTIO_MODELS } from '../../../src/devices/virtio/index.ts';
import { MODELS, Rig } from './rig.ts';

const bytes = (s: string): Uint8Array => new TextEncoder().encode(s);
const text = (codes: readonly number[] | Uint8Array): string => String.fromCharCode(...codes);

const build = (): Rig<ReturnType<typeof MODELS.console>> => new Rig(MODELS.console);
let rig = build();

beforeEach(() => {
  rig = build();
});

/** A control message from the driver. */
function tell(id: number, event: keyof typeof CONSOLE_EVENTS, value: number): void {
  const message = new Uint8Array(8);
  const view = new DataView(message.buffer);
  view.setUint32(0, id, true);
  view.setUint16(4, CONSOLE_EVENTS[event], true);
  view.setUint16(6, value, true);
  rig.driver.queues[3].add(message);
  rig.driver.queues[3].kick();
  rig.settle();
  rig.driver.queues[3].reap();
}

/** Control messages from the device, as `port EVENT tail`; all say 1. */
function told(): string[] {
  const names = Object.keys(CONSOLE_EVENTS);
  const messages = rig.driver.queues[2].reap();
  for (const { data } of messages) expect([...data.subarray(6, 8)]).toEqual([1, 0]);
  return messages.map(({ data, length }) => `${data[0]} ${names[data[4]]} ${text(data.subarray(8, length))}`.trim());
}

describe('one port', () => {
  it('prints what is transmitted, in pieces of any size', () => {
    rig.driver.start([]);
    const transmitq = rig.driver.queues[1];
    transmitq.add(bytes('hel'), bytes('lo '));
    transmitq.add(bytes('world'));
    transmitq.kick();
    rig.settle();
    expect(text(rig.outside.printed[0])).toBe('hello world');
    expect(transmitq.reap().map(({ length }) => length)).toEqual([0, 0]);
  });

  it('prints a very long buffer over several instants, and loses nothing', () => {
    rig.driver.start([]);
    const long = Uint8Array.from({ length: 50_000 }, (_, i) => i * 31);
    rig.driver.queues[1].add(long);
    rig.driver.queues[1].kick();
    rig.runTo(rig.ticks + 3);
    const { length } = rig.outside.printed[0];
    expect(length).toBeGreaterThan(0);
    expect(length).toBeLessThan(50_000);
    rig.settle();
    expect(Buffer.compare(Uint8Array.from(rig.outside.printed[0]), long)).toBe(0);
  });

  it('waits with input until there is a buffer, and with buffers until there is input', () => {
    rig.driver.start([]);
    rig.settle();
    rig.model.input(0, bytes('early'));
    rig.settle();
    const [receiveq] = rig.driver.queues;
    receiveq.add(3);
    receiveq.add(64);
    receiveq.add(64);
    receiveq.kick();
    rig.settle();
    expect(receiveq.reap().map(({ data, length }) => text(data.subarray(0, length)))).toEqual(['ear', 'ly']);
    rig.model.input(0, bytes('late'));
    rig.settle();
    expect(receiveq.reap().map(({ data, length }) => text(data.subarray(0, length)))).toEqual(['late']);
  });

  it('says how much input it can take, and takes no more', () => {
    expect(rig.model.inputRoom(0)).toBe(4096);
    rig.model.input(0, new Uint8Array(5000));
    expect(rig.model.inputRoom(0)).toBe(0);
    expect(rig.model.inputRoom(1)).toBe(4096);
  });

  it('prints emerg_wr before the driver has said anything', () => {
    for (const character of bytes('oops')) rig.access.setConfig(8, 4, character);
    expect(text(rig.outside.printed[0])).toBe('oops');
  });

  it('tells of another size', () => {
    rig.driver.start([CONSOLE_F_SIZE]);
    const { generation } = rig.access;
    rig.model.resize(132, 43);
    expect(rig.access.takeInterrupts()).toBe(2);
    expect([rig.access.config(0, 2), rig.access.config(2, 2)]).toEqual([132, 43]);
    expect(rig.access.generation).not.toBe(generation);
  });

  it('has no control queues, and offers none, if it is a plain console', () => {
    const plain = new Rig((id) =>
      VIRTIO_MODELS.console(id, { ports: [{ name: 'tty', isConsole: true }], cols: 80, rows: 25, output: () => {} }),
    );
    expect(plain.access.features(0) & (1 << CONSOLE_F_MULTIPORT)).toBe(0);
    plain.driver.negotiate([]);
    expect([0, 1, 2, 3].map((queue) => plain.access.queueMax(queue) > 0)).toEqual([true, true, false, false]);
  });

  it.each([
    [0, 'bufferNotWritable', [bytes('x'), 4]],
    [1, 'bufferNotReadable', [bytes('x'), 4]],
  ] as const)('wants buffers of queue %i one way only: %s', (index, reason, pieces) => {
    rig.driver.start([]);
    rig.model.input(0, bytes('y'));
    rig.driver.queues[index].add(...pieces);
    rig.driver.queues[index].kick();
    rig.settle();
    expect(reasonAt(rig.device.state.fault)?.id).toBe(reason);
  });
});

describe('several ports', () => {
  beforeEach(() => {
    rig.driver.start([CONSOLE_F_MULTIPORT]);
    for (let i = 0; i < 12; i++) rig.driver.queues[2].add(64);
    rig.driver.queues[2].kick();
    rig.settle();
  });

  it('are announced, named and opened in the order of the standard', () => {
    tell(0, 'DEVICE_READY', 1);
    expect(told()).toEqual(['0 DEVICE_ADD', '1 DEVICE_ADD']);
    tell(0, 'PORT_READY', 1);
    tell(1, 'PORT_READY', 1);
    expect(told()).toEqual(['0 CONSOLE_PORT', '0 PORT_NAME tty', '0 PORT_OPEN', '1 PORT_NAME agent', '1 PORT_OPEN']);
    tell(0, 'DEVICE_READY', 1);
    expect(told()).toEqual([]);
  });

  it('carry bytes apart, to a port that the guest has opened', () => {
    tell(0, 'DEVICE_READY', 1);
    tell(1, 'PORT_READY', 1);
    const [, , , , receiveq, transmitq] = rig.driver.queues;
    transmitq.add(bytes('from port 1'));
    transmitq.kick();
    rig.settle();
    expect(rig.outside.printed.map(text).slice(0, 2)).toEqual(['', 'from port 1']);
    rig.model.input(1, bytes('to port 1'));
    receiveq.add(64);
    receiveq.kick();
    rig.settle();
    expect(receiveq.reap()).toEqual([]);
    tell(1, 'PORT_OPEN', 1);
    rig.settle();
    const [{ data, length }] = receiveq.reap();
    expect(text(data.subarray(0, length))).toBe('to port 1');
  });

  it('pass over messages for ports that do not exist, and unknown ones', () => {
    tell(0, 'DEVICE_READY', 1);
    told();
    tell(9, 'PORT_READY', 1);
    tell(0xffff_ffff, 'PORT_OPEN', 1);
    tell(0, 'RESIZE', 7);
    expect(told()).toEqual([]);
    expect(rig.device.status & 0x40).toBe(0);
  });

  it('refuse a control message that is cut short, and a buffer that holds none', () => {
    rig.driver.queues[3].add(bytes('short'));
    rig.driver.queues[3].kick();
    rig.settle();
    expect(reasonAt(rig.device.state.fault)?.id).toBe('requestTooShort');
    rig.driver.start([CONSOLE_F_MULTIPORT]);
    rig.driver.queues[2].add(7);
    rig.driver.queues[2].kick();
    tell(0, 'DEVICE_READY', 1);
    expect(reasonAt(rig.device.state.fault)?.id).toBe('requestTooShort');
  });
});

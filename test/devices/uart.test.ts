import { beforeEach, describe, expect, it } from 'vitest';
import { Uart } from '../../src/devices/uart.ts';
import { MockHost } from './mock-host.ts';

const COM1 = 0x3f8;
/** Ticks of ten bits at 115200 baud. */
const CHARACTER = Math.ceil((10 * 100_000_000) / 115200);

let host: MockHost;
let uart: Uart;

function read(register: number): number {
  return uart.readPort(COM1 + register);
}

function write(register: number, value: number): void {
  uart.writePort(COM1 + register, 1, value);
}

function type(text: string): void {
  uart.input(new TextEncoder().encode(text));
}

function wait(ticks: number): void {
  host.runTo(uart, host.ticks + ticks);
}

beforeEach(() => {
  host = new MockHost();
  uart = new Uart(host);
});

describe('the serial line', () => {
  it('sends at once and is always ready to send', () => {
    for (const byte of [0x68, 0x69]) {
      expect(read(5)).toBe(0x60);
      write(0, byte);
    }
    expect(host.sent.com1).toEqual([0x68, 0x69]);
  });

  it('keeps the divisor apart from data and interrupt enable', () => {
    write(3, 0x83);
    write(0, 0x0c);
    write(1, 0x01);
    expect([read(0), read(1)]).toEqual([0x0c, 0x01]);
    write(3, 0x03);
    expect([read(1), host.sent.com1.length]).toEqual([0, 0]);
  });

  it('receives a character in the time that it takes on the wire', () => {
    type('ab');
    wait(CHARACTER - 1);
    expect(read(5) & 1).toBe(0);
    wait(1);
    expect(read(5) & 1).toBe(1);
    expect(read(0)).toBe(0x61);
    wait(CHARACTER);
    expect(read(0)).toBe(0x62);
    expect(read(0)).toBe(0);
  });

  it('holds back what the guest has not room for, and loses nothing', () => {
    write(2, 0x01);
    const text = 'The quick brown fox jumps over the lazy dog.';
    type(text);
    wait(1000 * CHARACTER);
    let got = '';
    for (let i = 0; i < 200; i++) {
      if (read(5) & 1) got += String.fromCharCode(read(0));
      else wait(CHARACTER);
    }
    expect(got).toBe(text);
    expect(read(5) & 2).toBe(0);
  });

  it('says how much input it can still take', () => {
    expect(uart.inputRoom()).toBe(16384);
    uart.input(new Uint8Array(16000));
    expect(uart.inputRoom()).toBe(384);
  });

  it('interrupts on received data until the byte is read', () => {
    type('x');
    wait(CHARACTER);
    expect(host.lines[4]).toBe(false);
    write(1, 0x01);
    expect(host.lines[4]).toBe(true);
    expect(read(2)).toBe(0x04);
    read(0);
    expect(host.lines[4]).toBe(false);
    expect(read(2)).toBe(0x01);
  });

  it('interrupts at the trigger level of the FIFO, or four characters after the last byte', () => {
    write(2, 0x41); // trigger at 4
    write(4, 0x08);
    write(1, 0x01);
    type('abcd');
    wait(4 * CHARACTER - 1);
    expect(host.lines[4]).toBe(false);
    wait(1);
    expect(read(2)).toBe(0xc4);
    read(0);
    expect(read(2)).toBe(0xc1);
    wait(4 * CHARACTER);
    expect(read(2)).toBe(0xcc);
    read(0);
    expect(read(2)).toBe(0xc1);
    expect(read(5) & 1).toBe(1);
  });

  it('interrupts when THR is empty: on enabling, after each byte, until IIR was read', () => {
    write(4, 0x08);
    write(1, 0x02);
    expect(host.lines[4]).toBe(true);
    expect(read(2)).toBe(0x02);
    expect(host.lines[4]).toBe(false);
    expect(read(2)).toBe(0x01);
    write(0, 0x41);
    expect(host.lines[4]).toBe(true);
    expect(read(2)).toBe(0x02);
    write(1, 0x02); // enabling it again changes nothing
    expect(host.lines[4]).toBe(false);
  });

  it('reports received data before an empty THR, and keeps the latter', () => {
    write(4, 0x08);
    write(1, 0x03);
    type('x');
    wait(CHARACTER);
    expect(read(2)).toBe(0x04);
    read(0);
    expect(read(2)).toBe(0x02);
  });

  it('loops back data and modem lines', () => {
    write(4, 0x1a);
    expect(read(6) & 0xf0).toBe(0x90); // RTS to CTS, OUT2 to DCD
    write(0, 0x55);
    expect(host.sent.com1).toEqual([]);
    expect(read(0)).toBe(0x55);
  });

  it('overruns in loopback and says so once', () => {
    write(4, 0x10);
    write(0, 1);
    write(0, 2);
    expect(read(5)).toBe(0x63);
    expect(read(5)).toBe(0x61);
    expect(read(0)).toBe(2);
  });

  it('reports modem lines that changed until MSR is read', () => {
    write(4, 0x10);
    expect(read(6)).toBe(0x0b);
    expect(read(6)).toBe(0x00);
    write(4, 0x14);
    expect(read(6)).toBe(0x40); // a ring that begins does not count
    write(4, 0x10);
    expect(read(6)).toBe(0x04); // one that ends does
  });

  it('shows a 16550A with working FIFOs by IIR bits 7 and 6, and an empty one after FCR clears it', () => {
    write(2, 0x07);
    expect(read(2)).toBe(0xc1);
    type('x');
    wait(CHARACTER);
    write(2, 0x03);
    expect(read(5) & 1).toBe(0);
    write(2, 0x00);
    expect(read(2)).toBe(0x01);
  });
});

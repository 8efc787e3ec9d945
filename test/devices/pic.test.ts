import { beforeEach, describe, expect, it } from 'vitest';
import { Pic } from '../../src/devices/pic.ts';
import { MockHost } from './mock-host.ts';

let pic: Pic;

function out(port: number, ...values: number[]): void {
  for (const value of values) pic.writePort(port, 1, value);
}

function isr(command: number): number {
  out(command, 0x0b);
  return pic.readPort(command);
}

function irr(command: number): number {
  out(command, 0x0a);
  return pic.readPort(command);
}

function pulse(line: number): void {
  pic.setLine(line, false);
  pic.setLine(line, true);
}

beforeEach(() => {
  pic = new Pic(new MockHost());
  out(0x20, 0x11);
  out(0x21, 0x20, 0x04, 0x01, 0x00);
  out(0xa0, 0x11);
  out(0xa1, 0x28, 0x02, 0x01, 0x00);
});

describe('the interrupt controllers', () => {
  it('after power-on mask every line and have the vectors of a PC firmware', () => {
    const fresh = new Pic(new MockHost());
    fresh.setLine(0, true);
    expect(fresh.asserted).toBe(false);
    expect([fresh.readPort(0x21), fresh.readPort(0xa1)]).toEqual([0xff, 0xff]);
    fresh.writePort(0x21, 1, 0);
    expect(fresh.acknowledge()).toBe(8);
  });

  it('deliver a rising edge once and hold lower lines back until EOI', () => {
    pulse(1);
    pulse(3);
    expect(pic.asserted).toBe(true);
    expect(pic.acknowledge()).toBe(0x21);
    expect(pic.asserted).toBe(false);
    pulse(0);
    expect(pic.asserted).toBe(true);
    expect(pic.acknowledge()).toBe(0x20);
    expect(isr(0x20)).toBe(0b11);
    out(0x20, 0x20);
    expect(isr(0x20)).toBe(0b10);
    out(0x20, 0x20);
    expect(pic.acknowledge()).toBe(0x23);
  });

  it('keep a line that stays high from interrupting twice when edge-triggered', () => {
    pulse(5);
    pic.acknowledge();
    out(0x20, 0x20);
    expect(pic.asserted).toBe(false);
    pulse(5);
    expect(pic.asserted).toBe(true);
  });

  it('interrupt again after EOI while a level-triggered line stays high', () => {
    out(0x4d0, 0xff);
    expect(pic.readPort(0x4d0)).toBe(0xf8);
    pic.setLine(5, true);
    expect(pic.acknowledge()).toBe(0x25);
    out(0x20, 0x20);
    expect(pic.asserted).toBe(true);
    pic.setLine(5, false);
    expect(pic.asserted).toBe(false);
  });

  it('pass the slave through input 2 of the master', () => {
    pulse(8);
    expect(irr(0x20)).toBe(4);
    expect(pic.acknowledge()).toBe(0x28);
    expect([isr(0x20), isr(0xa0)]).toEqual([4, 1]);
    pulse(9);
    expect(pic.asserted).toBe(false);
    out(0xa0, 0x20);
    expect(pic.asserted).toBe(false); // the master still serves input 2
    out(0x20, 0x20);
    expect(pic.acknowledge()).toBe(0x29);
  });

  it('let a higher slave line nest only in special fully nested mode', () => {
    pulse(12);
    pic.acknowledge();
    pulse(8);
    expect(pic.asserted).toBe(false);
    out(0x20, 0x11);
    out(0x21, 0x20, 0x04, 0x11, 0x00);
    expect(pic.acknowledge()).toBe(0x28);
    pulse(9);
    expect(pic.asserted).toBe(false); // below line 8 in service at the slave
    out(0xa0, 0x20);
    expect(pic.asserted).toBe(true);
  });

  it('answer with the spurious vector 7 when the request is gone, and serve nothing', () => {
    pulse(3);
    pic.setLine(3, false);
    expect(pic.asserted).toBe(false);
    expect(pic.acknowledge()).toBe(0x27);
    expect(isr(0x20)).toBe(0);
  });

  it('take back a request whose line falls before it was acknowledged', () => {
    pulse(9);
    expect(irr(0x20)).toBe(4);
    pic.setLine(9, false);
    expect([irr(0x20), irr(0xa0), pic.asserted]).toEqual([0, 0, false]);
  });

  it('hold requests behind the mask and let them out when it opens', () => {
    out(0x21, 0x02);
    pulse(1);
    expect([pic.asserted, irr(0x20)]).toEqual([false, 2]);
    out(0x21, 0);
    expect(pic.asserted).toBe(true);
  });

  it('know what could still come: not what is masked, on the way or behind what is in service', () => {
    const open = (): number[] => [...Array(16).keys()].filter((line) => pic.letsThrough(line));
    expect(open()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    out(0x21, 0xe4);
    expect(open()).toEqual([0, 1, 3, 4]);
    out(0x21, 0x00);
    out(0xa1, 0xfe);
    pulse(4);
    pic.acknowledge();
    expect(open()).toEqual([0, 1, 2, 3, 8]);
    pulse(1);
    pic.acknowledge();
    expect(open()).toEqual([0]);
  });

  it('end the named level on a specific EOI', () => {
    pulse(4);
    pic.acknowledge();
    pulse(2);
    pulse(1);
    pic.acknowledge();
    out(0x20, 0x64);
    expect(isr(0x20)).toBe(2);
  });

  it('rotate priorities on the rotating EOI and on set priority', () => {
    pulse(3);
    pic.acknowledge();
    out(0x20, 0xa0); // line 3 is now lowest
    pulse(3);
    pulse(4);
    pulse(0);
    expect(pic.acknowledge()).toBe(0x24);
    out(0x20, 0x20, 0xc7); // line 7 lowest again
    expect(pic.acknowledge()).toBe(0x20);
  });

  it('need no EOI in automatic EOI mode, and rotate there when told', () => {
    out(0x20, 0x11);
    out(0x21, 0x20, 0x04, 0x03, 0x00);
    out(0x20, 0x80);
    pulse(0);
    pulse(1);
    expect(pic.acknowledge()).toBe(0x20);
    expect(isr(0x20)).toBe(0);
    pulse(0);
    expect(pic.acknowledge()).toBe(0x21);
    expect(pic.acknowledge()).toBe(0x20);
  });

  it('let every unmasked level in while the one in service is masked in special mask mode', () => {
    pulse(1);
    pic.acknowledge();
    pulse(4);
    expect(pic.asserted).toBe(false);
    out(0x20, 0x68);
    out(0x21, 0x02);
    expect(pic.asserted).toBe(true);
    expect(pic.acknowledge()).toBe(0x24);
    out(0x20, 0x20);
    expect(isr(0x20)).toBe(2); // the masked one is not ended by a non-specific EOI
    out(0x20, 0x48);
    expect(isr(0x20)).toBe(2);
  });

  it('acknowledge by polling', () => {
    out(0x20, 0x0c);
    expect(pic.readPort(0x20)).toBe(0);
    pulse(6);
    out(0x20, 0x0c);
    expect(pic.readPort(0x20)).toBe(0x86);
    expect(isr(0x20)).toBe(0x40);
    expect(pic.asserted).toBe(false);
  });

  it('forget masks, requests and service on ICW1, and stay silent until the words are complete', () => {
    out(0x21, 0xfe);
    pulse(0);
    pic.acknowledge();
    pulse(0);
    out(0x20, 0x11);
    expect(pic.readPort(0x21)).toBe(0);
    expect([irr(0x20), isr(0x20)]).toEqual([0, 0]);
    pulse(1);
    expect(pic.asserted).toBe(false);
    out(0x21, 0x40, 0x04, 0x01);
    expect(pic.asserted).toBe(true);
    expect(pic.acknowledge()).toBe(0x41);
  });

  it('skip ICW3 in single mode and ICW4 when it is not announced', () => {
    out(0x20, 0x12);
    out(0x21, 0x60, 0xfb);
    expect(pic.readPort(0x21)).toBe(0xfb);
  });

  it('tell the CPU about each change of the pin, and only then', () => {
    let changes = 0;
    pic.onChange = () => changes++;
    pulse(1);
    pulse(2);
    pulse(3);
    expect(changes).toBe(1);
    pic.acknowledge();
    expect(changes).toBe(2);
  });
});

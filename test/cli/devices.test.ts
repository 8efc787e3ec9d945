import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { glassvisor, isRefusal } from './rig.ts';

/** Says how many sectors the disk has, as a digit, in 32-bit code. */
const SECTORS = assemble(`
    bits 32
    org 0x10000
    mov al, [0xFEB01100]
    add al, '0'
    out 0xE9, al
    cli
    hlt`).bytes;
const FLAT = ['--load', '0x10000', '--mode', 'protected'];

describe('a disk', () => {
  it('has the contents of a file, in whole sectors', async () => {
    const ran = await glassvisor(['run', 'a', ...FLAT, '--disk', 'd'], { a: SECTORS, d: new Uint8Array(513).fill(9) });
    expect([ran.status, ran.text, ran.errors]).toEqual([0, '2', []]);
  });

  it('is written to the file that --disk-out names, and to no other', async () => {
    const disk = new Uint8Array(64 * 512).fill(0xee);
    const ran = await glassvisor(['run', 'virtio-block', '--disk', 'd', '--disk-out', 'e'], { d: disk });
    const after = ran.files.get('e') as Uint8Array;
    expect(after.length).toBe(disk.length);
    // The guest writes 0, 1, 2 ... into its sector 3.
    expect([...after.subarray(3 * 512, 3 * 512 + 8)]).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
    expect(after.subarray(0, 3 * 512)).toEqual(disk.subarray(0, 3 * 512));
    expect(ran.files.get('d')).toEqual(disk);
  });

  it('comes back with a saved moment, bytes above 7FH too, and the history is one', async () => {
    const disk = Uint8Array.from({ length: 3000 }, (_, i) => (i * 37) & 0xff);
    const first = await glassvisor(['run', 'a', ...FLAT, '--disk', 'd', '--save', 'm'], { a: SECTORS, d: disk });
    const again = await glassvisor(['run', 'm', '--disk-out', 'e'], Object.fromEntries(first.files));
    expect((again.files.get('e') as Uint8Array).subarray(0, 3000)).toEqual(disk);
    const verified = await glassvisor(['verify', 'virtio-block', '--disk', 'd'], { d: disk });
    expect(verified.text).toMatch(/^[1-9]\d* passed, 0 failed\n$/);
  });
});

describe('devices', () => {
  it('are plugged in by name', async () => {
    const present = assemble(
      'bits 32\norg 0x10000\nmov eax, [0xFEB02000]\nout 0xE9, al\nmov eax, [0xFEB03000]\nout 0xE9, al\ncli\nhlt',
    ).bytes;
    const ran = await glassvisor(['run', 'a', ...FLAT, '--device', 'network', '--device=entropy'], { a: present });
    expect(ran.text).toBe('vv');
    expect((await glassvisor(['run', 'a', ...FLAT, '--device', 'network'], { a: present })).bytes).toEqual(Uint8Array.of(0x76, 0xff));
  });

  it('leave a capture for Wireshark', async () => {
    const { files } = await glassvisor(['run', 'a', ...FLAT, '--device', 'network', '--pcap', 'p'], { a: SECTORS });
    expect(files.get('p')?.length).toBe(24);
  });

  it('leave it with what the virtual machines of a host have sent each other', async () => {
    const { files } = await glassvisor(['run', 'ping', '--pcap', 'p']);
    const bytes = files.get('p') as Uint8Array;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const types: number[] = [];
    for (let at = 24; at < bytes.length; at += 16 + view.getUint32(at + 8, true)) types.push(view.getUint16(at + 16 + 12));
    // Two of ARP, then echo and reply.
    expect(types.slice(0, 3)).toEqual([0x0806, 0x0806, 0x0800]);
    expect(types.length % 2).toBe(0);
  });

  it('are refused with a sentence where they cannot be', async () => {
    for (const argv of [
      ['--device', 'floppy'],
      ['--device', 'console:isa'],
      ['--device', 'console:pci:4'],
      ['--device', 'console', '--device', 'console'],
      ['--device', 'sriov-nic:x'],
      ['--device', 'sriov-nic:9'],
      ['--device', 'npar-nic:0'],
      ['--device', 'npar-nic:4000'],
      ['--device'],
      ['--disk', 'none'],
      ['--disk', 'empty'],
      ['--disk-out', 'e'],
    ]) {
      const ran = await glassvisor(['run', 'a', ...FLAT, ...argv], { a: SECTORS, empty: '' });
      expect([argv, isRefusal(ran), ran.files.has('e')]).toEqual([argv, true, false]);
    }
  });
});

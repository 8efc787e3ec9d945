import { describe, expect, it } from 'vitest';
import { GUESTS } from '../../guests/index.ts';
import type { Guest } from '../../guests/guest.ts';
import { CATALOGUE } from '../../src/cli/image-arguments.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { readMachineConfig } from '../../src/machine/config.ts';
import { HostedMachine } from '../../src/machine/hosted.ts';

const SECTOR = 512;
const DEFAULT_SECTORS = 64;
const FOREVER = 50_000_000;

/** The guest, not on the machine but in a virtual machine of the hosted hypervisor, run to its end. */
function inVirtualMachine({ id, source, load, mode, ramMiB, devices }: Guest): HostedMachine {
  const { bytes } = assemble(source, { file: `${id}.asm`, include: (name) => CATALOGUE.includes[name] ?? null });
  const contents = devices?.flatMap((device) => (device.kind === 'block' ? [device.contents ?? ''] : []))[0] ?? '';
  const disk = new Uint8Array(DEFAULT_SECTORS * SECTOR);
  disk.set(new TextEncoder().encode(contents));
  const hosted = new HostedMachine({
    machine: readMachineConfig({ ramMiB: 2 * ramMiB }),
    images: [{ file: { name: id, bytes, format: 'flat', load, entry: load, mode }, ramMiB }],
    disks: [disk],
    commands: [{ do: 'create', image: 0, ramMiB, disk: 0 }],
  });
  hosted.machine.run(FOREVER);
  return hosted;
}

function find(id: string): Guest {
  const guest = GUESTS.find((each) => each.id === id);
  if (guest === undefined) throw new Error(`There is no guest ${id}.`);
  return guest;
}

describe('a driver knows no difference between the machine and a virtual machine', () => {
  it.each(['virtio-console', 'virtio-block', 'virtio-indirect', 'virtio-malicious'])('%s writes the same', (id) => {
    const guest = find(id);
    const { consoles, vmm } = inVirtualMachine(guest);
    expect(String.fromCharCode(...consoles[0].read().bytes)).toBe(guest.expected.console);
    expect(vmm.vms[0].stopReason).toBe('halt');
  });

  // Each character is a VM exit there, so that a frame is sent while its number is still being written: its flag says that the device is idle and wants to be
  // notified; avail_event, that it has been here already.
  it('but by the clock: with EVENT_IDX fewer notifications come too late', () => {
    const { consoles, vmm } = inVirtualMachine(find('virtio-ring'));
    const text = String.fromCharCode(...consoles[0].read().bytes);
    expect(text.match(/notifications: \d+/g)).toEqual(['notifications: 9', 'notifications: 5']);
    expect(vmm.vms[0].stopReason).toBe('halt');
  });
});

import { describe, expect, it } from 'vitest';
import { GlassError } from '../../src/base/errors.ts';
import { DEFAULT_CONFIG, readMachineConfig } from '../../src/machine/config.ts';

describe('a machine configuration', () => {
  it('is completed with the defaults', () => {
    expect(readMachineConfig({})).toEqual(DEFAULT_CONFIG);
    expect(readMachineConfig({ ramMiB: 512, tlb: 'teaching' })).toEqual({ ...DEFAULT_CONFIG, ramMiB: 512, tlb: 'teaching' });
  });

  it.each([
    [null],
    ['16'],
    [{ ramMiB: 0 }],
    [{ ramMiB: 513 }],
    [{ ramMiB: 1.5 }],
    [{ ramMiB: '16' }],
    [{ ticksPerSecond: 1000 }],
    [{ ticksPerSecond: Number.NaN }],
    [{ tlb: 'huge' }],
    [{ startSeconds: -1 }],
    [{ disks: 1 }],
  ])('%j is refused with a sentence', (value) => {
    expect(() => readMachineConfig(value)).toThrow(GlassError);
  });

  it('takes devices of each kind', () => {
    const devices = [
      { kind: 'console' },
      { kind: 'block', sectors: 8, contents: '\xff', isReadOnly: true },
      { kind: 'block', bus: 'pci' },
      { kind: 'network' },
      { kind: 'entropy', bus: 'pci' },
      { kind: 'sriov-nic', vfs: 7, behind: 'bridge' },
      {
        kind: 'npar-nic',
        shares: [
          { min: 40, max: 50 },
          { min: 60, max: 100 },
        ],
      },
    ];
    expect(readMachineConfig({ devices }).devices).toEqual(devices);
  });

  it.each([
    [{}, "The configuration's devices are {}."],
    [[null], "The configuration's devices[0] is null."],
    [[{ kind: 'toaster' }], 'devices[0] has the kind "toaster"'],
    [[{ kind: 'console' }, { kind: 'block', slot: 2 }], 'devices[1] has "slot"'],
    [[{ kind: 'console', bus: 'isa' }], 'devices[0] has the bus "isa"'],
    [[{ kind: 'block', sectors: 0 }], 'devices[0] has the sectors 0'],
    [[{ kind: 'block', sectors: 1, contents: 'x'.repeat(513) }], 'devices[0] has the contents "xxx'],
    [[{ kind: 'block', contents: '\u0100' }], 'devices[0] has the contents'],
    [[{ kind: 'block', isReadOnly: 1 }], 'devices[0] has the isReadOnly 1'],
    [[{ kind: 'sriov-nic' }], 'devices[0] has the vfs undefined'],
    [[{ kind: 'sriov-nic', vfs: 8 }], 'devices[0] has the vfs 8'],
    [[{ kind: 'sriov-nic', vfs: 1, behind: 'switch' }], 'devices[0] has the behind "switch"'],
    [[{ kind: 'npar-nic', shares: [{ min: 60, max: 100 }] }], 'devices[0] has the shares'],
    [[{ kind: 'npar-nic', shares: [{ min: 100, max: 99 }] }], 'devices[0] has the shares'],
    [[{ kind: 'network' }, { kind: 'network' }], 'two network devices on mmio'],
    [Array.from({ length: 9 }, () => ({ kind: 'block', bus: 'pci', sectors: 65536 })), 'disks have 589824 sectors'],
    [Array.from({ length: 32 }, () => ({ kind: 'entropy', bus: 'pci' })), '32 devices on PCI'],
  ])('refuses devices %j, and says why', (devices, sentence) => {
    expect(() => readMachineConfig({ devices })).toThrow(sentence);
  });
});

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
});

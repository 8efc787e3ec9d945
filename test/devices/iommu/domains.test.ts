import { beforeEach, describe, expect, it } from 'vitest';
import { listDomains, listMappings } from '../../../src/devices/iommu/domains.ts';
import { DEVICE, PS, R, Rig, RW, TABLES } from './rig.ts';

let rig: Rig;

beforeEach(() => {
  rig = new Rig().enable();
});

describe('domains', () => {
  it('are the devices whose context entries name the same number and table', () => {
    rig.setContext(0x20, { domain: 1 });
    rig.setContext(0x21, { domain: 2, levels: 3, table: TABLES[3] });
    rig.setContext(0x22, { domain: 1, table: 0x5_0000 });
    rig.setContext(0x23, { domain: 1, flags: 0 });
    rig.setContext(0x24, { levels: 5 });
    expect(listDomains(rig.iommu).map((d) => [d.domain, d.devices, d.context.table])).toEqual([
      [1, [DEVICE, 0x20], TABLES[4]],
      [1, [0x22], 0x5_0000],
      [2, [0x21], TABLES[3]],
    ]);
  });

  it('are none without a root table', () => {
    expect(listDomains(new Rig().iommu)).toEqual([]);
  });
});

describe('the mappings of a domain', () => {
  const mappings = (limit?: number): ReturnType<typeof listMappings> => listMappings(rig.bus, listDomains(rig.iommu)[0].context, limit);

  it('are runs of equal rights, joined where both sides go on', () => {
    for (let i = 0; i < 4; i++) rig.map(0x1000 * i, 0x8000 + 0x1000 * i);
    rig.map(0x4000, 0xc000, R);
    rig.map(0x5000, 0x2_0000, R);
    rig.write64(TABLES[2] + 8, 0x40_0000 | PS | RW);
    const rw = { isReadable: true, isWritable: true };
    expect(mappings()).toEqual({
      isComplete: true,
      mappings: [
        { address: 0, host: 0x8000, size: 0x4000, ...rw },
        { address: 0x4000, host: 0xc000, size: 0x1000, isReadable: true, isWritable: false },
        { address: 0x5000, host: 0x2_0000, size: 0x1000, isReadable: true, isWritable: false },
        { address: 0x20_0000, host: 0x40_0000, size: 0x20_0000, ...rw },
      ],
    });
  });

  it('have the rights that all levels give', () => {
    rig.map(0, 0x8000);
    rig.write64(TABLES[3], TABLES[2] | R);
    expect(mappings().mappings).toMatchObject([{ isReadable: true, isWritable: false }]);
  });

  it('are cut off where there are too many, or the tables point at themselves', () => {
    for (let i = 0; i < 40; i++) rig.map(0x2000 * i, 0x8000);
    expect([mappings(10).mappings.length, mappings(10).isComplete]).toEqual([10, false]);
    for (let i = 0; i < 512; i++) rig.write64(TABLES[4] + 8 * i, TABLES[4] | RW);
    expect(mappings(Number.POSITIVE_INFINITY).isComplete).toBe(false);
  });
});

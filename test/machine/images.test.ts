import { describe, expect, it } from 'vitest';
import * as cpu from '../../src/arch/cpu-state.ts';
import { GlassError } from '../../src/base/errors.ts';
import { FIRMWARE_MEMORY } from '../../src/machine/images/firmware.ts';
import type { ImageFile, LoadPlan, Segment } from '../../src/machine/images/image.ts';
import { detectFormat, planLoad } from '../../src/machine/images/loader.ts';

const RAM = 16 << 20;

function plan(image: Partial<ImageFile> & { bytes: Uint8Array }): LoadPlan {
  return planLoad({ name: 'k', ...image }, RAM);
}

/** The message and hint of the GlassError that refuses `image`. */
function refusal(image: Partial<ImageFile> & { bytes: Uint8Array }): string {
  try {
    plan(image);
  } catch (error) {
    if (error instanceof GlassError && error.code === 'bad-image' && error.hint !== '') return error.message;
    throw error;
  }
  return 'accepted';
}

/** What of a plan comes from the image: not the vectors and handlers that firmware leaves. */
function programs(p: LoadPlan): readonly Segment[] {
  return p.segments.filter((s) => !FIRMWARE_MEMORY.includes(s));
}

/** The value that a plan gives a word last. */
function word(p: LoadPlan, index: number): number {
  return p.words.reduce((value, [at, v]) => (at === index ? v : value), 0);
}

function bootSector(): Uint8Array {
  const bytes = new Uint8Array(512);
  bytes.set([0xf4], 0);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}

interface Program {
  type?: number;
  offset: number;
  virtual: number;
  physical: number;
  fileSize: number;
  memorySize: number;
}

function elf(entry: number, programs: readonly Program[], size = 0x2000): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  for (const [at, value] of [
    [16, 2],
    [18, 3],
    [40, 52],
    [42, 32],
    [44, programs.length],
  ] as const)
    view.setUint16(at, value, true);
  for (const [at, value] of [
    [20, 1],
    [24, entry],
    [28, 52],
  ] as const)
    view.setUint32(at, value, true);
  for (const [i, p] of programs.entries()) {
    const fields = [p.type ?? 1, p.offset, p.virtual, p.physical, p.fileSize, p.memorySize, 5, 0x1000];
    for (const [n, value] of fields.entries()) view.setUint32(52 + 32 * i + 4 * n, value, true);
  }
  return bytes;
}

const KERNEL: Program = { offset: 0x1000, virtual: 0xc0100000, physical: 0x100000, fileSize: 0x800, memorySize: 0x1800 };

/** A Multiboot header with `flags` and further words at byte `at` of 0x2000. */
function multiboot(at: number, flags: number, fields: readonly number[] = [], bytes: Uint8Array = new Uint8Array(0x2000)): Uint8Array {
  const view = new DataView(bytes.buffer);
  for (const [i, value] of [0x1badb002, flags, -(0x1badb002 + flags), ...fields].entries()) view.setUint32(at + 4 * i, value >>> 0, true);
  return bytes;
}

describe('a flat image', () => {
  it('goes to 1 MiB and starts there in flat protected mode when nothing is said', () => {
    const p = plan({ bytes: new Uint8Array(100) });
    expect(programs(p)[0]).toMatchObject({ physical: 0x100000, size: 100 });
    expect([word(p, cpu.EIP), word(p, cpu.CR0), word(p, cpu.CS + cpu.RIGHTS), word(p, cpu.SS + cpu.LIMIT)]).toEqual([
      0x100000, 0x11, 0xc09b, -1,
    ]);
    expect(word(p, cpu.GDTR_LIMIT)).toBe(0);
  });

  it('starts in real mode with CS:IP at its entry, above 64 KiB in a segment of its own', () => {
    const p = plan({ bytes: new Uint8Array(0x30000), load: 0x1000, entry: 0x12345, mode: 'real' });
    expect([word(p, cpu.CS + cpu.SELECTOR), word(p, cpu.CS + cpu.BASE), word(p, cpu.EIP)]).toEqual([0x1000, 0x10000, 0x2345]);
    expect(word(p, cpu.CR0)).toBe(0x10);
  });

  it.each([
    ['beyond the RAM', { load: RAM - 10 }, 'beyond the RAM'],
    ['entered outside itself', { load: 0x1000, entry: 0x2000 }, 'outside the image'],
    ['in real mode above 1 MiB', { load: 0x100000, mode: 'real' }, 'out of reach in real mode'],
  ] as const)('is refused %s', (_why, options, message) => {
    expect(refusal({ bytes: new Uint8Array(100), ...options })).toContain(message);
  });

  it('is refused when it is empty', () => {
    expect(refusal({ bytes: new Uint8Array(0) })).toContain('empty');
  });

  it('is what bytes without any sign are, and what a load address says they are', () => {
    expect(detectFormat(new Uint8Array(512))).toBe('flat');
    expect(plan({ bytes: bootSector(), load: 0x2000 }).format).toBe('flat');
    expect(refusal({ bytes: bootSector(), format: 'boot', load: 0x2000 })).toContain('cannot be given');
  });
});

describe('a boot sector', () => {
  it('is known by its signature and starts at 0000:7C00 with DL = 80H', () => {
    const p = plan({ bytes: bootSector() });
    expect(p.format).toBe('boot');
    expect(programs(p)[0]).toMatchObject({ physical: 0x7c00, size: 512 });
    expect([word(p, cpu.CS + cpu.BASE), word(p, cpu.EIP), word(p, cpu.EDX)]).toEqual([0, 0x7c00, 0x80]);
  });

  it('is refused when it is short, unsigned or too long for conventional memory', () => {
    expect(refusal({ bytes: new Uint8Array(511), format: 'boot' })).toContain('has 511');
    expect(refusal({ bytes: new Uint8Array(512), format: 'boot' })).toContain('0x0 0x0');
    const long = new Uint8Array(0xa0000);
    long.set(bootSector());
    expect(refusal({ bytes: long })).toContain('beyond 0xA0000');
  });
});

describe('a ROM', () => {
  it.each([0x10000, 0x20000])('of %i bytes ends at 4 GiB and at 1 MiB', (size) => {
    const p = plan({ bytes: new Uint8Array(size), format: 'rom' });
    expect(p.roms.map((r) => r.base + size)).toEqual([0x1_0000_0000, 0x100000]);
    expect(p.words).toEqual([]);
  });

  it('is known by the jump at its reset vector', () => {
    const bytes = new Uint8Array(0x10000);
    expect(detectFormat(bytes)).toBe('flat');
    bytes[0xfff0] = 0xea;
    expect(detectFormat(bytes)).toBe('rom');
  });

  it('is refused with another size', () => {
    expect(refusal({ bytes: new Uint8Array(1000), format: 'rom' })).toContain('has 1000');
  });
});

describe('an ELF32 executable', () => {
  it('goes to its physical addresses with zeros behind, and starts where its entry lies physically', () => {
    const p = plan({ bytes: elf(0xc0100123, [KERNEL]) });
    expect(p.format).toBe('elf');
    expect(programs(p)[0]).toMatchObject({ physical: 0x100000, size: 0x1800 });
    expect(programs(p)[0].bytes.length).toBe(0x800);
    expect(word(p, cpu.EIP)).toBe(0x100123);
  });

  it('starts at a physical entry when no segment is linked there', () => {
    expect(word(plan({ bytes: elf(0x10000c, [KERNEL]) }), cpu.EIP)).toBe(0x10000c);
  });

  it('leaves out headers that load nothing', () => {
    const p = plan({ bytes: elf(0xc0100000, [{ ...KERNEL, type: 0x6474e551 }, KERNEL, { ...KERNEL, fileSize: 0, memorySize: 0 }]) });
    expect(programs(p).length).toBe(1);
  });

  it.each([
    ['of 64 bits', (b: Uint8Array) => b.fill(2, 4, 5), 'class is 2'],
    ['of another byte order', (b: Uint8Array) => b.fill(2, 5, 6), 'data encoding'],
    ['that is relocatable', (b: Uint8Array) => b.fill(1, 16, 17), 'type is 1'],
    ['for another machine', (b: Uint8Array) => b.fill(62, 18, 19), 'machine is 62'],
    ['whose headers are beyond its end', (b: Uint8Array) => b.fill(0xff, 28, 32), 'program headers'],
    ['whose headers are too small', (b: Uint8Array) => b.fill(8, 42, 43), '8 bytes each'],
    ['whose segment is beyond its end', (b: Uint8Array) => b.fill(0xff, 56, 59), 'beyond the end of the file'],
    ['whose segment is beyond the RAM', (b: Uint8Array) => b.fill(0x7f, 66, 68), 'beyond the RAM'],
    ['whose segment is smaller in memory than in the file', (b: Uint8Array) => b.fill(0, 72, 76).fill(1, 72, 73), 'in memory'],
    ['whose entry is nowhere', (b: Uint8Array) => b.fill(0, 24, 28), 'in no segment'],
    ['with a dynamic linker', (b: Uint8Array) => b.fill(3, 52, 53), 'dynamic linker'],
  ])('%s is refused', (_why, spoil, message) => {
    const bytes = elf(0xc0100000, [KERNEL]);
    spoil(bytes);
    expect(refusal({ bytes })).toContain(message);
  });

  it('is refused when there is nothing to load, or no ELF at all', () => {
    expect(refusal({ bytes: elf(0, []) })).toContain('no segment');
    expect(refusal({ bytes: new Uint8Array(100), format: 'elf' })).toContain('magic');
    expect(refusal({ bytes: elf(0, [], 0x34).subarray(0, 20) })).toContain('52 bytes');
  });

  it('never gets through damaged without a sentence', () => {
    const good = elf(0xc0100000, [KERNEL]);
    let x = 12345;
    for (let i = 0; i < 3000; i++) {
      const bytes = good.slice();
      for (let n = 0; n < 3; n++) {
        x = (Math.imul(x, 1103515245) + 12345) >>> 0;
        bytes[(x >>> 8) % 90] = x >>> 24;
      }
      refusal({ bytes, format: 'elf' });
    }
  });
});

describe('a Multiboot kernel', () => {
  const fields = [0x100020, 0x100000, 0x100800, 0x103000, 0x100010];

  it('goes where the addresses in its header say', () => {
    const p = plan({ bytes: multiboot(0x40, 0x10003, fields) });
    expect(p.format).toBe('multiboot');
    expect(programs(p)[0]).toMatchObject({ physical: 0x100000, size: 0x3000 });
    expect(programs(p)[0].bytes.byteOffset).toBe(0x20);
    expect(programs(p)[0].bytes.length).toBe(0x800);
    expect([word(p, cpu.EIP), word(p, cpu.EAX) >>> 0]).toEqual([0x100010, 0x2badb002]);
  });

  it('goes to the end of the file when load_end_addr is 0', () => {
    const p = plan({ bytes: multiboot(0x40, 0x10003, [0x100020, 0x100000, 0, 0, 0x100010]) });
    expect(programs(p)[0].size).toBe(0x2000 - 0x20);
  });

  it('may be ELF, with the header inside', () => {
    const p = plan({ bytes: multiboot(0x1000, 0, [], elf(0xc0100010, [KERNEL])) });
    expect(p.format).toBe('multiboot');
    expect(word(p, cpu.EIP)).toBe(0x100010);
  });

  it('is told memory sizes, a map and a command line on a page of its own', () => {
    const p = plan({ bytes: multiboot(0x40, 0x10003, fields), name: 'kernel.bin' });
    const info = programs(p)[1];
    expect([info.physical, word(p, cpu.EBX)]).toEqual([0x9f000, 0x9f000]);
    const view = new DataView(info.bytes.buffer);
    const at = (offset: number): number => view.getUint32(offset, true);
    expect([at(0), at(4), at(8)]).toEqual([0x245, 640, 15 * 1024]);
    const text = (address: number): string => new TextDecoder().decode(info.bytes.subarray(address - info.physical)).split('\0')[0];
    expect([text(at(16)), text(at(64))]).toEqual(['kernel.bin', 'Glassvisor']);
    const map: number[][] = [];
    for (let entry = at(48) - info.physical; entry < at(48) - info.physical + at(44); entry += at(entry) + 4) {
      map.push([at(entry + 4), at(entry + 12), at(entry + 20)]);
    }
    expect(map).toEqual([
      [0, 0xa0000, 1],
      [0xa0000, 0x60000, 2],
      [0x100000, RAM - 0x100000, 1],
      [0xe0000000, 0x1000000, 2],
      [0xfec00000, 0x1000, 2],
      [0xfed90000, 0x1000, 2],
      [0xfee00000, 0x1000, 2],
    ]);
  });

  it('has its information moved out of its way', () => {
    const low = [0x9e020, 0x9e000, 0x9f800, 0, 0x9e010];
    expect(programs(plan({ bytes: multiboot(0x40, 0x10003, low) }))[1].physical).toBe(0x9d000);
  });

  it.each([
    ['without header', new Uint8Array(0x3000), 'no Multiboot header'],
    ['with the header too far in', multiboot(0x2000, 0, [], new Uint8Array(0x3000)), 'no Multiboot header'],
    ['with demands that nobody knows', multiboot(0, 8), '0x8'],
    ['that is neither ELF nor has addresses', multiboot(0, 3), 'not ELF'],
    ['whose header is not where it says', multiboot(0x10, 0x10000, fields), "header's place"],
    ['that ends beyond the file', multiboot(0x40, 0x10000, [0x100020, 0x100000, 0x200000, 0, 0x100010]), 'load_end_addr'],
    ['that ends beyond the RAM', multiboot(0x40, 0x10000, [0x100020, 0x100000, 0, 0xf0000000, 0x100010]), 'beyond the RAM'],
    ['whose entry lies outside', multiboot(0x40, 0x10000, [0x100020, 0x100000, 0, 0, 0x10]), 'entry_addr'],
    ['that is cut off in its header', multiboot(0, 0x10000, [], new Uint8Array(12)), 'cut off'],
  ])('%s is refused', (_why, bytes, message) => {
    expect(refusal({ bytes, format: 'multiboot' })).toContain(message);
  });
});

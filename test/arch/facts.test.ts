import { describe, expect, it } from 'vitest';
import { maskOf } from '../../src/arch/bit-field.ts';
import { BRAND, CPUID_LEAVES, cpuid, FEATURES_EDX, SIGNATURE } from '../../src/arch/cpuid.ts';
import { baseOf, limitOf, packDescriptor, rightsOf, TSS16, TSS16_SIZE, TSS32, TSS32_SIZE, typeName } from '../../src/arch/descriptors.ts';
import { EFLAGS_DEFINED, eflagsText, POPF_WRITABLE } from '../../src/arch/eflags.ts';
import { combine, EXCEPTIONS, HAS_ERROR_CODE } from '../../src/arch/exceptions.ts';
import {
  FEATURE_CONTROL_LOCK,
  IA32_APIC_BASE,
  IA32_FEATURE_CONTROL,
  IA32_PAT,
  MSRS,
  type Msr,
  mayWriteMsr,
  msrRow,
} from '../../src/arch/msrs.ts';
import { CR0_BITS, CR4_BITS, CR4_DEFINED, PDE4M_BITS, PDE_BITS, PTE_BITS } from '../../src/arch/paging.ts';
import { EFLAGS_BITS } from '../../src/arch/eflags.ts';

function text(words: readonly number[]): string {
  return words.map((w) => String.fromCharCode(w & 255, (w >>> 8) & 255, (w >>> 16) & 255, w >>> 24)).join('');
}

function row(index: number): Msr {
  const found = msrRow(index);
  if (!found) throw new Error(`no MSR ${index}`);
  return found;
}

describe('bit tables', () => {
  it.each(Object.entries({ CR0_BITS, CR4_BITS, PDE_BITS, PDE4M_BITS, PTE_BITS, EFLAGS_BITS }))('%s lists no bit twice', (_name, fields) => {
    let seen = 0;
    for (const field of fields) {
      expect(seen & maskOf([field])).toBe(0);
      seen |= maskOf([field]);
    }
  });

  it('EFLAGS has 17 flags, and POPF leaves RF, VM, VIF and VIP alone', () => {
    expect(EFLAGS_DEFINED).toBe(0x3f7fd5);
    expect(POPF_WRITABLE).toBe(0x247fd5);
    expect(eflagsText(0x3246)).toBe('PF ZF IF IOPL=3');
  });

  it('CR4 has the bits of the features that CPUID claims', () => {
    expect(CR4_DEFINED).toBe(0x2194);
  });
});

describe('descriptors', () => {
  it('a flat code descriptor packs into the words that everybody knows', () => {
    expect(packDescriptor(0, -1, 0xc09b).map((w) => w >>> 0)).toEqual([0x0000ffff, 0x00cf9b00]);
  });

  it.each([
    [0x12345678, 0x000fffff, 0x0093],
    [0x80000000 | 0, 0x0000ffff, 0x4092],
    [0xfedcba98 | 0, 0x12345fff, 0xd0fb],
    [0, 0x67, 0x008b],
  ])('base %i, limit %i and rights %i survive packing', (base, limit, rights) => {
    const [low, high] = packDescriptor(base, limit, rights);
    expect([baseOf(low, high), limitOf(low, high), rightsOf(high)]).toEqual([base, limit, rights]);
  });

  it('types have their names', () => {
    expect(typeName(0x9b)).toBe('code, execute/read');
    expect(typeName(0x97)).toBe('data, read/write, expand-down');
    expect(typeName(0x8b)).toBe('32-bit TSS, busy');
    expect(typeName(0x8e)).toBe('32-bit interrupt gate');
  });

  it('the TSS tables end where the segment ends', () => {
    expect(TSS32.ioMapBase + 2).toBe(TSS32_SIZE);
    expect(TSS16.LDT + 2).toBe(TSS16_SIZE);
  });
});

describe('exceptions', () => {
  it('vectors 8, 10 to 14 and 17 have error codes', () => {
    expect(HAS_ERROR_CODE).toBe(0x27d00);
    expect(EXCEPTIONS.map((e) => e.vector)).toEqual([...Array(15).keys(), 16, 17, 18, 19]);
  });

  it('two contributory exceptions, or any grave one after a page fault, make a double fault; a third is shutdown', () => {
    expect(combine(13, 11)).toBe('double fault');
    expect(combine(0, 13)).toBe('double fault');
    expect(combine(14, 14)).toBe('double fault');
    expect(combine(14, 13)).toBe('double fault');
    expect(combine(13, 14)).toBe('serial');
    expect(combine(6, 13)).toBe('serial');
    expect(combine(32, 14)).toBe('serial');
    expect(combine(8, 13)).toBe('shutdown');
    expect(combine(8, 14)).toBe('shutdown');
  });
});

describe('CPUID', () => {
  it('leaf 0 spells GenuineIntel in EBX, EDX, ECX', () => {
    const [max, b, c, d] = cpuid(0);
    expect(max).toBe(5);
    expect(text([b, d, c])).toBe('GenuineIntel');
  });

  it('the brand string is honest and ends with a zero', () => {
    expect(text([0x80000002, 0x80000003, 0x80000004].flatMap((leaf) => [...cpuid(leaf | 0)])).replace(/\0+$/, '')).toBe(BRAND);
    expect(BRAND.length).toBeLessThan(48);
  });

  it('leaf 1 claims VMX and what the machine does, and no FPU', () => {
    expect(cpuid(1)).toEqual([SIGNATURE, 0, 0x28, 0x1ab38]);
    expect(FEATURES_EDX.some((f) => ['FPU', 'PAE', 'MMX'].includes(f.name))).toBe(false);
  });

  it('a leaf beyond either range answers like the last basic leaf', () => {
    for (const leaf of [6, 0x7fffffff, 0x80000009 | 0, -1, 0x40000000]) expect(cpuid(leaf)).toEqual(CPUID_LEAVES.get(5));
  });

  it('physical addresses have 36 bits', () => {
    expect(cpuid(0x80000008 | 0)[0] & 0xff).toBe(36);
  });
});

describe('MSRs', () => {
  it('are listed once each', () => {
    expect(new Set(MSRS.map((m) => m.index)).size).toBe(MSRS.length);
    expect(msrRow(0xc0000080 | 0)).toBeUndefined();
  });

  it('a locked IA32_FEATURE_CONTROL refuses every write', () => {
    const control = row(IA32_FEATURE_CONTROL);
    expect(mayWriteMsr(control, 5, 0, 0)).toBe(true);
    expect(mayWriteMsr(control, 5, 0, FEATURE_CONTROL_LOCK)).toBe(false);
    expect(mayWriteMsr(control, 2, 0, 0)).toBe(false);
  });

  it('the local APIC can be switched off and on, but not moved', () => {
    expect(mayWriteMsr(row(IA32_APIC_BASE), 0xfee00900 | 0, 0, 0xfee00100 | 0)).toBe(true);
    expect(mayWriteMsr(row(IA32_APIC_BASE), 0xfee00100 | 0, 0, 0xfee00900 | 0)).toBe(true);
    expect(mayWriteMsr(row(IA32_APIC_BASE), 0xfec00900 | 0, 0, 0xfee00900 | 0)).toBe(false);
    expect(mayWriteMsr(row(IA32_APIC_BASE), 0xfee00000 | 0, 0, 0xfee00100 | 0)).toBe(false);
  });

  it('the PAT takes memory types 0, 1, 4, 5, 6 and 7 only', () => {
    const pat = row(IA32_PAT);
    expect(mayWriteMsr(pat, 0x00070406, 0x00010506, 0)).toBe(true);
    expect(mayWriteMsr(pat, 0x00070206, 0, 0)).toBe(false);
    expect(mayWriteMsr(pat, 0, 0x03000000, 0)).toBe(false);
    expect(mayWriteMsr(pat, 0x08, 0, 0)).toBe(false);
  });
});

import { expect, test } from 'vitest';
import { CodeCache } from '../../src/cpu/code-cache.ts';
import { Bus } from '../../src/memory/bus.ts';
import { Mmu } from '../../src/memory/mmu.ts';
import { Physical } from '../../src/memory/physical.ts';
import { Tlb } from '../../src/memory/tlb.ts';
import { Trace } from '../../src/trace/trace.ts';

test('jumps through all of a large RAM, one instruction a page, do not keep every page', () => {
  const physical = new Physical(32 << 20);
  physical.ram8.fill(0x90);
  const cache = new CodeCache(physical, new Mmu(new Bus(physical), new Tlb(), new Trace(16)));
  cache.lookUp(0, 32);
  const first = cache.window(0, 32);
  for (let at = 0; at < physical.size; at += 4096) cache.lookUp(at, 32);
  expect(cache.window(0, 32)).not.toBe(first);
});

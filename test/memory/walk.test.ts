import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CR0_PG, CR0_WP, CR4_PSE } from '../../src/arch/paging.ts';
import { EptFault, Fault } from '../../src/memory/fault.ts';
import { Random, fillWithTables } from './random.ts';
import { type ReferenceContext, ReferenceMemory, type ReferenceResult, referenceTranslate } from './reference-walk.ts';
import { makeRig, type Rig } from './rig.ts';

const PAGES = 24;
const SIZE = PAGES * 4096;

interface Shape {
  readonly isNested: boolean;
  readonly isPaged: boolean;
}

interface Tally {
  [outcome: string]: number;
}

/** Builds garbage tables from `seed`, makes some accesses, and compares each with the reference: what it did, and every byte of memory. */
function compare(rig: Rig, seed: number, { shape, tally }: { shape: Shape; tally: Tally }): void {
  const r = new Random(seed);
  const eptPages = shape.isNested ? 12 : 0;
  const ram = new Uint32Array(rig.physical.ram8.buffer, 0, SIZE / 4);
  fillWithTables(r, ram, eptPages);
  const memory = new ReferenceMemory(ram.slice());
  const context = randomContext(r, shape, eptPages);
  const eptp = Number(context.eptp ?? 0n);
  rig.mmu.flushAll(true);
  rig.mmu.setNested(context.eptp !== null, eptp | 0, 0, 1);
  rig.mmu.setPaging((context.isPaged ? CR0_PG : 0) | (context.wp ? CR0_WP : 0), context.cr3, context.pse ? CR4_PSE : 0);
  for (let i = 0; i < 24; i++) {
    const linear = r.oneIn(3) ? r.next() : (r.below(PAGES) << 12) | r.below(4096);
    const kind = r.pick(['read', 'write', 'fetch'] as const);
    const access = { kind, isUser: r.oneIn(2) };
    const explained = rig.mmu.explain(linear, kind, access.isUser);
    expectSame(rig, memory, 'explaining changes nothing');
    const expected = referenceTranslate(memory, context, linear, access);
    const actual = perform(rig, linear, access);
    expect(actual.result, `${kind} of ${linear.toString(16)}, user ${access.isUser}`).toEqual(expected);
    // The store itself, which the reference does not make.
    if (kind === 'write' && 'host' in expected && expected.host < SIZE) new Uint8Array(memory.words.buffer)[expected.host] = 0x5a;
    expectSame(rig, memory, 'memory');
    expect(explained.outcome).toMatchObject(outcomeAs(expected));
    const { outcome } = explained;
    const name =
      'cause' in outcome ? `${outcome.kind}: ${outcome.cause}` : 'rule' in outcome ? `${outcome.kind}: ${outcome.rule}` : outcome.kind;
    tally[name] = (tally[name] ?? 0) + 1;
    rig.mmu.flushAll(true);
  }
}

function expectSame(rig: Rig, memory: ReferenceMemory, what: string): void {
  const order = Buffer.compare(rig.physical.ram8.subarray(0, SIZE), new Uint8Array(memory.words.buffer));
  if (order !== 0) expect([...rig.physical.ram8.subarray(0, SIZE)], what).toEqual([...new Uint8Array(memory.words.buffer)]);
}

function randomContext(r: Random, shape: Shape, eptPages: number): ReferenceContext {
  const root = BigInt(r.below(Math.max(eptPages / 4, 1)) * 4096 + 0x1e + (r.oneIn(2) ? 0x40 : 0));
  // Under EPT the directory's address is guest-physical: any page will do.
  const cr3 = (eptPages + r.below(PAGES - eptPages)) * 4096 + r.below(4096);
  return { isPaged: shape.isPaged, wp: r.oneIn(2), pse: !r.oneIn(3), cr3, eptp: shape.isNested ? root : null };
}

function perform(rig: Rig, linear: number, access: { kind: string; isUser: boolean }): { result: ReferenceResult } {
  const { mmu } = rig;
  mmu.setPrivilege(access.isUser);
  try {
    if (access.kind === 'write') mmu.write8(linear, 0x5a);
    else if (access.kind === 'fetch') mmu.fetch8(linear);
    else mmu.read8(linear);
    const answer = mmu.explain(linear, access.kind as 'read', access.isUser).tlb;
    return { result: { host: answer.host ?? linear >>> 0 } };
  } catch (thrown) {
    if (thrown instanceof Fault) return { result: { errorCode: thrown.errorCode } };
    if (!(thrown instanceof EptFault)) throw thrown;
    const physical = thrown.physical >>> 0;
    return { result: thrown.misconfiguration ? { misconfigured: physical } : { qualification: thrown.qualification, physical } };
  }
}

function outcomeAs(result: ReferenceResult): object {
  if ('host' in result) return { kind: 'ok', host: result.host };
  if ('errorCode' in result) return { kind: 'pageFault', errorCode: result.errorCode };
  if ('misconfigured' in result) return { kind: 'eptMisconfiguration', guestPhysical: result.misconfigured };
  return { kind: 'eptViolation', qualification: result.qualification, guestPhysical: result.physical };
}

const FAULTS = ['pageFault: not present', 'pageFault: rights', 'pageFault: reserved bit'];
const REFUSALS = ['eptViolation: not present', 'eptViolation: rights'];
const BROKEN = ['write without read', 'reserved bit', 'memory type'].map((rule) => `eptMisconfiguration: ${rule}`);

describe('a walk over garbage tables does what the manual says, faults and marks included', () => {
  it.each([
    ['paging alone', { isNested: false, isPaged: true }, ['ok', ...FAULTS]],
    ['paging under EPT', { isNested: true, isPaged: true }, ['ok', ...FAULTS, ...REFUSALS, ...BROKEN, 'eptViolation: update']],
    ['EPT alone', { isNested: true, isPaged: false }, ['ok', ...REFUSALS, ...BROKEN]],
  ] as const)('%s', (_name, shape, outcomes) => {
    const tally: Tally = {};
    const rig = makeRig(undefined, SIZE);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0x7fff_ffff }), (seed) => compare(rig, seed, { shape, tally })),
      { numRuns: Number(process.env['WALKS'] ?? 250), seed: 1 },
    );
    // Garbage that never translates, or never fails in some way, would prove nothing.
    for (const outcome of outcomes) expect(tally[outcome], outcome).toBeGreaterThan(30);
  });
});

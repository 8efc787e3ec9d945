import { describe, expect, it } from 'vitest';
import * as w from '../../src/arch/cpu-state.ts';
import { controls, mapEpt } from './controls.ts';
import { EPT_ROOT, type FieldValues } from './good-vmcs.ts';
import { DATA, GUEST, PAGE_DIRECTORY, Rig } from './rig.ts';

const VPID = (n: number): FieldValues => ({ ...controls('enableVpid'), vpid: n });
/** Linear 4 to 8 MiB by a page table; its first page is DATA. */
const TABLE = 0x5d000;
const WINDOW = 0x400000;

function withTable(): Rig {
  const rig = new Rig();
  rig.write(PAGE_DIRECTORY + 4, TABLE | 7);
  rig.write(TABLE, DATA | 7);
  rig.write(DATA, 0x1111);
  rig.write(DATA + 0x1000, 0x2222);
  return rig;
}
const READ = `mov eax, [${WINDOW}]\nvmcall`;
/** The guest reads the window; the table is changed behind its back; it reads again. */
function reread(rig: Rig, between: (rig: Rig) => void = () => {}): number {
  rig.write(TABLE, (DATA + 0x1000) | 7);
  between(rig);
  rig.resume({ guestRip: GUEST });
  expect(rig.reason).toBe(18);
  return rig.register(w.EAX);
}

describe('VPIDs', () => {
  it('keep the guest’s translations over an exit and an entry, stale ones too', () => {
    const rig = withTable().launch(READ, VPID(5));
    expect(rig.register(w.EAX)).toBe(0x1111);
    expect(reread(rig)).toBe(0x1111);
  });

  it('switched off, every transition invalidates', () => {
    expect(reread(withTable().launch(READ))).toBe(0x2222);
  });

  it.each([
    ['individual-address', 0, [5, 0, WINDOW, 0], 0x2222],
    ['individual-address, of another page', 0, [5, 0, WINDOW + 0x1000, 0], 0x1111],
    ['single-context', 1, [5, 0, 0, 0], 0x2222],
    ['single-context, of another VPID', 1, [6, 0, 0, 0], 0x1111],
    ['all-context', 2, [0, 0, 0, 0], 0x2222],
    ['single-context retaining globals', 3, [5, 0, 0, 0], 0x2222],
  ])('INVVPID %s', (_what, type, descriptor, value) => {
    const rig = withTable().launch(READ, VPID(5));
    const read = reread(rig, () => {
      rig.write(DATA + 0x800, ...descriptor);
      rig.host(`mov ecx, ${type}\ninvvpid ecx, [${DATA + 0x800}]`);
    });
    expect(read).toBe(value);
  });

  it('INVVPID retaining globals retains them', () => {
    const rig = withTable();
    rig.write(TABLE, DATA | 0x107);
    rig.launch(READ, { ...VPID(5), guestCr4: 0x2090 });
    const read = reread(rig, () => {
      rig.write(DATA + 0x800, 5, 0, 0, 0);
      rig.host(`mov ecx, 3\ninvvpid ecx, [${DATA + 0x800}]`);
    });
    expect(read).toBe(0x1111);
  });

  it('of two guests do not see each other’s translations', () => {
    const rig = withTable().launch(READ, VPID(5));
    rig.write(TABLE, (DATA + 0x1000) | 7);
    rig.resume({ guestRip: GUEST, ...VPID(6) });
    expect(rig.register(w.EAX)).toBe(0x2222);
    rig.resume({ guestRip: GUEST, ...VPID(5) });
    expect(rig.register(w.EAX)).toBe(0x1111);
  });

  it('are not the host’s: its INVLPG leaves the guest’s translations', () => {
    const rig = withTable().launch(READ, VPID(5));
    expect(reread(rig, () => rig.host(`invlpg [${WINDOW}]`))).toBe(0x1111);
  });

  it('the guest’s own INVLPG works on the guest’s', () => {
    const rig = withTable().launch(`mov eax, [${WINDOW}]\nvmcall\ninvlpg [${WINDOW}]\nmov eax, [${WINDOW}]\nvmcall`, VPID(5));
    rig.write(TABLE, (DATA + 0x1000) | 7);
    rig.resume({ guestRip: rig.field('guestRip') + 3 });
    expect(rig.register(w.EAX)).toBe(0x2222);
  });
});

describe('EPT', () => {
  it('translates the guest’s physical addresses, not the host’s', () => {
    const rig = new Rig();
    const ept = mapEpt(rig);
    rig.write(0xd000 + 8 * 5, 0xb7); // guest-physical 10 MiB is host-physical 0
    rig.write(DATA, 0xabcd);
    rig.launch(`mov eax, [${0xa00000 + DATA}]\nvmcall`, ept);
    expect([rig.reason, rig.register(w.EAX)]).toEqual([18, 0xabcd]);
    rig.host(`mov eax, [${0xa00000 + DATA}]`);
    expect(rig.register(w.EAX)).toBe(0xffffffff);
  });

  it('violations tell the access, the rights, both addresses', () => {
    const rig = new Rig();
    const ept = mapEpt(rig);
    rig.write(0xd000 + 8 * 4, 0x800000 | 0xb1);
    rig.launch('mov [0x801234], eax', ept);
    expect([rig.reason, rig.qualification]).toEqual([48, 0x18a]);
    expect([rig.field('guestLinearAddress'), rig.field('guestPhysicalAddress'), rig.high('guestPhysicalAddress')]).toEqual([
      0x801234, 0x801234, 0,
    ]);
    expect([rig.rip, rig.field('guestRflags')]).toEqual([0, 0x10002]);
  });

  it('violations of the guest’s page walk say so', () => {
    const rig = new Rig().launch('nop', { ...mapEpt(new Rig()), guestCr3: 0x800000 });
    expect(rig.reason).toBe(48);
    const own = new Rig();
    own.launch('nop', { ...mapEpt(own), guestCr3: 0x800000 });
    expect([own.reason, own.qualification, own.field('guestPhysicalAddress'), own.field('guestLinearAddress')]).toEqual([
      48,
      0x81,
      0x800000,
      GUEST,
    ]);
  });

  it('a page mapped at the exit is there after the entry, without any invalidation', () => {
    const rig = new Rig();
    rig.launch('mov [0x801234], eax\nvmcall', mapEpt(rig));
    expect(rig.reason).toBe(48);
    rig.write(0xd000 + 8 * 4, 0xb7);
    rig.resume();
    expect(rig.reason).toBe(18);
  });

  it('rights taken away are missed until INVEPT', () => {
    const rig = new Rig();
    const ept = { ...mapEpt(rig), ...controls('enableEpt', 'enableVpid'), vpid: 1 };
    rig.write(0xd000 + 8 * 4, 0xb7);
    rig.launch('mov eax, [0x801234]\nvmcall', ept);
    rig.write(0xd000 + 8 * 4, 0);
    rig.resume({ guestRip: GUEST });
    expect(rig.reason).toBe(18);
    rig.write(DATA, EPT_ROOT | 0x1e, 0, 0, 0);
    rig.host(`mov ecx, 1\ninvept ecx, [${DATA}]`);
    rig.resume({ guestRip: GUEST });
    expect(rig.reason).toBe(48);
  });

  it('misconfigurations tell the guest-physical address alone', () => {
    const rig = new Rig();
    const ept = mapEpt(rig);
    rig.write(0xd000 + 8 * 4, 0x800000 | 0xb2);
    rig.launch('mov eax, [0x801234]', { ...ept, guestLinearAddress: 0x77 });
    expect([rig.reason, rig.qualification, rig.field('guestPhysicalAddress'), rig.field('guestLinearAddress')]).toEqual([
      49, 0, 0x801234, 0x77,
    ]);
  });

  it('is not in force without its control, whatever the pointer', () => {
    expect(new Rig().launch('vmcall', { eptPointer: [0x12345, 0] }).reason).toBe(18);
  });
});

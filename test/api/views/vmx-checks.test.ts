import { describe, expect, it } from 'vitest';
import { vmxView } from '../../../src/api/views/vmx.ts';
import * as w from '../../../src/arch/cpu-state.ts';
import { ENTRY_CHECKS } from '../../../src/arch/entry-checks.ts';
import { fieldType, VMCS_FIELDS } from '../../../src/arch/vmcs-fields.ts';
import { BREAKERS, MSR_BREAKERS } from '../../vmx/breakers.ts';
import { controls } from '../../vmx/controls.ts';
import { type FieldValues, GOOD_VMCS } from '../../vmx/good-vmcs.ts';
import { GUEST, GUEST_IDT, GUEST_STACK, HANDLER, HOST, MSR_AREA, Rig } from '../../vmx/rig.ts';

/** A host in front of its VMLAUNCH, with `fields` over the good VMCS. */
function ahead(fields: FieldValues = {}, rig = new Rig(), mnemonic = 'vmlaunch'): Rig {
  rig.code(GUEST, 'vmcall');
  rig.code(HOST, `${mnemonic}\nhlt`);
  rig.vmcs({
    ...GOOD_VMCS,
    guestIdtrBase: GUEST_IDT,
    guestRip: GUEST,
    guestRsp: GUEST_STACK,
    hostRip: HANDLER,
    hostRsp: 0x28000,
    ...fields,
  });
  rig.cpu.words[w.EIP] = HOST;
  return rig;
}

const checksOf = (rig: Rig) => vmxView(rig)?.checks ?? { rows: [], failed: 'no VMX', isLaunch: false };
const stateOf = (rig: Rig, id: string): string | undefined => checksOf(rig).rows.find((row) => row.id === id)?.state;

/** What VMLAUNCH named, or null. */
function launched(rig: Rig): string | null {
  rig.run();
  return rig.vmx.entryFailure?.check ?? null;
}

describe('the checks of VM entry as a view', () => {
  it('all hold for the good VMCS, but for those that nothing asks for', () => {
    const { rows, failed, isLaunch } = checksOf(ahead());
    expect([failed, isLaunch, rows.length]).toEqual([null, true, ENTRY_CHECKS.length]);
    expect(rows.some(({ state }) => state === 'failed')).toBe(false);
    const idle = rows.filter(({ state }) => state === 'idle').map(({ id }) => id);
    expect(idle).toContain('io-bitmap-a-aligned');
    expect(idle).toContain('vpid');
    expect(idle).toContain('launch-state-launched');
    expect(idle).toContain('msr-load-writable');
    for (const id of ['pin-reserved', 'host-cr0', 'guest-cs-type', 'injection-type', 'current-vmcs', 'launch-state-clear'])
      expect(idle, id).not.toContain(id);
  });

  it.each(Object.keys(BREAKERS))('name %s first where the processor does, and change nothing', (id) => {
    const rig = ahead({ guestPendingDebug: 0, ...BREAKERS[id] });
    const [words, memory] = [rig.cpu.words.slice(), rig.physical.ram8.slice()];
    const { failed, rows } = checksOf(rig);
    expect(failed).toBe(id);
    expect(rig.cpu.words).toEqual(words);
    expect(Buffer.compare(rig.physical.ram8, memory)).toBe(0);
    expect(launched(rig)).toBe(failed);
    const row = rows.find((r) => r.id === id);
    expect([row?.value, row?.high]).toEqual([rig.vmx.entryFailure?.value, rig.vmx.entryFailure?.valueHigh]);
  });

  it.each(Object.keys(MSR_BREAKERS))('name %s of an MSR area', (id) => {
    const rig = new Rig();
    MSR_BREAKERS[id].forEach((entry, i) => rig.write(MSR_AREA + 16 * i, ...entry));
    ahead({ entryMsrLoadCount: MSR_BREAKERS[id].length, entryMsrLoadAddress: [MSR_AREA, 0] }, rig);
    const { failed, rows } = checksOf(rig);
    expect(failed).toBe(id);
    expect(launched(rig)).toBe(failed);
    expect(rows.find((r) => r.id === id)?.value).toBe(rig.vmx.entryFailure?.value);
  });

  it('know what an MSR that is loaded forbids to the next one', () => {
    const rig = new Rig();
    rig.cpu.words[w.FEATURE_CONTROL] = 4;
    rig.write(MSR_AREA, 0x3a, 0, 5, 0, 0x3a, 0, 5, 0);
    ahead({ entryMsrLoadCount: 2, entryMsrLoadAddress: [MSR_AREA, 0] }, rig);
    expect(checksOf(rig).failed).toBe('msr-load-writable');
    expect(launched(rig)).toBe('msr-load-writable');
    expect(rig.qualification).toBe(2);
  });

  it('agree with the processor over VMCSs broken at random', () => {
    const fields = VMCS_FIELDS.filter(({ encoding }) => fieldType(encoding) !== 'read-only');
    let seed = 12345;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * n);
    };
    const named = new Set<string | null>();
    for (let round = 0; round < 150; round++) {
      const rig = ahead({ ...controls('enableEpt', 'enableVpid'), eptPointer: [0xb01e, 0], vpid: 1 });
      for (let n = random(3); n >= 0; n--) {
        const { encoding } = fields[random(fields.length)];
        rig.vmx.vmcs.set(encoding, rig.vmx.vmcs.get(encoding) ^ (1 << random(random(2) ? 8 : 32)));
      }
      // An area of thousands of MSRs is another test's.
      rig.vmcs({ entryMsrLoadCount: rig.field('entryMsrLoadCount') & 3 });
      const { failed } = checksOf(rig);
      expect(launched(rig), `round ${round}`).toBe(failed);
      named.add(failed);
    }
    expect(named.size).toBeGreaterThan(25);
    expect(named).toContain(null);
  });

  it('ask what VMRESUME asks where that is what root executes', () => {
    const rig = ahead({}, new Rig(), 'vmresume');
    expect(checksOf(rig)).toMatchObject({ isLaunch: false, failed: 'launch-state-launched' });
    expect(vmxView(rig)?.isEntryAhead).toBe(true);
    expect(launched(rig)).toBe('launch-state-launched');
    // Nothing of the kind is next: the launch state says which it will be.
    expect(vmxView(rig)?.isEntryAhead).toBe(false);
    expect(checksOf(rig)).toMatchObject({ isLaunch: true, failed: null });
  });

  it('stop at once without a current VMCS', () => {
    const rig = ahead();
    rig.cpu.words[w.VMCS_POINTER] = -1;
    const { failed, rows } = checksOf(rig);
    expect(failed).toBe('current-vmcs');
    expect(rows.filter(({ state }) => state !== 'idle')).toHaveLength(1);
    expect(vmxView(rig)).toMatchObject({ exits: null, next: null, mend: null });
    expect(launched(rig)).toBe('current-vmcs');
  });

  it('are of no use outside VMX operation', () => {
    const rig = ahead();
    rig.cpu.words[w.VMX_ON] = 0;
    expect(vmxView(rig)).toBeNull();
  });

  it('see what would fail behind the first', () => {
    const rig = ahead({ ...BREAKERS['host-cr0'], ...BREAKERS['guest-cs-type'] });
    expect(checksOf(rig).failed).toBe('host-cr0');
    expect(stateOf(rig, 'guest-cs-type')).toBe('failed');
  });
});

describe('what would mend a failed check', () => {
  /** Wrong in two fields at once: no value of one alone would do, or the next check asks for the other. */
  const BEYOND_ONE_FIELD = new Set(['guest-ss-rpl', 'guest-rflags-vm']);
  const LEADS_ON = new Set(['entry-msr-load-aligned', 'entry-msr-load-width']);

  it.each([...Object.keys(BREAKERS), ...Object.keys(MSR_BREAKERS)])('mends %s in the processor too', (id) => {
    const rig = new Rig();
    const msrs = MSR_BREAKERS[id] ?? [];
    msrs.forEach((entry, i) => rig.write(MSR_AREA + 16 * i, ...entry));
    const area: FieldValues = msrs.length > 0 ? { entryMsrLoadCount: msrs.length, entryMsrLoadAddress: [MSR_AREA, 0] } : {};
    ahead({ guestPendingDebug: 0, ...BREAKERS[id], ...area }, rig);
    const mend = vmxView(rig)?.mend;
    if (BEYOND_ONE_FIELD.has(id)) return expect(mend).toBeNull();
    if (!mend) throw new Error('Nothing would mend it.');
    rig.vmcs({ [mend.field]: mend.high === 0 && mend.from.high === 0 ? mend.value : [mend.value, mend.high] });
    if (LEADS_ON.has(id)) return expect(checksOf(rig).failed).toBe('msr-load-writable');
    expect(checksOf(rig).failed).toBeNull();
    expect(launched(rig)).toBeNull();
  });

  it('is the nearest value', () => {
    expect(vmxView(ahead({ hostCr0: 0x80000001 | 0 }))?.mend).toEqual({
      ...{ field: 'hostCr0', value: 0x80000021, high: 0 },
      from: { value: 0x80000001, high: 0 },
    });
    expect(vmxView(ahead({ vmcsLinkPointer: [-1, 0] }))?.mend).toMatchObject({
      field: 'vmcsLinkPointer',
      value: 0xffffffff,
      high: 0xffffffff,
    });
  });

  it('is nothing where all holds, or where no field is to blame', () => {
    expect(vmxView(ahead())?.mend).toBeNull();
    expect(vmxView(ahead({}, new Rig(), 'vmresume'))?.mend).toBeNull();
  });
});

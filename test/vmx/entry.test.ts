import { describe, expect, it } from 'vitest';
import * as w from '../../src/arch/cpu-state.ts';
import { ENTRY_CHECKS } from '../../src/arch/entry-checks.ts';
import { FIELD, type VmcsFieldKey } from '../../src/arch/vmcs-fields.ts';
import { RECORD_WORDS, TRACE_KIND } from '../../src/trace/schema.ts';
import { BREAKERS, MSR_BREAKERS } from './breakers.ts';
import { controls } from './controls.ts';
import { GOOD_VMCS } from './good-vmcs.ts';
import { HANDLER, HOST, MSR_AREA, Rig } from './rig.ts';

const row = (id: string) => {
  const index = ENTRY_CHECKS.findIndex((c) => c.id === id);
  return { index, check: ENTRY_CHECKS[index] };
};

/** Words 3 to 7 of the last record of that kind. */
function lastEvent(rig: Rig, kind: number): number[] {
  const { words } = rig.trace.read(0);
  for (let at = words.length - RECORD_WORDS; at >= 0; at -= RECORD_WORDS)
    if (words[at] === kind) return [...words.subarray(at + 3, at + 8)];
  return [];
}

describe('a VM entry', () => {
  it('with the good VMCS succeeds, and the guest runs', () => {
    const rig = new Rig().launch('mov eax, 0x1234\ncpuid');
    expect(rig.reason).toBe(10);
    expect(rig.rip).toBe(5);
    expect(rig.register(w.EAX)).toBe(0x1234);
    expect(rig.vmx.entryFailure).toBeNull();
    expect(rig.vmx.vmcs.launchState).toBe(1);
    expect(lastEvent(rig, TRACE_KIND.vmEntry).slice(0, 2)).toEqual([1, 0x20000]);
    expect(lastEvent(rig, TRACE_KIND.vmExit).slice(0, 3)).toEqual([10, 0, 0x20005]);
  });

  it.each(Object.keys(BREAKERS))('that breaks %s fails as the manual says, and names it', (id) => {
    const { index, check } = row(id);
    const rig = new Rig().launch('hlt', { exitReason: 0x77, guestPendingDebug: 0, ...BREAKERS[id] });
    const failure = rig.vmx.entryFailure;
    expect(failure).toMatchObject({ check: id, field: check.field, rule: check.rule, title: check.title });
    const value = { ...GOOD_VMCS, ...BREAKERS[id] }[check.field as VmcsFieldKey] ?? 0;
    const [low, high] = typeof value === 'number' ? [value, 0] : value;
    if (check.field !== null) expect([failure?.value, failure?.valueHigh]).toEqual([low >>> 0, high >>> 0]);
    if (check.group === 'guest') {
      expect(rig.reason).toBe(0x80000021);
      expect(rig.qualification).toBe(check.qualification ?? 0);
      expect(rig.hasExited).toBe(true);
      expect(lastEvent(rig, TRACE_KIND.vmEntryFailed)).toEqual([33, index, FIELD[check.field as VmcsFieldKey], low | 0, 0]);
    } else {
      const error = check.group === 'host' ? 8 : 7;
      expect(rig.outcome).toBe(`VMfailValid ${error}`);
      expect(rig.reason).toBe(0x77);
      expect(rig.register(w.EIP)).toBe(HOST + 4);
    }
    expect(rig.vmx.vmcs.launchState).toBe(0);
    expect(rig.cpu.words[w.NON_ROOT]).toBe(0);
  });

  it.each(Object.keys(MSR_BREAKERS))('that breaks %s fails with reason 34 and the number of the entry', (id) => {
    const rig = new Rig();
    MSR_BREAKERS[id].forEach((entry, i) => rig.write(MSR_AREA + 16 * i, ...entry));
    const count = MSR_BREAKERS[id].length;
    rig.launch('hlt', { entryMsrLoadCount: count, entryMsrLoadAddress: [MSR_AREA, 0], guestRflags: 2 });
    expect(rig.reason).toBe(0x80000022);
    expect(rig.qualification).toBe(count);
    expect(rig.vmx.entryFailure?.check).toBe(id);
    expect(rig.vmx.vmcs.launchState).toBe(0);
    expect(rig.hasExited).toBe(true);
  });

  it('without a current VMCS is VMfailInvalid', () => {
    const rig = new Rig();
    rig.cpu.words[w.VMCS_POINTER] = -1;
    rig.host('vmlaunch');
    expect(rig.outcome).toBe('VMfailInvalid');
    expect(rig.vmx.entryFailure?.check).toBe('current-vmcs');
  });

  it('under blocking by MOV SS is VMfailValid 26', () => {
    const rig = new Rig();
    rig.host('mov ax, ss\nmov ss, ax\nvmlaunch');
    expect(rig.outcome).toBe('VMfailValid 26');
    expect(rig.vmx.entryFailure?.check).toBe('mov-ss-blocking');
  });

  it('needs a clear VMCS for VMLAUNCH and a launched one for VMRESUME', () => {
    const rig = new Rig().launch('cpuid\nhlt');
    rig.host('vmlaunch');
    expect(rig.outcome).toBe('VMfailValid 4');
    expect(rig.vmx.entryFailure?.check).toBe('launch-state-clear');
    rig.resume({ guestRip: 0x20002, primaryControls: rig.field('primaryControls') | 0x80 });
    expect(rig.reason).toBe(12);
    expect(rig.vmx.entryFailure).toBeNull();
    rig.vmx.vmcs.launchState = 0x1234;
    rig.host('vmresume');
    expect(rig.outcome).toBe('VMfailValid 5');
    rig.host('vmlaunch');
    expect(rig.outcome).toBe('VMfailValid 4');
  });

  it('that fails on guest state leaves the guest-state area and the injected event as they are', () => {
    const rig = new Rig().launch('hlt', { guestActivity: 4, guestRsp: 0x7777, entryInterruptionInfo: 0x80000306, idtVectoringInfo: 0x55 });
    expect(rig.reason).toBe(0x80000021);
    expect(rig.field('guestRsp')).toBe(0x7777);
    expect(rig.field('entryInterruptionInfo')).toBe(0x80000306);
    expect(rig.field('idtVectoringInfo')).toBe(0x55);
  });

  it('that fails on MSRs loads the host’s state and the VM-exit MSRs, and stores none', () => {
    const rig = new Rig();
    rig.write(MSR_AREA, 0x175, 0, 0x1111, 0, 0x999, 0, 0, 0);
    rig.write(MSR_AREA + 0x100, 0x176, 0, 0x2222, 0);
    rig.write(MSR_AREA + 0x200, 0x175, 0, 0x3333, 0);
    rig.launch('hlt', {
      entryMsrLoadCount: 2,
      entryMsrLoadAddress: [MSR_AREA, 0],
      exitMsrLoadCount: 1,
      exitMsrLoadAddress: [MSR_AREA + 0x100, 0],
      exitMsrStoreCount: 1,
      exitMsrStoreAddress: [MSR_AREA + 0x200, 0],
      hostSysenterEsp: 0x4444,
    });
    expect(rig.reason).toBe(0x80000022);
    expect(rig.qualification).toBe(2);
    expect(rig.register(w.SYSENTER_EIP)).toBe(0x2222);
    expect(rig.register(w.SYSENTER_ESP)).toBe(0x4444);
    expect(rig.read(MSR_AREA + 0x208)).toBe(0x3333);
    expect(rig.register(w.EIP)).toBe(HANDLER + 1);
  });

  it('that fails keeps NMIs blocked where they were', () => {
    const rig = new Rig();
    rig.cpu.words[w.INTERRUPTIBILITY] = 8;
    rig.launch('hlt', { guestActivity: 7 });
    expect(rig.reason).toBe(0x80000021);
    expect(rig.register(w.INTERRUPTIBILITY)).toBe(8);
  });

  // Where emulators differ, the manual decides.
  it.each(['hostAddressSpaceSize', 'ia32eModeGuest', 'entryToSmm', 'deactivateDualMonitor'] as const)(
    'with “%s” is refused as a reserved bit, before host and guest state',
    (key) => {
      const rig = new Rig().launch('hlt', { ...controls(key), hostCsSelector: 0, guestRflags: 0 });
      expect(rig.outcome).toBe('VMfailValid 7');
    },
  );

  it('that loads an MSR which does not exist fails with reason 34', () => {
    const rig = new Rig().launch('hlt', { entryMsrLoadCount: 1, entryMsrLoadAddress: [0, 0] });
    expect([rig.reason, rig.qualification, rig.vmx.entryFailure?.check]).toEqual([0x80000022, 1, 'msr-load-writable']);
  });

  it('names its failure after a snapshot too', () => {
    const rig = new Rig().launch('hlt', { guestActivity: 9 });
    const other = new Rig();
    other.vmx.bytes.set(rig.vmx.bytes);
    expect(other.vmx.entryFailure).toEqual(rig.vmx.entryFailure);
    expect(other.vmx.entryFailure).toMatchObject({ check: 'activity-state', field: 'guestActivity', value: 9 });
  });
});

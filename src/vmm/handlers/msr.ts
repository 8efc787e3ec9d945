/** Model-specific registers. Those that the VMCS or the hypervisor switches do not exit; the others are answered here, and what the guest must not have is #GP. */
import { EAX, ECX, EDX } from '../../arch/cpu-state.ts';
import { GP } from '../../arch/exceptions.ts';
import {
  APIC_BASE_ENABLE,
  FEATURE_CONTROL_LOCK,
  IA32_APIC_BASE,
  IA32_FEATURE_CONTROL,
  IA32_TIME_STAMP_COUNTER,
  mayWriteMsr,
  msrRow,
} from '../../arch/msrs.ts';
import type { Wide } from '../faces/face.ts';
import { faceOf } from '../faces/index.ts';
import { guestTsc } from '../faces/kvm.ts';
import type { Vm } from '../vm.ts';
import type { ExitHandler, Services } from './handler.ts';

export const handleRdmsr: ExitHandler = (vm, services) => {
  const value = read(vm, services, vm.register(ECX) >>> 0);
  if (value === null) {
    vm.injectException(GP);
    return;
  }
  vm.setWide(value);
  vm.skip();
};

export const handleWrmsr: ExitHandler = (vm, services) => {
  const value: Wide = [vm.register(EAX), vm.register(EDX)];
  if (write(vm, services, { msr: vm.register(ECX) >>> 0, value })) vm.skip();
  else vm.injectException(GP);
};

/** RDTSC, where somebody asked for its exits. */
export const handleRdtsc: ExitHandler = (vm, services) => {
  vm.setWide(guestTsc(vm, services.root.now()));
  vm.skip();
};

function read(vm: Vm, services: Services, msr: number): Wide | null {
  const own = faceOf(vm.face)?.readMsr(vm, services, msr) ?? null;
  if (own !== null) return own;
  // Locked without VMXON: what firmware leaves that has switched VMX off.
  if (msr === IA32_FEATURE_CONTROL) return [FEATURE_CONTROL_LOCK, 0];
  // Virtual machines have PICs, no APICs.
  if (msr === IA32_APIC_BASE) return [(services.root.rdmsr(msr)?.[0] ?? 0) & ~APIC_BASE_ENABLE, 0];
  return msrRow(msr) === undefined ? null : services.root.rdmsr(msr);
}

function write(vm: Vm, services: Services, access: { msr: number; value: Wide }): boolean {
  if (faceOf(vm.face)?.writeMsr(vm, services, access) === true) return true;
  const { msr, value } = access;
  const row = msrRow(msr);
  if (row === undefined || msr === IA32_FEATURE_CONTROL || msr === IA32_APIC_BASE) return false;
  if (msr === IA32_TIME_STAMP_COUNTER) return writeTsc(vm, services.root.now(), value);
  // What is left has bits that change nothing here: the write is checked, and forgotten.
  return mayWriteMsr(row, value[0], value[1], services.root.rdmsr(msr)?.[0] ?? 0);
}

/** The TSC offset becomes what makes it read `value` now. */
function writeTsc(vm: Vm, now: number, [low, high]: Wide): boolean {
  const difference = (low >>> 0) - (now % 2 ** 32);
  vm.state.tscLow = difference | 0;
  vm.state.tscHigh = (high - Math.floor(now / 2 ** 32) - (difference < 0 ? 1 : 0)) | 0;
  vm.writeWide('tscOffset', vm.state.tscLow, vm.state.tscHigh);
  return true;
}

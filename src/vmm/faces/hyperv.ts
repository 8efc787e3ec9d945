/** Hyper-V as a guest meets it. Hypervisor Top Level Functional Specification, "Feature and Interface Discovery", "Hypercall Interface", "Timers". */
import { EAX, EDX } from '../../arch/cpu-state.ts';
import type { Services } from '../handlers/handler.ts';
import type { Vm } from '../vm.ts';
import { type Face, hostAddress, privilegeOf, scaled, signatureLeaf, wide, type Wide } from './face.ts';

const INTERFACE = 0x31237648; // "Hv#1"
const BUILD = 20348;
const VERSION = 10 << 16;

const MSR_GUEST_OS_ID = 0x40000000;
const MSR_HYPERCALL = 0x40000001;
const MSR_VP_INDEX = 0x40000002;
const MSR_VP_RUNTIME = 0x40000010;
const MSR_TIME_REF_COUNT = 0x40000020;
const MSR_TSC_FREQUENCY = 0x40000022;

/** Privileges of the partition: runtime, reference counter, hypercall MSRs, index, frequencies. */
const PRIVILEGES = (1 << 0) | (1 << 1) | (1 << 5) | (1 << 6) | (1 << 11);
const FREQUENCY_MSRS = 1 << 8;
const NEVER_NOTIFY = -1;

/** Units of the reference counter: 100 ns. */
const UNITS = 10_000_000;
const ENABLE = 1;
const LOCKED = 2;
const CALL_CODE = 0xffff;
const NOTIFY_LONG_SPIN_WAIT = 8;
const INVALID_HYPERCALL_CODE = 2;

/** Registers of the face: guest OS identity (two words), hypercall page. */
const OS_ID = 0;
const HYPERCALL = 2;

export const HYPERV: Face = {
  title: 'Hyper-V',
  signature: 'Microsoft Hv',
  leaf: (_vm, _services, number) => {
    if (number === 0) return signatureLeaf(HYPERV.signature, 0x40000005);
    if (number === 1) return [INTERFACE, 0, 0, 0];
    if (number === 2) return [BUILD, VERSION, 0, 0];
    if (number === 3) return [PRIVILEGES, 0, 0, FREQUENCY_MSRS];
    if (number === 4) return [0, NEVER_NOTIFY, 0, 0];
    return number === 5 ? [1, 1, 0, 0] : null;
  },
  readMsr: readMsr,
  writeMsr: (vm, services, { msr, value }) => {
    if (msr === MSR_GUEST_OS_ID) {
      value.forEach((word, i) => vm.state.faceRegisters.set(OS_ID + i, word));
      // Without an identity there is no hypercall page.
      if ((value[0] | value[1]) === 0) vm.state.faceRegisters.set(HYPERCALL, vm.state.faceRegisters.at(HYPERCALL) & ~ENABLE);
      return true;
    }
    return msr === MSR_HYPERCALL && writeHypercall(vm, services, value[0]);
  },
  hypercall: (vm) => {
    if (privilegeOf(vm) !== 0 || (vm.state.faceRegisters.at(HYPERCALL) & ENABLE) === 0) return false;
    const code = vm.register(EAX) & CALL_CODE;
    vm.setRegister(EAX, code === NOTIFY_LONG_SPIN_WAIT ? 0 : INVALID_HYPERCALL_CODE);
    vm.setRegister(EDX, 0);
    return true;
  },
};

function readMsr(vm: Vm, services: Services, msr: number): Wide | null {
  const { faceRegisters, bornAt, instructions } = vm.state;
  const time = (ticks: number): Wide => wide(scaled(ticks, UNITS, services.ticksPerSecond));
  switch (msr) {
    case MSR_GUEST_OS_ID:
      return [faceRegisters.at(OS_ID) | 0, faceRegisters.at(OS_ID + 1) | 0];
    case MSR_HYPERCALL:
      return [faceRegisters.at(HYPERCALL) | 0, 0];
    case MSR_VP_INDEX:
      return [0, 0];
    case MSR_VP_RUNTIME:
      return time(instructions);
    case MSR_TIME_REF_COUNT:
      return time(services.root.now() - bornAt);
    case MSR_TSC_FREQUENCY:
      return wide(services.ticksPerSecond);
    default:
      return null;
  }
}

/** Enables the hypercall page: VMCALL, RET. Ignored while the guest has not said who it is, and once it is locked. */
function writeHypercall(vm: Vm, services: Services, value: number): boolean {
  const { faceRegisters } = vm.state;
  if (faceRegisters.at(HYPERCALL) & LOCKED) return true;
  const hasIdentity = (faceRegisters.at(OS_ID) | faceRegisters.at(OS_ID + 1)) !== 0;
  const next = hasIdentity ? value : value & ~ENABLE;
  if (next & ENABLE) {
    const host = hostAddress(vm, services, value & ~0xfff);
    if (host < 0) return false;
    services.root.memory.store(host, Uint8Array.of(0x0f, 0x01, 0xc1, 0xc3));
  }
  faceRegisters.set(HYPERCALL, next);
  return true;
}

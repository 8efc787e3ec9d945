import { EAX, EBX, ECX, EDX } from '../../arch/cpu-state.ts';
import { cpuid, type CpuidResult, FEATURE_APIC } from '../../arch/cpuid.ts';
import { faceOf } from '../faces/index.ts';
import type { Vm } from '../vm.ts';
import type { ExitHandler, Services } from './handler.ts';

/** ECX of leaf 1: what a guest does not get, and the bit that says that there is a hypervisor. */
const MONITOR = 1 << 3;
const VMX = 1 << 5;
const HYPERVISOR = 1 << 31;
/** Leaves that processors leave to hypervisors. */
const FIRST = 0x40000000;
const COUNT = 0x100;

/** CPUID: the processor's own answer, without VMX, MONITOR and APIC; the leaves of the face. */
export const handleCpuid: ExitHandler = (vm, services) => {
  const [eax, ebx, ecx, edx] = answer(vm, services, vm.register(EAX) >>> 0);
  vm.setRegister(EAX, eax);
  vm.setRegister(EBX, ebx);
  vm.setRegister(ECX, ecx);
  vm.setRegister(EDX, edx);
  vm.skip();
};

function answer(vm: Vm, services: Services, leaf: number): CpuidResult {
  const face = faceOf(vm.face);
  if (face !== null && leaf >= FIRST && leaf < FIRST + COUNT) return face.leaf(vm, services, leaf - FIRST) ?? [0, 0, 0, 0];
  const [eax, ebx, ecx, edx] = cpuid(leaf | 0);
  if (leaf !== 1) return [eax, ebx, ecx, edx];
  return [eax, ebx, (ecx & ~(VMX | MONITOR)) | (face === null ? 0 : HYPERVISOR), edx & ~FEATURE_APIC];
}

/** KVM as a guest meets it. Linux kernel documentation, "KVM CPUID bits", "KVM-specific MSRs", "Linux KVM Hypercall". */
import { EAX } from '../../arch/cpu-state.ts';
import type { Services } from '../handlers/handler.ts';
import type { Vm } from '../vm.ts';
import { type Face, hostAddress, privilegeOf, scaled, signatureLeaf, wide, type Wide } from './face.ts';

const MSR_WALL_CLOCK = 0x4b564d00;
const MSR_SYSTEM_TIME = 0x4b564d01;
const MSR_STEAL_TIME = 0x4b564d03;
const MSR_OLD_WALL_CLOCK = 0x11;
const MSR_OLD_SYSTEM_TIME = 0x12;

const FEATURE_CLOCKSOURCE = 1 << 0;
const FEATURE_CLOCKSOURCE2 = 1 << 3;
const FEATURE_STEAL_TIME = 1 << 5;
const FEATURE_CLOCKSOURCE_STABLE = 1 << 24;

const ENABLED = 1;
const FLAG_TSC_STABLE = 1;
const NANOSECONDS = 1_000_000_000;

const HYPERCALL_VAPIC_POLL = 1;
const HYPERCALL_KICK_CPU = 5;
const ENOSYS = -1000;
const EPERM = -1;

/** Registers of the face. */
const WALL_CLOCK = 0;
const SYSTEM_TIME = 1;
const STEAL_TIME = 2;

export const KVM: Face = {
  title: 'KVM',
  signature: 'KVMKVMKVM\0\0\0',
  leaf: (_vm, _services, number) => {
    if (number === 0) return signatureLeaf(KVM.signature, 0x40000001);
    return number === 1 ? [FEATURE_CLOCKSOURCE | FEATURE_CLOCKSOURCE2 | FEATURE_STEAL_TIME | FEATURE_CLOCKSOURCE_STABLE, 0, 0, 0] : null;
  },
  readMsr: (vm, _services, msr) => {
    const register = REGISTER.get(msr);
    return register === undefined ? null : [vm.state.faceRegisters.at(register) | 0, 0];
  },
  writeMsr: (vm, services, { msr, value }) => {
    const register = REGISTER.get(msr);
    if (register === undefined) return false;
    vm.state.faceRegisters.set(register, value[0]);
    if (register === WALL_CLOCK) return writeWallClock(vm, services, value[0]);
    if ((value[0] & ENABLED) === 0) return true;
    return register === SYSTEM_TIME ? writeSystemTime(vm, services, value[0]) : writeStealTime(vm, services, value[0]);
  },
  refresh: (vm, services) => {
    const value = vm.state.faceRegisters.at(STEAL_TIME);
    if (value & ENABLED) writeStealTime(vm, services, value);
  },
  hypercall: (vm) => {
    const number = vm.register(EAX);
    const isKnown = number === HYPERCALL_VAPIC_POLL || number === HYPERCALL_KICK_CPU;
    vm.setRegister(EAX, privilegeOf(vm) !== 0 ? EPERM : isKnown ? 0 : ENOSYS);
    return true;
  },
};

const REGISTER: ReadonlyMap<number, number> = new Map([
  [MSR_WALL_CLOCK, WALL_CLOCK],
  [MSR_OLD_WALL_CLOCK, WALL_CLOCK],
  [MSR_SYSTEM_TIME, SYSTEM_TIME],
  [MSR_OLD_SYSTEM_TIME, SYSTEM_TIME],
  [MSR_STEAL_TIME, STEAL_TIME],
]);

/** struct pvclock_wall_clock: version, seconds, nanoseconds at which the virtual machine was created. */
function writeWallClock(vm: Vm, services: Services, physical: number): boolean {
  const host = hostAddress(vm, services, physical);
  if (host < 0) return true;
  const born = scaled(vm.state.bornAt, NANOSECONDS, services.ticksPerSecond);
  const { memory } = services.root;
  memory.write32(host, memory.read32(host) + 2);
  memory.write32(host + 4, services.startSeconds + Math.floor(born / NANOSECONDS));
  memory.write32(host + 8, born % NANOSECONDS);
  return true;
}

/** struct pvclock_vcpu_time_info: version, TSC, system time in nanoseconds at it, multiplier and shift, flags. */
function writeSystemTime(vm: Vm, services: Services, value: number): boolean {
  const host = hostAddress(vm, services, value & ~ENABLED);
  if (host < 0) return true;
  const { memory } = services.root;
  const now = services.root.now();
  const put = (offset: number, words: Wide): void => words.forEach((word, i) => memory.write32(host + offset + 4 * i, word));
  const { multiplier, shift } = tscScale(services.ticksPerSecond);
  memory.write32(host, memory.read32(host) + 2);
  put(8, guestTsc(vm, now));
  put(16, wide(scaled(now - vm.state.bornAt, NANOSECONDS, services.ticksPerSecond)));
  memory.write32(host + 24, multiplier);
  memory.write8(host + 28, shift);
  memory.write8(host + 29, FLAG_TSC_STABLE);
  return true;
}

/** struct kvm_steal_time: nanoseconds in which it could not run, version, flags. The ticks of the hypervisor count,
 *  and those of other virtual machines; those in HLT do not. */
function writeStealTime(vm: Vm, services: Services, value: number): boolean {
  const host = hostAddress(vm, services, value & ~0x3f);
  if (host < 0) return true;
  const { memory } = services.root;
  const now = services.root.now();
  const stolen = scaled(now - vm.state.bornAt - vm.state.instructions - vm.state.haltedTicks, NANOSECONDS, services.ticksPerSecond);
  wide(stolen).forEach((word, i) => memory.write32(host + 4 * i, word));
  memory.write32(host + 8, memory.read32(host + 8) + 2);
  return true;
}

/** The guest's TSC at tick `now`. */
export function guestTsc(vm: Vm, now: number): Wide {
  const low = (now % 2 ** 32) + vm.state.tscLow;
  return [low | 0, (Math.floor(now / 2 ** 32) + vm.state.tscHigh + Math.floor(low / 2 ** 32)) | 0];
}

/** nanoseconds = (ticks << shift) * multiplier / 2^32, with the multiplier as large as fits. */
function tscScale(ticksPerSecond: number): { multiplier: number; shift: number } {
  let shift = 0;
  let factor = NANOSECONDS / ticksPerSecond;
  for (; factor >= 1; factor /= 2) shift++;
  for (; factor < 0.5; factor *= 2) shift--;
  return { multiplier: Math.floor(factor * 2 ** 32) | 0, shift };
}

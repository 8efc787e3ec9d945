/** Xen as a fully virtualized guest meets it: the hypercall page, and the few hypercalls of the console, of scheduling and of memory, whose reservation is Xen's
 *  balloon. Xen public headers, xen.h, version.h, memory.h, sched.h, arch-x86/cpuid.h; 32-bit interface: number in EAX, arguments in EBX, ECX, EDX. */
import { EAX, EBX, ECX, EDX } from '../../arch/cpu-state.ts';
import { Unfinished } from '../guest-memory.ts';
import type { Services } from '../handlers/handler.ts';
import type { Vm } from '../vm.ts';
import { type Face, hostAddress, privilegeOf, signatureLeaf } from './face.ts';

const VERSION = (4 << 16) | 17;
const MSR_HYPERCALL_PAGE = 0x40000000;
const HYPERCALLS = 128;
const IRET = 23;

const ENOSYS = -38;
const EFAULT = -14;
const EPERM = -1;
const EINVAL = -22;

const MEMORY_OP = 12;
const XEN_VERSION = 17;
const CONSOLE_IO = 18;
const SCHED_OP = 29;

const DECREASE_RESERVATION = 1;
const CURRENT_RESERVATION = 3;
const MAXIMUM_RESERVATION = 4;
const POPULATE_PHYSMAP = 6;
const SCHED_YIELD = 0;
const SCHED_BLOCK = 1;
const SCHED_SHUTDOWN = 2;
/** Bytes of one console write, and pages of one reservation, that are taken. */
const MOST_BYTES = 4096;
const MOST_EXTENTS = 4096;

export const XEN: Face = {
  title: 'Xen',
  signature: 'XenVMMXenVMM',
  leaf: (_vm, _services, number) => {
    if (number === 0) return signatureLeaf(XEN.signature, 0x40000002);
    if (number === 1) return [VERSION, 0, 0, 0];
    return number === 2 ? [1, MSR_HYPERCALL_PAGE, 0, 0] : null;
  },
  readMsr: () => null,
  writeMsr: (vm, services, { msr, value }) => msr === MSR_HYPERCALL_PAGE && writeHypercallPage(vm, services, value[0]),
  hypercall: (vm, services) => {
    if (privilegeOf(vm) !== 0) vm.setRegister(EAX, EPERM);
    else vm.setRegister(EAX, call(vm, services));
    return true;
  },
};

/** Fills the page that the guest names (bits 11:0: which page, only 0) with MOV EAX, n / VMCALL / RET, 32 bytes each. */
function writeHypercallPage(vm: Vm, services: Services, value: number): boolean {
  if ((value & 0xfff) !== 0) return false;
  const host = hostAddress(vm, services, value);
  if (host < 0) return false;
  const page = new Uint8Array(4096);
  for (let n = 0; n < HYPERCALLS; n++) page.set(n === IRET ? [0x0f, 0x0b] : [0xb8, n, 0, 0, 0, 0x0f, 0x01, 0xc1, 0xc3], 32 * n);
  services.root.memory.store(host, page);
  return true;
}

function call(vm: Vm, services: Services): number {
  services.memory.begin(vm);
  try {
    switch (vm.register(EAX)) {
      case XEN_VERSION:
        return vm.register(EBX) === 0 ? VERSION : ENOSYS;
      case CONSOLE_IO:
        return writeConsole(vm, services);
      case SCHED_OP:
        return schedule(vm, services);
      case MEMORY_OP:
        return memoryOp(vm, services);
      default:
        return ENOSYS;
    }
  } catch (thrown) {
    if (thrown instanceof Unfinished) return EFAULT;
    throw thrown;
  }
}

/** CONSOLEIO_write: EBX 0, ECX bytes from EDX. */
function writeConsole(vm: Vm, services: Services): number {
  if (vm.register(EBX) !== 0) return ENOSYS;
  const count = Math.min(vm.register(ECX) >>> 0, MOST_BYTES);
  for (let i = 0; i < count; i++) services.output(vm, services.memory.read((vm.register(EDX) + i) | 0, 1));
  return 0;
}

function schedule(vm: Vm, services: Services): number {
  switch (vm.register(EBX)) {
    case SCHED_YIELD:
      services.yield();
      return 0;
    case SCHED_BLOCK:
      // Blocks with interrupts on, whatever the guest's flag says.
      vm.write('guestRflags', vm.read('guestRflags') | (1 << 9));
      vm.halt(services.root.now());
      return 0;
    case SCHED_SHUTDOWN:
      vm.stop('shutdown', services.memory.read(vm.register(ECX), 4));
      return 0;
    default:
      return ENOSYS;
  }
}

/** struct xen_memory_reservation at ECX: list of frame numbers, their count, order, flags. Gives pages back, or asks for them again. Returns how many. */
function memoryOp(vm: Vm, services: Services): number {
  const { memory, supply } = services;
  const command = vm.register(EBX);
  if (command === CURRENT_RESERVATION) return vm.state.ramPages - vm.state.ballooned;
  if (command === MAXIMUM_RESERVATION) return vm.state.ramPages;
  if (command !== DECREASE_RESERVATION && command !== POPULATE_PHYSMAP) return ENOSYS;
  const list = memory.read(vm.register(ECX), 4);
  const count = memory.read((vm.register(ECX) + 4) | 0, 4) >>> 0;
  if (memory.read((vm.register(ECX) + 8) | 0, 4) !== 0) return EINVAL;
  for (let done = 0; done < Math.min(count, MOST_EXTENTS); done++) {
    const physical = memory.read((list + 4 * done) | 0, 4) * 4096;
    if (!(physical >= 0 && physical < vm.ramSize)) return done;
    if (command === POPULATE_PHYSMAP) {
      if (supply.back(vm, physical, true) < 0) return done;
      vm.state.ballooned = Math.max(0, vm.state.ballooned - 1);
    } else {
      supply.drop(vm, physical);
      vm.state.ballooned++;
    }
  }
  return Math.min(count, MOST_EXTENTS);
}

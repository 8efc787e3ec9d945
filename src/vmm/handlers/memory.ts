/** Exits about memory: a page that is not there yet, one that is shared, a device; and the instructions about caches and translations. */
import { EPT_VIOLATION_FINAL, EPT_VIOLATION_LINEAR_VALID, EPT_VIOLATION_WRITE } from '../../arch/ept.ts';
import { emulate } from '../instruction-emulation.ts';
import { NO_MEMORY } from '../supply.ts';
import { VALID, type Vm } from '../vm.ts';
import type { ExitHandler, Services } from './handler.ts';

const INDIVIDUAL_ADDRESS = 0;

/** An EPT violation: memory is found, and the same instruction runs again; or a device is meant, and the hypervisor does the instruction. */
export const handleEptViolation: ExitHandler = (vm, services) => {
  const qualification = vm.read('exitQualification');
  const physical = vm.read('guestPhysicalAddress') >>> 0;
  const page = services.supply.back(vm, physical, (qualification & EPT_VIOLATION_WRITE) !== 0);
  if (page >= 0) return;
  if (page === NO_MEMORY) services.waitForMemory(vm);
  else touchDevice(vm, services, qualification);
};

function touchDevice(vm: Vm, services: Services, qualification: number): void {
  const isPlain =
    (qualification & (EPT_VIOLATION_LINEAR_VALID | EPT_VIOLATION_FINAL)) === (EPT_VIOLATION_LINEAR_VALID | EPT_VIOLATION_FINAL);
  // A page table in a device, or a stack for an event's frame: no instruction that could be done.
  if (!isPlain || vm.read('idtVectoringInfo') & VALID) {
    vm.stop('emulation', vm.read('guestPhysicalAddress'));
    return;
  }
  const outcome = emulate(vm, services.memory);
  if (outcome === 'memory') services.waitForMemory(vm);
  else if (outcome === 'refuse') vm.stop('emulation', vm.read('guestPhysicalAddress'));
}

/** INVLPG, where somebody asked for its exits. */
export const handleInvlpg: ExitHandler = (vm, services) => {
  services.root.invvpid(INDIVIDUAL_ADDRESS, vm.owner, vm.read('exitQualification'));
  vm.skip();
};

/** INVD and WBINVD: there are no caches. */
export const handleCacheControl: ExitHandler = (vm) => vm.skip();

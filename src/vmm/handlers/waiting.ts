/** Instructions with which a guest says that it has nothing to do. */
import { EFLAGS_IF } from '../../arch/eflags.ts';
import type { ExitHandler } from './handler.ts';

/** HLT: the virtual machine gives the processor away until one of its devices interrupts. With interrupts off nothing ever will: there are no NMIs. */
export const handleHlt: ExitHandler = (vm, services) => {
  vm.skip();
  const isOpen = (vm.read('guestRflags') & EFLAGS_IF) !== 0;
  if (!isOpen) {
    vm.stop('halt');
    return;
  }
  vm.halt(services.root.now());
};

/** PAUSE: a guest that spins lets the next one run. */
export const handlePause: ExitHandler = (vm, services) => {
  vm.skip();
  services.yield();
};

/** What this hypervisor does not give to its guests: the instruction is as on a processor without it. */
import { GP, UD } from '../../arch/exceptions.ts';
import type { ExitHandler } from './handler.ts';

/** VMX instructions: VMX is not in the guest's CPUID. MONITOR and MWAIT likewise. */
export const refuseUndefined: ExitHandler = (vm) => vm.injectException(UD);

/** RDPMC: there are no counters. */
export const refuseProtected: ExitHandler = (vm) => vm.injectException(GP, 0);

import type { ExitReasonKey } from '../../arch/exit-reasons.ts';
import { handleControlRegister, handleDebugRegister } from './control-registers.ts';
import { handleCpuid } from './cpuid.ts';
import { handleException } from './exception.ts';
import { handleEntryFailure, handleTaskSwitch, handleTripleFault, handleUnexpected } from './fatal.ts';
import type { ExitHandler } from './handler.ts';
import { goOn, handleExternalInterrupt } from './interrupts.ts';
import { handleIo } from './io.ts';
import { handleCacheControl, handleEptViolation, handleInvlpg } from './memory.ts';
import { handleRdmsr, handleRdtsc, handleWrmsr } from './msr.ts';
import { refuseProtected, refuseUndefined } from './refused.ts';
import { handleVmcall } from './vmcall.ts';
import { handleHlt, handlePause } from './waiting.ts';

/** What the hypervisor does about each exit reason. A reason of arch/exit-reasons.ts that is missing here does not compile. */
export const HANDLERS: Readonly<Record<ExitReasonKey, ExitHandler>> = {
  exceptionOrNmi: handleException,
  externalInterrupt: handleExternalInterrupt,
  tripleFault: handleTripleFault,
  initSignal: goOn,
  interruptWindow: goOn,
  nmiWindow: handleUnexpected,
  taskSwitch: handleTaskSwitch,
  cpuid: handleCpuid,
  hlt: handleHlt,
  invd: handleCacheControl,
  invlpg: handleInvlpg,
  rdpmc: refuseProtected,
  rdtsc: handleRdtsc,
  vmcall: handleVmcall,
  vmclear: refuseUndefined,
  vmlaunch: refuseUndefined,
  vmptrld: refuseUndefined,
  vmptrst: refuseUndefined,
  vmread: refuseUndefined,
  vmresume: refuseUndefined,
  vmwrite: refuseUndefined,
  vmxoff: refuseUndefined,
  vmxon: refuseUndefined,
  controlRegisterAccesses: handleControlRegister,
  movDr: handleDebugRegister,
  ioInstruction: handleIo,
  rdmsr: handleRdmsr,
  wrmsr: handleWrmsr,
  entryFailureGuestState: handleEntryFailure,
  entryFailureMsrLoading: handleEntryFailure,
  mwait: refuseUndefined,
  monitorTrapFlag: goOn,
  monitor: refuseUndefined,
  pause: handlePause,
  gdtrIdtrAccess: handleUnexpected,
  ldtrTrAccess: handleUnexpected,
  eptViolation: handleEptViolation,
  eptMisconfiguration: handleUnexpected,
  invept: refuseUndefined,
  preemptionTimer: goOn,
  invvpid: refuseUndefined,
  wbinvd: handleCacheControl,
};

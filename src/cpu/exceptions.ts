/** What becomes of an instruction that did not finish: exceptions, double faults, shutdown, EPT faults, VM exits. SDM vol. 3, "Interrupt 8-Double Fault
 *  Exception (#DF)". */
import { ACTIVITY, CR2, DR6, DR7, EFLAGS, EIP, NON_ROOT } from '../arch/cpu-state.ts';
import { EFLAGS_RF } from '../arch/eflags.ts';
import { combine, DB, DF, HAS_ERROR_CODE, PF_VECTOR } from '../arch/exceptions.ts';
import { DR7_GD } from '../arch/registers.ts';
import { eptFault, fault, vmExitTaken } from '../memory/fault.ts';
import { TRACE_KIND } from '../trace/schema.ts';
import type { Cpu } from './cpu.ts';
import { NEW_SHADOW } from './derived.ts';
import { deliver } from './interrupts.ts';
import { type EventInfo, HARDWARE_EXCEPTION } from './ports.ts';

const SHUTDOWN = 2;

/** Deals with what an instruction or the delivery of an event threw. Anything that is neither a guest's fault nor a VM exit is a bug of ours and goes on up. */
export function unwind(cpu: Cpu, thrown: unknown): void {
  cpu.words[NEW_SHADOW] = 0;
  // A fault while delivering leads to another event or an exit: at most fault, fault, #DF, shutdown.
  for (let next = thrown; ; ) {
    try {
      dispatch(cpu, next);
      return;
    } catch (again) {
      next = again;
    }
  }
}

function dispatch(cpu: Cpu, thrown: unknown): void {
  if (thrown === fault) takeException(cpu, fault.vector, fault.errorCode);
  else if (thrown === eptFault) {
    if (!cpu.delivering.valid) cpu.words[EFLAGS] |= EFLAGS_RF;
    cpu.vmx?.eptExit();
  } else if (thrown === vmExitTaken) {
    cpu.delivering.valid = false;
    cpu.hasIretUnblockedNmi = false;
    cpu.isMonitorTrapDue = false;
    cpu.dropWindow();
  } else throw thrown;
}

/** An exception of the instruction at EIP, or of the delivery of another event. */
function takeException(cpu: Cpu, vector: number, errorCode: number): void {
  const event = {
    valid: true,
    vector,
    type: HARDWARE_EXCEPTION,
    hasErrorCode: ((HAS_ERROR_CODE >> vector) & 1) !== 0,
    errorCode,
    length: 0,
  };
  // Fault-class exceptions other than #DB save RF = 1. SDM vol. 3, "Instruction-Breakpoint Exception Condition".
  if (vector !== DB) cpu.words[EFLAGS] |= EFLAGS_RF;
  mayExit(cpu, event);
  const { delivering } = cpu;
  const meeting = delivering.valid && delivering.type === HARDWARE_EXCEPTION ? combine(delivering.vector, vector) : 'serial';
  if (meeting === 'shutdown') {
    shutDown(cpu);
    return;
  }
  if (vector === PF_VECTOR) cpu.words[CR2] = fault.linear;
  if (vector === DB) reportDebug(cpu, cpu.debugBits);
  if (meeting === 'double fault') {
    event.vector = DF;
    event.hasErrorCode = true;
    event.errorCode = 0;
    // An exit that #DF itself causes does not count as one during the delivery of the first event.
    delivering.valid = false;
    mayExit(cpu, event);
  }
  deliver(cpu, event);
}

/** Trap-class #DB at an instruction boundary; `bits` as for DR6. */
export function takeDebugTrap(cpu: Cpu, bits: number): void {
  cpu.debugBits = bits;
  const event = { valid: true, vector: DB, type: HARDWARE_EXCEPTION, hasErrorCode: false, errorCode: 0, length: 0 };
  mayExit(cpu, event);
  reportDebug(cpu, bits);
  deliver(cpu, event);
}

function reportDebug(cpu: Cpu, bits: number): void {
  cpu.words[DR6] |= bits;
  cpu.words[DR7] &= ~DR7_GD;
}

/** Asks the exception bitmap. */
function mayExit(cpu: Cpu, event: EventInfo): void {
  if (cpu.words[NON_ROOT] === 0) return;
  cpu.vmx?.exceptionExit(event, event.vector === PF_VECTOR ? fault.linear : 0, event.vector === DB ? cpu.debugBits : 0);
}

/** Triple fault: the processor stops until it is reset. SDM vol. 3, "Shutdown". */
function shutDown(cpu: Cpu): void {
  cpu.delivering.valid = false;
  cpu.hasIretUnblockedNmi = false;
  if (cpu.words[NON_ROOT] !== 0) cpu.vmx?.tripleFaultExit();
  cpu.words[ACTIVITY] = SHUTDOWN;
  cpu.trace.emit(TRACE_KIND.shutdown, cpu.words[EIP]);
}

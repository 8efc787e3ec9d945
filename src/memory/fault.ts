/** Faults unwind by `throw`, each kind one preallocated object: thrown only in memory, cpu and vmx, caught only by the interpreter's step. */

/** An exception of the guest's own. Filled by `raise`. */
export class Fault {
  vector = 0;
  /** Meaningful where the vector has an error code. */
  errorCode = 0;
  /** Faulting linear address of #PF, which delivery puts into CR2. */
  linear = 0;
}

/** An access that the EPT refused: the processor leaves the guest with reason 48 or 49. */
export class EptFault {
  /** True: misconfiguration (49). False: violation (48). */
  misconfiguration = false;
  /** Exit qualification as in SDM vol. 3, "Exit Qualification for EPT Violations"; bit 12 (NMI unblocking) is added at the exit. */
  qualification = 0;
  /** Guest-linear address, where bit 7 of the qualification says it is valid. */
  linear = 0;
  /** Guest-physical address (below 4 GiB: the guest's paging is 32-bit). */
  physical = 0;
}

/** Thrown once a VM exit has loaded the host's state: nothing of the guest's instruction may run on. */
export class VmExitTaken {}

export const fault = new Fault();
export const eptFault = new EptFault();
export const vmExitTaken = new VmExitTaken();

/** Throws exception `vector` with `errorCode` (0 where the vector has none). */
export function raise(vector: number, errorCode = 0): never {
  fault.vector = vector;
  fault.errorCode = errorCode;
  throw fault;
}

/** Throws #PF at `linear` with the error code of SDM vol. 3, "Page-Fault Exceptions". */
export function raisePageFault(linear: number, errorCode: number): never {
  fault.linear = linear;
  raise(14, errorCode);
}

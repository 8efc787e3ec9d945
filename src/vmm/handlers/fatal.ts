/** Exits after which the virtual machine cannot go on. Only it stops. */
import type { ExitHandler } from './handler.ts';

/** A triple fault: on a PC the reset line would be pulled; here it stands still, so that it can be looked at. */
export const handleTripleFault: ExitHandler = (vm) => vm.stop('tripleFault');

/** The processor refused the guest's state; the qualification says which kind. */
export const handleEntryFailure: ExitHandler = (vm) => vm.stop('entry', vm.read('exitQualification'));

/** Hardware task switches always exit, and it would be for the hypervisor to do them. This one does not: no system of today uses them. */
export const handleTaskSwitch: ExitHandler = (vm) => vm.stop('taskSwitch', vm.read('exitQualification'));

/** An exit that this hypervisor never asks for. */
export const handleUnexpected: ExitHandler = (vm) => vm.stop('exit', vm.read('exitReason') & 0xffff);

import { UD } from '../../arch/exceptions.ts';
import { faceOf } from '../faces/index.ts';
import type { ExitHandler } from './handler.ts';

/** VMCALL: a hypercall of the face; without one #UD. */
export const handleVmcall: ExitHandler = (vm, services) => {
  if (faceOf(vm.face)?.hypercall(vm, services) === true) vm.skip();
  else vm.injectException(UD);
};

import { CR2, DR6, EAX, EDX } from '../../arch/cpu-state.ts';
import { DB, GP, PF_VECTOR } from '../../arch/exceptions.ts';
import { NMI } from '../../cpu/ports.ts';
import { BACKDOOR_MAGIC, BACKDOOR_PORT, backdoor } from '../faces/vmware.ts';
import { Unfinished } from '../guest-memory.ts';
import { fetchInsn, guestWords } from '../instruction-emulation.ts';
import type { Vm } from '../vm.ts';
import type { ExitHandler, Services } from './handler.ts';

/** IN EAX, DX. */
const IN_EAX_DX = 0xed;

/** An exception of the guest that was intercepted goes to the guest after all, but for a call through VMware's backdoor from a program without port rights. An
 *  NMI was the host's. */
export const handleException: ExitHandler = (vm, services) => {
  const info = vm.read('exitInterruptionInfo');
  if (((info >>> 8) & 7) === NMI) return;
  const vector = info & 0xff;
  if (vector === GP && isBackdoor(vm, services)) {
    vm.write('exitInstructionLength', 1);
    backdoor(vm, services);
    vm.skip();
    return;
  }
  const qualification = vm.read('exitQualification');
  if (vector === PF_VECTOR) vm.setRegister(CR2, qualification);
  if (vector === DB) vm.setRegister(DR6, vm.register(DR6) | qualification);
  vm.injectException(vector, vm.read('exitInterruptionErrorCode'));
};

function isBackdoor(vm: Vm, services: Services): boolean {
  if (vm.face !== 'vmware' || vm.register(EAX) !== BACKDOOR_MAGIC || (vm.register(EDX) & 0xffff) !== BACKDOOR_PORT) return false;
  services.memory.begin(vm);
  try {
    const insn = fetchInsn(guestWords(vm), services.memory);
    return insn.opcode === IN_EAX_DX && insn.length === 1;
  } catch (thrown) {
    if (thrown instanceof Unfinished) return false;
    throw thrown;
  }
}

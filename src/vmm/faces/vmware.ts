/** VMware as a guest meets it: the signature, and the backdoor: IN EAX, DX with a magic number in EAX and 5658H in DX is no input but a call. It works at any
 *  privilege level; elsewhere the port reads all ones. VMware knowledge base, "Mechanisms to determine if software is running in a VMware virtual machine";
 *  open-vm-tools, backdoor_def.h. */
import { EAX, EBX, ECX, EDX } from '../../arch/cpu-state.ts';
import type { Services } from '../handlers/handler.ts';
import type { Vm } from '../vm.ts';
import { type Face, scaled, signatureLeaf, wide } from './face.ts';

export const BACKDOOR_PORT = 0x5658;
export const BACKDOOR_MAGIC = 0x564d5868;

const GET_MHZ = 1;
const GET_VERSION = 10;
const GET_MEMORY_SIZE = 20;
const GET_TIME = 23;
const GET_HZ = 45;
const VERSION = 6;
/** Products: 1 Express, 2 ESX, 3 GSX, 4 Workstation. */
const WORKSTATION = 4;
const MICROSECONDS = 1_000_000;
const KHZ = 1000;
const MIB_PAGES = 256;

export const VMWARE: Face = {
  title: 'VMware',
  signature: 'VMwareVMware',
  leaf: (_vm, { ticksPerSecond }, number) => {
    if (number === 0) return signatureLeaf(VMWARE.signature, 0x40000010);
    // EAX: TSC frequency in kHz; EBX: that of the APIC bus, which there is none of.
    return number === 0x10 ? [Math.floor(ticksPerSecond / KHZ), 0, 0, 0] : null;
  },
  readMsr: () => null,
  writeMsr: () => false,
  hypercall: () => false,
};

/** A call through the backdoor: the command is CX. Unknown ones give all ones. */
export function backdoor(vm: Vm, { ticksPerSecond, startSeconds, root }: Services): void {
  const set = (values: readonly (readonly [word: number, value: number])[]): void => {
    for (const [word, value] of values) vm.setRegister(word, value);
  };
  switch (vm.register(ECX) & 0xffff) {
    case GET_VERSION:
      set([
        [EAX, VERSION],
        [EBX, BACKDOOR_MAGIC],
        [ECX, WORKSTATION],
      ]);
      return;
    case GET_MEMORY_SIZE:
      set([[EAX, Math.floor(vm.state.ramPages / MIB_PAGES)]]);
      return;
    case GET_MHZ:
      set([[EAX, Math.floor(ticksPerSecond / MICROSECONDS)]]);
      return;
    case GET_HZ:
      set([
        [EAX, wide(ticksPerSecond)[0]],
        [EBX, wide(ticksPerSecond)[1]],
        [ECX, 0],
      ]);
      return;
    case GET_TIME: {
      const now = scaled(root.now(), MICROSECONDS, ticksPerSecond);
      // Seconds, microseconds, largest lag in microseconds, minutes west of Greenwich.
      set([
        [EAX, startSeconds + Math.floor(now / MICROSECONDS)],
        [EBX, now % MICROSECONDS],
        [ECX, MICROSECONDS],
        [EDX, 0],
      ]);
      return;
    }
    default:
      set([[EAX, -1]]);
  }
}

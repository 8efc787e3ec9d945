/** Port input and output: every port of a virtual machine is a device of its own, or nothing. SDM vol. 3, "Exit Qualification for I/O Instructions". */
import { EAX, ECX, EDI, ESI } from '../../arch/cpu-state.ts';
import { EFLAGS_DF } from '../../arch/eflags.ts';
import type { VmcsFieldKey } from '../../arch/vmcs-fields.ts';
import { BACKDOOR_MAGIC, BACKDOOR_PORT, backdoor } from '../faces/vmware.ts';
import { Unfinished } from '../guest-memory.ts';
import { giveUp } from '../instruction-emulation.ts';
import type { Vm } from '../vm.ts';
import type { ExitHandler, Services } from './handler.ts';

const IS_IN = 1 << 3;
const IS_STRING = 1 << 4;
const IS_REPEATED = 1 << 5;
/** Iterations of INS and OUTS in one VM exit. */
const MOST_ITERATIONS = 64;
const SEGMENTS = ['Es', 'Cs', 'Ss', 'Ds', 'Fs', 'Gs'] as const;

export const handleIo: ExitHandler = (vm, services) => {
  const qualification = vm.read('exitQualification');
  const port = (qualification >>> 16) & 0xffff;
  const size = (qualification & 7) + 1;
  if (qualification & IS_STRING) {
    repeat(vm, services, { qualification, port, size });
    return;
  }
  if (qualification & IS_IN) {
    if (port === BACKDOOR_PORT && size === 4 && vm.face === 'vmware' && vm.register(EAX) === BACKDOOR_MAGIC) backdoor(vm, services);
    else setAccumulator(vm, size, input(vm, port, size));
  } else output(vm, port, size, vm.register(EAX));
  vm.skip();
};

function input(vm: Vm, port: number, size: number): number {
  vm.state.portBytesIn += size;
  return vm.devices.ports.read(port, size) | 0;
}

function output(vm: Vm, port: number, size: number, value: number): void {
  vm.state.portBytesOut += size;
  vm.devices.ports.write(port, size, size === 4 ? value >>> 0 : value & (2 ** (8 * size) - 1));
}

function setAccumulator(vm: Vm, size: number, value: number): void {
  const mask = size === 4 ? -1 : 2 ** (8 * size) - 1;
  vm.setRegister(EAX, (vm.register(EAX) & ~mask) | (value & mask));
}

interface StringAccess {
  readonly qualification: number;
  readonly port: number;
  readonly size: number;
}

/** INS and OUTS: some iterations in one exit. Address size and segment are in the instruction information, the rest in registers. */
function repeat(vm: Vm, services: Services, access: StringAccess): void {
  const { qualification } = access;
  const isRepeated = (qualification & IS_REPEATED) !== 0;
  const mask = (vm.read('exitInstructionInfo') >>> 7) & 7 ? -1 : 0xffff;
  services.memory.begin(vm);
  try {
    for (let i = 0; i < MOST_ITERATIONS; i++) {
      if (isRepeated && (vm.register(ECX) & mask) === 0) break;
      iterate(vm, services, access, mask);
      if (!isRepeated) break;
      setMasked(vm, ECX, vm.register(ECX) - 1, mask);
    }
    if (!isRepeated || (vm.register(ECX) & mask) === 0) vm.skip();
  } catch (thrown) {
    if (!(thrown instanceof Unfinished)) throw thrown;
    const outcome = giveUp(vm, thrown);
    if (outcome === 'memory') services.waitForMemory(vm);
    else if (outcome === 'refuse') vm.stop('emulation', vm.read('guestRip'));
  }
}

/** One iteration. INS makes sure of its destination before the port is read. */
function iterate(vm: Vm, { memory }: Services, { qualification, port, size }: StringAccess, mask: number): void {
  const isIn = (qualification & IS_IN) !== 0;
  const index = isIn ? EDI : ESI;
  const segment = isIn ? 0 : (vm.read('exitInstructionInfo') >>> 15) & 7;
  const base = vm.read(`guest${SEGMENTS[segment] ?? 'Ds'}Base` as VmcsFieldKey);
  const linear = (base + (vm.register(index) & mask)) | 0;
  if (isIn) {
    memory.checkWrite(linear, size);
    memory.write(linear, size, input(vm, port, size));
  } else output(vm, port, size, memory.read(linear, size));
  setMasked(vm, index, vm.register(index) + (vm.read('guestRflags') & EFLAGS_DF ? -size : size), mask);
}

function setMasked(vm: Vm, word: number, value: number, mask: number): void {
  vm.setRegister(word, (vm.register(word) & ~mask) | (value & mask));
}

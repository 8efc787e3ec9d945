/** Control and debug registers: the accesses that touch what the hypervisor owns. SDM vol. 3, "Exit Qualification for Control-Register Accesses". */
import { DR0, DR6 } from '../../arch/cpu-state.ts';
import { GP } from '../../arch/exceptions.ts';
import { CR0_CD, CR0_DEFINED, CR0_ET, CR0_NW, CR0_PE, CR0_PG, CR0_TS, CR4_DEFINED, CR4_VMXE } from '../../arch/paging.ts';
import { DR6_FIXED, DR6_WRITABLE, DR7_FIXED, DR7_WRITABLE } from '../../arch/registers.ts';
import { ESP } from '../../arch/cpu-state.ts';
import type { Vm } from '../vm.ts';
import { CR0_OWNED, writeCr0, writeCr4 } from '../vmcs-setup.ts';
import type { ExitHandler, Services } from './handler.ts';

const MOV_TO = 0;
const MOV_FROM = 1;
const CLTS = 2;
const SINGLE_CONTEXT = 1;

/** MOV to CR0 or CR4, CLTS, LMSW; MOV to or from CR3 only if somebody asked for those exits. */
export const handleControlRegister: ExitHandler = (vm, services) => {
  const qualification = vm.read('exitQualification');
  const register = qualification & 0xf;
  const access = (qualification >>> 4) & 3;
  const general = (qualification >>> 8) & 0xf;
  const isDone =
    access === MOV_TO
      ? load(vm, services, register, readGeneral(vm, general))
      : access === MOV_FROM
        ? store(vm, general)
        : loadCr0(vm, services, access === CLTS ? guestCr0(vm) & ~CR0_TS : machineStatus(vm, qualification >>> 16));
  if (isDone) vm.skip();
  else vm.injectException(GP);
};

/** CR0 as the guest believes it to be: its own bits, and the read shadow for those of the hypervisor. */
export function guestCr0(vm: Vm): number {
  return (vm.read('guestCr0') & ~CR0_OWNED) | (vm.read('cr0ReadShadow') & CR0_OWNED);
}

/** LMSW writes MP, EM and TS, and can set PE but not clear it. */
function machineStatus(vm: Vm, source: number): number {
  const cr0 = guestCr0(vm);
  return (cr0 & ~0xe) | (source & 0xf) | (cr0 & CR0_PE);
}

function load(vm: Vm, services: Services, register: number, value: number): boolean {
  if (register === 0) return loadCr0(vm, services, value);
  if (register === 3) {
    vm.write('guestCr3', value);
    flush(vm, services);
    return true;
  }
  // VMX is not the guest's.
  if (value & (~CR4_DEFINED | CR4_VMXE)) return false;
  writeCr4(vm, value);
  flush(vm, services);
  return true;
}

function loadCr0(vm: Vm, services: Services, value: number): boolean {
  const next = (value & CR0_DEFINED) | CR0_ET;
  if (next & CR0_PG && (next & CR0_PE) === 0) return false;
  if (next & CR0_NW && (next & CR0_CD) === 0) return false;
  const changed = next ^ guestCr0(vm);
  writeCr0(vm, next);
  if (changed & (CR0_PG | CR0_PE)) flush(vm, services);
  return true;
}

/** What MOV to a control register invalidates, the hypervisor invalidates for it, and more. */
function flush(vm: Vm, { root }: Services): void {
  root.invvpid(SINGLE_CONTEXT, vm.owner);
}

function store(vm: Vm, general: number): boolean {
  writeGeneral(vm, general, vm.read('guestCr3'));
  return true;
}

function readGeneral(vm: Vm, n: number): number {
  return n === ESP ? vm.read('guestRsp') : vm.register(n);
}
function writeGeneral(vm: Vm, n: number, value: number): void {
  if (n === ESP) vm.write('guestRsp', value);
  else vm.setRegister(n, value);
}

/** MOV DR: the registers are switched with the virtual machine, so whatever it wants is done. Numbers 4 and 5 are 6 and 7. */
export const handleDebugRegister: ExitHandler = (vm) => {
  const qualification = vm.read('exitQualification');
  const number = qualification & 7;
  const general = (qualification >>> 8) & 0xf;
  const register = number === 4 || number === 5 ? number + 2 : number;
  if (qualification & (1 << 4)) writeGeneral(vm, general, readDebug(vm, register));
  else writeDebug(vm, register, readGeneral(vm, general));
  vm.skip();
};

function readDebug(vm: Vm, register: number): number {
  return register === 7 ? vm.read('guestDr7') : vm.register(register === 6 ? DR6 : DR0 + register);
}
function writeDebug(vm: Vm, register: number, value: number): void {
  if (register === 7) vm.write('guestDr7', (value & DR7_WRITABLE) | DR7_FIXED);
  else if (register === 6) vm.setRegister(DR6, (value & DR6_WRITABLE) | DR6_FIXED);
  else vm.setRegister(DR0 + register, value);
}

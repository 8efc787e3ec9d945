/** VT-x and what came with it. In non-root operation each exits before the privilege check; in root operation the functions of vmx/ follow the manual's
 *  steps. The status flags tell the outcome: all clear, CF (VMfailInvalid) or ZF (VMfailValid). SDM vol. 3, "VMX Instruction Reference". */
import { def, type Row } from '../define.ts';

// biome-ignore format: a table
export const VMX: readonly Row[] = [
  def('VMXON', {
    title: 'VMXON—Enter VMX Operation', operation: 'enter VMX root operation with the VMXON region at physical [SRC]',
    forms: { 'F3 0F C7 /6': 'Mq' }, size: 32, protectedOnly: true, exits: 27, exitFirst: true, ends: true, writes: 'OSZAPC',
    run: (s, pointer) => s.system('vmxon', pointer), // outside VMX operation #UD by CR4.VMXE precedes #GP by CPL
  }),
  def('VMXOFF', {
    title: 'VMXOFF—Leave VMX Operation', operation: 'leave VMX operation',
    forms: { 'NP 0F 01 C4': '' }, size: 32, protectedOnly: true, vmxOnly: true, exits: 26, exitFirst: true, cpl: 0, ends: true, writes: 'OSZAPC',
    run: (s) => s.system('vmxoff'),
  }),
  def('VMCLEAR', {
    title: 'VMCLEAR—Clear Virtual-Machine Control Structure', operation: 'launch state of the VMCS at physical [SRC] <- clear',
    forms: { '66 0F C7 /6': 'Mq' }, size: 32, protectedOnly: true, vmxOnly: true, exits: 19, exitFirst: true, cpl: 0, ends: true, writes: 'OSZAPC',
    run: (s, pointer) => s.system('vmclear', pointer),
  }),
  def('VMPTRLD', {
    title: 'VMPTRLD—Load Pointer to Virtual-Machine Control Structure', operation: 'current-VMCS pointer <- [SRC]',
    forms: { 'NP 0F C7 /6': 'Mq' }, size: 32, protectedOnly: true, vmxOnly: true, exits: 21, exitFirst: true, cpl: 0, ends: true, writes: 'OSZAPC',
    run: (s, pointer) => s.system('vmptrld', pointer),
  }),
  def('VMPTRST', {
    title: 'VMPTRST—Store Pointer to Virtual-Machine Control Structure', operation: '[DEST] <- current-VMCS pointer',
    forms: { 'NP 0F C7 /7': 'Mq' }, size: 32, protectedOnly: true, vmxOnly: true, exits: 22, exitFirst: true, cpl: 0, ends: true, writes: 'OSZAPC',
    run: (s, pointer) => s.system('vmptrst', pointer),
  }),
  def('VMREAD', {
    title: 'VMREAD—Read Field from Virtual-Machine Control Structure', operation: 'DEST <- VMCS field whose encoding is SRC',
    forms: { 'NP 0F 78': 'Ed, Gd' }, size: 32, protectedOnly: true, vmxOnly: true, exits: 23, exitFirst: true, cpl: 0, ends: true, writes: 'OSZAPC',
    run: (s, dst, field) => s.system('vmread', dst, field),
  }),
  def('VMWRITE', {
    title: 'VMWRITE—Write Field to Virtual-Machine Control Structure', operation: 'VMCS field whose encoding is SRC1 <- SRC2',
    forms: { 'NP 0F 79': 'Gd, Ed' }, size: 32, protectedOnly: true, vmxOnly: true, exits: 25, exitFirst: true, cpl: 0, ends: true, writes: 'OSZAPC',
    run: (s, field, src) => s.system('vmwrite', field, src),
  }),
  def('VMLAUNCH', {
    title: 'VMLAUNCH/VMRESUME—Launch/Resume Virtual Machine', operation: 'VM entry; launch state <- launched',
    forms: { 'NP 0F 01 C2': '' }, size: 32, protectedOnly: true, vmxOnly: true, exits: 20, exitFirst: true, cpl: 0, ends: true, writes: 'OSZAPC',
    run: (s) => s.system('vmlaunch'),
  }),
  def('VMRESUME', {
    title: 'VMLAUNCH/VMRESUME—Launch/Resume Virtual Machine', operation: 'VM entry',
    forms: { 'NP 0F 01 C3': '' }, size: 32, protectedOnly: true, vmxOnly: true, exits: 24, exitFirst: true, cpl: 0, ends: true, writes: 'OSZAPC',
    run: (s) => s.system('vmresume'),
  }),
  // The only one that a guest in real mode may use.
  def('VMCALL', {
    title: 'VMCALL—Call to VM Monitor', operation: 'VM exit',
    forms: { 'NP 0F 01 C1': '' }, size: 32, vmxOnly: true, exits: 18, exitFirst: true, cpl: 0, ends: true, writes: 'OSZAPC',
    run: (s) => s.system('vmcall'),
  }),
  def('VMFUNC', {
    title: 'VMFUNC—Invoke VM function', operation: '#UD: no VM function is enabled',
    forms: { 'NP 0F 01 D4': '' }, size: 32, ends: true,
    run: (s) => s.system('vmfunc'),
  }),
  def('INVEPT', {
    title: 'INVEPT—Invalidate Translations Derived from EPT', operation: 'Flush(EPT mappings that type SRC1 and descriptor [SRC2] name)',
    forms: { '66 0F 38 80': 'Gd, M' }, size: 32, protectedOnly: true, vmxOnly: true, exits: 50, exitFirst: true, cpl: 0, ends: true, writes: 'OSZAPC',
    run: (s, type, descriptor) => s.system('invept', type, descriptor),
  }),
  def('INVVPID', {
    title: 'INVVPID—Invalidate Translations Based on VPID', operation: 'Flush(linear mappings that type SRC1 and descriptor [SRC2] name)',
    forms: { '66 0F 38 81': 'Gd, M' }, size: 32, protectedOnly: true, vmxOnly: true, exits: 53, exitFirst: true, cpl: 0, ends: true, writes: 'OSZAPC',
    run: (s, type, descriptor) => s.system('invvpid', type, descriptor),
  }),
  // Not claimed by CPUID: #UD comes before their exits.
  def('GETSEC', {
    title: 'Safer Mode Extensions Reference', operation: '#UD: CR4.SMXE cannot be set',
    forms: { 'NP 0F 37': '' }, size: 32, ends: true,
    run: (s) => s.system('getsec'),
  }),
  def('XSETBV', {
    title: 'XSETBV—Set Extended Control Register', operation: '#UD: CR4.OSXSAVE cannot be set',
    forms: { 'NP 0F 01 D1': '' }, size: 32, ends: true,
    run: (s) => s.system('xsetbv'),
  }),
];

/** Programs that the benchmark runs for ever. */

export const SPIN = `
    bits 32
    org 0x10000
again:
    inc eax
    xor ebx, eax
    jmp again
`;

/** Every page of 8 MiB is dirty at every snapshot. */
export const WRITER = `
    bits 32
    org 0x10000
start:
    mov edi, 0x200000
next:
    mov [edi], eax
    inc eax
    add edi, 64
    cmp edi, 0xA00000
    jb  next
    jmp start
`;

/** CPUID in a guest, for ever. */
export const EXIT_LOOP = `
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"
start:
    call enter_vmx
    call host_state
    call guest_state
    vmset GUEST_RIP, guest
    vmlaunch
    jmp  entry_failed
on_exit:
    mov  edx, GUEST_RIP
    vmread eax, edx
    add  eax, 2
    vmwrite edx, eax
    vmresume
    jmp  entry_failed
guest:
    cpuid
    jmp  guest
`;

; The first VM exit: into a guest with VMLAUNCH, out of it with CPUID, and back in.
; CPUID always exits. The hypervisor answers it with a name of its own, moves the guest's EIP
; behind the instruction and resumes.
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"

start:
    call enter_vmx              ; paging on, VMXON, a current VMCS
    call host_state
    call guest_state
    vmset GUEST_RIP, guest
    say  "root: VMLAUNCH", 10
    vmlaunch
    jmp  entry_failed           ; VMLAUNCH returns only if it failed

; A VM exit comes back here: host state loaded, general registers still the guest's.
on_exit:
    push edx
    push eax
    vmget eax, EXIT_REASON
    cmp  eax, EXIT_CPUID
    je   .cpuid
    say  "root: exit reason "
    call print_number
    say  ", the guest has halted", 10
    vmxoff
    jmp  stop
.cpuid:
    pop  eax
    pop  edx
    say  "root: exit 10, CPUID", 10
    mov  eax, 0
    mov  ebx, "Glas"
    mov  edx, "svis"
    mov  ecx, "or  "
    call skip_instruction
    vmresume
    jmp  entry_failed

; Non-root operation -----------------------------------------------------------------------------
guest:
    say  "guest: who is the processor? "
    mov  eax, 0
    cpuid                       ; VM exit
    mov  [vendor], ebx
    mov  [vendor + 4], edx
    mov  [vendor + 8], ecx
    mov  esi, vendor
    mov  ecx, 12
.letter:
    lodsb
    out  0xE9, al
    loop .letter
    say  10
    hlt                         ; VM exit, as the control HLT exiting is 1

vendor: times 12 db 0

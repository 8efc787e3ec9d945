; CR shadowing: a guest that believes what it reads.
; Guest/host masks give each bit of CR0 and CR4 an owner. Bits of the host's read from a shadow,
; and a write that would change what the guest sees there exits. So this guest turns VMXE on and
; off again, then caching off, and reads back just what it wrote, while the bits of the real
; registers stay as they were.
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"

CR0_CD   equ 1 << 30
CR0_MP   equ 1 << 1
CR4_VMXE equ 1 << 13

start:
    call enter_vmx
    call host_state
    call guest_state
    vmset GUEST_RIP, guest
    vmset CR4_GUEST_HOST_MASK, CR4_VMXE
    vmset CR4_READ_SHADOW, 0            ; the guest does not see VMXE, which must be 1
    vmset CR0_GUEST_HOST_MASK, CR0_CD
    vmset CR0_READ_SHADOW, 0
    vmlaunch
    jmp  entry_failed

on_exit:
    pushad
    vmget eax, EXIT_REASON
    cmp  eax, EXIT_CR_ACCESS
    jne  stop
    vmget ecx, EXIT_QUALIFICATION
    and  ecx, 15                        ; bits 3:0: which register
    say  "root: the guest writes CR"
    mov  eax, ecx
    call print_number
    say  10
    mov  eax, [esp + 28]                ; it always writes from EAX here
    mov  edx, CR0_READ_SHADOW
    test ecx, ecx
    jz   .shadow
    mov  edx, CR4_READ_SHADOW
.shadow:
    vmwrite edx, eax                    ; let it see what it wrote
    popad
    call skip_instruction
    vmresume
    jmp  entry_failed

; Non-root operation -----------------------------------------------------------------------------
guest:
    mov  eax, cr4
    call show4
    or   eax, CR4_VMXE                  ; differs from the shadow: exit
    mov  cr4, eax
    mov  eax, cr4
    call show4
    and  eax, ~CR4_VMXE
    mov  cr4, eax                       ; exit
    mov  eax, cr4
    call show4

    mov  eax, cr0
    or   eax, CR0_MP                    ; the guest's own bit: no exit
    mov  cr0, eax
    or   eax, CR0_CD                    ; the host's: exit
    mov  cr0, eax
    mov  eax, cr0
    test eax, CR0_CD
    jz   .hidden
    say  "guest: caching is off, says CR0", 10
.hidden:
    hlt

show4:
    test eax, CR4_VMXE
    jnz  .set
    say  "guest: CR4.VMXE reads 0", 10
    ret
.set:
    say  "guest: CR4.VMXE reads 1", 10
    ret

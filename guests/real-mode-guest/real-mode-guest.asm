; An unrestricted guest: real mode inside a virtual machine.
; The control "unrestricted guest" lets CR0.PE and CR0.PG be 0 in non-root operation: 16-bit
; segments, and an interrupt table at 0. It needs EPT: without paging, nothing else stands
; between guest and host memory.
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"
%include "ept.inc"

GUEST_SEGMENT equ 0x2000        ; paragraph: the guest's code is copied to 0x20000

start:
    call enter_vmx
    call host_state
    call guest_state
    call ept_identity
    call ept_enable
    vmcontrols SECONDARY_CONTROLS, IA32_VMX_SECONDARY, ENABLE_EPT | UNRESTRICTED_GUEST

    mov  esi, guest
    mov  edi, GUEST_SEGMENT * 16
    mov  ecx, guest_end - guest
    rep movsb

    ; Real mode: PE = PG = 0, and six segments with base = 16 * selector, limit 0xFFFF, 16 bits.
    mov  eax, cr0
    and  eax, ~(1 << 31 | 1)
    mov  edx, GUEST_CR0
    vmwrite edx, eax
    mov  ecx, 6
    xor  ebx, ebx
.segment:
    lea  edx, [GUEST_ES_SELECTOR + ebx]
    mov  eax, GUEST_SEGMENT
    vmwrite edx, eax
    lea  edx, [GUEST_ES_BASE + ebx]
    mov  eax, GUEST_SEGMENT * 16
    vmwrite edx, eax
    lea  edx, [GUEST_ES_LIMIT + ebx]
    mov  eax, 0xFFFF
    vmwrite edx, eax
    lea  edx, [GUEST_ES_RIGHTS + ebx]
    mov  eax, 0x93              ; present, writable data, accessed
    vmwrite edx, eax
    add  ebx, 2
    loop .segment
    vmset GUEST_CS_RIGHTS, 0x9B
    vmset GUEST_RIP, 0
    vmset GUEST_RSP, 0xFFF0
    vmset GUEST_IDTR_LIMIT, 0x3FF
    vmlaunch
    jmp  entry_failed

on_exit:
    vmget eax, EXIT_REASON
    say  "root: the guest left with exit "
    call print_number
    say  10
    jmp  stop

; Non-root operation -----------------------------------------------------------------------------
guest:
    bits 16
    xor  ax, ax
    mov  ds, ax
    mov  word [0x21 * 4], service - guest               ; vector 0x21: offset, segment
    mov  word [0x21 * 4 + 2], cs
    mov  ax, cs
    mov  ds, ax
    mov  si, text - guest
    int  0x21
    hlt

service:                        ; prints DS:SI
    lodsb
    test al, al
    jz   .done
    out  0xE9, al
    jmp  service
.done:
    iret

text: db "guest: real mode, INT 21h through the table at 0", 10, 0
guest_end:

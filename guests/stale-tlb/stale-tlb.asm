; VPID and a stale TLB entry: translations that outlive VM exits, until INVVPID.
; With VPID the processor tags what it caches and flushes nothing at exits and entries. So when
; the hypervisor moves a guest page to another frame behind the guest's back, the guest goes on
; reading the old frame. INVVPID ends that.
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"

GUEST_DIRECTORY equ 0x8A000     ; the guest's own page directory
GUEST_TABLE     equ 0x8B000
WINDOW          equ 0x00400000  ; the page that moves
OLD_FRAME       equ 0x200000
NEW_FRAME       equ 0x201000

start:
    call enter_vmx
    call host_state
    call guest_state
    vmset GUEST_RIP, guest

    mov  dword [OLD_FRAME], 'old '
    mov  dword [NEW_FRAME], 'new '
    mov  dword [GUEST_DIRECTORY], 0x83                  ; the first 4 MiB as they are
    mov  dword [GUEST_DIRECTORY + 4], GUEST_TABLE | 3
    mov  dword [GUEST_TABLE], OLD_FRAME | 3
    vmset GUEST_CR3, GUEST_DIRECTORY
    vmcontrols PRIMARY_CONTROLS, IA32_VMX_PRIMARY, HLT_EXITING | USE_MSR_BITMAPS | ACTIVATE_SECONDARY
    vmcontrols SECONDARY_CONTROLS, IA32_VMX_SECONDARY, ENABLE_VPID
    vmset VPID, 1
    vmlaunch
    jmp  entry_failed

on_exit:
    pushad
    vmget eax, EXIT_REASON
    cmp  eax, EXIT_VMCALL
    jne  stop
    cmp  dword [esp + 28], 1    ; the guest's EAX says what it asks for
    je   .move
    say  "root: INVVPID, single context", 10
    mov  eax, 1                 ; type 1: all of one VPID
    invvpid eax, [descriptor]
    jmp  .back
.move:
    say  "root: the page moves to another frame", 10
    mov  dword [GUEST_TABLE], NEW_FRAME | 3
.back:
    popad
    call skip_instruction
    vmresume
    jmp  entry_failed

; Non-root operation -----------------------------------------------------------------------------
guest:
    call look                   ; fills the TLB: old
    mov  eax, 1
    vmcall                      ; please move the page
    call look                   ; still old: a stale entry
    mov  eax, 2
    vmcall                      ; please invalidate
    call look                   ; new
    hlt

look:
    say  "guest: I read "
    mov  eax, [WINDOW]
    mov  ecx, 4
.letter:
    out  0xE9, al
    shr  eax, 8
    loop .letter
    say  10
    ret

descriptor: dd 1, 0, 0, 0       ; VPID in bits 15:0, then the linear address for type 0

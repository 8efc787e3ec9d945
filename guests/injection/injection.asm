; Injected interrupts and the interrupt window.
; The hypervisor has an interrupt for its guest, but the guest has interrupts off. An entry that
; injects one would fail. So it asks for an exit as soon as the guest can take it (interrupt-
; window exiting), and injects then.
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"

GUEST_IDT equ 0x85000
VECTOR    equ 0x30
IF        equ 1 << 9

start:
    call enter_vmx
    call host_state
    call guest_state
    vmset GUEST_RIP, guest
    mov  eax, on_interrupt
    mov  [GUEST_IDT + VECTOR * 8], ax
    mov  dword [GUEST_IDT + VECTOR * 8 + 2], 0x8E00 << 16 | CODE
    shr  eax, 16
    mov  [GUEST_IDT + VECTOR * 8 + 6], ax
    vmset GUEST_IDTR_BASE, GUEST_IDT
    vmset GUEST_IDTR_LIMIT, (VECTOR + 1) * 8 - 1
    vmlaunch
    jmp  entry_failed

on_exit:
    pushad
    vmget eax, EXIT_REASON
    cmp  eax, EXIT_VMCALL
    je   .request
    cmp  eax, EXIT_INTERRUPT_WINDOW
    je   .window
    jmp  stop

.request:                       ; the guest asks for an interrupt: can it take one?
    call skip_instruction
    vmget eax, GUEST_RFLAGS
    test eax, IF
    jnz  .inject
    say  "root: IF = 0, waiting for the window", 10
    vmcontrols PRIMARY_CONTROLS, IA32_VMX_PRIMARY, HLT_EXITING | USE_MSR_BITMAPS | INTERRUPT_WINDOW_EXITING
    jmp  .resume
.window:
    say  "root: the window is open", 10
    vmcontrols PRIMARY_CONTROLS, IA32_VMX_PRIMARY, HLT_EXITING | USE_MSR_BITMAPS
.inject:
    say  "root: injecting vector 0x30", 10
    vmset ENTRY_INTERRUPTION_INFO, 1 << 31 | VECTOR     ; valid, type 0: external interrupt
.resume:
    popad
    vmresume
    jmp  entry_failed

; Non-root operation -----------------------------------------------------------------------------
guest:
    sti
    nop                         ; STI takes effect behind the next instruction
    vmcall                      ; interrupts are on: it comes at once
    cli
    vmcall                      ; interrupts are off: it has to wait
    say  "guest: not now", 10
    sti
    nop                         ; here the window opens
    say  "guest: both have come", 10
    hlt

on_interrupt:
    say  "guest: interrupt 0x30", 10
    iretd

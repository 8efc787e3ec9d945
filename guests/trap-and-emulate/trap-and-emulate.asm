; Trap and emulate: instructions that the guest believes to run on a machine of its own.
; Port I/O, control registers and MSRs, three families of them. The guest prints through a port
; that does not exist, flips CR0.TS, and keeps a number in an MSR that the processor does not
; have.
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"

VIRTUAL_PORT equ 0x500          ; bytes written here are the guest's console
VIRTUAL_MSR  equ 0x40000100     ; from a range that processors leave to hypervisors
CR0_TS       equ 1 << 3

start:
    call enter_vmx
    call host_state
    call guest_state
    vmset GUEST_RIP, guest

    ; Which ports exit: one bit each, ports 0 to 0x7FFF in bitmap A.
    mov  byte [IO_BITMAP_A + VIRTUAL_PORT / 8], 1 << (VIRTUAL_PORT % 8)
    vmset ADDR_IO_BITMAP_A, IO_BITMAP_A
    vmset ADDR_IO_BITMAP_B, EMPTY_PAGE
    ; MSRs outside the bitmaps' two ranges always exit.
    vmcontrols PRIMARY_CONTROLS, IA32_VMX_PRIMARY, HLT_EXITING | USE_MSR_BITMAPS | USE_IO_BITMAPS
    ; The host owns CR0.TS: the guest reads the shadow, and a change exits.
    vmset CR0_GUEST_HOST_MASK, CR0_TS
    vmset CR0_READ_SHADOW, 0

    vmlaunch
    jmp  entry_failed

on_exit:
    pushad                      ; the guest's registers: [esp] EDI ... [esp + 28] EAX
    vmget eax, EXIT_REASON
    cmp  eax, EXIT_IO
    je   .io
    cmp  eax, EXIT_CR_ACCESS
    je   .cr
    cmp  eax, EXIT_RDMSR
    je   .rdmsr
    cmp  eax, EXIT_WRMSR
    je   .wrmsr
    say  "root: the guest has halted after "
    mov  eax, [exits]
    call print_number
    say  " emulated instructions", 10
    jmp  stop

; Qualification: bits 2:0 size - 1, bit 3 IN, bits 31:16 port.
.io:
    mov  eax, [esp + 28]
    out  0xE9, al
    jmp  .emulated

; Qualification: bits 3:0 control register, 5:4 kind (2 is CLTS), 11:8 general register.
.cr:
    vmget eax, EXIT_QUALIFICATION
    shr  eax, 4
    and  eax, 3
    cmp  eax, 2
    mov  eax, CR0_TS            ; a MOV to CR0, here always to set TS
    jne  .shadow
    mov  eax, 0                 ; CLTS
.shadow:
    mov  edx, CR0_READ_SHADOW
    vmwrite edx, eax
    say  "root: the guest's TS is now "
    shr  eax, 3
    call print_number
    say  10
    jmp  .emulated

.rdmsr:
    mov  eax, [msr_value]
    mov  [esp + 28], eax
    mov  dword [esp + 20], 0    ; EDX
    jmp  .emulated
.wrmsr:
    mov  eax, [esp + 28]
    mov  [msr_value], eax

.emulated:
    inc  dword [exits]
    popad
    call skip_instruction
    vmresume
    jmp  entry_failed

; Non-root operation -----------------------------------------------------------------------------
guest:
    mov  esi, text
    mov  dx, VIRTUAL_PORT
.letter:
    lodsb
    test al, al
    jz   .control
    out  dx, al                 ; exit 30
    jmp  .letter
.control:
    mov  eax, cr0
    or   eax, CR0_TS
    mov  cr0, eax               ; exit 28: TS differs from the shadow
    mov  eax, cr0               ; no exit: a read gives the shadow
    test eax, CR0_TS
    jz   .wrong
    clts                        ; exit 28
    mov  ecx, VIRTUAL_MSR
    mov  eax, 1234
    mov  edx, 0
    wrmsr                       ; exit 32
    rdmsr                       ; exit 31
    say  "guest: the MSR holds "
    call print_number
    say  10
    hlt
.wrong:
    say  "guest: CR0 lost my bit", 10
    hlt

text: db "guest: hello by a port that is not there", 10, 0

exits:     dd 0
msr_value: dd 0
IO_BITMAP_A equ 0x85000

; VM entries that fail, one after the other.
; The processor checks controls, then host state, then guest state. A bad control or host field
; makes VMLAUNCH return with ZF = 1 and an error number; a bad guest field is a VM exit with bit
; 31 of its reason set. Each round breaks one field, tries, and mends it. Watch the page: it
; names the rule.
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"

start:
    call enter_vmx
    say  "an empty VMCS: its controls are all 0"
    vmlaunch
    call returned

    call host_state
    call guest_state
    vmset GUEST_RIP, guest
    mov  esi, faults
next_fault:
    lodsd
    cmp  eax, -1
    je   last
    mov  edx, eax               ; the field
    lodsd                       ; the value
    mov  edi, esi
.name:
    inc  edi
    cmp  byte [edi - 1], 0      ; EDI: behind the name
    jne  .name
    push edx
    vmread ebx, edx
    push ebx                    ; the good value
    push edi
    vmwrite edx, eax
.letter:
    lodsb
    test al, al
    jz   .try
    out  0xE9, al
    jmp  .letter
.try:
    mov  edx, HOST_RSP          ; a failed entry that exits comes back on this stack
    mov  eax, esp
    sub  eax, 4                 ; as if VMLAUNCH had been called
    vmwrite edx, eax
    push dword .mend
    vmlaunch
    jmp  returned
.mend:
    pop  esi
    pop  ebx
    pop  edx
    vmwrite edx, ebx
    jmp  next_fault

last:
    say  "all mended"
    vmset HOST_RSP, HOST_STACK
    vmlaunch
    call returned
    jmp  stop

; VMLAUNCH returned: controls or host state.
returned:
    vmget eax, INSTRUCTION_ERROR
    say  " -> VMfailValid, error "
    call print_number
    say  10
    ret

on_exit:
    vmget eax, EXIT_REASON
    btr  eax, 31
    jnc  .real
    say  " -> exit "
    call print_number
    say  " with bit 31: the entry failed", 10
    ret                         ; to .mend
.real:
    say  " -> guest ran, exit "
    call print_number
    say  10
    jmp  stop

guest:
    hlt

; Field, value, name.
faults:
    dd PIN_CONTROLS, 0
    db "pin-based controls: a bit that must be 1 is 0", 0
    dd HOST_CS_SELECTOR, 0
    db "host CS: the null selector", 0
    dd HOST_CS_SELECTOR, CODE | 3
    db "host CS: RPL 3", 0
    dd HOST_CR0, 0x80000001
    db "host CR0: NE must be 1", 0
    dd GUEST_CR0, 0x00000021
    db "guest CR0: PG must be 1", 0
    dd GUEST_RFLAGS, 0
    db "guest RFLAGS: bit 1 must be 1", 0
    dd GUEST_CS_RIGHTS, 0xC093
    db "guest CS: a data segment", 0
    dd GUEST_TR_RIGHTS, 0x89
    db "guest TR: a TSS that is not busy", 0
    dd GUEST_ACTIVITY, 4
    db "guest activity state: 4 is none", 0
    dd GUEST_INTERRUPTIBILITY, 3
    db "guest interruptibility: STI and MOV SS both", 0
    dd LINK_POINTER + 1, 0
    db "VMCS link pointer: neither -1 nor aligned", 0
    dd ENTRY_INTERRUPTION_INFO, 1 << 31 | 1 << 8
    db "injection: type 1 is reserved", 0
    dd -1

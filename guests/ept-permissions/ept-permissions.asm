; EPT permissions, accessed and dirty bits: what a page is for, and what became of it.
; Three pages with different rights: read-only, no execute, execute-only. The guest breaks each
; rule once. Then the hypervisor reads from the A and D bits which pages were touched, without
; ever having been called for it.
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"
%include "ept.inc"

READ_ONLY    equ 0x200000
NO_EXECUTE   equ 0x201000
EXECUTE_ONLY equ 0x202000
ORDINARY     equ 0x203000
UNTOUCHED    equ 0x204000
TABLE        equ 0x8D000        ; maps 2 to 4 MiB by 4-KiB pages
RET_OPCODE   equ 0xC3

start:
    call enter_vmx
    call host_state
    call guest_state
    vmset GUEST_RIP, guest
    call ept_identity
    mov  dword [EPT_PD + 8], TABLE | EPT_READ | EPT_WRITE | EPT_EXECUTE
    %macro page 2               ; page address, rights
        mov dword [TABLE + ((%1) >> 12 & 0x1FF) * 8], (%1) | (%2) | EPT_WRITE_BACK
    %endmacro
    page READ_ONLY,    EPT_READ
    page NO_EXECUTE,   EPT_READ | EPT_WRITE
    page EXECUTE_ONLY, EPT_EXECUTE
    page ORDINARY,     EPT_READ | EPT_WRITE
    page UNTOUCHED,    EPT_READ | EPT_WRITE
    mov  byte [NO_EXECUTE], RET_OPCODE
    mov  byte [EXECUTE_ONLY], RET_OPCODE
    call ept_enable
    vmset EPT_POINTER, EPT_PML4 | 3 << 3 | 6 | 1 << 6   ; bit 6: keep A and D
    vmlaunch
    jmp  entry_failed

on_exit:
    pushad
    vmget eax, EXIT_REASON
    cmp  eax, EXIT_EPT_VIOLATION
    jne  report
    vmget eax, GUEST_PHYSICAL_ADDRESS
    call print_hex
    say  ": asked "
    vmget ebx, EXIT_QUALIFICATION
    call print_rights           ; bits 2:0
    say  ", allowed "
    shr  ebx, 3
    call print_rights           ; bits 5:3
    say  10
    ; Go on behind the access. A fetch has no instruction to skip: return to the caller instead.
    vmget ecx, EXIT_QUALIFICATION
    test cl, EPT_EXECUTE
    jnz  .return
    vmget eax, GUEST_RIP
    add  eax, [length]
    jmp  .resume
.return:
    vmget ebx, GUEST_RSP
    mov  eax, [ebx]             ; linear = physical here
    add  ebx, 4
    mov  edx, GUEST_RSP
    vmwrite edx, ebx
.resume:
    mov  edx, GUEST_RIP
    vmwrite edx, eax
    popad
    vmresume
    jmp  entry_failed

; print_rights: the low three bits of EBX as letters.
print_rights:
    mov  ecx, 3
    mov  esi, letters
    mov  edx, ebx
.next:
    lodsb
    shr  edx, 1
    jc   .set
    mov  al, '-'
.set:
    out  0xE9, al
    loop .next
    ret

report:
    say  "Pages that were used:", 10
    mov  ebx, READ_ONLY
.page:
    mov  eax, ebx
    call print_hex
    mov  esi, ebx
    shr  esi, 12
    and  esi, 0x1FF
    mov  esi, [TABLE + esi * 8]
    test esi, EPT_ACCESSED
    jz   .dirty
    say  " accessed"
.dirty:
    test esi, EPT_DIRTY
    jz   .line
    say  " dirty"
.line:
    say  10
    add  ebx, 0x1000
    cmp  ebx, UNTOUCHED
    jbe  .page
    jmp  stop

; Non-root operation -----------------------------------------------------------------------------
guest:
    mov  eax, [READ_ONLY]       ; allowed
    mov  dword [length], .after_write - .write
.write:
    mov  [READ_ONLY], eax       ; refused: W = 0
.after_write:
    call NO_EXECUTE             ; refused: X = 0
    call EXECUTE_ONLY           ; allowed: a RET stands there
    mov  dword [length], .after_read - .read
.read:
    mov  eax, [EXECUTE_ONLY]    ; refused: R = 0
.after_read:
    mov  [ORDINARY], eax        ; allowed
    hlt

letters: db "RWX"
length:  dd 0

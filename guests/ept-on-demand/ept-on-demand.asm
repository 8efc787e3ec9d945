; EPT violations: guest-physical memory that the hypervisor maps when it is first touched.
; Behind the guest's memory from 2 to 4 MiB lie no frames yet, only EPT entries without any
; right. Each first touch is an EPT violation; the hypervisor takes a 4-KiB frame, enters it, and
; resumes the same instruction.
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"
%include "ept.inc"

LAZY        equ 0x200000        ; 2 to 4 MiB: by 4-KiB pages, on demand
LAZY_TABLE  equ 0x8D000
FIRST_FRAME equ 0x800000

start:
    call enter_vmx
    call host_state
    call guest_state
    vmset GUEST_RIP, guest
    ; Two levels of tables in the guest, four in the EPT: a walk reads (2 + 1) * (4 + 1) - 1 = 14
    ; entries.
    call guest_small_pages
    call ept_identity           ; everything below 1 GiB by 2-MiB pages ...
    call ept_small_pages        ; ... the first of them by 4-KiB pages ...
    ; ... but the second 2 MiB by a table that is empty.
    mov  dword [EPT_PD + 8], LAZY_TABLE | EPT_READ | EPT_WRITE | EPT_EXECUTE
    call ept_enable
    vmlaunch
    jmp  entry_failed

on_exit:
    pushad
    vmget eax, EXIT_REASON
    cmp  eax, EXIT_EPT_VIOLATION
    je   .violation
    say  "root: pages mapped on demand: "
    mov  eax, [violations]
    call print_number
    say  10
    jmp  stop

; Qualification: bits 2:0 what was asked (R W X), bits 5:3 what the entries allow.
.violation:
    vmget eax, GUEST_PHYSICAL_ADDRESS
    say  "root: EPT violation at "
    call print_hex
    vmget ebx, EXIT_QUALIFICATION
    test bl, 2
    jz   .read
    say  ", write", 10
    jmp  .map
.read:
    say  ", read", 10
.map:
    shr  eax, 12
    and  eax, 0x1FF             ; number in the table
    mov  ebx, [frame]
    add  dword [frame], 0x1000
    or   ebx, EPT_READ | EPT_WRITE | EPT_EXECUTE | EPT_WRITE_BACK
    mov  [LAZY_TABLE + eax * 8], ebx
    mov  dword [LAZY_TABLE + eax * 8 + 4], 0
    inc  dword [violations]     ; rights only grew: no INVEPT needed
    popad
    vmresume                    ; the same instruction again
    jmp  entry_failed

; Non-root operation -----------------------------------------------------------------------------
guest:
    mov  dword [LAZY], 7        ; violation, write
    mov  eax, [LAZY + 0x3000]   ; violation, read: a fresh frame reads as zeros
    add  eax, [LAZY]            ; mapped by now
    mov  [LAZY + 0x3004], eax
    mov  dword [LAZY + 0x4FFE], 0x01020304  ; across two pages: two violations
    cmp  eax, 7
    jne  .wrong
    say  "guest: memory is where I left it", 10
.wrong:
    hlt

violations: dd 0
frame:      dd FIRST_FRAME

; Paging, with a page-fault handler that maps what is missing.
; The program walks over four pages that nobody has mapped. Each first touch faults; the handler
; enters a frame into the page table and returns; the instruction that faulted runs again as if
; nothing had been.
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"

PAGE_DIRECTORY equ 0x20000
LOW_TABLE      equ 0x21000      ; maps the first 4 MiB to themselves
LAZY_TABLE     equ 0x22000      ; maps 0x00400000 to 0x007FFFFF, empty at first
FIRST_FRAME    equ 0x100000     ; frames to hand out
LAZY           equ 0x00400000
CODE           equ 8
DATA           equ 16

start:
    mov  esp, 0x20000
    lgdt [gdt_pointer]
    jmp  CODE:flat
flat:
    mov  ax, DATA
    mov  ds, ax
    mov  es, ax
    mov  ss, ax

    ; The first 4 MiB: linear = physical.
    mov  edi, LOW_TABLE
    mov  eax, 0x003             ; present, writable
    mov  ecx, 1024
.entry:
    stosd
    add  eax, 0x1000
    loop .entry
    mov  dword [PAGE_DIRECTORY], LOW_TABLE | 3
    mov  dword [PAGE_DIRECTORY + 4], LAZY_TABLE | 3

    ; Vector 14 is #PF.
    mov  eax, on_page_fault
    mov  [idt + 14 * 8], ax
    shr  eax, 16
    mov  [idt + 14 * 8 + 6], ax
    lidt [idt_pointer]

    mov  eax, PAGE_DIRECTORY
    mov  cr3, eax
    mov  eax, cr0
    or   eax, 1 << 31 | 1 << 16 ; PG, and WP: the kernel too obeys R/W
    mov  cr0, eax

    ; Touch four pages, twice.
    mov  ecx, 4
    mov  ebx, LAZY
.touch:
    mov  [ebx], ecx             ; the first time: #PF
    add  [ebx], ecx             ; the second time: no fault
    add  ebx, 0x1000
    loop .touch

    say  "Faults taken: "
    mov  eax, [faults]
    call print_number
    say  10
    cli
    hlt

; #PF pushes an error code: bit 0 protection, bit 1 write, bit 2 user. CR2 holds the linear address.
on_page_fault:
    pushad
    say  "#PF at "
    mov  eax, cr2
    call print_hex
    say  ", error code "
    mov  eax, [esp + 32]
    call print_number
    mov  ebx, cr2
    shr  ebx, 12
    and  ebx, 0x3FF             ; number in the page table
    mov  eax, [frames]
    add  dword [frames], 0x1000
    or   eax, 3
    ; What is not present is never kept in the TLB: there is nothing to invalidate.
    mov  [LAZY_TABLE + ebx * 4], eax
    say  ", mapped by "
    call print_hex
    say  10
    inc  dword [faults]
    popad
    add  esp, 4                 ; the error code
    iretd                       ; and once more

faults: dd 0
frames: dd FIRST_FRAME

align 8, db 0
gdt:
    dq 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF
gdt_pointer:
    dw 3 * 8 - 1
    dd gdt
idt:
    times 14 dq 0
    dw 0, CODE, 0x8E00, 0       ; offset 15:0, selector, present 32-bit interrupt gate, offset 31:16
idt_pointer:
    dw 15 * 8 - 1
    dd idt

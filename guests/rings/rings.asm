; Rings and system calls: down to ring 3 by IRET, back to the kernel by INT 0x80.
; The program then tries CLI, which only the kernel may do, and the kernel hears of it as #GP.
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"

KERNEL_CODE equ 0x08
KERNEL_DATA equ 0x10
USER_CODE   equ 0x18 | 3        ; requested privilege level 3
USER_DATA   equ 0x20 | 3
TASK        equ 0x28
KERNEL_STACK equ 0x20000
USER_STACK   equ 0x28000
TSS          equ 0x30000

start:
    mov  esp, KERNEL_STACK
    lgdt [gdt_pointer]
    jmp  KERNEL_CODE:.flat
.flat:
    mov  ax, KERNEL_DATA
    mov  ds, ax
    mov  es, ax
    mov  ss, ax

    ; The task state segment names the stack on which ring 0 is entered.
    mov  dword [TSS + 4], KERNEL_STACK
    mov  dword [TSS + 8], KERNEL_DATA
    mov  word [TSS + 102], 104          ; I/O bitmap beyond the limit: no ports for ring 3
    mov  ax, TASK
    ltr  ax

    %macro gate 3                       ; gate vector, handler, rights
        mov  eax, %2
        mov  [IDT + %1 * 8], ax
        mov  word [IDT + %1 * 8 + 2], KERNEL_CODE
        mov  word [IDT + %1 * 8 + 4], %3
        shr  eax, 16
        mov  [IDT + %1 * 8 + 6], ax
    %endmacro
    gate 13, on_general_protection, 0x8E00
    gate 0x80, on_system_call, 0xEE00   ; DPL 3: ring 3 may call it
    lidt [idt_pointer]

    ; To ring 3: what IRET expects when it leaves the ring.
    mov  ax, USER_DATA
    mov  ds, ax
    mov  es, ax
    push dword USER_DATA                ; SS
    push dword USER_STACK               ; ESP
    push dword 0x202                    ; EFLAGS: IF
    push dword USER_CODE                ; CS
    push dword program                  ; EIP
    iretd

; Ring 3 ----------------------------------------------------------------------------------------
program:
    mov  eax, 1                         ; system call 1: print the text at EBX
    mov  ebx, greeting
    int  0x80
    mov  ax, cs
    and  eax, 3
    mov  ecx, eax                       ; our ring, for the kernel to print
    mov  eax, 2                         ; system call 2: print the number in ECX
    int  0x80
    cli                                 ; not ours to say: #GP
    mov  eax, 3                         ; system call 3: end
    int  0x80

; Ring 0 ----------------------------------------------------------------------------------------
on_system_call:
    cmp  eax, 1
    je   .text
    cmp  eax, 2
    je   .number
    say  "The program has ended.", 10
    cli
    hlt
.text:
    mov  al, [ebx]
    test al, al
    jz   .back
    out  0xE9, al
    inc  ebx
    jmp  .text
.number:
    say  "The program runs in ring "
    mov  eax, ecx
    call print_number
    say  ".", 10
.back:
    iretd

; #GP pushes an error code; EIP is that of the CLI, one byte long.
on_general_protection:
    say  "#GP: CLI in ring 3 is refused.", 10
    add  esp, 4
    inc  dword [esp]                    ; go on behind it
    iretd

greeting: db "A system call from ring 3.", 10, 0

IDT equ 0x31000

align 8, db 0
gdt:
    dq 0
    dq 0x00CF9B000000FFFF, 0x00CF93000000FFFF           ; kernel: code, data, DPL 0
    dq 0x00CFFB000000FFFF, 0x00CFF3000000FFFF           ; program: the same with DPL 3
    dw 103, TSS & 0xFFFF
    db TSS >> 16, 0x89, 0, 0
gdt_pointer:
    dw 6 * 8 - 1
    dd gdt
idt_pointer:
    dw 0x81 * 8 - 1
    dd IDT

; Timer interrupts: the PIT counts, the PIC passes it on, the CPU sleeps in between.
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"

CODE equ 8
DATA equ 16
IDT  equ 0x20000
PIC1 equ 0x20                   ; master 8259: command; data is one further
PIC2 equ 0xA0
PIT  equ 0x40                   ; 8254: channel 0
RATE equ 1193182 / 100          ; 100 interrupts a second

start:
    mov  esp, 0x20000
    lgdt [gdt_pointer]
    jmp  CODE:.flat
.flat:
    mov  ax, DATA
    mov  ds, ax
    mov  es, ax
    mov  ss, ax

    mov  eax, on_timer          ; IRQ 0 will be vector 0x20
    mov  [IDT + 0x20 * 8], ax
    mov  dword [IDT + 0x20 * 8 + 2], 0x8E00 << 16 | CODE
    shr  eax, 16
    mov  [IDT + 0x20 * 8 + 6], ax
    lidt [idt_pointer]

    ; Both PICs: four words of initialisation each.
    %macro outb 2
        mov  al, %2
        out  %1, al
    %endmacro
    outb PIC1, 0x11             ; ICW1: edge-triggered, cascade, ICW4 follows
    outb PIC2, 0x11
    outb PIC1 + 1, 0x20         ; ICW2: vectors 0x20 to 0x27, out of the way of the exceptions
    outb PIC2 + 1, 0x28
    outb PIC1 + 1, 1 << 2       ; ICW3: the slave hangs on line 2
    outb PIC2 + 1, 2
    outb PIC1 + 1, 1            ; ICW4: 8086 mode
    outb PIC2 + 1, 1
    outb PIC1 + 1, 0xFE         ; masks: only IRQ 0
    outb PIC2 + 1, 0xFF

    outb PIT + 3, 0x34          ; channel 0, low then high byte, mode 2: a rate generator
    outb PIT, RATE & 0xFF
    outb PIT, RATE >> 8

    sti
sleep:
    hlt                         ; time jumps to the next interrupt
    cmp  dword [count], 5
    jb   sleep
    cli
    say  "Five ticks, 50 ms.", 10
    hlt

on_timer:
    push eax
    inc  dword [count]
    say  "tick "
    mov  eax, [count]
    call print_number
    say  10
    outb PIC1, 0x20             ; end of interrupt
    pop  eax
    iretd

count: dd 0
align 8, db 0
gdt:
    dq 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF
gdt_pointer:
    dw 3 * 8 - 1
    dd gdt
idt_pointer:
    dw 0x21 * 8 - 1
    dd IDT

; From real to protected mode: one bit in CR0, and what has to stand ready before it is set.
    bits 16
    org 0x7C00

start:
    cli                         ; real mode's interrupt table means nothing over there
    xor  ax, ax
    mov  ds, ax
    lgdt [gdt_pointer]          ; 1. the table of segment descriptors
    mov  eax, cr0
    or   al, 1                  ; 2. CR0.PE
    mov  cr0, eax
    jmp  dword CODE:protected   ; 3. the far jump loads CS: from here on 32-bit code

    bits 32
protected:
    mov  ax, DATA               ; 4. selectors instead of paragraphs
    mov  ds, ax
    mov  es, ax
    mov  ss, ax
    mov  esp, 0x7C00

    mov  dword [0x200000], 42   ; 2 MiB: out of reach in real mode
    cld
    mov  esi, message
    cmp  dword [0x200000], 42
    je   print
    mov  esi, trouble
print:
    lodsb
    test al, al
    jz   done
    out  0xE9, al
    jmp  print
done:
    hlt                         ; interrupts are still off: the end

CODE equ 1 * 8                  ; a selector is the number of a descriptor times 8
DATA equ 2 * 8

message: db "Protected mode: 32 bits, 4 GiB, and 2 MiB reads back 42.", 10, 0
trouble: db "2 MiB does not read back.", 10, 0

align 8, db 0
gdt:
    dq 0                        ; selector 0 is never used
    dw 0xFFFF, 0                ; CODE: limit 15:0, base 15:0
    db 0, 0x9A, 0xCF, 0         ; base 23:16; present code; 4-KiB units, 32 bits, limit 19:16; base 31:24
    dw 0xFFFF, 0                ; DATA: the same,
    db 0, 0x92, 0xCF, 0         ; but writable data
gdt_end:
gdt_pointer:
    dw gdt_end - gdt - 1
    dd gdt

    times 510 - ($ - $$) db 0
    dw 0xAA55

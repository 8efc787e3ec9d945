; A boot sector: prints, loads nothing, and goes to protected mode.
%include "ports.inc"
        org 0x7C00
        bits 16
STACK   equ 0x7000
CODE    equ code - gdt
DATA    equ data - gdt

start:  jmp short .go
        nop
        times 11-($-$$) db 0            ; room for a BIOS parameter block
        dw 512
.go:    cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, STACK
        jmp 0:.flat
.flat:  sti
        cld
        mov si, greeting
        call print
        call enable_a20
        cli
        lgdt [gdt_pointer]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp dword CODE:protected

; print: DS:SI up to a zero byte
print:  lodsb
        test al, al
        jz .done
        mov ah, 0x0E
        mov bx, 7
        int 10h
        jmp print
.done:  ret

enable_a20:
        in al, 0x92
        or al, 2
        out 0x92, al
        mov al, 0xFF
        out PIC+1, al
        ret

        bits 32
protected:
        mov ax, DATA
        mov ds, eax
        mov es, eax
        mov ss, eax
        mov esp, 0x9_0000
        mov edi, 0xB8000
        mov ecx, 80*25/2
        mov eax, 0x07200720
        rep stosd
        mov dword [0xB8000], 'P' | 0x0A << 8 | 'M' << 16 | 0x0A << 24
.halt:  hlt
        jmp .halt

greeting: db "Glass", `\r\n`, 0
        align 8
gdt:    dq 0
code:   dq 0x00CF9A000000FFFF
data:   dq 0x00CF92000000FFFF
.end:
gdt_pointer:
        dw data.end - gdt - 1
        dd gdt

        times 510-($-$$) db 0
        dw 0xAA55

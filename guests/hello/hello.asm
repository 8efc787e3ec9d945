; Hello: the smallest program that can be seen.
; A boot sector: the computer starts in real mode at 0x7C00, as a BIOS would leave it. Each
; character goes out through COM1, the first serial port.
    bits 16
    org 0x7C00

COM1        equ 0x3F8           ; transmit register
COM1_STATUS equ 0x3FD           ; line status; bit 5: ready for a character

start:
    xor  ax, ax
    mov  ds, ax                 ; labels count from segment 0
    mov  si, message
    cld                         ; string instructions go upwards
next:
    lodsb                       ; AL <- [DS:SI], SI <- SI + 1
    test al, al
    jz   done                   ; the text ends with a zero byte
    mov  ah, al
    mov  dx, COM1_STATUS
wait_ready:
    in   al, dx
    test al, 1 << 5
    jz   wait_ready
    mov  dx, COM1
    mov  al, ah
    out  dx, al
    jmp  next
done:
    cli                         ; with interrupts off,
    hlt                         ; HLT is the end

message:
    db "Hello from real machine code.", 10, 0

    times 510 - ($ - $$) db 0
    dw 0xAA55                   ; the signature of a boot sector

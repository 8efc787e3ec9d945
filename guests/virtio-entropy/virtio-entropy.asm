; Sixteen random bytes from a virtio entropy device.
; The device has one queue, no features, no configuration: a buffer that it may write comes back
; filled. Here its bytes come from a seed, so that every run of this machine is the same; a real
; device takes them from noise.
    bits 32
    org 0x10000
    jmp  start
QUEUE_SIZE equ 4
%include "console.inc"
%include "flat.inc"
%include "virtio.inc"

ENTROPY equ VIRTIO_ENTROPY
QUEUE   equ 0x30000
BUFFER  equ 0x31000
SIZE    equ 16

start:
    call enter_flat
    handle_line ENTROPY_LINE, on_interrupt
    mov  ebx, ENTROPY
    mov  eax, 0
    call virtio_start
    mov  eax, 0
    mov  edi, QUEUE
    call virtio_queue
    call virtio_live

    mov  ebp, 2                 ; twice, into the same buffer
next:
    descriptor 0, BUFFER, SIZE, WRITE, 0
    mov  ax, 0
    call virtq_offer
    mov  dword [ENTROPY + QUEUE_NOTIFY], 0
    call virtq_sleep

    ; The used ring says how many bytes came: at least one, perhaps fewer than asked for.
    movzx ecx, word [QUEUE + USED_IDX]
    dec  ecx
    and  ecx, QUEUE_SIZE - 1
    mov  ecx, [QUEUE + USED_RING + ecx * 8 + USED_LEN]
    mov  eax, ecx
    call print_number
    say  " bytes:"
    mov  esi, BUFFER
.byte:
    mov  al, ' '
    out  0xE9, al
    lodsb
    mov  dl, al
    shr  al, 4
    call print_digit
    mov  al, dl
    and  al, 0x0F
    call print_digit
    loop .byte
    say  10
    dec  ebp
    jnz  next
    jmp  stop

; print_digit: AL, 0 to 15, in hexadecimal.
print_digit:
    add  al, '0'
    cmp  al, '9'
    jbe  .out
    add  al, 'A' - '9' - 1
.out:
    out  0xE9, al
    ret

on_interrupt:
    push eax
    mov  eax, [ENTROPY + INTERRUPT_STATUS]
    mov  [ENTROPY + INTERRUPT_ACK], eax
    end_of_interrupt ENTROPY_LINE
    pop  eax
    iretd

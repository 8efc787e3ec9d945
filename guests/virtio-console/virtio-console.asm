; Hello through a virtio console: one buffer, one notification, one interrupt.
; The driver describes its text in a descriptor, puts the descriptor's number into the available
; ring, and notifies the device. The device prints the text, puts the number into the used ring,
; and interrupts. A serial port asks for an instruction for every character; this does not.
    bits 32
    org 0x10000
    jmp  start
QUEUE_SIZE equ 4
%include "console.inc"
%include "flat.inc"
%include "virtio.inc"

CONSOLE   equ VIRTIO_CONSOLE
TRANSMITQ equ 1                 ; queue 0 would receive
QUEUE     equ 0x30000

start:
    call enter_flat
    handle_line CONSOLE_LINE, on_interrupt

    ; From reset to DRIVER_OK.
    mov  ebx, CONSOLE
    mov  eax, 0                 ; no features but VERSION_1
    call virtio_start
    mov  eax, TRANSMITQ
    mov  edi, QUEUE
    call virtio_queue
    call virtio_live

    ; 1. Descriptor 0 says where the text is. The device reads it: WRITE is not set.
    mov  dword [QUEUE + DESC_ADDR], text
    mov  dword [QUEUE + DESC_ADDR + 4], 0
    mov  dword [QUEUE + DESC_LEN], text_end - text
    mov  word [QUEUE + DESC_FLAGS], 0
    mov  word [QUEUE + DESC_NEXT], 0
    ; 2. The available ring: the buffer begins at descriptor 0.
    mov  word [QUEUE + AVAIL_RING], 0
    ; 3. One entry is available now. The device believes idx, so the entry had to come first.
    mov  word [QUEUE + AVAIL_IDX], 1
    ; 4. The notification.
    mov  dword [CONSOLE + QUEUE_NOTIFY], TRANSMITQ

    sti                         ; takes effect behind HLT: the interrupt cannot come too early
    hlt
    cli

    say  "used.idx "
    movzx eax, word [QUEUE + USED_IDX]
    call print_number
    say  ", used.ring[0]: id "
    mov  eax, [QUEUE + USED_RING + USED_ID]
    call print_number
    say  ", len "
    mov  eax, [QUEUE + USED_RING + USED_LEN]
    call print_number           ; 0: the device has only read
    say  10
    jmp  stop

on_interrupt:
    push eax
    mov  eax, [CONSOLE + INTERRUPT_STATUS]
    mov  [CONSOLE + INTERRUPT_ACK], eax         ; the line goes down
    say  "Interrupt, status "
    call print_number           ; bit 0: buffers were used
    say  10
    end_of_interrupt CONSOLE_LINE
    pop  eax
    iretd

text: db "Hello through a virtqueue.", 10
text_end:

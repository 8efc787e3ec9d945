; A malicious driver: six rings that make no sense, and a device that believes none of them.
; The device is software in the hypervisor, and reads memory that the guest can fill with anything.
; A chain that it followed for ever, an address that it did not check, would be the guest's way
; out. So it gives up at the first thing that cannot be: DEVICE_NEEDS_RESET. Watch the page: it
; names the rule.
    bits 32
    org 0x10000
    jmp  start
QUEUE_SIZE equ 4
%include "console.inc"
%include "flat.inc"
%include "virtio.inc"

ENTROPY equ VIRTIO_ENTROPY      ; any device would do: the rings are the same for all
QUEUE   equ 0x30000
TABLE   equ 0x31000
BUFFER  equ 0x32000
SIZE    equ 16
NOWHERE equ 0xF0000000          ; no memory there

start:
    call enter_flat
    handle_line ENTROPY_LINE, on_interrupt
    mov  esi, attacks
next:
    ; From reset on, each time anew: nothing else leads out of DEVICE_NEEDS_RESET.
    mov  ebx, ENTROPY
    mov  eax, F_INDIRECT_DESC
    call virtio_start
    mov  eax, 0
    mov  edi, QUEUE
    call virtio_queue
    call virtio_live

    lodsd
    call eax                    ; prints its name, fills the rings
    mov  ax, 0
    call virtq_offer
    mov  dword [ENTROPY + QUEUE_NOTIFY], 0
    sti                         ; takes effect behind HLT
    hlt
    cli

    say  10, "    -> interrupt status "
    mov  eax, [interrupt]
    call print_number
    test dword [ENTROPY + STATUS], DEVICE_NEEDS_RESET
    jz   .served
    say  ", DEVICE_NEEDS_RESET", 10
    jmp  next
.served:
    say  ", served", 10
    jmp  stop

; The attacks: each fills the queue at EDI; descriptor 0 is then made available.
loop_of_two:
    say  "a chain that comes back to where it began"
    descriptor 0, BUFFER, SIZE, NEXT | WRITE, 1
    descriptor 1, BUFFER, SIZE, NEXT | WRITE, 0
    ret

too_long:
    say  "a chain of more descriptors than the queue has, in an indirect table"
    descriptor 0, TABLE, (QUEUE_SIZE + 1) * DESC_SIZE, INDIRECT, 0
    mov  edi, TABLE
    %assign I 0
    %rep QUEUE_SIZE
        descriptor I, BUFFER, SIZE, NEXT | WRITE, I + 1
        %assign I I + 1
    %endrep
    descriptor QUEUE_SIZE, BUFFER, SIZE, WRITE, 0
    mov  edi, QUEUE
    ret

out_of_memory:
    say  "a buffer where no memory is"
    descriptor 0, NOWHERE, SIZE, WRITE, 0
    ret

no_bytes:
    say  "a buffer of no bytes"
    descriptor 0, BUFFER, 0, WRITE, 0
    ret

out_of_table:
    say  "a chain that goes on behind the table"
    descriptor 0, BUFFER, SIZE, NEXT | WRITE, QUEUE_SIZE + 3
    ret

index_jumps:
    say  "an avail.idx that jumps by a hundred"
    add  word [QUEUE + AVAIL_IDX], 99
    descriptor 0, BUFFER, SIZE, WRITE, 0
    ret

honest:
    say  "an honest buffer"
    descriptor 0, BUFFER, SIZE, WRITE, 0
    ret

attacks: dd loop_of_two, too_long, out_of_memory, no_bytes, out_of_table, index_jumps, honest

on_interrupt:
    push eax
    mov  eax, [ENTROPY + INTERRUPT_STATUS]      ; bit 0: buffers were used, bit 1: see the status
    mov  [interrupt], eax
    mov  [ENTROPY + INTERRUPT_ACK], eax
    end_of_interrupt ENTROPY_LINE
    pop  eax
    iretd

interrupt: dd 0

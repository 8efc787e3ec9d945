; Indirect descriptors: one descriptor that points at a table of four.
; A request for a disk that puts a sector into two buffers has four parts. A queue of four
; descriptors could hold one such request. With INDIRECT_DESC each takes one descriptor, its parts
; stand in a table of their own, and four of them are under way at once: sixteen parts.
    bits 32
    org 0x10000
    jmp  start
QUEUE_SIZE equ 4
%include "console.inc"
%include "flat.inc"
%include "virtio.inc"

BLOCK    equ VIRTIO_BLOCK
QUEUE    equ 0x30000
REQUESTS equ 0x31000            ; 256 bytes each, as follows
TABLE    equ 0                  ; four descriptors
HEADER   equ 64                 ; type, 32 bits reserved, sector in 64 bits
ANSWER   equ 80                 ; the status byte
FIRST    equ 0x40000            ; first and second halves of sectors, 256 bytes each
SECOND   equ 0x50000
T_IN     equ 0                  ; type of request: from the disk

start:
    call enter_flat
    handle_line BLOCK_LINE, on_interrupt
    mov  ebx, BLOCK
    mov  eax, F_INDIRECT_DESC
    call virtio_start
    mov  eax, 0
    mov  edi, QUEUE
    call virtio_queue
    call virtio_live

    mov  esi, 0                 ; number of the request, of its descriptor, and of the sector
.request:
    mov  ebx, esi
    shl  ebx, 8
    add  ebx, REQUESTS
    mov  dword [ebx + HEADER], T_IN
    mov  [ebx + HEADER + 8], esi
    mov  byte [ebx + ANSWER], 0xFF

    ; The table. Its numbers begin at 0 again, and chains in it never leave it.
    lea  edi, [ebx + TABLE]
    lea  eax, [ebx + HEADER]
    descriptor 0, eax, 16, NEXT, 1
    mov  eax, esi
    shl  eax, 8
    lea  ecx, [eax + FIRST]
    descriptor 1, ecx, 256, NEXT | WRITE, 2
    lea  ecx, [eax + SECOND]
    descriptor 2, ecx, 256, NEXT | WRITE, 3
    lea  eax, [ebx + ANSWER]
    descriptor 3, eax, 1, WRITE, 0

    ; The one descriptor in the queue: where the table is, and its size in bytes.
    mov  edi, QUEUE
    mov  ecx, esi
    shl  ecx, 4
    lea  eax, [ebx + TABLE]
    mov  [QUEUE + ecx + DESC_ADDR], eax
    mov  dword [QUEUE + ecx + DESC_ADDR + 4], 0
    mov  dword [QUEUE + ecx + DESC_LEN], 4 * DESC_SIZE
    mov  word [QUEUE + ecx + DESC_FLAGS], INDIRECT      ; never together with NEXT
    mov  eax, esi
    call virtq_offer
    inc  esi
    cmp  esi, QUEUE_SIZE
    jb   .request

    mov  dword [BLOCK + QUEUE_NOTIFY], 0
    call virtq_sleep

    mov  ebx, 0
.sector:
    mov  edx, ebx
    shl  edx, 8
    say  "status "
    movzx eax, byte [edx + REQUESTS + ANSWER]
    call print_number
    say  ": "
    lea  esi, [edx + FIRST]
    call print_line
    say  " + "
    lea  esi, [edx + SECOND]
    call print_line
    say  10
    inc  ebx
    cmp  ebx, QUEUE_SIZE
    jb   .sector
    say  "Four requests of four parts, in a queue of four.", 10
    jmp  stop

; print_line: the text at ESI, up to the end of its line.
print_line:
    lodsb
    cmp  al, 10
    je   .done
    out  0xE9, al
    jmp  print_line
.done:
    ret

on_interrupt:
    push eax
    mov  eax, [BLOCK + INTERRUPT_STATUS]
    mov  [BLOCK + INTERRUPT_ACK], eax
    end_of_interrupt BLOCK_LINE
    pop  eax
    iretd

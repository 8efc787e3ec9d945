; A virtio disk: write a sector, flush, read it back, and ask for what is not there.
; A request is one chain of three parts: a header, which the device reads; the data, which it
; reads or writes; and a status byte, which it writes. A wrong request is answered, by its status;
; only rings that make no sense stop the device.
    bits 32
    org 0x10000
    jmp  start
QUEUE_SIZE equ 4
%include "console.inc"
%include "flat.inc"
%include "virtio.inc"

BLOCK    equ VIRTIO_BLOCK
QUEUE    equ 0x30000
HEADER   equ 0x31000            ; type, 32 bits reserved, sector in 64 bits
ANSWER   equ 0x31010            ; the status byte: 0 OK, 1 IOERR, 2 UNSUPP
WRITTEN  equ 0x32000
READ     equ 0x33000
SECTOR   equ 512
T_IN     equ 0                  ; types of request: from the disk,
T_OUT    equ 1                  ; to the disk,
T_FLUSH  equ 4                  ; and: whatever was written, keep it
F_FLUSH  equ 1 << 9
CAPACITY equ CONFIG + 0         ; in sectors

start:
    call enter_flat
    handle_line BLOCK_LINE, on_interrupt
    mov  ebx, BLOCK
    mov  eax, F_FLUSH
    call virtio_start
    mov  eax, 0
    mov  edi, QUEUE
    call virtio_queue
    call virtio_live

    mov  edi, WRITTEN           ; something to write: 0, 1, 2 ...
    mov  eax, 0
.fill:
    stosd
    inc  eax
    cmp  eax, SECTOR / 4
    jb   .fill
    mov  edi, QUEUE

    say  "write sector 3: status "
    descriptor 0, HEADER, 16, NEXT, 1
    descriptor 1, WRITTEN, SECTOR, NEXT, 2              ; the device reads it
    descriptor 2, ANSWER, 1, WRITE, 0
    mov  eax, T_OUT
    mov  edx, 3
    call request

    say  "flush: status "
    descriptor 0, HEADER, 16, NEXT, 2                   ; no data
    mov  eax, T_FLUSH
    mov  edx, 0
    call request

    say  "read sector 3: status "
    descriptor 0, HEADER, 16, NEXT, 1
    descriptor 1, READ, SECTOR, NEXT | WRITE, 2         ; the device writes it
    mov  eax, T_IN
    mov  edx, 3
    call request
    mov  esi, WRITTEN
    mov  edi, READ
    mov  ecx, SECTOR / 4
    repe cmpsd
    mov  edi, QUEUE
    jne  .behind
    say  "what was written is back", 10

.behind:
    say  "the disk has "
    mov  eax, [BLOCK + CAPACITY]
    call print_number
    say  " sectors; read the one behind the last: status "
    mov  edx, eax
    mov  eax, T_IN
    call request
    say  "a type of request that does not exist: status "
    mov  eax, 99
    mov  edx, 0
    call request
    jmp  stop

; request: EAX = type, EDX = sector. Sends the chain that begins at descriptor 0, sleeps until it
; is used, and prints its status. Changes EAX, ECX.
request:
    mov  [HEADER], eax
    mov  [HEADER + 8], edx
    mov  byte [ANSWER], 0xFF    ; no status is 255: we shall see whether the device wrote one
    mov  ax, 0
    call virtq_offer
    mov  dword [BLOCK + QUEUE_NOTIFY], 0
    call virtq_sleep
    movzx eax, byte [ANSWER]
    call print_number
    say  10
    ret

on_interrupt:
    push eax
    mov  eax, [BLOCK + INTERRUPT_STATUS]
    mov  [BLOCK + INTERRUPT_ACK], eax
    end_of_interrupt BLOCK_LINE
    pop  eax
    iretd

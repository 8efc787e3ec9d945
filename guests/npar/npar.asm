; NIC partitioning (NPAR): one port of a network card shown as several physical functions.
; Unlike the virtual functions of SR-IOV, each is an ordinary function that any system finds, with
; a guaranteed share of the wire (min) and a largest one (max); both are set in the card, not by
; software. Three functions send all they can to another card, and we count what arrives there.
    bits 32
    org 0x10000
    jmp  start
QUEUE_SIZE equ 64
%include "console.inc"
%include "flat.inc"
%include "pci.inc"
%include "virtio.inc"
%include "virtio-pci.inc"

PARTITIONS equ 3
FRAME      equ 1514             ; the largest
HEADER     equ 12               ; virtio-net's own, before each frame; zeros, as we use no offloads
SETTLE     equ 50000            ; ticks before we measure,
MEASURE    equ 100000           ; and while we do: 1 ms at 100 MHz
A_SECOND   equ 1000             ; of these
; A page for each partition, one after the other: driver's block, queue, frame.
BLOCKS     equ 0x100000
QUEUES     equ 0x110000
FRAMES     equ 0x120000
NOTIFY_AT  equ VP_SIZE          ; behind the block: where to notify the queue
; The other card.
RECEIVER   equ 0x130000
RECEIVEQ   equ 0x131000
RX_BUFFERS equ 0x140000

start:
    call enter_flat
    mov  eax, VIRTIO_PCI_NETWORK
    call pci_find
    ; 1. The receiver is the next device: eight routing IDs further.
    push ebx
    add  ebx, 8 << 12
    mov  edi, RECEIVER
    call find_card
    mov  ebx, RECEIVER
    xor  eax, eax
    mov  edi, RECEIVEQ
    call vpci_open
    mov  [RECEIVER + NOTIFY_AT], eax
    xor  eax, eax
.buffer:
    descriptor_at eax, RX_BUFFERS, 2048, WRITE
    call virtq_offer
    inc  eax
    cmp  eax, QUEUE_SIZE
    jb   .buffer
    mov  eax, [RECEIVER + NOTIFY_AT]
    mov  word [eax], 0
    pop  ebx
    ; 2. The partitions: the functions of device 1.
    xor  ebp, ebp
.partition:
    call print_place
    say  " "
    call open_partition
    add  ebx, 1 << 12
    inc  ebp
    cmp  ebp, PARTITIONS
    jb   .partition
    say  "share a port of 125000000 bytes a second:", 10
    ; 3. Bit n: partition n has something to send.
    say  "all send:"
    mov  ebp, 0b111
    call measure
    say  "the last two:"
    mov  ebp, 0b110
    call measure
    say  "the last alone:"
    mov  ebp, 0b100
    call measure
    jmp  stop

; find_card: the block at EDI of the function at EBX, which may be used from now on. Changes EAX,
; ECX, EDX, ESI.
find_card:
    mov  word [ebx + PCI_COMMAND], PCI_MEMORY | PCI_MASTER
    mov  edx, [ebx + PCI_BAR0]
    and  edx, 0xFFFFFFF0
    jmp  vpci_find

; open_partition: partition EBP, the function at EBX: its transmit queue, in which all buffers are
; the same frame. Keeps EBX, EBP.
open_partition:
    push ebx
    mov  edi, ebp
    shl  edi, 12
    add  edi, BLOCKS
    call find_card
    mov  ebx, edi
    add  edi, QUEUES - BLOCKS
    mov  eax, 1
    call vpci_open
    mov  [ebx + NOTIFY_AT], eax
    lea  esi, [ebx + FRAMES - BLOCKS]
    xor  eax, eax
.descriptor:
    mov  edx, eax
    shl  edx, 4
    mov  [edi + edx + DESC_ADDR], esi
    mov  dword [edi + edx + DESC_LEN], HEADER + FRAME
    inc  eax
    cmp  eax, QUEUE_SIZE
    jb   .descriptor
    ; To the receiver; from an address that ends in its number; of the type for experiments.
    lea  edi, [esi + HEADER]
    mov  esi, [RECEIVER + VP_DEVICE]
    movsd
    movsw
    mov  word [edi], 2          ; a local address
    mov  eax, ebp
    mov  [edi + 5], al
    mov  word [edi + 6], 0xB588
    pop  ebx
    ret

; measure: the partitions of mask EBP send; prints how many bytes a second of each arrive.
measure:
    mov  edi, SETTLE
    call run
    mov  ecx, PARTITIONS
    xor  eax, eax
    mov  edi, arrived
    rep  stosd
    mov  edi, MEASURE
    call run
    xor  ecx, ecx
.partition:
    mov  eax, [arrived + ecx * 4]
    imul eax, eax, A_SECOND
    say  " "
    call print_number
    inc  ecx
    cmp  ecx, PARTITIONS
    jb   .partition
    say  10
    ret

; run: for EDI ticks.
run:
    rdtsc
    add  eax, edi
    mov  [until], eax
.again:
    xor  ecx, ecx
.partition:
    bt   ebp, ecx
    jnc  .next
    call send
.next:
    inc  ecx
    cmp  ecx, PARTITIONS
    jb   .partition
    call receive
    rdtsc
    sub  eax, [until]
    js   .again
    ret

; send: one more frame of partition ECX, if its queue has room. Keeps ECX.
send:
    mov  ebx, ecx
    shl  ebx, 12
    add  ebx, BLOCKS
    lea  edi, [ebx + QUEUES - BLOCKS]
    mov  ax, [edi + AVAIL_IDX]
    mov  dx, ax
    sub  dx, [edi + USED_IDX]
    cmp  dx, QUEUE_SIZE
    jae  .full
    and  eax, QUEUE_SIZE - 1
    push ecx
    call virtq_offer
    pop  ecx
    mov  edx, [ebx + NOTIFY_AT]
    mov  word [edx], 1
.full:
    ret

; receive: counts the frames that have arrived, and offers their buffers again.
receive:
    mov  edi, RECEIVEQ
.frame:
    movzx ecx, word [taken]
    cmp  cx, [edi + USED_IDX]
    je   .none
    inc  word [taken]
    and  ecx, QUEUE_SIZE - 1
    mov  eax, [edi + USED_RING + ecx * 8 + USED_ID]
    mov  esi, [edi + USED_RING + ecx * 8 + USED_LEN]
    sub  esi, HEADER
    mov  edx, eax
    shl  edx, 11
    movzx edx, byte [RX_BUFFERS + edx + HEADER + 11]    ; last byte of the source address
    add  [arrived + edx * 4], esi
    call virtq_offer
    mov  eax, [RECEIVER + NOTIFY_AT]
    mov  word [eax], 0
    jmp  .frame
.none:
    ret

until:   dd 0
taken:   dw 0
align 4, db 0
arrived: times PARTITIONS dd 0

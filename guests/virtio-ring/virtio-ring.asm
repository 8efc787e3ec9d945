; The ring by hand: nine buffers through four descriptors, without and with EVENT_IDX.
; A network card sends nine frames, one descriptor each. idx of either ring only ever grows, and
; idx modulo 4 is a place in the ring. The first time, the two flags say whether one side wants
; to hear of the other: always, or never. The second time (EVENT_IDX), each side names the index
; at which it wants to.
    bits 32
    org 0x10000
    jmp  start
QUEUE_SIZE equ 4
%include "console.inc"
%include "flat.inc"
%include "virtio.inc"

NETWORK   equ VIRTIO_NETWORK
TRANSMITQ equ 1
QUEUE     equ 0x30000
FRAMES    equ 0x40000           ; a frame for each descriptor, 2 KiB apart
HEADER    equ 12                ; of virtio-net, before each frame; zeros: nothing special
FRAME     equ 1514              ; the largest one: the device takes some 1200 ticks to send it
TYPE      equ HEADER + 12       ; behind two addresses of 6 bytes
PAYLOAD   equ HEADER + 14
NO_NOTIFY equ 1 << 0            ; used.flags

start:
    call enter_flat
    handle_line NETWORK_LINE, on_interrupt
    say  "Without EVENT_IDX:", 10
    mov  eax, 0
    call send_all
    say  "With EVENT_IDX:", 10
    mov  eax, F_EVENT_IDX
    call send_all
    jmp  stop

; send_all: from reset on. EAX = features.
send_all:
    mov  [features], eax
    mov  dword [notifications], 0
    mov  dword [interrupts], 0
    mov  word [reclaimed], 0
    mov  ebx, NETWORK
    call virtio_start
    mov  eax, TRANSMITQ
    mov  edi, QUEUE
    call virtio_queue
    call virtio_live
    ; Which entry of the used ring is to interrupt, with EVENT_IDX: the second one, when half of
    ; our descriptors are free again.
    mov  word [QUEUE + USED_EVENT], QUEUE_SIZE / 2 - 1
    sti
    mov  esi, letters
.next:
    call free_descriptor
    call make_available
    call notify
    cmp  byte [esi], 0
    jne  .next

    mov  ax, [QUEUE + AVAIL_IDX]
    dec  ax                     ; the last one
    call wait_for
    say  "  notifications: "
    mov  eax, [notifications]
    call print_saved
    say  "  interrupts: "
    mov  eax, [interrupts]
    call print_saved
    ret

; free_descriptor: EAX = number of a descriptor that the device does not hold.
free_descriptor:
    movzx eax, word [QUEUE + AVAIL_IDX]
    cmp  eax, QUEUE_SIZE
    jb   .done                  ; the first four times: the next one
    ; Later: the one that the next entry of the used ring gives back.
    movzx ebx, word [reclaimed]
    cmp  bx, [QUEUE + USED_IDX]
    jne  .reclaim
    lea  eax, [ebx + QUEUE_SIZE / 2 - 1]
    call wait_for               ; all four are the device's: sleep until half of them are used
.reclaim:
    inc  word [reclaimed]
    and  ebx, QUEUE_SIZE - 1
    mov  eax, [QUEUE + USED_RING + ebx * 8 + USED_ID]
.done:
    ret

; make_available: a frame with the letter at ESI, through descriptor EAX.
make_available:
    mov  edx, eax
    shl  edx, 11
    add  edx, FRAMES
    mov  dword [edx + HEADER], -1       ; to everybody
    mov  word [edx + HEADER + 4], -1
    mov  word [edx + TYPE], 0xB588      ; 88B5, big-endian: for experiments
    mov  cl, [esi]
    mov  [edx + PAYLOAD], cl

    ; The descriptor. The device reads the frame, which is in one piece: no flags.
    mov  ebx, eax
    shl  ebx, 4                         ; 16 bytes each
    mov  [QUEUE + ebx + DESC_ADDR], edx
    mov  dword [QUEUE + ebx + DESC_ADDR + 4], 0
    mov  dword [QUEUE + ebx + DESC_LEN], HEADER + FRAME
    mov  word [QUEUE + ebx + DESC_FLAGS], 0
    mov  word [QUEUE + ebx + DESC_NEXT], 0

    ; The available ring: the entry first, then idx, which makes it count.
    movzx ecx, word [QUEUE + AVAIL_IDX]
    and  ecx, QUEUE_SIZE - 1
    mov  [QUEUE + AVAIL_RING + ecx * 2], ax
    inc  word [QUEUE + AVAIL_IDX]

    mov  edx, eax
    say  "  avail.idx "
    movzx eax, word [QUEUE + AVAIL_IDX]
    dec  eax
    call print_number
    say  ": ring["
    mov  eax, ecx
    call print_number
    say  "] = descriptor "
    mov  eax, edx
    call print_number
    say  ", "
    lodsb
    out  0xE9, al
    say  10
    ret

; notify: tells the device of the new buffer, if it wants to be told.
notify:
    test dword [features], F_EVENT_IDX
    jnz  .event_idx
    test word [QUEUE + USED_FLAGS], NO_NOTIFY
    jz   .notify
    ret                         ; the device is at work, and will look by itself
.event_idx:
    mov  ax, [QUEUE + AVAIL_IDX]
    dec  ax                     ; the entry that is new
    cmp  ax, [QUEUE + AVAIL_EVENT]
    je   .notify
    ret
.notify:
    inc  dword [notifications]
    mov  dword [NETWORK + QUEUE_NOTIFY], TRANSMITQ
    ret

; wait_for: sleeps until entry AX of the used ring is written. Changes ECX.
wait_for:
    mov  [QUEUE + USED_EVENT], ax       ; without EVENT_IDX the device does not read it
.again:
    cli
    mov  cx, ax
    sub  cx, [QUEUE + USED_IDX]         ; modulo 65536: negative once idx is past AX
    js   .written
    sti                                 ; takes effect behind HLT
    hlt
    jmp  .again
.written:
    sti
    ret

; print_saved: EAX, out of one for each buffer.
print_saved:
    call print_number
    say  ", saved: "
    movzx ecx, word [QUEUE + USED_IDX]
    sub  ecx, eax
    mov  eax, ecx
    call print_number
    say  10
    ret

on_interrupt:
    push eax
    inc  dword [interrupts]
    mov  eax, [NETWORK + INTERRUPT_STATUS]
    mov  [NETWORK + INTERRUPT_ACK], eax
    end_of_interrupt NETWORK_LINE
    pop  eax
    iretd

letters: db "VIRTQUEUE", 0

align 4, db 0
features:      dd 0
notifications: dd 0
interrupts:    dd 0
reclaimed:     dw 0             ; entries of the used ring that we have taken note of

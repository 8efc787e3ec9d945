; Over-commit: three virtual machines of 1 MiB on a host of 2 MiB.
; Each has a program with 200 records, a page for each. In a pass it visits all of them; one that
; has no page gets one and is computed again. While nobody works, the balloon driver drops records
; and gives their pages to the host, which gives them to whoever works.
    bits 32
    org 0x10000
    jmp  start
QUEUE_SIZE equ 4
%include "lines.inc"
%include "flat.inc"
%include "virtio.inc"
%include "balloon.inc"

RAM        equ 1 << 20
RECORDS    equ 200
SIZE       equ 256              ; of a record, in words of 32 bits
FIRST      equ 0x30             ; page numbers: 0x30 to 0xF7
PAGE_OF    equ 0x29000          ; of each record its page, 0 if it has none
TIMER_LINE equ 0
PIT        equ 0x40
PERIOD     equ 1193182 / 250    ; 4 ms, 400,000 ticks
MAC        equ VIRTIO_NETWORK + CONFIG
TOGETHER   equ 7                ; the period from which on all work at once

start:
    call enter_flat
    mov  dword [stat_total], RAM
    mov  edi, PAGE_OF
    mov  ecx, RECORDS
    mov  eax, 0
    rep  stosd
    mov  eax, FIRST
all_free:
    call free_page
    inc  eax
    cmp  eax, FIRST + RECORDS
    jb   all_free
    call balloon_start
    movzx eax, byte [MAC + 5]   ; the three differ in their address alone: 1, 2, 3
    mov  [turn], eax

    handle_line TIMER_LINE, on_timer
    outb PIT + 3, 0x34          ; a rate generator
    outb PIT, PERIOD & 0xFF
    outb PIT, PERIOD >> 8

; In periods 1 to 6 they take turns, two for each. From period 7 on nobody waits for the others.
work:
    call my_turn
    call pass                   ; what was taken away comes back,
    call pass                   ; and now it is all there
    mov  eax, [period]
    add  eax, 3
    mov  [turn], eax
    cmp  eax, TOGETHER
    jb   work
    mov  dword [turn], TOGETHER
    call my_turn
    say  "Now all at once.", 10
    call pass
    call pass
    jmp  stop

; pass: visits all records, and tells what that took.
pass:
    mov  dword [computed], 0
    rdtsc
    push eax
    mov  ebx, 0
.record:
    mov  eax, [PAGE_OF + ebx * 4]
    test eax, eax
    jnz  .visit
    call get_page
    mov  [PAGE_OF + ebx * 4], eax
    inc  dword [computed]
    mov  edi, eax               ; it was lost: compute it again
    shl  edi, 12
    mov  ecx, SIZE
    rep  stosd
    mov  eax, [PAGE_OF + ebx * 4]
.visit:
    mov  esi, eax
    shl  esi, 12
    mov  ecx, SIZE
    rep  lodsd
    call serve                  ; the driver works in between
    inc  ebx
    cmp  ebx, RECORDS
    jb   .record
    rdtsc
    pop  edx
    sub  eax, edx
    say  "200 records in "
    call print_number
    say  " ticks, computed again: "
    mov  eax, [computed]
    call print_number
    say  10
    ret

; my_turn: sleeps until the period that is ours.
my_turn:
    call serve
    cli
    mov  eax, [period]
    cmp  eax, [turn]
    jae  .now
    cmp  dword [balloon_events], 0
    jne  my_turn
    sti
    hlt
    jmp  my_turn
.now:
    sti
    ret

; serve: what the host has asked the balloon driver for.
serve:
    cmp  dword [balloon_events], 0
    je   .done
    cli
    pushad
    call balloon_serve
    popad
    sti
.done:
    ret

; take_page: for the balloon. If nothing is free, the next record loses its page.
take_page:
    call pop_page
    jnc  .done
    push ebx
    mov  ebx, [hand]
.next:
    inc  ebx
    cmp  ebx, RECORDS
    jb   .look
    mov  ebx, 0
.look:
    cmp  ebx, [hand]            ; once around, and none has one
    stc
    je   .none
    mov  eax, 0
    xchg eax, [PAGE_OF + ebx * 4]
    test eax, eax               ; CF is clear
    jz   .next
.none:
    mov  [hand], ebx
    pop  ebx
.done:
    ret

; get_page: for a record. There are as many pages as records, so what is not free is in the
; balloon: the driver takes some back, though the host did not ask for that. DEFLATE_ON_OOM.
get_page:
    cli
    call pop_page
    jnc  .done
    mov  ecx, 16
    call balloon_deflate
    jmp  get_page
.done:
    sti
    ret

on_timer:
    push eax
    inc  dword [period]
    end_of_interrupt TIMER_LINE
    pop  eax
    iretd

turn:     dd 0
period:   dd 0
computed: dd 0
hand:     dd 0

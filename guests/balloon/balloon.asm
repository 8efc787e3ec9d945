; The balloon: a guest gives memory to its host, and takes it back.
; The guest owns 64 pages that its programs may use. When the host asks, its balloon driver takes
; free ones away from the guest itself and tells the host their numbers. The host removes them from
; the EPT: their frames are free for others.
    bits 32
    org 0x10000
    jmp  start
QUEUE_SIZE equ 4
%include "lines.inc"
%include "flat.inc"
%include "virtio.inc"
%include "balloon.inc"

FIRST equ 0x40                  ; page numbers: 256 KiB from 0x40000 on
PAGES equ 64
RAM   equ 1 << 20               ; all that there is
MARK  equ 0x600D600D

start:
    call enter_flat
    mov  dword [stat_total], RAM
    mov  eax, FIRST
give:
    mov  edx, eax
    shl  edx, 12
    mov  dword [edx], MARK      ; the first touch: an EPT violation brings a frame
    call free_page
    inc  eax
    cmp  eax, FIRST + PAGES
    jb   give
    call balloon_start
    say  "Balloon: features "
    call print_hex
    call print_free

    call next_wish              ; 1. inflate
    say  "The host asks for memory"
    call print_free

    mov  ebp, 32                ; 2. a program wants more than is free
hungry:
    call get_page
    call keep_page
    dec  ebp
    jnz  hungry
    say  "A program has 32 pages, "
    mov  eax, [taken_back]
    call print_number
    say  " of them out of the balloon"
    call print_free
    call release_all

    call next_wish              ; 3. statistics
    say  "The host has seen our statistics"
    call print_free

    call next_wish              ; 4. deflate
    say  "The host gives all back"
    call print_free

    mov  eax, FIRST             ; 5. touch them: violations again
    mov  edx, 0                 ; pages that are as we left them
look:
    mov  ebx, eax
    shl  ebx, 12
    cmp  dword [ebx], MARK
    jne  .lost
    inc  edx
.lost:
    inc  eax
    cmp  eax, FIRST + PAGES
    jb   look
    mov  eax, edx
    call print_number
    say  " pages are as we left them, the others are zeros.", 10

    call next_wish              ; 6. hints
    say  "The host knows which pages are free. They are ours"
    call print_free
    call balloon_report         ; 7. reports
    say  "The host has the frames of all free pages, and we need not ask"
    call print_free
    mov  eax, [FIRST << 12]
    call print_hex
    say  " is in the first one.", 10
    jmp  stop

; next_wish: sleeps until the host wants something, and does it.
next_wish:
    cli
    call balloon_serve
    test eax, eax
    jnz  .done
    sti                         ; takes effect behind HLT: no interrupt is missed
    hlt
    jmp  next_wish
.done:
    ret

; take_page: for the balloon. Only what nobody uses.
take_page equ pop_page

; get_page: for a program. Where nothing is free, the driver helps itself: DEFLATE_ON_OOM.
get_page:
    call pop_page
    jnc  .done
    mov  ecx, 4
    add  [taken_back], ecx
    call balloon_deflate
    jmp  get_page
.done:
    ret

; keep_page: EAX is the program's. release_all: it needs none any more.
keep_page:
    mov  ecx, [kept]
    mov  [0x29000 + ecx * 4], eax
    inc  dword [kept]
    ret
release_all:
    mov  ecx, 0
    xchg ecx, [kept]
.page:
    mov  eax, [0x29000 + ecx * 4 - 4]
    call free_page
    loop .page
    ret

; print_free: how the memory is shared.
print_free:
    say  ": "
    mov  eax, [balloon_size]
    call print_number
    say  " in the balloon, "
    mov  eax, [free_count]
    call print_number
    say  " free.", 10
    ret

kept:       dd 0
taken_back: dd 0

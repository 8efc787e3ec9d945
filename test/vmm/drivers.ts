/** Virtual machines with drivers, for several tests. */
import { base, VIRTIO_POLLED } from '../machine/drivers.ts';

/** Pages that GIVER has beside those of its program. */
export const PAGES_OF_GIVER = 200;
/** Touches 200 pages from 0x40000, then sleeps; its balloon driver gives as many of them as it is asked for, whenever its configuration changes. */
export const GIVER = `
    mov  esp, 0x20000
    lgdt [gdtr]
    lidt [idtr]
    mov  al, 0x11                   ; the controllers: vectors from 0x20 and 0x28, lines 2 and 12 open
    out  0x20, al
    out  0xA0, al
    mov  al, 0x20
    out  0x21, al
    mov  al, 0x28
    out  0xA1, al
    mov  al, 4
    out  0x21, al
    mov  al, 2
    out  0xA1, al
    mov  al, 1
    out  0x21, al
    out  0xA1, al
    mov  al, 0xFB
    out  0x21, al
    mov  al, 0xEF
    out  0xA1, al
    mov  edi, 0x40000
    mov  ecx, ${PAGES_OF_GIVER}
touch:
    mov  dword [edi], 5
    add  edi, 0x1000
    loop touch
    mov  ebx, ${base('balloon')}
    call init
    xor  eax, eax
    mov  edx, 0x30000
    call queue
    call go
idle:
    sti
    hlt
    cli
    mov  ebx, ${base('balloon')}
again:
    mov  esi, [ebx + 0x100]         ; num_pages
    mov  ecx, [ebx + 0x104]         ; actual
    cmp  ecx, esi
    jae  idle
    lea  eax, [ecx + 0x40]
    mov  [0x50], eax                ; the array of page numbers: one of them
    mov  edx, 0x30000
    mov  dword [edx], 0x50
    mov  dword [edx + 8], 4
    mov  dword [edx + 12], 0
    xor  eax, eax
    call send
    inc  dword [ebx + 0x104]
    jmp  again
balloon:
    push eax
    push ebx
    mov  ebx, ${base('balloon')}
    mov  eax, [ebx + 0x60]
    mov  [ebx + 0x64], eax
    mov  al, 0x20
    out  0xA0, al
    out  0x20, al
    pop  ebx
    pop  eax
    iret
${VIRTIO_POLLED}
align 8, db 0
gdt: dq 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF
gdtr: dw 23
    dd gdt
idtr: dw 0x167
    dd idt
align 8, db 0
idt: times 0x2C dq 0
    dw balloon - $$, 8, 0x8E00, 1`;

/** Touches 400 pages, and says when it is done. */
export const TAKER = `
    mov  edi, 0x40000
    mov  ecx, 400
touch:
    mov  dword [edi], 5
    add  edi, 0x1000
    loop touch
    mov  al, '!'
    out  0xE9, al
    cli
    hlt`;

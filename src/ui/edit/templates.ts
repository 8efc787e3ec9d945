/** Where a guest of one's own begins: whole programs, short enough to be read. */
import type { MessageKey } from '../i18n/en.ts';

export interface Template {
  readonly title: MessageKey;
  /** File name of the new guest. */
  readonly name: string;
  readonly text: string;
}

export const TEMPLATES: readonly Template[] = [
  {
    title: 'source.template.flat',
    name: 'mine.asm',
    text: `; A guest of my own: 32-bit protected mode, flat segments, no paging.
    bits 32
    org 0x10000

start:
    mov  esp, 0x9000
    mov  esi, message
next:
    lodsb                       ; AL <- [ESI], ESI <- ESI + 1
    test al, al
    jz   done
    out  0xE9, al               ; the debug console
    jmp  next
done:
    cli
    hlt

message:
    db "Hello.", 10, 0
`,
  },
  {
    title: 'source.template.boot',
    name: 'my-boot.asm',
    text: `; A boot sector of my own: the computer starts here in real mode.
    bits 16
    org 0x7C00

start:
    xor  ax, ax
    mov  ds, ax
    mov  si, message
next:
    lodsb
    test al, al
    jz   done
    out  0xE9, al               ; the debug console
    jmp  next
done:
    cli
    hlt

message:
    db "Hello.", 10, 0

    times 510 - ($ - $$) db 0
    dw 0xAA55                   ; the signature of a boot sector
`,
  },
  {
    title: 'source.template.paging',
    name: 'my-paging.asm',
    text: `; Paging of my own: the first 4 MiB as they are, and one page somewhere else.
    bits 32
    org 0x10000

DIRECTORY equ 0x20000
TABLE     equ 0x21000
PRESENT   equ 1
WRITABLE  equ 2

start:
    mov  esp, 0x9000
    mov  edi, TABLE
    mov  eax, PRESENT | WRITABLE
    mov  ecx, 1024
fill:
    stosd                       ; each page at its own address
    add  eax, 0x1000
    loop fill
    mov  dword [TABLE + 4 * 0x300], 0x30000 | PRESENT | WRITABLE
    mov  dword [DIRECTORY], TABLE | PRESENT | WRITABLE
    mov  eax, DIRECTORY
    mov  cr3, eax
    mov  eax, cr0
    or   eax, 0x80000000        ; PG
    mov  cr0, eax

    mov  dword [0x300000], 42   ; goes to 0x30000
    mov  eax, [0x30000]
    cli
    hlt
`,
  },
];

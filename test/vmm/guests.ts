/** Guest programs that several tests run. */
import { pic, vector } from '../machine/drivers.ts';

/** Counts through `pages` pages of memory from 0x40000, 3000 steps for each of `letters` times `letter`, then ends. */
export function counter(letter: string, letters: number, pages = 8): string {
  return `
    mov  esi, ${letters}
again:
    mov  ecx, 3000
spin:
    mov  edx, ecx
    and  edx, ${pages - 1}
    shl  edx, 12
    add  [edx + 0x40000], ecx
    loop spin
    mov  al, '${letter}'
    out  0xE9, al
    dec  esi
    jnz  again
    cli
    hlt`;
}

/** Ten timer interrupts with HLT between them, a dot for each; leaves by the debug exit with status 11. Real mode at 0x7C00. */
export const TIMER = `${vector('0x20', 'tick')}${pic('0xFE')}
    mov  al, 0x34
    out  0x43, al
    mov  al, 0xA9
    out  0x40, al
    mov  al, 4
    out  0x40, al
    sti
wait_more:
    hlt
    cmp  byte [count], 10
    jb   wait_more
    mov  al, 5
    out  0xF4, al
    hlt
tick:
    push ax
    inc  byte [count]
    mov  al, '.'
    out  0xE9, al
    mov  al, 0x20
    out  0x20, al
    pop  ax
    iret
count: db 0
`;

/** Pieces of drivers in assembly, for programs of the tests: 32 bits, flat, at 0x7C00. */
import { placeOf, type VirtioName } from '../../src/devices/virtio/places.ts';

/** Address of a virtio-mmio device. */
export const base = (name: VirtioName): number => placeOf(name).base;

/** `init`: negotiates VERSION_1 alone with the device at EBX. `queue`: makes queue EAX of it ready with 8 entries, at EDX (available ring at +100H, used at +200H).
 *  `go`: DRIVER_OK. `offer`: makes the chain at descriptor 0 of queue EAX at EDX available, and notifies. */
export const VIRTIO_MMIO = `
init:
    mov  dword [ebx + 0x70], 0
    mov  dword [ebx + 0x70], 3
    mov  dword [ebx + 0x24], 1
    mov  dword [ebx + 0x20], 1
    mov  dword [ebx + 0x70], 11
    ret
queue:
    mov  [ebx + 0x30], eax
    mov  dword [ebx + 0x38], 8
    mov  [ebx + 0x80], edx
    add  edx, 0x100
    mov  [ebx + 0x90], edx
    add  edx, 0x100
    mov  [ebx + 0xA0], edx
    mov  dword [ebx + 0x44], 1
    ret
go: mov  dword [ebx + 0x70], 15
    ret
offer:
    movzx ecx, word [edx + 0x102]
    and  ecx, 7
    mov  word [edx + 0x104 + ecx * 2], 0
    inc  word [edx + 0x102]
    mov  [ebx + 0x50], eax
    ret
`;

/** `pics`: vectors from 20H and 28H, masks AL (master) and AH (slave). */
export const PICS = `
pics:
    push eax
    mov  al, 0x11
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
    pop  eax
    out  0x21, al
    mov  al, ah
    out  0xA1, al
    ret
`;

/** Flat segments and an IDT of 80H gates at 0x1000, filled by \`gate\`: vector EAX goes to EDX. \`tables\` loads both. */
export const TABLES = `
tables:
    lgdt [gdtr]
    lidt [idtr]
    ret
gate:
    mov  [0x1000 + eax * 8], edx
    mov  word [0x1002 + eax * 8], 8
    mov  [0x1004 + eax * 8], edx
    mov  word [0x1004 + eax * 8], 0x8E00
    ret
align 8, db 0
gdt: dq 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF
gdtr: dw 23
    dd gdt
idtr: dw 0x3FF
    dd 0x1000
`;

/** A program: `body` runs with a stack, tables loaded and interrupts off. */
export function program(body: string, ...pieces: readonly string[]): string {
  return `
    bits 32
    org  0x7C00
    mov  esp, 0x7000
    call tables
${body}
${TABLES}
${pieces.join('')}`;
}

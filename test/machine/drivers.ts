/** Pieces of drivers in assembly, for programs of the tests: 32 bits, flat, at 0x7C00. */
import { placeOf, type VirtioName } from '../../src/devices/virtio/places.ts';

/** Address of a virtio-mmio device. */
export const base = (name: VirtioName): number => placeOf(name).base;

/** `init`: negotiates VERSION_1 alone with the device at EBX. `queue`: makes queue EAX of it ready with 8 entries, at EDX (available ring at +100H, used at +200H).
 *  `go`: DRIVER_OK. */
export const INIT = `
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
`;

const MAKE_AVAILABLE = `
    movzx ecx, word [edx + 0x102]
    and  ecx, 7
    mov  word [edx + 0x104 + ecx * 2], 0
    inc  word [edx + 0x102]`;

/** INIT, and `offer`: makes the chain at descriptor 0 of queue EAX at EDX available, and notifies. */
export const VIRTIO_MMIO = `${INIT}
offer:${MAKE_AVAILABLE}
    mov  [ebx + 0x50], eax
    ret
`;

/** INIT, and `send`: as `offer`, but comes back when the chain is used. */
export const VIRTIO_POLLED = `${INIT}
send:${MAKE_AVAILABLE}
    mov  [ebx + 0x50], eax
.wait:
    mov  cx, [edx + 0x202]
    cmp  cx, [edx + 0x102]
    jne  .wait
    ret
`;

/** A request for virtio-blk in the chain at descriptor 0 at 0x30000: header at 0x50000, a sector at 0x50100, status at 0x50800. */
export const SECTOR_REQUEST = `
    mov  edx, 0x30000
    mov  dword [edx], 0x50000
    mov  dword [edx + 8], 16
    mov  dword [edx + 12], 0x10001
    mov  dword [edx + 16], 0x50100
    mov  dword [edx + 24], 512
    mov  word [edx + 30], 2
    mov  dword [edx + 32], 0x50800
    mov  dword [edx + 40], 1
    mov  dword [edx + 44], 2`;

/** The first interrupt controller: vectors from 20H, and its mask, an assembler's number. */
export function pic(mask: string): string {
  return `
    mov  al, 0x11
    out  0x20, al
    mov  al, 0x20
    out  0x21, al
    mov  al, 4
    out  0x21, al
    mov  al, 1
    out  0x21, al
    mov  al, ${mask}
    out  0x21, al`;
}

/** `handler` behind the vector at `vector` of real mode's table, with AX and DS cleared. */
export function vector(number: string, handler: string): string {
  return `
    xor  ax, ax
    mov  ds, ax
    mov  word [${number} * 4], ${handler}
    mov  word [${number} * 4 + 2], ax`;
}

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

/** Address of the configuration space of 00:01.0. */
export const PCI1 = 0xe0008000;
/** The local APIC, the I/O APIC, and the IOMMU. */
export const [LAPIC, IOAPIC, IOMMU] = [0xfee00000, 0xfec00000, 0xfed90000];

/** `apic`: the local APIC on, spurious vector FFH, and the PICs shut out. `route`: pin EAX of the I/O APIC sends EDX, the low half of its entry. */
export const APICS = `
apic:
    mov  dword [${LAPIC + 0xf0}], 0x1FF
    mov  dword [${LAPIC + 0x350}], 0x10000
    ret
route:
    lea  ecx, [eax * 2 + 0x10]
    mov  [${IOAPIC}], ecx
    mov  [${IOAPIC + 0x10}], edx
    ret
`;

/** For the virtio device at 00:01.0, whose BAR 0 is at EBX afterwards: `init` (VERSION_1 and ACCESS_PLATFORM), `queue` (number 0, with 8 entries, at EDX,
 *  MSI-X vector CX), `go` and `offer` as in VIRTIO_MMIO. `msix`: vector 0 as interrupt AL. */
export const VIRTIO_PCI = `
init:
    mov  word [${PCI1 + 4}], 6
    mov  ebx, [${PCI1 + 0x10}]
    and  ebx, -16
    mov  byte [ebx + 20], 0
    mov  byte [ebx + 20], 3
    mov  dword [ebx + 8], 1
    mov  dword [ebx + 12], 3
    mov  byte [ebx + 20], 11
    ret
queue:
    mov  word [ebx + 22], 0
    mov  word [ebx + 24], 8
    mov  [ebx + 26], cx
    mov  [ebx + 32], edx
    add  edx, 0x100
    mov  [ebx + 40], edx
    add  edx, 0x100
    mov  [ebx + 48], edx
    mov  word [ebx + 28], 1
    ret
go: mov  byte [ebx + 20], 15
    ret
offer:${MAKE_AVAILABLE}
    mov  word [ebx + 0x3000], 0
    ret
msix:
    mov  esi, [${PCI1 + 0x14}]
    and  esi, -16
    mov  dword [esi], 0xFEE00000
    mov  dword [esi + 4], 0
    movzx eax, al
    mov  [esi + 8], eax
    mov  dword [esi + 12], 0
    movzx edi, byte [${PCI1 + 0x34}]
.find:
    cmp  byte [${PCI1} + edi], 0x11
    je   .found
    movzx edi, byte [${PCI1 + 1} + edi]
    jmp  .find
.found:
    or   word [${PCI1 + 2} + edi], 0x8000
    ret
`;

/** `read`: a request at 0x50000 for the first sector into 0x50100, its status at 0x50800, in the chain at descriptor 0 at 0x30000. */
export const READ_SECTOR = `
read:
    mov  edx, 0x30000
    mov  dword [edx], 0x50000
    mov  dword [edx + 8], 16
    mov  dword [edx + 12], 0x10001
    mov  dword [edx + 16], 0x50100
    mov  dword [edx + 24], 512
    mov  dword [edx + 28], 0x20003
    mov  dword [edx + 32], 0x50800
    mov  dword [edx + 40], 1
    mov  dword [edx + 44], 2
    mov  byte [0x50800], 0xFF
    xor  eax, eax
    jmp  offer
`;

/** Programs that drive devices for ever, on the machine itself or in a virtual machine of the hosted hypervisor. */

/** Bytes of one request to the disk. */
export const REQUEST_BYTES = 4096;
/** Sectors of its disk. */
export const DISK_SECTORS = 256;

const prologue = (queueSize: number): string => `
    bits 32
    org 0x10000
    jmp  start
QUEUE_SIZE equ ${queueSize}
%include "console.inc"
%include "flat.inc"
%include "virtio.inc"
`;

/** A handler that does no more than it must. */
const handler = (device: string): string => `
on_interrupt:
    push eax
    mov  eax, [VIRTIO_${device} + INTERRUPT_STATUS]
    mov  [VIRTIO_${device} + INTERRUPT_ACK], eax
    end_of_interrupt ${device}_LINE
    pop  eax
    iretd
`;

/** Reads 4 KiB a request, \`batch\` requests at a time; then sleeps until all are used. The device is notified where it wants to be. With EVENT_IDX the
 *  driver wants an interrupt for the last of a batch alone; without, each request interrupts. */
export function blockReader(batch: number, usesEventIdx: boolean): string {
  return `${prologue(128)}
BATCH equ ${batch}
QUEUE equ 0x30000
HEADERS equ 0x31000
ANSWERS equ 0x32000
BUFFERS equ 0x40000
start:
    call enter_flat
    handle_line BLOCK_LINE, on_interrupt
    mov  ebx, VIRTIO_BLOCK
    mov  eax, ${usesEventIdx ? 'F_EVENT_IDX' : 0}
    call virtio_start
    mov  eax, 0
    mov  edi, QUEUE
    call virtio_queue
    call virtio_live
    ; Request n: descriptors 3n to 3n + 2.
    mov  ecx, 0
.request:
    mov  eax, ecx
    shl  eax, 4
    mov  dword [HEADERS + eax], 0
    lea  edx, [ecx * 8]
    mov  [HEADERS + eax + 8], edx
    imul edi, ecx, 3 * DESC_SIZE
    add  edi, QUEUE
    add  eax, HEADERS
    lea  edx, [ecx + ecx * 2 + 1]
    descriptor 0, eax, 16, NEXT, dx
    inc  edx
    mov  eax, ecx
    shl  eax, 12
    add  eax, BUFFERS
    descriptor 1, eax, ${REQUEST_BYTES}, NEXT | WRITE, dx
    lea  eax, [ecx + ANSWERS]
    descriptor 2, eax, 1, WRITE, 0
    inc  ecx
    cmp  ecx, BATCH
    jb   .request
    mov  edi, QUEUE
again:
    mov  ax, [QUEUE + AVAIL_IDX]
    add  ax, BATCH - 1
    mov  [QUEUE + USED_EVENT], ax
    mov  ebp, 0
.offer:
    lea  eax, [ebp + ebp * 2]
    call virtq_offer
    ${usesEventIdx ? 'mov  ax, [QUEUE + AVAIL_IDX]\n    dec  ax\n    cmp  ax, [QUEUE + AVAIL_EVENT]\n    jne  .quiet' : 'test word [QUEUE + USED_FLAGS], 1\n    jnz  .quiet'}
    mov  dword [VIRTIO_BLOCK + QUEUE_NOTIFY], 0
.quiet:
    inc  ebp
    cmp  ebp, BATCH
    jb   .offer
    call virtq_sleep
    jmp  again
${handler('BLOCK')}`;
}

/** Causes of VM exits in a virtual machine, each as a loop of two instructions. */
export const EXIT_CAUSES = {
  CPUID: '    cpuid',
  'write to a port (the debug console)': '    out  0xE9, al',
  'read of a virtio-mmio register': '    mov  eax, [0xFEB01000 + 0x60]',
} as const;
export type ExitCause = keyof typeof EXIT_CAUSES;

export function exitLoop(cause: ExitCause): string {
  return `    bits 32\n    org 0x10000\n    mov  al, 10\nagain:\n${EXIT_CAUSES[cause]}\n    jmp  again\n`;
}

/** Pages that go into the balloon and out of it in one request. */
export const BALLOON_PAGES = 1024;

/** Touches 4 MiB, gives them away, takes them back, and again. Writes the letter of each phase when it ends: T, I, D. */
export const BALLOON_LOOP = `${prologue(4)}
INFLATE equ 0x30000
DEFLATE equ 0x31000
NUMBERS equ 0x32000
PAGES equ 0x100000
COUNT equ ${BALLOON_PAGES}
start:
    call enter_flat
    handle_line BALLOON_LINE, on_interrupt
    mov  ebx, VIRTIO_BALLOON
    mov  eax, 0
    call virtio_start
    mov  eax, 0
    mov  edi, INFLATE
    call virtio_queue
    mov  eax, 1
    mov  edi, DEFLATE
    call virtio_queue
    call virtio_live
    mov  ecx, COUNT
    mov  eax, PAGES >> 12
    mov  edi, NUMBERS
.number:
    stosd
    inc  eax
    loop .number
again:
    mov  ecx, COUNT
    mov  edi, PAGES
.touch:
    mov  [edi], ecx
    add  edi, 0x1000
    loop .touch
    mov  al, 'T'
    out  0xE9, al
    mov  eax, 0
    mov  edi, INFLATE
    call give
    mov  al, 'I'
    out  0xE9, al
    mov  eax, 1
    mov  edi, DEFLATE
    call give
    mov  al, 'D'
    out  0xE9, al
    jmp  again
; The page numbers, to queue EAX at EDI.
give:
    push eax
    descriptor 0, NUMBERS, 4 * COUNT, 0, 0
    mov  eax, 0
    call virtq_offer
    pop  eax
    mov  [VIRTIO_BALLOON + QUEUE_NOTIFY], eax
    jmp  virtq_sleep
${handler('BALLOON')}`;

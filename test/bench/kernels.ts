/** Three loops that any IA-32 computer can run from its reset vector: a 64 KiB ROM each, which goes to 32-bit flat protected mode, turns on 4-KiB paging of the
 *  first 8 MiB, runs the loop to warm up, writes 'S' to COM1, runs it again, writes 'E', and halts. Peers are timed between the two bytes. */
export interface Kernel {
  readonly name: string;
  /** NASM source of the body; EBP counts rounds down. */
  readonly body: string;
  readonly rounds: number;
}

export const KERNELS: readonly Kernel[] = [
  {
    name: 'alu',
    rounds: 5_000_000,
    body: `
      mov eax, ebp
      shl eax, 13
      xor ebx, eax
      mov eax, ebx
      shr eax, 17
      xor ebx, eax
      rol ebx, 5
      add ebx, 0x9E3779B9`,
  },
  {
    name: 'memory',
    rounds: 4_000_000,
    body: `
      mov eax, ebp
      and eax, 0xFFFF
      mov ecx, [0x200000 + eax * 4]
      add ecx, ebp
      mov [0x200000 + eax * 4], ecx
      mov dl, [0x300000 + eax]
      inc dl
      mov [0x300000 + eax], dl
      add [0x280000], ecx
      push ecx
      xor ecx, [esp]
      pop ecx`,
  },
  {
    name: 'call',
    rounds: 3_000_000,
    body: `
      push ebp
      call outer
      add esp, 4
      jmp after
    outer:
      push ebp
      mov ebp, esp
      mov eax, [ebp + 8]
      push eax
      call inner
      add esp, 4
      pop ebp
      ret
    inner:
      mov eax, [esp + 4]
      lea eax, [eax + eax * 2 + 1]
      test eax, eax
      jz after
      ret
    after:
      nop`,
  },
];

/** Part of the rounds that go before the first mark. */
const WARM_UP = 3;

/** The ROM's source around a kernel's body. */
export function romSource(kernel: Kernel, rounds = kernel.rounds): string {
  return `
    bits 16
    org 0xF0000
    start16:
      cli
      o32 lgdt [cs:gdtr - 0xF0000]
      mov eax, cr0
      or al, 1
      mov cr0, eax
      jmp dword 8:start32
    bits 32
    start32:
      mov ax, 16
      mov ds, ax
      mov es, ax
      mov ss, ax
      mov esp, 0x80000
      cld
      mov edi, 0x10000
      mov eax, 3
      mov ecx, 2048
    entry:
      stosd
      add eax, 0x1000
      loop entry
      mov dword [0x9000], 0x10003
      mov dword [0x9004], 0x11003
      mov eax, 0x9000
      mov cr3, eax
      mov eax, cr0
      or eax, 0x80000000
      mov cr0, eax
      xor ebx, ebx
      mov dword [0x8000], 'S'
      mov ebp, ${Math.ceil(rounds / WARM_UP)}
    round:
      ${kernel.body}
      dec ebp
      jnz round
      mov dx, 0x3F8
      mov eax, [0x8000]
      out dx, al
      mov dword [0x8000], 'E'
      mov ebp, ${rounds}
      cmp al, 'S'
      je round
      hlt
    align 8, db 0
    gdt: dq 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF
    gdtr: dw 23
      dd gdt
    times 0xFFF0 - ($ - $$) db 0
    bits 16
      jmp 0xF000:0
    times 0x10000 - ($ - $$) db 0
  `;
}

/** 32-bit paging and the control registers behind it. SDM vol. 3, "32-Bit Paging", "Control Registers", "Page-Fault Exceptions".
 *
 *             31                  22 21                 12 11  9  8   7   6  5   4   3   2   1   0
 *  CR3       | page directory                             |  ignored     |PCD|PWT| ignored       |
 *  PDE 4 KiB | page table                                 | avl |ign| 0 |ign|A |PCD|PWT|U/S|R/W|P|
 *  PDE 4 MiB | page frame 31:22     | reserved (0)  12:PAT| avl | G | 1 | D |A |PCD|PWT|U/S|R/W|P|
 *  PTE       | page frame                                 | avl | G |PAT| D |A |PCD|PWT|U/S|R/W|P|
 *
 *  PSE-36 is not claimed, so bits 21:13 of a 4-MiB PDE are reserved. There is no PAE and no NX.
 */
import { type BitField, maskOf } from './bit-field.ts';

export const PTE_P = 1 << 0;
export const PTE_W = 1 << 1;
export const PTE_U = 1 << 2;
export const PTE_PWT = 1 << 3;
export const PTE_PCD = 1 << 4;
export const PTE_A = 1 << 5;
export const PTE_D = 1 << 6;
/** In a PDE, with CR4.PSE = 1: maps a 4-MiB page. In a PTE the same bit is PAT. */
export const PDE_PS = 1 << 7;
export const PTE_PAT = 1 << 7;
export const PTE_G = 1 << 8;
export const PDE4M_PAT = 1 << 12;
export const PDE4M_RESERVED = 0x003fe000;
export const PTE_FRAME = 0xfffff000 | 0;
export const PDE4M_FRAME = 0xffc00000 | 0;

const COMMON = [
  { name: 'P', bit: 0, meaning: 'present' },
  { name: 'R/W', bit: 1, meaning: 'may be written' },
  { name: 'U/S', bit: 2, meaning: 'user mode may use it' },
  { name: 'PWT', bit: 3, meaning: 'write-through (memory type, part 1)' },
  { name: 'PCD', bit: 4, meaning: 'not cached (memory type, part 2)' },
  { name: 'A', bit: 5, meaning: 'accessed' },
] as const satisfies readonly BitField[];

/** A page-directory entry that refers to a page table. */
export const PDE_BITS = [
  ...COMMON,
  { name: 'PS', bit: 7, meaning: '0: refers to a page table' },
  { name: 'table', bit: 12, width: 20, meaning: 'physical address of the page table' },
] as const satisfies readonly BitField[];

/** A page-directory entry that maps a 4-MiB page. */
export const PDE4M_BITS = [
  ...COMMON,
  { name: 'D', bit: 6, meaning: 'written to' },
  { name: 'PS', bit: 7, meaning: '1: maps a 4-MiB page' },
  { name: 'G', bit: 8, meaning: 'global: survives MOV to CR3 (with CR4.PGE)' },
  { name: 'PAT', bit: 12, meaning: 'memory type, part 3' },
  { name: 'frame', bit: 22, width: 10, meaning: 'physical address of the page' },
] as const satisfies readonly BitField[];

export const PTE_BITS = [
  ...COMMON,
  { name: 'D', bit: 6, meaning: 'written to' },
  { name: 'PAT', bit: 7, meaning: 'memory type, part 3' },
  { name: 'G', bit: 8, meaning: 'global: survives MOV to CR3 (with CR4.PGE)' },
  { name: 'frame', bit: 12, width: 20, meaning: 'physical address of the page' },
] as const satisfies readonly BitField[];

// #PF error code.
export const PF_P = 1 << 0;
export const PF_W = 1 << 1;
export const PF_U = 1 << 2;
export const PF_RSVD = 1 << 3;

export const PAGE_FAULT_BITS = [
  { name: 'P', bit: 0, meaning: '0: an entry was not present; 1: the rights or a reserved bit refused' },
  { name: 'W/R', bit: 1, meaning: 'the access was a write' },
  { name: 'U/S', bit: 2, meaning: 'the access came from user mode' },
  { name: 'RSVD', bit: 3, meaning: 'a reserved bit was set in a present entry' },
] as const satisfies readonly BitField[];

/* CR0   31 30 29 28   19 18 17 16 15    6  5  4  3  2  1  0        CR4   31  14  13   12   9  8   7   6  5   4  3  2   1   0
 *      |PG|CD|NW|  0    |AM| 0|WP|   0   |NE|ET|TS|EM|MP|PE|            | 0    |VMXE|  0    |PCE|PGE| 0 | 0|PSE| 0|TSD| 0 | 0 |     */
export const CR0_PE = 1 << 0;
export const CR0_MP = 1 << 1;
export const CR0_EM = 1 << 2;
export const CR0_TS = 1 << 3;
export const CR0_ET = 1 << 4;
export const CR0_NE = 1 << 5;
export const CR0_WP = 1 << 16;
export const CR0_AM = 1 << 18;
export const CR0_NW = 1 << 29;
export const CR0_CD = 1 << 30;
export const CR0_PG = 1 << 31;

export const CR0_BITS = [
  { name: 'PE', bit: 0, meaning: 'protected mode' },
  { name: 'MP', bit: 1, meaning: 'WAIT raises #NM while TS is 1' },
  { name: 'EM', bit: 2, meaning: 'x87 instructions raise #NM' },
  { name: 'TS', bit: 3, meaning: 'task switched: x87 instructions raise #NM' },
  { name: 'ET', bit: 4, meaning: 'always 1' },
  { name: 'NE', bit: 5, meaning: 'x87 errors raise #MF' },
  { name: 'WP', bit: 16, meaning: 'read-only pages hold for the supervisor too' },
  { name: 'AM', bit: 18, meaning: 'EFLAGS.AC checks alignment at CPL 3' },
  { name: 'NW', bit: 29, meaning: 'not write-through' },
  { name: 'CD', bit: 30, meaning: 'cache disabled' },
  { name: 'PG', bit: 31, meaning: 'paging' },
] as const satisfies readonly BitField[];

/** Other bits of CR0 read 0; MOV to CR0 ignores what is written to them, and ET stays 1. */
export const CR0_DEFINED = maskOf(CR0_BITS);

export const CR3_PWT = 1 << 3;
export const CR3_PCD = 1 << 4;
export const CR3_DIRECTORY = 0xfffff000 | 0;
export const CR3_BITS = [
  { name: 'PWT', bit: 3, meaning: 'page directory: write-through' },
  { name: 'PCD', bit: 4, meaning: 'page directory: not cached' },
  { name: 'directory', bit: 12, width: 20, meaning: 'physical address of the page directory' },
] as const satisfies readonly BitField[];

export const CR4_VME = 1 << 0;
export const CR4_PVI = 1 << 1;
export const CR4_TSD = 1 << 2;
export const CR4_DE = 1 << 3;
export const CR4_PSE = 1 << 4;
export const CR4_PAE = 1 << 5;
export const CR4_MCE = 1 << 6;
export const CR4_PGE = 1 << 7;
export const CR4_PCE = 1 << 8;
export const CR4_VMXE = 1 << 13;

/** The bits this processor has. Setting another is #GP(0). */
export const CR4_BITS = [
  { name: 'TSD', bit: 2, meaning: 'RDTSC only at CPL 0' },
  { name: 'PSE', bit: 4, meaning: '4-MiB pages' },
  { name: 'PGE', bit: 7, meaning: 'global pages' },
  { name: 'PCE', bit: 8, meaning: 'RDPMC at any CPL (it has no counters to read)' },
  { name: 'VMXE', bit: 13, meaning: 'VMX instructions' },
] as const satisfies readonly BitField[];
export const CR4_DEFINED = maskOf(CR4_BITS);

/** CPUID.80000008H:EAX[7:0]. Of these 36 bits guest-physical addresses of 32-bit paging use 32; EPT entries can use all. */
export const MAXPHYADDR = 36;

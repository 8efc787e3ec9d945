; A stale IOTLB entry: the IOMMU goes on believing what it has read, until it is told to forget.
; A page is taken from VM A's disk and given to VM B. Clearing the table entry is not enough: the
; disk still gets through by the IOTLB, into memory that is VM B's now. Two ways to say "forget":
; a register, and a queue of commands in memory.
    bits 32
    org 0x10000
    jmp  start
QUEUE_SIZE equ 4
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"
%include "ept.inc"
%include "vm.inc"
%include "pci.inc"
%include "virtio.inc"
%include "virtio-pci.inc"
%include "iommu.inc"

A_MEMORY   equ 0x200000
A_DRIVER   equ A_MEMORY
A_QUEUE    equ A_MEMORY + 0x1000
A_REQUEST  equ A_MEMORY + 0x2000
B_MEMORY   equ 0x400000
PAGE       equ 0x600000         ; the page that changes hands
TABLE_3    equ 0x130000         ; second-level tables: bits 38:30, 29:21 and 20:12 of an address
TABLE_2    equ 0x131000
TABLE_1    equ 0x132000
ENTRY      equ TABLE_1 + (PAGE >> 12 & 0x1FF) * 8
DOMAIN_A   equ 1

start:
    call enter_vmx
    mov  eax, VIRTIO_PCI_BLOCK
    call pci_find
    mov  word [ebx + PCI_COMMAND], PCI_MEMORY | PCI_MASTER
    mov  edi, A_DRIVER
    mov  edx, VM_WINDOW
    call vpci_find
    mov  eax, [ebx + PCI_BAR0]
    and  eax, 0xFFFFFFF0
    shr  ebx, 12
    mov  [disk], ebx

    mov  ebx, VM_A
    call map_window             ; the disk's registers
    mov  eax, vm_a
    mov  esi, A_MEMORY
    mov  edi, A_MEMORY
    call new_vm
    mov  ebx, VM_B
    mov  eax, PAGE
    call map_window             ; the page, to which VM B writes
    mov  eax, vm_b
    mov  esi, B_MEMORY
    mov  edi, B_MEMORY
    call new_vm

    mov  dword [TABLE_3], TABLE_2 | SL_READ | SL_WRITE
    mov  dword [TABLE_2 + (A_MEMORY >> 21) * 8], A_MEMORY | SL_LARGE | SL_READ | SL_WRITE
    mov  dword [TABLE_2 + (PAGE >> 21) * 8], TABLE_1 | SL_READ | SL_WRITE
    mov  dword [ENTRY], PAGE | SL_READ | SL_WRITE
    mov  eax, [disk]
    mov  ecx, DOMAIN_A << 8 | THREE_LEVELS
    mov  edx, TABLE_3
    call iommu_assign
    call iommu_enable

    say  "1. Mapped", 10
    call attempt
    mov  dword [ENTRY], 0
    say  "2. Unmapped, and nobody told the IOMMU", 10
    call attempt                ; wrong, and that is how it is
    mov  eax, PAGE
    mov  ecx, DOMAIN_A
    call iommu_forget
    say  "3. Invalidated by register", 10
    call attempt
    mov  dword [ENTRY], PAGE | SL_READ | SL_WRITE
    say  "4. Mapped again, and nobody told the IOMMU", 10
    call attempt                ; CAP.CM = 1: that nothing was there is remembered, too
    mov  eax, PAGE
    mov  ecx, DOMAIN_A
    call iommu_forget
    say  "5. Invalidated by register", 10
    call attempt
    mov  dword [ENTRY], 0
    call iommu_queue
    say  "6. Unmapped; the queue is on, but empty", 10
    call attempt
    mov  eax, PAGE
    mov  ecx, DOMAIN_A
    call iommu_enqueue
    say  "7. Invalidated by the queue", 10
    call attempt
    jmp  stop

; attempt: VM B fills the page, VM A has its disk write there, and we look at what came of it.
attempt:
    mov  ebx, VM_B
    call run_vm
    call skip_instruction       ; it left by HLT, and goes on behind it next time
    mov  ebx, VM_A
    call run_vm
    call skip_instruction
    call iommu_report
    say  "  the page reads: "
    mov  esi, PAGE
.letter:
    lodsb
    test al, al
    jz   .end
    out  0xE9, al
    jmp  .letter
.end:
    say  10
    ret

; Non-root operation -----------------------------------------------------------------------------
vm_a:                           ; reads sector 0 of its disk to the page
    mov  ebx, A_DRIVER
    xor  eax, eax
    mov  edi, A_QUEUE
    call vpci_open
    mov  esi, eax               ; where to notify
    descriptor 0, A_REQUEST, 16, NEXT, 1
    descriptor 1, PAGE, 512, NEXT | WRITE, 2
    descriptor 2, A_REQUEST + 16, 1, WRITE, 0
    xor  eax, eax
    call virtq_offer
    mov  [esi], ax
    call vpci_wait
    hlt
    jmp  vm_a

vm_b:
    mov  esi, .text
    mov  edi, VM_WINDOW
    mov  ecx, .text_end - .text
    rep  movsb
    hlt
    jmp  vm_b
.text:
    db   "Property of VM B.", 0
.text_end:

disk: dd 0

; A device in the hands of a virtual machine, without and with the IOMMU.
; VM A has a disk of its own: it programs it without any exit, and the disk does what its driver
; says. EPT keeps VM A's instructions out of VM B's memory, but a device does not go through EPT.
; Its accesses carry its routing ID, and the IOMMU judges them by that.
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

; Both VMs see their memory where it really is, so that an address means the same to everybody.
A_MEMORY   equ 0x200000
A_DRIVER   equ A_MEMORY         ; block of the disk's driver
A_QUEUE    equ A_MEMORY + 0x1000
A_REQUEST  equ A_MEMORY + 0x2000
A_PAGE     equ A_MEMORY + 0x10000
B_MEMORY   equ 0x400000
B_PAGE     equ B_MEMORY + 0x10000
TABLE_3    equ 0x130000         ; second-level tables of VM A's domain
TABLE_2    equ 0x131000
DOMAIN_A   equ 1                ; 0 is not for use where absence is cached (CAP.CM)

start:
    call enter_vmx
    mov  eax, VIRTIO_PCI_BLOCK
    call pci_find
    say  "VM A has the disk "
    call print_place
    say  10
    mov  word [ebx + PCI_COMMAND], PCI_MEMORY | PCI_MASTER
    mov  edi, A_DRIVER
    mov  edx, VM_WINDOW         ; where VM A will see the disk's registers
    call vpci_find
    mov  eax, [ebx + PCI_BAR0]
    and  eax, 0xFFFFFFF0
    shr  ebx, 12
    mov  [disk], ebx            ; its routing ID

    mov  ebx, VM_A
    call map_window
    mov  eax, vm_a
    mov  esi, A_MEMORY
    mov  edi, A_MEMORY
    call new_vm
    mov  ebx, VM_B
    mov  eax, vm_b
    mov  esi, B_MEMORY
    mov  edi, B_MEMORY
    call new_vm

    say  "Without the IOMMU:", 10
    mov  edx, B_PAGE
    call attempt

    ; 1. VM A's domain: its own 2 MiB, at the addresses that it knows, and nothing else. Bits 38:30
    ; of an address choose in the first table (0), bits 29:21 in the second.
    mov  dword [TABLE_3], TABLE_2 | SL_READ | SL_WRITE
    mov  dword [TABLE_2 + (A_MEMORY >> 21) * 8], A_MEMORY | SL_LARGE | SL_READ | SL_WRITE
    ; 2. The disk belongs to that domain.
    mov  eax, [disk]
    mov  ecx, DOMAIN_A << 8 | THREE_LEVELS
    mov  edx, TABLE_3
    call iommu_assign
    ; 3. On.
    call iommu_enable

    say  "With the IOMMU, the same:", 10
    mov  edx, B_PAGE
    call attempt
    say  "With the IOMMU, into VM A's own memory:", 10
    mov  edx, A_PAGE
    call attempt
    say  "  page of VM A: "
    mov  esi, A_PAGE
    call print_line
    jmp  stop

; attempt: VM B fills its page, VM A has its disk write at EDX, and we look at what came of it.
attempt:
    mov  [VM_A + VM_EDX], edx
    mov  ebx, VM_B
    call run_vm
    call skip_instruction       ; it left by HLT, and goes on behind it next time
    mov  ebx, VM_A
    call run_vm
    call skip_instruction
    call iommu_report
    say  "  page of VM B: "
    mov  esi, B_PAGE
; print_line: the text at ESI.
print_line:
    lodsb
    test al, al
    jz   .end
    out  0xE9, al
    jmp  print_line
.end:
    say  10
    ret

; Non-root operation -----------------------------------------------------------------------------
vm_a:                           ; EDX = where the disk shall put its first sector
    push edx
    mov  ebx, A_DRIVER
    xor  eax, eax
    mov  edi, A_QUEUE
    call vpci_open
    mov  esi, eax               ; where to notify
    pop  edx
    ; A request is a header, the data, and a status byte; all zeros: read sector 0.
    descriptor 0, A_REQUEST, 16, NEXT, 1
    descriptor 1, edx, 512, NEXT | WRITE, 2
    descriptor 2, A_REQUEST + 16, 1, WRITE, 0
    xor  eax, eax
    call virtq_offer
    mov  [esi], ax              ; the notification
    call vpci_wait
    jnc  .done
    say  "  VM A: my disk needs a reset", 10
.done:
    hlt
    jmp  vm_a

vm_b:
    mov  esi, .text
    mov  edi, B_PAGE
    mov  ecx, .text_end - .text
    rep  movsb
    hlt
    jmp  vm_b
.text:
    db   "VM B was here.", 0
.text_end:

disk: dd 0

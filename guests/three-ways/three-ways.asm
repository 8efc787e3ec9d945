; Three ways to give a virtual machine a network card, and what each costs.
; The same packets leave the VM by an emulated card with a data port, by a virtio queue whose
; notifications the hypervisor takes, and by a VF of its own. What differs is who must be asked, and
; how often: we count the exits. A receiver beyond counts the packets, so that nobody cheats.
    bits 32
    org 0x10000
    jmp  start
QUEUE_SIZE equ 32
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"
%include "ept.inc"
%include "vm.inc"
%include "pci.inc"
%include "virtio.inc"
%include "virtio-pci.inc"

PACKETS    equ 16
FRAME      equ 60
HEADER     equ 12               ; virtio-net's own, before each frame; zeros, as we use no offloads
PORT_DATA  equ 0x300            ; the emulated card: a byte written here joins the packet,
PORT_SEND  equ 0x301            ; and any write there sends it
; The VM's memory: it is there in the host too, so that we need no IOMMU. The guest "sriov" has one.
MEMORY     equ 0x200000
VF         equ MEMORY           ; block of its driver
NOTIFY_AT  equ MEMORY + 0x30
BATCH      equ MEMORY + 0x34    ; packets for each notification, a power of 2
PACKET     equ MEMORY + 0x40
TRANSMITQ  equ MEMORY + 0x1000
TX_BUFFERS equ MEMORY + 0x10000
; Ours: the physical function, which sends what the emulated card is given, and VF 2, which
; receives.
PF         equ 0x140000         ; block of the driver
PF_QUEUE   equ 0x141000
PF_BUFFER  equ 0x142000
VF2        equ 0x140080
RECEIVEQ   equ 0x143000
RX_BUFFERS equ 0x150000

start:
    call enter_vmx
    call set_up
    say  "16 packets of 60 bytes by", 10
    say  "  an emulated card with a data port: "
    mov  esi, vm_port
    call run_way
    ; From here on the VM has a VF, but the page in which its queues are notified is not there for
    ; it: each notification is an EPT violation, and we pass it on.
    mov  eax, [notify]
    shr  eax, 12
    and  eax, 3
    lea  edi, [VM_A + VM_PT_WINDOW + eax * 8]
    mov  ebp, [edi]
    mov  dword [edi], 0
    mov  dword [BATCH], 1
    say  "  virtio, notified of each packet: "
    mov  esi, vm_virtio
    call run_way
    mov  dword [BATCH], PACKETS
    say  "  virtio, notified once for all: "
    mov  esi, vm_virtio
    call run_way
    mov  [edi], ebp             ; that page is the whole difference
    mov  dword [BATCH], 1
    say  "  a VF of its own: "
    mov  esi, vm_virtio
    call run_way
    jmp  stop

; run_way: the VM's program at ESI sends the packets. It halts when it is ready, and when it is
; done. Changes EAX, ECX, EDX; the emulated card EDI.
run_way:
    mov  ebx, VM_A
    vmptrld [ebx + VM_POINTER]
    mov  edx, GUEST_RIP
    vmwrite edx, esi
    call run_vm
    cmp  eax, EXIT_HLT
    jne  stop
    call skip_instruction
    mov  dword [exits], 0
    rdtsc
    mov  [began], eax
.go:
    call run_vm
    cmp  eax, EXIT_HLT
    je   .done
    inc  dword [exits]
    push .go
    cmp  eax, EXIT_IO
    je   port_write
    cmp  eax, EXIT_EPT_VIOLATION
    je   notification
    jmp  stop
.done:
    rdtsc                       ; a tick for each instruction, and while the wire is busy
    sub  eax, [began]
    push eax
    say  "exits "
    mov  eax, [exits]
    call print_number
    say  ", "
    call print_ratio
    say  " a packet; ticks "
    pop  eax
    xor  edx, edx
    mov  ecx, PACKETS
    div  ecx
    call print_number
    say  " a packet", 10
    ; All of them must have arrived. The buffers are offered again, in the order in which they are.
    add  word [received], PACKETS
.arrival:
    mov  ax, [RECEIVEQ + USED_IDX]
    cmp  ax, [received]
    jne  .arrival
    add  word [RECEIVEQ + AVAIL_IDX], PACKETS
    mov  eax, [receive_at]
    mov  word [eax], 0
    ret

; port_write: the emulated card. The exit qualification has the port in bits 31:16.
port_write:
    vmget eax, EXIT_QUALIFICATION
    shr  eax, 16
    mov  ecx, [filled]
    cmp  eax, PORT_SEND
    je   .send
    mov  al, [VM_A + VM_EAX]
    mov  [PF_BUFFER + HEADER + ecx], al
    inc  dword [filled]
    jmp  skip_instruction
.send:
    mov  dword [filled], 0
    push ebx
    mov  ebx, PF
    mov  edi, PF_QUEUE
    add  ecx, HEADER
    descriptor 0, PF_BUFFER, ecx, 0, 0
    xor  eax, eax
    call virtq_offer
    mov  eax, [pf_notify]
    mov  word [eax], 1
    call vpci_wait
    pop  ebx
    jmp  skip_instruction

; notification: what the VM wrote goes where it was meant for. The processor tells no length of
; the instruction here; a hypervisor would decode it. Ours knows it: MOV [EDX], AX, three bytes.
notification:
    mov  ecx, [VM_A + VM_EAX]
    mov  eax, [notify]
    mov  [eax], cx
    vmget ecx, GUEST_RIP
    cmp  word [ecx], 0x8966
    jne  stop
    add  ecx, 3
    mov  edx, GUEST_RIP
    vmwrite edx, ecx
    ret

; print_ratio: EAX / PACKETS, with two digits behind the point. Changes EAX, ECX, EDX.
print_ratio:
    imul eax, eax, 100
    xor  edx, edx
    mov  ecx, PACKETS
    div  ecx
    xor  edx, edx
    mov  ecx, 100
    div  ecx
    call print_number
    say  "."
    cmp  edx, 10
    jae  .two
    say  "0"
.two:
    mov  eax, edx
    jmp  print_number

; set_up: two VFs; the drivers of the physical function and of VF 2; the VM, with VF 1.
set_up:
    mov  eax, VIRTIO_PCI_NETWORK
    call pci_find
    mov  word [ebx + PCI_COMMAND], PCI_MEMORY | PCI_MASTER
    mov  ax, 2
    call sriov_enable
    ; 1. The physical function sends.
    pushad
    mov  edi, PF
    mov  edx, [ebx + PCI_BAR0]
    and  edx, 0xFFFFFFF0
    call vpci_find
    mov  ebx, PF
    mov  eax, 1
    mov  edi, PF_QUEUE
    call vpci_open
    mov  [pf_notify], eax
    popad
    ; 2. VF 1 is the VM's.
    mov  ecx, 1
    mov  esi, VF
    call vpci_find_vf
    mov  edx, [VF + VP_NOTIFY]
    add  edx, [VF + VP_MULTIPLIER]
    mov  [notify], edx          ; queue 1, as we see it
    pushad
    mov  ebx, VM_A
    call map_window
    mov  esi, MEMORY
    mov  edi, MEMORY
    call new_vm
    popad
    sub  eax, VM_WINDOW         ; from our addresses of its registers to the VM's
    sub  [VF + VP_COMMON], eax
    sub  [VF + VP_NOTIFY], eax
    ; 3. VF 2 receives.
    mov  ecx, 2
    mov  esi, VF2
    call vpci_find_vf
    mov  ebx, VF2
    xor  eax, eax
    mov  edi, RECEIVEQ
    call vpci_open
    mov  [receive_at], eax
    xor  eax, eax
.buffer:
    descriptor_at eax, RX_BUFFERS, 2048, WRITE
    call virtq_offer
    inc  eax
    cmp  eax, QUEUE_SIZE
    jb   .buffer
    mov  eax, [receive_at]
    mov  word [eax], 0
    ; 4. The packet: to VF 2, of the type for experiments.
    mov  esi, [VF2 + VP_DEVICE]
    mov  eax, [esi]
    mov  [PACKET], eax
    mov  ax, [esi + 4]
    mov  [PACKET + 4], ax
    mov  word [PACKET + 12], 0xB588
    ret

; Non-root operation -----------------------------------------------------------------------------
vm_port:
    hlt
    mov  ebp, PACKETS
.packet:
    mov  esi, PACKET
    mov  ecx, FRAME
    mov  dx, PORT_DATA
.byte:
    lodsb
    out  dx, al                 ; exit
    loop .byte
    mov  dx, PORT_SEND
    out  dx, al                 ; exit
    dec  ebp
    jnz  .packet
    hlt

vm_virtio:
    mov  ebx, VF
    mov  eax, 1
    mov  edi, TRANSMITQ
    call vpci_open
    mov  [NOTIFY_AT], eax
    hlt
    xor  ebp, ebp
.packet:
    mov  esi, PACKET
    mov  edi, ebp
    shl  edi, 11
    add  edi, TX_BUFFERS + HEADER
    mov  ecx, FRAME / 4
    rep  movsd
    mov  edi, TRANSMITQ
    descriptor_at ebp, TX_BUFFERS, HEADER + FRAME, 0
    mov  eax, ebp
    call virtq_offer
    inc  ebp
    mov  eax, [BATCH]
    dec  eax
    test ebp, eax
    jnz  .more
    mov  edx, [NOTIFY_AT]
    mov  eax, 1
    mov  [edx], ax              ; exit, or not
.more:
    cmp  ebp, PACKETS
    jb   .packet
    call vpci_wait
    hlt

exits:      dd 0
began:      dd 0
filled:     dd 0
notify:     dd 0                ; the transmit queues of VF 1
pf_notify:  dd 0                ; and of the physical function
receive_at: dd 0
received:   dd 0

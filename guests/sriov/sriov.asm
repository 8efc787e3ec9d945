; SR-IOV: one network card, and a virtual function (VF) of it for each of two virtual machines.
; The physical function multiplies; each VF has registers, queues and a routing ID of its own. EPT
; shows a VM the registers of its VF, and the IOMMU gives the VF the memory of its VM. From then
; on they exchange packets without the hypervisor: every exit is counted, and none is for a packet.
; Then one VM breaks the rules.
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
%include "iommu.inc"

PACKETS    equ 100              ; each way
FRAME      equ 60
HEADER     equ 12               ; virtio-net's own, before each frame; zeros, as we use no offloads
SLICE      equ 2000             ; instructions until the other VM's turn
; Both VMs see their memory at the same place. In the host, A's is there and B's 2 MiB further.
MEMORY     equ 0x200000
TO_B       equ VM_SIZE
VF         equ MEMORY           ; block of the driver
MY_MAC     equ MEMORY + 0x20
PEER_MAC   equ MEMORY + 0x28
SENT       equ MEMORY + 0x30
RECEIVED   equ MEMORY + 0x34
SEND_AT    equ MEMORY + 0x38    ; where to notify the queues
RECEIVE_AT equ MEMORY + 0x3C
RECEIVEQ   equ MEMORY + 0x1000  ; queue 0
TRANSMITQ  equ MEMORY + 0x2000  ; queue 1
RX_BUFFERS equ MEMORY + 0x10000 ; 2 KiB each
TX_BUFFERS equ MEMORY + 0x20000 ; the same

start:
    call enter_vmx
    mov  eax, VIRTIO_PCI_NETWORK
    call pci_find
    mov  ax, 2
    call sriov_enable           ; EDI = the capability from here on
    say  "Network card "
    call print_place
    movzx eax, word [edi + SRIOV_NUM_VFS]
    say  ": NumVFs "
    call print_number
    movzx eax, word [edi + SRIOV_TOTAL_VFS]
    say  " of "
    call print_number
    say  10
    mov  ebp, VM_A
    mov  ecx, 1
    call give_vf
    mov  ebp, VM_B
    mov  ecx, 2
    call give_vf
    call iommu_enable

    ; By turns, until both have halted.
    mov  ebx, VM_A
.turn:
    cmp  dword [ebx + VM_EXITS + EXIT_HLT * 4], 0
    jne  .other                 ; it is done
    call run_vm
    cmp  eax, EXIT_HLT
    je   .other
    cmp  eax, EXIT_PREEMPTION_TIMER
    jne  stop                   ; nothing else should happen
.other:
    xor  ebx, VM_A ^ VM_B
    mov  eax, [VM_A + VM_EXITS + EXIT_HLT * 4]
    add  eax, [VM_B + VM_EXITS + EXIT_HLT * 4]
    cmp  eax, 2
    jne  .turn

    say  "VM A: "
    mov  ebx, VM_A
    mov  edi, 0
    call report
    say  "VM B: "
    mov  ebx, VM_B
    mov  edi, TO_B
    call report

    say  "VM A sends from 00400000, beyond its memory:", 10
    mov  ebx, VM_A
    vmptrld [ebx + VM_POINTER]
    call skip_instruction       ; behind its HLT
.rogue:
    call run_vm
    cmp  eax, EXIT_HLT
    jne  .rogue
    call iommu_report
    jmp  stop

; give_vf: VF number ECX of the card at EBX, with its capability at EDI, becomes the VM's at EBP.
; Keeps EBX, EDI.
give_vf:
    push edi
    push ebx
    ; 1. Routing ID = that of the physical function + first offset + (number - 1) * stride.
    say  "VF "
    mov  eax, ecx
    call print_number
    say  ": "
    call print_place
    movzx eax, word [edi + SRIOV_FIRST_OFFSET]
    say  " + "
    call print_number
    lea  eax, [ecx - 1]
    say  " + "
    call print_number
    movzx eax, word [edi + SRIOV_STRIDE]
    say  " * "
    call print_number
    lea  esi, [ecx - 1]
    imul esi, esi, TO_B
    add  esi, VF                ; the driver's block, in the host
    call vpci_find_vf           ; EAX = its registers, EDX = its configuration space
    mov  ebx, edx
    say  " = "
    call print_place
    say  ", registers at "
    call print_hex
    say  10
    ; 2. Its MAC address, for this VM and its peer; then the block as the VM sees the registers.
    mov  edi, esi
    mov  esi, [edi + VP_DEVICE]
    push edi
    add  edi, MY_MAC - VF
    movsd
    movsd                       ; six bytes and two that do not matter
    pop  edi
    push edi
    xor  edi, MEMORY ^ (MEMORY + TO_B)
    add  edi, PEER_MAC - VF
    sub  esi, 8
    movsd
    movsd
    pop  edi
    sub  [edi + VP_COMMON], eax
    add  dword [edi + VP_COMMON], VM_WINDOW
    sub  [edi + VP_NOTIFY], eax
    add  dword [edi + VP_NOTIFY], VM_WINDOW
    ; 3. The VM.
    push ecx
    xchg ebx, ebp
    call map_window
    mov  eax, vm
    mov  esi, MEMORY
    call new_vm                 ; EDI = its memory in the host
    vmcontrols PIN_CONTROLS, IA32_VMX_PIN, ACTIVATE_PREEMPTION_TIMER
    vmset PREEMPTION_TIMER, SLICE
    ; 4. The VF's domain. EPT entries have read, write, size and address where second-level entries
    ; have them, so the VM's own tables will do: its device reaches what its instructions reach.
    pop  ecx
    shl  ecx, 8
    or   ecx, FOUR_LEVELS
    lea  edx, [ebx + VM_PML4]
    mov  eax, ebp
    shr  eax, 12
    and  eax, 0xFFFF
    call iommu_assign
    pop  ebx
    pop  edi
    ret

; report: what the VM at EBX did, whose memory is EDI further than A's.
report:
    mov  eax, [edi + SENT]
    call print_number
    say  " packets sent, "
    mov  eax, [edi + RECEIVED]
    call print_number
    say  " received; exits: "
    mov  eax, [ebx + VM_EXITS + EXIT_PREEMPTION_TIMER * 4]
    call print_number
    say  " by the timer, "
    mov  eax, [ebx + VM_EXITS + EXIT_HLT * 4]
    call print_number
    say  " by HLT, "
    xor  eax, eax
    xor  ecx, ecx
.reason:
    add  eax, [ebx + VM_EXITS + ecx * 4]
    inc  ecx
    cmp  ecx, 64
    jb   .reason
    sub  eax, [ebx + VM_EXITS + EXIT_PREEMPTION_TIMER * 4]
    sub  eax, [ebx + VM_EXITS + EXIT_HLT * 4]
    call print_number
    say  " for packets", 10
    ret

; Non-root operation: the same text for both VMs --------------------------------------------------
vm:
    mov  ebx, VF
    call vpci_start
    mov  eax, 0
    mov  edi, RECEIVEQ
    call vpci_queue
    mov  [RECEIVE_AT], eax
    mov  eax, 1
    mov  edi, TRANSMITQ
    call vpci_queue
    mov  [SEND_AT], eax
    call vpci_live
    xor  eax, eax
    mov  edi, RECEIVEQ
.buffer:
    descriptor_at eax, RX_BUFFERS, 2048, WRITE
    call virtq_offer
    inc  eax
    cmp  eax, QUEUE_SIZE
    jb   .buffer
    mov  eax, [RECEIVE_AT]
    mov  word [eax], 0          ; notify: straight into the VF's registers
.work:
    mov  eax, [SENT]
    cmp  eax, PACKETS
    je   .receive
    movzx ecx, word [TRANSMITQ + USED_IDX]
    sub  eax, ecx
    cmp  eax, QUEUE_SIZE        ; all buffers on their way?
    je   .receive
    call send
.receive:
    mov  ax, [RECEIVEQ + USED_IDX]
    cmp  ax, [RECEIVED]
    je   .check
    call receive
.check:
    mov  eax, [SENT]
    add  eax, [RECEIVED]
    cmp  eax, 2 * PACKETS
    jne  .work
    hlt                         ; done. VM A goes on from here, and not nicely.
    mov  edi, TRANSMITQ
    descriptor 0, MEMORY + VM_SIZE, HEADER + FRAME, 0, 0
    xor  eax, eax
    call virtq_offer
    mov  eax, [SEND_AT]
    mov  word [eax], 1
    call vpci_wait
    jnc  .end
    say  "  VM A: my VF needs a reset", 10
.end:
    hlt

; send: packet number [SENT], by the buffer of that number.
send:
    mov  eax, [SENT]
    and  eax, QUEUE_SIZE - 1
    mov  edi, eax
    shl  edi, 11
    add  edi, TX_BUFFERS + HEADER
    mov  esi, PEER_MAC
    movsd
    movsw
    mov  esi, MY_MAC
    movsd
    movsw
    mov  word [edi], 0xB588     ; EtherType 88B5: for experiments
    mov  edx, [SENT]
    mov  [edi + 2], edx
    mov  edi, TRANSMITQ
    descriptor_at eax, TX_BUFFERS, HEADER + FRAME, 0
    call virtq_offer
    inc  dword [SENT]
    mov  eax, [SEND_AT]
    mov  word [eax], 1          ; no exit
    ret

; receive: the next used buffer must hold packet number [RECEIVED]. It is offered again.
receive:
    mov  ecx, [RECEIVED]
    and  ecx, QUEUE_SIZE - 1
    mov  eax, [RECEIVEQ + USED_RING + ecx * 8 + USED_ID]
    mov  ecx, eax
    shl  ecx, 11
    mov  ecx, [RX_BUFFERS + ecx + HEADER + 14]
    cmp  ecx, [RECEIVED]
    jne  .lost
    inc  dword [RECEIVED]
    mov  edi, RECEIVEQ
    call virtq_offer
    mov  eax, [RECEIVE_AT]
    mov  word [eax], 0
    ret
.lost:
    say  "A packet is lost.", 10
    hlt

; Ping between two virtual machines: ARP, then ICMP echo, through virtio network cards and a switch.
; Both run this program. The one with the address 52:54:00:00:00:01 is 10.0.0.1 and answers, the
; other is 10.0.0.2 and asks. A frame in a buffer stands behind a header of 12 bytes.
    bits 32
    org 0x10000
    jmp  start
QUEUE_SIZE equ 4
%include "lines.inc"
%include "flat.inc"
%include "virtio.inc"

NET         equ VIRTIO_NETWORK
F_MAC       equ 1 << 5          ; the configuration begins with the address
RECEIVE     equ 0               ; queues
TRANSMIT    equ 1
RX          equ 0x22000
TX          equ 0x23000
RX_BUFFERS  equ 0x24000         ; QUEUE_SIZE of 2 KiB
TX_BUFFER   equ 0x26000
NET_HEADER  equ 12
FRAME       equ TX_BUFFER + NET_HEADER      ; what we are about to send
ROUNDS      equ 4

; Ethernet II, ARP (RFC 826), IPv4 (RFC 791) and ICMP (RFC 792). Numbers have their high byte first.
ETH_TO      equ 0
ETH_FROM    equ 6
ETH_TYPE    equ 12
TYPE_IP     equ 0x0008          ; 0800 as we read it
TYPE_ARP    equ 0x0608          ; 0806
ARP_OP      equ 20
ARP_FROM    equ 22              ; 6 bytes of hardware address, then 4 of IP
ARP_TO      equ 32
IP          equ 14
IP_SIZE     equ 20
IP_CHECKSUM equ IP + 10
IP_FROM     equ IP + 12
IP_TO       equ IP + 16
ICMP        equ IP + IP_SIZE
ICMP_SIZE   equ 64              ; with 56 bytes of data
ICMP_SUM    equ ICMP + 2
ICMP_SEQ    equ ICMP + 6
ARP_FRAME   equ 60              ; the shortest that Ethernet has
ECHO_FRAME  equ ICMP + ICMP_SIZE

start:
    call enter_flat
    handle_line NETWORK_LINE, on_interrupt
    mov  ebx, NET
    mov  eax, F_MAC
    call virtio_start
    mov  eax, TRANSMIT
    mov  edi, TX
    call virtio_queue
    mov  word [TX + AVAIL_FLAGS], 1     ; no interrupts for what was sent
    mov  eax, RECEIVE
    mov  edi, RX
    call virtio_queue
    mov  ebp, 0
.buffer:                                ; all receive buffers are the device's
    mov  eax, ebp
    shl  eax, 4
    mov  edx, ebp
    shl  edx, 11
    add  edx, RX_BUFFERS
    mov  [RX + eax + DESC_ADDR], edx
    mov  dword [RX + eax + DESC_LEN], 2048
    mov  word [RX + eax + DESC_FLAGS], WRITE
    mov  eax, ebp
    call virtq_offer
    inc  ebp
    cmp  ebp, QUEUE_SIZE
    jb   .buffer
    call virtio_live
    mov  esi, NET + CONFIG              ; byte by byte: configuration fields have their width
    mov  edi, mac
    mov  ecx, 6
.mac:
    lodsb
    stosb
    loop .mac
    mov  al, [mac + 5]
    mov  [ip + 3], al
    sti
    cmp  al, 1
    jne  ask

answer:
    say  "10.0.0.1 listens.", 10
.next:
    call receive
    call reply
    call give_back
    jmp  .next

ask:
    mov  esi, arp_request
    mov  ecx, ARP_FRAME
    call prepare
    mov  edi, FRAME + ARP_FROM
    call put_self
    call send
    say  "Who has 10.0.0.1?", 10
    call receive
    add  esi, ETH_FROM
    mov  edi, peer
    call copy_mac
    say  "10.0.0.1 is at the address that ends in "
    mov  eax, [peer + 2]
    bswap eax                   ; the last four bytes of six
    call print_hex
    say  10
    call give_back
.round:
    mov  esi, echo_request
    mov  ecx, ECHO_FRAME
    call prepare
    mov  esi, peer
    mov  edi, FRAME + ETH_TO
    call copy_mac
    inc  byte [sequence]
    mov  al, [sequence]
    mov  [FRAME + ICMP_SEQ + 1], al
    mov  esi, FRAME + IP
    mov  ecx, IP_SIZE / 2
    call checksum
    mov  [FRAME + IP_CHECKSUM], ax
    call sum_icmp
    rdtsc
    mov  [sent_at], eax
    call send
    call receive
    rdtsc
    sub  eax, [sent_at]
    push eax
    say  "64 bytes from 10.0.0.1: sequence "
    movzx eax, byte [esi + ICMP_SEQ + 1]
    call print_number
    say  ", "
    pop  eax
    call print_number
    say  " ticks", 10
    call give_back
    cmp  byte [sequence], ROUNDS
    jb   .round
    jmp  stop

; reply: what the frame of ECX bytes at ESI asks for, if it is ours to answer.
reply:
    mov  edx, esi
    movzx eax, word [esi + ETH_TYPE]
    call prepare                ; the answer is the question, turned round
    lea  esi, [edx + ETH_FROM]
    mov  edi, FRAME + ETH_TO
    call copy_mac
    cmp  eax, TYPE_ARP
    je   .arp
    cmp  eax, TYPE_IP
    jne  .ignored
    cmp  byte [FRAME + ICMP], 8 ; echo request
    jne  .ignored
    mov  eax, [FRAME + IP_FROM] ; the sum over the header stays as it is
    xchg eax, [FRAME + IP_TO]
    mov  [FRAME + IP_FROM], eax
    mov  byte [FRAME + ICMP], 0 ; echo reply
    call sum_icmp
    jmp  send
.arp:
    mov  eax, [ip]
    cmp  eax, [FRAME + ARP_TO + 6]
    jne  .ignored
    mov  byte [FRAME + ARP_OP + 1], 2
    lea  esi, [edx + ARP_FROM]
    mov  edi, FRAME + ARP_TO
    call copy_mac
    movsd                       ; its IP address
    mov  edi, FRAME + ARP_FROM
    call put_self
    jmp  send
.ignored:
    ret

; prepare: ECX bytes at ESI are the next frame to send, and it comes from us. Changes ECX, ESI, EDI.
prepare:
    mov  [length], ecx
    mov  edi, FRAME
    rep  movsb
    mov  edi, FRAME + ETH_FROM
; put_self: our hardware and IP address at EDI, or the former alone. copy_mac: that at ESI.
put_mac:
    mov  esi, mac
copy_mac:
    movsd
    movsw
    ret
put_self:
    call put_mac
    mov  esi, ip
    movsd
    ret

; sum_icmp: the checksum over the ICMP part.
sum_icmp:
    mov  word [FRAME + ICMP_SUM], 0
    mov  esi, FRAME + ICMP
    mov  ecx, ICMP_SIZE / 2
    call checksum
    mov  [FRAME + ICMP_SUM], ax
    ret

; checksum: AX = that of ECX words at ESI: their sum in ones' complement, inverted. RFC 1071.
checksum:
    push edx
    mov  eax, 0
    mov  edx, 0
.word:
    lodsw
    add  edx, eax
    loop .word
    mov  eax, edx
    shr  eax, 16                ; the carries
    add  ax, dx
    adc  ax, 0
    not  ax
    pop  edx
    ret

; send: the frame. Comes back when it is sent, and its buffer ours.
send:
    mov  edi, TX
    mov  eax, [length]
    add  eax, NET_HEADER
    descriptor 0, TX_BUFFER, eax, 0, 0
    mov  ax, 0
    call virtq_offer
    mov  dword [NET + QUEUE_NOTIFY], TRANSMIT
.wait:
    mov  cx, [TX + USED_IDX]
    cmp  cx, [TX + AVAIL_IDX]
    jne  .wait
    ret

; receive: ESI = the next frame that comes, ECX = its length. give_back: its buffer is the device's
; again.
receive:
    cli
    movzx ecx, word [seen]
    cmp  cx, [RX + USED_IDX]
    jne  .come
    sti                         ; takes effect behind HLT: no interrupt is missed
    hlt
    jmp  receive
.come:
    sti
    and  ecx, QUEUE_SIZE - 1
    mov  eax, [RX + USED_RING + ecx * 8 + USED_ID]
    mov  ecx, [RX + USED_RING + ecx * 8 + USED_LEN]
    sub  ecx, NET_HEADER
    mov  [buffer], eax
    shl  eax, 11
    lea  esi, [RX_BUFFERS + eax + NET_HEADER]
    inc  word [seen]
    ret
give_back:
    mov  edi, RX
    mov  eax, [buffer]
    call virtq_offer
    mov  dword [NET + QUEUE_NOTIFY], RECEIVE
    ret

on_interrupt:
    push eax
    mov  eax, [NET + INTERRUPT_STATUS]
    mov  [NET + INTERRUPT_ACK], eax
    end_of_interrupt NETWORK_LINE
    pop  eax
    iretd

mac:      times 6 db 0
peer:     times 6 db 0
ip:       db 10, 0, 0, 0
sequence: db 0
seen:     dw 0
buffer:   dd 0
length:   dd 0
sent_at:  dd 0
arp_request:
    times 6 db 0xFF             ; to all
    times 6 db 0
    db 8, 6, 0, 1, 8, 0, 6, 4, 0, 1             ; Ethernet, IP, their sizes; 1: request
    times 10 db 0
    db 0, 0, 0, 0, 0, 0, 10, 0, 0, 1
    times ARP_FRAME - ($ - arp_request) db 0
echo_request:
    times 12 db 0
    db 8, 0
    db 0x45, 0, 0, IP_SIZE + ICMP_SIZE, 0, 0, 0x40, 0, 64, 1, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1
    db 8, 0, 0, 0, "GV", 0, 0   ; echo request, our identifier, sequence number
    times ECHO_FRAME - ($ - echo_request) db "g"

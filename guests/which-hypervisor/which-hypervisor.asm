; Which hypervisor am I on? One program in five virtual machines.
; They run on the same hypervisor, but each is shown another face. CPUID has a bit for "there is a
; hypervisor" and leaves where it signs its name; behind the name are the services that its guests
; expect.
    bits 32
    org 0x10000
    jmp  start
%include "lines.inc"
%include "flat.inc"

HYPERVISOR        equ 31                ; bit of ECX in leaf 1: 0 on real processors
SIGNATURE         equ 0x40000000        ; EAX = last leaf; EBX, ECX, EDX = twelve letters
KVM_SYSTEM_TIME   equ 0x4B564D01        ; MSR: address of a clock that the hypervisor keeps, bit 0: on
XEN_BASE          equ 0x40000002        ; leaf: EBX = MSR of the hypercall page
XEN_VERSION       equ 17                ; hypercall
HYPERV_INTERFACE  equ 0x40000001        ; leaf: "Hv#1"
HYPERV_TIME       equ 0x40000020        ; MSR: reference counter, in 100 ns
VMWARE_PORT       equ 0x5658            ; "VX": IN from there is a call, with
VMWARE_MAGIC      equ 0x564D5868        ; "VMXh" in EAX
VMWARE_GETVERSION equ 10
VMWARE_GETTIME    equ 23
CLOCK             equ 0x30000           ; a page for the KVM clock
CALLS             equ 0x31000           ; and one for the Xen hypercalls

start:
    call enter_flat
    mov  eax, 1
    cpuid
    bt   ecx, HYPERVISOR
    jc   virtual
    say  "CPUID says that this is a real machine.", 10
    call vmware_version         ; programs ask there first, because it needs no privilege
    cmp  ebx, VMWARE_MAGIC
    je   stop
    say  "Port 5658 answers "
    call print_hex
    say  ": nobody is there.", 10
    jmp  stop

virtual:
    mov  eax, SIGNATURE
    cpuid
    mov  [signature], ebx
    mov  [signature + 4], ecx
    mov  [signature + 8], edx
    push eax
    say  "A hypervisor, signed '"
    mov  esi, signature
.letter:
    lodsb
    test al, al
    jz   .signed
    call put
    jmp  .letter
.signed:
    say  "', leaves up to "
    pop  eax
    call print_hex
    say  10
    mov  eax, [signature]       ; four letters tell them apart
    cmp  eax, "KVMK"
    je   kvm
    cmp  eax, "XenV"
    je   xen
    cmp  eax, "Micr"
    je   hyperv
    cmp  eax, "VMwa"
    je   vmware
    say  "I have not heard of it.", 10
    jmp  stop

; KVM: the guest names a page, and the hypervisor keeps a clock in it. To tell the time the guest
; needs no exit: it adds what its TSC has gone on since.
kvm:
    mov  ecx, KVM_SYSTEM_TIME
    mov  eax, CLOCK | 1
    mov  edx, 0
    wrmsr
    rdtsc
    sub  eax, [CLOCK + 8]       ; TSC at which the time was taken
    mov  cl, [CLOCK + 28]
    shl  eax, cl
    mul  dword [CLOCK + 24]     ; nanoseconds = (ticks << shift) * multiplier / 2^32
    mov  eax, [CLOCK + 16]      ; the time
    add  eax, edx
    say  "KVM clock: "
    call print_number
    say  " ns since this machine was created", 10
    jmp  stop

; Xen: a page that the hypervisor fills with code, 32 bytes for each hypercall. So the guest need
; not know which instruction leads out of it here.
xen:
    mov  eax, XEN_BASE
    cpuid
    mov  ecx, ebx
    mov  eax, CALLS
    mov  edx, 0
    wrmsr
    mov  ebx, 0                 ; XENVER_version
    mov  eax, CALLS + 32 * XEN_VERSION
    call eax
    mov  edx, eax
    say  "Xen hypercall 17: version "
    shr  eax, 16
    call print_number
    say  "."
    movzx eax, dx
    call print_number
    say  10
    jmp  stop

; Hyper-V: MSRs. The reference counter has the same rate on every machine.
hyperv:
    mov  eax, HYPERV_INTERFACE
    cpuid
    say  "Hyper-V interface "
    call print_hex
    mov  ecx, HYPERV_TIME
    rdmsr
    say  ", reference counter "
    call print_number
    say  " times 100 ns", 10
    jmp  stop

; VMware: input from a port that no device has, with all registers as parameters.
vmware:
    call vmware_version
    say  "VMware backdoor: version "
    call print_number
    mov  eax, VMWARE_MAGIC
    mov  ecx, VMWARE_GETTIME
    mov  edx, VMWARE_PORT
    in   eax, dx
    say  ", it is "
    call print_number
    say  " s after 1 January 1970", 10
    jmp  stop

; vmware_version: EAX = version and EBX = the magic number; all ones and what it was where no such
; thing is.
vmware_version:
    mov  eax, VMWARE_MAGIC
    mov  ebx, 0
    mov  ecx, VMWARE_GETVERSION
    mov  edx, VMWARE_PORT
    in   eax, dx
    ret

signature: times 13 db 0

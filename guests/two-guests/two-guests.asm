; Two guests take turns by the VMX-preemption timer.
; Neither ever gives way: each prints its letter for ever. The timer counts down in non-root
; operation and exits at 0; the hypervisor then makes the other one's VMCS current. A VMCS is
; all that a guest needs to go on, besides its general registers.
    bits 32
    org 0x10000
    jmp  start
%include "console.inc"
%include "vmx.inc"
%include "hypervisor.inc"

VMCS_B   equ 0x86000
STACK_B  equ 0x9C000
SLICE    equ 120                ; in ticks of the TSC: IA32_VMX_MISC bits 4:0, the rate, are 0
TURNS    equ 8

start:
    call enter_vmx
    mov  eax, guest_a
    mov  ebx, GUEST_STACK
    call new_guest              ; in the VMCS that enter_vmx has made current

    mov  eax, [VMCS_REGION]     ; the revision
    mov  [VMCS_B], eax
    vmclear [pointers + 8]
    vmptrld [pointers + 8]
    mov  eax, guest_b
    mov  ebx, STACK_B
    call new_guest

    vmptrld [pointers]
    vmlaunch
    jmp  entry_failed

; new_guest: fills the current VMCS. EAX = entry, EBX = stack.
new_guest:
    push ebx
    push eax
    call host_state
    call guest_state
    pop  eax
    mov  edx, GUEST_RIP
    vmwrite edx, eax
    pop  eax
    mov  edx, GUEST_RSP
    vmwrite edx, eax
    vmcontrols PIN_CONTROLS, IA32_VMX_PIN, ACTIVATE_PREEMPTION_TIMER
    vmset PREEMPTION_TIMER, SLICE
    ret

on_exit:
    ; Keep the general registers of the one that ran.
    mov  [scratch], eax
    mov  eax, [running]
    shl  eax, 5
    mov  [registers + eax + 4], ecx
    mov  [registers + eax + 8], edx
    mov  [registers + eax + 12], ebx
    mov  ebx, [scratch]
    mov  [registers + eax], ebx

    vmget eax, EXIT_REASON
    cmp  eax, EXIT_PREEMPTION_TIMER
    jne  stop                   ; nothing else should happen
    dec  dword [turns]
    jz   finished
    say  " | "

    xor  dword [running], 1     ; the other one
    mov  eax, [running]
    vmptrld [pointers + eax * 8]
    vmset PREEMPTION_TIMER, SLICE

    mov  eax, [running]
    shl  eax, 5
    mov  ecx, [registers + eax + 4]
    mov  edx, [registers + eax + 8]
    mov  ebx, [registers + eax + 12]
    mov  eax, [registers + eax]
    bts  dword [launched], 0    ; the second VMCS is launched once, then both resume
    jc   .resume
    vmlaunch
    jmp  entry_failed
.resume:
    vmresume
    jmp  entry_failed

finished:
    say  10, "Eight turns.", 10
    jmp  stop

; Non-root operation -----------------------------------------------------------------------------
guest_a:
    mov  al, 'a'
.loop:
    out  0xE9, al
    mov  ecx, 20
.wait:
    loop .wait
    jmp  .loop

guest_b:
    mov  al, 'b'
.loop:
    out  0xE9, al
    mov  ecx, 20
.wait:
    loop .wait
    jmp  .loop

running:   dd 0                 ; 0 or 1
launched:  dd 0
turns:     dd TURNS
scratch:   dd 0
registers: times 2 * 8 dd 0
pointers:  dd VMCS_REGION, 0, VMCS_B, 0

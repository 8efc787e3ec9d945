; A kernel that never ran: interrupt stubs, a table of handlers, structures, sections.
        bits 32
        org 0x100000
%define VECTORS 24
%define HAS_ERROR(v) ((v) = 8 || ((v) >= 10 && (v) <= 14) || (v) = 17)

struc frame
.edi:   resd 1
.esi:   resd 1
.ebp:   resd 1
.esp:   resd 1
.ebx:   resd 1
.edx:   resd 1
.ecx:   resd 1
.eax:   resd 1
.vector: resd 1
.error: resd 1
.eip:   resd 1
.cs:    resd 1
.eflags: resd 1
endstruc

struc gate
.offset: resw 1
.selector: resw 1
.zero:  resb 1
.type:  resb 1
.high:  resw 1
endstruc

%macro stub 1
vector%1:
  %if !HAS_ERROR(%1)
        push byte 0
  %endif
        push byte %1
        jmp common_stub
%endmacro

%macro proc 1-2 0
%1:     push ebp
        mov ebp, esp
  %if %2
        sub esp, %2
  %endif
  %xdefine in_proc %1
%endmacro
%macro endproc 0
.return: leave
        ret
  %undef in_proc
%endmacro

%macro save 1-*
  %rep %0
        push %1
    %rotate 1
  %endrep
%endmacro
%macro restore 1-*
  %rep %0
    %rotate -1
        pop %1
  %endrep
%endmacro

%macro ensure 3+
        cmp %1, %2
        je %%right
        %3
%%right:
%endmacro

section .text
entry:
        mov esp, stack.top
        mov ecx, VECTORS
        mov esi, vectors
        mov edi, idt
.gates: lodsd
        mov [edi+gate.offset], ax
        mov word [edi+gate.selector], 8
        mov byte [edi+gate.zero], 0
        mov byte [edi+gate.type], 1000_1110b
        shr eax, 16
        mov [edi+gate.high], ax
        add edi, gate_size
        loop .gates
        lidt [idt_pointer]
        sti
.idle:  hlt
        jmp .idle

%assign v 0
%rep VECTORS
stub v
  %assign v v+1
%endrep

common_stub:
        pushad
        mov eax, [esp+frame.vector]
        ensure eax, 14, mov edx, cr2
        call [handlers+eax*4]
        popad
        add esp, 8
        iretd

proc page_fault, 16
        save ebx, esi, edi
        mov ebx, cr2
        and ebx, ~0xFFF
        mov esi, [ebp+8]
        lea edi, [ebp-16]
        test dword [ebp+8+frame.error], 1
        jnz .protection
        invlpg [ebx]
        jmp .done
.protection:
        or dword [counters+4*1], byte 1
        lock inc dword [counters]
.done:  restore ebx, esi, edi
endproc

proc ignore
        inc dword [counters+8]
        jno .return
        int3
endproc

section .data align=16
vectors:
%assign v 0
%rep VECTORS
        dd vector%+v
  %assign v v+1
%endrep
handlers:
%assign v 0
%rep VECTORS
  %if v = 14
        dd page_fault
  %else
        dd ignore
  %endif
  %assign v v+1
%endrep
idt_pointer:
        dw VECTORS*gate_size-1
        dd idt
sample: istruc gate
        at gate.offset, dw 0x1234
        at gate.type, db 0x8E
        iend
version: dd 1.5
        dq (handlers - vectors) << 32 | $ - $$
        db 3 dup ('ab', 0), 'end', 0

section .bss align=16
idt:    resb VECTORS*gate_size
counters: resd 4
stack:  resb 4096
.top:

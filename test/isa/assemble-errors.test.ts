/** What the assembler says of a faulty text: where, what, and what to do. */
import { describe, expect, test } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { type AssemblyError, AssemblyErrors } from '../../src/isa/assembler/errors.ts';

function errorsOf(source: string): readonly AssemblyError[] {
  try {
    assemble(source, { include: (name) => INCLUDED[name] ?? null });
  } catch (error) {
    if (error instanceof AssemblyErrors) return error.errors;
    throw error;
  }
  return [];
}

const INCLUDED: Readonly<Record<string, string>> = {
  'faulty.inc': 'nop\nmov eax, missing\n',
  'itself.inc': '%include "itself.inc"\n',
  'macro.inc': '%macro twice 1\n mov %1, %1\n mov %1, [%1+nowhere]\n%endmacro\n',
};

/** Source, `line:column+length`, and words of the message or the hint. */
const CASES: readonly (readonly [source: string, place: string, words: string])[] = [
  ['movv eax, 5', '1:1+4', '`movv` is not an instruction. Did you mean `mov`?'],
  ['nop\n  frobnicate eax', '2:3+10', '`frobnicate` is not an instruction. A label has a colon'],
  ['mov eax, ebx, ecx', '1:1+3', '`mov` takes 2 operands, not 3.'],
  ['inc', '1:1+3', '`inc` takes 1 operand, not none.'],
  ['mov [eax], [ebx]', '1:1+3', 'cannot have two operands in memory. Go through a register.'],
  ['add al, ebx', '1:1+3', 'do not go together in size: al, ebx. It takes:'],
  ['lea eax, ebx', '1:1+3', '`lea` does not take these operands: eax, ebx. It takes: r16/32, m.'],
  ['push [eax]', '1:6+1', 'does not say how large the memory operand is. Write `byte`, `word` or `dword`'],
  ['mov rax, 5', '1:5+3', 'This processor has no register `rax`.'],
  ['mov eax, dword ptr [ebx]', '1:16+3', 'NASM has no `ptr`.'],
  ['mov eax, offset x', '1:10+6', 'NASM has no `offset`.'],
  ['mov eax, es:[ebx]', '1:10+2', 'A segment override stands inside the brackets.'],
  ['mov eax, [ebx', '1:11+3', 'A `]` is missing after the address.'],
  ['mov eax, (5', '1:11+1', 'A `)` is missing'],
  ['mov eax, ', '1:8+1', 'is missing at the end of the line'],
  ['mov eax, 5 6', '1:12+1', '`6` does not belong here, after the last operand.'],
  ['mov eax, [esp*4]', '1:10+1', 'ESP cannot be multiplied'],
  ['mov ax, [bx+bp]', '1:9+1', 'There is no such 16-bit address.'],
  ['mov eax, [ebx*3+ecx]', '1:10+1', 'There is no such 32-bit address.'],
  ['mov ax, [ebx+si]', '1:9+1', 'cannot mix 16-bit and 32-bit registers'],
  ['mov eax, [ebx+ecx+edx]', '1:10+1', 'at most two registers'],
  ['mov eax, [al]', '1:10+1', '`al` cannot be part of an address.'],
  ['mov eax, ebx+1', '1:13+1', 'Registers can be added up only inside brackets.'],
  ['o32 mov ax, bx', '1:5+3', 'contradict the prefix o32'],
  ['o16 o32 nop', '1:5+3', '`o32` contradicts a prefix before it.'],
  ["db 'abc", '1:4+4', "has no closing '."],
  ['dd 0x12G', '1:4+5', '`0x12G` is not an integer.'],
  ['db 5 %3', '1:6+2', '`%3` has a meaning only inside a macro. The remainder operator needs a space'],
  ['x equ 5 / 0', '1:9+1', 'This divides by zero.'],
  ['mov eax, missing', '1:10+7', '`missing` is not defined anywhere.'],
  ['Start: nop\njmp start', '2:5+5', 'Did you mean `Start`?'],
  ['a: nop\nnop\na: nop', '3:1+1', '`a` is defined twice; the first time in line 1.'],
  ['eax: nop', '1:1+3', '`eax` is a register and cannot be a label.'],
  ['..odd: nop', '1:1+5', 'two dots are for special names'],
  ['foo equ foo+1\ndb foo', '1:1+3', '`foo` has not come to rest after 1000 passes.'],
  ['equ 5', '1:1+3', 'there is no name before it'],
  ['foo: dd foo >> 4', '1:13+2', 'needs plain numbers, and this depends on where .text will lie.'],
  ['foo: dd foo*2', '1:9+3', 'Data must be a number, or a label plus a number.'],
  ['foo: mov eax, foo+foo', '1:18+1', 'No instruction can hold'],
  ['jmp short x\ntimes 200 nop\nx:', '1:11+1', '71 bytes too far for a short jump. Leave `short` out.'],
  ['x: times 200 nop\nloop x', '2:6+1', 'too far for a short jump. It has no longer form'],
  ['times x db 0\nx equ 3', '1:7+1', '`x` is used here before the line that defines it.'],
  [
    'times 512 nop\ntimes 510-($-$$) db 0',
    '2:10+1',
    'is -2, below zero. If it pads up to a fixed size, what comes before is 2 bytes too long.',
  ],
  ['times foo nop\nfoo: nop', '1:7+3', 'before the line that defines it'],
  ['foo:\ntimes foo nop', '2:7+3', 'must be a plain number, and this depends on where a section will lie'],
  ['align 3', '1:7+1', '3 is no alignment. It is a power of two.'],
  ['bits 64', '1:6+2', 'There is no 64-bit code on this processor.'],
  ['org 5\norg 6', '2:1+3', '`org` stands here a second time'],
  ['org -1', '1:5+1', 'not a 32-bit address'],
  ['section .text colour=5', '1:15+6', '`colour` is not an attribute of a section.'],
  ['section .bss\ndb 5', '2:1+2', 'holds no bytes, only reserved space'],
  ['absolute 5\ndb 5', '2:1+2', 'nowhere to put bytes after `absolute`'],
  ['extern x', '1:1+6', 'from elsewhere. Use `%include`.'],
  ['incbin "x"', '1:1+6', '`incbin` is not supported.'],
  ['dt 1.5', '1:1+2', 'numbers for a coprocessor'],
  ['dw 1.5', '1:4+3', 'A fraction takes four bytes'],
  ['mov ax, seg x', '1:9+3', 'a flat binary has not'],
  ['struc s\n.a: resb 1', '1:1+5', 'has no `endstruc`'],
  ['endstruc', '1:1+8', 'stands outside any `struc`'],
  ['struc s\n.a: resb 1\nendstruc\nistruc s\nat s.b, db 1\niend', '5:4+3', '`s.b` is not defined anywhere.'],
  ['%if 1\nnop', '1:1+3', 'This %if has no %endif.'],
  ['nop\n%endif', '2:1+6', '`%endif` has no %if before it.'],
  ['%if 1\n%else\n%else\n%endif', '3:1+5', 'has an %else already'],
  ['%if later > 5\n%endif\nlater: nop', '1:5+5', '`later` is used here before the line that defines it.'],
  ['%macro m 1\nnop', '1:1+6', 'This %macro has no %endmacro.'],
  ['%macro m\n%endmacro', '1:8+1', 'does not say how many parameters it takes'],
  ['%endmacro', '1:1+9', 'has no %macro before it'],
  ['%rep 5\nnop', '1:1+4', 'This %rep has no %endrep.'],
  ['%macro m 2\n%endmacro\nm 5', '3:1+1', 'The macro `m` takes 2 arguments, not 1.'],
  ['%macro m 1-2\n%endmacro\n%macro m 4+\n%endmacro\nm', '5:1+1', 'takes 1 to 2 or 4 or more arguments, not none'],
  ['%define f(x) x\ndb f(1,2)', '2:4+1', '`f` takes 1 argument, not 2.'],
  ['%define f(x) x\ndb f(1', '2:4+1', 'The call of `f` has no closing parenthesis.'],
  ['%define f 1\n%define f(x) x', '2:9+1', 'both with and without parameters'],
  ['%frob', '1:1+5', '`%frob` is not a directive known here.'],
  ['%push ctx', '1:1+5', 'Contexts'],
  ['%rotate 1', '1:1+7', 'outside any macro'],
  ['%exitrep', '1:1+8', 'stands outside any %rep'],
  ['%error this cannot be', '1:1+6', 'this cannot be'],
  ['%include "missing.inc"', '1:10+13', 'There is no file "missing.inc" to include.'],
  ['%include missing', '1:10+7', 'between quotes'],
];

describe('a fault is told with its place and a way out', () => {
  test.each(CASES)('%j', (source, place, words) => {
    const errors = errorsOf(source);
    const [first] = errors;
    expect(errors.length).toBeGreaterThan(0);
    expect(`${first.line}:${first.column}+${first.length}`).toBe(place);
    expect(`${first.message} ${first.hint}`).toContain(words);
  });

  test('every message and hint is a sentence', () => {
    for (const { message, hint } of CASES.flatMap(([source]) => errorsOf(source)).filter((error) => error.message !== 'this cannot be')) {
      expect(message).toMatch(/^[A-Z0-9`-].*[.]$/s);
      if (hint !== '') expect(hint).toMatch(/^[A-Z0-9`-].*[.?]$/s);
    }
  });
});

describe('faults are gathered', () => {
  test('all of them are told at once, in the order of lines', () => {
    const errors = errorsOf('jmp nowhere\nmvo eax, 1\n%if\n%endif\nmov [eax], 5\nnop\n');
    expect(errors.map((error) => error.line)).toEqual([1, 2, 3, 5]);
  });

  test('a label on a faulty line is defined all the same', () => {
    expect(errorsOf('jmp a\na: mvo eax, 1\nb: mov [eax], 5\njmp b').map((error) => error.line)).toEqual([2, 3]);
  });

  test('the same fault in every turn of a repetition is told once, and after a hundred faults no more', () => {
    expect(errorsOf('%rep 50\nmov eax, missing\n%endrep')).toHaveLength(1);
    expect(errorsOf('foo bar\n'.repeat(500))).toHaveLength(100);
  });

  test('a fault in a macro is told at its call, with the line of the body', () => {
    const [error] = errorsOf('%macro m 1\n nop\n mov eax, missing\n%endmacro\nnop\n  m 5\n');
    expect(error).toMatchObject({
      line: 6,
      column: 3,
      length: 1,
      message: '`missing` is not defined anywhere (in the macro `m`, line 3).',
    });
  });

  test('a fault in an argument of a macro is told at the argument', () => {
    const [error] = errorsOf('%macro m 1\n mov eax, %1\n%endmacro\n  m missing\n');
    expect(error).toMatchObject({ line: 4, column: 5, length: 7 });
  });

  test('a fault in an included file names that file', () => {
    const [error] = errorsOf('nop\n%include "faulty.inc"\nnop');
    expect(error).toMatchObject({ file: 'faulty.inc', line: 2, column: 10 });
    expect(errorsOf('%include "macro.inc"\n nop\n twice eax\n')[0]).toMatchObject({ file: '', line: 3, column: 2 });
  });

  test('the exception is a GlassError that names the first fault and counts the others', () => {
    const error = (() => {
      try {
        assemble('nop\nmvo eax\nmvo ebx', { file: 'x.asm' });
      } catch (thrown) {
        return thrown as AssemblyErrors;
      }
    })();
    expect(error).toMatchObject({ code: 'bad-assembly', message: 'x.asm:2:1: `mvo` is not an instruction. (and 1 more)' });
    expect(error?.hint).toContain('Did you mean `mov`?');
  });
});

describe('warnings leave the bytes alone', () => {
  const CASES: readonly (readonly [source: string, words: string])[] = [
    ['db 256', 'does not fit into a byte'],
    ['mov ax, 70000', 'does not fit into 2 bytes'],
    ['push byte 200', 'does not fit into a signed byte'],
    ['%warning take care', 'take care'],
    ['iretz', 'is taken for a label. Did you mean `iret`?'],
    ['db', 'nothing to put'],
  ];
  test.each(CASES)('%j', (source, words) => {
    const { warnings } = assemble(source);
    expect(warnings.map((warning) => `${warning.message} ${warning.hint}`).join()).toContain(words);
  });
});

describe('no text can keep the assembler busy for long', () => {
  const doubling = (count: number, line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i)).join('\n');
  const BOMBS: Readonly<Record<string, readonly [source: string, words: string]>> = {
    'TIMES of far too much': ['times 1<<40 db 0', 'beyond 16 MiB'],
    'TIMES of a little too much': ['times (1<<24)+1 db 0', 'beyond 16 MiB'],
    'RESB of far too much': ['resb 1<<50', 'beyond 16 MiB'],
    'nested DUPs': ['db 10000000 dup (10000000 dup (0))', 'beyond 16 MiB'],
    'deeply nested DUPs': [`db ${'2 dup ('.repeat(5000)}1${')'.repeat(5000)}`, 'deep'],
    'a section at the end of memory': ['section a start=0xf0000000\ndb 1', 'beyond 16 MiB'],
    'more than 32 bits of reserved space': ['section .bss\nresb 1<<31\nresb 1<<31\nresb 1', 'beyond the 32-bit addresses'],
    'an endless %rep of nothing': ['%rep 1<<40\n%endrep', 'more than 1000000 lines'],
    'macros that double': [
      `${doubling(30, (i) => `%macro m${i} 0\n${i > 0 ? `m${i - 1}\nm${i - 1}` : ''}\n%endmacro`)}\nm29`,
      'more than 1000000 lines',
    ],
    'definitions that double': [
      `${doubling(60, (i) => `%define d${i} ${i > 0 ? `d${i - 1} + d${i - 1}` : '1'}`)}\ndb d59`,
      'grows without end',
    ],
    'names that double': [`%define b0 zz\n${doubling(40, (i) => `%xdefine b${i + 1} %[b${i}]%[b${i}]`)}`, 'grows beyond'],
    'strings that double': ['%define s "aaaaaaaaaa"\n%rep 60\n%strcat s s,s\n%endrep', 'grows beyond'],
    'a file that includes itself': ['%include "itself.inc"', 'nested more than 500 deep'],
    'a wall of parentheses': [`dd ${'('.repeat(100_000)}1`, 'nested too deeply'],
    'a wall of signs': [`dd ${'-'.repeat(100_000)}1`, 'nested too deeply'],
    'a wall of brackets': [`db ${'%['.repeat(50_000)}`, 'nested too deeply'],
    'a wall of %if': ['%if 1\n'.repeat(20_000), 'has no %endif'],
  };
  test.each(Object.keys(BOMBS))('%s', (name) => {
    const [source, words] = BOMBS[name];
    expect(errorsOf(source)[0]?.message).toContain(words);
  });
});

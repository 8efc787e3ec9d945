/** A table of instructions as sources, made from the forms: every form with every kind of operand, in 16- and 32-bit code. What NASM makes of them is kept in
 *  `nasm-table.golden.gz`; assemble-table.test.ts compares, and says how to make it anew. */
import { type Form, FORMS, OPERAND_FIELD } from '../../src/isa/opcode.ts';
import type { OperandCode } from '../../src/isa/operands.ts';

/** One line of the table: code size and instruction. */
export interface TableLine {
  readonly bits: 16 | 32;
  readonly source: string;
}

const R8 = 'al cl dl bl ah ch dh bh'.split(' ');
const R16 = 'ax cx dx bx sp bp si di'.split(' ');
const R32 = R16.map((name) => `e${name}`);
const SIZES: Readonly<Record<number, string>> = { 8: 'byte', 16: 'word', 32: 'dword', 64: 'qword' };
const REGISTERS: Readonly<Record<number, readonly string[]>> = { 8: R8, 16: R16, 32: R32 };
const SEGMENTS = 'es cs ss ds fs gs'.split(' ');

/** Addresses of all shapes; the form sweep takes them in turn. */
const ADDRESSES = [
  ...['[ebx]', '[ebp]', '[esp]', '[eax+ecx*4+8]', '[0x1234]', '[bx]', '[bp+di-4]', '[si+0x1234]', '[es:edi]', '[fs:0x10]', '[edx-129]'],
  ...['[ecx*2]', '[nosplit ecx*2]', '[esi*8+0x100]', '[ebp+eax]', '[byte ebx]', '[dword ebx]', '[dword 5]', '[word 5]', '[gs:bx+si]'],
];
const IMMEDIATES: Readonly<Record<string, readonly string[]>> = {
  Ib: ['0', '1', '5', '0x7F', '0x80', '0xFF', '-1', '-128', 'byte 3'],
  sIb: ['0', '5', '127', '-128', 'byte 5', 'strict byte 5', '0xFFFFFFFF'],
  Iw: ['0', '4', '0x1234', '0xFFFF'],
  Iz: ['0', '1', '127', '128', '-128', '-129', '0x1234', '0xFFFF', '0xFF80', '0x12345678', '0xFFFFFF80'],
  Jb: ['$', '$+2', '$+129', '$-126', 'short $+5'],
  Jz: ['$', '$+129', '$+130', '$-126', '$-127', 'near $+5', '$+0x1000'],
  Ap: ['8:0x1234', 'word 8:0x1234', 'dword 8:0x12345678', '0xF000:0xFFF0'],
  '1': ['1'],
};

/** The whole table, without repetitions. */
export function tableLines(): TableLine[] {
  const lines = new Map<string, TableLine>();
  for (const bits of [16, 32] as const) {
    for (const source of [...FORMS.flatMap((form) => formSources(form)), ...sweeps()]) lines.set(`${bits} ${source}`, { bits, source });
  }
  return [...lines.values()];
}

/** Takes the entries of a list in turn, so that a table of bounded length meets all of them. */
function rota(list: readonly string[]): (count: number) => string[] {
  let next = 0;
  return (count) => Array.from({ length: Math.min(count, list.length) }, () => list[next++ % list.length]);
}

const nextAddresses = rota(ADDRESSES);
const nextRegisters = { 8: rota(R8), 16: rota(R16), 32: rota(R32) };

function formSources(form: Form): string[] {
  const { row } = form;
  if (row.mnemonic === 'ESC' || row.mnemonic.startsWith('HINT_NOP')) return [];
  const names = [row.mnemonic, ...(row.aliases ?? []), ...Object.values(row.names ?? {}), ...Object.values(row.addressNames ?? {})];
  const isImplied = form.operands.some((code) => OPERAND_FIELD[code] === 'string');
  const sizes = form.operands.some(isSized) ? [16, 32] : [32];
  const texts = isImplied ? [''] : sizes.flatMap((size) => combinations(form.operands, size));
  const [first, ...others] = names.map((name) => name.toLowerCase());
  // The aliases mean the same: a few lines show that they are known.
  return [
    ...texts.map((text) => `${first} ${text}`.trim()),
    ...others.flatMap((name) => texts.slice(0, 3).map((text) => `${name} ${text}`.trim())),
  ];
}

function isSized(code: OperandCode): boolean {
  return /v$|^eAX$|z$|^sIb$|^Mp$|^Ma$|^Rv/.test(code);
}

/** Every choice for one operand with the first choice for the others, and a diagonal through all. */
function combinations(codes: readonly OperandCode[], size: number): string[] {
  if (codes.length === 0) return [''];
  const choices = codes.map((code) => operandTexts(code, size));
  const texts = new Set<string>();
  const longest = Math.max(...choices.map((list) => list.length));
  for (let i = 0; i < longest; i++) texts.add(choices.map((list) => list[i % list.length]).join(', '));
  choices.forEach((list, which) => {
    for (const text of list) texts.add(choices.map((other, i) => (i === which ? text : other[0])).join(', '));
  });
  return [...texts];
}

function operandTexts(code: OperandCode, size: number): string[] {
  const width = widthOf(code, size);
  if (IMMEDIATES[code]) return [...IMMEDIATES[code]];
  if (code === 'eAX') return [REGISTERS[size][0]];
  switch (OPERAND_FIELD[code]) {
    case 'fixed':
      return [code.toLowerCase()];
    case 'offset':
      return ['[0x10]', `${SIZES[width]} [0x1234]`, '[es:0x20]', '[dword 0x30]', '[word 0x40]'];
    case 'reg':
    case 'low':
      if (code === 'Sw') return SEGMENTS;
      if (code === 'Cd') return ['cr0', 'cr2', 'cr3', 'cr4'];
      if (code === 'Dd') return ['dr0', 'dr3', 'dr6', 'dr7'];
      return registers(width);
    default:
      return [
        ...(code.startsWith('M') ? [] : registers(code === 'Rv/Mw' ? size : width)),
        ...(code.startsWith('R') && code !== 'Rv/Mw' ? [] : memories(code, width)),
      ];
  }
}

function registers(width: number): string[] {
  const list = nextRegisters[width as 8 | 16 | 32](4);
  return list.includes(REGISTERS[width][0]) ? list : [...list, REGISTERS[width][0]];
}

function memories(code: OperandCode, width: number): string[] {
  const addresses = nextAddresses(8);
  const isBare = /^(M|Ma|Ms|Mb|Mq)$/.test(code);
  const far = code === 'Mp' ? ['far [ebx]', 'far dword [si]', 'word far [0x10]'] : [];
  return [
    ...addresses.map((address, i) => (isBare || i % 4 === 3 ? address : `${SIZES[width] ?? ''} ${address}`.trim())),
    ...far,
    ...(code === 'Mp' ? addresses : []),
  ];
}

function widthOf(code: OperandCode, size: number): number {
  if (code === 'Rv/Mw') return 16;
  const letter = code.at(-1);
  return letter === 'b' ? 8 : letter === 'w' ? 16 : letter === 'd' ? 32 : letter === 'q' ? 64 : size;
}

/** What the forms do not show: every address, every immediate by size, branches at the edge of their reach, prefixes, unusual spellings. */
function sweeps(): string[] {
  return [...addresses32(), ...addresses16(), ...immediates(), ...branches(), ...prefixes(), ...SPELLINGS];
}

const DISPLACEMENTS = ' +0 +1 +127 +128 -128 -129 +0x12345678'.split(' ');

function addresses32(): string[] {
  const out: string[] = [];
  for (const base of ['', ...R32]) {
    for (const displacement of DISPLACEMENTS) if (base) out.push(`mov ecx, [${base}${displacement}]`);
    for (const index of R32) {
      for (const scale of [1, 2, 4, 8]) {
        const term = scale === 1 ? index : `${index}*${scale}`;
        const displacement = DISPLACEMENTS[out.length % DISPLACEMENTS.length];
        out.push(`lea edx, [${base ? `${base}+` : ''}${term}${displacement}]`, `lea edx, [${term}${base ? `+${base}` : ''}]`);
      }
    }
  }
  for (const register of R32)
    for (const factor of [1, 2, 3, 4, 5, 8, 9]) out.push(`lea esi, [${register}*${factor}]`, `lea esi, [nosplit ${register}*${factor}+4]`);
  return out;
}

function addresses16(): string[] {
  const pairs = 'bx+si bx+di bp+si bp+di si di bp bx si+bx di+bp'.split(' ');
  const displacements = ' +0 +1 +127 +128 -128 -129 +0x1234 +0xFFFF'.split(' ');
  return pairs.flatMap((pair) => displacements.flatMap((d) => [`mov cx, [${pair}${d}]`, `add byte [${pair}${d}], 3`]));
}

function immediates(): string[] {
  const values = '0 1 127 128 255 256 -1 -128 -129 0x7FFF 0xFF7F 0xFF80 0xFFFF 0x7FFFFFFF 0xFFFFFF7F 0xFFFFFF80 0xFFFFFFFF'.split(' ');
  const sizes = ';byte;word;dword;strict byte;strict word;strict dword;strict'.split(';');
  const targets = [
    'add al',
    'add ax',
    'add eax',
    'sub ecx',
    'and dx',
    'cmp byte [ebx]',
    'xor word [bx]',
    'or dword [ebx]',
    'mov bl',
    'mov cx',
    'mov edx',
    'mov word [si]',
    'test al',
    'test ebx',
  ];
  const pairs = values.flatMap((value) => sizes.map((size) => `${size} ${value}`.trim()));
  return [
    ...targets.flatMap((target) => pairs.map((pair) => `${target}, ${pair}`)),
    ...pairs.map((pair) => `push ${pair}`),
    ...pairs.map((pair) => `imul esi, edi, ${pair}`),
  ];
}

function branches(): string[] {
  const distances = [-0x8000, -131, -130, -129, -128, -127, -126, -125, -124, -1, 0, 1, 2, 126, 127, 128, 129, 130, 131, 132, 133, 0x7000];
  const mnemonics = 'jmp;jmp near;jmp word;jmp dword;jz;jnz near;jbe;call;call dword;call word'.split(';');
  return mnemonics.flatMap((mnemonic) => distances.map((d) => `${mnemonic} $${d < 0 ? d : `+${d}`}`));
}

function prefixes(): string[] {
  const strings = 'movsb movsw movsd cmpsb cmpsd stosb stosd lodsb lodsw scasb scasd insb insd outsb outsw'.split(' ');
  const words = 'rep;repe;repz;repne;repnz;es;cs;ss;ds;fs;gs;a16;a32;rep es;rep a16;rep a32 fs'.split(';');
  const locked = 'add [ebx], eax;inc dword [bx];xchg [ebx], cl;cmpxchg [esi], edx;cmpxchg8b [edi];bts dword [ebx], 5;not byte [si]'.split(
    ';',
  );
  return [
    ...strings.flatMap((string) => words.map((word) => `${word} ${string}`)),
    ...locked.flatMap((text) => [`lock ${text}`, `gs lock ${text}`]),
    ...SEGMENTS.flatMap((segment) => [`mov eax, [${segment}:ebx]`, `mov [${segment}:bx+4], al`, `${segment} mov cl, [esi]`, segment]),
  ];
}

/** One instruction between semicolons. */
const SPELLINGS = `
  lock; rep; repne; o16; o32; a16; a32; o32 iret; o16 iret; o32 retf; o32 lgdt [bx]; o16 lidt [eax]; o32 push ds; o16 push fs;
  o32 pop es; a32 loop $; a16 loop $; loop $, cx; loop $, ecx; loopne $+5, cx; loopz $; jcxz $; jecxz $; a32 xlatb; a16 xlatb;
  es xlatb; a16 lodsb; xchg eax, ecx; xchg ecx, eax; xchg ax, ax; xchg eax, eax; xchg cl, dl; xchg esi, edi; xchg bx, [si];
  xchg [si], bx; test ecx, edx; test cl, [ebx]; test [ebx], cl; imul eax, 5; imul ecx, 300; imul dx, -1; imul esi, byte 5; aam; aad;
  aam 16; aad 8; ret; ret 8; retn; retn 4; retf; retf 2; retw; retd; retfw; retfd; int3; int 3; int1; icebp; int01; into; ud2; ud2a;
  ud1 eax, [ebx]; ud0 ecx, edx; xlat; xlatb; wait; fwait; salc; pause; nop; rep nop; hlt; monitor; monitor eax, ecx, edx; mwait;
  mwait eax, ecx; lar eax, ecx; lar ax, ecx; lsl edx, ebx; lsl edx, bx; mov ds, eax; mov es, cx; mov eax, fs; mov ax, gs; mov [bx], ss;
  sldt eax; sldt ax; sldt [ebx]; str ecx; str [bx]; smsw eax; smsw ax; smsw [ebx]; lmsw ax; ltr cx; lldt [ebx]; verr ax; verw [bx];
  arpl [ebx], cx; bound eax, [ebx]; call ax; call eax; jmp near ecx; call [ebx]; jmp [bx]; call far [ebx]; jmp far [si];
  call dword [bx]; call word far [ebx]; jmp far dword [0x1234]; call dword far [bx]; jmp 8:5; jmp dword 8:5; jmp word 8:5;
  call 0x10:0x1234; jmp 8:dword 5; push es; pop fs; push gs; enter 16, 0; enter 0x1234, 31; leave; nop eax; nop word [bx];
  nop dword [eax+eax]; hint_nop0 eax; hint_nop5 dword [ebx]; hint_nop63 cx; rdrand eax; rdrand cx; rdseed edx; rdtscp; xgetbv;
  invpcid eax, [ebx]; syscall; sysret; mov eax, [eax+eax]; mov eax, [nosplit eax+eax]; mov eax, [eax*1+ebx]; mov eax, [ebx+eax*1];
  mov eax, [1*eax+ebx]; mov eax, [ebp*1+eax]; mov eax, [eax*1+ebp]; mov eax, [esp*1+eax]; mov eax, [(eax)+ebx];
  mov eax, [ebx*2+ebx-ebx]; mov eax, [2*eax+4*(1+1)]; mov eax, [eax+4*2-3]; mov eax, [-4]; mov eax, [ebx+0xFFFFFFFF];
  mov eax, [bx+0xFF80]; mov al, [es:0]; mov [fs:0x10], ax; MOV EAX, EBX; Mov Byte [EBX], 1; mov\teax,\tecx; mov dword[ebx],5;
  shl eax, 1; shl eax, byte 1; shl eax, strict byte 1; sal bx, cl; shld eax, ebx, 3; shrd [bx], cx, cl; sar dword [ebx], 1;
  mov eax, 'abcd'; mov ax, "ab"; cmp al, '0'; mov al, \`\\n\`; mov eax, 0b1010; mov eax, 1010b; mov eax, 0o17; mov eax, 17q;
  mov eax, $ff; mov eax, 0FFh; mov eax, 1_000; mov ax, ~1; mov al, !0; mov eax, 1 << 20 | 3; mov eax, -1 >> 60;
  mov eax, 7 % 4 + 9 // -2; add eax, 5 - 5; mov eax, (1 + 2) * 3; mov eax, 10 / 3; mov eax, -7 %% 3; mov eax, 5 > 3 && 2 == 2;
  mov eax, 1 ? 2 : 3
`
  .split(';')
  .map((text) => text.trim());

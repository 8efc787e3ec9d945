/** Random programs in which the length of nearly every line depends on that of others: what an assembler in passes may settle differently. */
import { randomNumbers } from './random-code.ts';

const R32 = 'eax ecx edx ebx esp ebp esi edi'.split(' ');
const R16 = 'ax cx dx bx sp bp si di'.split(' ');
const LABELS = Array.from({ length: 12 }, (_, i) => `L${i}`);
const NUMBERS = ['E0', 'E1', 'E2'];

type Choose = <T>(list: readonly T[]) => T;
type Below = (limit: number) => number;

/** The program of a seed, which is not 0. */
export function randomProgram(seed: number): string {
  const next = randomNumbers(seed * 2654435761);
  for (let i = 0; i < 8; i++) next();
  const below: Below = (limit) => next() % limit;
  const one: Choose = (list) => list[below(list.length)];
  const count = 20 + below(120);
  const labelAt = LABELS.map(() => below(count));
  const numberAt = NUMBERS.map(() => below(count));
  const lines = [`bits ${one([16, 32])}`, ...(below(2) === 0 ? ['org 0x7c00'] : [])];
  for (let i = 0; i < count; i++) {
    for (const [which, at] of labelAt.entries()) if (at === i) lines.push(`${LABELS[which]}:`);
    for (const [which, at] of numberAt.entries()) if (at === i) lines.push(`${NUMBERS[which]} equ ${number(one, below)}`);
    lines.push(one(LINES)(one, below));
  }
  return `${lines.join('\n')}\n`;
}

function distance(one: Choose): string {
  return `${one(LABELS)}-${one(LABELS)}`;
}

function number(one: Choose, below: Below): string {
  return one([distance(one), one(LABELS), String(below(300) - 150), `(${distance(one)})*2`, `${one(LABELS)}+4`]);
}

const LINES: readonly ((one: Choose, below: Below) => string)[] = [
  ...Array.from(
    { length: 5 },
    () => (one: Choose) => `${one(['jmp', 'jz', 'jnc', 'call', 'jmp near', 'ja'])} ${one(LABELS)}${one(['', '', '', '+1', '-3'])}`,
  ),
  (_, below) => `times ${below(60)} nop`,
  (_, below) => `times ${below(40)} db ${below(256)}, ${below(256)}`,
  (one) => `align ${one([2, 4, 8, 16])}`,
  (one) => `push ${one([distance(one), one(LABELS), one(NUMBERS), `${one(LABELS)}-$`])}`,
  (one) => `add ${one(R32)}, ${one([distance(one), one(LABELS), one(NUMBERS), `(${distance(one)})/2`])}`,
  (one, below) =>
    `mov ${one(R32)}, [${one(['ebx', 'ebp', 'esi+eax*4', 'esp'])}+${one([distance(one), one(LABELS), String(below(300)), one(NUMBERS)])}]`,
  (one, below) => `mov ${one(R16)}, [${one(['bx', 'bp', 'si', 'bx+di'])}+${one([distance(one), one(LABELS), String(below(300))])}]`,
  (one) => `d${one(['w', 'd'])} ${one(LABELS)}, ${one(LABELS)}-$, $-$$, ${one(NUMBERS)}`,
  (one) => `mov ${one(['eax', 'al', 'ax'])}, [${one(LABELS)}]`,
  (one, below) => `%if ($-$$) > ${below(400)}\n nop\n%else\n jmp ${one(LABELS)}\n%endif`,
  (one) => `imul ${one(R32)}, ${one(R32)}, ${distance(one)}`,
  (one) => `cmp word [${one(LABELS)}], ${distance(one)}`,
  (one) => `bits ${one([16, 32])}`,
  (one) => `times 3 jmp ${one(LABELS)}`,
  () => '%assign v $-$$\n db v & 255',
  (one, below) => `mov ${one(R32)}, ${below(1000)}`,
];

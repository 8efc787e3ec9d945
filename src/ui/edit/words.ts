/** What can be completed in assembly beside mnemonics: registers, the assembler's own words, and the text's labels. */
import { GENERAL_REGISTERS, SEGMENT_REGISTERS } from '../../arch/cpu-state.ts';

const WIDE = GENERAL_REGISTERS.map((name) => name.toLowerCase());

/** Registers by name. */
export const REGISTERS: readonly string[] = [
  ...WIDE,
  ...WIDE.map((name) => name.slice(1)),
  ...['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'],
  ...SEGMENT_REGISTERS.map((name) => name.toLowerCase()),
  ...['cr0', 'cr2', 'cr3', 'cr4', 'dr0', 'dr1', 'dr2', 'dr3', 'dr6', 'dr7'],
];

/** Words of the assembler that are no instructions. */
export const DIRECTIVES: readonly string[] = [
  ...['bits', 'org', 'equ', 'db', 'dw', 'dd', 'dq', 'resb', 'resw', 'resd', 'times', 'align', 'section', 'struc', 'endstruc'],
  ...[
    'byte',
    'word',
    'dword',
    'short',
    'near',
    'far',
    '%define',
    '%macro',
    '%endmacro',
    '%include',
    '%if',
    '%else',
    '%endif',
    '%rep',
    '%endrep',
  ],
];

/** Names that `text` gives to places and numbers, in order. */
export function labelsIn(text: string): readonly string[] {
  const names = [...text.matchAll(/^[ \t]*(?:%define[ \t]+)?([.A-Za-z_?@][\w.$#@~?]*)(?::|[ \t]+equ\b)/gm)].map(([, name]) => name);
  const defined = [...text.matchAll(/^[ \t]*%(?:define|macro|assign)[ \t]+([A-Za-z_?@][\w.$#@~?]*)/gm)].map(([, name]) => name);
  return [...new Set([...names, ...defined])];
}

/** Help for those who write assembly: what is wrong with a text, and what the table says of each instruction. */
import { GlassError } from '../base/errors.ts';
import { AssemblyErrors } from '../isa/assembler/errors.ts';
import type { Row } from '../isa/define.ts';
import { ROWS } from '../isa/rows/index.ts';
import type { Catalogue } from './catalogue.ts';
import { prepare } from './prepare.ts';
import type { Program } from './programs.ts';
import type { InstructionHelp, LoadRequest, Misfit, SourceProblem } from './protocol.ts';

/** Where firmware puts a boot sector. */
const BOOT_ADDRESS = 0x7c00;

/** What keeps `request` from being loaded: of its source, everything; and what should be known before it is, with `misfit`. Loads nothing. */
export function problemsOf(request: LoadRequest, catalogue: Catalogue): readonly SourceProblem[] {
  try {
    return prepare(request, catalogue).programs.flatMap(misfitsOf);
  } catch (error) {
    if (error instanceof AssemblyErrors)
      return error.errors.map(({ file, line, column, length, message, hint }) => ({ file, line, column, length, message, hint }));
    if (!(error instanceof GlassError)) throw error;
    return [{ file: '', line: 1, column: 1, length: 0, message: error.message, hint: error.hint ?? '' }];
  }
}

/** Where the text itself says for which place and mode it is, and the machine loads it otherwise. */
function misfitsOf({ image, source }: Program): readonly SourceProblem[] {
  const said = /^\s*\[?bits\s+(16|32)\b/im.exec(source?.text ?? '')?.[1];
  if (!source || said === undefined || (image.format !== 'flat' && image.format !== 'boot')) return [];
  const isBoot = image.format === 'boot';
  const starts = source.files.flatMap(({ lines }) => lines.map(({ linear }) => linear));
  const load = isBoot ? BOOT_ADDRESS : (image.load ?? 0);
  const misfit: Misfit = {
    origin: starts.reduce((least, linear) => Math.min(least, linear), 2 ** 32),
    bits: said === '16' ? 16 : 32,
    load,
    startsIn: isBoot || image.mode === 'real' ? 16 : 32,
  };
  if (starts.length === 0 || (misfit.origin === load && misfit.bits === misfit.startsIn)) return [];
  const message = `The text is ${misfit.bits}-bit code for 0x${misfit.origin.toString(16)}; it is loaded at 0x${load.toString(16)} and begins in ${misfit.startsIn}-bit mode.`;
  return [{ file: '', line: 1, column: 1, length: 0, message, hint: '', misfit }];
}

/** Every mnemonic that the assembler takes, in lower case, with what its rows say. */
export function instructionHelp(): readonly InstructionHelp[] {
  const byName = new Map<string, Row[]>();
  for (const row of ROWS) {
    const names = [row.mnemonic, ...(row.aliases ?? []), ...Object.values(row.names ?? {}), ...Object.values(row.addressNames ?? {})];
    for (const name of new Set(names.map((n) => n.toLowerCase()))) byName.set(name, [...(byName.get(name) ?? []), row]);
  }
  return [...byName].map(([name, rows]) => ({
    name,
    title: rows[0].title,
    operations: [...new Set(rows.map((row) => row.operation))],
    operands: [...new Set(rows.flatMap((row) => Object.values(row.forms)))].filter((codes) => codes !== ''),
    writes: lettersOf(rows, 'writes'),
    undefines: lettersOf(rows, 'undefines'),
    isPrivileged: rows.every((row) => row.cpl === 0),
  }));
}

function lettersOf(rows: readonly Row[], trait: 'writes' | 'undefines'): string {
  return [...new Set(rows.flatMap((row) => [...(row[trait] ?? '')]))].join('');
}

/** Help for those who write assembly: what is wrong with a text, and what the table says of each instruction. */
import { GlassError } from '../base/errors.ts';
import { AssemblyErrors } from '../isa/assembler/errors.ts';
import type { Row } from '../isa/define.ts';
import { ROWS } from '../isa/rows/index.ts';
import type { Catalogue } from './catalogue.ts';
import { prepare } from './prepare.ts';
import type { InstructionHelp, LoadRequest, SourceProblem } from './protocol.ts';

/** What keeps `request` from being loaded: of its source, everything. Loads nothing. */
export function problemsOf(request: LoadRequest, catalogue: Catalogue): readonly SourceProblem[] {
  try {
    prepare(request, catalogue);
    return [];
  } catch (error) {
    if (error instanceof AssemblyErrors)
      return error.errors.map(({ file, line, column, length, message, hint }) => ({ file, line, column, length, message, hint }));
    if (!(error instanceof GlassError)) throw error;
    return [{ file: '', line: 1, column: 1, length: 0, message: error.message, hint: error.hint ?? '' }];
  }
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

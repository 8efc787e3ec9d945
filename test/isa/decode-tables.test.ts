import { describe, expect, it } from 'vitest';
import { decode } from '../../src/isa/decode.ts';
import { buildTables } from '../../src/isa/decode-tables.ts';
import type { Row } from '../../src/isa/define.ts';
import { FORMS, formsOf } from '../../src/isa/opcode.ts';

describe('the tables', () => {
  const row = (mnemonic: string, forms: Record<string, string>): Row => ({ mnemonic, forms, run: () => {}, operation: '', title: '' });

  it('lead from every form to itself', () => {
    const found = new Set<string>();
    const bytes = new Uint8Array(16);
    for (const { opcode, hasModrm } of FORMS) {
      const prefix = typeof opcode.mandatoryPrefix === 'number' ? [opcode.mandatoryPrefix] : [];
      const low = opcode.plusRegister ? 7 : 0; // register 7: `90` is NOP
      const modrm = opcode.modrmByte >= 0 ? opcode.modrmByte : Math.max(opcode.extension, 0) << 3;
      for (const mod of [0, 0xc0]) {
        bytes.set([...prefix, ...opcode.bytes.slice(0, -1), (opcode.bytes.at(-1) ?? 0) | low, ...(hasModrm ? [modrm | mod] : [])]);
        const insn = decode(bytes, 0, 32);
        found.add(`${insn?.row.mnemonic} ${insn?.form}`);
      }
    }
    expect(FORMS.map((form) => `${form.row.mnemonic} ${form.text}`).filter((name) => !found.has(name))).toEqual([]);
  });

  it('refuse two forms of the same bytes', () => {
    const build =
      (...rows: Row[]) =>
      () =>
        buildTables(formsOf(rows));
    expect(build(row('A', { '00': 'Eb, Gb' }), row('B', { '00': 'Eb, Gb' }))).toThrow('do not claim the same encoding');
    expect(build(row('A', { '0F 01 C1': '' }), row('B', { 'NP 0F 01 C1': '' }))).toThrow('do not claim the same encoding');
    expect(build(row('A', { '00': 'Eb, Gb' }), row('B', { NP: '' }))).toThrow();
    expect(build(row('A', { '00 /1': 'Eb' }), row('B', { '00': '' }))).toThrow('have ModRM, or none');
  });

  it('let the closer description win', () => {
    const general = row('GENERAL', { '0F 01 /0': 'Ev', '90+': 'Zv', '0F 1F': 'Ev, Gv' });
    const special = row('SPECIAL', { '0F 01 C1': '', '90': '', '0F 1F /0': 'Ev', 'F3 0F 1F /0': 'Ev' });
    expect(() => buildTables(formsOf([special, general]))).not.toThrow();
  });
});

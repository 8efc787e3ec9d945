import { describe, expect, it } from 'vitest';
import { CONDITIONS } from '../../src/isa/flags.ts';
import { FORMS, OPERAND_FIELD, parseOpcode } from '../../src/isa/opcode.ts';
import { recordings } from '../../src/isa/record.ts';
import { ROWS } from '../../src/isa/rows/index.ts';
import { SYSTEM_NAMES } from '../../src/isa/semantics.ts';

/** Every mnemonic with the opcode texts that lead to it. */
const opcodesOf = (mnemonic: string) => ROWS.filter((row) => row.mnemonic === mnemonic).flatMap((row) => Object.keys(row.forms));

/** Opcode bytes of one map that some form begins with: the last byte of each, all eight where a register is in it. */
function opcodesInMap(escape: readonly number[]): Set<number> {
  const opcodes = FORMS.filter(
    ({ opcode }) => opcode.bytes.length === escape.length + 1 && escape.every((byte, i) => opcode.bytes[i] === byte),
  );
  return new Set(
    opcodes.flatMap(({ opcode }) => Array.from({ length: opcode.plusRegister ? 8 : 1 }, (_, n) => opcode.bytes[escape.length] + n)),
  );
}

const hex = (n: number) => n.toString(16).toUpperCase().padStart(2, '0');
const missingFrom = (opcodes: Set<number>) =>
  Array.from({ length: 256 }, (_, n) => n)
    .filter((n) => !opcodes.has(n))
    .map(hex);

describe('the opcode maps', () => {
  it('of one byte hold every byte but the prefixes and the escape', () => {
    expect(missingFrom(opcodesInMap([])).join(' ')).toBe('0F 26 2E 36 3E 64 65 66 67 F0 F2 F3');
  });

  it('of two bytes leave undefined what the P6 has for MMX and its like, and what nobody has', () => {
    expect(missingFrom(opcodesInMap([0x0f])).join(' ')).toBe(
      [
        '04 05 07 0A 0C 0E 0F 10 11 12 13 14 15 16 17 24 25 26 27 28 29 2A 2B 2C 2D 2E 2F 36 38 39 3A 3B 3C 3D 3E 3F',
        '50 51 52 53 54 55 56 57 58 59 5A 5B 5C 5D 5E 5F 60 61 62 63 64 65 66 67 68 69 6A 6B 6C 6D 6E 6F',
        '70 71 72 73 74 75 76 77 7A 7B 7C 7D 7E 7F A6 A7 AE B8 C2 C3 C4 C5 C6',
        'D0 D1 D2 D3 D4 D5 D6 D7 D8 D9 DA DB DC DD DE DF E0 E1 E2 E3 E4 E5 E6 E7 E8 E9 EA EB EC ED EE EF',
        'F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 FA FB FC FD FE',
      ].join(' '),
    );
  });

  it('of three bytes hold INVEPT and INVVPID', () => {
    expect([...opcodesInMap([0x0f, 0x38])].map(hex)).toEqual(['80', '81']);
    expect(opcodesInMap([0x0f, 0x3a]).size).toBe(0);
  });

  it('lead from one opcode to one form', () => {
    const seen = new Map<string, string>();
    const clashes: string[] = [];
    for (const { row, text, opcode } of FORMS) {
      const claim = JSON.stringify({
        ...opcode,
        mandatoryPrefix: opcode.mandatoryPrefix === 'NP' ? 'none-required' : opcode.mandatoryPrefix,
      });
      if (seen.has(claim)) clashes.push(`${row.mnemonic} ${text} and ${seen.get(claim)}`);
      seen.set(claim, `${row.mnemonic} ${text}`);
    }
    expect(clashes).toEqual([]);
  });

  it('never have a form with and one without ModRM at the same opcode', () => {
    const withModrm = new Map<string, boolean>();
    for (const { opcode, hasModrm } of FORMS) {
      const key = opcode.bytes.map(hex).join(' ');
      expect([hasModrm, undefined], key).toContain(withModrm.get(key));
      withModrm.set(key, hasModrm);
    }
  });

  it('leave these extensions of groups undefined', () => {
    const groups = new Map<string, Set<number>>();
    for (const { opcode } of FORMS) {
      if (opcode.extension < 0) continue;
      const key = opcode.bytes.map(hex).join(' ');
      groups.set(key, (groups.get(key) ?? new Set()).add(opcode.extension));
    }
    const holes = [...groups].map(([key, used]) => [key, [0, 1, 2, 3, 4, 5, 6, 7].filter((n) => !used.has(n)).join('')] as const);
    expect(Object.fromEntries(holes.filter(([, hole]) => hole !== ''))).toEqual({
      ...{ '8F': '1234567', C6: '1234567', C7: '1234567', FE: '234567', FF: '7' },
      ...{ '0F 00': '67', '0F 01': '5', '0F BA': '0123', '0F C7': '02345' },
    });
  });
});

describe('a row', () => {
  it('has a title of the manual, a clause and forms', () => {
    for (const { mnemonic, title, operation, forms } of ROWS) {
      expect(title, mnemonic).toMatch(/—|X87-FPU Instruction Formats|Safer Mode Extensions Reference/);
      expect(operation, mnemonic).not.toBe('');
      expect(Object.keys(forms), mnemonic).not.toEqual([]);
    }
  });

  it('has opcode texts and operand codes that every reader understands', () => {
    for (const { row, text, operands } of FORMS) {
      expect(() => parseOpcode(text), text).not.toThrow();
      for (const code of operands) expect(OPERAND_FIELD[code], `${row.mnemonic} ${text}`).toBeDefined();
      expect(row.forms[text], 'one blank after each comma').toBe(operands.join(', '));
    }
  });

  it('claims flags by their letters, each once', () => {
    for (const { mnemonic, writes = '', undefines = '' } of ROWS)
      expect(writes + undefines, mnemonic).toMatch(/^(?:([OSZAPCDI])(?!.*\1))*$/);
  });

  it('that is privileged or exits says so in traits that hold together', () => {
    for (const row of ROWS) {
      if (row.exitFirst) expect(row.exits, row.mnemonic).toBeDefined();
      if (row.vmxOnly) expect(row.exitFirst, row.mnemonic).toBe(true);
    }
  });

  it('takes LOCK only if it reads and writes its first operand', () => {
    for (const { row, nodes } of recordings()) {
      const updates = nodes.some((node) => node.word === 'readForUpdate') || row.mnemonic === 'CMPXCHG8B';
      if (row.lockable) expect(updates, row.mnemonic).toBe(true);
    }
    const lockable = new Set(ROWS.filter((row) => row.lockable).map((row) => row.mnemonic));
    const manual = 'ADC ADD AND BTC BTR BTS CMPXCHG CMPXCHG8B DEC INC NEG NOT OR SBB SUB XADD XCHG XOR';
    expect([...lockable].sort().join(' ')).toBe(manual);
  });

  it('that may change EIP ends a block', () => {
    for (const { row, nodes } of recordings()) {
      if (nodes.some((node) => node.word === 'jump' || node.word === 'jumpIf')) expect(row.ends, row.mnemonic).toBe(true);
    }
  });

  it('repeats if it is a string instruction, and only then', () => {
    const repeated = ROWS.filter((row) => row.repeat !== undefined).map((row) => `${row.mnemonic} ${row.repeat}`);
    expect(repeated.sort()).toEqual(['CMPS repz', 'INS rep', 'LODS rep', 'MOVS rep', 'OUTS rep', 'SCAS repz', 'STOS rep']);
  });
});

describe('the functions of the processor', () => {
  it('are each used by a row, and no other is', () => {
    const used = new Set(
      recordings().flatMap(({ nodes }) => nodes.flatMap((node) => (node.word === 'system' ? [String(node.args[0])] : []))),
    );
    expect([...used].sort()).toEqual([...SYSTEM_NAMES].sort());
  });
});

describe('the conditions', () => {
  it.each(['J', 'SET', 'CMOV'])('%scc are sixteen rows in encoding order', (stem) => {
    const rows = ROWS.filter((row) => row.condition !== undefined && row.mnemonic.startsWith(stem));
    expect(rows.map((row) => [row.mnemonic, row.condition])).toEqual(CONDITIONS.map((cc, tttn) => [stem + cc, tttn]));
  });

  it('have the other names of the manual', () => {
    const names = ROWS.filter((row) => row.mnemonic.startsWith('J') && row.condition !== undefined).flatMap((row) => row.aliases);
    expect(names.join(' ')).toBe('JC JNAE JNC JNB JZ JNZ JNA JNBE JPE JPO JNGE JNL JNG JNLE');
  });
});

describe('aliases that the manual leaves out', () => {
  it.each([
    ['SHL', ['C0 /6', 'C1 /6', 'D0 /6', 'D1 /6', 'D2 /6', 'D3 /6']],
    ['TEST', ['F6 /1', 'F7 /1']],
    ['ADD', ['82 /0']],
    ['CMP', ['82 /7']],
    ['SALC', ['D6']],
    ['INT1', ['F1']],
    ['HINT_NOP7', ['0F 18 /7']],
    ['HINT_NOP63', ['0F 1F /7']],
    ['UD0', ['0F FF']],
    ['UD1', ['0F B9']],
  ])('%s has %j', (mnemonic, opcodes) => {
    expect(opcodesOf(mnemonic)).toEqual(expect.arrayContaining(opcodes));
  });
});

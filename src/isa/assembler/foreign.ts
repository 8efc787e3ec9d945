/** Instructions that this processor has not, for guests that want to see the invalid-opcode exception: they assemble like the others. */
import type { Row } from '../define.ts';
import { formsOf } from '../opcode.ts';

const OPCODES: readonly (readonly [mnemonic: string, opcode: string, operands: string])[] = [
  ['RDRAND', 'NP 0F C7 /6', 'Rv'],
  ['RDSEED', 'NP 0F C7 /7', 'Rv'],
  ['RDTSCP', 'NP 0F 01 F9', ''],
  ['XGETBV', 'NP 0F 01 D0', ''],
  ['INVPCID', '66 0F 38 82', 'Gd, M'],
  ['SYSCALL', '0F 05', ''],
  ['SYSRET', '0F 07', ''],
];

/** Forms that only the assembler knows. */
export const FOREIGN_FORMS = formsOf(
  OPCODES.map(
    ([mnemonic, opcode, operands]): Row => ({ mnemonic, forms: { [opcode]: operands }, run: () => {}, operation: '#UD', title: mnemonic }),
  ),
);

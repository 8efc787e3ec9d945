/** Operands: registers, immediates, addresses. NASM manual, "Effective Addresses", "Type Specifiers", "STRICT". */
import { SourceError } from './errors.ts';
import { parseExpression } from './expression.ts';
import type { Reader } from './reader.ts';
import { REGISTERS, type Register, SIZES } from './registers.ts';
import type { Token } from './source.ts';
import type { MemoryOperand, OperandSyntax } from './syntax.ts';

interface Keywords {
  size: number;
  distance: '' | 'short' | 'near' | 'far';
  isStrict: boolean;
}

/** Reads one operand, up to a comma or the end. */
export function parseOperand(reader: Reader): OperandSyntax {
  const at = reader.here;
  const keywords = parseKeywords(reader);
  const { size, distance, isStrict } = keywords;
  if (reader.isAt('[')) return parseMemory(reader, at, keywords);
  const register = REGISTERS.get(reader.word);
  if (register && isWholeOperand(reader)) {
    const token = reader.next();
    if (register.class === 'foreign')
      throw new SourceError(token, `This processor has no register \`${token.text}\`.`, 'It is a 32-bit processor without coprocessor.');
    return { kind: 'register', at: token, register, size, distance };
  }
  if (register && reader.peek(1)?.text === ':')
    throw new SourceError(reader.here, 'A segment override stands inside the brackets.', 'Write `[es:bx]`.');
  const value = parseExpression(reader);
  if (!reader.take(':')) return { kind: 'value', at: value.at, value, size, distance, isStrict };
  const inner = parseKeywords(reader);
  return { kind: 'far', at: value.at, selector: value, offset: parseExpression(reader), size: size || inner.size, distance };
}

function parseKeywords(reader: Reader): Keywords {
  const keywords: Keywords = { size: 0, distance: '', isStrict: false };
  for (;;) {
    const { word, here } = reader;
    if (word in SIZES) keywords.size = SIZES[word];
    else if (word === 'short' || word === 'near' || word === 'far') keywords.distance = word;
    else if (word === 'strict') keywords.isStrict = true;
    else if (word === 'ptr') throw new SourceError(here, 'NASM has no `ptr`.', 'Leave it out: `dword [ebx]`.');
    else if (word === 'offset') throw new SourceError(here, 'NASM has no `offset`.', 'A label without brackets is its address.');
    else if (word !== 'to') return keywords;
    reader.next();
  }
}

function isWholeOperand(reader: Reader): boolean {
  const after = reader.peek(1);
  return after === undefined || (after.kind === 'operator' && after.text === ',');
}

function parseMemory(reader: Reader, at: Token, keywords: Keywords): MemoryOperand {
  reader.next();
  let displacementSize = 0;
  let isNoSplit = false;
  let segment: Register | null = null;
  for (;;) {
    const { word } = reader;
    if (word in SIZES) displacementSize = SIZES[word];
    else if (word === 'nosplit') isNoSplit = true;
    else if (word === 'rel')
      throw new SourceError(reader.here, 'Addresses relative to the instruction exist only in 64-bit code.', 'Leave `rel` out.');
    else if (REGISTERS.get(word)?.class === 'segment' && reader.peek(1)?.text === ':') {
      segment = REGISTERS.get(word) as Register;
      reader.next();
    } else if (word !== 'abs') break;
    reader.next();
  }
  const address = parseExpression(reader);
  reader.expect(']', 'the address');
  const { size, distance } = keywords;
  return { kind: 'memory', at, address, segment, displacementSize, isNoSplit, size, distance };
}

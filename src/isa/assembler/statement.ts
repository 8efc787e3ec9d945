/** One line of tokens -> one statement: label, TIMES, prefixes, then an instruction or a directive. */
import { type Origin, SourceError } from './errors.ts';
import { isDirective, parseDirective } from './directives.ts';
import { type Expression, parseExpression } from './expression.ts';
import { isMnemonic, nearestMnemonic } from './forms.ts';
import { parseOperand } from './operands.ts';
import { Reader, unclosed } from './reader.ts';
import { PREFIXES, REGISTERS } from './registers.ts';
import type { Token } from './source.ts';
import type { Action, OperandSyntax, Prefixes, Statement } from './syntax.ts';

/** Whether a word begins an instruction or a directive, and so is no label without its colon. */
export function isKeyword(name: string): boolean {
  const word = name.toLowerCase();
  return isMnemonic(word) || isDirective(word) || word in PREFIXES || word === 'times';
}

/** Hears of what is wrong with a line. */
export interface Listener {
  error(error: SourceError, origin: Origin): void;
  warning(warning: SourceError, origin: Origin): void;
}

/** Reads a line. Its label survives an error further right, so that the label's uses are not wrong as well. */
export function parseStatement(tokens: readonly Token[], origin: Origin, listener: Listener): Statement | null {
  const whole = tokens.find((token) => token.kind !== 'space');
  if (!whole) return null;
  const reader = new Reader(tokens, whole);
  let label: Token | null = null;
  let times: Expression | null = null;
  let action: Action | null = null;
  try {
    label = takeLabel(reader);
    if (reader.takeWord('times')) times = parseExpression(reader);
    if (!reader.isAtEnd) action = parseAction(reader, label);
    if (label && reader.isAtEnd && reader.here === label) listener.warning(orphan(label), origin);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    listener.error(error, origin);
  }
  return { origin, at: whole, label, times, action, isConstant: !tokens.some(dependsOnPlace), kept: null };
}

/** Reads what comes after label and TIMES, up to the end of the line. */
export function parseAction(reader: Reader, label: Token | null): Action {
  if (reader.isAt('[')) return bracketed(reader, label);
  const action = isDirective(reader.word) ? parseDirective(reader, { label, parseAction }) : parseInstruction(reader);
  reader.expectEnd(action.kind === 'instruction' ? 'the last operand' : `\`${action.at.text}\``);
  return action;
}

function takeLabel(reader: Reader): Token | null {
  const first = reader.peek();
  if (first?.kind !== 'name') return null;
  const isColon = reader.peek(1)?.kind === 'operator' && reader.peek(1)?.text === ':';
  const word = first.text.toLowerCase();
  if (!isColon && (isKeyword(word) || REGISTERS.has(word))) return null;
  if (REGISTERS.has(word))
    throw new SourceError(
      first,
      `\`${first.text}\` is a register and cannot be a label.`,
      `Choose another name, or write \`$${first.text}\`.`,
    );
  // `mvo eax, 1`: what follows is no instruction either, so this is a misspelt one rather than a label.
  const second = reader.peek(1);
  if (!isColon && second && !(second.kind === 'name' && isKeyword(second.text))) throw notAnInstruction(first);
  reader.next();
  if (isColon) reader.next();
  return first;
}

function notAnInstruction(at: Token): SourceError {
  const nearest = nearestMnemonic(at.text);
  const hint = nearest
    ? `Did you mean \`${nearest}\`? A label has a colon.`
    : 'A label has a colon; the instructions are those of the Pentium Pro, with VT-x.';
  return new SourceError(at, `\`${at.text}\` is not an instruction.`, hint);
}

function orphan(at: Token): SourceError {
  const nearest = nearestMnemonic(at.text);
  const hint = nearest ? `Did you mean \`${nearest}\`?` : 'Put a colon behind it.';
  return new SourceError(at, `\`${at.text}\`, alone on its line, is taken for a label.`, hint);
}

/** `[bits 32]`: the directives' older dress. */
function bracketed(reader: Reader, label: Token | null): Action {
  reader.next();
  const inner: Token[] = [];
  while (!reader.isAtEnd && !reader.isAt(']')) inner.push(reader.next());
  reader.expect(']', 'the directive');
  reader.expectEnd('the directive');
  const directive = new Reader(inner, reader.here);
  if (!isDirective(directive.word))
    throw new SourceError(
      inner[0] ?? reader.here,
      'An instruction cannot begin with an address.',
      'In front belongs what to do: `mov [ebx], eax`.',
    );
  const action = parseDirective(directive, { label, parseAction });
  directive.expectEnd(`\`${action.at.text}\``);
  return action;
}

function parseInstruction(reader: Reader): Action {
  const at = reader.here;
  const prefixes = parsePrefixes(reader);
  if (reader.isAtEnd) return { kind: 'prefixes', prefixes, at };
  const mnemonic = reader.next();
  if (mnemonic.kind === 'bad') throw unclosed(mnemonic);
  if (mnemonic.kind !== 'name') throw new SourceError(mnemonic, `\`${mnemonic.text}\` cannot begin an instruction.`);
  if (!isMnemonic(mnemonic.text.toLowerCase())) throw notAnInstruction(mnemonic);
  const operands: OperandSyntax[] = [];
  if (!reader.isAtEnd) {
    do operands.push(parseOperand(reader));
    while (reader.take(','));
  }
  return { kind: 'instruction', mnemonic: mnemonic.text.toLowerCase(), prefixes, operands, at: mnemonic };
}

function parsePrefixes(reader: Reader): Prefixes {
  const found = { bytes: [] as number[], segment: 0, operandSize: 0, addressSize: 0 };
  for (let prefix = PREFIXES[reader.word]; prefix; prefix = PREFIXES[reader.word]) {
    const at = reader.next();
    const { slot, value } = prefix;
    if (slot === 'lock' || slot === 'repeat') {
      found.bytes.push(value);
    } else {
      if (found[slot] !== 0 && found[slot] !== value) throw new SourceError(at, `\`${at.text}\` contradicts a prefix before it.`);
      found[slot] = value;
    }
  }
  return found;
}

function dependsOnPlace(token: Token): boolean {
  if (token.kind === 'operator') return token.text === '$' || token.text === '$$';
  return token.kind === 'name' && (token.text.startsWith('$') || !isWord(token.text.toLowerCase()));
}

function isWord(word: string): boolean {
  return REGISTERS.has(word) || isKeyword(word) || OPERAND_WORDS.has(word);
}

const OPERAND_WORDS = new Set(['byte', 'word', 'dword', 'qword', 'short', 'near', 'far', 'strict', 'nosplit', 'abs', 'to', 'dup', '?']);

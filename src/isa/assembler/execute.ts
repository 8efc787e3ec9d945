/** What statements do in a pass. */
import type { Assembly, OpenStructure } from './assembly.ts';
import { encodeAddress } from './address.ts';
import { choose } from './choose.ts';
import { pushData, resolverOf } from './data.ts';
import { encode, encodePrefixes } from './encode.ts';
import { counted, Overrun, SourceError } from './errors.ts';
import type { Expression } from './expression.ts';
import type { Operand, Place } from './match.ts';
import { MAX_OUTPUT, tooLarge } from './output.ts';
import { executeSection } from './section-directive.ts';
import type { Token } from './source.ts';
import type { Action, OperandSyntax, Prefixes, Statement } from './syntax.ts';
import { isSimple, plus, scalar, type Value } from './value.ts';

type Of<K extends Action['kind']> = Extract<Action, { kind: K }>;
type Execute = { readonly [K in Action['kind']]: (assembly: Assembly, action: Of<K>, statement: Statement, count: number) => void };

/** Turns of `times` that must be encoded one by one, because a branch among them moves. */
const MAX_TURNS = 1_000_000;

const EXECUTE: Execute = {
  instruction: executeInstruction,
  prefixes: (assembly, action, _, count) =>
    assembly.emit(Uint8Array.from(encodePrefixes(placeOf(assembly, action.prefixes))), count, action.at),
  data: (assembly, action, _, count) => {
    const { scratch } = assembly;
    scratch.length = 0;
    if (action.items.length === 0) assembly.warn(action.at, `\`${action.at.text}\` has nothing to put here.`);
    pushData(assembly, action.items, action.width, scratch);
    assembly.emit(scratch.view(), count, action.at, true);
  },
  reserve: (assembly, action, _, count) => {
    const value = assembly.value(action.count);
    if (value.terms.length > 0) throw new SourceError(action.count.at, 'A size must be a plain number.');
    if (value.number < 0n) throw new SourceError(action.count.at, `The count of \`${action.at.text}\` is ${value.number}.`);
    const size = value.number * BigInt(action.width * count);
    if (size > 2n ** 32n) throw tooLarge(action.at);
    assembly.reserve(Number(size), action.at);
  },
  equ: (assembly, action, statement) => {
    const value = assembly.value(action.value);
    if (!isSimple(value)) throw new SourceError(action.value.at, 'A name stands for a number, or for a label plus a number.');
    // What is not known yet counts as 0 until the next pass, as in NASM: this decides which of several stable results comes out.
    if (statement.label) assembly.define(statement.label, value.isUnknown ? scalar(0n) : value, false);
  },
  align: executeAlign,
  bits: (assembly, action) => {
    const bits = assembly.number(action.value, 'The code size');
    if (bits !== 16n && bits !== 32n)
      throw new SourceError(action.value.at, `There is no ${bits}-bit code on this processor.`, 'Write `bits 16` or `bits 32`.');
    assembly.bits = Number(bits);
  },
  org: (assembly, action) => {
    const origin = assembly.number(action.value, 'The origin');
    if (assembly.isOriginSet)
      throw new SourceError(action.at, '`org` stands here a second time; a flat binary has one origin.', 'Sections take `vstart=`.');
    if (origin < 0n || origin >= 2n ** 32n) throw new SourceError(action.value.at, 'The origin is not a 32-bit address.');
    assembly.isOriginSet = true;
    assembly.sections.origin = Number(origin);
    assembly.sections.text.address = assembly.sections.text.virtualStart ?? Number(origin);
  },
  absolute: (assembly, action) => {
    assembly.location = { section: null, base: assembly.number(action.value, 'An absolute address'), offset: 0n };
  },
  section: executeSection,
  struc: (assembly, action) => {
    const start = action.offset ? assembly.number(action.offset, 'The offset of a structure') : 0n;
    assembly.structures.push({ kind: 'struc', name: action.name.text, start: scalar(start), at: action.at, before: assembly.location });
    assembly.location = { section: null, base: start, offset: 0n };
    assembly.define(action.name, scalar(start), true);
  },
  endstruc: (assembly, action) => {
    const { name, start, before } = close(assembly, 'struc', action.at);
    assembly.symbols.define(`${name}_size`, plus(assembly.here(), start, -1n), action.at);
    assembly.location = before;
  },
  istruc: (assembly, action) => {
    assembly.structures.push({ kind: 'istruc', name: action.name.text, start: assembly.here(), at: action.at, before: assembly.location });
  },
  at: (assembly, action, statement) => {
    const { name, start } = innermost(assembly, 'istruc', action.at);
    const field = action.field.text.startsWith('.') ? name + action.field.text : action.field.text;
    const offset = plus(known(assembly, field, action.field), known(assembly, name, action.field), -1n);
    fillTo(assembly, start, offset, action.at);
    if (action.content) execute(assembly, action.content, statement, 1);
  },
  iend: (assembly, action) => {
    const { name, start } = close(assembly, 'istruc', action.at);
    fillTo(assembly, start, known(assembly, `${name}_size`, action.at), action.at);
  },
  nothing: () => {},
};

/** Carries out one line. Faults are recorded with the assembly; only an Overrun is thrown. */
export function executeStatement(assembly: Assembly, statement: Statement): void {
  const { label, times, action } = statement;
  if (label && action?.kind !== 'equ') assembly.attempt(statement, () => assembly.define(label, assembly.here(), true));
  if (!action) return;
  assembly.attempt(statement, () => execute(assembly, action, statement, times ? timesOf(assembly, times, action.at) : 1));
}

function execute(assembly: Assembly, action: Action, statement: Statement, count: number): void {
  (EXECUTE[action.kind] as (assembly: Assembly, action: Action, statement: Statement, count: number) => void)(
    assembly,
    action,
    statement,
    count,
  );
}

function timesOf(assembly: Assembly, times: Expression, at: Token): number {
  const count = assembly.number(times, 'The count of `times`');
  if (count < 0n) {
    throw new SourceError(
      times.at,
      `The count of \`times\` is ${count}, below zero.`,
      `If it pads up to a fixed size, what comes before is ${counted(-count, 'byte')} too long.`,
    );
  }
  if (count > BigInt(MAX_OUTPUT)) throw tooLarge(at);
  return Number(count);
}

function executeInstruction(assembly: Assembly, action: Of<'instruction'>, statement: Statement, count: number): void {
  const { kept } = statement;
  if (kept?.bits === assembly.bits) {
    assembly.emit(kept.bytes, count, action.at);
    return;
  }
  const place = placeOf(assembly, action.prefixes);
  const operands = action.operands.map((operand) => operandOf(assembly, operand, place));
  const looped = takeCounter(action.mnemonic, operands, place);
  const isMoving =
    looped.operands.some((operand) => operand.kind === 'value' && operand.value.terms.length > 0) || isBranch(action.mnemonic);
  const turns = isMoving ? count : Math.min(count, 1);
  if (turns > MAX_TURNS) throw new Overrun(action.at, `\`times\` repeats a branch more than ${MAX_TURNS} times.`);
  for (let turn = 0; turn < turns; turn++) {
    const now = { ...looped.place, offset: place.section ? BigInt(place.section.size) : 0n };
    const bytes = Uint8Array.from(encode(choose(action.at, action.mnemonic, looped.operands, now), now, resolverOf(assembly)));
    assembly.emit(bytes, isMoving ? 1 : count, action.at);
    if (statement.isConstant && !isMoving) statement.kept = { bits: assembly.bits, bytes };
  }
}

function isBranch(mnemonic: string): boolean {
  return /^(j|call|loop)/.test(mnemonic);
}

/** `loop label, cx`: the counter register is the address size. */
function takeCounter(mnemonic: string, operands: Operand[], place: Place & { section: Assembly['sections']['text'] | null }) {
  const [target, counter] = operands;
  if (!mnemonic.startsWith('loop') || operands.length !== 2 || counter.kind !== 'register' || counter.register.number !== 1)
    return { operands, place };
  return { operands: [target], place: { ...place, prefixes: { ...place.prefixes, addressSize: counter.register.size } } };
}

function placeOf(assembly: Assembly, prefixes: Prefixes) {
  const { section } = assembly.location;
  return { bits: assembly.bits, section, offset: BigInt(section?.size ?? 0), prefixes };
}

function operandOf(assembly: Assembly, syntax: OperandSyntax, place: Place): Operand {
  const { at, size, distance } = syntax;
  switch (syntax.kind) {
    case 'register':
      return { kind: 'register', at, size, distance, register: syntax.register };
    case 'value':
      return { kind: 'value', at, size, distance, isStrict: syntax.isStrict, value: immediate(assembly, syntax.value) };
    case 'far':
      return {
        kind: 'far',
        at,
        size,
        distance,
        selector: immediate(assembly, syntax.selector),
        offset: immediate(assembly, syntax.offset),
      };
    case 'memory': {
      const context = { bits: place.bits, addressSize: place.prefixes.addressSize };
      return {
        kind: 'memory',
        at,
        size,
        distance,
        segment: syntax.segment,
        address: encodeAddress(syntax, assembly.value(syntax.address), context),
      };
    }
  }
}

function immediate(assembly: Assembly, expression: Expression): Value {
  const value = assembly.value(expression);
  if (value.terms.some((term) => 'class' in term.unit)) {
    throw new SourceError(
      expression.at,
      'Registers can be added up only inside brackets.',
      'Write `lea eax, [ebx + ecx]`, or `[...]` for what lies there.',
    );
  }
  if (!isSimple(value))
    throw new SourceError(
      expression.at,
      'No instruction can hold a label times a number, or a sum of labels.',
      'Labels can be subtracted in pairs, or one be added.',
    );
  return value;
}

/** `align n`: NOPs, or what follows the comma, up to a multiple of n from the section's start, which is put on such an address too. */
function executeAlign(assembly: Assembly, action: Of<'align'>, statement: Statement): void {
  const boundary = assembly.number(action.boundary, 'An alignment');
  if (boundary <= 0n || boundary > BigInt(MAX_OUTPUT) || (boundary & (boundary - 1n)) !== 0n) {
    throw new SourceError(action.boundary.at, `${boundary} is no alignment.`, 'It is a power of two.');
  }
  const { location } = assembly;
  if (location.section) location.section.alignment = Math.max(location.section.alignment, Number(boundary));
  const offset = location.section ? BigInt(location.section.size) : location.offset;
  const count = Number((boundary - (offset % boundary)) % boundary);
  if (count === 0) return;
  if (action.fill) execute(assembly, action.fill, statement, count);
  else if (location.section && !location.section.isReserved) assembly.emit(NOP, count, action.at);
  else assembly.reserve(count, action.at);
}

const NOP = Uint8Array.of(0x90);

/** Zeros up to `offset` bytes from the start of a structure's instance. */
function fillTo(assembly: Assembly, start: Value, offset: Value, at: Token): void {
  const count = plus(plus(start, offset), assembly.here(), -1n).number;
  if (count < 0n) throw new SourceError(at, `What precedes is ${counted(-count, 'byte')} too long for this field.`);
  if (count > BigInt(MAX_OUTPUT)) throw tooLarge(at);
  assembly.emit(Uint8Array.of(0), Number(count), at, true);
}

function known(assembly: Assembly, name: string, at: Token): Value {
  const value = assembly.symbol(name, at);
  return value ?? scalar(0n);
}

function innermost(assembly: Assembly, kind: OpenStructure['kind'], at: Token): OpenStructure {
  const structure = assembly.structures.at(-1);
  if (structure?.kind !== kind) throw new SourceError(at, `\`${at.text}\` stands outside any \`${kind}\`.`);
  return structure;
}

function close(assembly: Assembly, kind: OpenStructure['kind'], at: Token): OpenStructure {
  const structure = innermost(assembly, kind, at);
  assembly.structures.pop();
  return structure;
}

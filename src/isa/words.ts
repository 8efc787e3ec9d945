/** Facts about the words of `Sem`: what each takes and gives, whether it can fault and what it changes. Recorder, explanations, lint and printers read them,
 *  so a new word is one method in `Sem`, one row here. */
import type { Sem } from './semantics.ts';

/** Every word; `operandBytes` is a number, no word. */
export type Word = Exclude<keyof Sem<number, number>, 'operandBytes'>;

/** What a word changes. `control` is EIP. `system` may change anything. */
export type Effect = 'register' | 'flags' | 'operand' | 'memory' | 'stack' | 'control' | 'system';

export interface WordFacts {
  /** One letter per parameter: `v` value, `o` operand, `k` a plain number or string known when recorded; `?` after it: may be absent. */
  readonly takes: string;
  /** It returns a value, an operand, or nothing. */
  readonly gives: 'v' | 'o' | '';
  /** It can raise a fault. One that takes an operand can only where the operand is in memory. */
  readonly faults?: true;
  readonly changes?: Effect;
  /** Flags it may write, as letters of OSZAPC; `setFlag` names its own. */
  readonly flags?: string;
}

// biome-ignore format: a table
export const WORDS: Readonly<Record<Word, WordFacts>> = {
  constant:         { takes: 'k',      gives: 'v' },
  add:              { takes: 'vv',     gives: 'v' },
  sub:              { takes: 'vv',     gives: 'v' },
  mul:              { takes: 'vv',     gives: 'v' },
  mulHigh:          { takes: 'vv',     gives: 'v' },
  mulHighUnsigned:  { takes: 'vv',     gives: 'v' },
  and:              { takes: 'vv',     gives: 'v' },
  or:               { takes: 'vv',     gives: 'v' },
  xor:              { takes: 'vv',     gives: 'v' },
  not:              { takes: 'v',      gives: 'v' },
  shl:              { takes: 'vv',     gives: 'v' },
  shr:              { takes: 'vv',     gives: 'v' },
  sar:              { takes: 'vv',     gives: 'v' },
  add32:            { takes: 'vv',     gives: 'v' },
  equal:            { takes: 'vv',     gives: 'v' },
  below:            { takes: 'vv',     gives: 'v' },
  select:           { takes: 'vvv',    gives: 'v' },
  zeroExtend:       { takes: 'vk',     gives: 'v' },
  lowestBit:        { takes: 'v',      gives: 'v' },
  highestBit:       { takes: 'v',      gives: 'v' },

  read:             { takes: 'o',      gives: 'v', faults: true },
  readUnsigned:     { takes: 'o',      gives: 'v', faults: true },
  readForUpdate:    { takes: 'o',      gives: 'v', faults: true },
  checkWrite:       { takes: 'o',      gives: '',  faults: true },
  write:            { takes: 'ov',     gives: '',  faults: true, changes: 'operand' },
  address:          { takes: 'o',      gives: 'v' },
  bitOperand:       { takes: 'ov',     gives: 'o' },
  afterPop:         { takes: 'o',      gives: 'o' },
  register:         { takes: 'k',      gives: 'v' },
  register8:        { takes: 'k',      gives: 'v' },
  register16:       { takes: 'k',      gives: 'v' },
  setRegister:      { takes: 'kv',     gives: '',  changes: 'register' },
  setRegister8:     { takes: 'kv',     gives: '',  changes: 'register' },
  setRegister16:    { takes: 'kv',     gives: '',  changes: 'register' },

  flags:            { takes: 'kvvv',   gives: '',  changes: 'flags', flags: 'OSZAPC' },
  flagsAdc:         { takes: 'vvvv',   gives: '',  changes: 'flags', flags: 'OSZAPC' },
  flagsSbb:         { takes: 'vvvv',   gives: '',  changes: 'flags', flags: 'OSZAPC' },
  flagsKeepCarry:   { takes: 'kvv',    gives: '',  changes: 'flags', flags: 'OSZAP' },
  flagsKnown:       { takes: 'vvvv',   gives: '',  changes: 'flags', flags: 'OSZAPC' },
  flagsShift:       { takes: 'vvvv',   gives: '',  changes: 'flags', flags: 'OSZAPC' },
  flagsRotate:      { takes: 'vvv',    gives: '',  changes: 'flags', flags: 'OC' },
  flag:             { takes: 'k',      gives: 'v' },
  setFlag:          { takes: 'kv',     gives: '',  changes: 'flags' },
  condition:        { takes: 'k',      gives: 'v' },
  statusFlags:      { takes: '',       gives: 'v' },
  setStatusFlags:   { takes: 'v',      gives: '',  changes: 'flags', flags: 'SZAPC' },

  load:             { takes: 'kv',     gives: 'v', faults: true },
  store:            { takes: 'kvv',    gives: '',  faults: true, changes: 'memory' },
  registerA:        { takes: 'k',      gives: 'v' },
  setRegisterA:     { takes: 'kv',     gives: '',  changes: 'register' },
  addA:             { takes: 'vv',     gives: 'v' },
  stackLoad:        { takes: 'k',      gives: 'v', faults: true },
  stackStore:       { takes: 'kv',     gives: '',  faults: true, changes: 'memory' },
  frameLoad:        { takes: '',       gives: 'v', faults: true },
  stackMove:        { takes: 'k',      gives: '',  changes: 'stack' },
  stackMoveBy:      { takes: 'v',      gives: '',  changes: 'stack' },
  stackMoveToFrame: { takes: 'k',      gives: '',  changes: 'stack' },

  nextEip:          { takes: '',       gives: 'v' },
  jump:             { takes: 'v',      gives: '',  faults: true, changes: 'control' },
  jumpIf:           { takes: 'vv',     gives: '',  faults: true, changes: 'control' },
  checkTarget:      { takes: 'v',      gives: '',  faults: true },

  system:           { takes: 'ko?o?o?', gives: '', faults: true, changes: 'system' },
};

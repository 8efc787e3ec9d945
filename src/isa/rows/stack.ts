/** The stack. A push stores below the pointer and then moves it, a pop loads and then moves it: what faults comes first and leaves no trace. */
import { EBP } from '../../arch/cpu-state.ts';
import { def, type Row } from '../define.ts';

// biome-ignore format: a table
export const STACK: readonly Row[] = [
  def('PUSH', {
    title: 'PUSH—Push Word, Doubleword, or Quadword Onto the Stack', operation: 'eSP <- eSP - size; SS:[eSP] <- SRC',
    forms: { '50+': 'Zv', '68': 'Iz', '6A': 'sIb', 'FF /6': 'Ev' },
    run: (s, src) => {
      s.stackStore(-s.operandBytes, s.read(src)); // PUSH ESP pushes the value from before
      s.stackMove(-s.operandBytes);
    },
  }),

  def('POP', {
    title: 'POP—Pop a Value From the Stack', operation: 'DEST <- SS:[eSP]; eSP <- eSP + size',
    forms: { '58+': 'Zv' },
    run: (s, dst) => {
      const v = s.stackLoad(0);
      s.stackMove(s.operandBytes);
      s.write(dst, v); // after the move: POP ESP leaves the popped value
    },
  }),

  def('POP', {
    title: 'POP—Pop a Value From the Stack', operation: 'DEST <- SS:[eSP]; eSP <- eSP + size',
    forms: { '8F /0': 'Ev' },
    run: (s, dst) => {
      const v = s.stackLoad(0);
      const popped = s.afterPop(dst); // POP [ESP+n] is addressed by the new ESP
      s.checkWrite(popped);
      s.stackMove(s.operandBytes);
      s.write(popped, v);
    },
  }),

  def('PUSHA', {
    title: 'PUSHA/PUSHAD—Push All General-Purpose Registers', operation: 'Push(eAX, eCX, eDX, eBX, old eSP, eBP, eSI, eDI)',
    forms: { '60': '' },
    names: { 16: 'PUSHAW', 32: 'PUSHAD' },
    run: (s) => s.system('pusha'),
  }),

  def('POPA', {
    title: 'POPA/POPAD—Pop All General-Purpose Registers', operation: 'Pop(eDI, eSI, eBP, nothing, eBX, eDX, eCX, eAX)',
    forms: { '61': '' },
    names: { 16: 'POPAW', 32: 'POPAD' },
    run: (s) => s.system('popa'),
  }),

  def('ENTER', {
    title: 'ENTER—Make Stack Frame for Procedure Parameters', operation: 'Push(eBP); copy SRC2 - 1 frame pointers; eBP <- frame; eSP <- eSP - SRC1',
    forms: { 'C8': 'Iw, Ib' },
    run: (s, size, level) => s.system('enter', size, level),
  }),

  def('LEAVE', {
    title: 'LEAVE—High Level Procedure Exit', operation: 'eSP <- eBP; eBP <- Pop()',
    forms: { 'C9': '' },
    run: (s) => {
      const v = s.frameLoad();
      s.stackMoveToFrame(s.operandBytes);
      s.setRegister(EBP, v);
    },
  }),
];

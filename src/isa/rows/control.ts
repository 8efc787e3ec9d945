/** Control transfer. A jump checks its target and goes there in one step, so it comes before the stack pointer or a counter moves. */
import { ECX } from '../../arch/cpu-state.ts';
import { def, type Row } from '../define.ts';
import { conditional } from './conditional.ts';

// biome-ignore format: a table
export const CONTROL: readonly Row[] = [
  def('JMP', {
    title: 'JMP—Jump', operation: 'EIP <- target',
    forms: { 'EB': 'Jb', 'E9': 'Jz', 'FF /4': 'Ev' },
    ends: true,
    run: (s, target) => s.jump(s.read(target)),
  }),

  ...conditional('J', (cc, names, condition) =>
    def(names[0], {
      title: 'Jcc—Jump if Condition Is Met', operation: `IF ${cc} THEN EIP <- target`,
      forms: { [`7${hex(condition)}`]: 'Jb', [`0F 8${hex(condition)}`]: 'Jz' },
      ends: true, condition, aliases: names.slice(1),
      run: (s, target) => s.jumpIf(s.condition(condition), s.read(target)),
    }),
  ),

  def('JCXZ', {
    title: 'Jcc—Jump if Condition Is Met', operation: 'IF eCX = 0 THEN EIP <- target',
    forms: { 'E3': 'Jb' },
    ends: true, addressNames: { 16: 'JCXZ', 32: 'JECXZ' },
    run: (s, target) => s.jumpIf(s.equal(s.registerA(ECX), s.constant(0)), s.read(target)),
  }),

  // LOOP counts in CX or ECX by the address size.
  def('LOOP', {
    title: 'LOOP/LOOPcc—Loop According to ECX Counter', operation: 'eCX <- eCX - 1; IF eCX <> 0 THEN EIP <- target',
    forms: { 'E2': 'Jb' },
    ends: true,
    run: (s, target) => {
      const count = s.addA(s.registerA(ECX), s.constant(-1));
      s.jumpIf(count, s.read(target));
      s.setRegisterA(ECX, count);
    },
  }),

  def('LOOPE', {
    title: 'LOOP/LOOPcc—Loop According to ECX Counter', operation: 'eCX <- eCX - 1; IF eCX <> 0 AND ZF = 1 THEN EIP <- target',
    forms: { 'E1': 'Jb' },
    ends: true, aliases: ['LOOPZ'],
    run: (s, target) => {
      const count = s.addA(s.registerA(ECX), s.constant(-1));
      s.jumpIf(s.select(s.flag('ZF'), count, s.constant(0)), s.read(target));
      s.setRegisterA(ECX, count);
    },
  }),

  def('LOOPNE', {
    title: 'LOOP/LOOPcc—Loop According to ECX Counter', operation: 'eCX <- eCX - 1; IF eCX <> 0 AND ZF = 0 THEN EIP <- target',
    forms: { 'E0': 'Jb' },
    ends: true, aliases: ['LOOPNZ'],
    run: (s, target) => {
      const count = s.addA(s.registerA(ECX), s.constant(-1));
      s.jumpIf(s.select(s.flag('ZF'), s.constant(0), count), s.read(target));
      s.setRegisterA(ECX, count);
    },
  }),

  def('CALL', {
    title: 'CALL—Call Procedure', operation: 'Push(next EIP); EIP <- target',
    forms: { 'E8': 'Jz', 'FF /2': 'Ev' },
    ends: true,
    run: (s, operand) => {
      const target = s.read(operand);
      s.checkTarget(target);
      s.stackStore(-s.operandBytes, s.nextEip());
      s.stackMove(-s.operandBytes);
      s.jump(target);
    },
  }),

  def('RET', {
    title: 'RET—Return From Procedure', operation: 'EIP <- Pop()',
    forms: { 'C3': '' },
    ends: true, aliases: ['RETN'],
    run: (s) => {
      s.jump(s.stackLoad(0));
      s.stackMove(s.operandBytes);
    },
  }),

  def('RET', {
    title: 'RET—Return From Procedure', operation: 'EIP <- Pop(); eSP <- eSP + SRC',
    forms: { 'C2': 'Iw' },
    ends: true, aliases: ['RETN'],
    run: (s, count) => {
      s.jump(s.stackLoad(0));
      s.stackMoveBy(s.add32(s.readUnsigned(count), s.constant(s.operandBytes)));
    },
  }),

  // Between segments and privilege levels ------------------------------------------------------------------------------------------------
  def('CALL', {
    title: 'CALL—Call Procedure', operation: 'Push(CS, next EIP); CS:EIP <- far target, perhaps through a gate',
    forms: { '9A': 'Ap' },
    ends: true,
    run: (s, target) => s.system('callFar', target),
  }),

  def('CALL', {
    title: 'CALL—Call Procedure', operation: 'Push(CS, next EIP); CS:EIP <- far pointer at SRC, perhaps through a gate',
    forms: { 'FF /3': 'Mp' },
    ends: true,
    run: (s, pointer) => s.system('callFarMemory', pointer),
  }),

  def('JMP', {
    title: 'JMP—Jump', operation: 'CS:EIP <- far target, perhaps through a gate',
    forms: { 'EA': 'Ap' },
    ends: true,
    run: (s, target) => s.system('jumpFar', target),
  }),

  def('JMP', {
    title: 'JMP—Jump', operation: 'CS:EIP <- far pointer at SRC, perhaps through a gate',
    forms: { 'FF /5': 'Mp' },
    ends: true,
    run: (s, pointer) => s.system('jumpFarMemory', pointer),
  }),

  def('RETF', {
    title: 'RET—Return From Procedure', operation: 'EIP, CS <- Pop(); eSP <- eSP + SRC; SS:eSP <- Pop() to an outer level',
    forms: { 'CB': '', 'CA': 'Iw' },
    ends: true,
    run: (s, count) => s.system('returnFar', count),
  }),

  def('IRET', {
    title: 'IRET/IRETD/IRETQ—Interrupt Return', operation: 'EIP, CS, EFLAGS <- Pop(); SS:eSP <- Pop() to an outer level',
    forms: { 'CF': '' },
    ends: true, names: { 16: 'IRETW', 32: 'IRETD' }, writes: 'OSZAPCDI',
    run: (s) => s.system('iret'),
  }),

  // Events -------------------------------------------------------------------------------------------------------------------------------
  def('INT', {
    title: 'INT n/INTO/INT3/INT1—Call to Interrupt Procedure', operation: 'Interrupt(SRC), subject to the gate’s DPL',
    forms: { 'CD': 'Ib' },
    ends: true,
    run: (s, vector) => s.system('interrupt', vector),
  }),

  def('INT3', {
    title: 'INT n/INTO/INT3/INT1—Call to Interrupt Procedure', operation: 'Interrupt(#BP)',
    forms: { 'CC': '' },
    ends: true,
    run: (s) => s.system('interrupt3'),
  }),

  def('INT1', {
    title: 'INT n/INTO/INT3/INT1—Call to Interrupt Procedure', operation: 'Interrupt(#DB)',
    forms: { 'F1': '' },
    ends: true, aliases: ['ICEBP', 'INT01'],
    run: (s) => s.system('interrupt1'),
  }),

  def('INTO', {
    title: 'INT n/INTO/INT3/INT1—Call to Interrupt Procedure', operation: 'IF OF THEN Interrupt(#OF)',
    forms: { 'CE': '' },
    ends: true,
    run: (s) => s.system('into'),
  }),

  def('BOUND', {
    title: 'BOUND—Check Array Index Against Bounds', operation: 'IF SRC1 < SRC2[0] OR SRC1 > SRC2[1] THEN #BR',
    forms: { '62': 'Gv, Ma' },
    run: (s, index, bounds) => s.system('bound', index, bounds),
  }),

  def('SYSENTER', {
    title: 'SYSENTER—Fast System Call', operation: 'CS:EIP, SS:ESP <- IA32_SYSENTER_CS, _EIP, _ESP; CPL <- 0; IF <- 0',
    forms: { '0F 34': '' },
    ends: true, writes: 'I',
    run: (s) => s.system('sysenter'),
  }),

  def('SYSEXIT', {
    title: 'SYSEXIT—Fast Return from Fast System Call', operation: 'CS, SS <- from IA32_SYSENTER_CS; EIP <- EDX; ESP <- ECX; CPL <- 3',
    forms: { '0F 35': '' },
    ends: true,
    run: (s) => s.system('sysexit'), // #GP(0) outside protected mode and above CPL 0, in the function
  }),

  // The opcodes that will stay undefined. UD0 and UD1 take a ModRM byte, and fault on an operand never.
  def('UD2', {
    title: 'UD—Undefined Instruction', operation: '#UD',
    forms: { '0F 0B': '' },
    ends: true,
    run: (s) => s.system('ud'),
  }),
  def('UD1', {
    title: 'UD—Undefined Instruction', operation: '#UD',
    forms: { '0F B9': 'Gv, Ev' },
    ends: true,
    run: (s) => s.system('ud'),
  }),
  def('UD0', {
    title: 'UD—Undefined Instruction', operation: '#UD',
    forms: { '0F FF': 'Gv, Ev' },
    ends: true,
    run: (s) => s.system('ud'),
  }),
];

function hex(digit: number): string {
  return digit.toString(16).toUpperCase();
}

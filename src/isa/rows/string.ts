/** String instructions: one iteration each; the driver repeats and counts. Source DS:eSI (or another segment), destination ES:eDI, always. */
import { EAX, EDI, ESI } from '../../arch/cpu-state.ts';
import { def, type Row } from '../define.ts';
import type { Sem } from '../semantics.ts';

// biome-ignore format: a table
export const STRING: readonly Row[] = [
  def('MOVS', {
    title: 'MOVS/MOVSB/MOVSW/MOVSD/MOVSQ—Move Data From String to String', operation: 'ES:[eDI] <- [eSI]; eSI, eDI <- next',
    forms: { 'A4': 'Yb, Xb', 'A5': 'Yv, Xv' },
    repeat: 'rep', names: { 8: 'MOVSB', 16: 'MOVSW', 32: 'MOVSD' },
    run: (s) => {
      const from = s.registerA(ESI);
      const to = s.registerA(EDI);
      const step = stride(s);
      s.store('ES', to, s.load('operand', from));
      s.setRegisterA(ESI, s.addA(from, step));
      s.setRegisterA(EDI, s.addA(to, step));
    },
  }),

  def('CMPS', {
    title: 'CMPS/CMPSB/CMPSW/CMPSD/CMPSQ—Compare String Operands', operation: 'EFLAGS <- flags of [eSI] - ES:[eDI]; eSI, eDI <- next',
    forms: { 'A6': 'Xb, Yb', 'A7': 'Xv, Yv' },
    repeat: 'repz', names: { 8: 'CMPSB', 16: 'CMPSW', 32: 'CMPSD' }, writes: 'OSZAPC',
    run: (s) => {
      const left = s.registerA(ESI);
      const right = s.registerA(EDI);
      const step = stride(s);
      const a = s.load('operand', left);
      const b = s.load('ES', right);
      s.setRegisterA(ESI, s.addA(left, step));
      s.setRegisterA(EDI, s.addA(right, step));
      s.flags('sub', a, b, s.sub(a, b));
    },
  }),

  def('STOS', {
    title: 'STOS/STOSB/STOSW/STOSD/STOSQ—Store String', operation: 'ES:[eDI] <- accumulator; eDI <- next',
    forms: { 'AA': 'Yb, AL', 'AB': 'Yv, eAX' },
    repeat: 'rep', names: { 8: 'STOSB', 16: 'STOSW', 32: 'STOSD' },
    run: (s) => {
      const to = s.registerA(EDI);
      s.store('ES', to, s.register(EAX));
      s.setRegisterA(EDI, s.addA(to, stride(s)));
    },
  }),

  def('LODS', {
    title: 'LODS/LODSB/LODSW/LODSD/LODSQ—Load String', operation: 'accumulator <- [eSI]; eSI <- next',
    forms: { 'AC': 'AL, Xb', 'AD': 'eAX, Xv' },
    repeat: 'rep', names: { 8: 'LODSB', 16: 'LODSW', 32: 'LODSD' },
    run: (s) => {
      const from = s.registerA(ESI);
      s.setRegister(EAX, s.load('operand', from));
      s.setRegisterA(ESI, s.addA(from, stride(s)));
    },
  }),

  def('SCAS', {
    title: 'SCAS/SCASB/SCASW/SCASD—Scan String', operation: 'EFLAGS <- flags of accumulator - ES:[eDI]; eDI <- next',
    forms: { 'AE': 'AL, Yb', 'AF': 'eAX, Yv' },
    repeat: 'repz', names: { 8: 'SCASB', 16: 'SCASW', 32: 'SCASD' }, writes: 'OSZAPC',
    run: (s) => {
      const at = s.registerA(EDI);
      const a = s.register(EAX);
      const b = s.load('ES', at);
      s.setRegisterA(EDI, s.addA(at, stride(s)));
      s.flags('sub', a, b, s.sub(a, b));
    },
  }),
];

/** Bytes to the next element: down where DF is set. */
function stride<V, O>(s: Sem<V, O>): V {
  return s.select(s.flag('DF'), s.constant(-s.operandBytes), s.constant(s.operandBytes));
}

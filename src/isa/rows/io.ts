/** Ports. Whether an access is allowed (IOPL, the TSS's bit map) and whether it exits depend on the port: the functions ask. A device may change what
 *  interrupts see, so each ends a block. */
import { def, type Row } from '../define.ts';

// biome-ignore format: a table
export const IO: readonly Row[] = [
  def('IN', {
    title: 'IN—Input From Port', operation: 'DEST <- Port(SRC)',
    forms: { 'E4': 'AL, Ib', 'E5': 'eAX, Ib', 'EC': 'AL, DX', 'ED': 'eAX, DX' }, ends: true,
    run: (s, dst, port) => s.system('in', dst, port),
  }),
  def('OUT', {
    title: 'OUT—Output to Port', operation: 'Port(DEST) <- SRC',
    forms: { 'E6': 'Ib, AL', 'E7': 'Ib, eAX', 'EE': 'DX, AL', 'EF': 'DX, eAX' }, ends: true,
    run: (s, port, src) => s.system('out', port, src),
  }),
  def('INS', {
    title: 'INS/INSB/INSW/INSD—Input from Port to String', operation: 'ES:[eDI] <- Port(DX); eDI <- next',
    forms: { '6C': 'Yb, DX', '6D': 'Yv, DX' },
    repeat: 'rep', names: { 8: 'INSB', 16: 'INSW', 32: 'INSD' }, ends: true,
    run: (s) => s.system('ins'),
  }),
  def('OUTS', {
    title: 'OUTS/OUTSB/OUTSW/OUTSD—Output String to Port', operation: 'Port(DX) <- [eSI]; eSI <- next',
    forms: { '6E': 'DX, Xb', '6F': 'DX, Xv' },
    repeat: 'rep', names: { 8: 'OUTSB', 16: 'OUTSW', 32: 'OUTSD' }, ends: true,
    run: (s) => s.system('outs'),
  }),
];

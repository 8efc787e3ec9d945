/** What a VM exit was about, in few words: who asked what of whom. */
import { GENERAL_REGISTERS } from '../../arch/cpu-state.ts';
import { decodeFields, type DecodedField, QUALIFICATIONS } from '../../arch/exit-qualifications.ts';
import { EXIT, exitReason } from '../../arch/exit-reasons.ts';
import type { AccessKind } from '../../api/protocol.ts';
import type { ExitRecord } from '../history.ts';
import { hexText } from './number.ts';
import { at, say, type Sentence } from './sentence.ts';

const CONTROL_ACCESS = ['mov cr{n}, {r}', 'mov {r}, cr{n}', 'clts', 'lmsw'] as const;

/** The detail, null where the reason says it all. */
export function exitDetail(exit: ExitRecord): Sentence | null {
  const { qualification: q, guestPhysical } = exit;
  if (exit.isFailedEntry) return null;
  switch (exit.reason) {
    case EXIT.ioInstruction:
      return say('exit.io', { text: { mono: ioText(q) } });
    case EXIT.controlRegisterAccesses:
      return say('exit.plain', { text: { mono: controlText(q) } });
    case EXIT.eptViolation:
      return say(`exit.${accessKind(q)}`, { address: at('g', guestPhysical) });
    case EXIT.eptMisconfiguration:
      return say('exit.plain', { text: at('g', guestPhysical) });
    case EXIT.invlpg:
      return say('exit.plain', { text: at('v', q) });
    default:
      return null;
  }
}

/** `rep outsb 0x3F8`. */
export function ioText(qualification: number): string {
  const isString = (qualification & 16) !== 0;
  const name = `${qualification & 8 ? 'in' : 'out'}${isString ? `s${['b', 'w', '', 'd'][qualification & 3]}` : ''}`;
  const size = isString ? '' : `, ${['al', 'ax', '', 'eax'][qualification & 3]}`;
  return `${qualification & 32 ? 'rep ' : ''}${name} ${hexText(qualification >>> 16, 3)}${qualification & 8 ? '' : size}`;
}

/** `mov cr0, eax`. */
export function controlText(qualification: number): string {
  const register = GENERAL_REGISTERS[(qualification >>> 8) & 7].toLowerCase();
  return CONTROL_ACCESS[(qualification >>> 4) & 3].replace('{n}', String(qualification & 15)).replace('{r}', register);
}

/** What an EPT violation's qualification says was asked. */
export function accessKind(qualification: number): AccessKind {
  return qualification & 2 ? 'write' : qualification & 4 ? 'fetch' : 'read';
}

/** Every part of the qualification, by the layout of its reason. */
export function qualificationOf(exit: ExitRecord): readonly DecodedField[] {
  const reason = exitReason(exit.reason);
  return reason ? decodeFields(QUALIFICATIONS[reason.qualification], exit.qualification) : [];
}

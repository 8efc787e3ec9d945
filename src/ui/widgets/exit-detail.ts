import { html, type TemplateResult } from 'lit';
import { decodeFields, QUALIFICATIONS } from '../../arch/exit-qualifications.ts';
import { EXIT, exitReason } from '../../arch/exit-reasons.ts';
import type { ExitRecord } from '../reading.ts';
import { address, hexText } from './number.ts';

const CONTROL_ACCESS = ['mov cr{n}, {r}', 'mov {r}, cr{n}', 'clts', 'lmsw'] as const;
const GENERAL = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;

/** The qualification of an exit in few words: what was asked, of what. */
export function describeExit(exit: ExitRecord): TemplateResult | string {
  const q = exit.qualification;
  switch (exit.reason) {
    case EXIT.ioInstruction: {
      const size = (q & 7) + 1;
      const name = `${q & 8 ? 'in' : 'out'}${q & 16 ? 's' : ''}`;
      return `${q & 32 ? 'rep ' : ''}${name} ${hexText(q >>> 16, 3)} · ${size}`;
    }
    case EXIT.controlRegisterAccesses:
      return CONTROL_ACCESS[(q >>> 4) & 3].replace('{n}', String(q & 15)).replace('{r}', GENERAL[(q >>> 8) & 7]);
    case EXIT.eptViolation:
      return html`${q & 2 ? 'write' : q & 4 ? 'fetch' : 'read'} ${address('g', exit.guestPhysical)}`;
    case EXIT.eptMisconfiguration:
      return address('g', exit.guestPhysical);
    default:
      return '';
  }
}

/** Every part of the qualification, by the layout of its reason. */
export function qualificationOf(exit: ExitRecord): readonly { name: string; value: number; meaning: string }[] {
  const reason = exitReason(exit.reason);
  return reason ? decodeFields(QUALIFICATIONS[reason.qualification], exit.qualification) : [];
}

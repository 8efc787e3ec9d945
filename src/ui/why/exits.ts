/** Why the processor left the guest: a sentence for each exit, from its own report, the controls in force, and the walk that failed. */
import { EXCEPTIONS, NMI_VECTOR, PF_VECTOR } from '../../arch/exceptions.ts';
import { type EXIT_REASONS, type ExitReason, exitReason } from '../../arch/exit-reasons.ts';
import { FIELD, type VmcsFieldKey } from '../../arch/vmcs-fields.ts';
import { type Control, CONTROL_BY_KEY, type ControlKey } from '../../arch/vmx-controls.ts';
import type { WalkExplanation } from '../../api/protocol.ts';
import type { ExitRecord } from '../history.ts';
import type { MessageKey } from '../i18n/en.ts';
import { misconfigurationName, whenOf } from '../i18n/facts.ts';
import { fieldValue } from '../reading.ts';
import { accessKind, controlText, ioText } from '../widgets/exit-detail.ts';
import { hexText } from '../widgets/number.ts';
import { at, say, type Sentence, type Value } from '../widgets/sentence.ts';

/** What a sentence is made from. */
interface Case {
  readonly exit: ExitRecord;
  readonly region: Uint8Array | null;
  readonly walk: WalkExplanation | null;
}

/** Reasons with a sentence of their own. */
const TELLERS: Readonly<Record<string, (c: Case) => Sentence>> = {
  exceptionOrNmi: exception,
  externalInterrupt: (c) => simple('why.exit.externalInterrupt', c),
  tripleFault: (c) => simple('why.exit.tripleFault', c),
  interruptWindow: (c) => simple('why.exit.interruptWindow', c),
  nmiWindow: (c) => simple('why.exit.nmiWindow', c),
  taskSwitch: (c) => simple('why.exit.taskSwitch', c),
  cpuid: (c) => simple('why.exit.cpuid', c),
  hlt: (c) => simple('why.exit.hlt', c),
  vmcall: (c) => simple('why.exit.vmcall', c),
  controlRegisterAccesses: controlRegister,
  ioInstruction: io,
  rdmsr: (c) => simple('why.exit.msr', c),
  wrmsr: (c) => simple('why.exit.msr', c),
  monitorTrapFlag: (c) => simple('why.exit.monitorTrapFlag', c),
  eptViolation,
  eptMisconfiguration,
  preemptionTimer: (c) => simple('why.exit.preemptionTimer', c),
};

/** The sentence for `exit`. */
export function exitSentence(exit: ExitRecord, region: Uint8Array | null, walk: WalkExplanation | null): Sentence {
  const reason = exitReason(exit.reason);
  const teller = reason ? TELLERS[reason.key] : undefined;
  return teller ? teller({ exit, region, walk }) : byCause(exit, reason, region);
}

/** Title of the manual's section on such an exit. */
export function exitSource({ reason }: ExitRecord): string {
  const row = exitReason(reason);
  if (row?.key === 'eptViolation') return 'EPT Violations';
  if (row?.key === 'eptMisconfiguration') return 'EPT Misconfigurations';
  if (row?.length === undefined) return 'Other Causes of VM Exits';
  return row.cause === 'always' ? 'Instructions That Cause VM Exits Unconditionally' : 'Instructions That Cause VM Exits Conditionally';
}

function simple(key: MessageKey, { exit }: Case): Sentence {
  return say(key, { n: exit.reason, name: exitReason(exit.reason)?.name ?? '' });
}

/** An instruction that always exits, or does because a control says so; else the table's own clause. */
function byCause(exit: ExitRecord, reason: ExitReason | null, region: Uint8Array | null): Sentence {
  if (!reason) return say('why.exit.unknown', { n: exit.reason });
  const values = { n: exit.reason, name: reason.name };
  if (reason.cause === 'always' && reason.length) return say('why.exit.always', values);
  const control = reason.cause === 'always' || reason.cause === 'entry' ? undefined : reason.cause.find((key) => isOn(key, region));
  if (control && reason.length) return say('why.exit.control', { ...values, control: CONTROL_BY_KEY[control].name });
  return say('why.exit.when', { ...values, when: (language) => whenOf(language, reason.key as (typeof EXIT_REASONS)[number]['key']) });
}

const WORD_FIELDS: Readonly<Record<Control['word'], VmcsFieldKey>> = {
  pin: 'pinBasedControls',
  primary: 'primaryControls',
  secondary: 'secondaryControls',
  exit: 'exitControls',
  entry: 'entryControls',
};

function isOn(key: ControlKey, region: Uint8Array | null): boolean {
  if (!region) return false;
  const { word, bit } = CONTROL_BY_KEY[key];
  return ((fieldValue(region, FIELD[WORD_FIELDS[word]]) >>> bit) & 1) === 1;
}

function exception({ exit, region }: Case): Sentence {
  const vector = region ? fieldValue(region, FIELD.exitInterruptionInfo) & 0xff : PF_VECTOR;
  if (vector === NMI_VECTOR) return say('why.exit.nmi', { n: exit.reason });
  const name = EXCEPTIONS.find((e) => e.vector === vector)?.mnemonic ?? hexText(vector, 2);
  const values = { n: exit.reason, name, bit: vector };
  return vector === PF_VECTOR
    ? say('why.exit.pageFault', { ...values, address: at('v', exit.qualification) })
    : say('why.exit.exception', values);
}

function controlRegister({ exit }: Case): Sentence {
  const { qualification } = exit;
  const number = qualification & 15;
  const values = { n: exit.reason, text: { mono: controlText(qualification) }, register: `CR${number}` };
  if (number !== 3) return say('why.exit.cr', values);
  return say((qualification >>> 4) & 1 ? 'why.exit.cr3Store' : 'why.exit.cr3Load', values);
}

function io({ exit, region }: Case): Sentence {
  const port = exit.qualification >>> 16;
  const values = { n: exit.reason, text: { mono: ioText(exit.qualification) }, port: { mono: hexText(port, 3) } };
  return say(isOn('useIoBitmaps', region) ? 'why.exit.ioBitmap' : 'why.exit.io', values);
}

/** The walk, if it is the one that failed in this exit. */
function failedWalk({ exit, walk }: Case, kind: 'eptViolation' | 'eptMisconfiguration'): WalkExplanation | null {
  return walk?.outcome.kind === kind && walk.outcome.guestPhysical === exit.guestPhysical ? walk : null;
}

function eptViolation(c: Case): Sentence {
  const { exit } = c;
  const asked = accessKind(exit.qualification);
  const walk = failedWalk(c, 'eptViolation');
  const page = at('g', (exit.guestPhysical & -0x1000) >>> 0);
  const access: Value = say(`why.access.${asked}`);
  const bit = { mono: `${{ read: 'R', write: 'W', fetch: 'X' }[asked]} = 0` };
  if (!walk) return say('why.ept.plain', { n: exit.reason, access, page });
  const row = walk.rows.find((r) => r.guestPhysical === exit.guestPhysical);
  const reference = walk.references.find((r) => r.number === walk.missing?.reference);
  const isMissing = reference !== undefined && (reference.low & 7) === 0;
  const entry = { mono: `${reference?.entry ?? ''}[${reference?.index ?? 0}]` };
  if (row && row.level !== 'page') {
    const table = row.level === 'PD' ? 'PDE' : 'PTE';
    const missing = { mono: walk.missing ? `${walk.missing.bit} = ${walk.missing.value}` : '' };
    return say('why.ept.table', { n: exit.reason, linear: at('v', walk.linear), table, address: at('g', exit.guestPhysical), missing });
  }
  const isPaged = walk.rows.length > 1;
  const guest = say(isPaged ? 'why.ept.guestAllows' : 'why.ept.unpaged', { access, rw: { mono: asked === 'write' ? 'RW = 1' : 'P = 1' } });
  return say(isMissing ? 'why.ept.missing' : 'why.ept.rights', {
    n: exit.reason,
    guest,
    page,
    bit,
    entry,
    bits: { mono: 'R = W = X = 0' },
  });
}

function eptMisconfiguration(c: Case): Sentence {
  const walk = failedWalk(c, 'eptMisconfiguration');
  const rule = walk?.outcome.kind === 'eptMisconfiguration' ? walk.outcome.rule : null;
  const values = { n: c.exit.reason, page: at('g', (c.exit.guestPhysical & -0x1000) >>> 0) };
  if (!rule) return say('why.ept.misconfigured', values);
  return say('why.ept.misconfiguredBy', { ...values, rule: (language) => misconfigurationName(language, rule) });
}

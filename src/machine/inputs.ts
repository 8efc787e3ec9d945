/** What comes into a machine from outside: characters for its serial line, commands for a hosted hypervisor, edits. */
import { GlassError } from '../base/errors.ts';
import type { Uart } from '../devices/uart.ts';
import type { Input } from '../time/journal.ts';
import { type EditTarget, planEdit } from './edits.ts';
import { readJson } from './json-bytes.ts';

/** Whom inputs reach. */
export interface InputTarget extends EditTarget {
  readonly devices: { readonly uart: Uart };
}

/** Refuses an input that cannot be taken now: GlassError `bad-input`, `bad-edit` or `input-full`. */
export function checkInput(target: InputTarget, kind: string, payload: Uint8Array): void {
  if (kind === 'com1') checkRoom(target, payload);
  else if (kind === 'edit') {
    const plan = planEdit(target, payload);
    if (typeof plan === 'string') throw new GlassError('bad-edit', plan);
  } else if (kind === 'vmm' && target.hosted !== null) {
    const refusal = target.hosted.refusal(payload);
    if (refusal !== '') throw new GlassError('bad-input', refusal);
  } else throw new GlassError('bad-input', `The machine has no input "${kind}".`, 'Its inputs are "com1" and "edit".');
}

/** Takes in an input that comes now. Throws as `checkInput` does. */
export function applyInput(target: InputTarget, { kind, payload }: Input): void {
  checkInput(target, kind, payload);
  if (kind === 'com1') target.devices.uart.input(payload);
  else if (kind === 'vmm') target.hosted?.applyInput(payload);
  else {
    const plan = planEdit(target, payload);
    if (typeof plan !== 'string') plan();
  }
}

/** Whether it can be taken now. */
export function takes(target: InputTarget, { kind, payload }: Input): boolean {
  try {
    checkInput(target, kind, payload);
    return true;
  } catch (error) {
    if (error instanceof GlassError) return false;
    throw error;
  }
}

/** Why it could never be taken, whatever the state, as a clause; empty where it could. */
export function inputMisfit({ hosted, devices }: InputTarget, { kind, payload }: Input): string {
  if (kind === 'com1') {
    const most = devices.uart.inputCapacity;
    return payload.length <= most ? '' : `an input for COM1 has ${payload.length} bytes, and at most ${most} fit`;
  }
  if (kind !== 'edit' && (kind !== 'vmm' || hosted === null)) return `there is an input "${kind}", which the machine has not`;
  return readJson(payload) === undefined ? `an input "${kind}" is no JSON` : '';
}

function checkRoom({ devices }: InputTarget, payload: Uint8Array): void {
  const room = devices.uart.inputRoom();
  if (payload.length <= room) return;
  throw new GlassError(
    'input-full',
    `${payload.length} bytes do not fit: the serial line holds ${room} more that the guest has not read.`,
    'Let the guest run, then send the rest.',
  );
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readExpression } from '../../../src/ui/lessons/condition.ts';
import { evaluate } from '../../../src/ui/lessons/evaluate.ts';
import type { Value } from '../../../src/ui/lessons/facts.ts';
import { momentOf } from '../../../src/ui/lessons/guide.ts';
import type { Session } from '../../../src/ui/session.ts';
import { after, sessionOf } from '../machine.ts';

let session: Session;

async function value(text: string): Promise<Value> {
  const moment = momentOf(session.store.state, session);
  if (!moment) throw new Error('There is no machine.');
  return evaluate(readExpression(text), moment);
}

afterAll(() => session.close());

describe('at the first EPT violation', () => {
  beforeAll(async () => {
    session = await sessionOf('ept-on-demand');
    await after(session, () => session.step('exit'));
  });

  test.each([
    ['world', 'root'],
    ['reason', 48],
    ['exits', 1],
    ['exits.48', 1],
    ['exits.12', 0],
    ['entries', 1],
    ['exceptions', 0],
    ['mode', 'protected'],
    ['bits', 32],
    ['cpl', 0],
    ['cr0.PG', 1],
    ['cr0 & 0x80000001', 0x80000001],
    ['cs', 8],
    ['cpu.CS_LIMIT', 0xffffffff],
    ['stop', 'exit'],
    ['halted', false],
    ['at = @on_exit', true],
    ['at = line 34 and not (tick = 0 or exits = 0)', true],
    ['vmcs.guestPhysicalAddress', 0x200000],
    ['vmcs.exitReason', 48],
    ['vmcspointer', 0x82000],
    ['memory32[@violations]', 0],
    ['memory8[@on_exit]', 0x60],
    ['guest32[@guest + 2]', 0x200000],
    ['guestwalk(write 0x200000).outcome', 'eptViolation'],
    ['guestwalk(write 0x200000).stopped', 'ept PTE'],
    ['guestwalk(write 0x200000).bit', 'W'],
    ['guestwalk(write 0x200000).host', null],
    ['guestwalk(0x10000).outcome', 'ok'],
    ['walk(0x10000).host', 0x10000],
    ['tlb', 0],
    ['tlb(0x200000).count', 0],
    ['tlb(0x200000).host', null],
    ['failedcheck', null],
    ['failedfield = "x"', false],
    ['failedfield != "x"', true],
    ['console contains "root"', false],
    ['device.virtio.count', 0],
    ['device.virtio.0.id', null],
    ['@no_such_label', null],
    ['line 1', null],
    ['"a" < 1', false],
  ])('%s is %j', async (text, expected) => {
    expect(await value(text)).toBe(expected);
  });
});

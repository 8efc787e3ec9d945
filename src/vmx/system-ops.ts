/** The functions behind the rows of isa/rows/vmx.ts, for the machine to compose with the CPU's. */
import { assert } from '../base/assert.ts';
import type { Cpu } from '../cpu/cpu.ts';
import type { SystemOps } from '../cpu/system-ops.ts';
import { VMX_OPERATIONS, type VmxName } from './instructions.ts';
import { Vmx } from './vmx.ts';

function partOf(cpu: Cpu): Vmx {
  assert(cpu.vmx instanceof Vmx, 'a CPU that has these functions has the part vmx');
  return cpu.vmx;
}

const NAMES = Object.keys(VMX_OPERATIONS) as VmxName[];

/** Replaces the #UD that a CPU without VT-x has in these places. */
export const VMX_SYSTEM_OPS = Object.fromEntries(
  NAMES.map((name): [string, SystemOps[VmxName]] => [name, (cpu, insn, a, b) => VMX_OPERATIONS[name](partOf(cpu), cpu, insn, { a, b })]),
) as Pick<SystemOps, VmxName>;

/** What somebody changes in a machine from outside, between two instructions: a register, memory, a field of the VMCS. It is an input like others: journalled, so
 *  that it is replayed and saved. It changes what it says and nothing else: a translation in the TLB stays as stale as it then is. */
import * as w from '../arch/cpu-state.ts';
import { EFLAGS_DEFINED, EFLAGS_FIXED, EFLAGS_VM } from '../arch/eflags.ts';
import { FIELD, fieldType, fieldWidth, VMCS_FIELDS } from '../arch/vmcs-fields.ts';
import { mayBeCr0, mayBeCr4 } from '../cpu/control-registers.ts';
import type { Cpu } from '../cpu/cpu.ts';
import type { Bus } from '../memory/bus.ts';
import type { Mmu } from '../memory/mmu.ts';
import { OK, PROBE, TableMemory } from '../memory/tables.ts';
import { type PagingContext, walkerIn } from '../memory/walk.ts';
import { guestContext, type Processor } from './contexts.ts';
import type { HostedCode } from './hosted-code.ts';
import { readJson } from './json-bytes.ts';

/** One change. Values are unsigned. */
export type Edit =
  /** EAX to EDI, EIP, EFLAGS, CR0, CR2, CR3, CR4. A control register is written as MOV writes it, with its flushes. */
  | { readonly kind: 'register'; readonly name: string; readonly value: number }
  /** Bytes at a linear, guest-physical or host-physical address, through the tables as they are now: of whoever runs or, with `context` `guest`, of the current
   *  VMCS's guest. A page-table or EPT entry is memory. */
  | {
      readonly kind: 'memory';
      readonly space: 'v' | 'g' | 'h';
      readonly address: number;
      readonly bytes: readonly number[];
      readonly context?: 'current' | 'guest';
    }
  /** A field of the current VMCS, by its key in arch/vmcs-fields.ts. `high` is the upper half of one of 64 bits, 0 where left out. */
  | { readonly kind: 'vmcs'; readonly field: string; readonly value: number; readonly high?: number };

/** What can be edited. */
export interface EditTarget extends Processor {
  readonly cpu: Cpu;
  readonly bus: Bus;
  readonly mmu: Mmu;
  readonly hosted: HostedCode | null;
}

type Given = Readonly<Record<string, unknown>>;
/** Carries a change out; or a sentence that says why it cannot be. */
type Plan = (() => void) | string;

const MOST_BYTES = 4096;
const WORD = 2 ** 32;

/** Checks an edit from outside against the machine as it is. */
export function planEdit(target: EditTarget, payload: Uint8Array): Plan {
  const value = readJson(payload);
  if (typeof value !== 'object' || value === null) return 'The edit is no JSON object.';
  const edit = value as Given;
  const { kind } = edit;
  if (typeof kind !== 'string' || !Object.hasOwn(PLANNERS, kind)) return `There is no edit of the kind ${show(kind)}.`;
  return PLANNERS[kind as Edit['kind']](target, edit);
}

const PLANNERS: Readonly<Record<Edit['kind'], (target: EditTarget, edit: Given) => Plan>> = {
  register: planRegister,
  memory: planMemory,
  vmcs: planVmcs,
};

// Registers ----------------------------------------------------------------------------------------------------------------------------------

interface Register {
  /** Why it cannot take the value, as a clause; empty where it can. */
  readonly refusal: (cpu: Cpu, value: number) => string;
  readonly set: (cpu: Cpu, value: number) => void;
}

const anything = (): string => '';
const MOV_FAULTS = 'MOV to it would fault (#GP)';

const REGISTERS: Readonly<Record<string, Register>> = {
  ...Object.fromEntries(
    w.GENERAL_REGISTERS.map((name, word): [string, Register] => [
      name,
      {
        refusal: anything,
        set: (cpu, value) => {
          cpu.words[word] = value;
        },
      },
    ]),
  ),
  EIP: {
    refusal: (cpu, value) => (value > cpu.words[w.CS + w.LIMIT] >>> 0 ? 'it is beyond the limit of CS' : ''),
    set: (cpu, value) => {
      cpu.setEip(value | 0);
      cpu.dropWindow();
    },
  },
  EFLAGS: {
    refusal: (_, value) => {
      const strange = (value ^ EFLAGS_FIXED) & ~(EFLAGS_DEFINED & ~(EFLAGS_VM | EFLAGS_FIXED));
      return strange === 0 ? '' : `bit ${31 - Math.clz32(strange)} is fixed in this processor`;
    },
    set: (cpu, value) => {
      cpu.setEflags(value | 0);
      cpu.recheckEvents();
    },
  },
  CR0: { refusal: (cpu, value) => (mayBeCr0(cpu, value | 0) ? '' : MOV_FAULTS), set: (cpu, value) => cpu.writeCr0(value | 0) },
  CR2: {
    refusal: anything,
    set: (cpu, value) => {
      cpu.words[w.CR2] = value;
    },
  },
  CR3: { refusal: anything, set: (cpu, value) => cpu.writeCr3(value | 0) },
  CR4: { refusal: (cpu, value) => (mayBeCr4(cpu, value | 0) ? '' : MOV_FAULTS), set: (cpu, value) => cpu.writeCr4(value | 0) },
};

function planRegister({ cpu, hosted }: EditTarget, { name, value }: Given): Plan {
  const register = typeof name === 'string' && Object.hasOwn(REGISTERS, name) ? REGISTERS[name] : null;
  if (register === null) return `There is no register ${show(name)} to be edited; there are ${Object.keys(REGISTERS).join(', ')}.`;
  if (!isWhole(value, WORD - 1)) return `${String(name)} cannot be ${show(value)}: it is a whole number of 32 bits.`;
  if (hosted !== null && cpu.words[w.NON_ROOT] === 0)
    return 'The hosted hypervisor has the processor now: its registers are not to be edited.';
  const why = register.refusal(cpu, value);
  return why === '' ? () => register.set(cpu, value) : `${String(name)} cannot be ${hex(value)}: ${why}.`;
}

// Memory -------------------------------------------------------------------------------------------------------------------------------------

function planMemory(target: EditTarget, edit: Given): Plan {
  const { space, address, bytes, context = 'current' } = edit;
  if (space !== 'v' && space !== 'g' && space !== 'h') return `The address space is ${show(space)}; it is v, g or h.`;
  if (context !== 'current' && context !== 'guest') return `The context is ${show(context)}; it is current or guest.`;
  if (!isWhole(address, WORD - 1)) return `The address is ${show(address)}; it is a whole number of 32 bits.`;
  if (!isBytes(bytes)) return `The bytes are ${show(bytes)}; they are 1 to ${MOST_BYTES} numbers from 0 to 255.`;
  const seen = context === 'guest' ? (guestContext(target) ?? target.mmu.context) : target.mmu.context;
  if (space === 'g' && !seen.isNested) return 'There are no guest-physical addresses now: no EPT is in force.';
  const hosts: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const at = (address + i) % WORD;
    const host = hostOf(target.bus, seen, space, at);
    const why = refusalAt(target, host);
    if (why !== '') return `The byte at ${space} ${hex(at)} cannot be edited: ${why}.`;
    hosts.push(host);
  }
  return () => {
    for (const [i, host] of hosts.entries()) target.bus.write8(host, bytes[i]);
  };
}

/** -1 where nothing is mapped. */
function hostOf(bus: Bus, context: PagingContext, space: 'v' | 'g' | 'h', address: number): number {
  if (space === 'h') return address;
  const walker = walkerIn(new TableMemory(bus, 'forget'), context);
  const { ept } = walker;
  const isMapped = space === 'v' ? walker.walk(address | 0, PROBE, false) === OK : ept.walk(address | 0, PROBE) === OK && ept.rights !== 0;
  const page = space === 'v' ? walker.page : ept.page;
  return isMapped ? page * 4096 + (address % 4096) : -1;
}

function refusalAt({ bus, hosted }: EditTarget, host: number): string {
  if (host < 0) return 'nothing is mapped there';
  const target = bus.targetAt(host);
  if (target === 'open') return 'no memory answers there';
  if (target !== 'ram') return target === 'rom' ? 'it is ROM' : 'a device answers there';
  return hosted?.whyNotEdit(host) ?? '';
}

// The VMCS -----------------------------------------------------------------------------------------------------------------------------------

function planVmcs({ cpu, vmx, hosted }: EditTarget, { field, value, high = 0 }: Given): Plan {
  const row = VMCS_FIELDS.find(({ key }) => key === field);
  if (row === undefined) return `The VMCS has no field ${show(field)}.`;
  if (!vmx.vmcs.isCurrent) return 'There is no current VMCS.';
  const type = fieldType(row.encoding);
  if (type === 'read-only') return `${row.name} is a read-only field.`;
  const isGuestRunning = cpu.words[w.NON_ROOT] !== 0;
  if (type === 'guest' && isGuestRunning) return `${row.name} is in the processor while the guest runs: edit its register.`;
  if (hosted !== null && type !== 'guest') return `${row.name} belongs to the hosted hypervisor, which would not know of the change.`;
  const width = fieldWidth(row.encoding);
  const largest = width === 16 ? 0xffff : WORD - 1;
  if (!isWhole(value, largest)) return `${row.name} cannot be ${show(value)}: it is a whole number from 0 to ${hex(largest)}.`;
  if (!isWhole(high, width === 64 ? WORD - 1 : 0)) return `${row.name} cannot have ${show(high)} for its upper half.`;
  const encoding = FIELD[row.key];
  return () => {
    vmx.vmcs.set(encoding, value | 0);
    if (width === 64) vmx.vmcs.set(encoding + 1, high | 0);
  };
}

function isWhole(value: unknown, largest: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= largest;
}

function isBytes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length >= 1 && value.length <= MOST_BYTES && value.every((byte) => isWhole(byte, 0xff));
}

function hex(value: number): string {
  return `0x${value.toString(16).toUpperCase()}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

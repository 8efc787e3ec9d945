/** A machine whose hypervisor is ours: in VMX root operation from the first tick on, with a few instructions at HOST_RIP (vmm/host-map.ts) behind whose HLT the hosted
 *  hypervisor works. It gets at the processor by executing instructions alone; this file executes them. */
import * as w from '../arch/cpu-state.ts';
import { EFLAGS_CF, EFLAGS_ZF } from '../arch/eflags.ts';
import { CR0_NE } from '../arch/paging.ts';
import { FIELD } from '../arch/vmcs-fields.ts';
import { REVISION_ID } from '../arch/vmx-capabilities.ts';
import { assert } from '../base/assert.ts';
import { GlassError } from '../base/errors.ts';
import { EA } from '../cpu/derived.ts';
import { readMsr } from '../cpu/msr.ts';
import type { Channel } from '../devices/device.ts';
import { decode } from '../isa/decode.ts';
import type { Insn } from '../isa/insn.ts';
import type { SystemName } from '../isa/semantics.ts';
import { PAGE_SIZE } from '../memory/physical.ts';
import { type Command, encodeCommand, enqueue, readTyping, takeCommands } from '../vmm/commands.ts';
import * as map from '../vmm/host-map.ts';
import type { HostMemory, RootOperation, VmxOutcome } from '../vmm/root-operation.ts';
import { COMMAND_CAPACITY } from '../vmm/vm-layout.ts';
import { Vmm } from '../vmm/vmm.ts';
import type { MachineConfig } from './config.ts';
import type { HostedCode } from './hosted-code.ts';
import { jsonBytes, readJson } from './json-bytes.ts';
import { Console } from './console.ts';
import type { ImageFile } from './images/image.ts';
import { planLoad } from './images/loader.ts';
import { Machine } from './machine.ts';

/** A machine that hosts virtual machines. */
export interface HostedConfig {
  /** The host. Its RAM is what the virtual machines share. */
  readonly machine: MachineConfig;
  /** What virtual machines can be started from, with the RAM for which the image is laid out. */
  readonly images: readonly { readonly file: ImageFile; readonly ramMiB: number }[];
  /** What the disks of virtual machines can begin with. */
  readonly disks?: readonly Uint8Array[];
  /** Virtual machines that there can be at one time; 4 where left out. */
  readonly places?: number;
  /** What the hypervisor is told before the first tick: its virtual machines are there then. */
  readonly commands?: readonly Command[];
}

const MIB = 1 << 20;
const DEFAULT_PLACES = 4;
const HALTED = 1;
/** VMXON allowed outside SMX, and locked: firmware's part. */
const FEATURE_CONTROL = 5;

/** What the page shows of each virtual machine's output, beside the machine's own console, which has them all. */
export class HostedMachine {
  readonly machine: Machine;
  readonly vmm: Vmm;
  readonly consoles: readonly Console[];
  /** Of what virtual machines can be started from, by number. */
  readonly imageNames: readonly string[];

  /** Throws GlassError for an image that cannot be loaded, and for a command that cannot be obeyed. */
  constructor(config: HostedConfig) {
    const machine = new Machine(config.machine);
    this.machine = machine;
    this.vmm = new Vmm(new HostRoot(machine), {
      ...{ bus: machine.bus, ticksPerSecond: config.machine.ticksPerSecond, startSeconds: config.machine.startSeconds },
      ...{ places: config.places ?? DEFAULT_PLACES, trace: machine.trace, disks: config.disks ?? [] },
      images: config.images.map(({ file, ramMiB }) => planLoad(file, ramMiB * MIB)),
      output: (vm, channel, byte) => this.output(vm, channel, byte),
    });
    this.imageNames = config.images.map(({ file }) => file.name);
    this.consoles = this.vmm.vms.map((vm) => new Console(vm.state));
    powerOn(machine);
    machine.install(new Hosted(machine, this.vmm));
    this.vmm.boot();
    for (const command of config.commands ?? []) {
      this.command(command);
      takeCommands(this.vmm);
    }
  }

  /** Gives the hypervisor a command now, outside of any history. Throws GlassError `bad-input`. */
  command(command: Command): void {
    this.machine.applyInput({ kind: 'vmm', payload: jsonBytes(command), tick: this.machine.now() });
  }

  /** To the console of the virtual machine; and to the machine's, each line with the name of who wrote it. */
  private output(vm: number, channel: Channel, byte: number): void {
    const { state } = this.vmm;
    this.consoles[vm].put(channel, byte);
    const put = (text: string): void => {
      for (let i = 0; i < text.length; i++) this.machine.console.put(channel, text.charCodeAt(i));
    };
    if (state.isLineStart === 0 && state.consoleOwner !== vm + 1) put('\n');
    if (state.isLineStart !== 0 || state.consoleOwner !== vm + 1) put(`vm${vm}| `);
    this.machine.console.put(channel, byte);
    state.consoleOwner = vm + 1;
    state.isLineStart = byte === 0x0a ? 1 : 0;
  }
}

/** The hypervisor as the machine's run loop meets it. */
class Hosted implements HostedCode {
  readonly parts: HostedCode['parts'];
  private readonly machine: Machine;
  private readonly vmm: Vmm;

  constructor(machine: Machine, vmm: Vmm) {
    this.machine = machine;
    this.vmm = vmm;
    this.parts = vmm.parts;
  }

  takeHalt(limit: number): boolean {
    const { machine, vmm } = this;
    const { words } = machine.cpu;
    const eip = words[w.EIP];
    if (words[w.NON_ROOT] !== 0 || (eip !== map.AFTER_EXIT && eip !== map.AFTER_FAILURE) || !this.isAsLeft()) return false;
    if (vmm.hasExit) {
      if (eip === map.AFTER_EXIT) vmm.onExit();
      else vmm.onFailure();
    }
    const now = machine.now();
    const due = vmm.dueAt();
    if (due <= now) return vmm.enter() || this.takeHalt(limit);
    // Whoever wants to see what it has done stops here, however far the run was to go.
    if (machine.stops.met !== null) return true;
    if (due === Number.POSITIVE_INFINITY) return false;
    if (now < limit) machine.pass(Math.min(limit, due) - now);
    return true;
  }

  /** The processor is in root operation as the hypervisor knows it; anything else comes from a saved moment that somebody has changed. */
  private isAsLeft(): boolean {
    const { words } = this.machine.cpu;
    return (
      words[w.VMX_ON] !== 0 && LEFT_AS.every(([word, value]) => words[word] === value) && words[w.VMCS_POINTER] === this.vmm.loadedRegion
    );
  }

  nextWake(): number {
    return this.vmm.dueAt();
  }

  refusal(payload: Uint8Array): string {
    const command = this.decode(payload);
    if (typeof command === 'string') return `The hypervisor does not take this command: ${command}.`;
    const isQueued = Array.isArray(command);
    return isQueued && this.vmm.state.commandCount === COMMAND_CAPACITY ? 'Too many commands wait for the hypervisor.' : '';
  }

  applyInput(payload: Uint8Array): void {
    const command = this.decode(payload);
    if (typeof command === 'string') throw new GlassError('bad-input', this.refusal(payload));
    if (!Array.isArray(command)) this.vmm.type(this.vmm.vms[command.vm], command.bytes);
    else if (!enqueue(this.vmm, command)) throw new GlassError('bad-input', this.refusal(payload));
  }

  whyNotEdit(host: number): string {
    const kind = this.vmm.frames.kindOf(host);
    if (kind === 'shared') return 'several virtual machines share this page';
    return kind === 'ram' || kind === 'disk' ? '' : 'the hosted hypervisor keeps that page for itself';
  }

  /** Words for the queue, characters for a serial line, or what is wrong. */
  private decode(payload: Uint8Array): number[] | { vm: number; bytes: Uint8Array } | string {
    const value = readJson(payload);
    return value === undefined ? 'it is not JSON' : (readTyping(this.vmm, value) ?? encodeCommand(this.vmm, value));
  }
}

/** What firmware and a boot loader would have done: protected mode, linear = physical, the stub and its tables, VMX operation. */
function powerOn(machine: Machine): void {
  const { bus, cpu, physical } = machine;
  const store = (at: number, words: readonly number[]): void => words.forEach((word, i) => bus.write32(at + 4 * i, word));
  assert(physical.size >= 2 * map.FIRST_FRAME, 'host memory holds the hypervisor');
  map.STUB_CODE.forEach((byte, i) => bus.write8(map.STUB + i, byte));
  store(map.GDT, map.GDT_WORDS);
  // Present, writable, 4 MiB, accessed, dirty.
  store(
    map.PAGE_DIRECTORY,
    Array.from({ length: 1024 }, (_, i) => (i << 22) | 0xe3),
  );
  store(map.VMXON_REGION, [REVISION_ID]);
  for (const [word, value] of HOST_STATE) cpu.words[word] = value;
  cpu.setEflags(2);
  cpu.reloadDerived();
  const root = new HostRoot(machine);
  assert(root.vmxon(map.VMXON_REGION) === 0, 'VMXON succeeds');
  // As behind the first HLT: the hypervisor's turn.
  cpu.words[w.EIP] = map.AFTER_EXIT;
  cpu.words[w.ACTIVITY] = HALTED;
  cpu.reloadDerived();
}

function flat(segment: number, selector: number, rights: number): [number, number][] {
  return [
    [segment + w.SELECTOR, selector],
    [segment + w.BASE, 0],
    [segment + w.LIMIT, -1],
    [segment + w.RIGHTS, rights],
  ];
}

const HOST_STATE: readonly (readonly [word: number, value: number])[] = [
  ...flat(w.CS, map.CODE_SELECTOR, 0xc09b),
  ...[w.SS, w.DS, w.ES, w.FS, w.GS].flatMap((segment) => flat(segment, map.DATA_SELECTOR, 0xc093)),
  ...flat(w.TR, map.TASK_SELECTOR, 0x8b),
  ...flat(w.LDTR, 0, 1 << 16),
  [w.TR + w.BASE, map.TASK_STATE],
  [w.TR + w.LIMIT, 0x67],
  [w.GDTR_BASE, map.GDT],
  [w.GDTR_LIMIT, 4 * map.GDT_WORDS.length - 1],
  [w.IDTR_BASE, map.IDT],
  [w.IDTR_LIMIT, 0x7ff],
  [w.CR0, 0x80000011 | CR0_NE | 0],
  [w.CR3, map.PAGE_DIRECTORY],
  [w.CR4, 0x2010],
  [w.ESP, map.HOST_STACK],
  [w.CPL, 0],
  [w.FEATURE_CONTROL, FEATURE_CONTROL],
];

/** What stays as it is in root operation. */
const LEFT_AS = HOST_STATE.filter(([word]) => [w.CR0, w.CR3, w.CR4, w.CPL].includes(word));

// The hypervisor's instructions --------------------------------------------------------------------------------------------------------------

/** Bytes of the instructions that root operation is made of: memory operands at [SCRATCH], registers EAX and EDX. */
const CODE = {
  vmxon: [0xf3, 0x0f, 0xc7, 0x35],
  vmclear: [0x66, 0x0f, 0xc7, 0x35],
  vmptrld: [0x0f, 0xc7, 0x35],
  vmread: [0x0f, 0x78, 0xd0],
  vmwrite: [0x0f, 0x79, 0xd0],
  invept: [0x66, 0x0f, 0x38, 0x80, 0x05],
  invvpid: [0x66, 0x0f, 0x38, 0x81, 0x05],
} as const satisfies Partial<Record<SystemName, readonly number[]>>;
type Mnemonic = keyof typeof CODE;

const SCRATCH_BYTES = [map.SCRATCH & 0xff, map.SCRATCH >> 8, 0, 0];
const INSNS = Object.fromEntries(
  Object.entries(CODE).map(([name, bytes]) => [name, decode(Uint8Array.from([...bytes, ...SCRATCH_BYTES]), 0, 32)]),
) as Readonly<Record<Mnemonic, Insn>>;

/** Executes instructions for the hypervisor: the functions behind the rows, on the CPU's own registers and flags. */
class HostRoot implements RootOperation {
  readonly memory: HostMemory;
  readonly registers: RootOperation['registers'];
  private readonly machine: Machine;

  constructor(machine: Machine) {
    const { words } = machine.cpu;
    this.machine = machine;
    this.memory = hostMemory(machine);
    this.registers = {
      get: (word) => words[word],
      set: (word, value) => {
        // ESP is the host's own here, and comes from the VMCS at the entry.
        if (word !== w.ESP) words[word] = value;
      },
    };
  }

  vmxon(region: number): VmxOutcome {
    return this.withPointer('vmxon', region);
  }
  vmclear(region: number): VmxOutcome {
    return this.withPointer('vmclear', region);
  }
  vmptrld(region: number): VmxOutcome {
    return this.withPointer('vmptrld', region);
  }
  vmread(encoding: number): number {
    const { words } = this.machine.cpu;
    return this.keepingRegisters(() => {
      words[w.EDX] = encoding;
      assert(this.execute('vmread') === 0, 'the field exists');
      return words[w.EAX];
    });
  }
  vmwrite(encoding: number, value: number): void {
    const { words } = this.machine.cpu;
    this.keepingRegisters(() => {
      words[w.EDX] = encoding;
      words[w.EAX] = value;
      assert(this.execute('vmwrite') === 0, 'the field exists and can be written');
    });
  }
  invept(type: number, eptp: number): VmxOutcome {
    return this.withDescriptor('invept', type, [eptp, 0, 0, 0]);
  }
  invvpid(type: number, vpid: number, linear = 0): VmxOutcome {
    return this.withDescriptor('invvpid', type, [vpid, 0, linear, 0]);
  }
  enter(isLaunch: boolean): void {
    const { cpu } = this.machine;
    cpu.words[w.EIP] = isLaunch ? map.LAUNCH : map.RESUME;
    cpu.words[w.ACTIVITY] = 0;
    cpu.reloadDerived();
  }
  entryOutcome(): VmxOutcome {
    return this.outcome();
  }
  rdmsr(index: number): readonly [low: number, high: number] | null {
    return readMsr(this.machine.cpu, index);
  }
  now(): number {
    return this.machine.cpu?.ticks ?? 0;
  }
  out(port: number, value: number): void {
    this.machine.ports.write(port, 1, value);
  }
  get hasInterrupt(): boolean {
    return this.machine.chipset.lapic.asserted;
  }
  takeInterrupt(): number {
    const { lapic } = this.machine.chipset;
    return lapic.asserted ? lapic.acknowledge() : -1;
  }

  private withPointer(name: Mnemonic, address: number): VmxOutcome {
    const { bus } = this.machine;
    bus.write32(map.SCRATCH, address);
    bus.write32(map.SCRATCH + 4, 0);
    return this.execute(name);
  }

  private withDescriptor(name: Mnemonic, type: number, descriptor: readonly number[]): VmxOutcome {
    descriptor.forEach((word, i) => this.machine.bus.write32(map.SCRATCH + 4 * i, word));
    return this.keepingRegisters(() => {
      this.machine.cpu.words[w.EAX] = type;
      return this.execute(name);
    });
  }

  /** One instruction. None of these faults or exits in root operation at CPL 0 with all memory mapped. */
  private execute(name: Mnemonic): VmxOutcome {
    const { cpu } = this.machine;
    const insn = INSNS[name];
    assert(cpu.words[w.NON_ROOT] === 0, 'the hypervisor works in root operation');
    cpu.words[EA] = map.SCRATCH;
    cpu.ops[name](cpu, insn, insn.a, insn.b, insn.c);
    return this.outcome();
  }

  private outcome(): VmxOutcome {
    const flags = this.machine.cpu.eflags();
    if (flags & EFLAGS_CF) return -1;
    return flags & EFLAGS_ZF ? this.machine.vmx.vmcs.get(FIELD.vmInstructionError) : 0;
  }

  private keepingRegisters<T>(work: () => T): T {
    const { words } = this.machine.cpu;
    const eax = words[w.EAX];
    const edx = words[w.EDX];
    const result = work();
    words[w.EAX] = eax;
    words[w.EDX] = edx;
    return result;
  }
}

/** Host memory through the bus, whose marks of written and decoded pages are kept; whole pages at once. */
function hostMemory({ bus, physical }: Machine): HostMemory {
  const mark = (from: number, size: number): void => {
    assert(from >= 0 && from + size <= physical.size, 'the hypervisor stores into RAM');
    for (let page = from >>> 12; page <= (from + size - 1) >>> 12; page++) physical.markWritten(page);
  };
  return {
    size: physical.size,
    read8: (address) => bus.read8(address),
    read16: (address) => bus.read16(address),
    read32: (address) => bus.read32(address),
    write8: (address, value) => bus.write8(address, value),
    write16: (address, value) => bus.write16(address, value),
    write32: (address, value) => bus.write32(address, value),
    store: (address, bytes) => {
      if (bytes.length === 0) return;
      mark(address, bytes.length);
      physical.ram8.set(bytes, address);
    },
    load: (address, into) => into.set(physical.ram8.subarray(address, address + into.length)),
    clearPage: (address) => {
      mark(address, PAGE_SIZE);
      physical.ram8.fill(0, address, address + PAGE_SIZE);
    },
    copyPage: (address, from) => {
      mark(address, PAGE_SIZE);
      physical.ram8.copyWithin(address, from, from + PAGE_SIZE);
    },
    equalPages: (a, b) => {
      for (let i = 0; i < PAGE_SIZE; i += 4) if (physical.ram32[(a + i) >> 2] !== physical.ram32[(b + i) >> 2]) return false;
      return true;
    },
  };
}

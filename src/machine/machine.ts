import * as words from '../arch/cpu-state.ts';
import { EFLAGS_IF } from '../arch/eflags.ts';
import { assert } from '../base/assert.ts';
import { Cpu } from '../cpu/cpu.ts';
import { CPU_SYSTEM_OPS } from '../cpu/system-ops.ts';
import type { PowerHost } from '../devices/acpi.ts';
import type { Channel, Device, DeviceHost } from '../devices/device.ts';
import { createDevices, type Devices } from '../devices/index.ts';
import { Chipset } from '../devices/pci/chipset.ts';
import { Ports } from '../devices/ports.ts';
import { Bus } from '../memory/bus.ts';
import { Mmu } from '../memory/mmu.ts';
import { PAGE_SHIFT, Physical } from '../memory/physical.ts';
import { TLB_PROFILES, Tlb } from '../memory/tlb.ts';
import type { Input } from '../time/journal.ts';
import type { Stateful } from '../time/stateful.ts';
import type { Replayable } from '../time/timeline.ts';
import { Trace } from '../trace/trace.ts';
import { Vmx } from '../vmx/vmx.ts';
import { VMX_SYSTEM_OPS } from '../vmx/system-ops.ts';
import { Board, EXITED, OFF, RESET } from './board.ts';
import type { MachineConfig } from './config.ts';
import { Console } from './console.ts';
import type { HostedCode } from './hosted-code.ts';
import { Equipment, storageOf } from './equipment.ts';
import { fingerprint } from './fingerprint.ts';
import { PLATFORM } from './firmware/platform.ts';
import { setUpBoard } from './firmware/set-up.ts';
import type { PlacedTable } from './firmware/tables.ts';
import type { ImageFile, LoadPlan } from './images/image.ts';
import { planLoad } from './images/loader.ts';
import { applyInput, checkInput, inputMisfit, takes } from './inputs.ts';
import type { MachineStop } from './stop.ts';
import { watchBuses } from './watch-buses.ts';
import { Stops } from './stops.ts';

/** Asked before each instruction: a reason to stop there, or null to go on. */
export type Boundary = () => MachineStop | null;

const MIB = 1 << 20;

/** A whole IA-32 computer. The composition root: everything is made and wired here, and nothing below knows it. */
export class Machine implements Replayable {
  readonly config: MachineConfig;
  readonly trace = new Trace();
  /** What happens too often to stand among the rest: walks, what the TLB gains and loses, accesses to devices, DMA that was done. */
  readonly fine = new Trace(1 << 15);
  readonly physical: Physical;
  readonly bus: Bus;
  readonly tlb: Tlb;
  readonly mmu: Mmu;
  readonly cpu: Cpu;
  readonly vmx: Vmx;
  /** Where somebody wants it to stand still. */
  readonly stops: Stops;
  readonly devices: Devices;
  readonly chipset: Chipset;
  readonly ports: Ports;
  readonly console: Console;
  /** Code of ours behind the CPU's HLT; null in most machines. */
  hosted: HostedCode | null = null;
  /** What the configuration plugged in. */
  readonly virtio: Equipment['virtio'];
  readonly network: Equipment['network'];
  readonly disks: Equipment['disks'];
  /** What firmware tells of the machine, and where; empty where there is no such firmware. */
  tables: readonly PlacedTable[] = [];
  /** Everything whose bytes are the machine's state, RAM apart. */
  parts: readonly Stateful[];
  readonly ram8: Uint8Array;
  readonly dirty: Uint8Array;
  /** Why it stands still now. */
  stop: MachineStop = 'loaded';

  private readonly board = new Board();
  private readonly equipment: Equipment;
  private readonly deviceList: readonly Device[];
  /** Those of them that may do something by themselves. */
  private readonly wakers: readonly Device[];
  private hasFirmware = false;
  /** Tick of the earliest device wake. Derived. */
  private wakeAt = Number.POSITIVE_INFINITY;
  /** Tick up to which the CPU was sent. */
  private limit = 0;
  /** Ticks that the CPU has run, replays included. */
  private worked = 0;

  /** `config` has been checked. */
  constructor(config: MachineConfig) {
    this.config = config;
    this.physical = new Physical(config.ramMiB * MIB, storageOf(config.devices));
    this.bus = new Bus(this.physical);
    this.tlb = new Tlb(TLB_PROFILES[config.tlb]);
    this.mmu = new Mmu(this.bus, this.tlb, this.fine);
    this.console = new Console(this.board.state);
    const host = this.makeHost();
    this.devices = createDevices(host, config);
    const { bus, mmu, trace, fine } = this;
    this.chipset = new Chipset({ host, bus, pic: this.devices.pic }, { ...PLATFORM.pci, aperture: PLATFORM.pci, iommu: {} });
    const { lapic, pciHost, fabric } = this.chipset;
    this.equipment = new Equipment({ host, bus, fabric, trace }, config.devices);
    ({ virtio: this.virtio, network: this.network, disks: this.disks } = this.equipment);
    const chips = Object.values(this.devices);
    this.deviceList = [...chips, lapic, pciHost, ...this.equipment.devices];
    this.wakers = this.deviceList.filter((device) => !device.isPassive);
    this.ports = new Ports([...chips, pciHost], fine);
    this.cpu = new Cpu({ bus, mmu, io: this.ports, interrupts: lapic, trace });
    this.vmx = new Vmx(this.cpu);
    this.cpu.vmx = this.vmx;
    this.cpu.ops = { ...CPU_SYSTEM_OPS, ...VMX_SYSTEM_OPS };
    for (const ring of [trace, fine]) ring.clock = () => this.cpu.ticks;
    this.devices.pic.onChange = () => lapic.update();
    lapic.onChange = () => this.cpu.recheckEvents();
    lapic.onNmi = () => this.cpu.raiseNmi();
    lapic.onInit = () => this.cpu.raiseInit();
    watchBuses(this);
    const { vmx, devices, chipset } = this;
    this.stops = new Stops({ vmx, chipset, pic: devices.pic, chips: { ...devices, pciHost }, traces: [trace, fine] });
    this.vmx.onExit = (reason) => {
      this.board.countExit(reason);
      this.stops.noteExit(reason);
    };
    this.parts = [this.board, this.cpu, this.vmx, this.tlb, ...chips, ...this.chipset.parts, ...this.equipment.parts];
    this.ram8 = this.physical.ram8.subarray(0, this.physical.stored);
    this.dirty = this.physical.dirty.subarray(0, this.physical.stored >>> PAGE_SHIFT);
    this.driveLines();
    this.chipset.lapic.setVirtualWire();
  }

  /** Status of the debug exit, null without one. */
  get exitStatus(): number | null {
    return this.board.exitStatus;
  }

  now(): number {
    return this.cpu.ticks;
  }

  /** Ticks that were not spent waiting, up to this instant. */
  get instructions(): number {
    return this.cpu.ticks - this.board.state.idleTicks;
  }

  /** VM exits since reset, by basic reason. */
  get exitCounts(): Readonly<Record<number, number>> {
    return this.board.exitCounts;
  }

  /** Linear addresses (unsigned) of instructions before which a run stops; not in a replay, and not at tick `passedAt`. */
  setBreakpoints(addresses: ReadonlySet<number>): void {
    this.cpu.setBreakpoints(addresses);
  }

  /** The instruction at `tick` runs, breakpoint or not: a run that begins at one does not stop there again. */
  passBreakpoint(tick: number): void {
    this.cpu.breakpoints.passedAt = tick;
  }

  work(): number {
    return this.worked;
  }

  /** Tick at which a device will next do something by itself, or the guest's preemption timer ends; Infinity if nothing will. */
  get nextWake(): number {
    const isGuest = this.cpu.words[words.NON_ROOT] !== 0;
    const own = isGuest ? this.now() + this.vmx.ticksToPreemption() : this.hosted?.nextWake();
    return Math.min(this.wakeAt, own ?? Number.POSITIVE_INFINITY);
  }

  // Loading ------------------------------------------------------------------------------------------------------------------------------
  /** Loads `image` into a machine that has not run. Throws GlassError `bad-image`, and nothing has been touched then. */
  load(image: ImageFile): LoadPlan {
    const plan = planLoad(image, this.physical.size);
    this.carryOut(plan);
    return plan;
  }

  private carryOut(plan: LoadPlan): void {
    assert(this.now() === 0, 'an image is loaded into a new machine');
    this.hasFirmware = plan.roms.length > 0;
    // First, so that a program may lie where the tables are.
    if (!this.hasFirmware) for (const table of this.setUp()) this.physical.store(table.address, table.bytes);
    for (const { physical, bytes, size } of plan.segments) this.physical.store(physical, bytes, size);
    for (const rom of plan.roms) this.bus.mapRom(rom.base, rom.bytes);
    for (const [port, value] of plan.ports) this.ports.write(port, 1, value);
    for (const [word, value] of plan.words) this.cpu.words[word] = value;
    this.cpu.reloadDerived();
  }

  /** Does what firmware does before it loads a program. */
  private setUp(): readonly PlacedTable[] {
    this.tables = setUpBoard(this, { ...PLATFORM, virtio: this.equipment.windows });
    return this.tables;
  }

  /** Puts a hosted hypervisor into a machine that has not run; its parts are the machine's from then on. */
  install(hosted: HostedCode): void {
    assert(this.now() === 0 && this.hosted === null, 'a hypervisor is installed once, into a new machine');
    this.hosted = hosted;
    setUpBoard(this, PLATFORM);
    this.parts = [...this.parts, ...hosted.parts];
  }

  // Running ------------------------------------------------------------------------------------------------------------------------------
  /** Goes on until `now()` is `untilTick`, a halted CPU waiting; returns false where it stops before, and `stop` says why. */
  run(untilTick: number, isReplay = false): boolean {
    this.stop = this.go(untilTick, isReplay, null);
    return this.stop === 'budget';
  }

  /** As `run`, asking `boundary` before each instruction, and slowly. Nothing else but the state stops it. */
  runWatched(untilTick: number, boundary: Boundary): boolean {
    this.stop = this.go(untilTick, true, boundary);
    return this.stop === 'budget';
  }

  private go(untilTick: number, isReplay: boolean, boundary: Boundary | null): MachineStop {
    const { cpu, board } = this;
    this.stops.begin(isReplay);
    for (;;) {
      this.wakeDevices();
      const now = cpu.ticks;
      if (board.end !== null) return board.end;
      const { met } = this.stops;
      if (met !== null) return met;
      if (now >= untilTick) {
        // What hosted code does at a tick belongs to it, whoever stops there.
        if (!cpu.isActive) this.hosted?.takeHalt(now);
        return this.stops.met ?? 'budget';
      }
      const reason = boundary !== null && cpu.isActive ? boundary() : null;
      if (reason !== null) return reason;
      this.limit = Math.min(untilTick, this.wakeAt);
      const end = cpu.run(boundary === null ? this.limit - now : 1);
      this.worked += cpu.ticks - now;
      if (board.state.isResetting) this.reset();
      if (end === 'shutdown' || end === 'breakpoint') return end;
      if (end === 'halted' && this.hosted?.takeHalt(this.limit) !== true && !this.wait()) return 'halt';
    }
  }

  // Time ---------------------------------------------------------------------------------------------------------------------------------
  /** The CPU is halted: lets time pass to what may wake it. False if nothing can. */
  private wait(): boolean {
    const { cpu } = this;
    const timer = this.timerTicks();
    if (timer === Number.POSITIVE_INFINITY && !this.canInterrupt()) return false;
    const ticks = Math.min(this.limit - cpu.ticks, timer);
    if (ticks > 0) this.pass(ticks);
    return true;
  }

  /** Lets `ticks` pass without an instruction. */
  pass(ticks: number): void {
    this.cpu.advance(ticks);
    this.board.state.idleTicks += ticks;
  }

  /** Ticks until the preemption timer wakes the guest; Infinity if it does not run, or has run out in vain. */
  private timerTicks(): number {
    return this.vmx.ticksToPreemption() || Number.POSITIVE_INFINITY;
  }

  /** Whether a device will by itself raise an interrupt that the CPU lets in. */
  private canInterrupt(): boolean {
    const isGuest = this.cpu.words[words.NON_ROOT] !== 0;
    const isOpen = (this.cpu.words[words.EFLAGS] & EFLAGS_IF) !== 0 || (isGuest && this.vmx.externalInterruptExiting);
    const { chipset, equipment } = this;
    if (!isOpen || chipset.lapic.timerWillInterrupt || equipment.isAtWork) return isOpen;
    return this.wakers.some((d) => d.irq !== undefined && d.nextWake() < Number.POSITIVE_INFINITY && chipset.letsThrough(d.irq));
  }

  private wakeDevices(): void {
    const { ticks } = this.cpu;
    if (this.wakeAt > ticks) return;
    for (const device of this.wakers) if (device.nextWake() <= ticks) device.wake(ticks);
    this.planWakes();
    // A device wakes once in a tick: one from a strange snapshot that does not know its next time must not hold the others up.
    this.wakeAt = Math.max(this.wakeAt, ticks + 1);
  }

  private planWakes(): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (const device of this.wakers) {
      const at = device.nextWake();
      if (at < earliest) earliest = at;
    }
    this.wakeAt = earliest;
  }

  private makeHost(): DeviceHost & PowerHost {
    return {
      // While the devices are made there is no CPU yet, and no time has passed.
      now: () => this.cpu?.ticks ?? 0,
      ticksPerSecond: this.config.ticksPerSecond,
      setIrq: (line, level) => this.chipset.setLine(line, level),
      rewake: () => {
        this.planWakes();
        if (this.wakeAt < this.limit) this.cpu.requestStop();
      },
      output: (channel: Channel, byte) => this.console.put(channel, byte),
      debugExit: (status) => {
        this.board.state.power = EXITED;
        this.board.state.exitStatus = status;
        this.cpu.requestStop();
      },
      powerOff: () => {
        this.board.state.power = OFF;
        this.cpu.requestStop();
      },
      reset: () => {
        if (this.hasFirmware) this.board.state.isResetting = 1;
        else this.board.state.power = RESET;
        this.cpu.requestStop();
      },
    };
  }

  /** The reset line: CPU and devices start again, RAM and the clock of ticks stay. */
  private reset(): void {
    this.board.state.isResetting = 0;
    this.vmx.bytes.fill(0);
    this.vmx.rebuild();
    this.cpu.reset();
    for (const device of this.deviceList) device.reset();
    this.chipset.reset();
    this.chipset.lapic.setVirtualWire();
    this.driveLines();
  }

  /** After power-on the interrupt lines take the levels that the devices give them. */
  private driveLines(): void {
    for (const device of this.deviceList) device.wake(this.now());
    this.planWakes();
  }

  // Inputs -------------------------------------------------------------------------------------------------------------------------------
  /** Refuses an input that cannot be taken now: GlassError `bad-input`, `bad-edit` or `input-full`. */
  checkInput(kind: string, payload: Uint8Array): void {
    checkInput(this, kind, payload);
  }

  /** Takes in an input that comes now. Throws as `checkInput` does. */
  applyInput(input: Input): void {
    applyInput(this, input);
  }

  inputMisfit(input: Input): string {
    return inputMisfit(this, input);
  }

  takes(input: Input): boolean {
    return takes(this, input);
  }

  // State --------------------------------------------------------------------------------------------------------------------------------
  /** Fingerprint of the whole state: parts in order, and the pages of RAM and of disks that are not all zeros. */
  hash(): string {
    return fingerprint(this.parts, this.physical);
  }

  afterCapture(): void {
    this.mmu.dropWriteMirror();
  }

  afterRestore(changed: Uint32Array): void {
    for (const page of changed) this.physical.used[page] = 1;
    this.trace.replay();
    this.fine.replay();
    this.mmu.rebuild();
    this.cpu.dropWindow();
    this.planWakes();
  }
}

import { CONTROL } from '../arch/vmx-controls.ts';
import { ENTRY_FAILURE, exitReason } from '../arch/exit-reasons.ts';
import { FIELD } from '../arch/vmcs-fields.ts';
import { assert } from '../base/assert.ts';
import type { Channel } from '../devices/device.ts';
import type { Bus } from '../memory/bus.ts';
import { LearningSwitch } from '../devices/virtio/switch.ts';
import type { Stateful } from '../time/stateful.ts';
import type { Trace } from '../trace/trace.ts';
import { nextCommandAt, takeCommands } from './commands.ts';
import { EptBuilder } from './ept-builder.ts';
import { faceOf } from './faces/index.ts';
import { Frames } from './frames.ts';
import { GuestMemory } from './guest-memory.ts';
import type { Services } from './handlers/handler.ts';
import { HANDLERS } from './handlers/index.ts';
import { HANDLER_TICKS } from './host-map.ts';
import { create, destroy, type VmSpec } from './lifecycle.ts';
import { ranTicks } from './meters.ts';
import { patienceEnds, reclaim, review, waitsInVain } from './overcommit.ts';
import type { RootOperation } from './root-operation.ts';
import { charge, isThrottled, join, pick, turnPeriod, WAKE_CREDIT } from './schedule.ts';
import { keptFrom, Supply } from './supply.ts';
import { COMMAND_CAPACITY, VMM_LAYOUT } from './vm-layout.ts';
import { VALID, Vm } from './vm.ts';
import { VmVirtio, type VirtioSurroundings } from './vm-virtio.ts';
import { VmDevices, type VmBoard } from './vm-devices.ts';
import { type VmImage, writeMsrBitmap } from './vmcs-setup.ts';

/** What the hypervisor is given beside VMX root operation. */
export interface VmmConfig {
  /** Host memory as page walks read it. */
  readonly bus: Bus;
  readonly ticksPerSecond: number;
  readonly startSeconds: number;
  /** Virtual machines that there can be at one time. */
  readonly places: number;
  /** What can be started, by number. */
  readonly images: readonly VmImage[];
  /** What disks can begin with, by number. */
  readonly disks: readonly Uint8Array[];
  readonly trace: Trace;
  output(vm: number, channel: Channel, byte: number): void;
}

/** Phases: the processor is a guest's, or on its way; the exit has been handled and the hypervisor's ticks pass; nobody can run. */
const GUEST = 0;
const ROOT = 1;
const IDLE = 2;
/** PIC commands. */
const MASTER = 0x20;
const SLAVE = 0xa0;
const EOI = 0x20;
/** Free frames, over those that are kept from it, below which nobody is let on who waits for one. */
const ENOUGH_FRAMES = 4;

/** The hosted hypervisor: in the place of the code at HOST_RIP. It is called when a VM exit has come back (`onExit`), when an entry was refused (`onFailure`), and when
 *  the processor may be sent on (`enter`). What it knows is in the bytes of its parts, in VMCS regions and in EPT tables. */
export class Vmm implements Stateful {
  readonly id = 'vmm';
  readonly layout = VMM_LAYOUT;
  readonly bytes = new Uint8Array(VMM_LAYOUT.size);
  readonly state = VMM_LAYOUT.view(this.bytes);
  readonly root: RootOperation;
  readonly config: VmmConfig;
  readonly frames: Frames;
  readonly supply: Supply;
  /** The cable between the network cards of all. */
  readonly link = new LearningSwitch('switch');
  /** All places, empty ones too. */
  readonly vms: readonly Vm[];
  /** This one and all others whose bytes are its state. */
  readonly parts: readonly Stateful[];
  readonly services: Services;

  constructor(root: RootOperation, config: VmmConfig) {
    this.root = root;
    this.config = config;
    this.frames = new Frames(root.memory.size);
    this.supply = new Supply(root, this.frames);
    this.supply.onInvalidate = () => this.state.invalidations++;
    this.vms = Array.from({ length: config.places }, (_, number) => this.makePlace(number));
    this.parts = [this, this.frames, this.link, ...this.vms.flatMap((vm) => [vm, ...vm.devices.parts])];
    this.services = {
      ...{ root, supply: this.supply, memory: new GuestMemory(root, this.supply, config.bus) },
      ...{ ticksPerSecond: config.ticksPerSecond, startSeconds: config.startSeconds },
      waitForMemory: (vm) => this.waitForMemory(vm),
      hostInterrupt: (vector) => this.hostInterrupt(vector),
      yield: () => {
        this.state.sliceEnd = 0;
      },
      output: (vm, byte) => this.output(vm, 'debug', byte),
    };
    this.state.isLineStart = 1;
    this.state.phase = ROOT;
  }

  rebuild(): void {}

  /** Why `bytes` from a file cannot be this part's. */
  misfit(bytes: Uint8Array): string {
    const s = VMM_LAYOUT.view(bytes);
    if (s.phase > IDLE || s.current > this.vms.length || s.loaded > this.vms.length) return 'a phase or a virtual machine does not exist';
    if (s.phase === GUEST && (s.current === 0 || s.loaded !== s.current)) return 'nobody runs in a guest';
    if (s.commandCount > COMMAND_CAPACITY || s.commandHead >= COMMAND_CAPACITY) return 'the queue of commands is out of its bounds';
    const commandTimes = Array.from({ length: COMMAND_CAPACITY }, (_, i) => s.commandTimes.at(i));
    const times = [s.enteredAt, s.readyAt, s.sliceEnd, s.periodEnd, s.accountedAt, ...commandTimes];
    return times.some((time) => !(time >= 0)) ? 'a time is none' : '';
  }

  /** Writes the tables that all virtual machines share. Once, at power-on. */
  boot(): void {
    writeMsrBitmap(this.root);
  }

  /** The virtual machine that runs, or ran last. */
  get current(): Vm | null {
    return this.vms[this.state.current - 1] ?? null;
  }

  /** The processor is in root operation because of this hypervisor, and the exit has not been handled yet. */
  get hasExit(): boolean {
    return this.state.phase === GUEST;
  }

  /** Virtual machines that exist. */
  get present(): readonly Vm[] {
    return this.vms.filter((vm) => vm.status !== 'empty');
  }

  // Virtual machines -----------------------------------------------------------------------------------------------------------------------
  /** Creates a virtual machine, ready to run. Null: there is no place for it. One for which host memory does not suffice is stopped at once, and says so. */
  create(spec: VmSpec): Vm | null {
    this.stir();
    return create(this, spec);
  }

  /** Takes away all that `vm` has; its place is empty. */
  destroy(vm: Vm): void {
    this.stir();
    destroy(this, vm);
  }

  /** It does not run until it is resumed; its devices stand still too, but the clock goes on. */
  pause(vm: Vm): void {
    vm.state.isPaused = 1;
  }
  resume(vm: Vm): void {
    vm.state.isPaused = 0;
    join(vm, this.vms);
    this.stir();
  }

  /** Characters arrive at the serial line of `vm`. */
  type(vm: Vm, bytes: Uint8Array): void {
    vm.devices.uart.input(bytes);
    this.stir();
  }

  /** There may be something to do: an idle hypervisor looks at once. */
  private stir(): void {
    if (this.state.phase === IDLE) this.state.readyAt = this.root.now();
  }

  /** Makes one page of all identical ones of those that allow it. Returns frames freed. */
  merge(): number {
    const freed = this.supply.merge(this.present.filter((vm) => vm.state.isMergeable !== 0));
    this.state.merged += freed;
    return freed;
  }

  /** Makes the VMCS of `vm` the current one; false: its region is none, which is so only in a saved moment that somebody has changed. */
  load(vm: Vm): boolean {
    if (this.state.loaded === vm.owner) return true;
    if (!this.isRegion(vm) || this.root.vmptrld(vm.state.vmcs) !== 0) return false;
    this.state.loaded = vm.owner;
    return true;
  }

  /** The frame of its VMCS is one, and its own. */
  private isRegion(vm: Vm): boolean {
    return this.frames.kindOf(vm.state.vmcs) === 'vmcs' && this.frames.ownerOf(vm.state.vmcs) === vm.owner;
  }

  /** Host address of the VMCS that is the current one if the processor is as it was left; -1: none is. Null: what was left cannot be. */
  get loadedRegion(): number | null {
    const vm = this.vms[this.state.loaded - 1];
    if (vm === undefined) return -1;
    return this.isRegion(vm) ? vm.state.vmcs : null;
  }

  // Exits ----------------------------------------------------------------------------------------------------------------------------------
  /** A VM exit, or an entry that ended like one, has come back to HOST_RIP. */
  onExit(): void {
    const { state, root } = this;
    const vm = this.current;
    assert(vm !== null && state.loaded === vm.owner, 'an exit comes from the virtual machine that was entered');
    const now = root.now();
    this.account(vm, now, ranTicks(state.enteredAt, now));
    vm.saveRegisters();
    const reason = root.vmread(FIELD.exitReason);
    const row = exitReason(reason & 0xffff);
    state.phase = ROOT;
    if (row === null) return vm.stop('exit', reason);
    vm.state.exits.set(row.number, vm.state.exits.at(row.number) + 1);
    vm.state.eventInfo = 0;
    if ((reason & ENTRY_FAILURE) === 0) {
      vm.state.isLaunched = 1;
      vm.resumeDelivery();
    }
    HANDLERS[row.key as keyof typeof HANDLERS](vm, this.services);
  }

  /** VMLAUNCH or VMRESUME came back with VMfail: the virtual machine cannot be run. */
  onFailure(): void {
    const vm = this.current;
    assert(vm !== null, 'what was refused is the virtual machine that was to be entered');
    this.account(vm, this.root.now(), 0);
    vm.stop('entry', this.root.entryOutcome());
    this.state.phase = ROOT;
  }

  /** Books the ticks from the last entry up to `now`, and those that the hypervisor takes from now on. */
  private account(vm: Vm, now: number, ran: number): void {
    const { state } = this;
    const overhead = now - state.enteredAt - ran + HANDLER_TICKS;
    vm.state.instructions += ran;
    vm.state.rootTicks += overhead;
    charge(vm, ran + overhead);
    state.readyAt = now + HANDLER_TICKS;
    state.accountedAt = state.readyAt;
  }

  private waitForMemory(vm: Vm): void {
    vm.rest('waiting', this.root.now());
    if (!reclaim(this, vm)) vm.stop('hostMemory', this.frames.free);
  }

  private hostInterrupt(vector: number): void {
    this.state.hostInterrupts++;
    // The firmware's vectors: 08H to 0FH from the master, 70H to 77H from the slave.
    if (vector >= 0x70) this.root.out(SLAVE, EOI);
    this.root.out(MASTER, EOI);
  }

  // Entries --------------------------------------------------------------------------------------------------------------------------------
  /** Tick at which `enter` is to be called: when the hypervisor's ticks have passed, or somebody can run again; Infinity: never. At once while it is idle and something
   *  comes from outside. Asking changes nothing: what happens at a tick must not depend on who looks. */
  dueAt(): number {
    const { state, root } = this;
    if (state.phase !== IDLE) return state.readyAt;
    return root.hasInterrupt ? root.now() : Math.min(state.readyAt, Math.max(root.now(), nextCommandAt(this)));
  }

  /** Sends the processor into the guest whose turn it is; false: nobody can run now. */
  enter(): boolean {
    const { state, root } = this;
    const now = root.now();
    state.idleTicks += now - state.accountedAt;
    state.accountedAt = now;
    takeCommands(this);
    for (let vector = root.takeInterrupt(); vector >= 0; vector = root.takeInterrupt()) this.hostInterrupt(vector);
    this.askAgain();
    for (const vm of this.vms) this.wake(vm, now);
    if (turnPeriod(state, this.vms, now)) review(this);
    const vm = pick(state, this.vms, this.current, now);
    if (vm === null) {
      state.readyAt = Math.max(now + 1, Math.min(this.nextWake(), nextCommandAt(this)));
      state.phase = IDLE;
      return false;
    }
    if (!this.load(vm)) {
      vm.stop('entry');
      return this.enter();
    }
    this.prepare(vm, now);
    state.current = vm.owner;
    state.enteredAt = now;
    state.phase = GUEST;
    root.enter(vm.state.isLaunched === 0);
    return true;
  }

  /** What was given so far is not enough for who waits; and there is an end to waiting. */
  private askAgain(): void {
    for (const vm of this.vms) {
      if (vm.status !== 'waiting' || this.hasEnough(vm)) continue;
      if (waitsInVain(vm, this.root.now())) vm.stop('hostMemory', this.frames.free);
      else reclaim(this, vm);
    }
  }

  private hasEnough(vm: Vm): boolean {
    return this.frames.free >= keptFrom(vm) + ENOUGH_FRAMES;
  }

  /** Tick at which somebody may be able to run who cannot now; Infinity: nothing will happen by itself. */
  private nextWake(): number {
    let wake = Number.POSITIVE_INFINITY;
    for (const vm of this.vms) {
      if (vm.state.isPaused !== 0) continue;
      if (vm.status === 'halted') wake = Math.min(wake, vm.devices.nextInterrupt());
      if (vm.status === 'waiting') wake = Math.min(wake, patienceEnds(this, vm));
      if (isThrottled(vm)) wake = Math.min(wake, this.state.periodEnd);
    }
    return wake;
  }

  /** Its devices act whose time has come; an interrupt ends HLT, a free frame the wait for one. */
  private wake(vm: Vm, now: number): void {
    if (!vm.isAlive || vm.state.isPaused !== 0) return;
    vm.devices.wake(now);
    const isWoken = (vm.status === 'halted' && vm.devices.pic.asserted) || (vm.status === 'waiting' && this.hasEnough(vm));
    if (!isWoken) return;
    vm.rise(now);
    join(vm, this.vms, WAKE_CREDIT);
    // Whoever was waiting may have paid less than whoever runs.
    this.state.sliceEnd = Math.min(this.state.sliceEnd, now);
  }

  /** Puts into VMCS and processor what the entry of `vm` needs: an event, the interrupt window, the timer, registers. */
  private prepare(vm: Vm, now: number): void {
    const { pic } = vm.devices;
    if (pic.asserted && !vm.hasEvent && vm.isInterruptible) {
      vm.injectInterrupt(pic.acknowledge());
      vm.state.injections++;
    }
    vm.control('primaryControls', CONTROL.interruptWindowExiting, pic.asserted);
    vm.write('entryInterruptionInfo', vm.state.eventInfo);
    if (vm.state.eventInfo & VALID) {
      vm.write('entryExceptionErrorCode', vm.state.eventError);
      vm.write('entryInstructionLength', vm.state.eventLength);
    }
    vm.write('preemptionTimer', this.turn(now));
    faceOf(vm.face)?.refresh?.(vm, this.services);
    vm.loadRegisters();
    vm.state.entries++;
  }

  /** Ticks until somebody wants a look: the end of the slice, or a device of any virtual machine. */
  private turn(now: number): number {
    let end = Math.min(this.state.sliceEnd, nextCommandAt(this));
    for (const vm of this.vms) if (vm.isAlive && vm.state.isPaused === 0) end = Math.min(end, vm.devices.nextWake());
    return Math.max(1, end - now);
  }

  output(vm: Vm, channel: Channel, byte: number): void {
    this.config.output(vm.number, channel, byte);
  }

  private makePlace(number: number): Vm {
    const { root, frames } = this;
    const vm = new Vm(number, root, {
      ept: (rootOf) => new EptBuilder(root.memory, frames, number + 1, rootOf),
      devices: (made) => new VmDevices(made, this.board(made), (host) => new VmVirtio(made, this.surroundings, host)),
    });
    const { disk } = vm.devices.virtio;
    disk.allocate = () => frames.allocate('disk', vm.owner);
    disk.owns = (frame) => frames.kindOf(frame) === 'disk' && frames.ownerOf(frame) === vm.owner;
    return vm;
  }

  private get surroundings(): VirtioSurroundings {
    const { root, supply, config, frames, link } = this;
    return {
      ...{ root, supply, link, trace: config.trace, mostFrames: frames.count },
      output: (vm, byte) => this.output(vm, 'debug', byte),
    };
  }

  /** What the devices of `vm` are built into. */
  private board(vm: Vm): VmBoard {
    const { root, config } = this;
    return {
      now: () => root.now(),
      ticksPerSecond: config.ticksPerSecond,
      startSeconds: config.startSeconds,
      get ramMiB() {
        return Math.max(1, vm.ramSize >>> 20);
      },
      output: (channel, byte) => this.output(vm, channel, byte),
      debugExit: (status) => vm.stop('debugExit', status),
      reset: () => vm.stop('reset'),
    };
  }
}

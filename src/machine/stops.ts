/** Where somebody who looks at the machine wants it to stand still: behind exits and walks, accesses to memory, changes of the VMCS, what devices do. No state of the
 *  machine, nothing that its guest could see, and not in a replay. Breakpoints are the processor's (cpu/breakpoints.ts): they stop before an instruction. */
import type { Cpu } from '../cpu/cpu.ts';
import type { Device } from '../devices/device.ts';
import type { Chipset } from '../devices/pci/chipset.ts';
import type { Pic } from '../devices/pic.ts';
import type { Mmu } from '../memory/mmu.ts';
import type { Touch, Watchpoint, Watchpoints } from '../memory/watchpoints.ts';
import type { Trace } from '../trace/trace.ts';
import { type FieldChange, FieldStops } from '../vmx/field-stops.ts';
import type { Vmx } from '../vmx/vmx.ts';
import type { DeviceEvent, EventMet } from './device-events.ts';
import { EventStops } from './event-stops.ts';
import type { MachineStop } from './stop.ts';

/** What a run can meet. */
export interface StopPlace {
  readonly vmx: Vmx;
  readonly pic: Pic;
  readonly chipset: Chipset;
  /** Devices at ports, by name. */
  readonly chips: Readonly<Record<string, Device>>;
  readonly traces: readonly Trace[];
}

/** What stopped it, of some stops. */
export interface Met {
  /** Of `watchpoint`. */
  readonly touch?: Touch;
  /** Of `field`. */
  readonly change?: FieldChange;
  /** Of `event`. */
  readonly event?: EventMet;
}

/** The stops of one machine. Whatever is met within an instruction, an event or a device's work stops behind it. */
export class Stops {
  /** Whether a run stops behind a VM exit with this basic reason. */
  atExit: (reason: number) => boolean = () => false;
  /** Called behind each walk of the tables, replays included. True: a run stops behind the instruction. */
  onWalk: () => boolean = () => false;
  /** Whether it stops at what is watched: memory, fields, devices. */
  atWatched = true;
  private readonly cpu: Cpu;
  private readonly mmu: Mmu;
  private readonly fields: FieldStops;
  private readonly events: EventStops;
  private memory: Watchpoints | null = null;
  private wanted: 'exit' | 'walk' | null = null;
  private isArmed = false;

  constructor({ vmx, pic, chipset, chips, traces }: StopPlace) {
    this.cpu = vmx.cpu;
    this.mmu = vmx.cpu.mmu;
    this.fields = new FieldStops(vmx);
    this.events = new EventStops(traces, chips);
    const stop = (): void => this.cpu.requestStop();
    this.fields.onSet = stop;
    this.events.onMet = stop;
    pic.onRequest = (vector) => this.events.noteRequest(vector);
    chipset.lapic.onRequest = (vector) => this.events.noteRequest(vector);
    this.mmu.watchWalks(() => void (this.onWalk() && this.want('walk')));
  }

  /** Memory behind whose accesses a run stops. */
  watchMemory(watchpoints: readonly Watchpoint[]): void {
    this.memory = this.mmu.watch(watchpoints);
    if (this.memory) this.memory.onTouch = () => this.cpu.requestStop();
  }

  /** Fields of the current VMCS, by encoding, behind whose changes a run stops. */
  watchFields(encodings: readonly number[]): void {
    this.fields.watch(encodings);
  }

  /** What devices do, behind which a run stops. */
  watchEvents(events: readonly DeviceEvent[]): void {
    this.events.watch(events);
  }

  /** A run begins. */
  begin(isReplay: boolean): void {
    this.isArmed = !isReplay;
    this.wanted = null;
    this.cpu.breakpoints.isArmed = !isReplay;
    this.memory?.rearm(this.isArmed && this.atWatched);
    this.fields.rearm(this.isArmed && this.atWatched);
    this.events.rearm(this.isArmed && this.atWatched);
  }

  /** The CPU has made a VM exit. */
  noteExit(reason: number): void {
    if (this.atExit(reason)) this.want('exit');
  }

  /** What has been met since `begin`, null for nothing. */
  get met(): MachineStop | null {
    if (!this.isArmed) return null;
    if (this.wanted !== null) return this.wanted;
    if (this.memory?.settle() === true) return 'watchpoint';
    if (this.fields.settle()) return 'field';
    return this.events.met === null ? null : 'event';
  }

  /** More about what stopped it. */
  about(stop: string): Met {
    const touch = stop === 'watchpoint' ? this.memory?.touched : null;
    const change = stop === 'field' ? this.fields.changed : null;
    const event = stop === 'event' ? this.events.met : null;
    return { ...(touch && { touch }), ...(change && { change }), ...(event && { event }) };
  }

  private want(stop: 'exit' | 'walk'): void {
    this.wanted = stop;
    this.cpu.requestStop();
  }
}

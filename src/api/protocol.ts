/** The whole surface between a page (or a command) and the machine. Types only: nothing here runs. The host object that implements `MachineHost` is the same in
 *  the Web Worker, on the page where workers are refused, and in Node. Numbers that are addresses or registers are unsigned 32-bit. */
import type { DeviceEvent } from '../machine/device-events.ts';
import type { DeviceSpec } from '../machine/device-spec.ts';
import type { Edit } from '../machine/edits.ts';
import type { Met } from '../machine/stops.ts';
import type { Command } from '../vmm/commands.ts';
import type { WalkExplanation } from '../memory/explain.ts';
import type { AccessKind } from '../memory/walk.ts';
import type { MappingRange } from '../memory/mappings.ts';
import type { TlbEntryView } from '../memory/tlb-view.ts';
import type { Watchpoint } from '../memory/watchpoints.ts';
import type { InstructionHelp, InstructionSteps, Source, SourceProblem } from './source-types.ts';
import type { DeviceViews } from './views/index.ts';
import type { DmaWalk } from './views/iommu.ts';
import type { MemoryRequest, MemoryView } from './views/memory.ts';
import type { VmxView } from './views/vmx.ts';
import type { FieldTrial } from './views/vmx-reading.ts';
import type { TlbState } from './views/tlb.ts';
import type { StudiedAccess, VpidStudy } from './views/vpid-study.ts';
import type { MapView } from './views/map.ts';
import type { ReachQuestion, ReachView } from './views/reach.ts';
import type { TablesRequest, TablesView } from './views/tables.ts';

export type { AddressField, ExplainedRow, WalkExplanation } from '../memory/explain.ts';
export type { AccessKind } from '../memory/walk.ts';
export type { ExplainedBit, ExplainedReference } from '../memory/explain-references.ts';
export type { MappingRange } from '../memory/mappings.ts';
export type { TlbEntryView } from '../memory/tlb-view.ts';
export type { Watchpoint } from '../memory/watchpoints.ts';
export type { DeviceEvent, EventMet, NamedDevice } from '../machine/device-events.ts';
export type { DeviceSpec } from '../machine/device-spec.ts';
export type { Edit } from '../machine/edits.ts';
export type { Command } from '../vmm/commands.ts';
export type { FieldChange } from '../vmx/field-stops.ts';
export type * from './source-types.ts';
export type { DeviceViews } from './views/index.ts';
export type { BalloonsView, BalloonView, HostFrames, PageKind } from './views/balloon.ts';
export type { DmaWalk, DomainView, GroupView, IommuView } from './views/iommu.ts';
export type { BrokenEntry, Holder, LinkRights, MapBar, MapLink, MapView, Region } from './views/map.ts';
export type { ReachQuestion, ReachView } from './views/reach.ts';
export type { PartitionView, PciFunctionView, PciView, PortView, SrIovView } from './views/pci.ts';
export type { CachedEntry, TlbState } from './views/tlb.ts';
export type { StudiedAccess, VpidStudy } from './views/vpid-study.ts';
export type { VirtioFault, VirtioView } from './views/virtio.ts';
export type { DescriptorOwner, DescriptorView, PieceView, QueueView } from './views/virtqueue.ts';
export type { MemoryMark, MemoryRequest, MemoryView, StripPage } from './views/memory.ts';
export type { TrialView, VmxView } from './views/vmx.ts';
export type { ExitCause } from './views/vmx-cause.ts';
export type { CheckView } from './views/vmx-checks.ts';
export type { ExitDetail, ExitRow, FieldBit } from './views/vmx-exits.ts';
export type { FieldTrial } from './views/vmx-reading.ts';
export type { TableRow, TablesRequest, TablesView, TableView } from './views/tables.ts';
export type { OwnedFrames, TurnView, VmsView, VmView } from './views/vms.ts';

export type Language = 'en' | 'fr';
export type Localised = Readonly<Record<Language, string>>;

export type ImageFormat = 'flat' | 'boot' | 'elf' | 'multiboot' | 'rom';

/** What to run: a guest of the catalogue, bytes from outside, or assembly source. */
export type ImageSource =
  | {
      readonly kind: 'guest';
      readonly id: string;
      /** Another text than its own; of a host, than that of its first virtual machine. */
      readonly source?: string;
    }
  | {
      readonly kind: 'file';
      readonly name: string;
      readonly bytes: Uint8Array;
      /** Guessed from the bytes when left out. */
      readonly format?: ImageFormat;
      readonly load?: number;
      readonly entry?: number;
      readonly mode?: 'real' | 'protected';
      /** Texts behind `%include "name"` of assembly source, before those of the catalogue. */
      readonly includes?: Readonly<Record<string, string>>;
    };

export interface LoadRequest {
  readonly image: ImageSource;
  /** 1 to 512; the guest's own or 16 when left out. */
  readonly ramMiB?: number;
  /** `teaching` is a tiny TLB whose evictions can be watched. */
  readonly tlb?: 'default' | 'teaching';
  /** What is plugged in; the guest's own or nothing when left out. */
  readonly devices?: readonly DeviceSpec[];
  /** What the first disk begins with; a virtio block device is plugged in for it where there is none. At most 32 MiB. */
  readonly disk?: Uint8Array;
}

export interface Loaded {
  readonly name: string;
  readonly format: ImageFormat;
  readonly ramMiB: number;
  readonly ticksPerSecond: number;
  /** Texts and line tables when the image was assembled here. */
  readonly source: Source | null;
  /** Name -> linear address. */
  readonly symbols: Readonly<Record<string, number>>;
  /** A text of the reader's own, in place of that of the catalogue guest of this name. */
  readonly isEdited: boolean;
  /** Expected console output of a catalogue guest. */
  readonly expected: string | null;
  /** Linear address worth looking at first, null for none in particular. */
  readonly look: number | null;
  /** What the machine has beside a processor and a PC's old devices; each is a scene. */
  readonly has: readonly Equipment[];
}

export type Equipment = 'virtio' | 'pci' | 'iommu' | 'balloon' | 'vms';

/** A catalogue entry, for menus and `glassvisor guests`. */
export interface GuestSummary {
  readonly id: string;
  readonly title: Localised;
  readonly prose: Localised;
  readonly level: 'cpu' | 'paging' | 'vmx' | 'ept' | 'devices' | 'hypervisor';
  /** The panel of the page that shows it best; null: the walk. */
  readonly scene: 'map' | 'vmcs' | 'tlb' | 'virtio' | 'iommu' | 'balloon' | 'pci' | 'vms' | null;
  readonly lines: number;
}

/** Why the machine stands still. */
export type StopReason =
  | 'loaded' // nothing has run yet
  | 'step' // the step asked for is done
  | 'pause' // somebody asked
  | 'breakpoint' // at a code breakpoint
  | 'watchpoint' // behind an access to watched memory
  | 'field' // behind a change of a VMCS field
  | 'event' // behind something that a device did
  | 'exit' // at a VM exit that was asked for
  | 'walk' // behind a page walk that was asked for
  | 'seek' // at the tick asked for
  | 'start' // stepping back reached tick 0
  | 'halt' // HLT, and nothing can ever wake it
  | 'debug-exit' // port 0xF4
  | 'shutdown' // triple fault
  | 'reset' // the guest pulled the reset line, and there is no firmware to start again
  | 'budget'; // the number of instructions asked for has run

export interface Stop extends Met {
  readonly reason: StopReason;
  /** Exit status of `debug-exit`, 0 to 255. */
  readonly exitCode: number | null;
}

/** A piece of an instruction's text. */
export interface CodePart {
  readonly kind: 'mnemonic' | 'register' | 'number' | 'address' | 'size' | 'punctuation';
  readonly text: string;
  /** Where an `address` points (the code segment's base added), null for the rest. */
  readonly linear: number | null;
}

/** Memory that an instruction's operand, or its string, names. The stack does not count. */
export interface DataAccess {
  readonly linear: number;
  /** Bytes; 0 where the instruction has a size of its own. */
  readonly size: number;
  /** A read before a write is a write. */
  readonly access: 'read' | 'write';
}

/** A decoded instruction as shown, or data between instructions; text in the assembler's own syntax, "??" where nothing can be read. */
export interface CodeLine {
  readonly linear: number;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** `text` in pieces. */
  readonly parts: readonly CodePart[];
  /** Source line (1-based) that this came from, 0 if none, and the place of its text in `Source.files`. */
  readonly line: number;
  readonly file: number;
  /** Label at this address, '' if none. */
  readonly label: string;
}

/** Code around one instruction pointer. */
export interface CodeWindow {
  /** Linear address of the instruction that runs next in this world. */
  readonly current: number;
  readonly bits: 16 | 32;
  readonly lines: readonly CodeLine[];
  /** What that instruction is about to touch; null where nothing, and in the world that does not run. */
  readonly operand: DataAccess | null;
}

/** The instruction that ran, or tried to, in the tick before the present. */
export interface LastInstruction extends CodeLine {
  /** Title of the manual's section: SDM vol. 2. */
  readonly title: string;
  readonly access: DataAccess | null;
}

/** One bundle a display frame: everything that panels draw without asking. Buffers are transferred. */
export interface Frame {
  /** Counts frames of this host; a new one may show the same tick (an edit, another guest). */
  readonly serial: number;
  readonly tick: number;
  /** The first tick that can be gone back to: a moment from a file has no past. */
  readonly beginTick: number;
  /** The furthest tick that has been recorded; after `tick` lies the recorded future. */
  readonly endTick: number;
  readonly running: boolean;
  readonly stop: Stop;
  /** Bytes of the `cpu` part (arch/cpu-state.ts), now and one tick before (while running: the same); EFLAGS images with the status flags filled in. */
  readonly cpu: Uint8Array;
  readonly cpuBefore: Uint8Array;
  readonly eflags: number;
  readonly eflagsBefore: number;
  /** The current VMCS region (4096 bytes), null without one; and its guest-physical address in root's terms. */
  readonly vmcs: Uint8Array | null;
  /** Code of who runs now and, in VMX operation, of the other world. Null while running, but for speeds at which a reader can follow. */
  readonly code: CodeWindow | null;
  readonly otherCode: CodeWindow | null;
  /** Null at the beginning, and wherever `code` is. */
  readonly last: LastInstruction | null;
  /** Console bytes so far; `from` is the place of `bytes[0]` in the whole stream (a smaller `from` than last time rewinds it). */
  readonly console: { readonly from: number; readonly bytes: Uint8Array };
  /** Trace records (trace/schema.ts) numbered from `first`; `recorded` is how many there are now (a smaller number than last time truncates). */
  readonly trace: { readonly first: number; readonly words: Int32Array; readonly recorded: number };
  /** As `trace`: what is frequent, from the machine's second ring. */
  readonly fine: FineRecords;
  /** VM exits up to now, by basic reason; VM entries that failed among them. */
  readonly exitCounts: Readonly<Record<number, number>>;
  /** The check that failed the last VM entry; null after a success. */
  readonly entryFailure: EntryFailure | null;
  /** A virtual machine of a host is there and paused: it is not waited for. */
  readonly isVmPaused: boolean;
  /** Instructions per second of wall time lately, 0 while paused. */
  readonly speed: number;
}

export interface EntryFailure {
  /** Row of arch/entry-checks.ts. */
  readonly check: string;
  /** Key of arch/vmcs-fields.ts; null where no single field is to blame. */
  readonly field: string | null;
  readonly value: number;
  readonly rule: string;
  readonly title: string;
}

export type Granularity = 'walk' | 'instruction' | 'exit';

export interface Breakpoints {
  /** Linear addresses of code. */
  readonly code: readonly number[];
  /** Basic exit reasons to stop at. */
  readonly exitReasons: readonly number[];
  /** Memory behind whose accesses a run stops; none where left out. */
  readonly data?: readonly Watchpoint[];
  /** Fields of the current VMCS, by encoding, behind whose changes a run stops, whoever makes them; edits apart. */
  readonly fields?: readonly number[];
  /** What devices do, behind which a run stops. */
  readonly events?: readonly DeviceEvent[];
}

/** `current`: as the CPU translates now. `guest`: as the current VMCS's guest would, though root runs. */
export type WalkContext = 'current' | 'guest';

/** An access whose translation is asked for. `isUser` null: as CPL says there. */
export interface WalkQuestion {
  readonly linear: number;
  readonly access: AccessKind;
  readonly context: WalkContext;
  readonly isUser: boolean | null;
}

/** How to come to a moment from the beginning, as JSON: small, where a saved moment is large. Read by nobody but a host, which checks it whole. */
export interface Recipe {
  readonly image: unknown;
  /** What differs from the usual machine; left out: as the program wants it. */
  readonly machine?: unknown;
  readonly tick: number;
  /** What came from outside: when, what, and its bytes as characters. */
  readonly inputs?: readonly (readonly [tick: number, kind: string, bytes: string])[];
  /** Fingerprint of the state there. */
  readonly hash?: string;
}

/** Trace records (trace/schema.ts), numbered from `first`. */
export interface TraceRecords {
  readonly first: number;
  readonly words: Int32Array;
}

/** Frequent records. A run at full speed makes more of them than are sent. */
export interface FineRecords extends TraceRecords {
  readonly recorded: number;
  /** Of what comes behind this tick, and up to that, all has been sent. */
  readonly from: number;
  readonly until: number;
}

/** Where a recipe led to. */
export interface Retraced {
  readonly loaded: Loaded;
  /** False: the state is not the one that the recipe was written at; the program, or the machine, has changed since. */
  readonly isExact: boolean;
}

export interface MachineHost {
  guests(): Promise<readonly GuestSummary[]>;
  /** Validates whole, then replaces the machine; on an error the old one stays. */
  load(request: LoadRequest): Promise<Loaded>;
  /** What keeps it from being loaded; nothing is loaded. */
  check(request: LoadRequest): Promise<readonly SourceProblem[]>;
  /** Every mnemonic of the assembler's. */
  instructions(): Promise<readonly InstructionHelp[]>;
  /** The instruction at a linear address, in small steps, read as code of so many bits (those of CS where left out); null where no whole one can be read. */
  steps(linear: number, context?: WalkContext, bits?: 16 | 32): Promise<InstructionSteps | null>;
  reset(): Promise<void>;
  /** Runs until something stops it, and at most to tick `until`; resolves at the stop. `instructionsPerSecond` 0 is as fast as it goes. */
  run(instructionsPerSecond?: number, until?: number): Promise<Stop>;
  pause(): Promise<Stop>;
  /** Steps forward: an instruction, an iteration of a repeated one or an event; for a halted CPU the whole wait. At granularity `exit` to the next VM exit,
   *  at `walk` behind the next instruction that did not find all its translations in the TLB. */
  step(count?: number, granularity?: Granularity): Promise<Stop>;
  back(count?: number, granularity?: Granularity): Promise<Stop>;
  /** Back to the last instant before the present at which one of the breakpoints would have stopped a run; to the beginning where there is none. */
  runBack(): Promise<Stop>;
  seek(tick: number): Promise<Stop>;
  setBreakpoints(breakpoints: Breakpoints): Promise<void>;
  /** Bytes for COM1, journalled at the present tick; in the past this forks. Where the machine hosts virtual machines, for that of the one in place `vm` (0). */
  input(text: string, vm?: number): Promise<void>;
  /** For the hosted hypervisor, journalled likewise. */
  command(command: Command): Promise<void>;
  /** Changes a register, memory or a field of the VMCS, journalled likewise. */
  edit(edit: Edit): Promise<void>;
  /** `isUser` left out: as CPL says there. */
  walk(linear: number, access: AccessKind, context: WalkContext, isUser?: boolean): Promise<WalkExplanation>;
  mappings(context: WalkContext): Promise<readonly MappingRange[]>;
  /** All address spaces at once, with what lies where. */
  map(context: WalkContext): Promise<MapView>;
  /** Every address by which the byte at one address is reached, and what is known of it. */
  reach(question: ReachQuestion): Promise<ReachView>;
  /** The translation tables, and the way of the access that `walk` would explain in them. */
  tables(request: TablesRequest & WalkQuestion): Promise<TablesView>;
  /** Every valid entry of the TLB. */
  tlb(): Promise<readonly TlbEntryView[]>;
  /** The TLB with what the tables say of its entries now, and what the last instant took from it. */
  tlbState(): Promise<TlbState>;
  /** This machine beside the same one with VPID the other way; null where no guest has run yet, and where this one goes on meanwhile. It is run as far, which lasts. */
  vpidStudy(access: StudiedAccess): Promise<VpidStudy | null>;
  /** Devices and virtual machines. */
  devices(): Promise<DeviceViews>;
  /** VMX operation: what exits and why it did, what VM entry would find; with `trial` also what that value of a field would change. Null outside of it. */
  vmx(trial?: FieldTrial): Promise<VmxView | null>;
  /** What would become of a DMA request of the function with this routing ID; null without an IOMMU. */
  dma(requester: number, address: number, isWrite: boolean): Promise<DmaWalk | null>;
  /** Bytes as seen through the present (or the guest's) translation, without side effects; null where nothing is mapped. */
  memory(linear: number, length: number, context: WalkContext): Promise<readonly (number | null)[]>;
  /** Memory around a place: its bytes, what they are, and after `recall` at this instant, how long ago they were touched. */
  memoryView(request: MemoryRequest): Promise<MemoryView>;
  /** Lives through the last `ticks` (10 000 at most) once more, to see which memory they touched; the present stays as it is. How many those were; null: the machine
   *  is wanted for something else. */
  recall(ticks: number): Promise<number | null>;
  /** The whole moment as a file, and back. */
  save(): Promise<Uint8Array>;
  restore(bytes: Uint8Array): Promise<Loaded>;
  /** The way to the present moment, for a link. */
  recipe(): Promise<Recipe>;
  /** Goes such a way, of any JSON value. On an error the old machine stays. */
  retrace(recipe: unknown): Promise<Retraced>;
  /** The trace, as far back as it is kept. */
  records(): Promise<TraceRecords>;
  /** What the networks have carried up to the furthest tick that is recorded, as a pcap file with virtual times. */
  capture(): Promise<Uint8Array>;
  hash(): Promise<string>;
  /** One listener for the host's life; the newest replaces the last. Called at most once a display frame while running, and at every stop. */
  subscribe(listener: (frame: Frame) => void): Promise<void>;
}

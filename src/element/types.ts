/** What an embedded machine can be asked, and what it tells. Types alone, which stand on nothing else. Addresses and registers are unsigned. */

/** How far a step goes, from fine to coarse. */
export type StepSize = 'reference' | 'walk' | 'instruction' | 'exit' | 'checkpoint';

export type AccessKind = 'read' | 'write' | 'fetch';

/** A linear address: a number, `v:0x401238`, `@label`, or `line 12` of the source. */
export type Address = number | string;

/** What the lens is to look at. */
export type LensTarget = Address | { readonly address: Address; readonly access?: AccessKind };

/** What to load: a guest of the catalogue, assembly source, or a file (an image, or a saved moment). */
export type Program =
  | { readonly guest: string }
  | { readonly source: string; readonly name?: string }
  | { readonly bytes: Uint8Array; readonly name: string };

/** Where a machine stands, and why. */
export interface Position {
  readonly tick: number;
  /** The furthest tick that has been recorded. */
  readonly endTick: number;
  readonly running: boolean;
  /** `loaded`, `step`, `pause`, `breakpoint`, `exit`, `seek`, `halt` ... */
  readonly reason: string;
  /** Exit status of `debug-exit`, null otherwise. */
  readonly exitCode: number | null;
}

/** The machine as it stands, as plain data: a copy, which does not change any more. */
export interface MachineState extends Position {
  /** Who runs: VMX root or non-root operation, or a processor outside VMX operation. */
  readonly world: 'processor' | 'root' | 'guest';
  /** By their names in the manual: `EAX`, `EIP`, `EFLAGS`, `CR3`, selectors as `CS`. */
  readonly registers: Readonly<Record<string, number>>;
  /** Fields of the current VMCS by the keys that lessons use (`exitReason`); those of 64 bits as bigint. Null without one. */
  readonly vmcs: Readonly<Record<string, number | bigint>> | null;
  /** What the console shows. */
  readonly console: string;
}

/** A VM exit. */
export interface ExitDetail {
  readonly tick: number;
  /** Basic exit reason, and its name in the manual. */
  readonly reason: number;
  readonly name: string;
  readonly qualification: number;
}

/** A page walk that was made. */
export interface WalkDetail {
  readonly tick: number;
  readonly linear: number;
  readonly access: AccessKind;
  /** Entries read. */
  readonly references: number;
  readonly outcome: 'ok' | 'page fault' | 'EPT violation' | 'EPT misconfiguration';
  /** The guest-physical address that it led to; of one that was refused, the one that could not be translated. */
  readonly physical: number;
}

/** Something at the TLB. */
export interface TlbDetail {
  readonly tick: number;
  readonly kind: 'fill' | 'eviction' | 'flush';
  /** Of the page; null where a flush is not about one. */
  readonly linear: number | null;
  /** Null for a flush. */
  readonly host: number | null;
  readonly vpid: number;
  /** Entries that went, of a flush; else 1. */
  readonly count: number;
  /** What a flush was about: `context`, `address`, `INVVPID` ...; null for the others. */
  readonly scope: string | null;
}

/** A device reached for memory by itself. */
export interface DmaDetail {
  readonly tick: number;
  /** Routing ID on the PCI bus. */
  readonly requester: number;
  readonly operation: 'read' | 'write' | 'refused read' | 'refused write';
  /** On the bus: an IOVA where there is an IOMMU. */
  readonly address: number;
  readonly size: number;
}

/** What the lens looks at. */
export interface LensDetail {
  readonly address: number;
  readonly access: AccessKind;
  /** It stays there; otherwise it follows the machine. */
  readonly pinned: boolean;
}

/** Somebody is about to change the machine by hand. */
export interface ChangeDetail {
  readonly tick: number;
  readonly kind: 'register' | 'memory' | 'vmcs' | 'source' | 'input' | 'command';
  /** `EAX`, `v:0x401238`, the key of a VMCS field, the name of a program, `COM1`. */
  readonly target: string;
}

/** A step of the lesson is done. */
export interface CheckpointDetail {
  readonly tick: number;
  readonly lesson: string;
  /** From 1, of so many. */
  readonly step: number;
  readonly steps: number;
  /** The reader's answer, and the machine's, to the question of the step: number of a choice from 0, or a number; null where there is none. */
  readonly answer: number | null;
  readonly machine: number | null;
}

/** The reader is about to answer a question. */
export interface AnswerDetail {
  readonly lesson: string;
  readonly step: number;
  /** Number of a choice from 0, or a number. */
  readonly answer: number;
}

/** How large the element is, in CSS pixels; and how high it would have to be for nothing to be scrolled. */
export interface ResizeDetail {
  readonly width: number;
  readonly height: number;
  readonly wanted: number;
}

/** What went wrong, in a sentence, and what to do about it. */
export interface TroubleDetail {
  readonly message: string;
  readonly hint: string;
}

/** What has happened up to the furthest tick, as far back as it is kept, each list in order. */
export interface Trace {
  readonly exits: readonly ExitDetail[];
  readonly walks: readonly WalkDetail[];
  readonly tlb: readonly TlbDetail[];
  readonly dma: readonly DmaDetail[];
}

/** Where a run stops. */
export interface StopPlaces {
  /** Linear addresses of code. */
  readonly code: readonly number[];
  /** Basic exit reasons. */
  readonly exits: readonly number[];
  /** Memory, behind whose accesses it stops. */
  readonly memory: readonly WatchedMemory[];
}

export interface WatchedMemory {
  readonly space: 'v' | 'g' | 'h';
  readonly address: number;
  readonly length: number;
  readonly access: 'read' | 'write' | 'any';
}

/** How far a run is to go. It ends earlier where the machine does. */
export type RunTo =
  | { readonly tick: number }
  /** Of an instruction. */
  | { readonly address: Address }
  /** Basic exit reason, or any exit. */
  | { readonly exit: number | 'any' }
  | { readonly touch: WatchedMemory };

/** One access through the tables as they are now; nothing is changed by asking. */
export interface Translation {
  readonly linear: number;
  readonly access: AccessKind;
  /** Null without EPT, or where the guest's own tables refuse. */
  readonly guestPhysical: number | null;
  readonly host: number | null;
  readonly outcome: WalkDetail['outcome'];
  /** The bit that refused: `W = 0`; null where nothing did. */
  readonly missing: string | null;
  /** Every entry read, in order. */
  readonly references: readonly { readonly table: string; readonly host: number; readonly entry: bigint }[];
  readonly tlb: 'hit' | 'miss' | 'refused' | 'unused';
  /** Sixteen bytes from there on; null where nothing is mapped. */
  readonly bytes: readonly (number | null)[];
}

/** What this machine can do and show. */
export interface Capabilities {
  /** Guests of the catalogue. */
  readonly guests: readonly string[];
  /** Scenes that have something to show of the program that is loaded. */
  readonly scenes: readonly string[];
  readonly granularities: readonly StepSize[];
  /** `virtio`, `pci`, `iommu`, `balloon`, `vms`: what the machine has. */
  readonly devices: readonly string[];
  /** Whether the reader may change it. */
  readonly editable: boolean;
}

/** Events of `<glass-visor>`; all bubble and are composed. `gv-lens` of the reader or the page, `gv-change` and `gv-answer` come before the act and can be cancelled. */
export interface GlassVisorEvents {
  'gv-ready': CustomEvent<{ readonly name: string; readonly place: 'worker' | 'page' }>;
  'gv-stop': CustomEvent<Position>;
  'gv-tick': CustomEvent<Position>;
  'gv-exit': CustomEvent<ExitDetail>;
  'gv-walk': CustomEvent<WalkDetail>;
  'gv-tlb': CustomEvent<TlbDetail>;
  'gv-dma': CustomEvent<DmaDetail>;
  'gv-lens': CustomEvent<LensDetail>;
  'gv-change': CustomEvent<ChangeDetail>;
  'gv-checkpoint': CustomEvent<CheckpointDetail>;
  'gv-answer': CustomEvent<AnswerDetail>;
  'gv-error': CustomEvent<TroubleDetail>;
  'gv-resize': CustomEvent<ResizeDetail>;
}

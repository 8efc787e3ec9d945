/** The bytes of one virtual machine: everything about it that is neither in its VMCS, its EPT, its memory, nor its devices. */
import * as w from '../arch/cpu-state.ts';
import { layout } from '../base/layout.ts';

/** What a virtual machine is doing. `ready`: it runs when it is its turn. `halted`: HLT, until an interrupt. `waiting`: for host memory. */
export const VM_STATUSES = ['empty', 'ready', 'halted', 'waiting', 'stopped'] as const;
export type VmStatus = (typeof VM_STATUSES)[number];

/** Why a virtual machine is stopped for good. `halt`: HLT with interrupts off. `entry`: the processor refused its state. `emulation`: an instruction that
 *  touched a device cannot be emulated. `exit`: an exit that was not asked for. */
export const VM_STOPS = [
  'none',
  'halt',
  'tripleFault',
  'debugExit',
  'reset',
  'entry',
  'hostMemory',
  'emulation',
  'taskSwitch',
  'exit',
  'shutdown',
] as const;
export type VmStop = (typeof VM_STOPS)[number];

/** Which hypervisor the guest believes to be on. */
export const FACES = ['none', 'kvm', 'xen', 'hyperv', 'vmware'] as const;
export type FaceName = (typeof FACES)[number];

/** Registers that the hypervisor itself moves, in the order of `registers`. ESP is the VMCS's. */
export const SAVED_WORDS: readonly number[] = [
  w.EAX,
  w.ECX,
  w.EDX,
  w.EBX,
  w.ESP,
  w.EBP,
  w.ESI,
  w.EDI,
  w.CR2,
  w.DR0,
  w.DR1,
  w.DR2,
  w.DR3,
  w.DR6,
];

/** Basic exit reasons are below this number. */
export const EXIT_REASON_COUNT = 72;

export const VM_LAYOUT = layout({
  status: 'u8',
  isPaused: 'u8',
  stop: 'u8',
  face: 'u8',
  /** Number of the image that it was started from. */
  image: 'u8',
  /** VMLAUNCH has succeeded since the last VMCLEAR. */
  isLaunched: 'u8',
  /** EFLAGS.IF when it executed HLT. */
  isOpen: 'u8',
  /** Its identical pages may be shared. */
  isMergeable: 'u8',
  /** Its balloon was asked for pages, and nothing has come of it yet. */
  isAsked: 'u8',
  /** Status of the debug exit; the check that refused an entry; the reason of an exit that was not asked for. */
  detail: 'u32',
  /** Host addresses: its VMCS, the root of its EPT. */
  vmcs: 'u32',
  eptRoot: 'u32',
  /** Its disk: the frame with the table of its pages (0: none), its size, and sectors that were written and found no frame. */
  diskTable: 'u32',
  diskSectors: 'u32',
  lostSectors: 'u32',
  /** Guest-physical memory from address 0, in pages. */
  ramPages: 'u32',
  registers: ['u32', SAVED_WORDS.length],
  /** The event that the next VM entry injects, as in the VMCS. */
  eventInfo: 'u32',
  eventError: 'u32',
  eventLength: 'u32',
  /** Its TSC reads ticks plus this, low and high word. */
  tscLow: 'u32',
  tscHigh: 'u32',
  /** Tick at which it was created. */
  bornAt: 'f64',

  // Schedule
  weight: 'u32',
  /** Per cent of the processor that it may have; 0: no cap. */
  cap: 'u32',
  /** Ticks it has run, over its weight: who has least is next. */
  virtualTime: 'f64',
  /** Ticks it has run in the present period. */
  usedInPeriod: 'f64',

  // Memory
  /** Frames that are its own; shared pages that it maps; pages that it has given back. */
  ownPages: 'u32',
  sharedPages: 'u32',
  ballooned: 'u32',
  /** What the balloon should hold, in pages; how much of that was asked from outside and not by the hypervisor's own policy; and when it was last asked, or gave. */
  balloonTarget: 'u32',
  balloonAsked: 'u32',
  balloonAskedAt: 'f64',
  /** Pages that it was asked for and has not given yet. What it takes back when it has none is no debt. */
  balloonDue: 'u32',
  /** Pages touched in the last period, by the accessed flags of its EPT; and the estimate of its working set that is made of them. */
  touchedPages: 'u32',
  workingSet: 'u32',

  // Paravirtual faces: registers of their own, by number of faces/*.ts
  faceRegisters: ['u32', 16],

  // Meter
  instructions: 'f64',
  entries: 'f64',
  /** Ticks of the hypervisor on its account. */
  rootTicks: 'f64',
  /** Ticks in HLT, and since when; ticks it waited for host memory, and since when. */
  haltedTicks: 'f64',
  waitTicks: 'f64',
  restsSince: 'f64',
  /** Frames in use times ticks, up to `pagesAt`. */
  pageTicks: 'f64',
  pagesAt: 'f64',
  /** Bytes through ports, and through windows of devices in memory. */
  portBytesIn: 'f64',
  portBytesOut: 'f64',
  mmioBytes: 'f64',
  /** Bytes that its devices have read from its memory, and written to it. */
  dmaBytesRead: 'f64',
  dmaBytesWritten: 'f64',
  /** Length of what it has written to its consoles. */
  consoleLength: 'f64',
  demandFaults: 'u32',
  copies: 'u32',
  injections: 'u32',
  exits: ['u32', EXIT_REASON_COUNT],
});

export type VmState = ReturnType<typeof VM_LAYOUT.view>;

/** Commands that may wait, and words of one (commands.ts). */
export const COMMAND_CAPACITY = 16;
export const COMMAND_WORDS = 8;

/** The schedule and the book-keeping of the whole hypervisor. */
export const VMM_LAYOUT = layout({
  /** 0: a guest runs, or the CPU is on its way. 1: the exit has been handled, the ticks of the hypervisor pass. 2: nobody can run before `readyAt`. */
  phase: 'u8',
  /** Number of the virtual machine that runs or ran last, plus 1. */
  current: 'u8',
  /** Whose VMCS is the current one, plus 1. */
  loaded: 'u8',
  /** Of the machine's console: who wrote last, plus 1, and whether that was a line's end. */
  consoleOwner: 'u8',
  isLineStart: 'u8',
  /** Tick of the last VM entry; and from which on the next may come. */
  enteredAt: 'f64',
  readyAt: 'f64',
  /** Tick at which the present slice ends, and the present period. */
  sliceEnd: 'f64',
  periodEnd: 'f64',
  /** Ticks in which nobody could run; those of virtual machines that are gone; and the tick up to which all are accounted for. */
  idleTicks: 'f64',
  goneTicks: 'f64',
  accountedAt: 'f64',
  hostInterrupts: 'u32',
  invalidations: 'u32',
  merged: 'u32',
  created: 'u32',
  /** What was asked from outside and not yet done: a queue of COMMAND_WORDS words each. */
  commandHead: 'u32',
  commandCount: 'u32',
  commands: ['u32', COMMAND_CAPACITY * COMMAND_WORDS],
  /** Tick from which on each is to be done. */
  commandTimes: ['f64', COMMAND_CAPACITY],
});

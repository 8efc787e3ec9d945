/** VMCS fields that somebody watches from outside: no state of the machine, and nothing that its guest could see. Whoever sets a field of the current VMCS does so
 *  through `Vmcs.set`, off every fast path; a store of software into the region itself is none, as its result is undefined. */
import { ACTIVITY, BASE, CS, EIP, NON_ROOT, VMCS_POINTER } from '../arch/cpu-state.ts';
import { EXIT, exitReason } from '../arch/exit-reasons.ts';
import { FIELD, fieldOffset, fieldWidth } from '../arch/vmcs-fields.ts';
import type { Bus } from '../memory/bus.ts';
import type { Vmx } from './vmx.ts';

/** Who changed a field: an instruction (VMWRITE, or any that ends in VMfail), a VM exit, a VM entry that failed, or the hosted hypervisor. */
export type FieldWriter = 'instruction' | 'exit' | 'entry' | 'hypervisor';

/** What met a watched field. */
export interface FieldChange {
  readonly encoding: number;
  /** Its words, unsigned, the high one first. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly by: FieldWriter;
  /** Linear address of the instruction that wrote, or that the guest was at; null for the hosted hypervisor. */
  readonly linear: number | null;
  /** Basic reason, of an exit and of a failed entry; else null. */
  readonly exitReason: number | null;
  /** Address of the VMCS region. */
  readonly region: number;
}

type Started = Omit<FieldChange, 'after' | 'exitReason'>;

/** The watched fields of one processor. */
export class FieldStops {
  /** Whether anything is noted. Not in a replay. */
  isArmed = false;
  /** The first that changed since `rearm`. */
  changed: FieldChange | null = null;
  /** Called at once when one may have changed. */
  onSet: () => void = () => {};
  /** Fields that are being set, with what they held: an exit sets some more than once. */
  private started: Started[] = [];
  private watched: ReadonlySet<number> = new Set();
  private readonly vmx: Vmx;
  private readonly bus: Bus;
  private readonly words: Int32Array;

  constructor(vmx: Vmx) {
    this.vmx = vmx;
    this.bus = vmx.cpu.bus;
    this.words = vmx.cpu.words;
  }

  /** Watches these fields alone, by their encodings. */
  watch(encodings: readonly number[]): void {
    this.watched = new Set(encodings);
    this.vmx.vmcs.beforeSet = encodings.length === 0 ? null : (encoding) => this.note(encoding & ~1);
  }

  /** A run begins. */
  rearm(isArmed: boolean): void {
    this.isArmed = isArmed;
    this.changed = null;
    this.started = [];
  }

  /** Whether one has changed up to now. */
  settle(): boolean {
    for (const started of this.started) {
      const after = this.read(started);
      if (this.changed !== null || after.every((word, i) => word === started.before[i])) continue;
      const reason = this.bus.read32(started.region + fieldOffset(FIELD.exitReason)) & 0xffff;
      const isExit = (started.by === 'exit' || started.by === 'entry') && exitReason(reason) !== null;
      this.changed = { ...started, after, exitReason: isExit ? reason : null };
    }
    this.started = [];
    return this.changed !== null;
  }

  private note(encoding: number): void {
    if (!this.isArmed || this.changed !== null || !this.watched.has(encoding)) return;
    const region = this.words[VMCS_POINTER] >>> 0;
    if (this.started.some((other) => other.encoding === encoding && other.region === region)) return;
    const by = this.writerOf(encoding);
    const linear = by === 'hypervisor' ? null : (this.words[CS + BASE] + this.words[EIP]) >>> 0;
    this.started.push({ encoding, before: this.read({ encoding, region }), by, linear, region });
    this.onSet();
  }

  /** In root operation a processor at work runs an instruction; one that is halted has the hosted hypervisor behind its HLT. VMLAUNCH and VMRESUME set the
   *  VM-instruction error, or end like an exit. */
  private writerOf(encoding: number): FieldWriter {
    if (this.words[NON_ROOT] !== 0) return 'exit';
    if (this.words[ACTIVITY] !== 0) return 'hypervisor';
    const { exits } = this.vmx.cpu.insn.row;
    const isEntry = exits === EXIT.vmlaunch || exits === EXIT.vmresume;
    return isEntry && encoding !== FIELD.vmInstructionError ? 'entry' : 'instruction';
  }

  private read({ encoding, region }: Pick<FieldChange, 'encoding' | 'region'>): readonly number[] {
    const at = region + fieldOffset(encoding);
    const width = fieldWidth(encoding);
    if (width === 16) return [this.bus.read16(at)];
    const low = this.bus.read32(at) >>> 0;
    return width === 64 ? [this.bus.read32(at + 4) >>> 0, low] : [low];
  }
}

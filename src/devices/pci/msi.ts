/** Message signalled interrupts: an interrupt is a dword written to memory. PCI Local Bus Specification 3.0, "Message Signaled Interrupts". */
import {
  MSI,
  MSI_ADDRESS,
  MSI_CONTROL,
  MSI_DATA,
  MSI_ENABLE,
  MSI_MASK,
  MSI_PENDING,
  MSIX,
  MSIX_CONTROL,
  MSIX_ENABLE,
  MSIX_ENTRY_SIZE,
  MSIX_MASK_ALL,
  MSIX_PBA,
  MSIX_TABLE,
} from '../../arch/pci.ts';
import type { ArrayField } from '../../base/layout.ts';
import type { ConfigSpace, ConfigTemplate } from './config-space.ts';

/** Writes a message; `address` is 64 bits wide, `data` unsigned. */
export type SendMessage = (address: number, data: number) => void;

const ENTRY_WORDS = MSIX_ENTRY_SIZE / 4;
const VECTOR_MASKED = 1 << 0;
/** Vector control is the last dword of an entry. */
const CONTROL = 3;

/** Adds an MSI capability that would like 2^`log2Vectors` vectors. */
export function addMsi(template: ConfigTemplate, log2Vectors: number): void {
  const offset = template.add(MSI);
  // 64-bit address, per-vector masking.
  template.set(offset + MSI_CONTROL, 2, (log2Vectors << 1) | (1 << 7) | (1 << 8));
}

/** MSI over a function's configuration space. All its state is there. */
export class Msi {
  private readonly config: ConfigSpace;
  private readonly offset: number;
  private readonly send: SendMessage;

  constructor(config: ConfigSpace, offset: number, send: SendMessage) {
    this.config = config;
    this.offset = offset;
    this.send = send;
  }

  get isEnabled(): boolean {
    return (this.config.get16(this.offset + MSI_CONTROL) & MSI_ENABLE) !== 0;
  }

  /** Sends vector `vector`, folded into those that software gave; a masked one waits as a pending bit. */
  signal(vector: number): void {
    const { config, offset } = this;
    const given = 1 << Math.min((config.get16(offset + MSI_CONTROL) >> 4) & 7, 5);
    const number = vector % given;
    if (config.get32(offset + MSI_MASK) & (1 << number)) {
      config.set32(offset + MSI_PENDING, config.get32(offset + MSI_PENDING) | (1 << number));
    } else {
      const address = config.get32(offset + MSI_ADDRESS) + config.get32(offset + MSI_ADDRESS + 4) * 2 ** 32;
      this.send(address, (config.get16(offset + MSI_DATA) & -given & 0xffff) | number);
    }
  }

  /** Sends what waits and is not masked any more. */
  afterWrite(): void {
    if (!this.isEnabled) return;
    const { config, offset } = this;
    const free = config.get32(offset + MSI_PENDING) & ~config.get32(offset + MSI_MASK);
    if (free === 0) return;
    config.set32(offset + MSI_PENDING, config.get32(offset + MSI_PENDING) & ~free);
    for (let vector = 0; vector < 32; vector++) if (free & (1 << vector)) this.signal(vector);
  }
}

/** Where a function has its MSI-X table and pending bits. */
export interface MsixPlacement {
  /** 1 to 2048. */
  readonly vectors: number;
  readonly bar: number;
  /** Offsets in the BAR, multiples of 8. */
  readonly table: number;
  readonly pending: number;
}

/** Adds an MSI-X capability. */
export function addMsix(template: ConfigTemplate, place: MsixPlacement): void {
  const offset = template.add(MSIX);
  template.set(offset + MSIX_CONTROL, 2, place.vectors - 1);
  template.set(offset + MSIX_TABLE, 4, place.table | place.bar);
  template.set(offset + MSIX_PBA, 4, place.pending | place.bar);
}

/** Words of state for the table and for the pending bits of `vectors` vectors. */
export function msixWords(vectors: number): { readonly table: number; readonly pending: number } {
  return { table: vectors * ENTRY_WORDS, pending: 2 * Math.ceil(vectors / 64) };
}

/** MSI-X: a table of messages in a BAR, whose state is the function's. */
export class Msix {
  readonly place: MsixPlacement;
  private readonly config: ConfigSpace;
  private readonly offset: number;
  private readonly table: ArrayField;
  private readonly pending: ArrayField;
  private readonly send: SendMessage;

  constructor(config: ConfigSpace, place: MsixPlacement, state: { table: ArrayField; pending: ArrayField }, send: SendMessage) {
    this.place = place;
    this.config = config;
    this.offset = config.find(MSIX.id) ?? 0;
    this.table = state.table;
    this.pending = state.pending;
    this.send = send;
    this.reset();
  }

  get isEnabled(): boolean {
    return (this.config.get16(this.offset + MSIX_CONTROL) & MSIX_ENABLE) !== 0;
  }

  /** Every vector masked, none pending. */
  reset(): void {
    for (let i = 0; i < this.table.length; i++) this.table.set(i, i % ENTRY_WORDS === CONTROL ? VECTOR_MASKED : 0);
    for (let i = 0; i < this.pending.length; i++) this.pending.set(i, 0);
  }

  /** Sends `vector`, or sets its pending bit while it or the function is masked. A vector that does not exist is none. */
  signal(vector: number): void {
    if (vector >= this.place.vectors) return;
    if (this.isMasked(vector)) this.setPending(vector, true);
    else this.sendVector(vector);
  }

  /** Sends what waits and is not masked any more: after a write to the capability. */
  afterWrite(): void {
    if (this.isEnabled) for (let vector = 0; vector < this.place.vectors; vector++) this.flush(vector);
  }

  /** Whether offset `offset` of BAR `bar` is in the table or in the pending bits. */
  covers(bar: number, offset: number): boolean {
    const { place } = this;
    return bar === place.bar && (isIn(offset, place.table, this.table.length) || isIn(offset, place.pending, this.pending.length));
  }

  read(offset: number, size: number): number {
    const { table, pending } = this.place;
    const isTable = isIn(offset, table, this.table.length);
    const word = isTable ? this.table.at((offset - table) >> 2) : this.pending.at((offset - pending) >> 2);
    return (word >>> (8 * (offset & 3))) % 2 ** (8 * size);
  }

  /** Only whole dwords count; the pending bits are read-only. "Use of other sizes is undefined." */
  write(offset: number, size: number, value: number): void {
    const { table } = this.place;
    if (size !== 4 || !isIn(offset, table, this.table.length)) return;
    const word = (offset - table) >> 2;
    const field = word % ENTRY_WORDS;
    this.table.set(word, field === CONTROL ? value & VECTOR_MASKED : field === 0 ? value & ~3 : value);
    if (field === CONTROL && this.isEnabled) this.flush(Math.floor(word / ENTRY_WORDS));
  }

  private isMasked(vector: number): boolean {
    const isAllMasked = (this.config.get16(this.offset + MSIX_CONTROL) & MSIX_MASK_ALL) !== 0;
    return isAllMasked || (this.table.at(ENTRY_WORDS * vector + CONTROL) & VECTOR_MASKED) !== 0;
  }

  private flush(vector: number): void {
    if ((this.pending.at(vector >> 5) & (1 << (vector & 31))) === 0 || this.isMasked(vector)) return;
    this.setPending(vector, false);
    this.sendVector(vector);
  }

  private setPending(vector: number, isPending: boolean): void {
    const bit = 1 << (vector & 31);
    const word = this.pending.at(vector >> 5);
    this.pending.set(vector >> 5, isPending ? word | bit : word & ~bit);
  }

  private sendVector(vector: number): void {
    const at = ENTRY_WORDS * vector;
    this.send(this.table.at(at) + this.table.at(at + 1) * 2 ** 32, this.table.at(at + 2));
  }
}

function isIn(offset: number, base: number, words: number): boolean {
  return offset >= base && offset < base + 4 * words;
}

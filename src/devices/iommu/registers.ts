import { FAULT_RECORDS, VTD_FRCD, VTD_REGISTERS, VTD_REGISTER_BYTES, type VtdRegister } from '../../arch/vtd.ts';

const WORDS = VTD_REGISTER_BYTES / 4;
const INITIAL = new Uint32Array(WORDS);
const WRITABLE = new Uint32Array(WORDS);
const CLEARS = new Uint32Array(WORDS);

const ROWS: readonly VtdRegister[] = VTD_REGISTERS;
for (const { offset, size, initial, writable, clears } of ROWS) {
  for (let half = 0; half < size / 4; half++) {
    const at = offset / 4 + half;
    INITIAL[at] = initial?.[half] ?? 0;
    WRITABLE[at] = writable?.[half] ?? 0;
    CLEARS[at] = clears?.[half] ?? 0;
  }
}
// Software can only clear a fault record.
for (let record = 0; record < FAULT_RECORDS; record++) CLEARS[recordAt(record) / 4 + 3] = 0x8000_0000;

/** Offset of fault record `record`. */
export function recordAt(record: number): number {
  return VTD_FRCD + 16 * record;
}

/** The unit's registers as dwords, under the masks of their table. */
export class RegisterFile {
  readonly words: Uint32Array;

  /** `words` are part of the unit's state, VTD_REGISTER_BYTES long. */
  constructor(words: Uint32Array) {
    this.words = words;
  }

  reset(): void {
    this.words.set(INITIAL);
  }

  get(offset: number): number {
    return this.words[offset / 4];
  }

  /** The unit's own hand: no mask holds. */
  set(offset: number, value: number): void {
    this.words[offset / 4] = value;
  }

  setBits(offset: number, bits: number): void {
    this.words[offset / 4] |= bits;
  }

  clearBits(offset: number, bits: number): void {
    this.words[offset / 4] &= ~bits;
  }

  has(offset: number, bit: number): boolean {
    return (this.words[offset / 4] & bit) !== 0;
  }

  /** As software writes the dword at `offset`. */
  write(offset: number, value: number): void {
    const at = offset / 4;
    this.words[at] = ((this.words[at] & ~WRITABLE[at]) | (value & WRITABLE[at])) & ~(value & CLEARS[at]);
  }
}

/** A named run of bits in a register or table entry: what a panel spells out and what a table of this folder lists. */
export interface BitField {
  /** The manual's abbreviation: `PE`, `IOPL`. */
  readonly name: string;
  /** Lowest bit. */
  readonly bit: number;
  /** Bits; 1 where left out. */
  readonly width?: number;
  /** One clause, without a full stop. */
  readonly meaning: string;
}

/** The value of `field` in `value` (its low 32 bits), unsigned. */
export function extractField(field: BitField, value: number): number {
  const width = field.width ?? 1;
  return (value >>> field.bit) & (width === 32 ? -1 : (1 << width) - 1);
}

/** The bits that `fields` cover, as an int32 mask. */
export function maskOf(fields: readonly BitField[]): number {
  return fields.reduce((mask, f) => mask | (((f.width ?? 1) === 32 ? -1 : (1 << (f.width ?? 1)) - 1) << f.bit), 0);
}

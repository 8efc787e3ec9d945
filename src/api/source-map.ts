/** Addresses -> the source that was assembled there: lines, labels, and which bytes are data. */
import type { Loaded } from './protocol.ts';

/** Bytes that one source line has made, from `from` up to but not including `to`. */
export interface SourceRange {
  readonly from: number;
  readonly to: number;
  /** Place in `Source.files`, and line from 1. */
  readonly file: number;
  readonly line: number;
  readonly isData: boolean;
}

export class SourceMap {
  /** In order of addresses. */
  private readonly ranges: readonly SourceRange[];
  private readonly labels: ReadonlyMap<number, string>;

  constructor({ symbols, source }: Pick<Loaded, 'symbols' | 'source'>) {
    this.labels = new Map(Object.entries(symbols).map(([name, linear]) => [linear >>> 0, name]));
    this.ranges = (source?.files ?? [])
      .flatMap(({ lines }, file) =>
        lines.map(({ linear, length, line, isData }) => ({ from: linear >>> 0, to: (linear >>> 0) + length, file, line, isData })),
      )
      .sort((a, b) => a.from - b.from);
  }

  labelAt(linear: number): string | null {
    return this.labels.get(linear >>> 0) ?? null;
  }

  /** What made the byte at `linear`. */
  rangeAt(linear: number): SourceRange | null {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ranges[middle].from <= linear) low = middle + 1;
      else high = middle;
    }
    const range = this.ranges[low - 1];
    return range !== undefined && linear < range.to ? range : null;
  }

  /** Whether something is known to begin at `linear`: a label, or what a line has made. */
  isBeginning(linear: number): boolean {
    return this.labels.has(linear) || this.rangeAt(linear)?.from === linear;
  }
}

import type { ArrayField } from '../../base/layout.ts';

/** 256 bits, one for each vector, as ISR, TMR and IRR are: eight dwords. */
export class VectorSet {
  private readonly words: ArrayField;

  constructor(words: ArrayField) {
    this.words = words;
  }

  has(vector: number): boolean {
    return (this.words.at(vector >> 5) & (1 << (vector & 31))) !== 0;
  }

  set(vector: number, isIn: boolean): void {
    const bit = 1 << (vector & 31);
    const word = this.words.at(vector >> 5);
    this.words.set(vector >> 5, isIn ? word | bit : word & ~bit);
  }

  /** The largest vector in it, -1 if it is empty. */
  highest(): number {
    for (let i = 7; i >= 0; i--) {
      const word = this.words.at(i);
      if (word !== 0) return 32 * i + 31 - Math.clz32(word);
    }
    return -1;
  }
}

import { assert } from '../base/assert.ts';

/** Something that came from outside: the only thing that a replay cannot work out for itself. */
export interface Input {
  /** The instant at which it came: after everything that happened before this tick, before the instruction that begins at it. */
  readonly tick: number;
  /** What it is, in the machine's words: `com1`, `keyboard`. Not empty, at most 64 characters. */
  readonly kind: string;
  readonly payload: Uint8Array;
}

/** All inputs of one history, in the order in which they came. */
export class Journal {
  private readonly inputs: Input[] = [];

  /** `inputs` in ascending order of tick. */
  constructor(inputs: Iterable<Input> = []) {
    for (const input of inputs) this.append(input);
  }

  get length(): number {
    return this.inputs.length;
  }

  /** Tick of input number `index`, Infinity past the last one. */
  tickAt(index: number): number {
    return index < this.inputs.length ? this.inputs[index].tick : Number.POSITIVE_INFINITY;
  }

  /** Inputs from number `index` on. */
  from(index: number): readonly Input[] {
    return this.inputs.slice(index);
  }

  /** Input number `index`, 0 <= index < length. */
  at(index: number): Input {
    return this.inputs[index];
  }

  /** Adds the newest input; the payload is copied. */
  append({ tick, kind, payload }: Input): void {
    const last = this.inputs.at(-1)?.tick ?? 0;
    assert(tick >= last, 'inputs are journalled in the order in which they came');
    this.inputs.push({ tick, kind, payload: payload.slice() });
  }

  /** Forgets the inputs from number `index` on: another history begins there. */
  cut(index: number): void {
    this.inputs.length = Math.min(index, this.inputs.length);
  }
}

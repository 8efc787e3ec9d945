/** Code around an instruction pointer, as lines. What stands before it has to be guessed, for instructions have no marks: decoding begins at a place from which
 *  it arrives exactly at the pointer, and goes on from there as long as the pointer stays inside, so that the listing does not jump at each step. */
import { decode } from '../isa/decode.ts';
import type { Insn } from '../isa/insn.ts';
import { accessOf, partsOf } from './instruction.ts';
import type { CodeLine, CodeWindow, LastInstruction, Loaded } from './protocol.ts';

/** Bytes of memory by linear address, null where nothing is mapped. */
export type Peek = (linear: number, length: number) => readonly (number | null)[];

export interface CodeView {
  /** Base of CS, default size of its code, and EIP. */
  readonly base: number;
  readonly bits: 16 | 32;
  readonly eip: number;
  readonly peek: Peek;
  /** The `cpu` part's words, for operands; null in the world that does not run. */
  readonly words: Int32Array | null;
}

const BEFORE = 96;
const AFTER = 160;
/** Lines that must remain below the pointer for a window to be kept. */
const MARGIN = 4;

/** Makes windows for one world, and remembers where the last one began. */
export class CodeWindows {
  private start = -1;
  private readonly labels: ReadonlyMap<number, string>;
  private readonly lines: ReadonlyMap<number, { readonly file: number; readonly line: number }>;

  constructor(loaded: Pick<Loaded, 'symbols' | 'source'>) {
    this.labels = new Map(Object.entries(loaded.symbols).map(([name, linear]) => [linear >>> 0, name]));
    const files = loaded.source?.files ?? [];
    this.lines = new Map(files.flatMap(({ lines }, file) => lines.map(({ linear, line }) => [linear >>> 0, { file, line }] as const)));
  }

  window(view: CodeView): CodeWindow {
    const current = (view.base + view.eip) >>> 0;
    const isNear = this.start >= 0 && current >= this.start && current - this.start < BEFORE + AFTER;
    let lines = isNear ? this.list(view, this.start) : [];
    const at = lines.findIndex((l) => l.linear === current);
    if (at < 0 || at > lines.length - MARGIN) {
      this.start = this.begin(view, current);
      lines = this.list(view, this.start);
    }
    const insn = view.words ? decode(known(view.peek(current, 16), 0), 0, view.bits) : null;
    return { current, bits: view.bits, lines, operand: insn && view.words ? accessOf(insn, view.words) : null };
  }

  /** The instruction at the pointer, and what it touches; null where no code is mapped. */
  instruction(view: CodeView): LastInstruction | null {
    const linear = (view.base + view.eip) >>> 0;
    const bytes = known(view.peek(linear, 16), 0);
    const insn = bytes.length > 0 ? decode(bytes, 0, view.bits) : null;
    return insn ? { ...this.line(view, linear, bytes, insn), access: view.words ? accessOf(insn, view.words) : null } : null;
  }

  /** A linear address before `current` from which decoding arrives at it: the furthest of those with the likeliest listing. */
  private begin(view: CodeView, current: number): number {
    const from = Math.max(0, current - BEFORE);
    const bytes = view.peek(from, current - from + 16);
    let best = current;
    for (let start = from; start < current; start++) {
      if (!arrives(bytes, start - from, current - from, view.bits)) continue;
      // A source line or a label is where an instruction does begin.
      if (this.lines.has(start) || this.labels.has(start)) return start;
      if (best === current) best = start;
    }
    return best;
  }

  private list(view: CodeView, start: number): CodeLine[] {
    const bytes = view.peek(start, BEFORE + AFTER + 16);
    const lines: CodeLine[] = [];
    for (let at = 0; at < BEFORE + AFTER; ) {
      const raw = known(bytes, at);
      const insn = raw.length > 0 ? decode(raw, 0, view.bits) : null;
      if (insn === null) break;
      lines.push(this.line(view, (start + at) >>> 0, raw, insn));
      at += insn.length;
    }
    return lines;
  }

  private line({ base, bits }: CodeView, linear: number, raw: Uint8Array, insn: Insn): CodeLine {
    const symbol = (offset: number): string | null => this.labels.get((base + offset) >>> 0) ?? null;
    const parts = partsOf(insn, { address: (linear - base) >>> 0, bits, symbol }, base);
    return {
      linear,
      bytes: raw.slice(0, insn.length),
      text: parts.map((part) => part.text).join(''),
      parts,
      line: this.lines.get(linear)?.line ?? 0,
      file: this.lines.get(linear)?.file ?? 0,
      label: this.labels.get(linear) ?? '',
    };
  }
}

/** The bytes from `at` on, up to the first that is not mapped. */
function known(bytes: readonly (number | null)[], at: number): Uint8Array {
  const raw: number[] = [];
  for (let i = at; i < bytes.length && i < at + 16; i++) {
    const byte = bytes[i];
    if (byte === null) break;
    raw.push(byte);
  }
  return Uint8Array.from(raw);
}

function arrives(bytes: readonly (number | null)[], start: number, goal: number, bits: 16 | 32): boolean {
  let at = start;
  while (at < goal) {
    const raw = known(bytes, at);
    const insn = raw.length > 0 ? decode(raw, 0, bits) : null;
    if (insn === null || insn.row.mnemonic === 'UD') return false;
    at += insn.length;
  }
  return at === goal;
}

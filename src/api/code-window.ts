/** Code around an instruction pointer, as lines. What stands before it has to be guessed, for instructions have no marks: reading begins at a place from which
 *  it arrives exactly at the pointer, and goes on from there as long as the pointer stays inside, so that the listing does not jump at each step. */
import { decode, MAX_INSN_LENGTH } from '../isa/decode.ts';
import type { Insn } from '../isa/insn.ts';
import { dataParts } from './data-line.ts';
import { accessOf, partsOf } from './instruction.ts';
import type { CodeLine, CodePart, CodeWindow, LastInstruction, Loaded } from './protocol.ts';
import { SourceMap } from './source-map.ts';

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
/** Bytes of data in one line. */
const DATA_BYTES = 16;

/** Bytes from `start` on, while a window is made of them. */
interface Reading {
  readonly view: CodeView;
  readonly current: number;
  readonly start: number;
  readonly bytes: readonly (number | null)[];
}

/** Makes windows for one world, and remembers where the last one began. */
export class CodeWindows {
  private readonly source: SourceMap;
  private start = -1;
  private bits = 0;

  constructor(loaded: Pick<Loaded, 'symbols' | 'source'>) {
    this.source = new SourceMap(loaded);
  }

  window(view: CodeView): CodeWindow {
    const current = (view.base + view.eip) >>> 0;
    const isNear = this.start >= 0 && this.bits === view.bits && current >= this.start && current - this.start < BEFORE + AFTER;
    let lines = isNear ? this.list(view, current) : [];
    const at = lines.findIndex((l) => l.linear === current);
    if (at < 0 || at > lines.length - MARGIN) {
      this.start = this.begin(view, current);
      this.bits = view.bits;
      lines = this.list(view, current);
    }
    if (!lines.some((l) => l.linear === current)) lines.push(this.unreadable(view, current));
    const insn = view.words ? decode(known(view.peek(current, MAX_INSN_LENGTH), 0), 0, view.bits) : null;
    return { current, bits: view.bits, lines, operand: insn && view.words ? accessOf(insn, view.words) : null };
  }

  /** The instruction at the pointer, and what it touches; null where no code is mapped. */
  instruction(view: CodeView): LastInstruction | null {
    const linear = (view.base + view.eip) >>> 0;
    const bytes = known(view.peek(linear, MAX_INSN_LENGTH), 0);
    const insn = bytes.length > 0 ? decode(bytes, 0, view.bits) : null;
    if (insn === null) return null;
    const line = this.line(linear, bytes.slice(0, insn.length), this.parts(view, linear, insn));
    return { ...line, access: view.words ? accessOf(insn, view.words) : null, title: insn.row.title };
  }

  /** The furthest linear address before `current` from which reading arrives at it; in code whose source is known, one where something begins. */
  private begin(view: CodeView, current: number): number {
    const start = Math.max(0, current - BEFORE);
    const reading: Reading = { view, current, start, bytes: view.peek(start, current - start + MAX_INSN_LENGTH) };
    const isKnown = this.source.rangeAt(current) !== null;
    for (let from = start; from < current; from++) {
      if ((!isKnown || this.source.isBeginning(from)) && this.arrives(reading, from)) return from;
    }
    return current;
  }

  private arrives(reading: Reading, from: number): boolean {
    let linear = from;
    while (linear < reading.current) {
      const insn = this.insnAt(reading, linear);
      const size = this.dataAt(reading, linear) || insn?.length || 0;
      if (size === 0 || insn?.row.mnemonic === 'UD') return false;
      linear += size;
    }
    return linear === reading.current;
  }

  private list(view: CodeView, current: number): CodeLine[] {
    const { start } = this;
    const reading: Reading = { view, current, start, bytes: view.peek(start, BEFORE + AFTER + MAX_INSN_LENGTH) };
    const lines: CodeLine[] = [];
    for (let at = 0; at < BEFORE + AFTER; ) {
      const linear = (start + at) >>> 0;
      const data = this.dataAt(reading, linear);
      const insn = data > 0 ? null : this.insnAt(reading, linear);
      const bytes = known(reading.bytes, at).slice(0, data || insn?.length || 0);
      if (bytes.length === 0) break;
      lines.push(this.line(linear, bytes, insn ? this.parts(view, linear, insn) : dataParts(bytes)));
      at += bytes.length;
    }
    return lines;
  }

  /** Bytes of data at `linear` that make one line; 0 where there are instructions, and where the CPU runs data. */
  private dataAt({ current }: Reading, linear: number): number {
    const range = this.source.rangeAt(linear);
    if (range === null || !range.isData || (range.from <= current && current < range.to)) return 0;
    return Math.min(range.to - linear, DATA_BYTES - ((linear - range.from) % DATA_BYTES));
  }

  private insnAt({ view, start, bytes }: Reading, linear: number): Insn | null {
    const raw = known(bytes, (linear - start) >>> 0);
    return raw.length > 0 ? decode(raw, 0, view.bits) : null;
  }

  private parts({ base, bits }: CodeView, linear: number, insn: Insn): CodePart[] {
    const symbol = (offset: number): string | null => this.source.labelAt(base + offset);
    return partsOf(insn, { address: (linear - base) >>> 0, bits, symbol }, base);
  }

  private line(linear: number, bytes: Uint8Array, parts: readonly CodePart[]): CodeLine {
    const range = this.source.rangeAt(linear);
    return {
      linear,
      bytes,
      text: parts.map((part) => part.text).join(''),
      parts,
      line: range?.line ?? 0,
      file: range?.file ?? 0,
      label: this.source.labelAt(linear) ?? '',
    };
  }

  /** The pointer stands where nothing is mapped, or where an instruction goes on into such a place: fetching it will fault. */
  private unreadable({ peek }: CodeView, linear: number): CodeLine {
    return this.line(linear, known(peek(linear, MAX_INSN_LENGTH), 0), [{ kind: 'punctuation', text: '??', linear: null }]);
  }
}

/** The bytes from `at` on, up to the first that is not mapped: enough for a line. */
function known(bytes: readonly (number | null)[], at: number): Uint8Array {
  const raw: number[] = [];
  for (let i = at; i < bytes.length && i < at + DATA_BYTES; i++) {
    const byte = bytes[i];
    if (byte === null) break;
    raw.push(byte);
  }
  return Uint8Array.from(raw);
}

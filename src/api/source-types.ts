/** Source texts, and what is known of instructions without running them: a part of the surface (protocol.ts). Types only. */

/** One line of a source that was assembled: where it landed. A line may land in several pieces. */
export interface SourceLine {
  readonly linear: number;
  /** Bytes: several instructions, where the line calls a macro. */
  readonly length: number;
  /** 1-based. */
  readonly line: number;
  /** `db` and its kin, no instructions. */
  readonly isData: boolean;
}

/** What is wrong at a place of a source text. */
export interface SourceProblem {
  /** As in the `%include`; '' where it is no text's fault. */
  readonly file: string;
  /** From 1; `length` in characters. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly message: string;
  /** What to do about it, or ''. */
  readonly hint: string;
  /** It can be run all the same, as a machine that loads it otherwise than the text says. */
  readonly misfit?: Misfit;
}

/** What a text is written for, and what becomes of it. */
export interface Misfit {
  /** Address of its first byte, and size of its code before anything else. */
  readonly origin: number;
  readonly bits: 16 | 32;
  /** Where the machine puts it, and in which size it begins. */
  readonly load: number;
  readonly startsIn: 16 | 32;
}

/** What the table says of a mnemonic. */
export interface InstructionHelp {
  /** In lower case. */
  readonly name: string;
  /** Of the manual's section: SDM vol. 2. */
  readonly title: string;
  /** The manual's notation: `DEST <- DEST + SRC`. */
  readonly operations: readonly string[];
  /** Operand codes of its forms, as in the manual's opcode map: `Ev, Gv`. */
  readonly operands: readonly string[];
  /** Letters of `OSZAPCDI`: flags that it writes, and leaves undefined. */
  readonly writes: string;
  readonly undefines: string;
  /** #GP above CPL 0. */
  readonly isPrivileged: boolean;
}

/** One instruction in small steps. */
export interface InstructionSteps extends Pick<InstructionHelp, 'name' | 'title' | 'writes' | 'undefines'> {
  readonly operation: string;
  /** `t0 <- [esi]`; none where it does nothing. */
  readonly steps: readonly string[];
  /** Basic exit reason that it may cause in non-root operation, null for none or one that its operands decide. */
  readonly mayExit: number | null;
  /** The guest is about to run it. */
  readonly isGuest: boolean;
}

/** A text that was assembled. */
export interface SourceFile {
  /** As in the `%include`; for the main text, the name of the file. */
  readonly name: string;
  readonly text: string;
  /** Lines that made bytes, in the order in which they did. What a macro makes counts for the line that calls it. */
  readonly lines: readonly SourceLine[];
}

/** What an image was assembled from. */
export interface Source {
  /** The main text and its lines: those of `files[0]`. Where several images were made, those of the first. */
  readonly text: string;
  readonly lines: readonly SourceLine[];
  /** The main text and the files that it includes; then those of further images, whose lines may lie at the same addresses. */
  readonly files: readonly SourceFile[];
}

/** Sections: bytes in the making, and where they will lie. NASM manual, "bin: Flat-Form Binary Output". */
import { Overrun, SourceError } from './errors.ts';
import type { Token } from './source.ts';
import type { Unit } from './value.ts';

/** Bytes of all sections together. */
export const MAX_OUTPUT = 16 * 1024 * 1024;
/** Addresses are 32 bits. */
const MAX_RESERVED = 2 ** 32;

/** A run of bytes that grows. */
export class ByteSink {
  length = 0;
  #bytes = new Uint8Array(256);

  push(byte: number): void {
    this.#ensure(1);
    this.#bytes[this.length++] = byte;
  }

  append(bytes: ArrayLike<number>): void {
    this.#ensure(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Appends `count` copies of `bytes`. */
  repeat(bytes: Uint8Array, count: number): void {
    const size = bytes.length * count;
    this.#ensure(size);
    const end = this.length + size;
    this.#bytes.set(bytes.subarray(0, Math.min(bytes.length, size)), this.length);
    for (let done = bytes.length; done < size; done *= 2) {
      this.#bytes.copyWithin(this.length + done, this.length, Math.min(this.length + done, end - done));
    }
    this.length = end;
  }

  /** The bytes so far; valid until the next change. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  #ensure(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.length + more, this.#bytes.length * 2));
    grown.set(this.view());
    this.#bytes = grown;
  }
}

/** A section. Values are counted from its start until `address` is known. */
export class Section implements Unit {
  readonly name: string;
  readonly isReserved: boolean;
  readonly content = new ByteSink();
  /** Bytes taken in this pass; more than `content` holds in a section of reserved space. */
  size = 0;
  alignment: number;
  /** `start=` and `vstart=`, null where they follow from the order of sections. */
  start: number | null = null;
  virtualStart: number | null = null;
  /** Where labels count from, as the last pass has laid it out. */
  address = 0;
  /** Where it lies in the file, counted from address 0. */
  fileAddress = 0;

  constructor(name: string, isReserved: boolean, alignment: number) {
    this.name = name;
    this.isReserved = isReserved;
    this.alignment = alignment;
  }

  /** Forgets the bytes of the last pass. */
  clear(): void {
    this.content.length = 0;
    this.size = 0;
  }
}

/** All sections of a source text, in the order in which they came up, .text first. */
export class Sections {
  readonly all: Section[] = [new Section('.text', false, 1)];
  origin = 0;

  get text(): Section {
    return this.all[0];
  }

  /** The section of this name, made if there is none. */
  named(name: string, isReserved = name === '.bss'): Section {
    let section = this.all.find((s) => s.name === name);
    if (!section) {
      section = new Section(name, isReserved, 4);
      this.all.push(section);
    }
    return section;
  }

  /** Appends to a section, or throws when the text makes too much. */
  grow(section: Section, bytes: Uint8Array, count: number, at: Token): void {
    const size = bytes.length * count;
    section.size += size;
    if (section.isReserved) {
      if (section.size > MAX_RESERVED) throw new Overrun(at, `Section ${section.name} grows beyond the 32-bit addresses.`);
      return;
    }
    const total = this.all.reduce((sum, s) => sum + (s.isReserved ? 0 : s.size), 0);
    if (total > MAX_OUTPUT) throw tooLarge(at);
    section.content.repeat(bytes, count);
  }

  /** Places the sections one behind the other. Returns whether any address changed. */
  layOut(): boolean {
    let isChanged = false;
    let next = this.origin;
    const loaded = this.all.filter((section) => !section.isReserved);
    for (const section of [...loaded, ...this.all.filter((s) => s.isReserved)]) {
      const start = section.start ?? Math.ceil(next / section.alignment) * section.alignment;
      const address = section.virtualStart ?? start;
      isChanged ||= address !== section.address;
      section.fileAddress = start;
      section.address = address;
      next = start + section.size;
    }
    return isChanged;
  }

  /** The file: from the origin to the end of the last section that has bytes. */
  image(blame: Token): Uint8Array {
    const loaded = this.all.filter((section) => !section.isReserved && section.size > 0);
    const end = Math.max(this.origin, ...loaded.map((section) => section.fileAddress + section.size));
    if (end - this.origin > MAX_OUTPUT) throw tooLarge(blame);
    const image = new Uint8Array(end - this.origin);
    let next = this.origin;
    for (const section of loaded.sort((a, b) => a.fileAddress - b.fileAddress)) {
      if (section.fileAddress < next) {
        throw new SourceError(
          blame,
          `Section ${section.name} starts at ${section.fileAddress}, before what precedes it ends.`,
          'Choose a higher `start=`.',
        );
      }
      image.set(section.content.view(), section.fileAddress - this.origin);
      next = section.fileAddress + section.size;
    }
    return image;
  }
}

/** What is said of a text that makes more than the largest file. */
export function tooLarge(at: Token): Overrun {
  return new Overrun(at, 'The output grows beyond 16 MiB.', 'A count of `times` or `resb` is larger than it should be.');
}

import { GlassError } from '../base/errors.ts';

/** Refuses a snapshot file: `what` is a sentence that says what is wrong and where. */
export function refuse(what: string): never {
  throw new GlassError('bad-snapshot', what, 'The file is damaged or was not saved by Glassvisor: save it again, or take another copy.');
}

/** Little-endian fields, one after the other, into bytes that grow. */
export class ByteWriter {
  private bytes: Uint8Array;
  private view: DataView;
  /** Bytes written. */
  length = 0;

  /** `capacity` in bytes: what is expected. */
  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  u16(value: number): void {
    const at = this.reserve(2);
    this.view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, value, true);
  }

  /** A count that may exceed 32 bits. */
  f64(value: number): void {
    const at = this.reserve(8);
    this.view.setFloat64(at, value, true);
  }

  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** Characters of ASCII, a byte each. */
  ascii(text: string): void {
    this.raw(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  }

  /** A short string of printable ASCII, its length first. */
  name(text: string): void {
    this.u16(text.length);
    this.ascii(text);
  }

  /** What was written; valid until the next write. */
  done(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** May replace `bytes` and `view`: call it before either is named. */
  private reserve(size: number): number {
    const at = this.length;
    this.length += size;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }
}

/** Reads what ByteWriter wrote, trusting nothing: everything wrong is a GlassError that names `where`. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly where: string;
  private position = 0;

  constructor(bytes: Uint8Array, where: string) {
    // Not a Buffer of Node's, whose slice is no copy.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.where = where;
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  /** A whole number from 0 to 2^53 - 1. */
  count(): number {
    const at = this.position;
    const value = this.view.getFloat64(this.take(8), true);
    if (!Number.isSafeInteger(value) || value < 0) this.refuse(`has ${value} for a count`, at);
    return value;
  }

  /** The next `size` bytes, not copied. */
  raw(size: number): Uint8Array {
    const at = this.take(size);
    return this.bytes.subarray(at, at + size);
  }

  /** The next `size` bytes as characters of ASCII. */
  ascii(size: number): string {
    const at = this.position;
    const bytes = this.raw(size);
    if (bytes.some((byte) => byte > 0x7e)) this.refuse('has characters beyond ASCII', at);
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  }

  /** 1 to 64 characters of printable ASCII. */
  name(): string {
    const at = this.position;
    const size = this.u16();
    if (size < 1 || size > 64) this.refuse(`has a name of ${size} characters`, at);
    const name = this.ascii(size);
    if (!/^[!-~]*$/.test(name)) this.refuse('has a name with strange characters', at);
    return name;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.bytes.length - this.position;
  }

  /** Nothing may be left. */
  end(): void {
    if (this.left > 0) this.refuse(`has ${this.left} bytes too many`);
  }

  /** Refuses the file for what is at `at`. */
  refuse(what: string, at = this.position): never {
    refuse(`The snapshot's ${this.where} ${what}, at its byte ${at}.`);
  }

  private take(size: number): number {
    const at = this.position;
    if (size > this.left) this.refuse(`ends early: ${size} bytes wanted, ${this.left} left`);
    this.position = at + size;
    return at;
  }
}

/** Configuration space as bytes under masks. What a function looks like is a template, made once from the tables of arch/pci.ts; its space is bytes of the
 *  function's state, read and written through the template. */
import {
  CAPABILITIES_POINTER,
  CONFIG_SIZE,
  EXTENDED_CONFIG_SIZE,
  type PciCapability,
  type PciRegister,
  STATUS,
  STATUS_CAPABILITIES,
} from '../../arch/pci.ts';
import { assert } from '../../base/assert.ts';

/** A capability in its place. */
export interface PlacedCapability {
  readonly id: number;
  readonly name: string;
  readonly offset: number;
  readonly isExtended: boolean;
}

const FIRST_CAPABILITY = 0x40;
const FIRST_EXTENDED = 0x100;

/** Values after reset, writable bits, and bits that a written 1 clears. */
export class ConfigTemplate {
  /** Registers by absolute offset, for whoever shows them. */
  readonly registers: PciRegister[] = [];
  readonly capabilities: PlacedCapability[] = [];
  readonly initial = new Uint8Array(EXTENDED_CONFIG_SIZE);
  readonly writable = new Uint8Array(EXTENDED_CONFIG_SIZE);
  readonly clears = new Uint8Array(EXTENDED_CONFIG_SIZE);
  private readonly data = new DataView(this.initial.buffer);
  private nextFree = FIRST_CAPABILITY;
  private nextExtended = FIRST_EXTENDED;

  constructor(header: readonly PciRegister[]) {
    for (const register of header) this.define(register, 0);
  }

  /** Bytes of space that the function keeps; what lies above reads 0. */
  get size(): number {
    return this.nextExtended > FIRST_EXTENDED ? this.nextExtended : CONFIG_SIZE;
  }

  /** Sets the value after reset. `size` in bytes. */
  set(offset: number, size: 1 | 2 | 4, value: number): void {
    if (size === 1) this.data.setUint8(offset, value);
    else if (size === 2) this.data.setUint16(offset, value, true);
    else this.data.setUint32(offset, value, true);
  }

  /** Replaces the writable bits of the dword at `offset`. */
  setWritable(offset: number, mask: number): void {
    new DataView(this.writable.buffer).setUint32(offset, mask, true);
  }

  /** Adds a capability behind those that are there and returns its offset. Its registers read 0 until `set`. */
  add(capability: PciCapability): number {
    const { id, name, size, isExtended, registers } = capability;
    const offset = isExtended ? this.nextExtended : this.nextFree;
    const end = (offset + size + 3) & ~3;
    assert(end <= (isExtended ? EXTENDED_CONFIG_SIZE : CONFIG_SIZE), 'all capabilities fit their part of configuration space');
    const last = this.capabilities.findLast((c) => c.isExtended === isExtended);
    if (isExtended) {
      this.set(offset, 4, id | (1 << 16));
      if (last !== undefined) this.set(last.offset, 4, last.id | (1 << 16) | (offset << 20));
      this.nextExtended = end;
    } else {
      this.set(offset, 1, id);
      this.set(last === undefined ? CAPABILITIES_POINTER : last.offset + 1, 1, offset);
      this.initial[STATUS] |= STATUS_CAPABILITIES;
      this.nextFree = end;
    }
    for (const register of registers) this.define(register, offset);
    this.capabilities.push({ id, name, offset, isExtended });
    return offset;
  }

  private define(register: PciRegister, base: number): void {
    const { size, writable = 0, clears = 0 } = register;
    const offset = base + register.offset;
    for (let i = 0; i < size; i++) {
      this.writable[offset + i] = (writable >>> (8 * i)) & 0xff;
      this.clears[offset + i] = (clears >>> (8 * i)) & 0xff;
    }
    this.registers.push({ ...register, offset });
  }
}

/** A function's configuration space over bytes that the function owns. Values are unsigned; any offset and size inside a dword. */
export class ConfigSpace {
  readonly template: ConfigTemplate;
  readonly bytes: Uint8Array;
  private readonly data: DataView;

  /** `bytes` are `template.size` long. */
  constructor(template: ConfigTemplate, bytes: Uint8Array) {
    assert(bytes.length === template.size, 'a configuration space is as long as its template');
    this.template = template;
    this.bytes = bytes;
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.reset();
  }

  reset(): void {
    this.bytes.set(this.template.initial.subarray(0, this.bytes.length));
  }

  get8(offset: number): number {
    return this.bytes[offset];
  }

  get16(offset: number): number {
    return this.data.getUint16(offset, true);
  }

  get32(offset: number): number {
    return this.data.getUint32(offset, true);
  }

  /** The function's own hand: no mask holds. */
  set8(offset: number, value: number): void {
    this.bytes[offset] = value;
  }

  set16(offset: number, value: number): void {
    this.data.setUint16(offset, value, true);
  }

  set32(offset: number, value: number): void {
    this.data.setUint32(offset, value, true);
  }

  /** As software reads it; space that is not kept reads 0. */
  read(offset: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value += (this.bytes[offset + i] ?? 0) * 2 ** (8 * i);
    return value;
  }

  /** As software writes it. */
  write(offset: number, size: number, value: number): void {
    const { writable, clears } = this.template;
    for (let i = 0; i < size; i++) {
      const at = offset + i;
      if (at >= this.bytes.length) return;
      const byte = (value >>> (8 * i)) & 0xff;
      this.bytes[at] = ((this.bytes[at] & ~writable[at]) | (byte & writable[at])) & ~(byte & clears[at]);
    }
  }

  /** Offset of the capability `id`; undefined if the function has none. */
  find(id: number, isExtended = false): number | undefined {
    return this.template.capabilities.find((c) => c.id === id && c.isExtended === isExtended)?.offset;
  }
}

import type { DmaMemory } from '../../../src/devices/virtio/dma.ts';

/** `[kind, address, size]` of each access. */
export type Access = readonly ['read' | 'write', number, number];

/** Guest memory as bytes, which remembers who touched what when asked to. */
export class MockMemory implements DmaMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Accesses are written down while it is an array. */
  log: Access[] | null = null;
  /** Accesses so far: the device's work. */
  accesses = 0;
  /** Pages (of 4096 bytes) that are refused from now on. */
  readonly refused = new Set<number>();

  /** So many bytes, or these. */
  constructor(memory: number | Uint8Array) {
    this.bytes = typeof memory === 'number' ? new Uint8Array(memory) : memory;
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }

  check(address: number, size: number): boolean {
    if (!(address >= 0 && address + size <= this.bytes.length)) return false;
    if (this.refused.size === 0) return true;
    for (let page = Math.floor(address / 4096); page * 4096 < address + size; page++) if (this.refused.has(page)) return false;
    return true;
  }

  read(address: number, into: Uint8Array): boolean {
    this.accesses++;
    this.log?.push(['read', address, into.length]);
    if (!this.check(address, into.length)) return false;
    for (let i = 0; i < into.length; i++) into[i] = this.bytes[address + i];
    return true;
  }

  write(address: number, from: Uint8Array): boolean {
    this.accesses++;
    this.log?.push(['write', address, from.length]);
    if (!this.check(address, from.length)) return false;
    this.bytes.set(from, address);
    return true;
  }

  u16(address: number): number {
    return this.view.getUint16(address, true);
  }

  u32(address: number): number {
    return this.view.getUint32(address, true);
  }

  setU16(address: number, value: number): void {
    this.view.setUint16(address, value, true);
  }

  setU32(address: number, value: number): void {
    this.view.setUint32(address, value, true);
  }
}

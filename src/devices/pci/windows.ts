/** Which device answers at which address: the enabled BARs that the bridges above them and the host bridge let through. */
import type { Bus } from '../../memory/bus.ts';
import type { Decode } from './function.ts';

/** Addresses that the host bridge passes to PCI, end excluded. */
export interface Aperture {
  readonly memory: { readonly base: number; readonly end: number };
  readonly io: { readonly base: number; readonly end: number };
}

/** The present windows: memory ones on the host's bus, I/O ones here. Where two BARs were put over each other, the one that comes first in the tree
 *  answers; so the map follows from the registers alone, whatever was written before. */
export class PciWindows {
  readonly aperture: Aperture;
  private readonly bus: Bus;
  private memory: readonly Decode[] = [];
  private io: readonly Decode[] = [];

  constructor(bus: Bus, aperture: Aperture) {
    this.bus = bus;
    this.aperture = aperture;
  }

  /** All windows that are open. */
  get open(): readonly Decode[] {
    return [...this.memory, ...this.io];
  }

  /** Opens windows for `decodes`, in tree order, and closes all others. */
  update(decodes: readonly Decode[]): void {
    const memory = this.accept(decodes, 'memory');
    this.io = this.accept(decodes, 'io');
    const gone = this.memory.filter((d) => !memory.some((other) => isSame(d, other)));
    const fresh = memory.filter((d) => !this.memory.some((other) => isSame(d, other)));
    for (const { base } of gone) this.bus.unmapMmio(base);
    for (const { base, size, target } of fresh) this.bus.mapMmio(base, size, target);
    this.memory = memory;
  }

  /** IN from a port of the aperture; all ones where no BAR is. */
  readPort(port: number, size: number): number {
    const decode = this.io.find((d) => isInside(d, port, size));
    if (decode !== undefined && (size === 1 || size === 2 || size === 4) && port % size === 0)
      return decode.target.read(port - decode.base, size);
    if (size === 1) return 0xff;
    let value = 0;
    for (let i = 0; i < size; i++) value += this.readPort(port + i, 1) * 2 ** (8 * i);
    return value;
  }

  writePort(port: number, size: number, value: number): void {
    const decode = this.io.find((d) => isInside(d, port, size));
    if (decode !== undefined && (size === 1 || size === 2 || size === 4) && port % size === 0)
      decode.target.write(port - decode.base, size, value);
    else if (size > 1) for (let i = 0; i < size; i++) this.writePort(port + i, 1, (value >>> (8 * i)) & 0xff);
  }

  private accept(decodes: readonly Decode[], space: Decode['space']): readonly Decode[] {
    const { base, end } = this.aperture[space];
    const accepted: Decode[] = [];
    for (const d of decodes) {
      const isFree = d.space === space && d.base >= base && d.base + d.size <= end;
      if (isFree && !accepted.some((other) => d.base < other.base + other.size && other.base < d.base + d.size)) accepted.push(d);
    }
    return accepted;
  }
}

function isSame(a: Decode, b: Decode): boolean {
  return a.target === b.target && a.base === b.base && a.size === b.size;
}

function isInside(decode: Decode, at: number, size: number): boolean {
  return at >= decode.base && at + size <= decode.base + decode.size;
}

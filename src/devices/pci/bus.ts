import { assert } from '../../base/assert.ts';
import type { Bridge, PciFunction } from './function.ts';

/** A bus: functions by device and function number. What it is called is what software wrote into the bridge above. */
export class PciBus {
  /** Null for bus 0. */
  readonly bridge: Bridge | null;
  private readonly places = new Map<number, PciFunction>();
  /** Told of every new function; set by whoever owns the tree. */
  onAttach: (fn: PciFunction, bus: PciBus, devfn: number) => void = () => {};

  constructor(bridge: Bridge | null) {
    this.bridge = bridge;
  }

  get number(): number {
    return this.bridge?.secondary ?? 0;
  }

  /** Functions in the order of their numbers, each with its device and function number as 8 bits. */
  get functions(): readonly (readonly [devfn: number, fn: PciFunction])[] {
    return [...this.places].sort(([a], [b]) => a - b);
  }

  at(devfn: number): PciFunction | undefined {
    return this.places.get(devfn);
  }

  /** Puts a function into its place, for good. A link of PCI Express has one device, number 0. */
  attach(device: number, number: number, fn: PciFunction): void {
    const devfn = (device << 3) | number;
    assert(!this.places.has(devfn) && device < 32 && number < 8, 'a place on a bus is taken once');
    assert(this.bridge === null || !this.bridge.isLink || device === 0, 'a link has one device');
    this.places.set(devfn, fn);
    this.onAttach(fn, this, devfn);
  }
}

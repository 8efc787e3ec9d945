import { assert } from '../../base/assert.ts';
import { layout } from '../../base/layout.ts';
import type { Stateful } from '../../time/stateful.ts';
import type { Link, Station } from './link.ts';

/** Addresses that it remembers; the oldest gives way. */
const ENTRIES = 64;
const ADDRESS_SIZE = 6;

export const SWITCH_LAYOUT = layout({
  /** Learnt addresses, 6 bytes each, with the port behind which each was seen, plus 1; 0 is a free entry. */
  addresses: ['u8', ENTRIES * ADDRESS_SIZE],
  ports: ['u8', ENTRIES],
  /** The entry that is next to give way. */
  next: 'u8',
  forwarded: 'f64',
  flooded: 'f64',
  /** Frames for the port that they came from. */
  filtered: 'f64',
});

/** A learning switch: joins the network cards of a page's machines and VMs. It learns where an address is from the frames that come from there, sends
 *  frames for it to that port alone, and all others to everybody else. No ageing, no spanning tree. IEEE 802.1D, "Principles of Bridge Operation". */
export class LearningSwitch implements Link, Stateful {
  readonly id: string;
  readonly layout = SWITCH_LAYOUT;
  readonly bytes = new Uint8Array(SWITCH_LAYOUT.size);
  readonly state = SWITCH_LAYOUT.view(this.bytes);
  /** Hears every frame, once, before it is carried, with the port that it came from: a capture. */
  onFrame: (frame: Uint8Array, port: number) => void = () => {};
  private readonly stations: Station[] = [];

  constructor(id: string) {
    this.id = id;
  }

  misfit(bytes: Uint8Array): string {
    const { ports, next } = SWITCH_LAYOUT.view(bytes);
    if (next >= ENTRIES) return `entry ${next} of ${ENTRIES} is the next to go`;
    for (let entry = 0; entry < ENTRIES; entry++) {
      if (ports.at(entry) > this.stations.length) return `an address is behind port ${ports.at(entry) - 1}, of ${this.stations.length}`;
    }
    return '';
  }

  rebuild(): void {}

  powerOn(): void {
    this.bytes.fill(0);
  }

  /** Frames that have come in. */
  get carried(): number {
    return this.state.forwarded + this.state.flooded + this.state.filtered;
  }

  join(station: Station): void {
    assert(!this.stations.includes(station) && this.stations.length < 255, 'a station joins a switch once');
    this.stations.push(station);
  }

  send(from: Station, frame: Uint8Array): void {
    const port = this.stations.indexOf(from);
    this.onFrame(frame, port);
    this.learn(frame.subarray(ADDRESS_SIZE, 2 * ADDRESS_SIZE), port);
    const target = this.portOf(frame.subarray(0, ADDRESS_SIZE));
    if (target === port) this.state.filtered++;
    else if (target >= 0) {
      this.state.forwarded++;
      this.stations[target].receive(frame);
    } else {
      this.state.flooded++;
      for (const [i, station] of this.stations.entries()) if (i !== port) station.receive(frame);
    }
  }

  /** The port behind which an address was seen; -1 if it was not, and for groups. */
  portOf(address: Uint8Array): number {
    const entry = this.find(address);
    return entry < 0 ? -1 : this.state.ports.at(entry) - 1;
  }

  private learn(address: Uint8Array, port: number): void {
    // A group address cannot have sent anything.
    if ((address[0] & 1) !== 0) return;
    const { addresses, ports } = this.state;
    let entry = this.find(address);
    if (entry < 0) {
      entry = this.state.next;
      this.state.next = (entry + 1) % ENTRIES;
      for (let i = 0; i < ADDRESS_SIZE; i++) addresses.set(entry * ADDRESS_SIZE + i, address[i]);
    }
    ports.set(entry, port + 1);
  }

  private find(address: Uint8Array): number {
    const { addresses, ports } = this.state;
    for (let entry = 0; entry < ENTRIES; entry++) {
      if (ports.at(entry) !== 0 && address.every((byte, i) => byte === addresses.at(entry * ADDRESS_SIZE + i))) return entry;
    }
    return -1;
  }
}

import type { Stateful } from '../../time/stateful.ts';
import type { Link } from '../virtio/link.ts';
import type { VirtioHost } from '../virtio/model.ts';
import { VirtioNet } from '../virtio/net.ts';
import { VirtioPci } from '../virtio/pci.ts';
import { describeVirtioPci } from '../virtio/pci-description.ts';
import type { PciBus } from './bus.ts';
import { PciEndpoint } from './endpoint.ts';
import { type NparHost, type NparOptions, PartitionedPort } from './npar.ts';

type Mac = readonly [number, number, number, number, number, number];

export interface NparNicOptions extends NparOptions {
  readonly id: string;
  /** Number of the first partition in trace records. */
  readonly number: number;
  /** Of the first partition; the others follow. */
  readonly mac: Mac;
  readonly isBehindIommu: boolean;
}

/** A network card whose one port is shown as several physical functions, each an ordinary virtio network device with its share of the wire. What shares there
 *  are is fixed when the card is made, as firmware fixes it at boot. */
export class NparNic {
  readonly port: PartitionedPort;
  readonly functions: readonly PciEndpoint[];
  /** What is behind the functions. These and `port` want to be woken. */
  readonly transports: readonly VirtioPci[];
  /** Everything whose bytes are its state. */
  readonly parts: readonly Stateful[];

  constructor(host: Omit<VirtioHost, 'memory'> & NparHost, uplink: Link, options: NparNicOptions) {
    const { id, number, mac, isBehindIommu, shares } = options;
    this.port = new PartitionedPort(`${id}.port`, host, uplink, options);
    this.transports = shares.map((_, n) => {
      const own: Mac = [...(mac.slice(0, 5) as [number, number, number, number, number]), (mac[5] + n) & 0xff];
      const place = { id: `${id}.${n}`, number: number + n, isBehindIommu };
      // The port takes the wire's time.
      return new VirtioPci(new VirtioNet(`${place.id}.network`, this.port, { mac: own, byteTicks: 0 }), host, place);
    });
    this.functions = this.transports.map((transport, n) => {
      const description = describeVirtioPci(transport.device.model, `${id}.${n}.function`);
      const title = `Network card, partition ${n}`;
      const fn = new PciEndpoint({ ...description, title, isMultifunction: shares.length > 1, express: 'endpoint' }, transport);
      transport.connect(fn);
      return fn;
    });
    this.parts = [this.port, ...this.functions, ...this.transports.flatMap((t) => t.parts)];
  }

  /** Puts the functions into device `device` of `bus`. */
  attachTo(bus: PciBus, device: number): void {
    for (const [n, fn] of this.functions.entries()) bus.attach(device, n, fn);
  }
}

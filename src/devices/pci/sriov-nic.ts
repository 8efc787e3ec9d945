import { VIRTIO_PCI_DEVICE } from '../../arch/virtio-pci.ts';
import type { Stateful } from '../../time/stateful.ts';
import type { Link } from '../virtio/link.ts';
import type { VirtioHost } from '../virtio/model.ts';
import { VirtioNet } from '../virtio/net.ts';
import { VirtioPci } from '../virtio/pci.ts';
import { addVirtioCapabilities, describeVirtioPci } from '../virtio/pci-description.ts';
import { SrIovFunction } from './sriov.ts';

type Mac = readonly [number, number, number, number, number, number];

export interface SrIovNicOptions {
  readonly id: string;
  /** Its number in trace records; the VFs have the next ones. */
  readonly number: number;
  /** Of the physical function; VF n has the last byte plus n. */
  readonly mac: Mac;
  readonly totalVfs: number;
  /** Ticks that a byte takes on its way out of a function. */
  readonly byteTicks: number;
  readonly isBehindIommu: boolean;
}

/** A network card in hardware whose functions, the physical one and the virtual ones, are each a virtio network device: what they move passes no hypervisor. All
 *  are stations of one link, the switch inside the card or beyond it. */
export class SrIovNic {
  readonly pf: SrIovFunction;
  /** What is behind the functions: the PF's first, then those of VF 1, 2, ... These want to be woken. */
  readonly transports: readonly VirtioPci[];
  /** Everything whose bytes are its state. */
  readonly parts: readonly Stateful[];

  constructor(host: Omit<VirtioHost, 'memory'>, link: Link, options: SrIovNicOptions) {
    const { id, number, totalVfs, isBehindIommu } = options;
    const make = (n: number): VirtioPci => {
      const place = { id: n === 0 ? id : `${id}.vf${n}`, number: number + n, isBehindIommu };
      const mac: Mac = [...(options.mac.slice(0, 5) as [number, number, number, number, number]), (options.mac[5] + n) & 0xff];
      return new VirtioPci(new VirtioNet(`${place.id}.network`, link, { mac, byteTicks: options.byteTicks }), host, place);
    };
    const transports = Array.from({ length: totalVfs + 1 }, (_, n) => make(n));
    const { bars, msix, ...rest } = describeVirtioPci(transports[0].device.model, `${id}.function`);
    const description = { ...rest, bars, ...(msix === undefined ? {} : { msix }), title: 'Network card', express: 'endpoint' } as const;
    const sriov = {
      ...{ totalVfs, device: VIRTIO_PCI_DEVICE + transports[0].device.model.type.id, bars, extend: addVirtioCapabilities },
      ...(msix === undefined ? {} : { msix }),
    };
    this.pf = new SrIovFunction(description, transports[0], sriov, (n) => transports[n]);
    for (const [n, transport] of transports.entries()) transport.connect(n === 0 ? this.pf : this.pf.vfs[n - 1]);
    this.transports = transports;
    this.parts = [this.pf, ...this.pf.vfs, ...transports.flatMap((t) => t.parts)];
  }
}

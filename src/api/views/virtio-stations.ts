/** Where virtio devices are found: on the machine itself, and in its virtual machines. */
import type { VirtioDevice } from '../../devices/virtio/device.ts';
import { VirtioMmio } from '../../devices/virtio/mmio.ts';
import type { HostedMachine } from '../../machine/hosted.ts';
import type { Machine } from '../../machine/machine.ts';
import { NOWHERE, type Peek, peekGuest, peekHost, peekIo } from './peek.ts';
import type { VirtioPlaceView, VirtioView } from './virtio.ts';

/** A device, and how its driver and its memory are reached from it. */
export interface VirtioStation {
  readonly device: VirtioDevice;
  readonly vm: number | null;
  readonly peek: Peek;
  place(): VirtioPlaceView;
  space(): VirtioView['space'];
}

/** All of them. */
export function stationsOf(machine: Machine, hosted: HostedMachine | null): readonly VirtioStation[] {
  return [...machineStations(machine), ...(hosted ? guestStations(machine, hosted) : [])];
}

function machineStations(machine: Machine): readonly VirtioStation[] {
  const { bus, virtio } = machine;
  return virtio.map(({ device, transport, place }) => {
    if (transport instanceof VirtioMmio) {
      return { device, vm: null, peek: peekHost(bus), place: () => mmioPlace(transport), space: () => 'h' };
    }
    const { iommu } = machine.chipset;
    const requester = (): number => (place.bus === 'pci' ? (place.fn.slot?.routingId ?? 0) : 0);
    return {
      ...{ device, vm: null, peek: iommu === null ? peekHost(bus) : peekIo(bus, iommu, requester) },
      place: () => ({
        ...{ transport: 'pci', requester: requester(), isr: transport.state.isr },
        mode: place.bus === 'pci' ? place.fn.interruptMode : 'intx',
      }),
      space: () => (iommu?.isEnabled ? 'io' : 'h'),
    };
  });
}

function guestStations({ bus }: Machine, { vmm }: HostedMachine): readonly VirtioStation[] {
  return vmm.present.flatMap((vm) =>
    vm.devices.virtio.transports.map((transport) => ({
      device: transport.device,
      vm: vm.number,
      peek: vm.state.eptRoot === 0 ? NOWHERE : peekGuest(bus, vm.ept, () => vm.ramSize),
      place: () => mmioPlace(transport),
      space: () => 'g',
    })),
  );
}

function mmioPlace({ base, irq, state }: VirtioMmio): VirtioPlaceView {
  return { transport: 'mmio', base, irq, interruptStatus: state.interruptStatus };
}

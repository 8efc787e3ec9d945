/** Which parts of a machine the views of the IOMMU, of PCI and of balloons look at. */
import { STATUS_DRIVER } from '../../arch/virtio.ts';
import type { DmaRequest } from '../../devices/iommu/resolve.ts';
import { PartitionedPort } from '../../devices/pci/npar.ts';
import { isOnPci } from '../../machine/device-spec.ts';
import { PLATFORM } from '../../machine/firmware/platform.ts';
import type { HostedMachine } from '../../machine/hosted.ts';
import type { Machine } from '../../machine/machine.ts';
import { type BalloonsView, balloonsView } from './balloon.ts';
import { type DmaWalk, explainRequest, type IommuView, iommuView } from './iommu.ts';
import { type PciView, pciView } from './pci.ts';
import { lastDma, lastFaults, lastTake } from './recent.ts';

/** Faults of the log that are shown. */
const MOST_FAULTS = 32;

/** Null where no function could ask anything of the IOMMU. */
export function iommuOf(machine: Machine): IommuView | null {
  const { chipset, trace } = machine;
  const now = machine.now();
  if (chipset.iommu === null || !hasPci(machine)) return null;
  return iommuView({
    ...{ iommu: chipset.iommu, fabric: chipset.fabric, drivers: driversOf(machine) },
    ...{ lastAccess: lastDma(machine, now), log: lastFaults(trace, now, MOST_FAULTS) },
  });
}

/** What would become of a request of a function; null where there is no IOMMU. */
export function dmaOf(machine: Machine, request: DmaRequest): DmaWalk | null {
  const { iommu } = machine.chipset;
  return iommu === null || !hasPci(machine) ? null : explainRequest(iommu, request);
}

/** Null where the host bridge would be alone. */
export function pciOf(machine: Machine): PciView | null {
  if (!hasPci(machine)) return null;
  return pciView({
    ...{ fabric: machine.chipset.fabric, lines: PLATFORM.pci.lines, now: machine.now() },
    partitioned: machine.parts.filter((part) => part instanceof PartitionedPort),
    ticksPerSecond: machine.config.ticksPerSecond,
  });
}

/** Null where the hypervisor, if there is one, is the guest's own. */
export function balloonsOf({ trace }: Machine, hosted: HostedMachine | null): BalloonsView | null {
  if (hosted === null) return null;
  const now = hosted.machine.now();
  return balloonsView(hosted.vmm, now, (device, queue) => lastTake(trace, now, device.traceWord, queue));
}

function hasPci({ config }: Machine): boolean {
  return config.devices.some(isOnPci);
}

/** Who drives what: a driver has told its virtio device so. */
function driversOf({ virtio }: Machine): ReadonlyMap<number, string> {
  const drivers = new Map<number, string>();
  for (const { device, place } of virtio) {
    if (place.bus === 'pci' && device.status & STATUS_DRIVER)
      drivers.set(place.fn.slot?.routingId ?? 0, `virtio-${device.model.type.name}`);
  }
  return drivers;
}

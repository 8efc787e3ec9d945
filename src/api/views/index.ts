/** What the panels of devices and virtual machines are shown: one line each. Views are copies, made by looking alone: the machine is the same behind them. */
import type { HostedMachine } from '../../machine/hosted.ts';
import type { Machine } from '../../machine/machine.ts';
import type { BalloonsView } from './balloon.ts';
import { balloonsOf, iommuOf, pciOf } from './buses.ts';
import type { IommuView } from './iommu.ts';
import type { PciView } from './pci.ts';
import { type VirtioView, virtioViews } from './virtio.ts';
import { type VmsView, vmsView } from './vms.ts';

/** Everything beyond the processor, at one instant. */
export interface DeviceViews {
  readonly virtio: readonly VirtioView[];
  /** Null: the hypervisor, if there is one, is the guest's own. */
  readonly vms: VmsView | null;
  /** Null: no function could ask anything of it. */
  readonly iommu: IommuView | null;
  /** Null: the host bridge is alone. */
  readonly pci: PciView | null;
  /** Null: as for `vms`. */
  readonly balloons: BalloonsView | null;
}

/** Looks at `machine`; `hosted` where its hypervisor is ours. */
export function deviceViews(machine: Machine, hosted: HostedMachine | null): DeviceViews {
  return {
    virtio: virtioViews(machine, hosted),
    vms: hosted && vmsView(hosted),
    iommu: iommuOf(machine),
    pci: pciOf(machine),
    balloons: balloonsOf(machine, hosted),
  };
}

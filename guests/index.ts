import { BALLOON } from './balloon/guest.ts';
import { CR_SHADOW } from './cr-shadow/guest.ts';
import { DMA_ISOLATION } from './dma-isolation/guest.ts';
import { ENTRY_FAILURES } from './entry-failures/guest.ts';
import { EPT_ON_DEMAND } from './ept-on-demand/guest.ts';
import { EPT_PERMISSIONS } from './ept-permissions/guest.ts';
import { FIRST_EXIT } from './first-exit/guest.ts';
import { HELLO } from './hello/guest.ts';
import { INJECTION } from './injection/guest.ts';
import { NPAR } from './npar/guest.ts';
import { OVERCOMMIT } from './overcommit/guest.ts';
import { PAGING } from './paging/guest.ts';
import { PING } from './ping/guest.ts';
import { PROTECTED_MODE } from './protected-mode/guest.ts';
import { REAL_MODE_GUEST } from './real-mode-guest/guest.ts';
import { RINGS } from './rings/guest.ts';
import { SRIOV } from './sriov/guest.ts';
import { STALE_IOTLB } from './stale-iotlb/guest.ts';
import { STALE_TLB } from './stale-tlb/guest.ts';
import { THREE_WAYS } from './three-ways/guest.ts';
import { TIMER } from './timer/guest.ts';
import { TRAP_AND_EMULATE } from './trap-and-emulate/guest.ts';
import { TWO_GUESTS } from './two-guests/guest.ts';
import { VIRTIO_BLOCK } from './virtio-block/guest.ts';
import { VIRTIO_CONSOLE } from './virtio-console/guest.ts';
import { VIRTIO_ENTROPY } from './virtio-entropy/guest.ts';
import { VIRTIO_INDIRECT } from './virtio-indirect/guest.ts';
import { VIRTIO_MALICIOUS } from './virtio-malicious/guest.ts';
import { VIRTIO_RING } from './virtio-ring/guest.ts';
import { WHICH_HYPERVISOR } from './which-hypervisor/guest.ts';
import type { Guest } from './guest.ts';
import balloonInc from './lib/balloon.inc?raw';
import consoleInc from './lib/console.inc?raw';
import eptInc from './lib/ept.inc?raw';
import flatInc from './lib/flat.inc?raw';
import hypervisorInc from './lib/hypervisor.inc?raw';
import iommuInc from './lib/iommu.inc?raw';
import linesInc from './lib/lines.inc?raw';
import pciInc from './lib/pci.inc?raw';
import virtioPciInc from './lib/virtio-pci.inc?raw';
import virtioInc from './lib/virtio.inc?raw';
import vmInc from './lib/vm.inc?raw';
import vmxInc from './lib/vmx.inc?raw';

/** The catalogue, in teaching order. */
export const GUESTS: readonly Guest[] = [
  HELLO,
  PROTECTED_MODE,
  PAGING,
  RINGS,
  TIMER,
  FIRST_EXIT,
  TRAP_AND_EMULATE,
  EPT_ON_DEMAND,
  EPT_PERMISSIONS,
  TWO_GUESTS,
  STALE_TLB,
  REAL_MODE_GUEST,
  INJECTION,
  ENTRY_FAILURES,
  CR_SHADOW,
  VIRTIO_CONSOLE,
  VIRTIO_ENTROPY,
  VIRTIO_BLOCK,
  VIRTIO_RING,
  VIRTIO_INDIRECT,
  VIRTIO_MALICIOUS,
  DMA_ISOLATION,
  STALE_IOTLB,
  SRIOV,
  THREE_WAYS,
  NPAR,
  PING,
  BALLOON,
  OVERCOMMIT,
  WHICH_HYPERVISOR,
];

/** Text behind `%include "name"` in a guest's source. */
export const INCLUDES: Readonly<Record<string, string>> = {
  'balloon.inc': balloonInc,
  'console.inc': consoleInc,
  'ept.inc': eptInc,
  'flat.inc': flatInc,
  'hypervisor.inc': hypervisorInc,
  'iommu.inc': iommuInc,
  'lines.inc': linesInc,
  'pci.inc': pciInc,
  'virtio-pci.inc': virtioPciInc,
  'virtio.inc': virtioInc,
  'vm.inc': vmInc,
  'vmx.inc': vmxInc,
};

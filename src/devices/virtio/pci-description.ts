import {
  CAP_BAR,
  CAP_EXTRA,
  CAP_LENGTH,
  CAP_OFFSET,
  CAP_SIZE,
  CAP_TYPE,
  NOTIFY_OFF_MULTIPLIER,
  VIRTIO_PCI_BAR,
  VIRTIO_PCI_BAR_SIZE,
  VIRTIO_PCI_CAPS,
  VIRTIO_PCI_CLASSES,
  VIRTIO_PCI_DEVICE,
  VIRTIO_PCI_MSIX_BAR,
  VIRTIO_PCI_MSIX_PENDING,
  VIRTIO_PCI_MSIX_SIZE,
  VIRTIO_PCI_REVISION,
  VIRTIO_PCI_STRUCTURES,
  VIRTIO_PCI_SUBSYSTEM,
  VIRTIO_PCI_VENDOR,
  type VirtioPciCap,
} from '../../arch/virtio-pci.ts';
import type { ConfigTemplate } from '../pci/config-space.ts';
import { addVendorCapability, type EndpointDescription, PciEndpoint } from '../pci/endpoint.ts';
import { capabilityName, VirtioPci, vectorsOf } from './pci.ts';
import type { VirtioPlace } from './device.ts';
import type { VirtioHost, VirtioModel } from './model.ts';

const CAP_BYTES = 16;
const CAP_BYTES_EXTRA = 20;
const ALL_ONES = 0xffff_ffff;
/** Class of a function whose type nobody has classified. */
const UNCLASSIFIED = 0x00ff00;

/** What a virtio device of this kind shows in its configuration space: INTA, MSI-X, and the five capabilities. virtio 1.2, "PCI Device Discovery". */
export function describeVirtioPci(model: VirtioModel, id: string): EndpointDescription {
  const type: number = model.type.id;
  return {
    id,
    title: model.type.title,
    vendor: VIRTIO_PCI_VENDOR,
    device: VIRTIO_PCI_DEVICE + type,
    subsystemVendor: VIRTIO_PCI_VENDOR,
    subsystem: VIRTIO_PCI_SUBSYSTEM + type,
    revision: VIRTIO_PCI_REVISION,
    classCode: VIRTIO_PCI_CLASSES[type] ?? UNCLASSIFIED,
    pin: 1,
    bars: [
      { index: VIRTIO_PCI_BAR, kind: 'memory32', size: VIRTIO_PCI_BAR_SIZE },
      { index: VIRTIO_PCI_MSIX_BAR, kind: 'memory32', size: VIRTIO_PCI_MSIX_SIZE },
    ],
    msix: { vectors: vectorsOf(model), bar: VIRTIO_PCI_MSIX_BAR, table: 0, pending: VIRTIO_PCI_MSIX_PENDING },
    extend: addVirtioCapabilities,
  };
}

/** A virtio device as an ordinary PCI function: attach `endpoint` to a bus; both, and the transport's parts, are parts of the machine. */
export function createVirtioPci(
  model: VirtioModel,
  host: Omit<VirtioHost, 'memory'>,
  place: VirtioPlace,
): { readonly transport: VirtioPci; readonly endpoint: PciEndpoint } {
  const transport = new VirtioPci(model, host, place);
  const endpoint = new PciEndpoint(describeVirtioPci(model, `${place.id}.function`), transport);
  transport.connect(endpoint);
  return { transport, endpoint };
}

/** Adds the capabilities that tell a driver where the structures are. virtio 1.2, "Virtio Structure PCI Capabilities". */
export function addVirtioCapabilities(template: ConfigTemplate): void {
  for (const cap of Object.keys(VIRTIO_PCI_CAPS) as VirtioPciCap[]) addCapability(template, cap);
}

function addCapability(template: ConfigTemplate, cap: VirtioPciCap): void {
  const isWindow = cap === 'PCI_CFG';
  const size = cap === 'NOTIFY_CFG' || isWindow ? CAP_BYTES_EXTRA : CAP_BYTES;
  const structure = isWindow ? { offset: 0, size: 0 } : VIRTIO_PCI_STRUCTURES[cap];
  const writable = isWindow ? ALL_ONES : 0;
  const extra = { name: isWindow ? 'pci_cfg_data' : 'notify_off_multiplier', offset: CAP_EXTRA, size: 4 } as const;
  const registers = [
    { name: 'cap_len', offset: CAP_LENGTH, size: 1, meaning: 'length of this capability' },
    { name: 'cfg_type', offset: CAP_TYPE, size: 1, meaning: `the structure: ${cap}` },
    { name: 'bar', offset: CAP_BAR, size: 1, meaning: 'the BAR that it lies in', writable: writable & 0xff },
    { name: 'offset', offset: CAP_OFFSET, size: 4, meaning: 'where in the BAR', writable },
    { name: 'length', offset: CAP_SIZE, size: 4, meaning: isWindow ? 'width of the access: 1, 2 or 4' : 'its length', writable },
    ...(size > CAP_BYTES ? [{ ...extra, meaning: isWindow ? 'the data of the access' : 'bytes for each queue_notify_off', writable }] : []),
  ] as const;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes[CAP_LENGTH] = size;
  bytes[CAP_TYPE] = VIRTIO_PCI_CAPS[cap];
  bytes[CAP_BAR] = VIRTIO_PCI_BAR;
  view.setUint32(CAP_OFFSET, structure.offset, true);
  view.setUint32(CAP_SIZE, structure.size, true);
  if (cap === 'NOTIFY_CFG') view.setUint32(CAP_EXTRA, NOTIFY_OFF_MULTIPLIER, true);
  addVendorCapability(template, { name: capabilityName(cap), size, registers }, bytes.subarray(2));
}

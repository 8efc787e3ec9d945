import type { EN_DEVICES } from './en-devices.ts';

/** Français, suite : périphériques et machines virtuelles. */
export const FR_DEVICES: Readonly<Record<keyof typeof EN_DEVICES, string>> = {
  'app.level.devices': 'Les périphériques',
  'app.level.hypervisor': 'Notre propre hyperviseur',
  'virtio.title': 'Virtqueue',
  'iommu.title': 'IOMMU',
  'balloon.title': 'Ballon',
  'pci.title': 'PCI',
  'vms.title': 'VM',
};

/** English, continued: devices and virtual machines. */
export const EN_DEVICES = {
  'app.level.devices': 'Devices',
  'app.level.hypervisor': 'Our own hypervisor',
  'virtio.title': 'Virtqueue',
  'iommu.title': 'IOMMU',
  'balloon.title': 'Balloon',
  'pci.title': 'PCI',
  'vms.title': 'VMs',
} as const;

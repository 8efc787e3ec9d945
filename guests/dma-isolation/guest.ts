import { type Guest, lines } from '../guest.ts';
import source from './dma-isolation.asm?raw';

export const DMA_ISOLATION: Guest = {
  id: 'dma-isolation',
  title: { en: 'DMA into another virtual machine', fr: "Un accès direct dans la mémoire d'une autre machine virtuelle" },
  prose: {
    en: "VM A drives a disk of its own without any exit, and tells it to write into a page of VM B: EPT does not stand in the way of a device. Then the hypervisor builds root, context and second-level tables, switches the IOMMU on, and the same access is blocked and on record. Watch the walk from the disk's routing ID to memory, and the fault log.",
    fr: "La VM A pilote son propre disque sans aucune sortie, et lui dit d'écrire dans une page de la VM B : l'EPT n'arrête pas un périphérique. Puis l'hyperviseur construit les tables racine, de contexte et de second niveau, met l'IOMMU en marche, et le même accès est bloqué et consigné. Regardez le parcours de l'identifiant de routage du disque jusqu'à la mémoire, et le journal des fautes.",
  },
  level: 'devices',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 8,
  devices: [{ kind: 'block', bus: 'pci', contents: 'Written by the disk of VM A.' }],
  expected: {
    console: lines(
      'VM A has the disk 00:01.0',
      'Without the IOMMU:',
      '  page of VM B: Written by the disk of VM A.',
      'With the IOMMU, the same:',
      '  VM A: my disk needs a reset',
      '  blocked: 00:01.0 writes 00410000, reason 5 (no write permission)',
      '  page of VM B: VM B was here.',
      "With the IOMMU, into VM A's own memory:",
      '  page of VM B: VM B was here.',
      '  page of VM A: Written by the disk of VM A.',
    ),
    stop: 'halt',
    exits: { 12: 6 },
  },
  look: 0x410000,
  scene: 'iommu',
};

import { type Guest, lines } from '../guest.ts';
import source from './stale-iotlb.asm?raw';

export const STALE_IOTLB: Guest = {
  id: 'stale-iotlb',
  title: { en: 'A stale IOTLB entry', fr: "Une entrée périmée de l'IOTLB" },
  prose: {
    en: "A page is taken from VM A's disk and given to VM B, but the IOMMU is not told: the disk still writes there, by what the IOTLB remembers. Forgetting takes a command, by register or by the invalidation queue; and since absence is remembered too, a page that is mapped again stays blocked until then. Watch the IOTLB's entries beside the tables.",
    fr: "Une page est retirée au disque de la VM A et donnée à la VM B, sans que l'IOMMU l'apprenne : le disque y écrit encore, d'après ce que l'IOTLB a retenu. Il faut une commande pour oublier, par registre ou par la file d'invalidation ; et comme l'absence est retenue aussi, une page rétablie reste bloquée jusque-là. Comparez les entrées de l'IOTLB avec les tables.",
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
      '1. Mapped',
      '  the page reads: Written by the disk of VM A.',
      '2. Unmapped, and nobody told the IOMMU',
      '  the page reads: Written by the disk of VM A.',
      '3. Invalidated by register',
      '  blocked: 00:01.0 writes 00600000, reason 5 (no write permission)',
      '  the page reads: Property of VM B.',
      '4. Mapped again, and nobody told the IOMMU',
      '  blocked: 00:01.0 writes 00600000, reason 5 (no write permission)',
      '  the page reads: Property of VM B.',
      '5. Invalidated by register',
      '  the page reads: Written by the disk of VM A.',
      '6. Unmapped; the queue is on, but empty',
      '  the page reads: Written by the disk of VM A.',
      '7. Invalidated by the queue',
      '  blocked: 00:01.0 writes 00600000, reason 5 (no write permission)',
      '  the page reads: Property of VM B.',
    ),
    stop: 'halt',
    exits: { 12: 14 },
  },
  look: 0x600000,
  scene: 'iommu',
};

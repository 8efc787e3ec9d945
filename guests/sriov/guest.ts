import { type Guest, lines } from '../guest.ts';
import source from './sriov.asm?raw';

export const SRIOV: Guest = {
  id: 'sriov',
  title: { en: 'SR-IOV: a virtual function for each of two machines', fr: 'SR-IOV : une fonction virtuelle pour chacune de deux machines' },
  prose: {
    en: "One network card becomes three functions: the hypervisor enables two virtual ones, and gives each to a VM with its registers (EPT) and its DMA (IOMMU). The VMs exchange 200 packets; all exits are the timer's, none is a packet's. Then VM A lets its function read beyond its memory: blocked and recorded under the VF's own routing ID.",
    fr: "Une carte réseau devient trois fonctions : l'hyperviseur en active deux virtuelles, et donne chacune à une VM avec ses registres (EPT) et ses accès directs (IOMMU). Les VM échangent 200 paquets ; toutes les sorties sont celles du temporisateur, aucune n'est due à un paquet. Puis la VM A fait lire sa fonction au-delà de sa mémoire : bloqué et consigné sous l'identifiant de routage de la VF elle-même.",
  },
  level: 'devices',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 8,
  devices: [{ kind: 'sriov-nic', vfs: 2 }],
  expected: {
    console: lines(
      'Network card 00:01.0: NumVFs 2 of 2',
      'VF 1: 00:01.0 + 256 + 0 * 1 = 01:01.0, registers at C0000000',
      'VF 2: 00:01.0 + 256 + 1 * 1 = 01:01.1, registers at C0004000',
      'VM A: 100 packets sent, 100 received; exits: 5 by the timer, 1 by HLT, 0 for packets',
      'VM B: 100 packets sent, 100 received; exits: 4 by the timer, 1 by HLT, 0 for packets',
      'VM A sends from 00400000, beyond its memory:',
      '  VM A: my VF needs a reset',
      '  blocked: 01:01.0 reads 00400000, reason 6 (no read permission)',
    ),
    stop: 'halt',
    exits: { 12: 3, 52: 9 },
  },
  look: 0x200000,
  scene: 'pci',
};

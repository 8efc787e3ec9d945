import { type Guest, lines } from '../guest.ts';
import source from './three-ways.asm?raw';

export const THREE_WAYS: Guest = {
  id: 'three-ways',
  title: { en: 'Three ways to a network card', fr: 'Trois chemins vers une carte réseau' },
  prose: {
    en: 'The same 16 packets leave a VM by an emulated card with a data port (an exit for each byte), by a virtio queue whose notifications the hypervisor passes on (an exit for each notification), and by a virtual function of its own (none). Between the last two, one EPT entry differs. Compare the exits, and the ticks that a packet takes.',
    fr: "Les mêmes 16 paquets quittent une VM par une carte émulée à port de données (une sortie par octet), par une file virtio dont l'hyperviseur transmet les notifications (une sortie par notification), et par une fonction virtuelle à elle (aucune). Entre les deux dernières, une seule entrée d'EPT change. Comparez les sorties, et les tics que prend un paquet.",
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
      '16 packets of 60 bytes by',
      '  an emulated card with a data port: exits 976, 61.00 a packet; ticks 4051 a packet',
      '  virtio, notified of each packet: exits 16, 1.00 a packet; ticks 104 a packet',
      '  virtio, notified once for all: exits 1, 0.06 a packet; ticks 106 a packet',
      '  a VF of its own: exits 0, 0.00 a packet; ticks 54 a packet',
    ),
    stop: 'halt',
    exits: { 12: 8, 30: 976, 48: 17 },
  },
  look: 0x201000,
  scene: 'virtio',
};

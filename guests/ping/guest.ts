import { type Guest, lines } from '../guest.ts';
import source from './ping.asm?raw';

export const PING: Guest = {
  id: 'ping',
  title: { en: 'Ping between two virtual machines', fr: 'Ping entre deux machines virtuelles' },
  prose: {
    en: 'Two virtual machines run the same program and have a virtio network card each, on a switch that learns who is where. One asks by ARP for an address, then sends four ICMP echo requests; the other turns each frame round. Watch the receive queue, full of empty buffers that wait, and the transmit queue, whose one buffer comes and goes; the capture opens in Wireshark.',
    fr: "Deux machines virtuelles exécutent le même programme et ont chacune une carte réseau virtio, sur un commutateur qui apprend qui est où. L'une demande une adresse par ARP, puis envoie quatre demandes d'écho ICMP ; l'autre retourne chaque trame. Regardez la file de réception, pleine de tampons vides qui attendent, et la file d'émission, dont l'unique tampon va et vient ; la capture s'ouvre dans Wireshark.",
  },
  level: 'hypervisor',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 1,
  hosted: {
    images: [{ name: 'ping', source, load: 0x10000, mode: 'protected', ramMiB: 1 }],
    places: 2,
    // The one that asks comes when the other listens.
    commands: [
      { do: 'create', image: 0, ramMiB: 1 },
      { do: 'create', image: 0, ramMiB: 1, at: 50_000 },
    ],
  },
  expected: {
    console: lines(
      'vm0| 10.0.0.1 listens.',
      'vm1| Who has 10.0.0.1?',
      'vm1| 10.0.0.1 is at the address that ends in 00000001',
      'vm1| 64 bytes from 10.0.0.1: sequence 1, 5171 ticks',
      'vm1| 64 bytes from 10.0.0.1: sequence 2, 5171 ticks',
      'vm1| 64 bytes from 10.0.0.1: sequence 3, 5171 ticks',
      'vm1| 64 bytes from 10.0.0.1: sequence 4, 5171 ticks',
    ),
    stop: 'halt',
    exits: { 12: 7, 30: 45, 48: 132, 52: 10 },
  },
  look: 0x22000,
  scene: 'virtio',
};

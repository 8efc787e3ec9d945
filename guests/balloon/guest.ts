import { type Guest, lines } from '../guest.ts';
import source from './balloon.asm?raw';

export const BALLOON: Guest = {
  id: 'balloon',
  title: { en: 'The balloon inflates and deflates', fr: 'Le ballon se gonfle et se dégonfle' },
  prose: {
    en: 'When the host asks for memory, the balloon driver takes free pages away from its own guest and tells the host their numbers; their entries vanish from the EPT, and host memory goes up. A program that needs more than is free makes the driver take some back. A page that returns is an EPT violation at its next touch, and holds zeros.',
    fr: "Quand l'hôte demande de la mémoire, le pilote du ballon retire des pages libres à son propre invité et en donne les numéros à l'hôte ; leurs entrées disparaissent de l'EPT, et la mémoire de l'hôte augmente. Un programme auquel il faut plus que ce qui est libre oblige le pilote à en reprendre. Une page qui revient est une violation d'EPT au premier accès, et ne contient que des zéros.",
  },
  level: 'hypervisor',
  source,
  format: 'flat',
  load: 0x10000,
  mode: 'protected',
  ramMiB: 1,
  hosted: {
    images: [{ name: 'balloon', source, load: 0x10000, mode: 'protected', ramMiB: 1 }],
    places: 1,
    // Each comes while the guest sleeps.
    commands: [
      { do: 'create', image: 0, ramMiB: 1 },
      { do: 'balloon', vm: 0, pages: 40, at: 200_000 },
      { do: 'stats', vm: 0, at: 300_000 },
      { do: 'balloon', vm: 0, pages: 0, at: 350_000 },
      { do: 'hint', vm: 0, at: 450_000 },
    ],
  },
  expected: {
    console: lines(
      'vm0| Balloon: features 0000002F: 0 in the balloon, 64 free.',
      'vm0| The host asks for memory: 40 in the balloon, 24 free.',
      'vm0| A program has 32 pages, 8 of them out of the balloon: 32 in the balloon, 0 free.',
      'vm0| The host has seen our statistics: 32 in the balloon, 32 free.',
      'vm0| The host gives all back: 0 in the balloon, 64 free.',
      'vm0| 24 pages are as we left them, the others are zeros.',
      'vm0| The host knows which pages are free. They are ours: 0 in the balloon, 64 free.',
      'vm0| The host has the frames of all free pages, and we need not ask: 0 in the balloon, 64 free.',
      'vm0| 00000000 is in the first one.',
    ),
    stop: 'halt',
    exits: { 12: 5, 30: 34, 48: 336 },
  },
  look: 0x40000,
  scene: 'balloon',
};

import { type Guest, lines } from '../guest.ts';
import source from './hello.asm?raw';

export const HELLO: Guest = {
  id: 'hello',
  title: { en: 'Hello', fr: 'Bonjour' },
  prose: {
    en: 'A boot sector in real mode sends its greeting to COM1, character by character. Watch SI walk over the text and the line status register answer each question.',
    fr: "Un secteur d'amorçage en mode réel envoie son salut à COM1, caractère par caractère. Regardez SI parcourir le texte et le registre d'état de la ligne répondre à chaque question.",
  },
  level: 'cpu',
  source,
  format: 'boot',
  load: 0x7c00,
  mode: 'real',
  ramMiB: 1,
  expected: {
    console: lines('Hello from real machine code.'),
    stop: 'halt',
    exits: {},
  },
};

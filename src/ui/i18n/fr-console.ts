import type { EN_CONSOLE } from './en-console.ts';

/** Français : la console. */
export const FR_CONSOLE: Readonly<Record<keyof typeof EN_CONSOLE, string>> = {
  'console.title': 'Console',
  'console.empty': 'rien n’a été écrit',
  'console.lost': 'le début n’est plus gardé : {n} {n|octet|octets}',
  'console.input': 'Envoyer à COM1',
  'console.placeholder': 'une ligne de texte ; Entrée l’envoie',
  'console.keyboard': 'Console : ce que vous tapez va à COM1. Échap en sort ; Ctrl+I tape une tabulation, Ctrl+[ un échappement.',
  'console.ways': 'Les touches vont à COM1 ; {keys} ou Tab en sort (Ctrl+[ et Ctrl+I les tapent).',
  'console.leaves': '{keys} ou Tab en sort (Ctrl+[ et Ctrl+I les tapent).',
  'console.tooMuch': 'Trop de texte pour être lu : parcourez les lignes avec les flèches.',
  'console.waiting': '{n} {n|caractère attend|caractères attendent} que l’invité lise.',
  'console.forget': 'Les oublier',
  'console.to': 'Les touches vont à',
  'sheet.console': 'Console',
  'keys.console': 'Console : écrire à l’invité ; Échap en revient',
};

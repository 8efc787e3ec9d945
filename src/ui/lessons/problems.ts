/** What can be wrong in a lesson's file, and what to do about it: each once, in both languages, for whoever writes one. */
import type { Localised } from '../../api/protocol.ts';

/** A sentence, and advice. */
export interface Complaint {
  readonly message: Localised;
  readonly hint: Localised;
}

function complaint(message: Localised, hint: Localised): Complaint {
  return { message, hint };
}

/** The same in both languages: names. */
function listed(names: readonly string[], en: string, fr: string): Localised {
  return { en: `${en} ${names.join(', ')}.`, fr: `${fr} ${names.join(', ')}.` };
}

export const PROBLEMS = {
  tooLong: () =>
    complaint({ en: 'The file is too long.', fr: 'Le fichier est trop long.' }, { en: 'Make two lessons.', fr: 'Faites-en deux leçons.' }),
  noStep: () =>
    complaint(
      { en: 'The lesson has no step.', fr: 'La leçon n’a pas d’étape.' },
      { en: 'Begin each with a line [step].', fr: 'Commencez chacune par une ligne [step].' },
    ),
  noGuest: (id: string, guests: readonly string[]) =>
    complaint({ en: `There is no guest “${id}”.`, fr: `Il n’y a pas d’invité « ${id} ».` }, listed(guests, 'There are:', 'Il y a :')),
  noPanel: (name: string, scenes: readonly string[]) =>
    complaint(
      { en: `There is no panel “${name}”.`, fr: `Il n’y a pas de panneau « ${name} ».` },
      listed(scenes, 'Choose one of', 'Choisissez-en un :'),
    ),
  noStepSize: (name: string, sizes: readonly string[]) =>
    complaint(
      { en: `One cannot step by “${name}”.`, fr: `On n’avance pas par « ${name} ».` },
      listed(sizes, 'Write one of', 'Écrivez l’un de ceux-ci :'),
    ),
  notOnly: (word: string) =>
    complaint(
      {
        en: `Behind a step size comes “only”, or nothing: not “${word}”.`,
        fr: `Derrière une taille de pas vient « only », ou rien : pas « ${word} ».`,
      },
      { en: 'Write by: exit, or by: exit only.', fr: 'Écrivez by: exit, ou by: exit only.' },
    ),
  noQuestion: (key: string) =>
    complaint(
      { en: `There is a “${key}” without a question.`, fr: `Il y a un « ${key} » sans question.` },
      { en: 'Add question.en and question.fr.', fr: 'Ajoutez question.en et question.fr.' },
    ),
  choicesAndNumber: () =>
    complaint(
      { en: 'The question has choices and a number.', fr: 'La question a des choix et un nombre.' },
      { en: 'Remove one of the two.', fr: 'Retirez l’un des deux.' },
    ),
  unevenChoices: (en: number, fr: number, when: number) =>
    complaint(
      {
        en: `The question has ${en} choice.en, ${fr} choice.fr and ${when} when.`,
        fr: `La question a ${en} choice.en, ${fr} choice.fr et ${when} when.`,
      },
      {
        en: 'Write at least two choices, each as choice.en, choice.fr and when; or a number.',
        fr: 'Écrivez au moins deux choix, chacun en choice.en, choice.fr et when ; ou un number.',
      },
    ),
  keyTooOften: (key: string, most: number) =>
    complaint(
      { en: `“${key}” is pressed too often.`, fr: `« ${key} » est appuyée trop de fois.` },
      {
        en: `At most ${most} times; with g:120 one goes to a tick at once.`,
        fr: `Au plus ${most} fois ; avec g:120 on va d’un coup à un tic.`,
      },
    ),
  noKey: (word: string) =>
    complaint(
      { en: `No key of the page is called “${word}”.`, fr: `Aucune touche de la page ne s’appelle « ${word} ».` },
      { en: 'For instance: ArrowRight*3 Shift+ArrowRight c g:120.', fr: 'Par exemple : ArrowRight*3 Shift+ArrowRight c g:120.' },
    ),
  strayLine: () =>
    complaint(
      {
        en: 'An indented line belongs to a key, and there is none above it.',
        fr: 'Une ligne en retrait appartient à une clé, et il n’y en a pas au-dessus.',
      },
      { en: 'Remove the blanks, or add the key.', fr: 'Retirez les espaces, ou ajoutez la clé.' },
    ),
  noEntry: (line: string) =>
    complaint(
      { en: `“${line}” is no “key: value”.`, fr: `« ${line} » n’est pas de la forme « clé: valeur ».` },
      {
        en: 'Begin with a key and a colon; indent a line that goes on with the value above.',
        fr: 'Commencez par une clé et deux-points ; mettez en retrait une ligne qui continue la valeur du dessus.',
      },
    ),
  missing: (key: string) =>
    complaint(
      { en: `There is no “${key}” here.`, fr: `Il n’y a pas de « ${key} » ici.` },
      { en: `Add a line “${key}: ...”.`, fr: `Ajoutez une ligne « ${key}: ... ».` },
    ),
  noNumber: (text: string) =>
    complaint(
      { en: `“${text}” is no whole number.`, fr: `« ${text} » n’est pas un nombre entier.` },
      { en: 'Write digits alone.', fr: 'Écrivez des chiffres seulement.' },
    ),
  unknownKey: (key: string, keys: readonly string[]) =>
    complaint({ en: `There is no key “${key}” here.`, fr: `Il n’y a pas de clé « ${key} » ici.` }, listed(keys, 'There are:', 'Il y a :')),
  twice: (key: string) =>
    complaint(
      { en: `“${key}” is here twice.`, fr: `« ${key} » est là deux fois.` },
      { en: 'Keep one of the two.', fr: 'Gardez l’un des deux.' },
    ),
  // Conditions
  unreadable: (text: string) =>
    complaint(
      { en: `“${text}” cannot be read.`, fr: `« ${text} » ne peut pas être lu.` },
      {
        en: 'Texts stand in "double quotes", labels behind an @.',
        fr: 'Les textes sont entre "guillemets droits", les étiquettes derrière un @.',
      },
    ),
  endless: () =>
    complaint(
      { en: 'The condition is too long.', fr: 'La condition est trop longue.' },
      { en: 'Make two steps of it.', fr: 'Faites-en deux étapes.' },
    ),
  surprise: (token: string) =>
    complaint(
      { en: `“${token}” comes as a surprise.`, fr: `« ${token} » est inattendu.` },
      { en: 'Join two claims by “and” or “or”.', fr: 'Joignez deux affirmations par « and » ou « or ».' },
    ),
  expected: (wanted: string, token: string) =>
    complaint(
      {
        en: `There should be “${wanted}” where ${token === '' ? 'the line ends' : `“${token}” stands`}.`,
        fr: `Il faudrait « ${wanted} » là où ${token === '' ? 'la ligne finit' : `se trouve « ${token} »`}.`,
      },
      { en: 'Add it.', fr: 'Ajoutez-le.' },
    ),
  lacking: (token: string) =>
    complaint(
      {
        en: `Something is missing ${token === '' ? 'at the end' : `before “${token}”`}.`,
        fr: `Il manque quelque chose ${token === '' ? 'à la fin' : `avant « ${token} »`}.`,
      },
      { en: 'A number, a "text", @label, line 12 or a fact.', fr: 'Un nombre, un "texte", @label, line 12 ou un fait.' },
    ),
  noLine: () =>
    complaint(
      { en: 'Behind “line” comes the number of a line of the source.', fr: 'Derrière « line » vient le numéro d’une ligne du source.' },
      { en: 'For instance: line 12.', fr: 'Par exemple : line 12.' },
    ),
  noFact: (name: string, facts: readonly string[]) =>
    complaint({ en: `There is no fact “${name}”.`, fr: `Il n’y a pas de fait « ${name} ».` }, listed(facts, 'There are:', 'Il y a :')),
  saysNothing: (text: string, advice: Localised) => complaint({ en: `“${text}” says nothing.`, fr: `« ${text} » ne dit rien.` }, advice),
} as const;

/** What may stand behind the name of a fact. */
export const ADVICE = {
  nothing: { en: 'Nothing comes behind this name.', fr: 'Rien ne suit ce nom.' },
  bits: (bits: readonly string[]) => listed(bits, 'Its bits are', 'Ses bits sont'),
  number: { en: 'A number may follow: exits.48, exceptions.14.', fr: 'Un nombre peut suivre : exits.48, exceptions.14.' },
  address: (members: readonly string[]) =>
    listed(members, 'An address in parentheses follows, then one of', 'Une adresse entre parenthèses suit, puis l’un de ceux-ci :'),
  brackets: {
    en: 'A linear address in brackets follows: memory32[0x1000].',
    fr: 'Une adresse linéaire entre crochets suit : memory32[0x1000].',
  },
  tlb: (members: readonly string[]) =>
    listed(
      members,
      'Alone it counts the entries; with an address in parentheses follows one of',
      'Seul, il compte les entrées ; avec une adresse entre parenthèses suit l’un de ceux-ci :',
    ),
  device: { en: 'A path follows: device.virtio.0.queues.1.used.idx.', fr: 'Un chemin suit : device.virtio.0.queues.1.used.idx.' },
  field: {
    en: 'The name of a field follows, as vmcs.exitReason: src/arch/vmcs-fields.ts has them all.',
    fr: 'Le nom d’un champ suit, comme vmcs.exitReason : src/arch/vmcs-fields.ts les a tous.',
  },
  word: {
    en: 'The name of a word follows: cpu.GDTR_LIMIT, cpu.CS_BASE, cpu.SS_RIGHTS (src/arch/cpu-state.ts).',
    fr: 'Le nom d’un mot suit : cpu.GDTR_LIMIT, cpu.CS_BASE, cpu.SS_RIGHTS (src/arch/cpu-state.ts).',
  },
} as const;

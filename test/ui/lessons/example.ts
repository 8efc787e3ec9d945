/** A lesson file in which every key occurs. */
export const LESSON = `# A comment.
title.en: A title
title.fr: Un titre
goal.en: A goal.
guest: paging
minutes: 5
goal.fr: Un but.
[step]
title.en: First
title.fr: Premièrement
text.en: One line
  and another.
question.en: How many?
question.fr: Combien ?
choice.en: two
choice.fr: deux
when: tick = 2
text.fr: Une ligne.
do.en: Do it.
do.fr: Faites-le.
check: at = line 56
choice.en: three
scene: walk
choice.fr: trois
when: tick > 2
keys: ArrowRight*3 Shift+ArrowRight g:120
after.en: So it is.
after.fr: C'est ainsi.
stop: line 56
stop: exit 48
hint.en: Look.
hint.fr: Regardez.
[step]
title.en: Second
title.fr: Deuxièmement
scene: tlb
by: exit
lens: guest write 0x400000
text.en: Text.
text.fr: Texte.
do.en: Go on.
do.fr: Continuez.
check: exceptions.14 = 1
question.en: Which address?
question.fr: Quelle adresse ?
number: cr2
keys: c
after.en: Right.
after.fr: Voilà.
`;

/** The example with one line become another. */
export function withLine(from: string, to: string): string {
  if (!LESSON.includes(`${from}\n`)) throw new Error(`The example has no line ${from}`);
  return LESSON.replace(`${from}\n`, to === '' ? '' : `${to}\n`);
}

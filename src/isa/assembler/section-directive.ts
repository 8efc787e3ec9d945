/** `section name attribute=value ...`. NASM manual, "Multisection Support for the bin Format". */
import type { Assembly } from './assembly.ts';
import { SourceError } from './errors.ts';
import type { Section } from './output.ts';
import type { Action, SectionAttribute } from './syntax.ts';

type Apply = (section: Section, value: number) => void;

const ATTRIBUTES: Readonly<Record<string, Apply>> = {
  align: (section, value) => {
    section.alignment = value;
  },
  start: (section, value) => {
    section.start = value;
  },
  vstart: (section, value) => {
    section.virtualStart = value;
  },
};

/** Goes on in the named section. */
export function executeSection(assembly: Assembly, action: Extract<Action, { kind: 'section' }>): void {
  const isReserved = action.attributes.some((attribute) => attribute.name === 'nobits');
  const section = assembly.sections.named(action.name, isReserved || undefined);
  for (const attribute of action.attributes) apply(assembly, section, attribute);
  assembly.location = { section };
}

function apply(assembly: Assembly, section: Section, attribute: SectionAttribute): void {
  const { name, value, at } = attribute;
  if (name === 'nobits' || name === 'progbits') return;
  const set = ATTRIBUTES[name];
  if (!set || !value)
    throw new SourceError(
      at,
      `\`${at.text}\` is not an attribute of a section.`,
      'Known are align=, start=, vstart=, progbits and nobits.',
    );
  const number = assembly.number(value, 'An attribute');
  const isAlignment = name === 'align' && (number <= 0n || (number & (number - 1n)) !== 0n);
  if (number < 0n || number >= 2n ** 32n || isAlignment) throw new SourceError(value.at, `${number} is not possible for \`${name}\`.`);
  set(section, Number(number));
}

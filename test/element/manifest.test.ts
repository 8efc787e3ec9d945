import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GlassVisorElement } from '../../src/element/class.ts';
import { FRAME_EVENTS } from '../../src/element/frame-protocol.ts';
import { GlassVisorPart, PART_SCENES } from '../../src/element/parts.ts';
import { AROUND_PANELS, PARTS, SCENE_PANELS } from '../../src/element/scenes.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(resolve(ROOT, path), 'utf8');
const files = readdirSync(resolve(ROOT, 'src/element')).filter((name) => name.endsWith('.ts'));
const code = files.map((name) => text(`src/element/${name}`)).join('\n');

interface Named {
  readonly name: string;
  readonly description?: string;
  readonly kind?: string;
}
interface Declaration {
  readonly name: string;
  readonly attributes: readonly Named[];
  readonly members: readonly Named[];
  readonly events?: readonly Named[];
  readonly slots?: readonly Named[];
  readonly cssParts?: readonly Named[];
  readonly cssProperties?: readonly Named[];
}
const manifest = JSON.parse(text('src/element/custom-elements.json')) as {
  modules: { declarations?: Declaration[]; exports: { kind: string; name: string }[] }[];
};
const declared = (name: string): Declaration =>
  manifest.modules.flatMap((m) => m.declarations ?? []).find((d) => d.name === name) as Declaration;
const element = declared('GlassVisorElement');
const names = (list: readonly Named[] | undefined): string[] => (list ?? []).map(({ name }) => name).sort();
const found = (pattern: RegExp, where = code): string[] => [...new Set([...where.matchAll(pattern)].map(([, name]) => name))];

/** What a class offers: accessors and methods that TypeScript calls neither private nor a life's. */
function publicOf(prototype: object, source: string): string[] {
  const isHidden = (name: string): boolean =>
    /^(constructor|(connected|disconnected|attributeChanged)Callback|addEventListener)$/.test(name) ||
    new RegExp(`private (async )?(readonly )?${name}\\b`).test(source);
  return Object.getOwnPropertyNames(prototype).filter((name) => !isHidden(name));
}

describe('custom-elements.json', () => {
  test('has every property and method, and no other', () => {
    expect(names(element.members)).toEqual(publicOf(GlassVisorElement.prototype, text('src/element/class.ts')).sort());
    expect(names(declared('GlassVisorPart').members)).toEqual(publicOf(GlassVisorPart.prototype, text('src/element/parts.ts')).sort());
  });

  test('has every attribute that is watched or read, and no other', () => {
    const read = found(/(?:getAttribute|hasAttribute|isOn|listOf)\((?:this\.|viewer\.)?(?:host|element|this)?(?:, )?'([\w-]+)'/g);
    const own = [...GlassVisorElement.observedAttributes, ...read].filter((name) => !['for', 'aria-busy'].includes(name));
    expect(names(element.attributes)).toEqual([...new Set(own)].sort());
    expect(names(declared('GlassVisorPart').attributes)).toEqual([...GlassVisorPart.observedAttributes]);
  });

  test('has every event that is told, and a frame passes each on', () => {
    const told = found(/tell\((?:host, |this\.element, )?'(gv-\w+)'/g).sort();
    expect(names(element.events)).toEqual(told);
    expect([...FRAME_EVENTS].sort()).toEqual(told);
  });

  test('has every slot, and no other', () => {
    expect(names(element.slots)).toEqual(
      ['', ...found(/<slot name="([\w-]+)"|slotOf\('([\w-]+)'/g), ...found(/slotOf\('([\w-]+)'/g)].filter((n) => n !== undefined).sort(),
    );
  });

  test('has every part that goes through, and each is drawn somewhere', () => {
    expect(names(element.cssParts)).toEqual([...new Set([...PARTS, 'frame', 'poster', 'button'])].sort());
    const panels = readdirSync(resolve(ROOT, 'src/ui/panels')).map((name) => text(`src/ui/panels/${name}`));
    const drawn = found(/part(?:=|', )["']([\w -]+)["']/g, [code, ...panels].join('\n')).flatMap((part) => part.split(' '));
    expect(names(element.cssParts).filter((part) => !drawn.includes(part))).toEqual([]);
  });

  test('has every custom property of the palette and the type', () => {
    const tokens = found(/(--gv-[\w-]+):/g, text('src/ui/theme/tokens.css'));
    // Tints follow their colours; the zoom is the page's own.
    const own = tokens.filter((name) => !/-(t|soft|zoom)$/.test(name));
    expect(names(element.cssProperties)).toEqual([...own, '--gv-font'].sort());
    expect(names(element.cssProperties).filter((name) => !new RegExp(`${name}\\b`).test(code + text('src/ui/theme/tokens.css')))).toEqual(
      [],
    );
  });

  test('has every scene and control that there is', () => {
    const said = (name: string): string => element.attributes.find((a) => a.name === name)?.description ?? '';
    for (const scene of ['walk', ...Object.keys(SCENE_PANELS)]) expect(said('scene')).toMatch(new RegExp(`\\b${scene}\\b`));
    for (const control of Object.keys(AROUND_PANELS).filter((c) => c !== 'source')) expect(said('controls')).toContain(control);
  });

  test('has every part of a machine that can stand elsewhere', () => {
    const defined = manifest.modules.flatMap((m) => m.exports).filter(({ kind }) => kind === 'custom-element-definition');
    expect(defined.map(({ name }) => name).sort()).toEqual(
      ['glass-visor', ...Object.keys(PART_SCENES).map((part) => `glass-visor-${part}`)].sort(),
    );
  });

  test('says a sentence about each', () => {
    const all = [element, declared('GlassVisorPart')].flatMap((d) =>
      [d.attributes, d.members, d.events, d.slots, d.cssParts, d.cssProperties].flatMap((list) => list ?? []),
    );
    expect(all.filter(({ description }) => !/^[A-Z`a-z].*\.$/s.test(description ?? '')).map(({ name }) => name)).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/ui/commands.ts';
import { commandAt, firstKey, isCharacter, keyName, keysOf, mayBeKey, pressed, readKeymap, withKey } from '../../src/ui/keymap.ts';
import { USUAL_KEYS } from '../../src/ui/usual-keys.ts';

const command = (id: string) => COMMANDS.find((other) => other.id === id) as (typeof COMMANDS)[number];
const press = (key: string, held: Partial<KeyboardEvent> = {}) =>
  pressed({ key, ctrlKey: false, shiftKey: false, metaKey: false, altKey: false, ...held });

describe('the keys', () => {
  test('are each the key of one command, and every command has one', () => {
    const all = COMMANDS.flatMap(({ keys }) => keys);
    expect(new Set(all).size).toBe(all.length);
    for (const { id, keys } of COMMANDS) for (const key of keys) expect(commandAt(key, USUAL_KEYS)?.id).toBe(id);
  });

  test('can be put in place of the usual ones; who loses one has it no more, and the usual one comes back', () => {
    const own = withKey(USUAL_KEYS, 'run', 'g');
    expect([commandAt('g', own)?.id, commandAt('c', own), firstKey('go', own)]).toEqual(['run', undefined, '']);
    expect(withKey(own, 'run', 'c')).toEqual(USUAL_KEYS);
    const taken = withKey(own, 'step', 'g');
    expect([commandAt('g', taken)?.id, commandAt('c', taken)?.id]).toEqual(['step', 'run']);
  });

  test('that are single characters can be switched off; arrows stay', () => {
    const off = { ...USUAL_KEYS, hasCharacters: false };
    const left = COMMANDS.flatMap((each) => keysOf(each, off));
    expect(left.some(isCharacter)).toBe(false);
    expect(keysOf(command('step'), off)).toEqual(['ArrowRight']);
    expect(keysOf(command('table'), off)).toEqual([]);
  });

  test('of VS Code are there when they are wanted', () => {
    const both = { ...USUAL_KEYS, hasVsCode: true };
    expect([commandAt('F10', USUAL_KEYS), commandAt('F10', both)?.id, commandAt('Shift+F11', both)?.id]).toEqual([
      undefined,
      'step',
      'nextExit',
    ]);
    expect(commandAt('F5', both)).toBeUndefined();
  });

  test('are read as they are pressed', () => {
    expect([press('?', { shiftKey: true }), press('C', { shiftKey: true }), press('c')]).toEqual(['?', 'Shift+C', 'c']);
    expect([press('ArrowRight', { ctrlKey: true }), press('c', { ctrlKey: true }), press('c', { altKey: true })]).toEqual([
      'Ctrl+ArrowRight',
      null,
      null,
    ]);
    expect([mayBeKey('Tab'), mayBeKey('Shift+Tab'), mayBeKey('F8'), mayBeKey('Shift')]).toEqual([false, false, true, false]);
    expect([keyName('Shift+ArrowLeft'), keyName(' '), keyName('c'), keyName('F10')]).toEqual(['⇧ ←', '␣', 'C', 'F10']);
  });

  test('that were kept are read whole, whatever stands there', () => {
    for (const value of [null, 7, 'x', [], {}]) expect(readKeymap(value)).toEqual(USUAL_KEYS);
    const kept = { hasCharacters: false, hasVsCode: true, own: { run: 'v', scene: 'y', nothing: 'z', step: 'Tab', go: 5, back: '' } };
    expect(readKeymap(kept)).toEqual({ hasCharacters: false, hasVsCode: true, own: { run: 'v' } });
  });
});

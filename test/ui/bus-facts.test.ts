import { describe, expect, test } from 'vitest';
import * as pci from '../../src/arch/pci.ts';
import { BALLOON_STATS } from '../../src/arch/virtio-devices.ts';
import * as vtd from '../../src/arch/vtd.ts';
import { busMeaning, functionTitle } from '../../src/ui/i18n/bus-facts.ts';
import '../../src/ui/i18n/french.ts';
import { FR_BUS_MEANINGS } from '../../src/ui/i18n/fr-bus-facts.ts';
import { Board } from '../api/views/board.ts';

/** Every `meaning` anywhere in a table. */
function meaningsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => (key === 'meaning' && typeof part === 'string' ? [part] : meaningsIn(part)));
}

describe('the words of PCI, VT-d and the balloon in French', () => {
  test('are there for every register, field, bit and fault that a panel shows', () => {
    const { DESCRIPTOR_TYPES: _, ...shown } = vtd;
    const functions = new Board().chipset.fabric.functions.map(({ fn }) => fn.registers);
    const all = [
      ...meaningsIn(pci),
      ...meaningsIn(shown),
      ...Object.values(vtd.FAULT_MEANINGS),
      ...meaningsIn(BALLOON_STATS),
      ...meaningsIn(functions),
    ];
    expect([...new Set(all)].filter((meaning) => !(meaning in FR_BUS_MEANINGS))).toEqual([]);
    expect(all.length).toBeGreaterThan(200);
  });

  test('are none that no table has', () => {
    const functions = new Board().chipset.fabric.functions.map(({ fn }) => fn.registers);
    const all = new Set([
      ...meaningsIn(pci),
      ...meaningsIn(vtd),
      ...Object.values(vtd.FAULT_MEANINGS),
      ...meaningsIn(BALLOON_STATS),
      ...meaningsIn(functions),
    ]);
    expect(Object.keys(FR_BUS_MEANINGS).filter((meaning) => !all.has(meaning))).toEqual([]);
  });

  test('are set as a printer would', () => {
    expect(busMeaning('fr', 'what happened; 1 clears an error')).toBe('ce qui s’est passé\u202f; 1 efface une erreur');
    expect(busMeaning('en', 'no read permission')).toBe('no read permission');
  });

  test('name the functions of cards with their numbers, and leave what they do not know', () => {
    expect(functionTitle('fr', 'Network card, virtual function 12')).toBe('Carte réseau, fonction virtuelle 12');
    expect(functionTitle('fr', 'Network card')).toBe('Carte réseau');
    expect(functionTitle('fr', 'Toy 3')).toBe('Toy 3');
    expect(functionTitle('en', 'Network card, partition 1')).toBe('Network card, partition 1');
  });
});

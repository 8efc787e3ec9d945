import { describe, expect, test } from 'vitest';
import { at, plain, say } from '../../src/ui/widgets/sentence.ts';
import '../../src/ui/i18n/french.ts';

describe('a sentence', () => {
  test('carries addresses with their space, words of the machine as they are', () => {
    const sentence = say('why.ran', { text: { mono: 'mov [ebx], eax' }, effects: [say('why.wrote', { address: at('v', 0x401238) }), 'x'] });
    expect(plain('en', sentence)).toBe('mov [ebx], eax: memory at v:0x00401238 is written, x.');
    expect(plain('fr', sentence)).toBe('mov [ebx], eax\u00a0: la mémoire en v:0x00401238 est écrite, x.');
  });

  test('asks for a word in the language that it is said in', () => {
    const sentence = say('why.exit.when', { n: 3, when: (language) => language });
    expect(plain('fr', sentence)).toContain('cause 3\u00a0: fr.');
  });
});

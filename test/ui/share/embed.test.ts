import { describe, expect, test } from 'vitest';
import { type Embedded, elementSnippet, frameSnippet } from '../../../src/ui/share/embed.ts';

const MOMENT: Embedded = {
  words: { guest: 'paging', tick: 120 },
  link: 'https://course.example/gv/#m1.abc',
  file: 'paging.glass',
  title: 'Pages & "frames"',
  language: 'fr',
  scene: 'map',
};

describe('what an author pastes', () => {
  test('is a frame with a title, that is fetched when it is near, and may fill the screen and copy', () => {
    const snippet = frameSnippet(MOMENT);
    expect(snippet).toContain('title="Glassvisor: Pages &amp; &quot;frames&quot;"');
    expect(snippet).toContain('loading="lazy"');
    expect(snippet).toContain('allow="fullscreen; clipboard-write"');
    expect(snippet).toContain('src="https://course.example/gv/embed.html#guest=paging&amp;tick=120&amp;scene=map&amp;lang=fr"');
  });

  test('is the moment’s own link where words do not say everything', () => {
    expect(frameSnippet({ ...MOMENT, words: null })).toContain('src="https://course.example/gv/#m1.abc"');
  });

  test('is an element with its guest, or with its file', () => {
    expect(elementSnippet(MOMENT)).toContain('<glass-visor guest="paging" tick="120" scene="map" lang="fr"');
    expect(elementSnippet({ ...MOMENT, words: null })).toContain('<glass-visor src="paging.glass"');
  });
});

import { describe, expect, test } from 'vitest';
import type { Source } from '../../src/api/protocol.ts';
import { carryBreakpoints } from '../../src/ui/edit/draft.ts';
import { TEMPLATES } from '../../src/ui/edit/templates.ts';
import { labelsIn } from '../../src/ui/edit/words.ts';
import { closeSource, keepText, openDraft, openSource, openText, problemsIn, runDraft } from '../../src/ui/edit/writing.ts';
import { after, sessionOf } from './machine.ts';

function sourceOf(text: string, places: readonly (readonly [line: number, linear: number])[]): Source {
  const lines = places.map(([line, linear]) => ({ line, linear, length: 1, isData: false }));
  return { text, lines, files: [{ name: '', text, lines }] };
}

describe('a draft', () => {
  test('runs in the machine of its guest, and keeps breakpoints at their lines', async () => {
    const session = await sessionOf('hello');
    expect(openSource(session)).toBe(true);
    const { loaded } = session.store.state;
    const at = loaded?.symbols['done'] ?? 0;
    await session.toggleBreakpoint(at);
    keepText(session, (loaded?.source?.text ?? '').replace('start:\n', 'start:\n    nop\n'));
    expect(await runDraft(session)).toBeNull();
    const { view, guestId } = session.store.state;
    expect([guestId, view.breakpoints]).toEqual(['hello', [at + 1]]);
    const { frame } = await after(session, () => session.run());
    expect(frame?.stop.reason).toBe('breakpoint');
  });

  test('that does not assemble is kept with what is wrong in it, and the machine stays', async () => {
    const session = await sessionOf('hello');
    await after(session, () => session.step());
    openSource(session);
    keepText(session, 'bits 16\n  mov ax, [nowhere]\n');
    expect(await runDraft(session)).toMatchObject([{ line: 2, column: 12, length: 7 }]);
    expect([session.store.state.frame?.tick, openDraft(session.store.state)?.text]).toEqual([1, 'bits 16\n  mov ax, [nowhere]\n']);
    closeSource(session);
    openSource(session);
    expect(openDraft(session.store.state)?.text).toContain('nowhere');
  });

  test('that is the machine’s own text again is forgotten when it is closed', async () => {
    const session = await sessionOf('hello');
    openSource(session);
    closeSource(session);
    expect(session.store.state.view).toMatchObject({ editing: null, drafts: [] });
  });

  test('from a template runs, each of them', async () => {
    const session = await sessionOf('hello');
    for (const { name, text } of TEMPLATES) {
      openText(session, name, text);
      expect(await problemsIn(session, text)).toEqual([]);
      await runDraft(session);
      const { frame, loaded } = await after(session, () => session.run());
      expect([loaded?.name, frame?.stop.reason]).toEqual([name, 'halt']);
    }
  });
});

describe('breakpoints', () => {
  test('go with the line of the same text that is nearest, and where there is none they go', () => {
    const before = sourceOf('nop\n hlt\nnop', [[1, 16], [2, 17], [3, 18]]); // biome-ignore format: a row
    const now = sourceOf('cli\nnop\nnop', [[1, 16], [2, 17], [3, 18]]); // biome-ignore format: a row
    expect(carryBreakpoints(before, now, [16, 17, 99])).toEqual([17, 99]);
    expect(carryBreakpoints(null, now, [16])).toEqual([16]);
  });
});

describe('completion', () => {
  test('knows the names that a text gives', () => {
    expect(labelsIn('start:\nCOM1 equ 0x3F8\n  .next: nop\n%define X 1\n%macro out8 2\n; not: a label\n')).toEqual(
      expect.arrayContaining(['start', 'COM1', '.next', 'X', 'out8']),
    );
  });
});

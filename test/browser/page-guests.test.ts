import { describe, expect, test } from 'vitest';
import { GUESTS } from '../../guests/index.ts';
import { BASE, CS, EIP } from '../../src/arch/cpu-state.ts';
import { words } from '../../src/ui/reading.ts';
import { Page } from './page.ts';

const STEPS = 6;

/** What the panels show of the instant: all of it from one frame. */
function shown(page: Page): Record<string, string | undefined> {
  const rows = page.all('gv-registers', 'tbody tr').map((row) => row.textContent?.replace(/\s+/g, ' ').trim() ?? '');
  return {
    tick: page.find<HTMLInputElement>('gv-transport', '.tick input').value.replace(/\s/g, ''),
    code: page.find('gv-code', 'li.now .at').textContent ?? '',
    registers: rows.join('\n'),
    why: page.text('gv-why', 'p'),
    walk: page.text('gv-walk', '.scroll'),
  };
}

/** The panels agree with the frame, and so with each other. */
function expectAgreement(page: Page, id: string): void {
  const { frame } = page.state;
  const state = words(frame?.cpu ?? new Uint8Array(0));
  const now = shown(page);
  expect(now['tick'], id).toBe(String(frame?.tick));
  // At the instant of an exit the guest's instruction that led there is still the current line.
  const isAtExit = frame !== null && page.state.history.openExit(frame.tick)?.at === frame.tick;
  const current = isAtExit ? (frame.otherCode?.current ?? 0) : (state[CS + BASE] + state[EIP]) >>> 0;
  expect(now['code'], id).toBe(current.toString(16).toUpperCase().padStart(6, '0'));
  const eip = state[EIP].toString(16).toUpperCase().padStart(8, '0');
  expect(
    now['registers']?.split('\n').find((row) => row.startsWith('EIP')),
    id,
  ).toMatch(new RegExp(`${eip}|·`));
  expect(now['why'], id).not.toBe('');
}

describe('the page', () => {
  // One page for all: a machine is loaded many times in the life of a page.
  test('steps every guest forwards and backwards with all panels following, and runs it to its end', { timeout: 60_000 }, async () => {
    const page = await Page.open();
    for (const { id, expected } of GUESTS) {
      await page.after(() => page.app.session.load({ kind: 'guest', id }));
      // A guest opens on the panel that shows it best.
      page.press('1');
      await page.settle();
      const seen = [shown(page)];
      for (let i = 0; i < STEPS; i++) {
        await page.after(() => page.press('ArrowRight'));
        expectAgreement(page, id);
        seen.push(shown(page));
      }
      for (let i = STEPS - 1; i > 0; i--) {
        await page.after(() => page.press('ArrowLeft'));
        expectAgreement(page, id);
        expect(shown(page)['registers'], id).toBe(seen[i]['registers']);
      }
      await page.after(() => page.press('c'));
      expect(page.state.console, id).toBe(expected.console);
      expect(page.text('gv-console', '.last'), id).not.toContain('nothing written');
      expectAgreement(page, id);
    }
  });
});

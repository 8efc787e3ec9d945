import { expect, test } from 'vitest';
import type { Loaded, MachineHost } from '../../src/api/protocol.ts';
import { Typing } from '../../src/ui/panels/console-typing.ts';
import { Session } from '../../src/ui/session.ts';
import { Store } from '../../src/ui/store.ts';

/** A line to a machine that takes nothing before `take` is called. */
function line(): { session: Session; typing: Typing; heard: string[]; take: () => Promise<void> } {
  const session = new Session(new Store());
  const heard: string[] = [];
  let free: () => void = () => {};
  const input = (text: string): Promise<void> =>
    new Promise((resolve) => {
      free = () => {
        heard.push(text);
        resolve();
      };
    });
  session.store.update({ host: { input } as unknown as MachineHost });
  const take = async (): Promise<void> => {
    const now = free;
    free = () => {};
    now();
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { session, typing: new Typing(session, () => {}), heard, take };
}

test('what is typed after the rest was forgotten is not lost with it', async () => {
  const { typing, heard, take } = line();
  typing.type('a', 0);
  typing.type('b', 0);
  typing.forget();
  typing.type('c', 0);
  await take();
  expect([heard, typing.count]).toEqual([['a'], 1]);
  await take();
  expect([heard, typing.count]).toEqual([['a', 'c'], 0]);
});

test('what waits for one guest is not typed into the next', async () => {
  const { session, typing, heard, take } = line();
  typing.type('x'.repeat(600), 0);
  expect(typing.count).toBe(600);
  session.store.update({ loaded: {} as Loaded });
  await take();
  await take();
  expect([heard.join('').length, typing.count]).toEqual([256, 0]);
});

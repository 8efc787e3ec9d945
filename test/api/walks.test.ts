import { describe, expect, test } from 'vitest';
import { GUESTS, INCLUDES } from '../../guests/index.ts';
import { Host } from '../../src/api/host.ts';
import type { Frame } from '../../src/api/protocol.ts';

async function opened(id: string): Promise<{ host: Host; tick: () => number }> {
  const host = new Host({ guests: GUESTS, includes: INCLUDES });
  const frames: Frame[] = [];
  await host.load({ image: { kind: 'guest', id } });
  await host.subscribe((frame) => void frames.push(frame));
  return { host, tick: () => frames.at(-1)?.tick ?? 0 };
}

describe('a step by walks', () => {
  test('stops behind the next instruction that did not find its translation, and back at the same instants', async () => {
    const { host, tick } = await opened('paging');
    const ticks: number[] = [];
    for (let i = 0; i < 4; i++) {
      expect((await host.step(1, 'walk')).reason).toBe('walk');
      ticks.push(tick());
    }
    expect(ticks.every((at, i) => i === 0 || at > ticks[i - 1])).toBe(true);
    const hash = await host.hash();
    expect((await host.back(1, 'walk')).reason).toBe('walk');
    expect(tick()).toBe(ticks[2]);
    await host.back(2, 'walk');
    expect(tick()).toBe(ticks[0]);
    await host.step(3, 'walk');
    expect(await host.hash()).toBe(hash);
  });

  test('before the first comes to the beginning, and where no more is walked to the end', async () => {
    const { host, tick } = await opened('hello');
    expect((await host.step(1, 'walk')).reason).toBe('halt');
    expect((await host.back(1, 'walk')).reason).toBe('start');
    expect(tick()).toBe(0);
  });
});

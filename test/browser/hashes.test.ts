import { describe, expect, it } from 'vitest';
import { GUESTS } from '../../guests/index.ts';
import { connect } from '../../src/api/connect.ts';
import type { Frame } from '../../src/api/protocol.ts';
import { GOLDEN } from '../guests/golden.ts';

const startWorker = (): Worker => new Worker(new URL('../../workers/machine.worker.ts', import.meta.url), { type: 'module' });
const refuse = (): never => {
  throw new Error('no fall-back: this test is about the worker');
};

describe('in this browser, in a worker', () => {
  it.each(GUESTS.map((g) => g.id))('the guest %s ends in the state that Node reaches', async (id) => {
    const connection = await connect(startWorker, refuse);
    const { host, place } = connection;
    let last: Frame | null = null;
    await host.subscribe((frame) => {
      last = frame;
    });
    await host.load({ image: { kind: 'guest', id } });
    const { reason } = await host.run();
    expect(place).toBe('worker');
    expect(reason).toBe('halt');
    expect(await host.hash()).toBe(GOLDEN[id].state);
    expect((last as unknown as Frame).running).toBe(false);
    connection.close();
  });
});

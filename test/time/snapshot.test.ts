import { describe, expect, test } from 'vitest';
import { PAGE_SIZE, ZERO_PAGE } from '../../src/time/pages.ts';
import { misfit, Snapshots } from '../../src/time/snapshot.ts';
import { ToyMachine } from './toy-machine.ts';

describe('a snapshot', () => {
  test('brings back every byte', () => {
    const toy = new ToyMachine();
    const snapshots = new Snapshots(toy);
    toy.run(500);
    const [first, before] = [snapshots.capture(), toy.hash()];
    toy.run(3000);
    const [second, after] = [snapshots.capture(), toy.hash()];
    expect(after).not.toBe(before);
    toy.run(4000);
    snapshots.restore(first);
    expect(toy.hash()).toBe(before);
    snapshots.restore(second);
    expect(toy.hash()).toBe(after);
    expect([first.tick, second.tick]).toEqual([500, 3000]);
  });

  test('holds what was in RAM before anything was marked', () => {
    const toy = new ToyMachine();
    toy.ram8[5 * PAGE_SIZE] = 42;
    const snapshots = new Snapshots(toy);
    const snapshot = snapshots.capture();
    toy.ram8[5 * PAGE_SIZE] = 1;
    toy.dirty[5] = 1;
    snapshots.restore(snapshot);
    expect(toy.ram8[5 * PAGE_SIZE]).toBe(42);
  });

  test('shares pages whose bytes did not change, though they were written', () => {
    const toy = new ToyMachine();
    const snapshots = new Snapshots(toy);
    toy.ram8[PAGE_SIZE] = 1;
    const one = snapshots.capture();
    toy.dirty[1] = 1;
    toy.ram8[2 * PAGE_SIZE] = 2;
    toy.dirty[2] = 1;
    const two = snapshots.capture();
    expect(two.ram.get(1)).toBe(one.ram.get(1));
    expect(two.ram.get(2)).not.toBe(ZERO_PAGE);
    toy.ram8[2 * PAGE_SIZE] = 0;
    toy.dirty[2] = 1;
    expect(snapshots.capture().ram.get(2)).toBe(ZERO_PAGE);
  });

  test('clears the marks and tells the machine, so that shortcuts end', () => {
    const toy = new ToyMachine();
    const snapshots = new Snapshots(toy);
    toy.run(1000);
    const snapshot = snapshots.capture();
    expect(toy.dirty.every((mark) => mark === 0)).toBe(true);
    expect(toy.captures).toBe(1);
    toy.run(1500);
    snapshots.restore(snapshot);
    expect(toy.dirty.every((mark) => mark === 0)).toBe(true);
    expect(toy.rebuilds).toBe(1);
  });

  test('is restored by copying only the pages that differ', () => {
    const toy = new ToyMachine({ pages: 1024 });
    toy.ram8.fill(9);
    const snapshots = new Snapshots(toy);
    const base = snapshots.capture();
    for (const page of [3, 700]) {
      toy.ram8[page * PAGE_SIZE] = 1;
      toy.dirty[page] = 1;
    }
    snapshots.capture();
    toy.ram8[5 * PAGE_SIZE] = 1;
    toy.dirty[5] = 1;
    snapshots.restore(base);
    expect(toy.restoredPages).toBe(3);
    expect(toy.ram8.every((byte) => byte === 9)).toBe(true);
    snapshots.restore(base);
    expect(toy.restoredPages).toBe(3);
  });

  test('that does not fit says why', () => {
    const snapshot = new Snapshots(new ToyMachine({ pages: 64 })).capture();
    expect(misfit(snapshot, new ToyMachine({ pages: 64 }))).toBe('');
    expect(misfit(snapshot, new ToyMachine({ pages: 128 }))).toBe('it has 64 pages of RAM and the machine has 128');
    expect(misfit({ ...snapshot, parts: new Map() }, new ToyMachine({ pages: 64 }))).toBe('it lacks the part "toy"');
    expect(misfit({ ...snapshot, parts: new Map([['toy', new Uint8Array(3)]]) }, new ToyMachine({ pages: 64 }))).toContain('3 bytes');
    expect(misfit({ ...snapshot, parts: new Map([...snapshot.parts, ['x', new Uint8Array(3)]]) }, new ToyMachine({ pages: 64 }))).toContain(
      'no part "x"',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { Fuzzer } from './fuzzer.ts';
import { MODEL_NAMES, TRANSPORTS } from './rig.ts';

/** Operations for each device and transport. `VIRTIO_FUZZ=500000 npx vitest run test/devices/virtio/fuzz.test.ts` is the long one; `VIRTIO_SEED` another hostile driver. */
const OPERATIONS = Number(process.env['VIRTIO_FUZZ'] ?? 10_000);
const SEED = Number(process.env['VIRTIO_SEED'] ?? 1);

const EVERY = TRANSPORTS.flatMap((transport) => MODEL_NAMES.map((name) => ({ name, transport })));

describe.each(EVERY)('a hostile driver of the $name device over $transport', ({ name, transport }) => {
  it('never makes it throw or hang, and hears a reason for each ring that is bad', { timeout: 3_600_000 }, () => {
    const fuzzer = new Fuzzer(name, SEED * 7919, transport);
    fuzzer.run(OPERATIONS);
    const { stats } = fuzzer;
    // Enough of everything was seen for the run to mean something.
    expect(stats.operations).toBeGreaterThanOrEqual(OPERATIONS * 0.99);
    expect(stats.chains).toBeGreaterThan(OPERATIONS / 200);
    expect(stats.judged).toBeGreaterThan(OPERATIONS / 50);
    expect(stats.bad).toBeGreaterThan(OPERATIONS / 2000);
    expect(Object.keys(stats.reasons).length).toBeGreaterThan(8);
    if (process.env['VIRTIO_FUZZ']) process.stdout.write(`${name} over ${transport}: ${JSON.stringify(stats)}\n`);
  });
});

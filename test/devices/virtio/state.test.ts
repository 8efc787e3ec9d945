import { describe, expect, it } from 'vitest';
import type { VirtioModel } from '../../../src/devices/virtio/model.ts';
import { LearningSwitch } from '../../../src/devices/virtio/switch.ts';
import type { Stateful } from '../../../src/time/stateful.ts';
import { MODEL_NAMES, MODELS, type ModelName, Rig, TRANSPORTS, type TransportName } from './rig.ts';

/** A part as it may say why bytes from a file cannot be its own. */
type Doubtful = Stateful & { misfit?(bytes: Uint8Array): string };

function liveRig(name: ModelName, transport: TransportName = 'mmio'): Rig<VirtioModel> {
  const rig = new Rig<VirtioModel>(MODELS[name], {}, transport);
  rig.driver.start([]);
  rig.settle();
  return rig;
}

function refuses(part: Doubtful, change: (view: DataView) => void): string {
  const bytes = part.bytes.slice();
  change(new DataView(bytes.buffer));
  return part.misfit?.(bytes) ?? '';
}

describe.each(MODEL_NAMES)('state of the %s device from a damaged file', (name) => {
  it('is refused with a clause, or does no harm', () => {
    let x = 12345;
    const next = (): number => {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return x >>> 0;
    };
    let accepted = 0;
    for (let round = 0; round < 200; round++) {
      const rig = liveRig(name, TRANSPORTS[round % 2]);
      const parts = rig.parts as readonly Doubtful[];
      const part = parts[next() % parts.length];
      const bytes = part.bytes.slice();
      for (let i = 0; i < 1 + (next() % 4); i++) bytes[next() % bytes.length] = [0, 1, 255, next()][next() % 4];
      if (part.misfit?.(bytes)) continue;
      accepted++;
      part.bytes.set(bytes);
      part.rebuild();
      for (let i = 0; i < 6; i++) rig.access.notify(i);
      for (let i = 0; i < 50 && rig.transport.nextWake() < Number.POSITIVE_INFINITY; i++)
        rig.runTo(Math.max(rig.ticks + 1, rig.transport.nextWake()));
      rig.access.status = 0;
      expect(rig.access.status).toBe(0);
    }
    expect(accepted).toBeGreaterThan(50);
  });

  it('has queues of sizes and times that can be', () => {
    const [queue] = liveRig(name).device.queues;
    const offsetOf = (field: string): number => queue.layout.fields.find((f) => f.name === field)?.offset ?? -1;
    expect(refuses(queue, () => {})).toBe('');
    expect(refuses(queue, (v) => v.setUint16(offsetOf('size'), 3, true))).toContain('3 entries');
    expect(refuses(queue, (v) => v.setUint16(offsetOf('size'), 0, true))).toContain('0 entries');
    expect(refuses(queue, (v) => v.setFloat64(offsetOf('progress'), 0.5, true))).toContain('0.5');
    expect(refuses(queue, (v) => v.setFloat64(offsetOf('dueAt'), Number.NaN, true))).toContain('not a number');
  });
});

describe('state that would be out of bounds', () => {
  const model = (name: ModelName): Doubtful => new Rig<VirtioModel>(MODELS[name]).model;
  const offset = (part: Stateful, field: string): number => part.layout.fields.find((f) => f.name === field)?.offset ?? -1;

  it('of a console is refused', () => {
    const part = model('console');
    expect(refuses(part, (v) => v.setUint16(offset(part, 'inputHead'), 4096, true))).toContain('more input');
    expect(refuses(part, (v) => v.setUint8(offset(part, 'pending') + 2, 1))).toContain('port 2');
  });

  it('of a network card is refused', () => {
    const part = model('network');
    expect(refuses(part, (v) => v.setUint32(offset(part, 'waitingBytes'), 40_000, true))).toContain('room');
    expect(refuses(part, (v) => v.setUint32(offset(part, 'waitingBytes'), 3, true))).toContain('a frame of 0 bytes');
  });

  it('of an entropy source is refused: it would never give anything but zeros', () => {
    expect(refuses(model('entropy'), (v) => new Uint8Array(v.buffer).fill(0))).toContain('stands still');
  });

  it('of a switch is refused', () => {
    const part = new LearningSwitch('switch');
    expect(refuses(part, (v) => v.setUint8(offset(part, 'ports') + 5, 1))).toContain('port 0');
    expect(refuses(part, (v) => v.setUint8(offset(part, 'next'), 64))).toContain('64');
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GlassError } from '../../src/base/errors.ts';
import { ByteWriter } from '../../src/time/bytes.ts';
import { crc32 } from '../../src/time/crc32.ts';
import { loadMoment, type SavedMoment, saveMoment } from '../../src/time/file.ts';
import { PAGE_SIZE } from '../../src/time/pages.ts';
import { Timeline } from '../../src/time/timeline.ts';
import { ToyMachine } from './toy-machine.ts';

const PAGES = 8;
const CONFIG = { ramMiB: 1, title: 'à côté, 日本, \u0007' };

function saved(): { toy: ToyMachine; bytes: Uint8Array } {
  const toy = new ToyMachine({ pages: PAGES });
  const timeline = new Timeline(toy);
  timeline.run(5000);
  timeline.input('key', Uint8Array.of(1, 2, 3));
  timeline.run(9000);
  timeline.input('com1', new Uint8Array(0));
  timeline.run(9500);
  timeline.seek(8000);
  return { toy, bytes: saveMoment({ config: CONFIG, moment: timeline.moment() }) };
}

/** The error of loading `bytes`, or null. Anything else that is thrown fails the test. */
function refusal(bytes: Uint8Array): GlassError | null {
  try {
    loadMoment(bytes);
    return null;
  } catch (error) {
    if (!(error instanceof GlassError)) throw error;
    expect([error.code, error.message.at(-1), error.hint.at(-1)]).toEqual(['bad-snapshot', '.', '.']);
    return error;
  }
}

/** As somebody would who wants to be believed. */
function withChecksum(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  view.setUint32(16, copy.length, true);
  view.setUint32(12, crc32(copy.subarray(16)), true);
  return copy;
}

describe('a snapshot file', () => {
  test('brings back configuration, machine, journal and place in history', () => {
    const { toy, bytes } = saved();
    const { config, moment } = loadMoment(bytes);
    const other = new ToyMachine({ pages: PAGES });
    const timeline = new Timeline(other, {}, moment);
    expect(config).toEqual(CONFIG);
    expect(other.hash()).toBe(toy.hash());
    expect([timeline.now, timeline.recordedUntil, timeline.journal.length]).toEqual([8000, 9500, 2]);
    expect(timeline.journal.from(0)).toEqual([
      { tick: 5000, kind: 'key', payload: Uint8Array.of(1, 2, 3) },
      { tick: 9000, kind: 'com1', payload: new Uint8Array(0) },
    ]);
  });

  test('saves the same bytes again', () => {
    const { bytes } = saved();
    expect(Buffer.compare(saveMoment(loadMoment(bytes)), bytes)).toBe(0);
  });

  test('owns nothing of the bytes it was read from', () => {
    const { bytes } = saved();
    const before = loadMoment(bytes);
    const again = saveMoment(before);
    bytes.fill(0xff);
    expect(Buffer.compare(saveMoment(before), again)).toBe(0);
  });

  test('stores zero pages not at all and equal pages once', () => {
    const toy = new ToyMachine({ pages: 4096 });
    for (const page of [1, 77, 4000]) toy.ram8.fill(9, page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
    expect(saveMoment({ config: null, moment: new Timeline(toy).moment() }).length).toBeLessThan(PAGE_SIZE + 500);
  });

  test('has the CRC-32 of the standard', () => {
    expect(crc32(Uint8Array.from('123456789', (c) => c.charCodeAt(0)))).toBe(0xcbf43926);
  });

  test('is refused with a sentence that says what is wrong', () => {
    const { bytes } = saved();
    const changed = (offset: number, value: number): Uint8Array => {
      const copy = bytes.slice();
      copy[offset] = value;
      return copy;
    };
    expect(refusal(new Uint8Array(3))?.message).toBe('A snapshot has at least 24 bytes, this file has 3.');
    expect(refusal(changed(0, 0x7f))?.message).toBe('This file is not a snapshot: it does not begin with GLASS.');
    expect(refusal(changed(8, 9))?.message).toBe('The snapshot has version 9; this Glassvisor reads version 1.');
    expect(refusal(bytes.subarray(0, 1000))?.message).toBe(`The snapshot should have ${bytes.length} bytes and has 1000.`);
    expect(refusal(changed(500, bytes[500] ^ 1))?.message).toBe('The checksum of the snapshot is wrong: some of its bytes have changed.');
  });

  test('is refused when it is cut short or any bits of it flip', () => {
    const { bytes } = saved();
    fc.assert(fc.property(fc.nat(bytes.length - 1), (length) => refusal(bytes.subarray(0, length)) !== null));
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(7)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(flips, (places) => {
        const copy = bytes.slice();
        for (const [offset, bit] of places) copy[offset] ^= 1 << bit;
        return Buffer.compare(copy, bytes) === 0 || refusal(copy) !== null;
      }),
    );
  });

  test('with a false but valid checksum is loaded whole or refused', () => {
    const { bytes } = saved();
    const size = bytes.length - PAGE_SIZE * (PAGES - 1);
    const edits = fc.array(fc.tuple(fc.nat(size - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff))), { maxLength: 6 });
    let refused = 0;
    fc.assert(
      fc.property(edits, fc.nat(size), fc.boolean(), (changes, length, cuts) => {
        const copy = bytes.slice(0, cuts ? length : bytes.length);
        for (const [offset, value] of changes) copy[offset] = value;
        const forged = copy.length < 24 ? copy : withChecksum(copy);
        if (refusal(forged)) refused++;
        else expectSound(loadMoment(forged));
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(1000);
  });

  test('that promises more than it holds is refused at once', () => {
    const { bytes } = saved();
    const names = ['config', 'moment', 'journal', 'parts', 'ram'];
    for (const name of names) {
      const copy = bytes.slice();
      const table = new DataView(copy.buffer);
      const at = indexOfName(copy, name) + name.length;
      table.setUint32(at + 4, 0xffff_fff0, true);
      expect(refusal(withChecksum(copy))?.message).toContain(`"${name}" beyond the end`);
      table.setUint32(at + 4, 0, true);
      expect(refusal(withChecksum(copy))?.message).toContain(`snapshot's ${name} `);
    }
  });
});

test('bytes grow as they are written', () => {
  const out = new ByteWriter(1);
  for (let i = 0; i < 300; i++) out.u16(i);
  expect(out.done()).toHaveLength(600);
  expect(out.done()[598]).toBe(299 & 0xff);
});

function expectSound({ moment }: SavedMoment): void {
  const { snapshot, journal, applied, recordedUntil } = moment;
  expect(Number.isSafeInteger(snapshot.tick) && snapshot.tick >= 0 && recordedUntil >= snapshot.tick && applied <= journal.length).toBe(
    true,
  );
  snapshot.ram.forEach((index, page) => {
    if (index >= snapshot.ram.count || page.length !== PAGE_SIZE) throw new Error('a page that is none');
  });
}

function indexOfName(bytes: Uint8Array, name: string): number {
  return Buffer.from(bytes.buffer).indexOf(name, 0, 'latin1');
}

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

  test('may come as a Buffer, at any place in memory, and nothing is kept of it', () => {
    const { toy, bytes } = saved();
    const buffer = Buffer.alloc(bytes.length + 1);
    buffer.set(bytes, 1);
    const { moment } = loadMoment(buffer.subarray(1));
    buffer.fill(0xee);
    const other = new ToyMachine({ pages: PAGES });
    new Timeline(other, {}, moment);
    expect(other.hash()).toBe(toy.hash());
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

  test.each([
    ['moment', 0, f64(8000.5), 'has 8000.5 for a count'],
    ['moment', 0, f64(-1), 'has -1 for a count'],
    ['moment', 0, f64(4000), 'is at tick 4000, before an input it contains'],
    ['moment', 0, f64(9001), 'is at tick 9001, after an input it does not contain'],
    ['moment', 8, f64(8999), 'ends its history at 8999, too early'],
    ['moment', 16, u32(3), 'counts 3 inputs taken in, the journal has 2'],
    ['journal', 4, f64(9001), 'goes back from tick 9001 to 9000'],
    ['journal', 12, u32(0), 'has a name of 0 characters'],
    ['journal', 14, u32(0x20), 'has a name with strange characters'],
    ['journal', 0, u32(3), 'ends early: 8 bytes wanted, 0 left'],
    ['journal', 0, u32(1), 'has 18 bytes too many'],
    ['config', 0, u32(0x7d7d7d7d), 'is not JSON'],
    ['config', 0, u32(0xff), 'has characters beyond ASCII'],
    ['ram', 0, u32(0), 'has 0 pages, 1 to 131072 are possible'],
    ['ram', 0, u32(131_073), 'has 131073 pages, 1 to 131072 are possible'],
    ['ram', 4, u32(9), 'uses 9 of 8 pages'],
    ['ram', 12, u32(8), 'puts distinct page 0 at page 8'],
    ['ram', 16, u32(8), 'puts distinct page 8 at page 0'],
    ['ram', 20, u32(0), 'puts distinct page 1 at page 0'],
  ])('with a wrong field in "%s" is refused: at %i, %o, it %s', (name, offset, field, says) => {
    const { bytes } = saved();
    const table = new DataView(bytes.buffer, bytes.byteOffset);
    bytes.set(field, table.getUint32(indexOfName(bytes, name) + name.length, true) + offset);
    expect(refusal(withChecksum(bytes))?.message).toContain(`The snapshot's ${name} ${says}`);
  });

  test('with a page of zeros, or a part or a section twice, is refused', () => {
    const { bytes } = saved();
    const zeroed = bytes.slice().fill(0, bytes.length - PAGE_SIZE);
    expect(refusal(withChecksum(zeroed))?.message).toContain('stores a page of zeros');
    const twice = bytes.slice();
    twice.set(Buffer.from('config'), indexOfName(twice, 'moment'));
    expect(refusal(withChecksum(twice))?.message).toContain('has section "config" twice');
    const { config, moment } = loadMoment(bytes);
    const parts = new Map([...moment.snapshot.parts, ['tax', new Uint8Array(8)]]);
    const more = saveMoment({ config, moment: { ...moment, snapshot: { ...moment.snapshot, parts } } });
    more.set(Buffer.from('toy'), Buffer.from(more.buffer).indexOf('tax'));
    expect(refusal(withChecksum(more))?.message).toContain('has "toy" twice');
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

function f64(value: number): Uint8Array {
  return new Uint8Array(Float64Array.of(value).buffer);
}

function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function indexOfName(bytes: Uint8Array, name: string): number {
  return Buffer.from(bytes.buffer).indexOf(name, 0, 'latin1');
}

/** A moment as a file. Little-endian.
 *
 *      0  magic, 8 bytes        16  length of the file        24  section table: name, offset, length
 *      8  version               20  count of sections             ... the sections in that order
 *     12  CRC-32 of all from byte 16
 *
 *  What the sections hold: time/file-sections.ts. Sections of other names are left alone. */
import { ByteReader, ByteWriter, refuse } from './bytes.ts';
import { crc32 } from './crc32.ts';
import {
  readConfig,
  readInstant,
  readJournal,
  readParts,
  readRam,
  writeConfig,
  writeInstant,
  writeJournal,
  writeParts,
  writeRam,
} from './file-sections.ts';
import type { Moment } from './timeline.ts';

/** Ends as PNG's magic does: a transfer that changes line ends changes it. */
const MAGIC = Uint8Array.of(0x47, 0x4c, 0x41, 0x53, 0x53, 0x0d, 0x0a, 0x1a); // GLASS CR LF SUB
const VERSION = 1;
const CRC_AT = 12;
const CHECKED_FROM = 16;
const MAX_SECTIONS = 64;

/** What a file holds: a moment, and the configuration of the machine it belongs to. */
export interface SavedMoment {
  /** Any JSON value; whoever makes a machine of it validates it. */
  readonly config: unknown;
  readonly moment: Moment;
}

/** The file's bytes. `config` must survive JSON. */
export function saveMoment({ config, moment }: SavedMoment): Uint8Array {
  const sections: [string, Uint8Array][] = [
    ['config', writeConfig(config)],
    ['moment', writeInstant(moment)],
    ['journal', writeJournal(moment.journal)],
    ['parts', writeParts(moment.snapshot.parts)],
    ['ram', writeRam(moment.snapshot.ram)],
  ];
  const tableSize = sections.reduce((size, [name]) => size + 2 + name.length + 8, 0);
  let offset = CHECKED_FROM + 8 + tableSize;
  const length = sections.reduce((size, [, bytes]) => size + bytes.length, offset);
  const file = new ByteWriter(length);
  file.raw(MAGIC);
  file.u32(VERSION);
  file.u32(0);
  file.u32(length);
  file.u32(sections.length);
  for (const [name, bytes] of sections) {
    file.name(name);
    file.u32(offset);
    file.u32(bytes.length);
    offset += bytes.length;
  }
  for (const [, bytes] of sections) file.raw(bytes);
  const bytes = file.done();
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(CRC_AT, crc32(bytes.subarray(CHECKED_FROM)), true);
  return bytes;
}

/** Whether `bytes` begin as a saved moment does. */
export function isSavedMoment(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && MAGIC.every((byte, i) => bytes[i] === byte);
}

/** Reads a file back, all of it before anything is returned. Throws GlassError `bad-snapshot`. The result owns no part of `bytes`. */
export function loadMoment(bytes: Uint8Array): SavedMoment {
  const sections = readSections(bytes);
  const section = (name: string): ByteReader =>
    new ByteReader(sections.get(name) ?? refuse(`The snapshot has no section "${name}".`), name);
  const config = readConfig(section('config'));
  const journal = readJournal(section('journal'));
  const instant = readInstant(section('moment'), journal);
  const snapshot = { tick: instant.tick, parts: readParts(section('parts')), ram: readRam(section('ram')) };
  return { config, moment: { snapshot, journal, applied: instant.applied, recordedUntil: instant.recordedUntil } };
}

function readSections(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  if (bytes.length < CHECKED_FROM + 8) refuse(`A snapshot has at least ${CHECKED_FROM + 8} bytes, this file has ${bytes.length}.`);
  if (!isSavedMoment(bytes)) refuse('This file is not a snapshot: it does not begin with GLASS.');
  const header = new ByteReader(bytes, 'header');
  header.raw(MAGIC.length);
  const version = header.u32();
  if (version !== VERSION) refuse(`The snapshot has version ${version}; this Glassvisor reads version ${VERSION}.`);
  const crc = header.u32();
  const length = header.u32();
  if (length !== bytes.length) refuse(`The snapshot should have ${length} bytes and has ${bytes.length}.`);
  if (crc !== crc32(bytes.subarray(CHECKED_FROM))) refuse('The checksum of the snapshot is wrong: some of its bytes have changed.');
  const count = header.u32();
  if (count > MAX_SECTIONS) header.refuse(`has ${count} sections, ${MAX_SECTIONS} at most`);
  const sections = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const name = header.name();
    const offset = header.u32();
    const size = header.u32();
    if (offset + size > bytes.length) header.refuse(`puts section "${name}" beyond the end`);
    if (sections.has(name)) header.refuse(`has section "${name}" twice`);
    sections.set(name, bytes.subarray(offset, offset + size));
  }
  return sections;
}

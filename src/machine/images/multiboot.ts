import { EAX, EBX } from '../../arch/cpu-state.ts';
import { VTD_BASE } from '../../arch/vtd.ts';
import { PLATFORM } from '../firmware/platform.ts';
import { isElf, readElf } from './elf.ts';
import { FIRMWARE_MASKS, FIRMWARE_MEMORY } from './firmware.ts';
import { badImage, hex, type ImageFile, type LoadPlan, protectedMode, type Segment } from './image.ts';

const HEADER_MAGIC = 0x1badb002;
const BOOT_MAGIC = 0x2badb002;
/** The header lies in the file's first 8192 bytes, on a multiple of 4. */
const SEARCHED = 8192;
const HAS_ADDRESSES = 1 << 16;
/** Page-aligned modules, memory information, video mode: the requirements that a loader must know. Of the third only the text mode can be given. */
const KNOWN_REQUIREMENTS = 7;

// Flags of the information structure.
const INFO_MEMORY = 1 << 0;
const INFO_COMMAND_LINE = 1 << 2;
const INFO_MEMORY_MAP = 1 << 6;
const INFO_LOADER_NAME = 1 << 9;
const INFO_SIZE = 116;
const MAP_ENTRY_SIZE = 20;
const AVAILABLE = 1;
const RESERVED = 2;
const LOADER_NAME = 'Glassvisor';
const PAGE = 0x1000;
/** Configuration space of PCI, and the pages of I/O APIC, IOMMU and local APIC: no place for a BAR. */
const RESERVED_WINDOWS = [
  [PLATFORM.pci.ecam.base, PLATFORM.pci.ecam.buses * 2 ** 20],
  [PLATFORM.ioapic.base, PAGE],
  [VTD_BASE, PAGE],
  [PLATFORM.lapic.base, PAGE],
] as const;
const CONVENTIONAL_END = 0xa0000;
const EXTENDED_START = 0x100000;
const KIB = 1024;

interface Contents {
  readonly segments: readonly Segment[];
  readonly entry: number;
}

/** Offset of the Multiboot header in the file, -1 without one. */
export function findMultibootHeader(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 12 <= Math.min(bytes.length, SEARCHED); at += 4) {
    if (view.getUint32(at, true) !== HEADER_MAGIC) continue;
    if ((view.getUint32(at, true) + view.getUint32(at + 4, true) + view.getUint32(at + 8, true)) >>> 0 === 0) return at;
  }
  return -1;
}

/** A Multiboot 1 kernel, by the addresses in its header or as ELF. Multiboot Specification 0.6.96, "The layout of Multiboot header", "Machine state". */
export function planMultiboot(image: ImageFile, ramSize: number): LoadPlan {
  const at = findMultibootHeader(image.bytes);
  if (at < 0) {
    badImage(
      image,
      `no Multiboot header (1BADB002H with its checksum) in the first ${SEARCHED} bytes.`,
      'Put it first when linking, or name another --format.',
    );
  }
  const view = new DataView(image.bytes.buffer, image.bytes.byteOffset, image.bytes.length);
  const flags = view.getUint32(at + 4, true);
  const unknown = flags & 0xffff & ~KNOWN_REQUIREMENTS;
  if (unknown)
    badImage(image, `its Multiboot header at ${hex(at)} demands features ${hex(unknown)} that no loader knows.`, 'Clear these flags.');
  const contents = flags & HAS_ADDRESSES ? readAddresses(image, at, ramSize) : readElfOrRefuse(image, ramSize);
  const info = placeInformation(image, contents.segments, ramSize);
  return {
    format: 'multiboot',
    segments: [...FIRMWARE_MEMORY, ...contents.segments, info],
    roms: [],
    words: [...protectedMode(contents.entry), [EAX, BOOT_MAGIC], [EBX, info.physical]],
    ports: FIRMWARE_MASKS,
  };
}

function readElfOrRefuse(image: ImageFile, ramSize: number): Contents {
  if (isElf(image.bytes)) return readElf(image, ramSize);
  return badImage(
    image,
    'its Multiboot header gives no addresses (flag 16) and the file is not ELF.',
    'Set flag 16 and the addresses, or link as ELF32.',
  );
}

/** The address fields of the header, which say where the file goes without its being ELF. */
function readAddresses(image: ImageFile, at: number, ramSize: number): Contents {
  const { bytes } = image;
  if (at + 32 > bytes.length) badImage(image, 'its Multiboot header is cut off.', 'The file is incomplete: copy it again.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [header, load, loadEnd, bssEnd, entry] = [12, 16, 20, 24, 28].map((field) => view.getUint32(at + field, true));
  const offset = at - (header - load);
  if (header < load || offset < 0) {
    badImage(
      image,
      `its header_addr ${hex(header)} and load_addr ${hex(load)} do not fit the header's place ${hex(at)} in the file.`,
      'Correct the header.',
    );
  }
  const end = loadEnd === 0 ? load + bytes.length - offset : loadEnd;
  const top = Math.max(end, bssEnd);
  if (end < load || offset + end - load > bytes.length) {
    badImage(image, `its load_end_addr ${hex(end)} asks for more than the file has.`, 'Correct the header, or copy the file again.');
  }
  if (top > ramSize)
    badImage(image, `it ends at ${hex(top)}, beyond the RAM's ${hex(ramSize)}.`, 'Give the machine more RAM, or link it lower.');
  if (entry < load || entry >= top)
    badImage(image, `its entry_addr ${hex(entry)} lies outside ${hex(load)} to ${hex(top - 1)}.`, 'Correct the header.');
  return { segments: [{ physical: load, bytes: bytes.subarray(offset, offset + end - load), size: top - load }], entry };
}

/** The information structure with what it points to, on the highest free page of conventional memory. */
function placeInformation(image: ImageFile, segments: readonly Segment[], ramSize: number): Segment {
  for (let physical = CONVENTIONAL_END - PAGE; physical >= PAGE; physical -= PAGE) {
    const isFree = segments.every((s) => s.physical + s.size <= physical || s.physical >= physical + PAGE);
    if (!isFree) continue;
    const bytes = writeInformation(image.name, physical, ramSize);
    return { physical, bytes, size: bytes.length };
  }
  return badImage(image, 'it fills all memory below 640 KiB and leaves no page for the boot information.', 'Link it at 0x100000.');
}

/** Multiboot Specification, "Boot information format". */
function writeInformation(name: string, physical: number, ramSize: number): Uint8Array {
  const map = [
    { base: 0, length: CONVENTIONAL_END, type: AVAILABLE },
    { base: CONVENTIONAL_END, length: EXTENDED_START - CONVENTIONAL_END, type: RESERVED },
    { base: EXTENDED_START, length: ramSize - EXTENDED_START, type: AVAILABLE },
    ...RESERVED_WINDOWS.map(([base, length]) => ({ base, length, type: RESERVED })),
  ].filter((e) => e.length > 0);
  const mapAt = INFO_SIZE;
  const mapSize = map.length * (MAP_ENTRY_SIZE + 4);
  const loaderAt = mapAt + mapSize;
  const commandAt = loaderAt + LOADER_NAME.length + 1;
  const command = ascii(name).subarray(0, PAGE - commandAt - 1);
  const bytes = new Uint8Array(commandAt + command.length + 1);
  const view = new DataView(bytes.buffer);
  const put = (at: number, value: number): void => view.setUint32(at, value, true);
  put(0, INFO_MEMORY | INFO_COMMAND_LINE | INFO_MEMORY_MAP | INFO_LOADER_NAME);
  put(4, CONVENTIONAL_END / KIB);
  put(8, (ramSize - EXTENDED_START) / KIB);
  put(16, physical + commandAt);
  put(44, mapSize);
  put(48, physical + mapAt);
  put(64, physical + loaderAt);
  for (const [i, entry] of map.entries()) {
    const at = mapAt + i * (MAP_ENTRY_SIZE + 4);
    put(at, MAP_ENTRY_SIZE);
    put(at + 4, entry.base);
    put(at + 12, entry.length);
    put(at + 20, entry.type);
  }
  bytes.set(ascii(LOADER_NAME), loaderAt);
  bytes.set(command, commandAt);
  return bytes;
}

/** A byte a character; what is not ASCII becomes a question mark. */
function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => (c < '\x7f' ? c.charCodeAt(0) : 0x3f));
}

import { FIRMWARE_MASKS, FIRMWARE_MEMORY } from './firmware.ts';
import { badImage, hex, type ImageFile, type LoadPlan, protectedMode, type Segment } from './image.ts';

const HEADER_SIZE = 52;
const PROGRAM_HEADER_SIZE = 32;
const CLASS_32 = 1;
const LITTLE_ENDIAN = 1;
const TYPE_EXECUTABLE = 2;
const MACHINE_386 = 3;
const LOAD = 1;
const INTERPRETER = 3;
const REBUILD = 'Link it for i386 as a static executable (ld -m elf_i386).';

/** What an ELF file puts where; the entry is physical. */
export interface ElfContents {
  readonly segments: readonly Segment[];
  readonly entry: number;
}

interface ProgramHeader {
  readonly type: number;
  readonly offset: number;
  readonly virtual: number;
  readonly physical: number;
  readonly fileSize: number;
  readonly memorySize: number;
}

/** True with the magic 7FH 'ELF'. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** An ELF32 executable in flat protected mode. Segments go to their physical addresses. */
export function planElf(image: ImageFile, ramSize: number): LoadPlan {
  const { segments, entry } = readElf(image, ramSize);
  return { format: 'elf', segments: [...FIRMWARE_MEMORY, ...segments], roms: [], words: protectedMode(entry), ports: FIRMWARE_MASKS };
}

/** Reads and checks an ELF32 file. System V ABI, "Object Files" and "Program Loading". */
export function readElf(image: ImageFile, ramSize: number): ElfContents {
  const { bytes } = image;
  if (!isElf(bytes)) badImage(image, 'it does not begin with the ELF magic 7F 45 4C 46.', 'Name another --format.');
  if (bytes.length < HEADER_SIZE)
    badImage(image, `the ELF header has 52 bytes, the file has ${bytes.length}.`, 'The file is cut off: copy it again.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  checkKind(image, view);
  const headers = readProgramHeaders(image, view);
  if (headers.some((h) => h.type === INTERPRETER)) {
    badImage(
      image,
      'it asks for a dynamic linker: it is a program for an operating system.',
      'Give a kernel that runs on the bare machine.',
    );
  }
  const loads = headers.filter((h) => h.type === LOAD && h.memorySize > 0);
  if (loads.length === 0) badImage(image, 'it has no segment to load.', REBUILD);
  const segments = loads.map((h) => readSegment(image, h, ramSize));
  return { segments, entry: physicalEntry(image, view.getUint32(24, true), loads) };
}

function checkKind(image: ImageFile, view: DataView): void {
  const fields = [
    { name: 'class', value: view.getUint8(4), wanted: CLASS_32, means: '32-bit' },
    { name: 'data encoding', value: view.getUint8(5), wanted: LITTLE_ENDIAN, means: 'little-endian' },
    { name: 'type', value: view.getUint16(16, true), wanted: TYPE_EXECUTABLE, means: 'executable' },
    { name: 'machine', value: view.getUint16(18, true), wanted: MACHINE_386, means: 'Intel 80386' },
  ];
  const wrong = fields.find((f) => f.value !== f.wanted);
  if (wrong) badImage(image, `the ELF header's ${wrong.name} is ${wrong.value}, not ${wrong.wanted} (${wrong.means}).`, REBUILD);
}

function readProgramHeaders(image: ImageFile, view: DataView): ProgramHeader[] {
  const offset = view.getUint32(28, true);
  const size = view.getUint16(42, true);
  const count = view.getUint16(44, true);
  if (count > 0 && size < PROGRAM_HEADER_SIZE) badImage(image, `its program headers have ${size} bytes each, not 32.`, REBUILD);
  if (offset + count * size > view.byteLength) {
    badImage(
      image,
      `its ${count} program headers at ${hex(offset)} reach beyond the end of the file.`,
      'The file is cut off: copy it again.',
    );
  }
  return Array.from({ length: count }, (_, i) => {
    const word = (n: number): number => view.getUint32(offset + i * size + 4 * n, true);
    return { type: word(0), offset: word(1), virtual: word(2), physical: word(3), fileSize: word(4), memorySize: word(5) };
  });
}

function readSegment(image: ImageFile, h: ProgramHeader, ramSize: number): Segment {
  const where = `the segment at ${hex(h.physical)}`;
  if (h.fileSize > h.memorySize) badImage(image, `${where} has ${h.fileSize} bytes in the file and ${h.memorySize} in memory.`, REBUILD);
  if (h.offset + h.fileSize > image.bytes.length) {
    badImage(image, `${where} reaches beyond the end of the file.`, 'The file is cut off: copy it again.');
  }
  if (h.physical + h.memorySize > ramSize) {
    badImage(
      image,
      `${where} ends at ${hex(h.physical + h.memorySize)}, beyond the RAM's ${hex(ramSize)}.`,
      'Give the machine more RAM, or link it lower.',
    );
  }
  return { physical: h.physical, bytes: image.bytes.subarray(h.offset, h.offset + h.fileSize), size: h.memorySize };
}

/** The entry is a virtual address as a rule; paging is off, so what counts is where its segment lies. Kernels that link their code high often give the
 *  physical address itself. */
function physicalEntry(image: ImageFile, entry: number, loads: readonly ProgramHeader[]): number {
  const home = loads.find((h) => entry >= h.virtual && entry < h.virtual + h.memorySize);
  if (home !== undefined) return entry - home.virtual + home.physical;
  if (loads.some((h) => entry >= h.physical && entry < h.physical + h.memorySize)) return entry;
  return badImage(image, `its entry ${hex(entry)} lies in no segment that is loaded.`, 'Name an entry symbol when linking (ld -e).');
}

import { isBootSector, planBoot } from './boot.ts';
import { isElf, planElf } from './elf.ts';
import { planFlat } from './flat.ts';
import { badImage, type ImageFile, type ImageFormat, type LoadPlan } from './image.ts';
import { findMultibootHeader, planMultiboot } from './multiboot.ts';
import { planRom, ROM_SIZES } from './rom.ts';

const PLANNERS: Readonly<Record<ImageFormat, (image: ImageFile, ramSize: number) => LoadPlan>> = {
  flat: planFlat,
  boot: planBoot,
  elf: planElf,
  multiboot: planMultiboot,
  rom: planRom,
};

/** Bytes before the end of a ROM at which the reset vector lies, and the jumps that stand there. */
const RESET_VECTOR = 16;
const JUMPS: readonly number[] = [0xe9, 0xea, 0xeb];

/** What the bytes look like. Without any sign they are flat. */
export function detectFormat(bytes: Uint8Array): ImageFormat {
  if (findMultibootHeader(bytes) >= 0) return 'multiboot';
  if (isElf(bytes)) return 'elf';
  if ((ROM_SIZES as readonly number[]).includes(bytes.length) && JUMPS.includes(bytes[bytes.length - RESET_VECTOR])) return 'rom';
  return isBootSector(bytes) ? 'boot' : 'flat';
}

/** Works out how to load `image` into a machine with `ramSize` bytes. Nothing is touched. Throws GlassError `bad-image`. */
export function planLoad(image: ImageFile, ramSize: number): LoadPlan {
  if (image.bytes.length === 0) badImage(image, 'the file is empty.', 'Give a file with a program in it.');
  const isPlaced = image.load !== undefined || image.entry !== undefined || image.mode !== undefined;
  const format = image.format ?? (isPlaced ? 'flat' : detectFormat(image.bytes));
  if (isPlaced && format !== 'flat') {
    badImage(image, `load address, entry and mode cannot be given for the format ${format}.`, 'Leave them out, or say --format flat.');
  }
  return PLANNERS[format](image, ramSize);
}

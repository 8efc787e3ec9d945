import { badImage, type ImageFile, type LoadPlan } from './image.ts';

export const ROM_SIZES = [0x10000, 0x20000] as const;
const FOUR_GIB = 0x1_0000_0000;
const ONE_MIB = 0x100000;

/** A ROM that ends at 4 GiB and is seen again below 1 MiB. The CPU starts at the reset vector, F000:FFF0 with base FFFF0000H, in its state after RESET. */
export function planRom(image: ImageFile): LoadPlan {
  const { bytes } = image;
  if (!(ROM_SIZES as readonly number[]).includes(bytes.length)) {
    badImage(image, `a ROM has 65536 or 131072 bytes, this file has ${bytes.length}.`, 'Pad it at its beginning: its end lies at 4 GiB.');
  }
  return {
    format: 'rom',
    segments: [],
    roms: [
      { base: FOUR_GIB - bytes.length, bytes },
      { base: ONE_MIB - bytes.length, bytes },
    ],
    words: [],
    ports: [],
  };
}

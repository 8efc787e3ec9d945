import { badImage, hex, type ImageFile, type LoadPlan, protectedMode, realMode } from './image.ts';

const DEFAULT_LOAD = { real: 0x7c00, protected: 0x100000 } as const;
/** What CS:IP with CS at a multiple of 64 KiB reaches. */
const REAL_MODE_END = 0x100000;

/** Bytes as they are, at `load`, entered at `entry` (default: `load`) in `mode` (default: protected). Nothing else is set up: the interrupt
 *  vectors of real mode are zeros. */
export function planFlat(image: ImageFile, ramSize: number): LoadPlan {
  const mode = image.mode ?? 'protected';
  const load = image.load ?? DEFAULT_LOAD[mode];
  const entry = image.entry ?? load;
  const end = load + image.bytes.length;
  if (end > ramSize) {
    badImage(
      image,
      `${image.bytes.length} bytes at ${hex(load)} end at ${hex(end)}, beyond the RAM's ${hex(ramSize)}.`,
      'Load it lower, or give the machine more RAM.',
    );
  }
  if (entry < load || entry >= end) {
    badImage(
      image,
      `the entry ${hex(entry)} lies outside the image, which fills ${hex(load)} to ${hex(end - 1)}.`,
      'Give an entry inside it.',
    );
  }
  if (mode === 'real' && entry >= REAL_MODE_END) {
    badImage(image, `the entry ${hex(entry)} is out of reach in real mode.`, 'Load it below 0x100000, or start it in protected mode.');
  }
  return {
    format: 'flat',
    segments: [{ physical: load, bytes: image.bytes, size: image.bytes.length }],
    roms: [],
    words: mode === 'real' ? realMode(entry) : protectedMode(entry),
    ports: [],
  };
}

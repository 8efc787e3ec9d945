import { EDX } from '../../arch/cpu-state.ts';
import { FIRMWARE_MEMORY } from './firmware.ts';
import { badImage, hex, type ImageFile, type LoadPlan, realMode } from './image.ts';

const LOAD = 0x7c00;
const SECTOR = 512;
const SIGNATURE_AT = 510;
/** Display memory begins here. */
const CONVENTIONAL_END = 0xa0000;
const FIRST_HARD_DISK = 0x80;

/** True with the signature 55H AAH at the end of the first sector. */
export function isBootSector(bytes: Uint8Array): boolean {
  return bytes.length >= SECTOR && bytes[SIGNATURE_AT] === 0x55 && bytes[SIGNATURE_AT + 1] === 0xaa;
}

/** A boot sector at 0x7C00 in real mode, DL = 80H. There is no disk and no BIOS to read more with, so a longer file is loaded whole;
 *  interrupt vectors lead to handlers that only return. */
export function planBoot(image: ImageFile): LoadPlan {
  const { bytes } = image;
  if (bytes.length < SECTOR) {
    badImage(
      image,
      `a boot sector has ${SECTOR} bytes, this file has ${bytes.length}.`,
      'Pad it to 512 bytes, or load it as --format flat.',
    );
  }
  if (!isBootSector(bytes)) {
    const found = `${hex(bytes[SIGNATURE_AT])} ${hex(bytes[SIGNATURE_AT + 1])}`;
    badImage(
      image,
      `bytes 510 and 511 are ${found}, not the signature 0x55 0xAA.`,
      'End the sector with dw 0xAA55, or load it as --format flat.',
    );
  }
  if (LOAD + bytes.length > CONVENTIONAL_END) {
    badImage(
      image,
      `${bytes.length} bytes from 0x7C00 reach beyond ${hex(CONVENTIONAL_END)}.`,
      'There is no disk: what is loaded must fit conventional memory.',
    );
  }
  return {
    format: 'boot',
    segments: [...FIRMWARE_MEMORY, { physical: LOAD, bytes, size: bytes.length }],
    roms: [],
    words: [...realMode(LOAD), [EDX, FIRST_HARD_DISK]],
    ports: [],
  };
}

import * as cpu from '../../arch/cpu-state.ts';
import { RIGHTS_DB, RIGHTS_G } from '../../arch/descriptors.ts';
import { CR0_ET, CR0_PE } from '../../arch/paging.ts';
import { GlassError } from '../../base/errors.ts';

export const IMAGE_FORMATS = ['flat', 'boot', 'elf', 'multiboot', 'rom'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

/** A program from outside, with what its user says about it. */
export interface ImageFile {
  /** For messages, and for the multiboot command line. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Guessed from the bytes where left out. */
  readonly format?: ImageFormat;
  /** Flat images only: where it lies, where it starts, and in which mode. */
  readonly load?: number;
  readonly entry?: number;
  readonly mode?: 'real' | 'protected';
}

/** Bytes for RAM, and zeros behind them up to `size`. */
export interface Segment {
  readonly physical: number;
  readonly bytes: Uint8Array;
  readonly size: number;
}

/** All that loading an image does, worked out before anything is touched. */
export interface LoadPlan {
  readonly format: ImageFormat;
  readonly segments: readonly Segment[];
  readonly roms: readonly { readonly base: number; readonly bytes: Uint8Array }[];
  /** Words of the CPU's state, over those of RESET. */
  readonly words: readonly (readonly [word: number, value: number])[];
  /** Bytes written to ports first: what a PC's firmware leaves, where the format promises firmware. */
  readonly ports: readonly (readonly [port: number, value: number])[];
}

/** Throws GlassError `bad-image`: `what` says what is wrong and where, `hint` what to do. */
export function badImage(image: ImageFile, what: string, hint: string): never {
  throw new GlassError('bad-image', `${image.name}: ${what}`, hint);
}

/** `0x7C00`. */
export function hex(value: number): string {
  return `0x${value.toString(16).toUpperCase()}`;
}

/** Real mode with segments at 0, interrupts off, and the stack below 0x7C00. */
export function realMode(entry: number): [number, number][] {
  const segment = entry < 0x10000 ? 0 : (entry >>> 4) & 0xf000;
  return [
    [cpu.EDX, 0],
    [cpu.CS + cpu.SELECTOR, segment],
    [cpu.CS + cpu.BASE, segment << 4],
    [cpu.EIP, entry - (segment << 4)],
    [cpu.ESP, 0x7c00],
    [cpu.CR0, CR0_ET],
  ];
}

const CODE_SELECTOR = 0x08;
const DATA_SELECTOR = 0x10;
const FLAT_CODE = 0x9b | RIGHTS_DB | RIGHTS_G;
const FLAT_DATA = 0x93 | RIGHTS_DB | RIGHTS_G;

/** Protected mode with flat 4-GiB segments, paging and interrupts off. The segments are in the hidden parts alone: there is no GDT until the program loads
 *  one, and loading a segment register before that is #GP. The stack is below 0x7C00, for programs that do not bring their own. */
export function protectedMode(entry: number): [number, number][] {
  return [
    [cpu.EDX, 0],
    ...flat(cpu.CS, CODE_SELECTOR, FLAT_CODE),
    ...[cpu.ES, cpu.SS, cpu.DS, cpu.FS, cpu.GS].flatMap((s) => flat(s, DATA_SELECTOR, FLAT_DATA)),
    [cpu.GDTR_LIMIT, 0],
    [cpu.IDTR_LIMIT, 0],
    [cpu.EIP, entry | 0],
    [cpu.ESP, 0x7c00],
    [cpu.CR0, CR0_ET | CR0_PE],
  ];
}

function flat(segment: number, selector: number, rights: number): [number, number][] {
  return [
    [segment + cpu.SELECTOR, selector],
    [segment + cpu.BASE, 0],
    [segment + cpu.LIMIT, -1],
    [segment + cpu.RIGHTS, rights],
  ];
}

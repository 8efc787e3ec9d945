/** What the pictures of the page show, and how two of them are compared. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import sharp from 'sharp';

/** A moment of the page that is worth a picture. */
export interface View {
  readonly name: string;
  /** Of the page's address. */
  readonly query: string;
  /** Keys that bring the machine there, each pressed when the last has done its work. */
  readonly keys: readonly string[];
  readonly scene?: string;
  /** Within the scene, by its English name. */
  readonly tab?: string;
}

/** How a reader looks at it. */
export interface Look {
  readonly width: number;
  readonly height: number;
  readonly theme: 'light' | 'dark';
  readonly language: 'en' | 'fr';
}

export const LOOKS: readonly Look[] = [
  { width: 1366, height: 768, theme: 'light', language: 'en' },
  { width: 1366, height: 768, theme: 'dark', language: 'fr' },
  { width: 360, height: 740, theme: 'light', language: 'fr' },
  { width: 768, height: 1024, theme: 'dark', language: 'en' },
  { width: 1920, height: 1080, theme: 'light', language: 'fr' },
];

/** Glyphs differ from machine to machine by the edges of their strokes: what is compared is the mean of squares of so many pixels. */
const SQUARE = 6;
/** Of 255, by which a square may differ, and the share of squares that may differ by more. */
const TOLERANCE = 24;
const MOST = 0.004;

interface Squares {
  readonly width: number;
  readonly height: number;
  readonly data: Buffer;
}

/** The picture as a file to be kept. */
export function packed(png: Buffer): Promise<Buffer> {
  return sharp(png).webp({ lossless: true, effort: 6 }).toBuffer();
}

/** The share of squares in which two pictures differ for the eye; 1 where they are of unequal size. */
export async function difference(one: Buffer, other: Buffer): Promise<number> {
  const [a, b] = await Promise.all([squares(one), squares(other)]);
  if (a.width !== b.width || a.height !== b.height) return 1;
  let count = 0;
  for (let i = 0; i < a.data.length; i += 3)
    if ([0, 1, 2].some((channel) => Math.abs(a.data[i + channel] - b.data[i + channel]) > TOLERANCE)) count++;
  return count / (a.data.length / 3);
}

/** True where they show the same. */
export async function isSame(one: Buffer, other: Buffer): Promise<boolean> {
  return (await difference(one, other)) <= MOST;
}

/** The file's bytes; null where there is none. */
export function kept(path: string): Buffer | null {
  return existsSync(path) ? readFileSync(path) : null;
}

export function keep(path: string, picture: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, picture);
}

async function squares(picture: Buffer): Promise<Squares> {
  const image = sharp(picture);
  const { width, height } = await image.metadata();
  const { data, info } = await image
    .removeAlpha()
    .resize(Math.round(width / SQUARE), Math.round(height / SQUARE), { kernel: 'linear', fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

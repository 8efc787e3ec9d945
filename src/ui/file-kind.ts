/** What a file is that no machine can run: known by its first bytes, or by being text. */

/** Kinds that are told apart. */
export type FileKind = 'picture' | 'document' | 'archive' | 'json' | 'text';

/** First bytes, as characters of one byte each. */
const SIGNATURES: readonly (readonly [signature: string, kind: FileKind])[] = [
  ['\x89PNG\r\n\x1a\n', 'picture'],
  ['\xff\xd8\xff', 'picture'],
  ['GIF87a', 'picture'],
  ['GIF89a', 'picture'],
  ['RIFF', 'picture'],
  ['%PDF-', 'document'],
  ['PK\x03\x04', 'archive'],
  ['\x1f\x8b', 'archive'],
  ['7z\xbc\xaf\x27\x1c', 'archive'],
];
/** Names of images, whatever their bytes look like. */
const IMAGE_NAME = /\.(bin|img|com|rom|elf|o|sys|raw)$/i;

/** Null for what may be an image, assembly source, a lesson or a saved moment. */
export function foreignKind(name: string, bytes: Uint8Array): FileKind | null {
  if (IMAGE_NAME.test(name) || /\.(asm|s|nasm)$/i.test(name)) return null;
  const start = String.fromCharCode(...bytes.subarray(0, 8));
  const known = SIGNATURES.find(([signature]) => start.startsWith(signature));
  if (known) return known[1];
  const text = textOf(bytes);
  if (text === null) return null;
  return isJson(text) ? 'json' : 'text';
}

/** The bytes as text that somebody could have typed; null where they are none. */
function textOf(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.trim() === '' || /[^\P{Cc}\t\n\f\r]/u.test(text) ? null : text;
  } catch {
    return null;
  }
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A saved moment begins with this magic (time/file.ts). */
export function isMoment(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 8)) === 'GLASS\r\n\x1a';
}

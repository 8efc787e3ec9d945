/** Any JSON value as bytes, for a journal: what is beyond ASCII as escapes, which JSON has for it. */
export function jsonBytes(value: unknown): Uint8Array {
  const plain = JSON.stringify(value).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

/** Reads it back; undefined where the bytes are no JSON. */
export function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  } catch {
    return undefined;
  }
}
